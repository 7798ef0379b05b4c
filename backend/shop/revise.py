"""Begin a migration: `python -m shop.revise "what it does"`, against a database that is at head.

Writes the difference between shop/database/tables.py and that database to backend/migrations/versions, to be read and
put right by a person before it is committed.
"""

from __future__ import annotations

import sys

from shop import settings
from shop.database.engine import engine_for
from shop.migrate import alembic_config


def main(words: list[str]) -> int:
    from alembic import command

    config = alembic_config()
    with engine_for(settings.load_or_exit()).connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=" ".join(words), autogenerate=True, rev_id=None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
