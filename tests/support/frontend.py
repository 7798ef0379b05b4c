"""`make lint` for the frontend: tsc, eslint and its unit tests, in the image's own Node, so none is needed here."""

from __future__ import annotations

import sys

from stagekit.bootstrap import ensure_engine
from stagekit.cli.place import open_engine, open_place
from stagekit.cli.sources import decide_images, prepare_packages
from stagekit.images.drop_ins import VARIABLES
from tests.conftest import ROOT
from tests.support.builds import FRONTEND_CHECK, build
from tests.support.checkout import copy_checkout


def main() -> int:
    """Builds the `check` target; its failure is the failure."""
    engine = ensure_engine(interactive=False, ask=lambda _: True, say=lambda step, text: print(step, text))
    door = open_engine(engine)
    checkout = copy_checkout(ROOT, ROOT / ".stagekit" / "test")
    place = decide_images(open_place(checkout), engine, door)
    if place.images == "packages":
        prepare_packages(place, engine, door)
    try:
        build(
            engine,
            ROOT,
            FRONTEND_CHECK,
            "stagekit-test/frontend:check",
            VARIABLES if place.images == "packages" else {},
        )
    except AssertionError as failed:
        print(failed, file=sys.stderr)
        return 1
    print("frontend: types, lint and unit tests pass")
    return 0


if __name__ == "__main__":
    sys.exit(main())
