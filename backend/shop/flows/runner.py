"""Prefect's runner, ended the way a release needs it: take no new run, let the running one finish, then go.

Prefect 3.8.8's own answer to SIGTERM ends the process at once: the run's process dies with its container, and Prefect
shows the run as running for ever.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from prefect.runner import Runner

from shop import logs

# Compose kills a container stop_grace_period after SIGTERM: keep that longer than this.
FINISH_SECONDS = 25.0
LOOK_SECONDS = 0.25
_log = logging.getLogger("shop")


class FinishingRunner(Runner):
    """One run at a time (`limit=1`); rests on two inner names of the pinned Prefect, which a unit test looks for."""

    async def start(self, run_once: bool = False, webserver: bool | None = None) -> None:
        self._running_in = asyncio.get_running_loop()
        await super().start(run_once, webserver)

    def handle_sigterm(self, *_: Any, **__: Any) -> None:
        """Prefect calls this as the signal's handler, at any place in the loop's code: so only ask the loop."""
        self._running_in.call_soon_threadsafe(self._begin_to_finish)

    def _begin_to_finish(self) -> None:
        self._finishing = asyncio.ensure_future(self._finish())

    async def _finish(self) -> None:
        logs.event(_log, logging.INFO, "SIGTERM: no new runs", running=self._runs())
        self._scheduled_run_poller.stopping = True
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self._no_more_runs()
        except TimeoutError:
            logs.event(_log, logging.WARNING, "a run did not finish in time and is stopped", seconds=FINISH_SECONDS)
        await self.astop()

    async def _no_more_runs(self) -> None:
        """The first look comes late enough for a poll that was under way to hand over its run."""
        await asyncio.sleep(2 * LOOK_SECONDS)
        while self._runs():
            await asyncio.sleep(LOOK_SECONDS)

    def _runs(self) -> int:
        """A run holds its slot from before its process starts until it has ended."""
        return int(self._limiter.borrowed_tokens) if self._limiter else 0
