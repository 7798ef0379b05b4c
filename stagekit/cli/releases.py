"""`stagekit releases`: what served at the stage's host, and what serves."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "releases",
        help="what served at the stage's host, and what serves",
        description="Lists the releases of the stage, newest first; shows one whole; or compares two.",
    )
    add_stage(parser)
    parser.add_argument("deed", nargs="?", choices=["list", "show", "diff"], default="list", help="list (the default)")
    parser.add_argument("release", nargs="*", help="one to show, or two to compare: by number or revision")
    parser.add_argument("--json", action="store_true", help="print JSON; `stagekit schema release` is a record's form")
    parser.set_defaults(run=releases)


def releases(arguments: argparse.Namespace) -> int:
    """Prints them."""
    from stagekit.cli.place import open_place
    from stagekit.cli.promoting import kept_releases
    from stagekit.errors import UsageError
    from stagekit.report.releases import diff_text, release_text, releases_json, releases_text
    from stagekit.switching.failure import no_such_release

    wanted = {"list": 0, "show": 1, "diff": 2}[arguments.deed]
    if len(arguments.release) != wanted:
        raise UsageError(
            f"`releases {arguments.deed}` takes {wanted or 'no'} release{'s' if wanted != 1 else ''}",
            next="stagekit releases show 3; stagekit releases diff 2 3",
        )
    ledger = kept_releases(open_place(arguments.project_directory, stage=arguments.stage))
    found = [ledger.find(name) for name in arguments.release]
    for name, release in zip(arguments.release, found, strict=True):
        if release is None:
            raise no_such_release(name, ledger)
    chosen = [release for release in found if release]
    if arguments.json:
        print(releases_json(chosen or ledger.newest_first(), ledger.serving))
    elif arguments.deed == "diff":
        print(diff_text(chosen[0], chosen[1]))
    else:
        print(release_text(chosen[0]) if chosen else releases_text(ledger.newest_first(), ledger.serving))
    return 0
