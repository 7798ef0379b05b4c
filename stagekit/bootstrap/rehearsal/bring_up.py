"""The way of `rehearsal up`: keys, image, machine, first contact, link, and the settings of the stage there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from stagekit.bootstrap.find import Engine
from stagekit.bootstrap.rehearsal import machine
from stagekit.bootstrap.rehearsal.keys import prepare_keys, write_config
from stagekit.bootstrap.rehearsal.names import Rehearsal
from stagekit.bootstrap.rehearsal.wanted import Wanted
from stagekit.doors.checkout import Checkout
from stagekit.doors.engine import EngineDoor
from stagekit.doors.local import Processes
from stagekit.doors.ssh import SshDoor
from stagekit.errors import HostError, StagekitError
from stagekit.execute import Listener, Log
from stagekit.stage.envfile import with_block

Reach = Callable[[str, Path], SshDoor]
BOOTED_WITHIN = 90.0  # seconds; it takes two where nothing is wrong
ASK_EVERY = 0.2
# Waiting does not mend these.
FINAL = ("host-program", "host-host-key", "host-ssh-config")
TRUST = ["sh", "-c", "cat >/etc/ssl/certs/ca-certificates.crt"]
LINK = "/usr/local/lib/rehearsal/link.sh"
ABOUT = "the rehearsal host. `stagekit rehearsal up` rewrites these lines, `down` removes them."


@dataclass(frozen=True)
class Rehearsing:
    """What bringing a machine up works with.

    reach  makes a connection to an address, by an SSH configuration file; raises HostError
    base   the image that the machine's own is built on
    ca     the certificates that building trusts, or nothing
    log    takes every line of a build
    """

    checkout: Checkout
    engine: Engine
    door: EngineDoor
    reach: Reach
    base: str
    ca: str
    listener: Listener
    log: Log
    processes: Processes = field(default_factory=Processes)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def bring_up(at: Rehearsing, rehearsal: Rehearsal, wanted: Wanted) -> None:
    """Everything `rehearsal up` does; once it returns, sshd answers, and Docker where it was asked for."""
    keys = prepare_keys(at.checkout, rehearsal, at.processes)
    write_config(at.checkout, rehearsal, keys, wanted.ssh_port)
    variables = machine.variables_of(rehearsal, wanted, at.base) | machine.keys_of(keys)
    compose = machine.compose_of(rehearsal, at.engine, variables)
    machine.build(compose, at.door, wanted, at.base, at.ca, at.listener, at.log)
    # Written down before it starts: what is there can be taken down, whatever happens next.
    at.checkout.keep_state(f"rehearsal/{rehearsal.name}/machine", wanted.as_dict())
    at.listener.begin("machine", f"{rehearsal.stage} boots")
    machine.start(compose, sleep=at.sleep)
    _await(at, rehearsal, wanted)
    _furnish(at, rehearsal, wanted)
    at.listener.end(f"{rehearsal.stage} answers")
    write_stage(at.checkout, rehearsal, wanted)


def write_stage(checkout: Checkout, rehearsal: Rehearsal, wanted: Wanted) -> None:
    """Writes the block of the stage's settings file; a person's own lines stay."""
    checkout.hide_from_git(rehearsal.env_file, ".stagekit/")
    values = {
        "STAGEKIT_HOST": wanted.address,
        "STAGEKIT_SSH_CONFIG": f"{rehearsal.folder}/ssh_config",
        "STAGEKIT_PORT": str(wanted.port),
        # Of its own: a cookie of this stage is none of the stage here, nor of another rehearsal.
        "STAGEKIT_DOMAIN": f"{rehearsal.stage}.localhost",
        # What is published for this machine must be reachable from outside of that one.
        "STAGEKIT_BIND": "0.0.0.0",
    }
    text = with_block(checkout.read(rehearsal.env_file), values, about=ABOUT)
    checkout.write(rehearsal.env_file, text, mode=0o600)


def _await(at: Rehearsing, rehearsal: Rehearsal, wanted: Wanted) -> None:
    deadline = at.clock() + BOOTED_WITHIN
    missing: StagekitError | None = None
    while at.clock() < deadline:
        try:
            with at.reach(wanted.address, rehearsal.path("ssh_config")) as host:
                if wanted.bare or (host.engine == "engine" and host.run(["docker", "version"], timeout=10).ok):
                    return
                at.listener.detail("sshd answers; waiting for Docker")
        except HostError as problem:
            if problem.slug in FINAL:
                raise
            missing = problem
            at.listener.detail("waiting for sshd")
        at.sleep(ASK_EVERY)
    raise _not_booted(at, rehearsal, missing)


def _not_booted(at: Rehearsing, rehearsal: Rehearsal, missing: StagekitError | None) -> HostError:
    container = machine.container_of(rehearsal, at.door)
    lines = at.door.logs(container.id, tail=4) if container else ()
    said = missing.what if missing else "sshd answers, and no Docker engine does"
    return HostError(
        f"the rehearsal host {rehearsal.stage} did not boot within {BOOTED_WITHIN:g} s",
        evidence=[("seen", said), *(("last lines" if n == 0 else "", line) for n, line in enumerate(lines))],
        next=f"stagekit rehearsal down --name {rehearsal.name}; then up again. It needs privileged containers",
        slug="rehearsal-not-booted",
    )


def _furnish(at: Rehearsing, rehearsal: Rehearsal, wanted: Wanted) -> None:
    """Gives the machine the certificates that this one trusts, and its link the wanted rate."""
    root = f"ssh://root@127.0.0.1:{wanted.ssh_port}"
    with at.reach(root, rehearsal.path("ssh_config")) as host:
        if at.ca:
            host.run(TRUST, input=at.checkout.read(at.ca), timeout=10)
        done = host.run([LINK, wanted.rate], timeout=10)
    if not done.ok:
        raise HostError(
            f"the link of {rehearsal.stage} could not be held to {wanted.rate}",
            evidence=[("tc", line) for line in done.stderr.strip().splitlines()[-3:]],
            next="take a rate such as --rate 50mbit, or --rate none; it needs the kernel's tbf, ifb and u32",
            slug="rehearsal-link",
        )
