"""`python -m bench`: measures, prints the table, writes bench/results.json."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from bench.bare import bare, unmeasured
from bench.data import data
from bench.delivery import delivery
from bench.memory import memory
from bench.programs import Failed
from bench.promote import promotion
from bench.rows import Measurement, table
from bench.stack import names_a_stage, own_stack
from bench.start import help_text
from bench.up import up_again, up_first, up_from_images
from stagekit.bootstrap.machine import this_machine

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results.json"


def main() -> int:
    """Measures everything; 1 only where something that should be measured did not run."""
    arguments = _arguments()
    machine = this_machine()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was made is removed
    for key in [key for key in os.environ if names_a_stage(key)]:
        del os.environ[key]
    rows: list[Measurement] = []
    try:
        rows += _with_stack(ROOT) if arguments.only in ("", "stack") else []
        rows += delivery(ROOT) if arguments.only in ("", "delivery") else []
        rows += promotion(ROOT) if arguments.only in ("", "promote") else []
        rows += data(ROOT) if arguments.only in ("", "data") else []
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    if not arguments.only:
        rows.append(bare(ROOT, machine) if arguments.bare else unmeasured("left out: --no-bare"))
    RESULTS.write_text(json.dumps([row.as_dict() for row in rows], indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--bare",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="measure `make staging-local` from nothing too, where that can be done: it takes minutes",
    )
    parts = ["stack", "delivery", "promote", "data"]
    parser.add_argument("--only", choices=parts, default="", help="measure this part alone")
    return parser.parse_args()


def _with_stack(root: Path) -> list[Measurement]:
    with own_stack(root) as stack:
        return [up_from_images(stack), up_first(stack), up_again(stack), help_text(stack), memory(stack)]


if __name__ == "__main__":
    sys.exit(main())
