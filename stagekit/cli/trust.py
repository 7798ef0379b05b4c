"""`stagekit trust`: lets this machine trust the authority that signs a stage's certificate."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "trust",
        help="let this machine's browsers trust the stage's own certificate authority",
        description="Fetches the certificate of the stage's own authority over the connection to its host, and lets "
        "this machine trust it: the system, where you are root, and Chromium's store, where certutil is there. Else it "
        "says what to do with the file. The authority can sign for names of the stage alone.",
    )
    add_stage(parser)
    parser.add_argument("--print", action="store_true", dest="only_print", help="print the certificate, change nothing")
    parser.add_argument("--remove", action="store_true", help="undo that")
    parser.set_defaults(run=trust)


def trust(arguments: argparse.Namespace) -> int:
    """Trusts it, or no longer does; 0."""
    from stagekit.cli.look import place_of
    from stagekit.doors.trust import Stores

    place = place_of(arguments)
    file = f".stagekit/trust/{place.settings.stage}.crt"
    stores = Stores(f"stagekit-{place.project}")
    if arguments.remove:
        done = stores.remove()
        (place.checkout.directory / file).unlink(missing_ok=True)
        print("\n".join([*done, f"{place.settings.stage}: its authority is trusted here no more"]))
        return 0
    found = _authority(arguments)
    if arguments.only_print:
        print(found, end="")
        return 0
    place.checkout.write(file, found)
    path = place.checkout.directory / file
    done = stores.add(path)
    print("\n".join([*done, *([] if done else _by_hand(path)), f"{place.settings.stage}: {_print(path)}"]))
    return 0


def _authority(arguments: argparse.Namespace) -> str:
    from stagekit.cli.looking import looking
    from stagekit.errors import StagekitError
    from stagekit.stage import observe
    from stagekit.switching.certificate import authority_of

    with looking(arguments) as looked:
        found = authority_of(looked.door, looked.model, observe(looked.door, looked.model.project))
    if not found:
        raise StagekitError(
            "the stage has no certificate authority of its own",
            evidence=[("it has one", "where STAGEKIT_SCHEME is https and STAGEKIT_TLS is own, while it runs")],
            next=f"look at it: stagekit status --stage {looked.place.settings.stage}",
            slug="trust-no-authority",
        )
    return found


def _by_hand(path: Path) -> list[str]:
    return [
        "nothing here could be told of it; do one of these:",
        f"  Debian, Ubuntu   sudo cp {path} /usr/local/share/ca-certificates/ && sudo update-ca-certificates",
        f"  macOS            security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {path}",
        f"  Firefox          Settings, Certificates, Authorities, Import: {path}",
        "or install certutil (Debian: libnss3-tools) for Chromium, and type the same again",
    ]


def _print(path: Path) -> str:
    return f"its authority is in {path}; `stagekit trust --remove` undoes it"
