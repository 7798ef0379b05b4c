"""`stagekit reset`: the stage's data as its seed says, exactly."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "reset",
        help="put the stage's data back to its seed; what was written since is lost",
        description="Clones the template of the stage's seed and lets the clone take the place of the database at "
        "once; clients are disconnected, and connect again. Then what the seed keeps outside of it follows: mail, "
        "payments, flows. A template that is missing is made first, which takes as long as migrating and seeding. Of a "
        "stage at a host it keeps a snapshot, and asks for its name.",
    )
    add_stage(parser)
    parser.add_argument("--confirm", metavar="STAGE", default="", help="the stage's name, instead of typing it")
    parser.set_defaults(run=reset)


def reset(arguments: argparse.Namespace) -> int:
    """Resets; 0 once the data is the seed's."""
    import time
    from concurrent.futures import ThreadPoolExecutor

    from stagekit.cli.data import data_with
    from stagekit.cli.database import now, safeguard, typed
    from stagekit.database.failure import not_agreed
    from stagekit.report.data import database_text, goes_back_text, outside_text

    with data_with(arguments) as at:
        at.loader.require()
        seeded = at.stock.templates.seeded()
        known = at.stock.templates.of_seed(seeded.key) if seeded else None
        print(goes_back_text(at.stage, seeded, known, now()), flush=True)
        if at.is_remote:
            if (arguments.confirm or typed(at.stage)) != at.stage:
                raise not_agreed(at.stage, "reset")
            safeguard(at.vault, at.stage, "reset")
        template = at.stock.get(lambda text: print(f"{at.stage}: {text}", flush=True))
        took = at.stock.templates.put_back(template, now())
        print(database_text(took, template.size), end="", flush=True)
        began = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            tidying = pool.submit(at.stock.templates.tidy)
            try:
                said = at.loader.seed("--outside", quiet=True)
                print(outside_text(said.out, time.monotonic() - began), end="")
            finally:
                print(flush=True)
            tidying.result()
        gone = at.stock.trim(template)
        if gone:
            print(f"{at.stage}: {len(gone)} older templates dropped: STAGEKIT_TEMPLATES, STAGEKIT_TEMPLATES_GB")
    return 0
