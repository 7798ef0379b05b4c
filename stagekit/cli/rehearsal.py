"""`stagekit rehearsal`: a throw-away host on this machine, to try the whole promotion with no cloud account."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.bootstrap.rehearsal import Rehearsal, Wanted
    from stagekit.cli.place import Place

DEEDS = {
    "up": "make it, or bring it to what is asked for, and wait until it answers",
    "status": "how those of this checkout are",
    "down": "remove it with its disks, its keys and its settings",
    "ssh": "a shell there as root, or a command after `--`",
}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "rehearsal",
        help="a throw-away host on this machine, to try a promotion against",
        description="A throw-away host on this machine: a whole Debian with its own init, sshd and Docker engine, in a "
        "privileged container. The stage `rehearsal` runs there; to all else it is a host like any other.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    for name, text in DEEDS.items():
        deed = deeds.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        deed.add_argument("--name", metavar="NAME", help="which, where several stand side by side")
        if name == "up":
            _add_wishes(deed)
        if name == "status":
            deed.add_argument("--json", action="store_true", help="print JSON")
        if name == "ssh":
            deed.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND …", help="what to run there")
    parser.set_defaults(run=rehearsal)


def _add_wishes(deed: argparse.ArgumentParser) -> None:
    deed.add_argument("--store", choices=["classic", "containerd"], help="where its engine keeps images (classic)")
    deed.add_argument(
        "--bare", action=argparse.BooleanOptionalAction, help="only init and sshd, for `stagekit host init` to work on"
    )
    deed.add_argument(
        "--rate",
        metavar="RATE",
        help="hold its link to a rate both ways, such as 50mbit; `none` lets go. A delay cannot be made: many kernels "
        "lack what it takes (netem)",
    )


def rehearsal(arguments: argparse.Namespace) -> int:
    """Does what was asked; returns the exit code."""
    from stagekit.bootstrap.rehearsal import MAIN, Rehearsal
    from stagekit.cli.place import open_place

    # Its own settings file may be what is amiss, so the checkout's first stage is read.
    place = open_place(arguments.project_directory, stage="local")
    if arguments.deed == "status":
        return _status(place, arguments)
    named = Rehearsal(place.checkout.directory, arguments.name or MAIN)
    return {"up": _up, "down": _down, "ssh": _ssh}[arguments.deed](place, named, arguments)


def _up(place: Place, named: Rehearsal, arguments: argparse.Namespace) -> int:
    from stagekit.bootstrap.rehearsal.bring_up import bring_up
    from stagekit.cli.rehearse import rehearsing, wanted_of
    from stagekit.report.text import seconds

    began = time.monotonic()
    with rehearsing(place) as at:
        wanted = wanted_of(at, named, arguments)
        bring_up(at, named, wanted)
    print(f"{named.stage}: ready in {seconds(time.monotonic() - began)}, {_words(wanted)}")
    print(f"\n{_following(named, wanted)}")
    return 0


def _status(place: Place, arguments: argparse.Namespace) -> int:
    import json

    from stagekit.cli.rehearse import states
    from stagekit.report.rehearsal import rehearsal_lines

    found = states(place, arguments.name)
    if arguments.json:
        print(json.dumps([row.as_dict() for row in found], indent=2))
    else:
        print("\n".join(rehearsal_lines(found)))
    return 0 if found and all(row.ready for row in found) else 1


def _down(place: Place, named: Rehearsal, arguments: argparse.Namespace) -> int:
    from stagekit.bootstrap.rehearsal.take_down import take_down
    from stagekit.cli.engines import engine_here

    take_down(place.checkout, engine_here(place), named)
    print(f"{named.stage}: gone, with its disks, keys and settings")
    return 0


def _ssh(place: Place, named: Rehearsal, arguments: argparse.Namespace) -> int:
    from stagekit.cli.rehearse import kept, missing
    from stagekit.doors.machine import environment
    from stagekit.doors.terminal import hand_over

    wanted = kept(place, named)
    if wanted is None:
        raise missing(named)
    command = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    words = ["ssh", "-F", str(named.path("ssh_config")), "-p", str(wanted.ssh_port), "root@127.0.0.1", *command]
    return hand_over(words, environment())


def _words(wanted: Wanted) -> str:
    engine = "without Docker" if wanted.bare else f"Docker with the {wanted.store} store"
    link = "" if wanted.rate == "none" else f", link held to {wanted.rate}"
    return f"{engine}{link}, {wanted.address}"


def _following(named: Rehearsal, wanted: Wanted) -> str:
    name = "" if named.stage == "rehearsal" else f" --name {named.name}"
    if wanted.bare:
        config = f"{named.folder}/ssh_config"
        return f"make a stage host of it: STAGEKIT_SSH_CONFIG={config} stagekit host init {wanted.address}"
    return (
        f"check it with `stagekit host check --stage {named.stage}`; look inside with `stagekit rehearsal ssh{name}`; "
        f"remove it with `stagekit rehearsal down{name}`"
    )
