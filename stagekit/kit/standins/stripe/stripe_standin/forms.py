"""Stripe's form encoding: ``items[0][price]=x`` is a list of mappings."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .errors import StripeError

Params = dict[str, Any]

_TEXT = {"name", "description", "nickname", "email", "phone", "lookup_key", "client_reference_id", "query"}
_WHOLE = {
    "amount",
    "amount_to_capture",
    "cancel_at",
    "days_until_due",
    "expires_at",
    "gt",
    "gte",
    "interval_count",
    "limit",
    "lt",
    "lte",
    "quantity",
    "trial_end",
    "trial_period_days",
    "unit_amount",
}
_MAX_DEPTH = 10


def parse(encoded: str) -> Params:
    """Nested parameters with true, false and whole numbers as such; metadata and texts stay text."""
    tree: Params = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        _put(tree, _path(name), value)
    return {key: _typed(key, _listed(value)) for key, value in tree.items()}


def without_expand(encoded: str) -> str:
    """The same form less ``expand``: what stripe-mock would expand is not what is kept here."""
    pairs = parse_qsl(encoded, keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if name.partition("[")[0] != "expand"])


def strings(value: Any) -> list[str]:
    """A parameter that is one text or a list of texts, as a list."""
    if value in (None, ""):
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _path(name: str) -> list[str]:
    first, *rest = name.replace("]", "").split("[")
    if len(rest) > _MAX_DEPTH:
        raise StripeError(400, "Parameters are nested too deeply.")
    return [first, *rest]


def _put(tree: Params, path: list[str], value: str) -> None:
    *parents, last = path
    for part in parents:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise StripeError(400, f"Parameter {path[0]} is both a value and a mapping.", param=path[0])
    tree[last or str(len(tree))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _typed(key: str, value: Any) -> Any:
    if key == "metadata":
        return _texts(value)
    if isinstance(value, dict):
        return {name: _typed(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_typed(key, item) for item in value]
    return _scalar(key, value)


def _texts(value: Any) -> Any:
    """Metadata whose keys are all numbers looked like a list; it is a mapping all the same."""
    return {str(index): item for index, item in enumerate(value)} if isinstance(value, list) else value


def _scalar(key: str, value: str) -> Any:
    if key in _WHOLE and value.lstrip("-").isdecimal():
        return int(value)
    if key not in _TEXT and value in {"true", "false"}:
        return value == "true"
    return value


def merged_metadata(kept: dict[str, str], given: Iterable[tuple[str, str]] | str) -> dict[str, str]:
    """Stripe's rule: an empty value removes its key, an empty ``metadata`` removes all."""
    if isinstance(given, str):
        return {}
    both = {**kept, **dict(given)}
    return {name: value for name, value in both.items() if value != ""}
