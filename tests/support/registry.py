"""A registry of the tests' own, and a second engine for which it stands in for Docker Hub.

Both run in containers of one image made from Debian's packages, on a network of their own: the second engine has its
own data, bridge and socket and touches nothing of the first.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from docker.models.containers import Container

from stagekit.bootstrap import BASE_IMAGE
from tests.support.drop_ins import DROP_INS, Lab, ca_bundle, execute, wait_until

IMAGE = "stagekit-test/registry-and-engine"
RECIPE = f"""
FROM {BASE_IMAGE}
RUN --mount=type=secret,id=ca,target=/run/ca.pem \
    if [ -s /run/ca.pem ]; then ca="-o Acquire::https::CAInfo=/run/ca.pem"; fi; \
    apt-get $ca update -qq && DEBIAN_FRONTEND=noninteractive apt-get $ca install -y -qq --no-install-recommends \
        docker-registry docker.io iptables >/dev/null
"""
CONFIG = """
version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/registry}, delete: {enabled: true}}
http: {addr: ":5000"}
"""
# Pulls take the mirror's scheme as it is written; builds speak HTTP to it only when it is called insecure as well.
# The second engine listens without TLS; docker publishes it on this machine's loopback alone.
ENGINE = """
mirror='"registry-mirrors": ["http://registry:5000"], "insecure-registries": ["registry:5000"]'
# With version 2 of cgroups, a group that has groups below it may hold no processes.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/engine
    echo $$ >/sys/fs/cgroup/engine/cgroup.procs
fi
mkdir -p /etc/docker && echo "{$mirror}" >/etc/docker/daemon.json
exec dockerd --host tcp://0.0.0.0:2375 --host unix:///var/run/docker.sock --tls=false --iptables=false \
    --ip6tables=false --storage-driver overlay2 --mtu "$(cat /sys/class/net/eth0/mtu)"
"""


@dataclass(frozen=True)
class Registry:
    """A registry whose images the second engine takes for Docker Hub's.

    address  where this machine pushes to, as 127.0.0.1:PORT
    host     the second engine, as DOCKER_HOST has it
    """

    address: str
    host: str
    program: str

    def offer(self, name: str, drop_in: str) -> None:
        """Puts a drop-in there under an official name, such as `postgres:17.12`."""
        path = name if "/" in name else f"library/{name}"
        reference = f"{self.address}/{path}"
        for words in (["tag", DROP_INS[drop_in], reference], ["push", "--quiet", reference], ["rmi", reference]):
            done = subprocess.run([self.program, *words], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr}"


def start_registry(lab: Lab, program: str) -> Registry:
    """Starts both and waits until they answer."""
    _build(program)
    network = lab.network()
    registry = lab.start(
        IMAGE,
        *["docker-registry", "serve", "/etc/registry.yml"],
        files={"/etc/registry.yml": CONFIG},
        network=network,
        hostname="registry",
        ports={"5000/tcp": ("127.0.0.1", None)},
    )
    engine = lab.start(
        IMAGE,
        *["bash", "-c", ENGINE],
        network=network,
        privileged=True,
        cgroupns="private",
        volumes={lab.volume(): {"bind": "/var/lib/docker"}},
        ports={"2375/tcp": ("127.0.0.1", None)},
    )
    wait_until(
        lambda: execute(registry, "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5000")[0] == 0, "the registry answers"
    )
    wait_until(lambda: execute(engine, "test", "-S", "/var/run/docker.sock")[0] == 0, "the second engine listens")
    found = Registry(f"127.0.0.1:{_port(registry, 5000)}", f"tcp://127.0.0.1:{_port(engine, 2375)}", program)
    wait_until(lambda: _answers(found), "the second engine answers")
    return found


def start_bare_registry(lab: Lab, program: str) -> str:
    """A registry alone; returns its address on this machine's loopback, once it answers."""
    _build(program)
    command = ["docker-registry", "serve", "/etc/registry.yml"]
    registry = lab.start(IMAGE, *command, files={"/etc/registry.yml": CONFIG}, ports={"5000/tcp": ("127.0.0.1", None)})
    wait_until(
        lambda: execute(registry, "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5000")[0] == 0, "the registry answers"
    )
    return f"127.0.0.1:{_port(registry, 5000)}"


def _build(program: str) -> None:
    bundle = ca_bundle()
    secret = ["--secret", f"id=ca,src={bundle}"] if bundle else []
    words = [program, "build", "--quiet", "--tag", IMAGE, *secret, "-"]
    done = subprocess.run(words, input=RECIPE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


def _answers(found: Registry) -> bool:
    return (
        subprocess.run([found.program, "--host", found.host, "version"], capture_output=True, check=False).returncode
        == 0
    )


def _port(container: Container, inside: int) -> str:
    container.reload()
    return str(container.ports[f"{inside}/tcp"][0]["HostPort"])
