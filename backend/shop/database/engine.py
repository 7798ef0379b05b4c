"""The connection to Postgres."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, make_url

from shop.settings import Settings

CONNECT_SECONDS = 5


def engine_for(settings: Settings, pool_size: int = 5) -> Engine:
    """A lazy engine: nothing is connected until the first query, so a process starts without its database."""
    return create_engine(
        address(settings),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "options": "-c timezone=UTC"},
    )


def address(settings: Settings) -> URL:
    """DATABASE_URL for psycopg 3, with DATABASE_PASSWORD put in when it is given."""
    url = make_url(settings.database_url).set(drivername="postgresql+psycopg")
    password = settings.database_password.get_secret_value()
    return url.set(password=password) if password else url
