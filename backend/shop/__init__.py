"""Fernhill Tea: the reference product's API, worker flows and migrations.

Keep this module empty of imports: the health probe imports it every second while a service starts.
"""
