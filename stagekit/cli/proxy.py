"""`stagekit proxy`: a port of a service, on this machine's loopback."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "proxy",
        help="a port of a service on this machine's loopback, until ^C",
        description="Opens a port on this machine's loopback that leads to a port of a service's container, here or, "
        "through the one SSH connection, at a host, until ^C. It follows the service when a promotion replaces its "
        "container. Nobody else reaches it, and nothing is published at the host.",
    )
    add_stage(parser)
    parser.add_argument("service", metavar="SERVICE[:PORT]", help="and its port, unless its image names just one")
    parser.add_argument("--port", type=int, default=0, help="the port here (default: the same, where it is free)")
    parser.set_defaults(run=proxy)


def proxy(arguments: argparse.Namespace) -> int:
    """Keeps the port open; 0 once a person ends it."""
    from stagekit.cli.look import place_of
    from stagekit.cli.proxying import follow, proxying

    service, _, port = arguments.service.partition(":")
    try:
        with proxying(place_of(arguments), service, port, arguments.port) as at:
            print(f"{at.words()}; ^C ends it", flush=True)
            follow(at)
    except KeyboardInterrupt:
        print("\nclosed")
    return 0
