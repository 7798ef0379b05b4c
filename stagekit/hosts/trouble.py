"""What OpenSSH's client says when it cannot connect, in words: which of name, route, port, key or permission it was.

The client has one exit code for all of it (255), so its text is all there is. The cases are recorded in
tests/cases/ssh/, one file a case, as OpenSSH wrote them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from stagekit.errors import HostError
from stagekit.hosts.target import Target

Hop = Literal["program", "name", "route", "port", "silence", "host-key", "key", "permission", "lost", "unknown"]

# The first that is found decides, so what is more telling stands first.
SIGNS: tuple[tuple[Hop, str], ...] = (
    ("host-key", r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known for"),
    ("key", r"Permission denied \(|Too many authentication failures|No supported authentication methods"),
    ("name", r"Could not resolve hostname|Name or service not known|nodename nor servname"),
    ("port", r"Connection refused"),
    ("route", r"No route to host|Network is unreachable|Host is down|Can't assign requested address"),
    ("silence", r"timed out|Timeout, server .* not responding"),
    ("lost", r"Connection reset|Connection closed|Broken pipe|kex_exchange_identification|banner exchange"),
)


@dataclass(frozen=True)
class Advice:
    """What to say of a hop that failed; `{name}`, `{login}` and `{target}` are filled in."""

    what: str
    next: str


ADVICE: dict[Hop, Advice] = {
    "program": Advice("there is no OpenSSH client here", "install it: apt-get install openssh-client"),
    "name": Advice("the name {name} does not resolve", "check its spelling and your DNS: getent hosts {name}"),
    "route": Advice("there is no route to {name}", "check this machine's network: ip route; ping {name}"),
    "port": Advice(
        "{name} answers, and nothing listens on its SSH port",
        "check the port of {target}, and that sshd runs there",
    ),
    "silence": Advice(
        "{name} does not answer within 15 s",
        "check that it runs, and that a firewall on the way lets the SSH port through",
    ),
    "host-key": Advice(
        "the key that {name} shows is not one you trust",
        "on first contact: `{login}` once, and compare the fingerprint; a changed key may be an attack, or a "
        "machine made anew: then `ssh-keygen -R {name}`",
    ),
    "key": Advice(
        "{name} refuses your key",
        "offer the right one: ssh-add FILE, or IdentityFile in ~/.ssh/config; its owner lets you in with "
        "`stagekit host add-key`",
    ),
    "permission": Advice(
        "{name} lets you in, and its user may not speak to Docker there",
        "on the host, as root: usermod -aG docker USER; then connect again",
    ),
    "lost": Advice("the connection to {name} broke off", "run the same command again: it goes on where it was"),
    "unknown": Advice("{name} cannot be reached", "try it by hand: {login}"),
}


def explain(target: Target, text: str, *, hop: Hop | None = None) -> HostError:
    """The error for a connection that failed.

    text  what the client wrote to stderr
    hop   which it was, where that is known without the text
    """
    found = hop or which(text)
    words = {"name": target.name, "login": " ".join(["ssh", *target.words()]), "target": str(target)}
    advice = ADVICE[found]
    lines = [line.strip() for line in text.splitlines() if line.strip() and not set(line.strip()) <= {"@"}]
    return HostError(
        advice.what.format(**words),
        evidence=[("ssh" if n == 0 else "", line[:300]) for n, line in enumerate(lines[-3:])],
        next=advice.next.format(**words),
        slug=f"host-{found}",
    )


def which(text: str) -> Hop:
    """The hop that a text of the client tells of."""
    return next((hop for hop, sign in SIGNS if re.search(sign, text)), "unknown")
