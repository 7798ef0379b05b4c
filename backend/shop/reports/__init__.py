"""The nightly report: its periods, its runs as Prefect tells them, its figures."""
