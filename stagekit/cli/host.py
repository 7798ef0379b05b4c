"""`stagekit host`: makes a machine a stage host, checks it, and says who may connect."""

from __future__ import annotations

import argparse
from importlib import import_module

from stagekit.cli.options import add_stage
from stagekit.hosts.carry_out import UNDO_AFTER

DEEDS = {
    "init": "make a bare Debian or Ubuntu machine a stage host",
    "cloud-init": "print the same as user data for a new machine",
    "check": "engine, disk, memory, clock, ports and names of a host, each with its fix",
    "list": "the hosts that this checkout's stages name, and whether they answer",
    "add-key": "let another public key in to the stage's host",
    "remove-key": "let a key in no more",
}
DESCRIPTIONS = {
    "init": "Makes a machine that has only sshd a stage host: Docker of its distribution, a deploy user, keys only, "
    "a firewall, bounded logs, security updates. Shows its plan first; run again, it changes nothing. It cannot lock "
    "anyone out: a login with the key is proven before passwords go, and a change of sshd or of the firewall undoes "
    "itself unless a new connection confirms it.",
    "add-key": "Adds a public key to those that may log in as the user that STAGEKIT_HOST names, by a connection as "
    "that user.",
    "remove-key": "Removes a public key. The last one stays, and a key without which you could not come back.",
}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "host",
        help="make a machine a stage host, check it, say who may connect",
        description="The host that a stage runs on: a machine with sshd and Docker, named by STAGEKIT_HOST.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    for name, text in DEEDS.items():
        described = DESCRIPTIONS.get(name, f"{text[0].upper()}{text[1:]}.")
        _add_options(name, deeds.add_parser(name, help=text, description=described))
    parser.set_defaults(run=host)


def host(arguments: argparse.Namespace) -> int:
    """Does what was asked; returns the exit code."""
    module, function = {
        "init": ("host_init", "init"),
        "cloud-init": ("host_init", "cloud_init"),
        "check": ("host_check", "check"),
        "list": ("host_list", "list_hosts"),
        "add-key": ("host_keys", "add_key"),
        "remove-key": ("host_keys", "remove_key"),
    }[arguments.deed]
    return int(getattr(import_module(f"stagekit.cli.{module}"), function)(arguments))


def _add_options(name: str, deed: argparse.ArgumentParser) -> None:
    if name in ("init", "check"):
        deed.add_argument(
            "address", metavar="ssh://USER@HOST", nargs="?", help="the machine; the stage's host if left out"
        )
    if name in ("add-key", "remove-key"):
        deed.add_argument("key", metavar="FILE", help="the public key's file" + _or_fingerprint(name))
    if name in ("init", "cloud-init"):
        deed.add_argument("--key", metavar="FILE", help="the public key that may deploy; your own if left out")
        deed.add_argument("--user", default="deploy", metavar="NAME", help="the deploy user (deploy)")
    if name == "init":
        _add_init_options(deed)
    if name in ("check", "list"):
        deed.add_argument("--json", action="store_true", help="print JSON")
    if name not in ("list", "cloud-init"):
        add_stage(deed)


def _or_fingerprint(name: str) -> str:
    return ", or its fingerprint (SHA256:…)" if name == "remove-key" else ""


def _add_init_options(deed: argparse.ArgumentParser) -> None:
    deed.add_argument("--yes", "-y", action="store_true", help="do not ask")
    deed.add_argument("--plan", action="store_true", help="print what would be done, and why; change nothing")
    deed.add_argument(
        "--undo-after",
        metavar="SECONDS",
        type=int,
        default=UNDO_AFTER,
        help=f"when an unconfirmed change of sshd or the firewall undoes itself ({UNDO_AFTER})",
    )
