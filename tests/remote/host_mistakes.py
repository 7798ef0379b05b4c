"""Changes of a host that would lock everybody out, and what shows that they were undone."""

from __future__ import annotations

from collections.abc import Mapping

from stagekit.errors import HostError
from stagekit.hosts.carry_out import Connect
from stagekit.hosts.firewall import table
from stagekit.hosts.scripts import script, text_of
from stagekit.hosts.step import Step
from stagekit.testing.rehearsal import RehearsalHost

EFFECTIVE = (
    "sshd -T | grep -E '^(passwordauthentication|kbdinteractiveauthentication|permitrootlogin|clientaliveinterval) '"
)
STRICT = {
    "passwordauthentication": "no",
    "kbdinteractiveauthentication": "no",
    "permitrootlogin": "without-password",
    "clientaliveinterval": "15",
}


class Quiet:
    """Listens and says nothing."""

    def begin(self, step: str, text: str) -> None: ...

    def end(self, text: str) -> None: ...


def sshd(host: RehearsalHost) -> Mapping[str, str]:
    """What sshd there goes by."""
    lines = host.run("sh", "-c", EFFECTIVE).stdout.splitlines()
    return dict(line.split(" ", 1) for line in lines)


def logins(host: RehearsalHost) -> dict[str, Connect]:
    """The ways in that have to stay."""
    return {"root": lambda: host.connect("root", within=3.0), "deploy": lambda: host.connect("deploy", within=3.0)}


def shut_sshd(host: RehearsalHost) -> Step:
    """A change that shuts out everybody but nobody."""
    text = f"{text_of('sshd.conf')}\nAllowUsers nobody"
    undo = script("sshd-undo", BEFORE=text_of("sshd.conf"), INCLUDED="yes")
    return Step("sshd", "shut everybody out", "a test wants it", script("sshd", TEXT=text), undo)


def shut_firewall(host: RehearsalHost) -> Step:
    """A firewall that forgets the port of sshd."""
    text = table([1]).replace("table inet stagekit {", "table inet stagekit { # mistaken")
    doing = script("firewall", TEXT=text, UNIT=text_of("firewall.service"))
    return Step("firewall", "shut everybody out", "a test wants it", doing, script("firewall-undo", BEFORE=table([22])))


def lets_in(host: RehearsalHost) -> bool:
    """Whether the deploy user can log in."""
    try:
        host.connect("deploy", within=3.0).close()
    except HostError:
        return False
    return True
