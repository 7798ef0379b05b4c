"""Looking at a stage wherever it is: on this machine, or at its host."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from stagekit.cli.look import Look, look_here, place_of


@contextmanager
def looking(arguments: argparse.Namespace) -> Iterator[Look]:
    """The stage that the words are about. Raises HostError, and ReleaseError where nothing was promoted yet."""
    place = place_of(arguments)
    if not place.settings.host:
        yield look_here(place)
        return
    from stagekit.cli.hosted import hosted

    with hosted(place) as at:
        yield at.look(at.shown())
