"""A small product: its schema, its seed, and questions to its database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from stagekit_seed.apply import Outcome
from tests.support.seeding import fill

MAY = datetime(2026, 5, 1, tzinfo=UTC)
SCHEMA = """
CREATE TABLE people (id text PRIMARY KEY, name text NOT NULL, born timestamptz, note text);
CREATE TABLE orders (id int PRIMARY KEY, person text NOT NULL REFERENCES people, number int UNIQUE,
                     cents int NOT NULL CHECK (cents >= 0));
CREATE TABLE lines (id int PRIMARY KEY, "order" int NOT NULL REFERENCES orders ON DELETE CASCADE, what text);
"""
PEOPLE = "id,name,born\nana,Ana,-3 14 09:20\nben,Ben,\n"
ORDERS = "id,person,number,cents\n1,ana,1,100\n2,ben,2,200\n"


class Project:
    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        folder.mkdir()

    def shop(self) -> Project:
        """People and their orders, in one layer each."""
        self.run(SCHEMA)
        self.write("people.csv", PEOPLE)
        self.write("orders.csv", ORDERS)
        self.manifest(("base", [], ["people.csv people"]), ("more", ["base"], ["orders.csv orders"]))
        return self

    def write(self, name: str, text: str | bytes) -> None:
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        (self.folder / name).write_bytes(content)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def manifest(self, *layers: tuple[str, list[str], list[str]]) -> None:
        """Each layer by its name, what it needs and its files, as "path table" or "path"."""
        lines = []
        for name, needs, files in layers:
            words = [file.split() for file in files]
            tables = [f'{{ path = "{w[0]}"' + (f', table = "{w[1]}"' if w[1:] else "") + " }" for w in words]
            lines += ["[[layer]]", f'name = "{name}"', f"needs = {needs!r}", f"files = [{', '.join(tables)}]"]
        self.write("manifest.toml", "\n".join(lines).replace("'", '"') + "\n")

    def one(self, files: list[str]) -> None:
        """A manifest of a single layer."""
        self.manifest(("base", [], files))

    def fill(self, **wish: Any) -> Outcome:
        return fill(self.url, self.folder, **wish)

    def run(self, sql: str) -> None:
        with psycopg.connect(self.url) as db:
            db.execute(sql.encode())

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, options="-c timezone=UTC") as db:
            return db.execute(query.encode()).fetchall()

    def versions(self) -> dict[str, list[Any]]:
        """Which transaction wrote each row, of all tables."""
        tables = self.ask(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return {name: self.ask(f"SELECT xmin::text, ctid::text FROM {name} ORDER BY 2") for (name,) in tables}
