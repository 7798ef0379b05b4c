"""``python -m stripe_standin``: serves until SIGTERM."""

import logging
import os
import sys

import uvicorn

from . import settings
from .app import create


def main() -> int:
    """0 after a clean stop, 1 when the settings are wrong."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        given = settings.read(os.environ)
    except settings.SettingsError as error:
        print(f"The Stripe stand-in cannot start:\n{error}", file=sys.stderr)
        return 1
    uvicorn.run(
        create(given),
        host=given.host,
        port=given.port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
        log_config=None,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
