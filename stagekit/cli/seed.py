"""`stagekit seed`: the stage's one-shot that fills it with test data, once more."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "seed",
        help="run the stage's seed again: what it lacks of its test data comes back",
        description="Runs the one-shot that `seed` in the x-stagekit block names, as it is on the stage, and shows "
        "what it says. It may be run any number of times.",
    )
    add_stage(parser)
    parser.set_defaults(run=seed)


def seed(arguments: argparse.Namespace) -> int:
    """Seeds; 0 once it is done."""
    from stagekit.cli.alone import alone_with
    from stagekit.errors import ComposeFileError

    with alone_with(arguments) as at:
        block = at.looked.model.block.seed
        if block is None:
            raise ComposeFileError(
                "the x-stagekit block names no seed",
                next="name the one-shot that fills the stage: `seed: {service: …}`",
            )
        services, said = at.sleep.services, 0
        if found := services.see().of(block.service):
            # The same container again: made anew by itself, it would be another one than `up` and `promote` make.
            said = len(at.looked.door.logs(found[0].id, tail="all"))
            services.wake([block.service], [found[0].name])
        else:
            services.run(block.service)
        (container, *_) = services.see().of(block.service)
        lines = at.looked.door.logs(container.id, tail="all")[said:]
    print("\n".join(lines))
    return 0
