"""`stagekit seed`: the stage's test data, brought to what the seed says."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.cli.alone import Alone
    from stagekit.cli.data import AtData


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "seed",
        help="bring the stage's test data to what the seed says; `seed status` shows how it is",
        description="Runs the loader that `seed` in the x-stagekit block names, as it is on the stage. Twice changes "
        "nothing. Where rows that people made or edited would go it says which, and asks; of a stage at a host it "
        "keeps a snapshot then, and asks for its name. `seed status` shows the layers, and what stands ready for a "
        "reset.",
    )
    parser.add_argument("deed", nargs="?", choices=["apply", "status"], default="apply", help="apply (the default)")
    add_stage(parser)
    parser.add_argument(
        "--layer",
        metavar="NAME",
        action="append",
        default=[],
        help="this layer and what it needs only; may be repeated",
    )
    parser.add_argument(
        "--scale", metavar="N", type=int, help="how much of what can be multiplied (default: as it was)"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask; a stage at a host wants --confirm")
    parser.add_argument("--confirm", metavar="STAGE", default="", help="the stage's name, instead of typing it")
    parser.add_argument("--json", action="store_true", help="of the status: one object")
    parser.set_defaults(run=seed)


def seed(arguments: argparse.Namespace) -> int:
    """Seeds, or tells how it is; 0 once it is done."""
    from stagekit.errors import UsageError

    if arguments.deed == "status":
        return _status(arguments)
    if arguments.json:
        raise UsageError("--json goes with `seed status`", next="stagekit seed status --json")
    if arguments.scale is not None and arguments.scale < 1:
        raise UsageError("--scale wants a whole number from 1 on", next="stagekit seed --scale 10")
    from stagekit.cli.alone import alone_with
    from stagekit.cli.data import data_of

    with alone_with(arguments) as alone:
        block = alone.looked.model.block.seed
        if block and not block.command and not arguments.layer and arguments.scale is None:
            return _once_more(alone)
        return _apply(data_of(alone), arguments)


def _apply(at: AtData, arguments: argparse.Namespace) -> int:
    from stagekit.seed.loader import ASKS

    words = [word for name in arguments.layer for word in ("--layer", name)]
    words += ["--scale", str(arguments.scale)] if arguments.scale is not None else []
    # Where others use the stage it is asked first, whatever was agreed to: a copy is made only where something goes.
    sure = not at.is_remote and (arguments.yes or arguments.confirm == at.stage)
    if at.loader.seed(*words, "--yes" if sure else "--ask").code == ASKS:
        _agree(at, arguments)
        at.loader.seed(*words, "--yes")
    return 0


def _agree(at: AtData, arguments: argparse.Namespace) -> None:
    """A person agrees to the loss. Raises DatabaseError where nobody does."""
    from stagekit.cli.database import agreed, safeguard, typed
    from stagekit.database.failure import not_agreed

    if not at.is_remote:
        if not agreed("Let them go?"):
            raise not_agreed(at.stage, "seed", word="--yes")
        return
    if (arguments.confirm or typed(at.stage)) != at.stage:
        raise not_agreed(at.stage, "seed")
    safeguard(at.vault, at.stage, "seed")


def _status(arguments: argparse.Namespace) -> int:
    import json
    from datetime import UTC, datetime

    from stagekit.cli.data import data_with
    from stagekit.report.data import seed_text
    from stagekit.seed.status import read_status

    with data_with(arguments) as at:
        status = read_status(at.loader.seed("--status", quiet=True).out)
        templates, seeded = at.stock.templates.all(), at.stock.templates.seeded()
        found = at.stock.templates.of_seed(seeded.key) if seeded else None
    if arguments.json:
        kept = {"template": found, "templates": templates}
        rest = json.loads(json.dumps(kept, default=lambda one: one.model_dump(mode="json")))
        print(json.dumps({**status.model_dump(mode="json"), **rest}, indent=2))
    else:
        print(seed_text(at.stage, status, found, templates, datetime.now(UTC)))
    return 0


def _once_more(at: Alone) -> int:
    """A one-shot that takes no words: the same container again."""
    block = at.looked.model.block.seed
    assert block
    services, said = at.sleep.services, 0
    if found := services.see().of(block.service):
        # The same container again: made anew by itself, it would be another one than `up` and `promote` make.
        said = len(at.looked.door.logs(found[0].id, tail="all"))
        services.wake([block.service], [found[0].name])
    else:
        services.run(block.service)
    (container, *_) = services.see().of(block.service)
    print("\n".join(at.looked.door.logs(container.id, tail="all")[said:]))
    return 0
