"""A project that knows nothing of stagekit, promoted: refused with the fix that its message names, then done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from stagekit.bootstrap import Engine
from stagekit.testing.rehearsal import RehearsalHost, rehearsal
from tests.conftest import ROOT
from tests.support.openssh import have_openssh

pytestmark = pytest.mark.engine

BOUND = """\
    image: ${NODE_IMAGE:-node:22.23.3-slim}
"""
BUILT = """\
    build: {context: ., args: {NODE_IMAGE: "${NODE_IMAGE:-node:22.23.3-slim}"}}
"""
PASSWORD = "      POSTGRES_PASSWORD: notes\n"
GRANTED = "    secrets: [password]\n"
AS_FILE = "      POSTGRES_PASSWORD_FILE: /run/secrets/password\n"
COMMAND = "    command: [node, server.js]\n"
SHELL = "    command: [sh, -c, 'POSTGRES_PASSWORD=$$(cat /run/secrets/password) exec node server.js']\n"
MOUNT = '    volumes: [".:/srv/notes:ro"]\n'
RECIPE = "ARG NODE_IMAGE\nFROM ${NODE_IMAGE}\nCOPY server.js postgres.js /srv/notes/\n"
ASK = "exec 3<>/dev/tcp/127.0.0.1/3400 && printf '%s' \"$0\" >&3 && timeout 10 cat <&3"


@dataclass(frozen=True)
class Notes:
    """A copy of the example, and a host."""

    folder: Path
    host: RehearsalHost

    def there(self, verb: str, *words: str) -> CompletedProcess[str]:
        """Runs a verb on the stage at the host."""
        return self.host.stagekit(verb, "--stage", self.host.stage, *words)

    def build(self) -> None:
        done = self.there("build")
        assert done.returncode == 0, done.stdout + done.stderr

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces a text that is there once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def keep_the_password(self) -> None:
        """What the refusal says to do, by Compose's own means: a file here, which the first promotion takes along."""
        (self.folder / "password.txt").write_text("notes\n")
        path = self.folder / "docker-compose.yml"
        text = path.read_text()
        notes, mark, postgres = text.partition("  postgres:\n")
        notes = notes.replace(PASSWORD, "").replace(COMMAND, SHELL + GRANTED)
        postgres = postgres.replace(PASSWORD, AS_FILE).replace("    environment:\n", GRANTED + "    environment:\n")
        path.write_text(f"{notes}{mark}{postgres}\nsecrets:\n  password: {{file: ./password.txt}}\n")

    def ask(self, request: str) -> str:
        """What the project answers at the host: it has no edge, and one port for everybody there."""
        done = self.host.run("bash", "-c", ASK, request)
        assert done.ok, done.stderr
        return done.stdout

    def page(self) -> str:
        return self.ask("GET / HTTP/1.0\r\n\r\n")

    def texts(self) -> list[str]:
        """The notes that are in its database."""
        return [note["text"] for note in json.loads(self.ask("GET /notes HTTP/1.0\r\n\r\n").partition("\r\n\r\n")[2])]


@pytest.fixture(scope="module")
def notes(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notes]:
    """The example as it is, built, with a host that nothing was promoted to yet."""
    have_openssh()
    folder = Path(shutil.copytree(ROOT / "examples" / "notes", tmp_path_factory.mktemp("foreign") / "notes"))
    with rehearsal(folder, "main") as host:
        found = Notes(folder, host)
        found.build()
        yield found
        host.stagekit("down", "--volumes")


def test_what_a_host_cannot_have_is_refused_with_its_fix_and_then_it_is_promoted_and_back(notes: Notes) -> None:
    seen = notes.there("promote", "--yes")
    assert seen.returncode == 1 and "secret-exposed" in seen.stderr, seen.stdout + seen.stderr
    assert "POSTGRES_PASSWORD in its environment" in seen.stderr and "grant it by Compose's `secrets`" in seen.stderr
    notes.keep_the_password()

    refused = notes.there("promote", "--yes")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "notes" in refused.stderr and "a bind mount cannot be promoted" in refused.stderr
    assert "copy the files into the image" in refused.stderr

    (notes.folder / "Dockerfile").write_text(RECIPE)
    notes.edit("docker-compose.yml", BOUND, BUILT)
    notes.edit("docker-compose.yml", MOUNT, "")
    notes.build()
    first = notes.there("promote", "--yes")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "<h1>Notes</h1>" in notes.page()
    body = '{"text": "kept"}'
    assert " 201 " in notes.ask(f"POST /notes HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n{body}")
    assert "nothing to do" in notes.there("promote", "--yes").stdout

    notes.edit("server.js", "<h1>Notes</h1>", "<h1>Notebook</h1>")
    notes.build()
    asked = notes.there("promote", "--yes")
    assert asked.returncode == 1, asked.stdout
    assert "--allow-downtime" in asked.stderr and "<h1>Notes</h1>" in notes.page()

    done = notes.there("promote", "--yes", "--allow-downtime")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "postgres" not in [line.split()[1] for line in done.stdout.splitlines() if line.startswith("restart")]
    assert "<h1>Notebook</h1>" in notes.page() and notes.texts() == ["kept"]

    back = notes.there("rollback", "--yes", "--allow-downtime")
    assert back.returncode == 0, back.stdout + back.stderr
    assert "<h1>Notes</h1>" in notes.page() and notes.texts() == ["kept"]
