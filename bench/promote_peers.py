"""What people do without stagekit, on the same host, with images that are there: plain Compose, and scaling by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.delivery_peers import over_ssh
from bench.programs import Failed, run
from bench.promote_project import SERVICE, Promoted
from stagekit.cli.look import look

UP = "docker compose up over ssh://"
SCALE = "scale up, wait, stop the old"
# In the style that people use: the new one next to the old one, healthy, then the old one goes.
BY_HAND = """
set -e
old=$($COMPOSE ps --quiet $SERVICE)
$COMPOSE run --rm --no-deps migrate >/dev/null
$COMPOSE up --detach --no-deps --no-recreate --scale $SERVICE=2 $SERVICE
new=$($COMPOSE ps --quiet $SERVICE | grep -v "$old")
until [ "$(docker inspect --format '{{.State.Health.Status}}' "$new")" = healthy ]; do sleep 1; done
docker stop "$old" >/dev/null
docker rm "$old" >/dev/null
$COMPOSE up --detach --no-deps worker
"""


@dataclass(frozen=True)
class Peer:
    """The same Compose project at the same host, by the definitions of two releases.

    compose      the words of Compose for each release's number
    environment  with DOCKER_HOST=ssh://
    """

    compose: Mapping[int, str]
    environment: Mapping[str, str]

    def fresh(self, number: int) -> None:
        """The stage, from nothing, as plain Compose brings it up: its edge finds services by their names."""
        run(["sh", "-c", f"{self.compose[number]} down --volumes --remove-orphans"], environment=self.environment)
        self.up(number)

    def up(self, number: int) -> float:
        """`docker compose up -d --wait`: seconds."""
        services = f"{self.compose[number]} config --services | grep -vE '^(migrate|seed|edge-files)$'"
        # One-shots that ended would be taken for failures: https://github.com/docker/compose/issues/10596
        words = f"{self.compose[number]} up --detach --wait $({services})"
        return run(["sh", "-c", words], environment=self.environment)

    def scale(self, number: int) -> float:
        """By hand: seconds."""
        there = {**self.environment, "COMPOSE": self.compose[number], "SERVICE": SERVICE}
        return run(["sh", "-c", BY_HAND], environment=there)


def peer(project: Promoted, releases: Mapping[int, Mapping[str, Any]]) -> Peer:
    """Plain Compose on the definitions of these releases."""
    looked = look(project.directory)
    words = {}
    for number, release in releases.items():
        file = project.directory / f"release-{number}.json"
        file.write_text(str(release["model"]), encoding="utf-8")
        words[number] = f"docker compose --file {file} --project-name {release['project']}"
    docker = Path(looked.engine.docker).parent
    environment = over_ssh(looked.compose.environment(), project.host, project.directory / ".ssh-there")
    environment["PATH"] = f"{environment['PATH']}:{docker}"
    for key in [key for key in environment if key.startswith("COMPOSE_")]:
        del environment[key]  # the project here is another one
    done = subprocess.run(["docker", "version"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"plain docker does not reach the host: {done.stderr[-300:]}")
    return Peer(words, environment)
