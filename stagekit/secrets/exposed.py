"""Secrets that stand where they would be seen: in a service's environment, its command, or a text sent to it.

Whatever a definition holds is in `docker inspect`, in the record of a release, and in what a deployer prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from stagekit.errors import SecretError
from stagekit.secret import Secret

# What a key is called that holds one. `X_FILE` names a file and holds none.
NAMED = re.compile(
    r"(^|_)((PG)?PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(SECRET|PRIVATE|ACCESS|API)_?KEY|AUTH_STRING)$",
    re.I,
)
# What one looks like, whatever it is called.
SHAPES = (
    re.compile(r"://[^\s/:@${}]+:[^\s/@${}]+@"),  # a password in an address; one that is put in at run time is none
    re.compile(r"\b([sr]k_(test|live)|whsec)_\w{16}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(gh[pousr]_\w{20}|xox[abp]-\w|AKIA[0-9A-Z]{16})"),
)
SHORT = 6  # characters: a value below that is in any text by chance


def refuse_exposed(rendered: str, *, public: Collection[str] = (), held: Mapping[str, Secret] | None = None) -> None:
    """Raises SecretError that names each place, and shows no value.

    rendered  what Compose is given
    public    keys that look like secrets and are none
    held      the values that who promotes has at hand, by name: none may be in the definition, whatever holds it
    """
    found = list(dict.fromkeys(_found(json.loads(rendered), public, held or {})))
    if not found:
        return
    raise SecretError(
        "a secret stands where everybody sees it" if len(found) == 1 else "secrets stand where everybody sees them",
        evidence=found[:5],
        next="keep it with the stage: grant it by Compose's `secrets` and read its file (docs/secrets.md); "
        "what only looks like one goes into x-stagekit.public",
        slug="secret-exposed",
    )


def _found(
    document: Mapping[str, Any], public: Collection[str], held: Mapping[str, Secret]
) -> Iterator[tuple[str, str]]:
    for service, raw in document["services"].items():
        for key, value in (raw.get("environment") or {}).items():
            if value and key not in public and (NAMED.search(key) or _looks(str(value))):
                yield f"service {service}", f"{key} in its environment"
        for part in ("command", "entrypoint", "labels", "healthcheck"):
            if _looks(json.dumps(raw.get(part))):
                yield f"service {service}", f"its {part}"
        for name in _holding(raw, held):
            yield f"service {service}", f"the value of the secret {name}"
    for name, raw in (document.get("configs") or {}).items():
        if _looks(raw.get("content") or "") or _holding(raw, held):
            yield f"config {name}", "its content"


def _holding(raw: Any, held: Mapping[str, Secret]) -> list[str]:
    texts = list(_texts(raw))
    values = {name: secret.reveal() for name, secret in held.items()}
    return [name for name, value in values.items() if len(value) >= SHORT and any(value in text for text in texts)]


def _texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, Mapping):
        for value in raw.values():
            yield from _texts(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _texts(value)
    elif isinstance(raw, str):
        yield raw


def _looks(text: str) -> bool:
    return any(shape.search(text) for shape in SHAPES)
