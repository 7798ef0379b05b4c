"""What the API reaches the world through; tests pass fakes of the same shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from shop.auth.tokens import Tokens
from shop.billing.receipts import Mail
from shop.billing.stripe_door import Payments
from shop.database.store import Store
from shop.reports.runs import Runs


@dataclass(frozen=True)
class Doors:
    """`send` gives None for a mail the server took, its words for a refusal, and raises MailUnavailable.

    `schema_head` is the migration this code needs; `schema_fits` says whether it can work with the one that is there.
    """

    release: str
    app_url: str
    store: Store
    tokens: Tokens
    payments: Payments
    runs: Runs
    send: Callable[[Mail], str | None]
    schema_head: Callable[[], str]
    schema_fits: Callable[[str], bool]


def _doors(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


Reach = Annotated[Doors, Depends(_doors)]
