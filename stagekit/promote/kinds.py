"""How each service changes to a new release."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from stagekit.compose import Model

Kind = Literal["once", "beside", "handover", "stop-first"]


def kind_of(model: Model, name: str) -> Kind:
    """How a service changes: as its x-stagekit block says, else by what it is.

    once        it ends by itself: it is run again
    beside      the edge leads to it, and it keeps nothing: the new one starts next to the old one
    stop-first  everything else: it keeps state of its own, or nobody could move its callers
    """
    if name in model.one_shots():
        return "once"
    if name in model.block.switch:
        return model.block.switch[name].how
    if model.block.certificates and name == model.block.certificates.service:
        return "handover"  # it keeps nothing in memory, and what it has on disk under a lock: two may look after it
    return "beside" if names_of(model, name) and not _keeps(model, name) else "stop-first"


def names_of(model: Model, service: str) -> tuple[str, ...]:
    """The names of the stage that lead to a service, where an edge leads them."""
    if model.block.edge is None:
        return ()
    return tuple(label for label, name in model.block.names.items() if name.service == service)


def in_order(model: Model, names: Iterable[str]) -> tuple[str, ...]:
    """These services, each after those that it waits for; else in the order of the files."""
    wanted = set(names)
    done: list[str] = []

    def visit(name: str, path: frozenset[str]) -> None:
        if name in done or name in path or name not in model.services:
            return
        for edge in model.services[name].depends_on:
            visit(edge.service, path | {name})
        done.append(name)

    for name in model.services:
        visit(name, frozenset())
    return tuple(name for name in done if name in wanted)


def _keeps(model: Model, name: str) -> bool:
    return any(mount.kind == "volume" and not mount.read_only for mount in model.services[name].mounts)
