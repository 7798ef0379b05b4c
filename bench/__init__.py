"""Measurements of the kit against plain Compose: `python -m bench`, or `make bench`. They report and never assert."""
