"""What OpenSSH's client says when it cannot connect, in words: which of name, route, port, key or permission it was.

The client has one exit code for all of it (255), so its text is all there is. The cases are recorded in
tests/cases/ssh/, one file a case, as OpenSSH wrote them.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Literal

from stagekit.errors import HostError
from stagekit.hosts.target import Target

Hop = Literal[
    "program",
    "name",
    "route",
    "port",
    "silence",
    "host-key",
    "key",
    "permission",
    "engine",
    "closed",
    "lost",
    "engine-lost",
    "unknown",
]

# The first that is found decides, so what is more telling stands first.
SIGNS: tuple[tuple[Hop, str], ...] = (
    ("host-key", r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known for"),
    ("key", r"Permission denied \(|Too many authentication failures|No supported authentication methods"),
    ("name", r"Could not resolve hostname|Name or service not known|nodename nor servname"),
    ("port", r"Connection refused"),
    ("route", r"No route to host|Network is unreachable|Host is down|Can't assign requested address"),
    ("silence", r"timed out|Timeout, (server .* not responding|no answer|.* did not end)"),
    ("closed", r"Connection reset|Connection closed|Broken pipe|kex_exchange_identification|banner exchange"),
)


@dataclass(frozen=True)
class Advice:
    """What to say of a hop that failed; `{name}`, `{login}`, `{target}` and the like are filled in."""

    what: str
    next: str
    slug: str


ADVICE: dict[Hop, Advice] = {
    "program": Advice(
        "there is no OpenSSH client on this machine", "apt-get install openssh-client", slug="host-program"
    ),
    "name": Advice(
        "the name {name} does not resolve", "check its spelling, and your DNS: getent hosts {name}", slug="host-name"
    ),
    "route": Advice(
        "there is no route to {name}", "check this machine's network: ip route get {name}", slug="host-route"
    ),
    "port": Advice(
        "{name} is there, and nothing listens on its SSH port",
        "check the port of {target}, and that sshd runs there",
        slug="host-port",
    ),
    "silence": Advice(
        "{name} does not answer in time",
        "check that it runs, and that a firewall on the way lets the SSH port through",
        slug="host-silence",
    ),
    "host-key": Advice(
        "the key that {name} shows is not one you trust",
        "on first contact: `{login}` once, and compare the fingerprint with the one its owner sees there; "
        "a changed key may be an attack, or a machine made anew: then `ssh-keygen -R {known}`",
        slug="host-host-key",
    ),
    "key": Advice(
        "{name} refuses your key",
        "offer the right one (ssh-add FILE, or IdentityFile in your SSH configuration); who has access lets you in: "
        "stagekit host add-key FILE",
        slug="host-key",
    ),
    "permission": Advice(
        "{name} lets you in, and you may not use Docker there",
        "on the host, as root: usermod -aG docker {user}; then the same command again",
        slug="host-permission",
    ),
    "engine": Advice("no Docker engine runs on {name}", "stagekit host init ssh://root@{name}", slug="host-engine"),
    "closed": Advice(
        "{name} hangs up before anybody can log in",
        "check that it is sshd that listens at {target}; one that saw many failed logins turns an address away for a "
        "while: wait a minute",
        slug="host-closed",
    ),
    "lost": Advice(
        "the connection to {name} broke off", "run the same command again: it goes on from there", slug="host-lost"
    ),
    "engine-lost": Advice(
        "the Docker engine of {name} went away",
        "once it is back (`stagekit host check`), run the same command again: it goes on from there",
        slug="host-engine-lost",
    ),
    "unknown": Advice("{name} cannot be reached", "try it by hand: {login}", slug="host"),
}


def explain(target: Target, text: str, *, hop: Hop | None = None) -> HostError:
    """The error for a connection that failed.

    text  what the client wrote to stderr
    hop   which it was, where that is known without the text
    """
    advice = ADVICE[hop or which(text)]
    known = f"[{target.name}]:{target.port}" if target.port not in (0, 22) else target.name
    words = {
        "name": target.name,
        "login": shlex.join(target.login()),
        "target": str(target),
        "user": target.user or "USER",
        "known": shlex.quote(known),
    }
    error = HostError(advice.what.format(**words), evidence=_evidence(text), next=advice.next.format(**words))
    error.slug = advice.slug
    return error


def which(text: str) -> Hop:
    """The hop that a text of the client tells of."""
    return next((hop for hop, sign in SIGNS if re.search(sign, text)), "unknown")


def _evidence(text: str) -> list[tuple[str, str]]:
    """The last lines of the client, without the frames it draws."""
    lines = [line.strip() for line in text.splitlines() if line.strip(" @\r")]
    return [("ssh" if n == 0 else "", line[:300]) for n, line in enumerate(lines[-3:])]
