"""Alembic's entry. Migrations run only through `python -m shop.migrate`, which gives the connection and the lock.

To write one:  python -m shop.revise "what it does"
"""

from __future__ import annotations

from alembic import context

from shop.database.tables import metadata

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
else:
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
