"""shop/flows/runner.py rests on inner names of the pinned Prefect; importing Prefect here would cost two seconds."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest

PREFECT = distribution("prefect")


def test_pinned_prefect_is_the_one_the_runner_was_written_for() -> None:
    assert PREFECT.version == "3.8.8"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("runner.py", "def handle_sigterm("),
        ("runner.py", "def _limiter(self)"),
        ("runner.py", "self._scheduled_run_poller"),
        ("runner.py", "async def astop(self)"),
        ("_scheduled_run_poller.py", "if self.stopping:"),
    ],
)
def test_name_that_finishing_rests_on_is_there(file: str, words: str) -> None:
    source = Path(str(PREFECT.locate_file("prefect/runner"))) / file
    assert words in source.read_text(encoding="utf-8")
