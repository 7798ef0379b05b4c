"""What else brings images to a host: a pipe, a registry behind a tunnel, a build at the host. Each run for real."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.delivery_host import Host, pipeline
from bench.programs import Failed, run
from stagekit.bootstrap import BASE_IMAGE

REGISTRY_IMAGE = "stagekit-bench/registry"
RECIPE = f"""
FROM {BASE_IMAGE}
RUN --mount=type=secret,id=ca,target=/run/ca.pem \
    if [ -s /run/ca.pem ]; then ca="-o Acquire::https::CAInfo=/run/ca.pem"; fi; \
    apt-get $ca update -qq && \
    DEBIAN_FRONTEND=noninteractive apt-get $ca install -y -qq --no-install-recommends docker-registry >/dev/null
RUN printf '%s\\n' 'version: 0.1' 'http: {{addr: ":5000"}}' \
    'storage: {{filesystem: {{rootdirectory: /var/lib/registry}}}}' >/etc/registry.yml
CMD ["docker-registry", "serve", "/etc/registry.yml"]
"""
THERE = 5000  # the registry's port at the host


def pipe(docker: str, environment: Mapping[str, str], images: Sequence[str], host: Host) -> float:
    """`docker save | zstd | ssh docker load`: seconds."""
    began = time.perf_counter()
    save, load = [docker, "save", *images], [*host.ssh(), "docker load"]
    pipeline(save, ["zstd", "-q", "-T0", "-c"], load, environment=dict(environment))
    return time.perf_counter() - began


def remote_build(compose: Sequence[str], environment: Mapping[str, str], host: Host, wrapper: Path) -> float:
    """`docker compose build` over `DOCKER_HOST=ssh://`: seconds. The host has the base images already."""
    there = over_ssh(environment, host, wrapper)
    return run([*_without_host(compose), "build", "--quiet"], environment=there)


def over_ssh(environment: Mapping[str, str], host: Host, wrapper: Path) -> dict[str, str]:
    """The environment in which plain Docker talks to the host; `wrapper` is a folder for the ssh that finds it."""
    ssh = host.ssh()
    wrapper.mkdir(exist_ok=True)
    (wrapper / "ssh").write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {ssh[2]} "$@"\n')
    (wrapper / "ssh").chmod(0o755)
    path = f"{wrapper}:{environment.get('PATH', os.environ['PATH'])}"
    return {**environment, "DOCKER_HOST": host.address(), "PATH": path}


@contextlib.contextmanager
def registry(docker: str, environment: Mapping[str, str], ca: str) -> Iterator[Registry]:
    """A registry on this machine, gone afterwards."""
    secret = ["--secret", f"id=ca,src={ca}"] if ca else []
    done = subprocess.run(
        [docker, "build", "--quiet", "--tag", REGISTRY_IMAGE, *secret, "-"],
        input=RECIPE,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(done.stderr[-300:])
    words = [docker, "run", "--detach", "--rm", "--publish", "127.0.0.1:0:5000", REGISTRY_IMAGE]
    name = subprocess.run(words, env=dict(environment), capture_output=True, text=True, check=True).stdout.strip()
    try:
        yield Registry(docker, environment, _port(docker, environment, name))
    finally:
        run([docker, "rm", "--force", name], environment=environment)


class Registry:
    """A registry here, which hosts reach through a tunnel."""

    def __init__(self, docker: str, environment: Mapping[str, str], port: int) -> None:
        self._docker, self._environment, self._port = docker, environment, port

    def bring(self, images: Sequence[str], host: Host) -> float:
        """Push, tunnel, pull: seconds."""
        began = time.perf_counter()
        for image in images:
            there = f"127.0.0.1:{self._port}/{image}"
            run([self._docker, "tag", image, there], environment=self._environment)
            run([self._docker, "push", "--quiet", there], environment=self._environment)
        with self._tunnel(host):
            for image in images:
                run([*host.ssh(), f"docker pull --quiet 127.0.0.1:{THERE}/{image}"])
        took = time.perf_counter() - began
        run(
            [self._docker, "rmi", *(f"127.0.0.1:{self._port}/{image}" for image in images)],
            environment=self._environment,
        )
        return took

    @contextlib.contextmanager
    def _tunnel(self, host: Host) -> Iterator[None]:
        way = f"127.0.0.1:{THERE}:127.0.0.1:{self._port}"
        words = [*host.ssh()[:-1], "-o", "ExitOnForwardFailure=yes", "-R", way, host.ssh()[-1], "echo there; cat"]
        tunnel = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert tunnel.stdout
            tunnel.stdout.readline()
            yield
        finally:
            tunnel.kill()
            tunnel.wait()


def _port(docker: str, environment: Mapping[str, str], name: str) -> int:
    words = [docker, "port", name, "5000/tcp"]
    said = subprocess.run(words, env=dict(environment), capture_output=True, text=True, check=True).stdout
    return int(said.split()[0].rpartition(":")[2])


def _without_host(compose: Sequence[str]) -> list[str]:
    """The words of Compose without the engine's address, which stands in DOCKER_HOST instead."""
    words = list(compose)
    at = words.index("--host")
    return words[:at] + words[at + 2 :]
