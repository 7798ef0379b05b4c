"""Answers from what is kept: one object, a list with its filters, a search, and what is expanded in them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from .billing import listed
from .errors import StripeError, unsupported
from .forms import Params, strings
from .shapes import PATHS
from .store import Json, Store

_HIDDEN = "_"
_DEFAULT_LIMIT, _MAX_LIMIT = 10, 100
_PAGING = {"limit", "starting_after", "ending_before", "expand"}
_CLAUSE = re.compile(r"""\s*(-?)(\w+)(?:\[["']([^"']+)["']\])?\s*(:|~|>=|<=|>|<)\s*(?:"([^"]*)"|'([^']*)'|(\w+))\s*""")


def shown(thing: Json, store: Store, expand: Any = None) -> Json:
    """The object as the API answers it: expanded as asked, less what only the stand-in knows."""
    for path in strings(expand):
        _expand(thing, path, path, store)
    bare = stripped(thing)
    if thing.get("object") == "event":
        waiting = store.db.execute("SELECT 1 FROM deliveries WHERE event = ? AND delivered = 0", (thing["id"],))
        bare["pending_webhooks"] = 1 if waiting.fetchone() else 0
    return dict(bare)


def stripped(value: Any) -> Any:
    """Without our own fields; metadata is the product's and stays as it is."""
    if isinstance(value, list):
        return [stripped(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: item if name == "metadata" else stripped(item)
        for name, item in value.items()
        if not name.startswith(_HIDDEN)
    }


def one_page(store: Store, kind: str, params: Params) -> Json:
    """A page of a list, newest first, with Stripe's cursors."""
    limit = _limit(params)
    found = _after(_matching(store, kind, _filters(kind, params)), params)
    page = _before(found, params["ending_before"], limit) if params.get("ending_before") else _first(found, limit + 1)
    return _answer(store, kind, page, limit, params, newest_cut=bool(params.get("ending_before")))


def search(store: Store, kind: str, params: Params) -> Json:
    """Stripe's search language, as far as clauses joined by AND go."""
    tests = _clauses(str(params.get("query", "")))
    found = _matching(store, kind, tests)
    limit = _limit(params)
    answer = _answer(store, kind, _first(found, limit + 1), limit, params, newest_cut=False)
    return answer | {"object": "search_result", "url": PATHS[kind][0] + "/search", "next_page": None}


def _answer(store: Store, kind: str, page: list[Json], limit: int, params: Params, newest_cut: bool) -> Json:
    kept = page[-limit:] if newest_cut else page[:limit]
    answer = listed(kept, PATHS[kind][0]) | {"has_more": len(page) > limit}
    for path in strings(params.get("expand")):
        _expand(answer, path, path, store)
    return answer | {"data": [shown(thing, store) for thing in answer["data"]]}


def _limit(params: Params) -> int:
    limit = params.get("limit", _DEFAULT_LIMIT)
    if not isinstance(limit, int) or not 1 <= limit <= _MAX_LIMIT:
        raise StripeError(400, "This value must be between 1 and 100 (inclusive).", param="limit")
    return limit


def _first(found: Iterator[Json], count: int) -> list[Json]:
    return [thing for thing, _ in zip(found, range(count), strict=False)]


def _after(found: Iterator[Json], params: Params) -> Iterator[Json]:
    cursor = params.get("starting_after")
    if cursor and not any(thing["id"] == cursor for thing in found):
        raise StripeError(400, f"No such object: '{cursor}'", code="resource_missing", param="starting_after")
    return found


def _before(found: Iterator[Json], cursor: str, limit: int) -> list[Json]:
    newer: list[Json] = []
    for thing in found:
        if thing["id"] == cursor:
            return newer[-(limit + 1) :]
        newer.append(thing)
    raise StripeError(400, f"No such object: '{cursor}'", code="resource_missing", param="ending_before")


def _matching(store: Store, kind: str, tests: list[Callable[[Json], bool]]) -> Iterator[Json]:
    return (thing for thing in store.newest(kind) if not thing.get("deleted") and all(test(thing) for test in tests))


def _filters(kind: str, params: Params) -> list[Callable[[Json], bool]]:
    tests = [_filter(kind, name, value) for name, value in params.items() if name not in _PAGING]
    if kind == "subscription" and "status" not in params:
        tests.append(lambda thing: thing["status"] != "canceled")
    return tests


# Lists whose name is not the field they look at.
_ONE_OF = {"lookup_keys": "lookup_key", "ids": "id", "types": "type"}


def _filter(kind: str, name: str, value: Any) -> Callable[[Json], bool]:
    if name in _ONE_OF:
        return lambda thing: thing.get(_ONE_OF[name]) in strings(value)
    if kind == "subscription" and (name, value) == ("status", "all"):
        return lambda thing: True
    if kind == "subscription" and name == "price":
        return lambda thing: any(item["price"]["id"] == value for item in thing["items"]["data"])
    if kind == "invoice" and name == "subscription":
        return lambda thing: _inside(thing, "parent", "subscription_details", "subscription") == value
    return lambda thing: _agrees(_known(thing, name), value)


def _known(thing: Json, name: str) -> Any:
    if name not in thing:
        raise StripeError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    return thing[name]


def _inside(thing: Any, *path: str) -> Any:
    for name in path:
        thing = thing.get(name) if isinstance(thing, dict) else None
    return thing


_RANGE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda kept, given: kept > given,
    "gte": lambda kept, given: kept >= given,
    "lt": lambda kept, given: kept < given,
    "lte": lambda kept, given: kept <= given,
}


def _agrees(kept: Any, given: Any) -> bool:
    if not isinstance(given, dict):
        return bool(kept == given or str(kept) == str(given))
    if given.keys() <= _RANGE.keys():
        return kept is not None and all(_RANGE[name](kept, limit) for name, limit in given.items())
    return isinstance(kept, dict) and all(_agrees(kept.get(name), value) for name, value in given.items())


def _clauses(query: str) -> list[Callable[[Json], bool]]:
    parts = re.split(r"\s+AND\s+", query)
    return [_clause(part) for part in parts]


def _clause(text: str) -> Callable[[Json], bool]:
    found = _CLAUSE.fullmatch(text)
    if not found:
        raise unsupported(f"this part of a search: {text.strip()[:80]}", "query")
    minus, name, key, sign, *values = found.groups()
    wanted = next((value for value in values if value is not None), "")
    return lambda thing: _found(_inside(thing, name, *([key] if key else [])), sign, wanted) != bool(minus)


def _found(kept: Any, sign: str, wanted: str) -> bool:
    if wanted == "null" or kept is None:
        return kept is None and wanted == "null"
    if sign == ":":
        return str(kept).lower() == wanted.lower()
    if sign == "~":
        return wanted.lower() in str(kept).lower()
    names = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
    return wanted.isdecimal() and isinstance(kept, int) and _RANGE[names[sign]](kept, int(wanted))


def _expand(thing: Any, path: str, whole: str, store: Store) -> None:
    name, _, rest = path.partition(".")
    if name not in thing and _HIDDEN + name not in thing:
        raise StripeError(400, f"This property cannot be expanded ({whole}).", param="expand")
    value = thing.get(name, thing.get(_HIDDEN + name))
    if isinstance(value, str):
        value = store.get(value) or value
    for item in value if isinstance(value, list) else [value]:
        if rest and isinstance(item, dict):
            _expand(item, rest, whole, store)
    thing[name] = value
