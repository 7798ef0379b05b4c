"""Asks a machine for everything that is to be known of it, in one round trip."""

from __future__ import annotations

from stagekit.doors.ssh import SshDoor
from stagekit.errors import HostError
from stagekit.hosts.facts import HostFacts, parse_facts
from stagekit.hosts.scripts import WORDS, question

ANSWERS_WITHIN = 90.0  # seconds; package lists may have to be fetched


def ask(host: SshDoor, *, deploy: str, refresh: bool = False) -> HostFacts:
    """What is known of the machine now. Raises HostError where it does not answer as a Linux machine does.

    deploy   name of the deploy user
    refresh  whether a machine without Docker fetches its lists of packages first
    """
    found = host.run(WORDS, input=question(deploy, refresh=refresh), timeout=ANSWERS_WITHIN)
    try:
        return parse_facts(found.stdout)
    except ValueError as problem:
        lines = found.stderr.strip().splitlines()[-3:]
        raise HostError(
            "the machine cannot be asked how it is",
            evidence=[("answer", str(problem)), *(("", line) for line in lines)],
            next="a host is a Linux machine with sh, awk and base64; log in by hand and see what it is",
            slug="host-unfit",
        ) from None
