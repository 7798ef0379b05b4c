"""`stagekit open`: an address of the stage in the browser."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser("open", help="open an address of the stage in the browser")
    add_stage(parser)
    parser.add_argument("name", nargs="?", default="", help="app (the default), api, mail, prefect, stripe …")
    parser.add_argument("--print", action="store_true", dest="only_print", help="print the address and open nothing")
    parser.set_defaults(run=open_)


def open_(arguments: argparse.Namespace) -> int:
    """Opens the browser, or prints the address where there is none."""
    import webbrowser

    from stagekit.cli.looking import looking
    from stagekit.errors import UsageError
    from stagekit.report.text import password_lines
    from stagekit.stage import urls

    with looking(arguments) as looked:
        found = urls(looked.model, looked.place.address)
        more = password_lines(looked.model, looked.place.settings.stage)
        block = looked.model.block.names.get(arguments.name or next(iter(found), ""))
    name = arguments.name or next(iter(found), "")
    if name not in found:
        raise UsageError(f"the stage has no address {name!r}", next=f"name one of: {', '.join(found)}")
    url = found[name] + (block.path if block and block.path != "/" else "")
    print(url)
    if more and not arguments.only_print:
        print(*more, sep="\n")
    if not arguments.only_print:
        webbrowser.open(url)
    return 0
