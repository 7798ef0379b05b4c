"""Everything that speaks SQL. The rest of the shop sees `Store` (shop/database/store.py) and values."""
