"""The way of `deliver`: the images here, the connection to the host, and the course between them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
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
    host_of(place)  # before anything takes time
    engine = engine_here(place)
    listener = listener_of(quiet=quiet)
    times = Times(time.monotonic)
    try:
        with connect(place) as door:
            times.mark("connect")
            return deliver_over(door, place, engine, listener, times, origins)
    finally:
        listener.close()


def deliver_over(
    door: SshDoor, place: Place, engine: Engine, listener: Listener, times: Times, origins: Sequence[str] = ()
) -> Delivered:
    """Delivers over a connection that is there."""
    return delivery_over(door, place, engine, listener, times, origins).deliver()


def delivery_over(
    door: SshDoor, place: Place, engine: Engine, listener: Listener, times: Times, origins: Sequence[str] = ()
) -> Delivery:
    """A delivery of the images as they are at this moment, not yet begun."""
    references = {service.name: service.image for service in model_here(place, engine).services.values()}
    local, host = StoreDoor(engine.host), StoreDoor(door.engine_host)
    stock = stock_of(
        references, local, layer_cache(place), listener, origins, lambda: parse_facts(host.facts()).platform
    )
    times.mark("look")
    return Delivery(stock, host, door.run, place.project, place.settings.stage, listener, times)


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
