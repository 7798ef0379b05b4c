"""Where in a Compose file something stands: file and line, for error messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml

from stagekit.errors import ComposeFileError

QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, ten times as quick, where PyYAML was built with it


@dataclass(frozen=True)
class Place:
    """A file and a 1-based line in it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def locate(sources: Mapping[str, str], path: tuple[str, ...]) -> Place | None:
    """The place of the deepest key of `path` that a file holds; the last file wins, as in Compose."""
    best: tuple[int, Place] | None = None
    for file, text in sources.items():
        depth, line = _descend(_compose(text), path)
        if depth and (best is None or depth >= best[0]):
            best = depth, Place(file, line)
    return best[1] if best else None


def exact(sources: Mapping[str, str], path: tuple[str, ...]) -> Place | None:
    """The place of the last key of `path`, where a file has all of them; the last file wins."""
    found = [(file, *_descend(_compose(text), path)) for file, text in sources.items()]
    places = [Place(file, line) for file, depth, line in found if depth == len(path)]
    return places[-1] if places else None


def texts(sources: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
    """Every text that a file holds as a value, before anything is interpolated, with its place."""
    for file, text in sources.items():
        for node in _scalars(_compose(text)):
            yield Place(file, node.start_mark.line + 1), node.value


def check_syntax(sources: Mapping[str, str]) -> None:
    """Raises ComposeFileError, with file, line and column, for a file that is not YAML."""
    for file, text in sources.items():
        if _compose(text) is not None:
            continue
        try:
            yaml.compose(text, Loader=yaml.SafeLoader)  # slower, and tells more
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
            raise ComposeFileError(
                f"{file} is not valid YAML",
                evidence=[(where, str(problem.problem or problem.context or "cannot be read"))],
                next=f"correct {where}, then run the same command again",
            ) from None
        except yaml.YAMLError as problem:
            raise ComposeFileError(
                f"{file} is not valid YAML",
                evidence=[(file, str(problem).splitlines()[0])],
                next=f"correct {file}, then run the same command again",
            ) from None


def refused(text: str, sources: Mapping[str, str]) -> ComposeFileError:
    """Compose's own refusal of the files, with the place of the key that it names.

    text  what `docker compose config` wrote to stderr
    """
    message = _last_words(text)
    variable = re.search(r"required variable (\w+) is missing a value:? ?(.*)", message)
    if variable:
        name, why = variable.groups()
        return ComposeFileError(
            f"the required variable {name} has no value",
            evidence=[(_where_used(sources, name), why or f"${{{name}}} is used here")],
            next=f"put {name}=… into .env.local, or export it",
            slug="missing-variable",
        )
    place = _named_place(message, sources)
    return ComposeFileError(
        "Compose refuses the files",
        evidence=[(str(place) if place else "", message)],
        next=f"correct {place or ', '.join(sources)}, then run the same command again",
    )


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip() and "level=warning" not in line]
    # The one refusal of many lines goes on with advice about dollar signs.
    telling = [line for line in lines if line.startswith("invalid interpolation format")]
    return [*lines, *telling][-1] if lines else "no reason was given"


def _where_used(sources: Mapping[str, str], variable: str) -> str:
    for file, text in sources.items():
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(rf"\$\{{?{variable}\b", line):
                return str(Place(file, number))
    return ""


def _named_place(message: str, sources: Mapping[str, str]) -> Place | None:
    plain = re.sub(r"\[([\w-]+)\]", r".\1", message)  # services[web].image, services.web.ports.[0]
    for dotted in re.findall(r"[\w-]+(?:\.+[\w-]+)+|\bservice \"?[\w-]+", plain):
        path = (
            ("services", dotted.split()[-1].strip('"')) if dotted.startswith("service ") else re.split(r"\.+", dotted)
        )
        place = locate(sources, tuple(path))
        if place:
            extra = re.search(r"[Aa]dditional propert(?:y|ies) '?([\w-]+)", message)
            return (locate(sources, (*path, extra.group(1))) if extra else None) or place
    return None


@lru_cache(maxsize=8)  # many keys are looked up in the same few files
def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=QUICK)
    except yaml.YAMLError:
        return None


def _descend(node: yaml.Node | None, path: tuple[str, ...]) -> tuple[int, int]:
    depth, line = 0, 0
    for part in path:
        found = _child(node, part)
        if found is None:
            break
        key, node = found
        depth, line = depth + 1, key.start_mark.line + 1
    return depth, line


def _child(node: yaml.Node | None, part: str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key, value
        merged = (value for key, value in node.value if key.value == "<<")
        return next((found for value in merged for one in _each(value) if (found := _child(one, part))), None)
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        return node.value[int(part)], node.value[int(part)]
    if isinstance(node, yaml.SequenceNode):  # `- KEY=value`, which rendering makes a key
        return next(((item, item) for item in node.value if str(item.value).split("=")[0] == part), None)
    return None


def _each(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value)
