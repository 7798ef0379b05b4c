"""Makes and removes the engine's bridge by the kernel's own calls, so that no `ip` program is needed."""

from __future__ import annotations

import errno
import fcntl
import socket
import struct
from pathlib import Path

from stagekit.errors import EngineInstallError

# linux/sockios.h and linux/if.h
SIOCSIFFLAGS, SIOCGIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, SIOCBRADDBR, SIOCBRDELBR = (
    0x8914,
    0x8913,
    0x8916,
    0x891C,
    0x89A0,
    0x89A1,
)
IFF_UP = 0x1
INTERFACES = Path("/sys/class/net")


def make_bridge(name: str, address: str) -> None:
    """A bridge with an address in a /24, up. One that is there already is brought to that state."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        try:
            _add(door, name)
            _ioctl(door, SIOCSIFADDR, name, _address(address))
            _ioctl(door, SIOCSIFNETMASK, name, _address("255.255.255.0"))
            _set_up(door, name, up=True)
        except OSError as error:
            raise _refused(name, error) from None


def delete_bridge(name: str) -> None:
    """Removes a bridge; one that is not there, and an interface that is no bridge, are left."""
    if not (INTERFACES / name / "bridge").is_dir():
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        _set_up(door, name, up=False)
        fcntl.ioctl(door, SIOCBRDELBR, name.encode() + b"\0")


def _add(door: socket.socket, name: str) -> None:
    try:
        fcntl.ioctl(door, SIOCBRADDBR, name.encode() + b"\0")
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise


def _set_up(door: socket.socket, name: str, *, up: bool) -> None:
    request = fcntl.ioctl(door, SIOCGIFFLAGS, struct.pack("16sH14x", name.encode(), 0))
    flags = struct.unpack("16sH14x", request)[1]
    _ioctl(door, SIOCSIFFLAGS, name, struct.pack("H14x", flags | IFF_UP if up else flags & ~IFF_UP))


def _ioctl(door: socket.socket, call: int, name: str, value: bytes) -> None:
    fcntl.ioctl(door, call, struct.pack("16s16s", name.encode(), value))


def _address(text: str) -> bytes:
    return struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))


def _refused(name: str, error: OSError) -> EngineInstallError:
    return EngineInstallError(
        f"the network bridge {name} could not be made",
        evidence=[("kernel", error.strerror or str(error))],
        next="in a container, give it --privileged; on a machine, run as root with the `bridge` module available",
        slug="engine-network",
    )
