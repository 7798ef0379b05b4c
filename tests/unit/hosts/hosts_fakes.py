"""Machines as they would answer."""

from __future__ import annotations

from dataclasses import replace

from stagekit.hosts.daemon import merged
from stagekit.hosts.facts import Account, HostFacts, Sshd
from stagekit.hosts.firewall import table
from stagekit.hosts.init import Wish
from stagekit.hosts.keys import parse_key
from stagekit.hosts.scripts import text_of

GB = 1_000_000_000
LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK8cP/Vm7loYSGXPnqGgyTE6KbLzCqBcOiUXb1Rhzu0C ana@laptop"
WISH = Wish("deploy", parse_key(LINE, "ana.pub"))

BARE = HostFacts(
    system="Debian GNU/Linux 13 (trixie)",
    distribution="debian",
    architecture="x86_64",
    apt=True,
    init="systemd",
    is_root=True,
    login=Account("root", there=True, keys=LINE),
    deploy=Account("deploy", there=False),
    memory=4 * GB,
    disk_free=50 * GB,
    disk_folder="/var/lib",
    now=1_000_000.0,
    candidate="26.1.5+dfsg1-9+deb13u1",
    mtu=1500,
    sshd=Sshd((22,), password=True, keyboard=False, root="without-password", alive=0, included=True),
    filtering=False,
)
HOST = replace(
    BARE,
    docker="26.1.5+dfsg1",
    docker_there=True,
    store="classic",
    daemon=merged(""),
    deploy=Account("deploy", there=True, in_docker=True, keys=LINE),
    sshd=Sshd(
        (22,),
        password=False,
        keyboard=False,
        root="without-password",
        alive=15,
        included=True,
        own=text_of("sshd.conf"),
    ),
    firewall=table([22]),
    filtering=True,
    upgrades=text_of("upgrades.conf"),
    upgrading=True,
)
