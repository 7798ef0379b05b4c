"""Prefect flows and the worker that serves them: `python -m shop.flows`. Only these modules import Prefect."""
