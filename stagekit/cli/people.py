"""The test users of a stage, from the file that its x-stagekit block names."""

from __future__ import annotations

import yaml

from stagekit.cli.place import Place
from stagekit.compose import Model
from stagekit.errors import ComposeFileError
from stagekit.report.text import Person


def people_of(place: Place, model: Model) -> list[Person]:
    """The people, in the file's order; none where the block names no file. Raises ComposeFileError."""
    if model.block.people is None:
        return []
    file = model.block.people.file
    try:
        document = yaml.safe_load(place.checkout.read(file)) or {}
        return [Person(str(p["name"]), str(p["email"]), str(p.get("note", ""))) for p in document["people"]]
    except (yaml.YAMLError, KeyError, TypeError) as problem:
        raise ComposeFileError(
            f"{file} does not list people as expected",
            evidence=[(file, str(problem).splitlines()[0])],
            next=f"give {file} a `people` list; each has a name and an email",
        ) from None
