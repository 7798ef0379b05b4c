"""Live Stripe keys are refused wherever a value can carry one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stagekit.guards.named import Named
from stagekit.guards.refusal import Refusal

LIVE = re.compile(r"\b[sr]k_live_[0-9A-Za-z]{4}")


def live_keys(values: Iterable[Named]) -> Iterator[Refusal]:
    """One refusal for each value that holds a live key. Public keys (`pk_live_…`) move no money."""
    for named in values:
        if LIVE.search(named.value.reveal()):
            yield Refusal(
                slug="live-stripe-key",
                about=named,
                says="holds a live Stripe key",
                fix="put a test key (sk_test_…) there, or remove the line to use the stand-in",
            )
