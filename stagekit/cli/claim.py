"""`stagekit claim`: hold the stage for a while; others are told who, why and until when."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "claim",
        help="hold the stage for a while: others cannot switch it",
        description="Holds the stage for a while, as for a demo: promotions, rollbacks and restores of others are "
        "refused, and told who, why and until when. Yours go through. It ends by the host's clock. Without words it "
        "shows the claim.",
        usage='stagekit claim [--stage NAME] ["WHY" LENGTH | --release [--force]]',
    )
    add_stage(parser)
    parser.add_argument("why", nargs="?", default="", help="what for, in a word or two")
    parser.add_argument("length", nargs="?", default="", help="for how long: 30m, 2h, 1d; two weeks at most")
    parser.add_argument("--release", action="store_true", help="end it")
    parser.add_argument("--force", action="store_true", help="with --release: also where it is somebody else's")
    parser.set_defaults(run=claim)


def claim(arguments: argparse.Namespace) -> int:
    """Claims, releases or shows; 0 once it is so."""
    from stagekit.cli.hosts import connect
    from stagekit.cli.place import open_place
    from stagekit.cli.promoting import state_at, who
    from stagekit.release.claim import parse_length
    from stagekit.switching import claims

    _check(arguments)
    seconds = parse_length(arguments.length) if arguments.why else 0
    place = open_place(arguments.project_directory, stage=arguments.stage)
    stage = place.settings.stage
    with connect(place) as door:
        folder = state_at(door, place)
        if arguments.release:
            claims.release(folder, who(), force=arguments.force)
            print(f"{stage}: nobody holds it")
            return 0
        found = claims.take(folder, who(), arguments.why, seconds) if arguments.why else claims.read(folder)
    print(f"{stage}: {found.words() if found else 'nobody holds it'}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    from stagekit.errors import UsageError

    if bool(arguments.why) != bool(arguments.length) or (arguments.release and arguments.why):
        raise UsageError(
            "a claim takes what for and for how long", next='stagekit claim "demo" 2h; or stagekit claim --release'
        )
