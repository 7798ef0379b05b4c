"""Progress of a command: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Timer
from typing import TYPE_CHECKING

from stagekit.report.text import seconds
from stagekit.stage import ServiceHealth

if TYPE_CHECKING:
    from rich.console import RenderableType

PATIENCE = 2.0  # seconds after which one wants to know what goes on
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Plain:
    """One line a finished step; no colour, no carriage returns.

    A step that lasts longer than `patience` seconds has a line from then on too, and one that starts several services
    has one for each as it gets ready.
    """

    def __init__(
        self, say: Callable[[str], None] = lambda line: print(line, flush=True), *, patience: float = PATIENCE
    ) -> None:
        self._say, self._patience = say, patience
        self._step, self._began = "", time.monotonic()
        self._told: dict[str, str] = {}
        self._timer = Timer(0, lambda: None)

    def begin(self, step: str, text: str) -> None:
        self._timer.cancel()
        self._step, self._began = step, time.monotonic()
        if text:
            self._timer = Timer(self._patience, self._say, [f"{step:<10} {text}"])
            self._timer.daemon = True
            self._timer.start()

    def detail(self, text: str) -> None:
        pass

    def services(self, states: Mapping[str, ServiceHealth]) -> None:
        for name, health in states.items() if len(states) > 1 else ():
            if health.state in ("healthy", "done") and self._told.get(name) != health.state:
                self._told[name] = health.state
                self._say(f"{self._step:<10} {name} ✓ {health.state}, {seconds(time.monotonic() - self._began)}")

    def end(self, text: str) -> None:
        self._timer.cancel()
        self._say(f"{self._step:<10} {text + ', ' if text else ''}done, {seconds(time.monotonic() - self._began)}")

    def note(self, text: str) -> None:
        """Something to know that is no step."""
        self._say(text)

    def close(self) -> None:
        self._timer.cancel()


class Live:
    """The step under way with a clock, and each service with what it waits for; finished steps stay as lines."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        self._step, self._text, self._detail, self._began = "", "", "", time.monotonic()
        self._states: Mapping[str, ServiceHealth] = {}
        self._changed: dict[str, tuple[str, float]] = {}
        # The view may be asked for at once, so everything it shows is there first.
        self._console = Console(highlight=False)
        self._live = RichLive(console=self._console, refresh_per_second=8, transient=True, get_renderable=self._view)
        self._live.start()

    def begin(self, step: str, text: str) -> None:
        self._step, self._text, self._detail, self._began = step, text, "", time.monotonic()

    def detail(self, text: str) -> None:
        self._detail = text.strip() or self._detail

    def services(self, states: Mapping[str, ServiceHealth]) -> None:
        for name, health in states.items():
            if self._changed.get(name, ("", 0.0))[0] != health.state:
                self._changed[name] = (health.state, time.monotonic())
        self._states = states

    def end(self, text: str) -> None:
        ready = " ".join(f"{name} ✓" for name in self._states)
        self._console.print(f"{self._step:<10} {text or ready}  {self._clock()}", markup=False)
        self._states = {}

    def note(self, text: str) -> None:
        """Something to know that is no step."""
        self._console.print(text, markup=False)

    def close(self) -> None:
        self._live.stop()

    def _clock(self) -> str:
        return seconds(time.monotonic() - self._began)

    def _view(self) -> RenderableType:
        from rich.text import Text

        if not self._step:
            return Text("")
        frame = SPINNER[int(time.monotonic() * 8) % len(SPINNER)]
        lines = [f"{self._step:<10} {self._text} {frame} {self._clock()}"]
        if self._detail:
            lines.append(f"{'':<10} {self._detail}")
        lines += [self._service(name, health, frame) for name, health in self._states.items()]
        width = max(self._console.width - 1, 20)
        return Text("\n".join(line[:width] for line in lines))

    def _service(self, name: str, health: ServiceHealth, frame: str) -> str:
        since = seconds(time.monotonic() - self._changed.get(name, ("", time.monotonic()))[1])
        if health.state in ("healthy", "done"):
            return f"{'':<10} {name:<12} ✓ {health.state}"
        if health.state == "starting":
            return f"{'':<10} {name:<12} {frame} starting {since}"
        waits = f"waits for {', '.join(health.waits_for)}" if health.waits_for else "next"
        return f"{'':<10} {name:<12} · {waits}"


def progress(*, live: bool) -> Plain | Live:
    """The live view where a terminal shows it, else plain lines."""
    return Live() if live else Plain()
