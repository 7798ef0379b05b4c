"""The worker: `python -m shop.flows` registers the nightly report with Prefect and runs it, nightly and on demand.

Its health is at :8080/health: 503 when it has not asked Prefect for work lately.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path

from shop import logs, settings
from shop.reports.periods import DEPLOYMENT
from shop.reports.runs import PrefectRuns, RunsUnavailable, prefect_client

NIGHTLY = "0 2 * * *"
# Prefect reads its settings from the environment when it is imported, so they are put there first. A value that the
# environment has already stays.
PREFECT = {
    "PREFECT_HOME": "/tmp/prefect",  # the only place a read-only container can write
    "PREFECT_RUNNER_SERVER_ENABLE": "true",
    "PREFECT_RUNNER_SERVER_PORT": "8080",
    # Health is asked from inside the container only, and this server also has an open /shutdown.
    "PREFECT_RUNNER_SERVER_HOST": "127.0.0.1",
    "PREFECT_RUNNER_POLL_FREQUENCY": "2",
    "PREFECT_RUNNER_SERVER_MISSED_POLLS_TOLERANCE": "15",
    # Before its first question to Prefect the runner answers 500 to /health, each with a traceback.
    "PREFECT_RUNNER_SERVER_LOG_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SETTINGS_PATH": str(Path(__file__).with_name("logging.yml")),
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLIENT_METRICS_ENABLED": "false",
}


def main() -> None:
    config = settings.load_or_exit()
    logs.configure(config.log_level, "worker")
    _tell_prefect(config)
    wait_for_prefect(config)
    asyncio.run(serve())


async def serve() -> None:
    """Runs until SIGTERM. The deployment is not paused then: its schedule outlives a restart or a new release."""
    from shop.flows.nightly_report import nightly_report
    from shop.flows.runner import FinishingRunner

    runner = FinishingRunner(name=DEPLOYMENT, pause_on_shutdown=False, limit=1)
    await runner.aadd_flow(nightly_report, name=DEPLOYMENT, cron=NIGHTLY)
    await runner.start()


def wait_for_prefect(config: settings.Settings) -> None:
    """Prefect may start after this process: registering is tried only once it answers."""
    client = prefect_client(config.prefect_api_url, config.prefect_api_auth_string.get_secret_value())
    runs, log = PrefectRuns(client), logging.getLogger("shop")
    while True:
        try:
            return runs.check()
        except RunsUnavailable as error:
            logs.event(log, logging.INFO, "waiting for Prefect", reason=str(error))
            time.sleep(1)


def _tell_prefect(config: settings.Settings) -> None:
    for name, value in PREFECT.items():
        os.environ.setdefault(name, value)
    os.environ["PREFECT_API_URL"] = config.prefect_api_url
    auth = config.prefect_api_auth_string.get_secret_value()
    if auth:
        os.environ["PREFECT_API_AUTH_STRING"] = auth


if __name__ == "__main__":
    main()
