"""Values and one fake of each door, for tests of the core."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from stagekit.compose import Block, Build, Dependency, Model, Service
from stagekit.compose.model import COMPLETED, HEALTHY
from stagekit.doors.compose import ComposeFailed
from stagekit.images import Built
from stagekit.plan import Wanted
from stagekit.stage import Container, Observation, ServiceHealth
from stagekit.stage.observe import parse_container

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases"


def service(name: str, *, after: Sequence[str] = (), done: Sequence[str] = (), **more: Any) -> Service:
    """A service that waits for `after` to be healthy and for `done` to be complete."""
    edges = [Dependency(other, HEALTHY) for other in after] + [Dependency(other, COMPLETED) for other in done]
    return Service(
        name, more.pop("image", f"{name}:1"), depends_on=tuple(edges), probed=more.pop("probed", True), **more
    )


def build(context: str = "/project") -> Build:
    return Build(context, "Dockerfile")


def model(*services: Service, block: Block | None = None) -> Model:
    named = {item.name: item for item in services}
    return Model("shop", "/project", ("compose.yaml",), named, block or Block(version=1))


def shop() -> Model:
    """postgres <- migrate (one-shot) <- backend <- edge."""
    return model(
        service("postgres"),
        service("migrate", after=["postgres"], image="shop/backend", build=build(), probed=False),
        service("backend", after=["postgres"], done=["migrate"], image="shop/backend", build=build()),
        service("edge", after=["backend"]),
    )


def inspected(
    name: str,
    status: str = "running",
    health: str | None = "healthy",
    *,
    id: str = "",
    called: str = "",
    exit_code: int = 0,
    restarts: int = 0,
    image_id: str = "",
    definition: str = "",
    created: str = "2026-11-01T10:00:00Z",
    oom: bool = False,
    error: str = "",
    probe: tuple[int, str] | None = None,
    ports: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """A container of a service, as `docker inspect` shows it."""
    log = [{"ExitCode": 0, "Output": "earlier"}, {"ExitCode": probe[0], "Output": probe[1]}] if probe else []
    return {
        "Id": id or f"id-{name}",
        "Name": f"/{called or f'shop-{name}-1'}",
        "Image": image_id or f"sha256:{name}",
        "Created": created,
        "RestartCount": restarts,
        "Config": {
            "Image": f"{name}:1",
            "Labels": {
                "com.docker.compose.service": name,
                "com.docker.compose.config-hash": definition or f"hash-{name}",
            },
        },
        "State": {
            "Status": status,
            "ExitCode": exit_code,
            "OOMKilled": oom,
            "Error": error,
            "StartedAt": created,
            "FinishedAt": "",
            **({"Health": {"Status": health, "Log": log}} if health else {}),
        },
        "NetworkSettings": {
            "Ports": {
                inside: [{"HostIp": "127.0.0.1", "HostPort": str(port)}] for inside, port in (ports or {}).items()
            }
        },
    }


def container(name: str, status: str = "running", health: str | None = "healthy", **more: Any) -> Container:
    return parse_container(inspected(name, status, health, **more))


def seen(*containers: Container, images: Mapping[str, str] | None = None) -> Observation:
    return Observation(containers, images or {})


def image_of(item: Service) -> str:
    return f"sha256:{item.image}"


def settled(of: Model) -> tuple[Observation, Wanted]:
    """A place where everything is as the model wants it."""
    done = of.one_shots()
    containers = [
        container(s.name, "exited", None, image_id=image_of(s))
        if s.name in done
        else container(s.name, image_id=image_of(s))
        for s in of.services.values()
    ]
    images = {s.image: image_of(s) for s in of.services.values()}
    builds = [s.image for s in of.services.values() if s.build]
    wanted = Wanted(
        inputs=dict.fromkeys(builds, "inputs"),
        built={image: Built("inputs", images[image]) for image in builds},
        definitions={name: f"hash-{name}" for name in of.services},
    )
    return seen(*containers, images=images), wanted


class FakeEngine:
    """An engine that shows one moment after another: each look shows the next, the last one stays."""

    def __init__(self, *moments: Sequence[dict[str, Any]], logs: Mapping[str, Sequence[str]] | None = None) -> None:
        self.moments = list(moments)
        self.looks = 0
        self.removed: list[str] = []
        self._logs = logs or {}

    def containers(self, project: str, services: Collection[str] = ()) -> Iterator[dict[str, Any]]:
        moment = self.moments[min(self.looks, len(self.moments) - 1)]
        self.looks += 1
        return iter(moment)

    def image(self, reference: str) -> dict[str, Any] | None:
        return None

    def remove(self, containers: Iterable[str]) -> None:
        self.removed += containers

    def logs(self, container: str, *, tail: int | str = 20) -> tuple[str, ...]:
        return tuple(self._logs.get(container.removeprefix("id-"), ()))


@dataclass
class FakeRunning:
    """A Compose call that ends with `ends` after `looks` questions."""

    ends: int | None = 0
    looks: int = 0
    stderr: str = ""
    interrupted: int = 0

    def code(self) -> int | None:
        if self.looks > 0:
            self.looks -= 1
            return None
        return self.ends

    def text(self) -> str:
        return self.stderr

    def interrupt(self, *, patience: float = 20.0) -> None:
        self.interrupted += 1


@dataclass
class FakeCompose:
    """A Compose project that notes what it is asked."""

    running: FakeRunning = field(default_factory=FakeRunning)
    fails: str = ""
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def up(self) -> FakeRunning:
        self.calls.append(("up", ()))
        return self.running

    def replace(self, services: Sequence[str]) -> None:
        self.calls.append(("replace", tuple(services)))
        if self.fails:
            raise ComposeFailed(self.fails)

    def build(self, services: Sequence[str]) -> Iterator[str]:
        self.calls.append(("build", tuple(services)))
        return self._lines("build")

    def pull(self, services: Sequence[str]) -> Iterator[str]:
        self.calls.append(("pull", tuple(services)))
        return self._lines("pull")

    def _lines(self, verb: str) -> Iterator[str]:
        yield f"{verb} line 1"
        if self.fails:
            raise ComposeFailed(self.fails)


@dataclass
class FakeListener:
    """Notes what it is told."""

    told: list[str] = field(default_factory=list)
    states: list[dict[str, str]] = field(default_factory=list)

    def begin(self, step: str, text: str) -> None:
        self.told.append(f"begin {step} {text}".strip())

    def detail(self, text: str) -> None:
        self.told.append(f"detail {text}")

    def services(self, states: Mapping[str, ServiceHealth]) -> None:
        self.states.append({name: health.state for name, health in states.items()})

    def end(self, text: str) -> None:
        self.told.append(f"end {text}".strip())

    def note(self, text: str) -> None:
        self.told.append(f"note {text}")


@dataclass
class FakeClock:
    """Time that goes on when somebody sleeps; `wakes` is called after each sleep."""

    now: float = 0.0
    sleeps: int = 0
    wakes: Callable[[int], None] = lambda count: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "a loop without rest"
        self.now += seconds
        self.sleeps += 1
        self.wakes(self.sleeps)


def rendered(services: Mapping[str, Any], block: Any = None, name: str = "shop") -> str:
    """What `docker compose config --format json` prints."""
    document: dict[str, Any] = {"name": name, "services": services}
    return json.dumps(document | ({"x-stagekit": block} if block is not None else {}))


def flat(evidence: Iterable[tuple[str, str]]) -> str:
    """An error's evidence as text."""
    return "\n".join(f"{label}: {text}" for label, text in evidence)


@dataclass
class FakeFolder:
    """A folder at a host whose clock stands still."""

    files: dict[str, str] = field(default_factory=dict)
    clock: int = 0
    path: str = "state/shop/staging"

    def read(self, *patterns: str) -> dict[str, str]:
        return {name: text for name, text in self.files.items() if any(fnmatch(name, p) for p in patterns)}

    def write(self, name: str, text: str) -> None:
        self.files[name] = text

    def remove(self, *names: str) -> None:
        for name in names:
            self.files.pop(name, None)

    @contextmanager
    def locked(self, name: str = "lock", *, wait: int = 0) -> Iterator[None]:
        yield

    def now(self) -> int:
        return self.clock
