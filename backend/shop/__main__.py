"""Serve the API: `python -m shop`."""

from __future__ import annotations

import logging
import time
from typing import Any

import httpx
import uvicorn

from shop import logs, settings
from shop.api import Doors, create_app
from shop.auth.keys import IssuerKeys
from shop.auth.tokens import TokenVerifier
from shop.billing.stripe_door import StripePayments
from shop.database.engine import engine_for
from shop.database.postgres import PostgresStore
from shop.mail import Mailer
from shop.migrate import fits, head
from shop.reports.runs import PrefectRuns, prefect_client

# Compose stops a container with SIGTERM and kills it after stop_grace_period: keep that longer than this.
FINISH_SECONDS = 25
FETCH_SECONDS = 5.0


def main() -> None:
    config = settings.load_or_exit()
    logs.configure(config.log_level, "backend")
    app = create_app(doors_for(config))
    logs.event(logging.getLogger("shop"), logging.INFO, "boot", seconds=round(time.process_time(), 2))
    uvicorn.run(
        app,
        host="0.0.0.0",  # the container's only way in; the edge stands before it
        port=config.port,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips="*",  # only the edge can reach this port
        timeout_graceful_shutdown=FINISH_SECONDS,
    )


def doors_for(config: settings.Settings) -> Doors:
    """The real doors. Nothing is connected here: every service may start after this one."""
    prefect = prefect_client(config.prefect_api_url, config.prefect_api_auth_string.get_secret_value())
    return Doors(
        release=config.release,
        app_url=config.app_url,
        store=PostgresStore(engine_for(config)),
        tokens=TokenVerifier(config.auth_issuer, config.auth_audience, IssuerKeys(config.auth_issuer, fetch_json)),
        payments=StripePayments(config),
        runs=PrefectRuns(prefect),
        send=Mailer(config).send,
        schema_head=head,
        schema_fits=fits,
    )


def fetch_json(url: str) -> Any:
    """The JSON behind an address. Raises OSError or ValueError."""
    try:
        return httpx.get(url, timeout=FETCH_SECONDS, follow_redirects=True).raise_for_status().json()
    except httpx.HTTPError as error:
        raise OSError(f"{url}: {error}") from error


if __name__ == "__main__":
    main()
