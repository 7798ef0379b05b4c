"""Variables that must have a value: those that Compose files mark `${NAME:?}`, and those that the block lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from stagekit.compose import Guards, locate, texts
from stagekit.guards.named import Given, Named
from stagekit.guards.refusal import Refusal
from stagekit.secret import Secret

PLAIN = re.compile(r"\$(?:\$|(?P<bare>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?P<mark>:?[-+?])?)")


def required(given: Given, guards: Guards) -> Iterator[Refusal]:
    """One refusal for each variable without a value, at the first place that asks for it."""
    secrets = {named.name for named in given.values if named.value.reveal()}
    for name, where, why in _asked(given, guards, secrets):
        yield Refusal(
            slug="missing-variable",
            about=Named(name, Secret(""), where),
            says=f"has no value{f' ({why})' if why else ''}",
            fix=f"put {name}=… into {given.file}, or export it",
        )


def _asked(given: Given, guards: Guards, secrets: set[str]) -> Iterator[tuple[str, str, str]]:
    told: set[str] = set()
    for place, text in texts(given.sources):
        for name, why in unset(text, given.variables):
            if name not in told:
                told.add(name)
                yield name, str(place), why
    for name in guards.required:
        if name not in told and name not in secrets and not given.variables.get(name):
            yield name, str(locate(given.sources, ("x-stagekit", "guards", "required")) or "x-stagekit"), ""


def unset(text: str, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each variable that a text demands and that is not there, with what the text says of it, as Compose reads it:
    `${A:?why}` wants a value, `${A?why}` a value or an empty one, and `${A:-…}` looks no further where A has one."""
    at = 0
    while found := PLAIN.search(text, at):
        at = found.end()
        name, mark = found["name"], found["mark"] or ""
        if not name:
            continue
        end = _closing(text, at)
        word, at = text[at:end], end + 1
        there = bool(variables.get(name)) if mark.startswith(":") else name in variables
        if mark.endswith("?") and not there:
            yield name, word
        elif there == mark.endswith("+"):
            yield from unset(word, variables)


def _closing(text: str, at: int) -> int:
    """Where the brace that is open at a place is closed; the text's end, where it is not."""
    depth = 1
    for number in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[number], 0) if text[number] == "}" or text[number - 1] == "$" else 0
        if depth == 0:
            return number
    return len(text)
