"""Starts the embedded engine, looks after it, and stops it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stagekit.bootstrap.answer import ask
from stagekit.bootstrap.bridge import make_bridge
from stagekit.bootstrap.cgroups import share_controllers
from stagekit.bootstrap.containerd import containerd_address, spawn_containerd
from stagekit.bootstrap.firewall import Firewall
from stagekit.bootstrap.leftovers import command_line, end_leftovers
from stagekit.bootstrap.lock import held
from stagekit.bootstrap.network import Network, mtu_here, network_of, routes_here
from stagekit.bootstrap.places import Places
from stagekit.bootstrap.storage import refuse_unfit
from stagekit.doors.local import Processes, Running
from stagekit.errors import EngineInstallError

Say = Callable[[str, str], None]
READY_LIMIT = 90.0  # seconds; seen: 1 to 3, longer while containers of a crash are cleaned up
STOP_LIMIT = 120.0  # seconds; containers get their own grace first
DOCKER0 = Path("/sys/class/net/docker0")
# What the engine takes from the command that starts it: enough to reach registries, none of a person's secrets.
PASSED_ON = (
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR", "LANG"),
)


def is_alive(places: Places) -> bool:
    """Whether the process that the pid file names is this engine."""
    return process_of(places) is not None


def process_of(places: Places, proc: Path = Path("/proc")) -> int | None:
    """The engine's process, never another that was given the same number after a crash or a reboot."""
    pid = _number(places.pid_file)
    return pid if pid and str(places.settings_file) in command_line(proc / str(pid)) else None


def start(
    places: Places, processes: Processes, say: Say, env: Mapping[str, str] | None = None, *, repair: bool = False
) -> None:
    """Has the engine running and answering; what a crash left is cleared first.

    With `repair`, the bridge and the firewall rules of one that runs are looked after too.
    Raises EngineInstallError.
    """
    if not repair and is_alive(places) and ask(str(places.socket)).state == "answers":
        return
    with held(places, say):
        running = None
        if not is_alive(places):
            say("engine", "starting")
            refuse_unfit(places.data)
            running = _spawn(places, processes, os.environ if env is None else env)
        elif repair:
            _set_network(places, processes)
        _wait_ready(places, running)
        _settle(places)


def stop(places: Places, say: Say) -> bool:
    """Stops the engine and, gracefully, its containers. False where it was not running. Raises EngineInstallError."""
    if not places.owned():
        return False
    with held(places, say):
        pid = process_of(places)
        if pid is None:
            return False
        say("engine", "stopping, containers first")
        os.kill(pid, signal.SIGTERM)
        if not _wait(lambda: process_of(places) is None, STOP_LIMIT):
            raise EngineInstallError(
                f"the engine did not stop within {STOP_LIMIT:.0f} s",
                evidence=log_evidence(places.log),
                next=f"kill -9 {pid}, then the same command again",
                slug="engine-stop",
            )
        _clear_stale(places)
        return True


def daemon_settings(places: Places, network: Network, mtu: int, *, spare_docker0: bool = False) -> dict[str, Any]:
    """dockerd's settings file. All is said here, so that a machine-wide /etc/docker/daemon.json plays no part.

    A dockerd with pools of its own deletes the interface docker0 as it starts, whosever that is, unless it is told to
    restore running containers (moby, daemon_unix.go, configureNetworking). `spare_docker0` tells it so.
    """
    sbin = places.tree / "sbin"
    return {
        "hosts": [places.host],
        "group": "root",
        "data-root": str(places.data),
        "exec-root": str(places.exec_root),
        "containerd": containerd_address(places),
        "pidfile": str(places.pid_file),
        # Named, because an engine left to choose falls back to copying every layer (vfs) in silence.
        "storage-driver": "overlay2",
        "live-restore": spare_docker0,
        "bridge": network.bridge,
        "default-address-pools": [{"base": network.pool, "size": 24}],
        "mtu": mtu,
        "default-network-opts": {"bridge": {"com.docker.network.driver.mtu": str(mtu)}},
        "iptables": False,
        "ip6tables": False,
        "userland-proxy-path": str(sbin / "docker-proxy"),
        "init-path": str(sbin / "docker-init"),
        "log-driver": "json-file",
        "log-opts": {"max-size": "10m", "max-file": "3"},
    }


