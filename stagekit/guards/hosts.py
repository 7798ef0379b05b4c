"""Host names inside of values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote


def names_one_of(value: str, hosts: Iterable[str]) -> bool:
    """Whether a value names a host of the list, in a URL, a list of hosts or alone; `*.` stands for all below.

    `db.example.com` is not found in `db.example.com.test` or `my-db.example.com`.
    """
    text = unquote(value).lower()
    return any(re.search(_pattern(host), text) for host in hosts)


def _pattern(host: str) -> str:
    below = host.startswith("*.")
    name = re.escape(host.removeprefix("*.").lower())
    before = r"[\w-]+(\.[\w-]+)*\." if below else ""
    return rf"(?<![\w.-]){before}{name}(?![\w-]|\.\w)"
