"""Carrying a switch out at a host: the walk through its steps, and what a host keeps of its releases."""
