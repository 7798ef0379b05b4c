"""The memory of a deployer that brings two gigabytes to a host."""

from __future__ import annotations

import os
import random
import subprocess
import sys

from bench.delivery_host import Host
from bench.delivery_project import Project
from bench.programs import STAGEKIT, Failed, run, say
from bench.rows import Goal, Measurement

LAYERS, SIZE = 4, 500_000_000
SCRIPT = (
    "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], stdout=2).returncode; "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)"
)


def memory_of_two_gigabytes(project: Project, host: Host) -> Measurement:
    """The most that `stagekit deliver` holds at once, in MB, while it stages and sends an image of 2 GB."""
    say("the memory of a deployer, with an image of 2 GB")
    host.empty()
    folder = project.directory / "huge"
    folder.mkdir()
    for number in range(LAYERS):
        _write(folder / f"file-{number}", number)
    copies = "".join(f"COPY file-{number} /\n" for number in range(LAYERS))
    (folder / "Dockerfile").write_text(f'FROM scratch\n{copies}CMD ["/none"]\n')
    image = f"{project.name}/huge"
    run([project.docker, "build", "--quiet", "--tag", image, str(folder)], environment=project.environment)
    (folder / "compose.yaml").write_text(f"services:\n  huge: {{image: {image}}}\n")
    settings = (project.directory / f".env.{host.stage}").read_text()
    (folder / f".env.{host.stage}").write_text(
        settings.replace("STAGEKIT_SSH_CONFIG=", f"STAGEKIT_SSH_CONFIG={project.directory}/")
    )
    words = [STAGEKIT, "--project-directory", str(folder), "deliver", "--stage", host.stage]
    environment = {**os.environ, "XDG_CACHE_HOME": str(project.directory / ".cache")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], env=environment, capture_output=True, text=True, check=False
    )
    run([project.docker, "rmi", image], environment=project.environment)
    kilobytes, code = done.stdout.split()[-2:]
    if code != "0":
        raise Failed(done.stderr[-300:])
    return Measurement("memory of the deployer, image of 2 GB", "MB", Goal(150), int(kilobytes) / 1000)


def _write(path, seed: int) -> None:  # type: ignore[no-untyped-def]
    source = random.Random(seed)
    with path.open("wb") as out:
        for _ in range(SIZE // 1_000_000):
            out.write(source.randbytes(1_000_000))
