"""Deliveries beside their peers: on the same images, to the same host, over the same link, all in one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.delivery_host import Host
from bench.delivery_memory import memory_of_two_gigabytes
from bench.delivery_peers import Registry, pipe, registry, remote_build
from bench.delivery_project import Project, shipping
from bench.programs import run, say
from bench.rows import Goal, Measurement, middle

RATE, BYTES_A_SECOND = "50mbit", 50e6 / 8
PIPE = "docker save | zstd | ssh docker load"
REGISTRY = "registry, tunnel, pull"
BUILD = "docker compose build over ssh://"
BOUND = "compressed new layers / link rate"
BETTER = Goal(1.0, "ratio")
TIMES = 5


def delivery(root: Path) -> list[Measurement]:
    """Every case of bringing images to a host."""
    with shipping(root) as project:
        host = Host(project.directory, "bench")
        try:
            with registry(project.docker, project.environment, project.ca) as peer:
                return _measured(project, host, peer)
        finally:
            host.down()


def _measured(project: Project, host: Host, peer: Registry) -> list[Measurement]:
    host.up(store="classic", rate=RATE)
    rows = [*_cold(project, host, peer), *_base_there(project, host, peer)]
    host.up(store="classic", rate="none")
    rows += [*_one_line(project, host, peer), *_fresh_runner(project, host), _nothing(project, host, "classic")]
    rows += [_shared(project, host), memory_of_two_gigabytes(project, host)]
    host.down()
    host.up(store="containerd", rate="none")
    return [*rows, *_containerd(project, host)]


def _cold(project: Project, host: Host, peer: Registry) -> list[Measurement]:
    name = f"cold at {RATE}"
    bound = project.stage() / BYTES_A_SECOND
    ours = _from_empty(host, lambda: _seconds(project.deliver(host.stage)), f"{name}: deliver")
    piped = _from_empty(host, lambda: pipe(project.docker, project.environment, project.images, host), f"{name}: pipe")
    pulled = _from_empty(host, lambda: peer.bring(project.images, host), f"{name}: registry")
    built = _from_empty(host, lambda: _remote_build(project, host), f"{name}: remote build, with its bases there")
    return [
        Measurement(name, "s", Goal(1.2, "ratio"), ours, BOUND, bound),
        Measurement(name, "s", BETTER, ours, PIPE, piped),
        Measurement(name, "s", BETTER, ours, REGISTRY, pulled),
        Measurement(f"{name} (peer: bases already there)", "s", BETTER, ours, BUILD, built),
    ]


def _base_there(project: Project, host: Host, peer: Registry) -> list[Measurement]:
    name = f"base already there at {RATE}"
    project.stage(project.bases)
    local_bases = _layers_of(project, project.bases)
    bound = project.packed(project.layers() - local_bases) / BYTES_A_SECOND

    def with_bases(run_it: Callable[[], float], text: str) -> float:
        def both() -> float:
            pipe(project.docker, project.environment, project.bases, host)
            return run_it()

        return _from_empty(host, both, f"{name}: {text}")

    ours = with_bases(lambda: _seconds(project.deliver(host.stage)), "deliver")
    piped = with_bases(lambda: pipe(project.docker, project.environment, project.images, host), "pipe")
    pulled = with_bases(lambda: peer.bring(project.images, host), "registry")
    return [
        Measurement(name, "s", Goal(1.2, "ratio"), ours, BOUND, bound),
        Measurement(name, "s", BETTER, ours, PIPE, piped),
        Measurement(name, "s", BETTER, ours, REGISTRY, pulled),
    ]


def _one_line(project: Project, host: Host, peer: Registry) -> list[Measurement]:
    name = "one line of backend code, unshaped, staged"
    say(name)
    host.empty()
    project.deliver(host.stage)
    ours, amounts, limits = [], [], []
    for number in range(TIMES):
        before = project.layers()
        project.change_a_line(number)
        project.build()
        project.stage()
        found = project.deliver(host.stage)
        ours.append(_seconds(found))
        amounts.append(float(found["bytes"]))
        limits.append(1.1 * project.packed(project.layers() - before) + 50_000)
    piped = pipe(project.docker, project.environment, project.images, host)
    pulled = _again(project, host, lambda: peer.bring(project.images, host))
    built = _again(project, host, lambda: _remote_build(project, host), prepare=False)
    value = middle(ours)
    return [
        Measurement(name, "s", Goal(0.5), value),
        Measurement(name, "s", Goal(0.6, "ratio"), value, REGISTRY, pulled),
        Measurement(name, "s", BETTER, value, PIPE, piped),
        Measurement(name, "s", BETTER, value, BUILD, built),
        Measurement(
            "one line: bytes", "B", BETTER, middle(amounts), "1.1 x changed layers compressed + 50 kB", middle(limits)
        ),
    ]


def _again(project: Project, host: Host, bring: Callable[[], float], *, prepare: bool = True) -> float:
    """The time of a peer for one changed line, on a host that got all before by the same peer."""
    host.empty()
    bring()
    found = []
    for number in range(3):
        project.change_a_line(100 + number)
        if prepare:
            project.build()
        found.append(bring() if prepare else _timed_build(project, host))
    project.build()
    return middle(found)


def _fresh_runner(project: Project, host: Host) -> list[Measurement]:
    say("from a fresh CI runner: everything rebuilt, nothing cached")
    host.empty()
    project.build()
    project.deliver(host.stage)
    before = project.layers()
    project.change_a_line(200)
    rebuilt = project.build("--no-cache")
    run(["rm", "-rf", str(project.cache.folder)])
    found = project.deliver(host.stage)
    changed = project.layers() - before
    limit = 1.1 * project.packed(changed) + 50_000
    parts = ", ".join(f"{part} {value:.2f} s" for part, value in found["seconds"].items())
    return [
        Measurement("fresh runner: bytes", "B", BETTER, float(found["bytes"]), "1.1 x changed layers + 50 kB", limit),
        Measurement(f"fresh runner: rebuild {rebuilt:.1f} s, then {parts}", "s", None, _seconds(found)),
    ]


def _nothing(project: Project, host: Host, store: str) -> Measurement:
    say(f"nothing to do, {store} store")
    project.deliver(host.stage)
    times = [_seconds(project.deliver(host.stage)) for _ in range(TIMES)]
    return Measurement(f"nothing to do inside a command, {store} store", "s", Goal(0.3), middle(times))


def _shared(project: Project, host: Host) -> Measurement:
    """Ten services on one base, each with a layer of its own: the layers sent, beside those that differ."""
    say("ten services that share layers")
    host.empty()
    folder = project.directory / "ten"
    folder.mkdir()
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nARG NUMBER\nCOPY files/${NUMBER} /srv/number\n")
    lines = ["services:"]
    for number in range(10):
        (folder / "files").mkdir(exist_ok=True)
        (folder / "files" / str(number)).write_text(f"{number}\n" * 100)
        image = f"{project.name}/ten-{number}"
        args = ["--build-arg", f"BASE={project.images[0]}", "--build-arg", f"NUMBER={number}"]
        words = [project.docker, "build", "--quiet", "--tag", image, *args, str(folder)]
        run(words, environment=project.environment)
        lines.append(f"  s{number}: {{image: {image}}}")
    (folder / "compose.yaml").write_text("\n".join(lines))
    (folder / f".env.{host.stage}").write_text(_settings(project, host))
    found = project.deliver(host.stage, folder)
    local = _layers_of(project, [f"{project.name}/ten-{number}:latest" for number in range(10)])
    run(
        [project.docker, "rmi", *(f"{project.name}/ten-{number}" for number in range(10))],
        environment=project.environment,
    )
    return Measurement(
        "ten services sharing layers: layers sent", "layers", BETTER, found["layers"], "distinct layers", len(local)
    )


def _containerd(project: Project, host: Host) -> list[Measurement]:
    project.build()
    project.stage()
    first = project.deliver(host.stage)
    ours = []
    for number in range(3):
        project.change_a_line(300 + number)
        project.build()
        project.stage()
        ours.append(_seconds(project.deliver(host.stage)))
    return [
        Measurement("cold, unshaped, containerd store", "s", None, _seconds(first)),
        Measurement("one line, unshaped, staged, containerd store", "s", Goal(0.5), middle(ours)),
        _nothing(project, host, "containerd"),
    ]


def _remote_build(project: Project, host: Host) -> float:
    pipe(project.docker, project.environment, _build_bases(project), host)
    return _timed_build(project, host)


def _timed_build(project: Project, host: Host) -> float:
    return remote_build(project.compose, project.environment, host, project.directory / ".ssh-there")


def _build_bases(project: Project) -> list[str]:
    node = project.environment.get("NODE_IMAGE", "")
    return [*project.bases, *([node] if node else [])]


def _from_empty(host: Host, measured: Callable[[], float], text: str) -> float:
    say(text)
    host.empty()
    return measured()


def _layers_of(project: Project, images: list[str]) -> set[str]:
    from stagekit.doors.store import StoreDoor

    local = StoreDoor(project.engine)
    found = local.inspected(images)
    local.close()
    return {layer for raw in found.values() for layer in raw["RootFS"]["Layers"]}


def _settings(project: Project, host: Host) -> str:
    text = (project.directory / f".env.{host.stage}").read_text()
    return text.replace("STAGEKIT_SSH_CONFIG=", f"STAGEKIT_SSH_CONFIG={project.directory}/")


def _seconds(found: dict) -> float:  # type: ignore[type-arg]
    return float(sum(found["seconds"].values()))
