"""The embedded engine's own containerd.

A dockerd left alone uses a containerd that already runs on the machine, and would share its containers with whatever
else does; so it is given one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagekit.bootstrap.places import Places
from stagekit.doors.local import Processes, Running

SETTINGS = """\
version = 2
root = "{data}/daemon"
state = "{state}/daemon"
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
  address = "{state}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "{data}/opt"
"""


def containerd_address(places: Places) -> str:
    """Where dockerd reaches it."""
    return str(places.exec_root / "containerd" / "containerd.sock")


def containerd_settings(places: Places) -> str:
    """Its settings file."""
    return SETTINGS.format(data=places.data / "containerd", state=places.exec_root / "containerd")


def spawn_containerd(places: Places, processes: Processes, env: Mapping[str, str]) -> Running:
    """Starts it. dockerd waits for it by itself."""
    folder = places.exec_root / "containerd"
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    file = folder / "containerd.toml"
    file.write_text(containerd_settings(places), encoding="utf-8")
    words = [str(places.tree / "sbin" / "containerd"), "--config", str(file)]
    return processes.spawn(words, log=places.log, env=env, cwd=places.engine)
