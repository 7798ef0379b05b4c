"""What a noun has at hand to decide: the kept objects, complete shapes, the time and new ids."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import shapes
from .errors import StripeError, missing
from .forms import Params
from .store import Json, Store

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Changes:
    """A decision: objects to keep (the first is the answer) and events to send, in order."""

    objects: tuple[Json, ...]
    events: tuple[tuple[str, Json], ...] = ()
    previous: Mapping[str, Any] = field(default_factory=dict)
    refusal: StripeError | None = None  # kept all the same, but the caller gets this error: a declined card

    @property
    def answer(self) -> Json:
        return self.objects[0]

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.objects + other.objects, self.events + other.events, {**self.previous, **other.previous})


@dataclass(frozen=True)
class Desk:
    """``bases`` are stripe-mock's examples by kind; ``now`` is Unix seconds."""

    store: Store
    bases: Mapping[str, Json]
    now: int
    public_url: str

    def new(self, kind: str, **fields: Any) -> Json:
        wanted = fields.pop("id", None) or new_id(shapes.PATHS[kind][1])
        return shapes.fresh(kind, self.bases[kind], wanted, self.now) | fields

    def overlaid(self, thing: Json, params: Params, *skip: str) -> Json:
        return shapes.overlaid(thing, params, self.bases[thing["object"]], frozenset(skip))

    def find(self, kind: str, wanted: str) -> Json:
        """The object an address names; 404 in Stripe's shape when it is not kept."""
        found = self.store.get(wanted, kind)
        if not found:
            raise missing(kind, wanted)
        return found

    def named(self, kind: str, wanted: Any, param: str) -> Json:
        """The object a parameter names; 400 in Stripe's shape when it is not kept or was deleted."""
        found = self.store.get(str(wanted), kind)
        if not found or found.get("deleted"):
            raise missing(kind, str(wanted), param=param, status=400)
        return found


def new_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(24))
