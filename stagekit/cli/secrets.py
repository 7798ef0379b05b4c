"""`stagekit secrets`: which secrets the stage has, and new versions of them. Values stay there, but for shared ones."""

from __future__ import annotations

import argparse
from importlib import import_module

from stagekit.cli.options import add_stage

DEEDS = {
    "list": "names, versions, ages and fingerprints",
    "set": "store a value as the next version; the next promotion uses it",
    "rotate": "store a new version and switch to it, with no request lost",
    "check": "what is missing, and whether you hold what the stage has",
    "show": "print one that is for people, such as the password of the stage",
}
DESCRIPTIONS = {
    "set": "Stores a value with the stage, as the next version of the secret: what is piped in, else what you hold "
    "(the environment, .secrets.NAME, or the command of the x-stagekit block), else what you type. Nothing that runs "
    "changes: the next promotion uses it.",
    "rotate": "Stores a new version, generated where the x-stagekit block says so, else read as `set` does, and lets "
    "the release that serves take it up by an ordinary switch. `rollback` goes back to the old version, as long as it "
    "is not revoked.",
    "show": "Prints the value of a secret that the x-stagekit block calls `shared`, as the release that serves has it. "
    "Where the output is no terminal, it wants --yes.",
    "check": "Lists the secrets that the files of this checkout grant to services: whether the stage has a value, and "
    "whether the one that you hold is the same. 1 where a value is missing.",
}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "secrets",
        help="the secrets of the stage: which there are, set one, rotate one, show one",
        description="The secrets of a stage live with it, in versions: who promotes needs none of them. Values are "
        "never part of a command, and none is printed but what is for people.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    for name, text in DEEDS.items():
        described = DESCRIPTIONS.get(name, f"{text[0].upper()}{text[1:]}.")
        _add_options(name, deeds.add_parser(name, help=text, description=described))
    parser.set_defaults(run=secrets)


def secrets(arguments: argparse.Namespace) -> int:
    """Does what was asked; returns the exit code."""
    module, function = {
        "list": ("secrets_list", "list_secrets"),
        "check": ("secrets_list", "check"),
        "show": ("secrets_show", "show"),
        "set": ("secrets_set", "set_secret"),
        "rotate": ("secrets_rotate", "rotate"),
    }[arguments.deed]
    return int(getattr(import_module(f"stagekit.cli.{module}"), function)(arguments))


def _add_options(name: str, deed: argparse.ArgumentParser) -> None:
    if name in ("set", "rotate", "show"):
        deed.add_argument("name", metavar="SECRET", help="as Compose's `secrets` call it")
    else:
        deed.add_argument("--json", action="store_true", help="print JSON")
    add_stage(deed)
    if name == "show":
        deed.add_argument("--yes", "-y", action="store_true", help="print it wherever the output goes")
    if name == "rotate":
        deed.add_argument("--revoke", action="store_true", help="then take the old versions away for good")
        deed.add_argument("--yes", "-y", action="store_true", help="do not ask")
        deed.add_argument(
            "--allow-downtime", action="store_true", help="agree to services being away for some seconds, as planned"
        )
