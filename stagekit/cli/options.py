"""Options that several verbs share. Light to import: a verb's help is quick."""

from __future__ import annotations

import argparse


def add_stage_option(parser: argparse.ArgumentParser) -> None:
    """Declares `--stage`, for `open_place(…, stage=arguments.stage)`."""
    parser.add_argument("--stage", metavar="NAME", help="the stage, as STAGEKIT_STAGE; it chooses .env.NAME")
