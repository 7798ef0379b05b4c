"""`stagekit schema`: the JSON Schema of what stagekit reads or prints."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser("schema", help="print a JSON Schema")
    parser.add_argument(
        "what",
        choices=["status", "x-stagekit", "release"],
        help="what `status --json` prints, the settings block, or a release's record",
    )
    parser.set_defaults(run=schema)


def schema(arguments: argparse.Namespace) -> int:
    """Prints the schema."""
    import json

    print(json.dumps(schema_of(arguments.what), indent=2))
    return 0


def schema_of(what: str) -> dict[str, object]:
    """The JSON Schema of `status`, `x-stagekit` or `release`."""
    from pydantic import BaseModel

    from stagekit.compose import Block
    from stagekit.release import Release
    from stagekit.report.status import Status

    printed: dict[str, type[BaseModel]] = {"status": Status, "release": Release}
    schema = printed[what].model_json_schema(mode="serialization") if what in printed else Block.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
