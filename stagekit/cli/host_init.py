"""`stagekit host init` and `host cloud-init`."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from stagekit.cli.hosts import Way, way_to
from stagekit.cli.place import on_terminal
from stagekit.cli.progress import progress
from stagekit.doors.ssh import SshDoor
from stagekit.doors.ssh_keys import offered
from stagekit.errors import UsageError
from stagekit.hosts.ask import ask
from stagekit.hosts.carry_out import Connect, carry_out, undo_unconfirmed
from stagekit.hosts.cloud_init import cloud_config
from stagekit.hosts.facts import HostFacts
from stagekit.hosts.init import Wish, plan_init
from stagekit.hosts.keys import PublicKey, keys_in, parse_key
from stagekit.hosts.step import Step, step_lines
from stagekit.report.text import seconds


def init(arguments: argparse.Namespace) -> int:
    """Makes the machine a host; 0 when it is one, 1 where the person declined."""
    began = time.monotonic()
    way = way_to(arguments)
    wish = Wish(arguments.user, chosen_key(arguments.key, way))
    with way.connect(ask=on_terminal()) as host:
        facts = _facts(host, wish, may_change=not arguments.plan)
        steps = plan_init(facts, wish)
        print("\n".join([f"{way.target}: {described(facts)}", *step_lines(steps)]))
        if not steps or arguments.plan:
            print(_nothing(wish, way) if not steps else "nothing was changed")
            return 0
        if not arguments.yes and not _agreed():
            return 1
        _carry_out(host, steps, way, facts, wish, arguments.undo_after)
    print(f"{way.target} is a stage host now ({seconds(time.monotonic() - began)})\n")
    print(_following(way, wish, arguments.stage))
    return 0


def cloud_init(arguments: argparse.Namespace) -> int:
    """Prints the user data."""
    key = chosen_key(arguments.key, None)
    print(cloud_config(arguments.user, key), end="")
    return 0


def chosen_key(file: str | None, way: Way | None) -> PublicKey:
    """The key that may deploy: the one that is named, else the first that SSH would offer. Says which."""
    if file:
        path = Path(file).expanduser()
        if not path.is_file():
            raise UsageError(
                f"there is no file {file}", next="name the file of a public key, such as ~/.ssh/id_ed25519.pub"
            )
        return parse_key(path.read_text(encoding="utf-8", errors="replace"), file)
    words, config = (way.target.words(), way.config) if way else (["--", "host"], None)
    for source, text in offered(words, config):
        if keys := keys_in(text):
            _say(f"key        {keys[0]}, of {source}; --key names another")
            return keys[0]
    raise UsageError(
        "you have no SSH key: the agent has none, and there is none in ~/.ssh",
        next="make one: ssh-keygen -t ed25519; or name one: --key FILE.pub",
    )


def described(facts: HostFacts) -> str:
    """The machine in a few words."""
    return (
        f"{facts.system}, {facts.architecture}, {facts.memory / 1e9:.1f} GB memory, {facts.disk_free / 1e9:.0f} GB free"
    )


def _facts(host: SshDoor, wish: Wish, *, may_change: bool) -> HostFacts:
    facts = ask(host, deploy=wish.user, refresh=may_change)
    if facts.armed and may_change:
        _say("undo       an earlier change was never confirmed; undoing it first")
        undo_unconfirmed(host)
        facts = ask(host, deploy=wish.user)
    return facts


def _agreed() -> bool:
    if not on_terminal():
        print("nothing was changed: without a terminal, add --yes")
        return False
    try:
        agreed = input("Go on? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        agreed = False
    if not agreed:
        print("nothing was changed")
    return agreed


def _carry_out(host: SshDoor, steps: tuple[Step, ...], way: Way, facts: HostFacts, wish: Wish, undo_after: int) -> None:
    # Only keys count for a proof: nothing is asked here, so no password can be given.
    logins: dict[str, Connect] = {facts.login.name: way.connect, wish.user: way.as_user(wish.user).connect}
    listener = progress(live=on_terminal())
    try:
        carry_out(host, steps, logins, listener, undo_after=undo_after)
    finally:
        listener.close()


def _nothing(wish: Wish, way: Way) -> str:
    return f"nothing to do: it is a stage host, and {wish.key} may deploy as {wish.user}"


def _following(way: Way, wish: Wish, stage: str | None) -> str:
    address = replace(way.target, user=wish.user)
    named = f"name it in the stage's settings, .env.{stage or 'staging'}: STAGEKIT_HOST={address}"
    return f"{named}\nthen: stagekit host check {address}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