def log_evidence(log: Path) -> list[tuple[str, str]]:
    """The last error lines of the engine's log, as evidence."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    said = [line for line in lines if "level=error" in line or "level=fatal" in line or "level=" not in line]
    kept = [_message(line)[:300] for line in (said or lines)[-3:]]
    return [("log" if i == 0 else "", line) for i, line in enumerate(kept)]


def _spawn(places: Places, processes: Processes, env: Mapping[str, str]) -> Running:
    places.prepare()
    _clear_stale(places)
    share_controllers()
    _link_tree(places)
    _set_network(places, processes)
    _write_settings(places, spare_docker0=DOCKER0.exists())
    _rotate(places.log)
    environment = _environment(places, env)
    spawn_containerd(places, processes, environment)
    words = [str(places.tree / "sbin/dockerd"), "--config-file", str(places.settings_file)]
    return processes.spawn(words, log=places.log, env=environment, cwd=places.engine)


def _link_tree(places: Places) -> None:
    link = places.run / "tree"
    link.unlink(missing_ok=True)
    link.symlink_to(places.tree)


def _settle(places: Places) -> None:
    """Tells the started engine not to restore containers after all: stopping it shall stop them."""
    if json.loads(places.settings_file.read_text(encoding="utf-8"))["live-restore"] and (pid := process_of(places)):
        _write_settings(places, spare_docker0=False)
        os.kill(pid, signal.SIGHUP)


def _write_settings(places: Places, *, spare_docker0: bool) -> None:
    settings = daemon_settings(places, network_of(places), mtu_here(routes_here()), spare_docker0=spare_docker0)
    temporary = places.settings_file.with_suffix(".new")
    temporary.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    temporary.rename(places.settings_file)


def _set_network(places: Places, processes: Processes) -> None:
    network = network_of(places)
    make_bridge(network.bridge, network.gateway)
    firewall = Firewall(places, processes)
    firewall.prepare()
    firewall.apply(network)


def _environment(places: Places, env: Mapping[str, str]) -> dict[str, str]:
    inherited = env.get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    path = f"{places.run / 'bin'}:{places.tree / 'sbin'}:{inherited}"
    own = {"PATH": path, "HOME": "/root", "LD_LIBRARY_PATH": places.library_path()}
    return own | {key: env[key] for key in PASSED_ON if key in env}


def _wait_ready(places: Places, running: Running | None) -> None:
    def settled() -> bool:
        gone = running.poll() is not None if running else not is_alive(places)
        return gone or ask(str(places.socket)).state == "answers"

    _wait(settled, READY_LIMIT)
    if ask(str(places.socket)).state != "answers":
        raise EngineInstallError(
            "the embedded engine did not start",
            evidence=[*log_evidence(places.log), ("whole log", str(places.log))],
            next="stagekit doctor; then `stagekit engine start`",
            slug="engine-start",
        )


def _clear_stale(places: Places) -> None:
    """Clears what a killed engine left.

    The pid file goes too: dockerd would take another program with that number for itself, and refuse.
    """
    if process_of(places) is not None:
        return
    end_leftovers(places)
    for file in (places.pid_file, places.socket, Path(containerd_address(places))):
        file.unlink(missing_ok=True)


def _rotate(log: Path) -> None:
    """Keeps the log of the run before beside the new one."""
    if log.exists():
        log.rename(log.with_suffix(".log.1"))


def _wait(condition: Callable[[], bool], limit: float) -> bool:
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _message(line: str) -> str:
    _, found, rest = line.partition('msg="')
    return rest.rstrip('"') if found else line
