"""How long `up` takes, beside what plain Compose takes on the same project."""

from __future__ import annotations

from bench.programs import say
from bench.rows import Goal, Measurement, middle
from bench.stack import Stack

TIMES = 3
PLAIN = ("up", "--wait")
EMPTY = ("psql", "-qU", "app", "-c", "drop database app with (force)", "-c", "create database app", "postgres")


def up_from_images(stack: Stack) -> Measurement:
    """From nothing that runs, images built and data kept, to ready: in turns with plain Compose."""
    ours, plain = [], []
    for turn in range(TIMES):
        say(f"up from built images, {turn + 1} of {TIMES}")
        stack.stagekit("down")
        ours.append(stack.stagekit("up"))
        stack.stagekit("down")
        plain.append(stack.plain(*PLAIN))
    return _row("up from built images", Goal(1.1, "ratio"), ours, plain)


def up_first(stack: Stack) -> Measurement:
    """With the app's database as a clone of its template leaves it, in turns with one that is empty yet."""
    filled, empty = [], []
    for turn in range(TIMES):
        say(f"first up, {turn + 1} of {TIMES}")
        stack.stagekit("reset")
        stack.stagekit("down")
        filled.append(stack.stagekit("up"))
        stack.stagekit("exec", "postgres", *EMPTY)
        stack.stagekit("down")
        empty.append(stack.stagekit("up"))
    without = "migrate and seed an empty one"
    return Measurement("first up, database of a template", "s", None, middle(filled), without, middle(empty))


def up_again(stack: Stack) -> Measurement:
    """When everything is up already."""
    say("up when all is up")
    stack.stagekit("up")
    ours, plain = [], []
    for _ in range(TIMES):
        ours.append(stack.stagekit("up"))
        plain.append(stack.plain(*PLAIN))
    return _row("up when all is up", Goal(1.5), ours, plain)


def _row(name: str, goal: Goal, ours: list[float], plain: list[float]) -> Measurement:
    return Measurement(name, "s", goal, middle(ours), "docker compose up --wait", middle(plain))
