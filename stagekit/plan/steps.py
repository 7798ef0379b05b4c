"""The steps of bringing a stage up, and the plan they make. Values only; execute.py carries them out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Because:
    """A service and the reason something is done to it."""

    service: str
    cause: str


@dataclass(frozen=True)
class BuildImages:
    """Build these services' images, all in one call, so that what they share is built once."""

    services: tuple[Because, ...]


@dataclass(frozen=True)
class PullImages:
    """Pull these services' images."""

    services: tuple[Because, ...]


@dataclass(frozen=True)
class Clear:
    """Remove containers that an interrupted `up` has left half renamed: Compose would stumble over their names."""

    containers: tuple[str, ...]


@dataclass(frozen=True)
class Replace:
    """Make these containers anew: they run and will not get well by themselves."""

    services: tuple[Because, ...]


@dataclass(frozen=True)
class Start:
    """Create and start what is missing or differs, in order of dependency."""

    services: tuple[Because, ...]


@dataclass(frozen=True)
class WaitReady:
    """Wait until these services are ready or done; fail at once when one has failed."""

    services: tuple[str, ...]
    limit: int


Step = BuildImages | PullImages | Clear | Replace | Start | WaitReady


@dataclass(frozen=True)
class Plan:
    """Steps in order; an empty plan means the place is as it should be."""

    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def images(self) -> Plan:
        """The steps that bring images here, and no others."""
        return Plan(tuple(step for step in self.steps if isinstance(step, BuildImages | PullImages)))

    def lines(self) -> list[str]:
        """The plan as text, one line per service and step."""
        return [line for step in self.steps for line in _lines(step)]


def _lines(step: Step) -> list[str]:
    match step:
        case WaitReady(services, limit):
            return [f"wait      {', '.join(services)}, at most {limit} s"]
        case Clear(containers):
            return [f"clear     {name:<12} because an interrupted up left it half made" for name in containers]
        case BuildImages(services):
            return [_line("build", item) for item in services]
        case PullImages(services):
            return [_line("pull", item) for item in services]
        case Replace(services):
            return [_line("replace", item) for item in services]
        case Start(services):
            return [_line("start", item) for item in services]


def _line(verb: str, item: Because) -> str:
    return f"{verb:<9} {item.service:<12} because {item.cause}"
