"""Options that several verbs have. Light: it is imported for the help of a verb."""

from __future__ import annotations

import argparse


def add_stage(parser: argparse.ArgumentParser) -> None:
    """Declares `--stage`, for `open_place(…, stage=arguments.stage)`."""
    parser.add_argument("--stage", metavar="NAME", help="the stage, as STAGEKIT_STAGE; it chooses .env.NAME")
