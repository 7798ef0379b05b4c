"""The whole product on a rehearsal host of the bench's own, promoted, and changed line by line."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.delivery_host import Host
from bench.delivery_project import LINE
from bench.programs import STAGEKIT, Failed, run, say
from bench.stack import copied, keep_caches, remove_images

LOGINS = "journalctl --sync; journalctl --unit ssh --output cat | grep -c 'Accepted publickey for deploy' || true"
SERVICE = "backend"
# Plain Compose over SSH makes dozens of connections at once, of which sshd as it comes turns some away.
MANY_STARTS = 'echo "MaxStartups 300" >/etc/ssh/sshd_config.d/50-bench.conf && systemctl reload ssh'


@dataclass(frozen=True)
class Promoted:
    """A copy of the checkout, and the host that it is promoted to."""

    directory: Path
    host: Host

    def change_a_line(self, number: int) -> None:
        """Changes one line of the backend's code, and builds and stages it."""
        path = self.directory / LINE
        kept = [line for line in path.read_text().splitlines() if not line.startswith("# change ")]
        path.write_text("\n".join([*kept, f"# change {number}", ""]))
        self.stagekit("build")

    def stagekit(self, verb: str, *words: str) -> float:
        """Runs a verb on the stage; returns the seconds it took. Raises Failed."""
        return run([STAGEKIT, "--project-directory", str(self.directory), verb, "--stage", self.host.stage, *words])

    def releases(self) -> list[dict[str, Any]]:
        """The records, newest first."""
        words = [STAGEKIT, "--project-directory", str(self.directory), "releases", "--stage", self.host.stage, "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr[-400:])
        return list(json.loads(done.stdout)["releases"])

    def there(self, script: str) -> str:
        """What a shell script that root runs at the host writes. Raises Failed."""
        words = [STAGEKIT, "--project-directory", str(self.directory), "rehearsal", "ssh", "--name", self.host.name]
        done = subprocess.run([*words, "--", script], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr[-400:])
        return done.stdout

    def logins(self) -> int:
        """How often the user that deploys has logged in so far."""
        return int(self.there(LOGINS))

    def containers(self) -> set[str]:
        """The identities of all containers."""
        return set(self.there("docker ps --all --quiet --no-trunc").split())

    def images(self) -> set[str]:
        """The identities of all images."""
        return set(self.there("docker images --quiet --no-trunc").split())

    def received(self) -> int:
        """The bytes that the host has received so far, of whatever kind."""
        return int(self.there("cat /sys/class/net/eth0/statistics/rx_bytes"))

    def boot(self) -> float:
        """Seconds from the start of the newest backend to the end of its first probe that went well."""
        named = f"docker ps --quiet --latest --filter label=com.docker.compose.service={SERVICE}"
        state = json.loads(self.there(f"docker inspect $({named})"))[0]["State"]
        well = [probe["End"] for probe in state["Health"]["Log"] if probe["ExitCode"] == 0]
        return moment(well[0]) - moment(state["StartedAt"])

    def port(self) -> int:
        """The edge's, on this machine's loopback."""
        named = self.directory / ".stagekit" / "rehearsal" / self.host.name / "machine.json"
        return int(json.loads(named.read_text())["port"])


@contextmanager
def promoted(root: Path) -> Iterator[Promoted]:
    """The product, promoted once; gone afterwards with its host and its images."""
    with copied(root) as copy:
        keep_caches(root, copy)
        found = Promoted(copy, Host(copy, "bench"))
        try:
            say("promoting the whole product to a host of the bench's own; minutes")
            found.host.up(store="classic", rate="none")
            found.there(MANY_STARTS)
            found.stagekit("build")
            found.stagekit("promote", "--yes")
            yield found
        finally:
            found.host.down()
            remove_images(copy)


def moment(text: str) -> float:
    """Seconds since 1970 of a time as the engine writes it: with nanoseconds, and in UTC or with its offset."""
    whole, _, rest = text.partition(".")
    digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
    zone = rest[len(digits) :].replace("Z", "+00:00")
    return datetime.fromisoformat(f"{whole}{zone}").timestamp() + float(f"0.{digits}")


def let_pass(seconds: float) -> None:
    """Lets time pass while a load is measured."""
    time.sleep(seconds)
