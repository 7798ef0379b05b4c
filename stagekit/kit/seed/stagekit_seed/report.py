"""What a run did, in lines. Pure."""

from __future__ import annotations

from .apply import Outcome


def lines(outcome: Outcome) -> list[str]:
    if outcome.asked:
        return [
            *(f"{loss.layer}: {loss.words()}" for loss in outcome.left),
            "nothing was applied; --yes applies it all the same",
        ]
    said = [f"{name}: there already, nothing to do" for name in outcome.untouched]
    said += [f"{name}: {_counted(counts)}" for name, counts in outcome.applied.items()]
    said += [f"{name}: no longer in the manifest; its rows are gone" for name in outcome.gone]
    said += [f"{loss.layer}: left as it is; {loss.words()}" for loss in outcome.left]
    said += [f"{name}: left as it is; it needs a layer that is" for name in outcome.waiting]
    return said


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {table}" for table, count in counts.items()) or "applied"
