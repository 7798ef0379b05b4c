"""The way of `deliver`: the images here, the connection to the host, and the course between them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from stagekit.bootstrap import Engine
from stagekit.carry.deliver import Delivery
from stagekit.carry.result import Delivered
from stagekit.carry.times import Times
from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import connect, host_of
from stagekit.cli.layers import layer_cache
from stagekit.cli.origins import stock_of
from stagekit.cli.place import Place, on_terminal, open_compose, open_place, read_model
from stagekit.cli.progress import Live, Plain, progress
from stagekit.compose import Model
from stagekit.doors.ssh import SshDoor
from stagekit.doors.store import StoreDoor
from stagekit.execute import Listener
from stagekit.images.held import parse_facts


def delivering(place: Place, origins: Sequence[str] = (), *, quiet: bool = False) -> Delivered:
    """Delivers the images of the stage's services. Raises DeliveryError and HostError.

    quiet  what goes on is told on stderr, as plain lines
    """
    with connecting(place) as connection:
        engine = engine_here(place)
        references = references_here(place, engine)
        times = Times(time.monotonic)
        door = connection()
        times.mark("connect")
        listener = listener_of(quiet=quiet)
        try:
            return deliver_over(door, place, engine, references, listener, times, origins)
        finally:
            listener.close()


@contextmanager
def connecting(place: Place) -> Iterator[Callable[[], SshDoor]]:
    """The connection to the stage's host, which is made while something else is done; it ends with the block.

    What it gives returns the connection once it is there, or raises HostError.
    """
    host_of(place)  # before anything takes time
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(connect, place)
        try:
            yield made.result
        finally:
            if made.exception() is None:
                made.result().close()


def deliver_over(
    door: SshDoor,
    place: Place,
    engine: Engine,
    references: Mapping[str, str],
    listener: Listener,
    times: Times,
    origins: Sequence[str] = (),
) -> Delivered:
    """Delivers over a connection that is there; `references` is what each service's image is called here."""
    return delivery_over(door, place, engine, references, listener, times, origins).deliver()


def delivery_over(
    door: SshDoor,
    place: Place,
    engine: Engine,
    references: Mapping[str, str],
    listener: Listener,
    times: Times,
    origins: Sequence[str] = (),
) -> Delivery:
    """A delivery of the images as they are at this moment, not yet begun."""
    local, host = StoreDoor(engine.host), StoreDoor(door.engine_host)
    stock = stock_of(
        references, local, layer_cache(place), listener, origins, lambda: parse_facts(host.facts()).platform
    )
    return Delivery(stock, host, door.run, place.project, place.settings.stage, listener, times)


def references_here(place: Place, engine: Engine) -> dict[str, str]:
    """What each service's image is called here."""
    return {service.name: service.image for service in model_here(place, engine).services.values()}


def model_here(place: Place, engine: Engine) -> Model:
    """The stage's model, with its images called as the stage of this machine calls them: there they were built."""
    here = open_place(place.checkout.directory, stage="local").project
    as_here = replace(place, project=here)
    return read_model(as_here, open_compose(as_here, engine))


def listener_of(*, quiet: bool) -> Plain | Live:
    """Who is told what goes on: a terminal, or plain lines; with `quiet`, on stderr."""
    if quiet:
        return Plain(lambda line: print(line, file=sys.stderr, flush=True))
    return progress(live=on_terminal())
