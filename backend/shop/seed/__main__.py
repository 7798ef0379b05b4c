"""Fill a stage: `python -m shop.seed FOLDER`. Running it again changes nothing and says so.

Environment: SEED_INSTANT=2026-05-01 pins the month that the seed's times count from.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import stripe
from sqlalchemy.exc import SQLAlchemyError

from shop import logs, migrate, settings
from shop.billing.stripe_door import stripe_client
from shop.database.engine import engine_for
from shop.seed import manifest, stripe_prices
from shop.seed.instant import instant
from shop.seed.load import load
from shop.seed.rows import rows_of


def main(words: list[str]) -> int:
    config = settings.load_or_exit()
    logs.configure("warning", "seed")
    try:
        for line in seed(config, Path(words[0] if words else "/seed")):
            print(f"seed: {line}", flush=True)
    except (manifest.SeedError, SQLAlchemyError, stripe.StripeError) as error:
        print(f"seed: {getattr(error, 'orig', None) or error}", file=sys.stderr)
        return 1
    return 0


def seed(config: settings.Settings, folder: Path) -> Iterator[str]:
    """Database, then Stripe; yields what was done in words."""
    first = instant(datetime.now(UTC), os.environ.get("SEED_INSTANT", ""))
    layers = manifest.read(folder)
    engine = engine_for(config)
    migrate.wait_for(engine)
    yield from load(engine, layers, first, migrate.head())
    plans = [plan for rows in rows_of(layers, first).values() for plan in rows.get("plans", [])]
    yield stripe_prices.apply(stripe_client(config), plans)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
