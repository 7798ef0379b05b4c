"""The pages of docs/reference and the first half of .env.example, made from what the code declares.

`python -m stagekit.report.reference` writes them; a test fails while they are out of date.
"""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stagekit.cli.main import EVERYDAY, MORE, module_of
from stagekit.cli.schema import schema_of
from stagekit.settings import PREFIX, Settings

MADE = "*Made by `make docs` from the code; changes belong there.*"
EXAMPLE = ".env.example"
PRODUCT = "# ---- The product's own settings, which compose.yaml interpolates ----"


def pages(example: str) -> dict[str, str]:
    """Text by path, for each generated file. `example` is the present .env.example: its product half is kept."""
    return {
        EXAMPLE: example_text(example),
        "docs/reference/cli.md": cli_page(),
        "docs/reference/settings.md": settings_page(example),
        "docs/reference/x-stagekit.md": _schema_page(
            "x-stagekit",
            "The `x-stagekit` block",
            "What stagekit needs to know beyond Compose: a top-level block of compose.yaml. Every part but "
            "`version` may be left out.\nThe same as JSON Schema: `stagekit schema x-stagekit`.",
        ),
        "docs/reference/status.md": _schema_page(
            "status",
            "`stagekit status --json`",
            "One JSON object. Keys are added, never renamed or removed, within a major version.\n"
            "The same as JSON Schema: `stagekit schema status`.",
        ),
    }


def example_text(present: str) -> str:
    """.env.example: stagekit's own keys from `Settings`, then the product's half as it is."""
    product = present[present.index(PRODUCT) :] if PRODUCT in present else f"{PRODUCT}\n"
    lines = [
        "# Every setting, with its default. Copy what you change to .env.local, for the stage `local`; git ignores",
        "# that file. The environment wins over .env.<stage>, which wins over .env, which wins over the defaults.",
        "",
        "# ---- stagekit's settings ----",
    ]
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {_description(name)}", _assignment(name, field.default)]
    return "\n".join([*lines, "", "", product])


def cli_page() -> str:
    """docs/reference/cli.md."""
    parser = argparse.ArgumentParser(prog="stagekit")
    verbs = parser.add_subparsers(prog="stagekit")
    for verb in (*EVERYDAY, *MORE):
        importlib.import_module(f"stagekit.cli.{module_of(verb)}").add_parser(verbs)
    parts = [
        "# The command line",
        MADE,
        "`stagekit [--project-directory DIR] VERB …` works on the project of the folder it is typed in, or above it.",
        "Exit codes: 0 done, 1 expected failure (or not healthy, for `status`), 2 usage, 3 a bug of stagekit's, "
        "130 interrupted. `exec`, `logs` and `psql` end with the code of what they ran.",
    ]
    for verb, text in (EVERYDAY | MORE).items():
        parts += [f"## `stagekit {verb}`", *_verb(verbs.choices[verb], text, f"stagekit {verb}")]
    return _joined(parts)


def settings_page(example: str) -> str:
    """docs/reference/settings.md."""
    rows = [
        (f"`{PREFIX}{name.upper()}`", _code(field.default), _code((field.examples or [""])[0]), _allowed(name))
        for name, field in Settings.model_fields.items()
    ]
    return _joined(
        [
            "# Settings",
            MADE,
            "The environment wins over `.env.<stage>`, which wins over `.env`, which wins over the defaults. An empty "
            "value of a `STAGEKIT_` key counts as unset; an unknown one is refused, with the nearest name. The block "
            "that stagekit writes to `.env` is for plain `docker compose`, and no place for settings.",
            "## stagekit's",
            _table(("key", "default", "example", "meaning"), rows),
            "## The product's",
            "Keys that `compose.yaml` interpolates. Set them in the same files.",
            _table(("key", "default", "meaning"), product_rows(example)),
        ]
    )


