"""Alembic's entry. Migrations run only through `python -m shop.migrate`, which gives the connection and the lock.

To write one:  python -m shop.revise "what it does"
"""

from __future__ import annotations

from alembic import context

from shop.database.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
