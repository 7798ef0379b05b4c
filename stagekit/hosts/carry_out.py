"""Walks the steps of `host init` at the machine, so that none of them can lock anybody out.

A step that could is armed first: the machine will undo it by itself, after some time and after a boot. It is confirmed
only by connections made anew after it; the one in use would survive what shuts all others out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from stagekit.doors.ssh import SshDoor
from stagekit.errors import HostError
from stagekit.hosts.scripts import WORDS, script, text_of
from stagekit.hosts.step import Step

UNDO_AFTER = 120  # seconds
STEP_LIMIT = 900.0  # seconds; a slow mirror is slow
UNDO_NOW = "sh /var/lib/stagekit/undo.sh"
Connect = Callable[[], SshDoor]


class Listener(Protocol):
    """Who is told of the steps."""

    def begin(self, step: str, text: str) -> None: ...

    def end(self, text: str) -> None: ...


def carry_out(
    host: SshDoor,
    steps: Sequence[Step],
    logins: Mapping[str, Connect],
    listener: Listener,
    *,
    undo_after: int = UNDO_AFTER,
) -> None:
    """Does every step. Raises HostError at the first that fails; what it did before stays, and is not done again.

    logins  makes a connection anew, by the name of who logs in. All must work before the first step that could lock
            somebody out, and after each; the first of them is one that is root there
    """
    proven = False
    for step in steps:
        listener.begin(step.id, step.what)
        if step.undo and not proven:
            _prove(logins)
            proven = True
        if step.undo:
            _guarded(host, step, logins, undo_after)
        else:
            _do(host, step.script, step)
        listener.end(step.what)


def undo_unconfirmed(host: SshDoor) -> None:
    """Undoes a change that an earlier run made and did not confirm. Raises HostError where that fails."""
    done = host.run(WORDS, input=UNDO_NOW, timeout=60)
    if not done.ok:
        raise HostError(
            "a change that was not confirmed could not be undone",
            evidence=[("last lines", line) for line in done.stderr.strip().splitlines()[-3:]],
            next=f"on the host, as root: {UNDO_NOW}",
            slug="host-unconfirmed",
        )


def arm(step: Step, undo_after: int) -> str:
    """The script that has the machine undo a step `undo_after` seconds later."""
    return script("arm", UNDO=f"{step.undo}\n{text_of('disarm.sh')}", SECONDS_LEFT=str(undo_after))


def _prove(logins: Mapping[str, Connect]) -> None:
    for who, connect in logins.items():
        try:
            connect().close()
        except HostError as problem:
            raise HostError(
                f"{who} cannot log in with a key, so passwords stay and the firewall is left alone",
                evidence=[("login", problem.what), *problem.evidence[-2:]],
                next="have the key that you named offered (ssh-add FILE, or IdentityFile in your SSH configuration); "
                "then the same command again",
                slug="host-unproven",
            ) from None


def _guarded(host: SshDoor, step: Step, logins: Mapping[str, Connect], undo_after: int) -> None:
    _do(host, arm(step, undo_after), step)
    try:
        _do(host, step.script, step)
        _confirm(logins)
    except HostError as problem:
        raise _undone(host, step, problem, undo_after) from None


def _confirm(logins: Mapping[str, Connect]) -> None:
    for number, connect in reversed(list(enumerate(logins.values()))):
        with connect() as again:
            if number == 0:
                done = again.run(WORDS, input=script("disarm"), timeout=60)
                if not done.ok:
                    raise HostError(
                        "the change could not be confirmed",
                        evidence=[("", line) for line in done.stderr.splitlines()[-3:]],
                        next="",
                    )


def _undone(host: SshDoor, step: Step, problem: HostError, undo_after: int) -> HostError:
    try:
        undo_unconfirmed(host)
        when = "it was undone at once"
    except HostError:
        when = f"the machine undoes it by itself, {undo_after} s after it was made"
    return HostError(
        f"{step.id} was not kept: {when}",
        evidence=[("seen", problem.what), *problem.evidence[-3:]],
        next="mend what is shown, then the same command again; who could log in before still can",
        slug="host-unconfirmed",
    )


def _do(host: SshDoor, script: str, step: Step) -> None:
    done = host.run(WORDS, input=script, timeout=STEP_LIMIT)
    if not done.ok:
        lines = [line for line in (done.stderr.strip() or done.stdout.strip()).splitlines() if line.strip()]
        raise HostError(
            f"the host could not do this: {step.what}",
            evidence=[("last lines" if n == 0 else "", line[:300]) for n, line in enumerate(lines[-4:])],
            next="mend that on the host, then the same command again: what is done is not done twice",
            slug="host-init",
        )
