"""How quickly the command line answers."""

from __future__ import annotations

from bench.programs import STAGEKIT, run, say
from bench.rows import Goal, Measurement, middle
from bench.stack import Stack

TIMES = 10


def help_text(stack: Stack) -> Measurement:
    """`stagekit --help`, beside `docker compose --help`."""
    say("--help")
    run([STAGEKIT, "--help"])
    ours = [run([STAGEKIT, "--help"]) * 1000 for _ in range(TIMES)]
    plain = [stack.plain("--help") * 1000 for _ in range(TIMES)]
    return Measurement("stagekit --help", "ms", Goal(150), middle(ours), "docker compose --help", middle(plain))