def product_rows(example: str) -> list[tuple[str, str, str]]:
    """Key, default and meaning of each product setting, from the comments of .env.example."""
    rows, comment = [], ""
    for line in example.partition(PRODUCT)[2].splitlines():
        assignment = re.match(r"^#? ?([A-Z][A-Z0-9_]*)=(.*)$", line)
        if assignment:
            rows.append((f"`{assignment.group(1)}`", _code(assignment.group(2).strip("'\"")), comment.strip()))
        comment = "" if not line else comment if assignment else f"{comment} {line.removeprefix('#').strip()}"
    return rows


def _assignment(name: str, default: object) -> str:
    key = f"{PREFIX}{name.upper()}"
    examples = Settings.model_fields[name].examples or [""]
    return f"# {key}={examples[0] if default is None else default}"


def _description(name: str) -> str:
    field = Settings.model_fields[name]
    return f"{field.description}{' For example:' if field.default is None else ''}"


def _allowed(name: str) -> str:
    found = Settings.model_json_schema()["properties"][name]
    choices: list[object] = next((part["enum"] for part in (found, *found.get("anyOf", ())) if "enum" in part), [])
    described = str(Settings.model_fields[name].description)
    return f"{described} One of {', '.join(_code(choice) for choice in choices)}." if choices else described


def _verb(parser: argparse.ArgumentParser, text: str, name: str) -> Iterator[str]:
    described = parser.description or text
    yield f"{described[0].upper()}{described[1:]}{'' if described.endswith('.') else '.'}"
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield f"### `{name} {word}`"
                yield from _verb(inner, "", f"{name} {word}")
    rows = [(_words(action), _meaning(action)) for action in parser._actions if _is_told(action)]
    if rows:
        yield _table(("argument", "meaning"), rows)


def _is_told(action: argparse.Action) -> bool:
    return not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)


def _words(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar or action.dest.upper()}`"
    value = f" {action.metavar or action.dest.upper()}" if action.nargs != 0 else ""
    return ", ".join(f"`{word}{value}`" for word in action.option_strings)


def _meaning(action: argparse.Action) -> str:
    choices = f" ({', '.join(f'`{choice}`' for choice in action.choices)})" if action.choices else ""
    return f"{action.help or ''}{choices}".strip()


def _schema_page(what: str, title: str, text: str) -> str:
    schema: Mapping[str, Any] = schema_of(what)
    parts = [f"# {title}", MADE, text, _properties(schema, schema.get("$defs", {}))]
    for name, part in schema.get("$defs", {}).items():
        parts += [f"## {name}", str(part.get("description", "")), _properties(part, schema["$defs"])]
    return _joined(parts)


def _properties(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (f"`{key}`", _kind(part), "yes" if key in required else "", _described(part, parts))
        for key, part in schema["properties"].items()
    ]
    return _table(("key", "value", "required", "meaning"), rows)


def _described(part: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """Its own words, else those of the part that it is."""
    names = [str(inner["$ref"]).rsplit("/", 1)[-1] for inner in (part, *part.get("anyOf", ())) if "$ref" in inner]
    return str(part.get("description") or (parts[names[0]].get("description", "") if names else ""))


def _kind(part: Mapping[str, Any]) -> str:
    if "$ref" in part:
        name = str(part["$ref"]).rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in part:
        return " or ".join(_kind(inner) for inner in part["anyOf"] if inner.get("type") != "null")
    if "enum" in part or "const" in part:
        return ", ".join(_code(value) for value in part.get("enum", [part.get("const")]))
    if part.get("type") == "array":
        return f"list of {_kind(part.get('items', {}))}"
    if part.get("type") == "object":
        values = [*part.get("patternProperties", {}).values(), part.get("additionalProperties")]
        return f"mapping of name to {_kind(values[0])}" if values[0] else "mapping"
    return {"string": "text", "integer": "number"}.get(str(part.get("type")), str(part.get("type", "anything")))


def _code(value: object) -> str:
    return "" if value is None or value == "" else f"`{value}`"


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def main(directory: Path) -> None:
    """Writes every page that is not as it should be."""
    example = directory / EXAMPLE
    present = example.read_text(encoding="utf-8") if example.is_file() else ""
    for name, text in pages(present).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote      {name}")


if __name__ == "__main__":
    main(Path())
