"""A plan for a hundred services from a recorded observation: `python -m bench.promote_replay FOLDER`, with no engine.

The folder holds the rendered model, what `docker inspect` said of every container, and the edge's files and slots.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COUNT = 100
PROJECT = "many"


def main(folder: Path) -> None:
    """Prints the plan of a switch in which a third of the services changed."""
    from datetime import UTC, datetime

    from stagekit.compose import parse
    from stagekit.promote.switch import plan_switch
    from stagekit.promote.target import Target
    from stagekit.release import read_release
    from stagekit.report.plan import Proposal, plan_text
    from stagekit.stage import Observation
    from stagekit.stage.observe import parse_container
    from stagekit.stage.routes import EdgeSeen, read_routes, read_slots, running

    release = read_release((folder / "release.json").read_text(), "release.json")
    current = read_release((folder / "current.json").read_text(), "current.json")
    model = parse(release.model, directory="", files=(), sources={})
    seen = Observation(tuple(parse_container(raw) for raw in json.loads((folder / "inspect.json").read_text())))
    slots = read_slots((folder / "state.txt").read_text(), (folder / "stat.csv").read_text())
    edge = EdgeSeen(read_routes((folder / "backends.cfg").read_text()), running(slots))
    plan = plan_switch(Target(model, json.loads((folder / "hashes.json").read_text())), seen, edge)
    print(plan_text(Proposal("staging", plan, release, current, model, (), "you", 300), datetime.now(UTC)))


def record(folder: Path) -> None:
    """Writes the observation of a stage of a hundred services: an edge, a database, and pages that start beside."""
    pages = [f"page-{n:02}" for n in range(COUNT - 3)]
    services = {name: _page(name) for name in pages}
    services["postgres"] = {"image": "postgres:1", "volumes": [{"type": "volume", "source": "data", "target": "/d"}]}
    services["edge-files"] = {"image": "edge-files:1"}
    services["edge"] = {
        "image": "edge:1",
        "depends_on": {"edge-files": {"condition": "service_completed_successfully"}},
    }
    block = {
        "version": 1,
        "edge": {"service": "edge"},
        "names": {name: {"service": name} for name in pages},
        "smoke": [{"name": name} for name in pages],
    }
    model = json.dumps({"name": PROJECT, "services": services, "x-stagekit": block})
    for number, file in ((1, "current.json"), (2, "release.json")):
        (folder / file).write_text(_release(number, model), encoding="utf-8")
    changed = set(pages[::3])
    hashes = {name: "new" if name in changed else "old" for name in services}
    (folder / "hashes.json").write_text(json.dumps(hashes))
    (folder / "inspect.json").write_text(json.dumps([_inspected(name) for name in services]))
    (folder / "backends.cfg").write_text(
        "".join(f"backend {name}\n    server a {PROJECT}-{name}-1:8000\n" for name in pages)
    )
    (folder / "state.txt").write_text("".join(_state(n, name) for n, name in enumerate(pages)))
    (folder / "stat.csv").write_text("".join(_stat(name) for name in pages))


def _page(name: str) -> dict[str, Any]:
    check = {"test": ["CMD", "true"], "interval": "10s"}
    return {"image": f"{name}:1", "healthcheck": check, "depends_on": {"postgres": {"condition": "service_healthy"}}}


def _release(number: int, model: str) -> str:
    told = {"number": number, "stage": "staging", "project": PROJECT, "revision": f"{number:07}", "clean": True}
    return json.dumps({**told, "by": "you", "at": "2026-11-24T07:00:00Z", "images": {}, "model": model})


def _inspected(name: str) -> dict[str, Any]:
    ended = name == "edge-files"
    health = {} if ended else {"Health": {"Status": "healthy", "Log": [{"ExitCode": 0, "Output": "x" * 200}] * 5}}
    labels = {"com.docker.compose.service": name, "com.docker.compose.config-hash": "old"}
    return {
        "Id": f"id-{name}",
        "Name": f"/{PROJECT}-{name}-1",
        "Image": "sha256:1",
        "Config": {"Image": f"{name}:1", "Labels": labels, "Env": [f"KEY_{n}=value" for n in range(40)]},
        "State": {"Status": "exited" if ended else "running", "ExitCode": 0, **health},
        "NetworkSettings": {"Ports": {}, "Networks": {"default": {"IPAddress": "10.0.0.1"}}},
    }


def _state(number: int, name: str) -> str:
    host = f"{PROJECT}-{name}-1"
    return f"{number} {name} 1 a 10.0.0.1 2 0 1 1 9 6 3 7 6 0 0 0 {host} 8000 - 0 0 - - 0\n"


def _stat(name: str) -> str:
    return f"{name},a,0,0,0,1,,9,9,9,,0,,0,0,0,0,UP,1,1,0\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
