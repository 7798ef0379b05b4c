"""The keys of a rehearsal host, and the SSH configuration that leads to it.

Its host key is made here and handed in, so that it is known before the first contact and checked strictly.
"""

from __future__ import annotations

from dataclasses import dataclass

from stagekit.bootstrap.rehearsal.names import Rehearsal
from stagekit.doors.checkout import Checkout
from stagekit.doors.local import NOT_FOUND, Processes
from stagekit.hosts import Target, explain
from stagekit.secret import Secret

CONFIG = """\
# Written by `stagekit rehearsal up`: how to reach the rehearsal host {name}, whatever your own configuration says.
Host *
    IdentityFile "{folder}/id_ed25519"
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile "{folder}/known_hosts"
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
"""


@dataclass(frozen=True)
class Keys:
    """Who may come in, and who the machine is."""

    public: str
    host_public: str
    host_private: Secret


def prepare_keys(checkout: Checkout, rehearsal: Rehearsal, processes: Processes) -> Keys:
    """The keys, made where they are missing."""
    folder = rehearsal.path("")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in ("id_ed25519", "host_ed25519"):
        if not (folder / name).is_file() or not (folder / f"{name}.pub").is_file():
            _make(rehearsal, name, processes)
    public, host_public = (checkout.read(f"{rehearsal.folder}/{name}.pub") for name in ("id_ed25519", "host_ed25519"))
    return Keys(public.strip(), host_public.strip(), Secret(checkout.read(f"{rehearsal.folder}/host_ed25519")))


def write_config(checkout: Checkout, rehearsal: Rehearsal, keys: Keys, ssh_port: int) -> None:
    """Writes `known_hosts` and `ssh_config`."""
    known = f"[127.0.0.1]:{ssh_port} {' '.join(keys.host_public.split()[:2])}\n"
    # OpenSSH reads % as the beginning of a token, and a quote as the end of the path.
    folder = str(rehearsal.path("")).replace("%", "%%").replace('"', '\\"')
    checkout.write(f"{rehearsal.folder}/known_hosts", known, mode=0o600)
    checkout.write(f"{rehearsal.folder}/ssh_config", CONFIG.format(name=rehearsal.name, folder=folder), mode=0o600)


def _make(rehearsal: Rehearsal, name: str, processes: Processes) -> None:
    path = rehearsal.path(name)
    for old in (path, path.with_suffix(".pub")):
        old.unlink(missing_ok=True)
    words = [
        "ssh-keygen",
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        f"stagekit-rehearsal-{rehearsal.name}",
        "-f",
        str(path),
    ]
    if processes.run(words).code == NOT_FOUND:
        raise explain(Target("127.0.0.1"), "", hop="program")
    processes.run(["ssh-keygen", "-l", "-f", str(path)], check=True)
