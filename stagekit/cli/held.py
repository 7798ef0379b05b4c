"""The values of secrets that who is at the keyboard has at hand, for one stage."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stagekit.cli.place import Place
from stagekit.doors.hook import run_hook
from stagekit.doors.machine import environment
from stagekit.errors import SecretError
from stagekit.secrets import Wanted, wanted
from stagekit.secrets.held import Held
from stagekit.settings import read_lines

LIMIT = 60.0  # seconds: a password manager may ask its owner


def held_for(place: Place, rendered: str) -> Held:
    """What they hold of the secrets of a rendered definition. Raises SecretError for a file that git tracks."""
    name = f".secrets.{place.settings.stage}"
    text = place.checkout.read(name)
    if text and not place.checkout.hide_from_git(name):
        raise SecretError(
            f"git tracks {name}, and everybody who has the repository has its secrets",
            evidence=[("", "git keeps what was once committed: a secret in it is known, and has to be rotated")],
            next=f"git rm --cached {name}, then type the same again",
            slug="secret-tracked",
        )
    return Held(
        wanted=wanted(rendered),
        environ=environment(),
        file=read_lines(name, text).values,
        file_name=name,
        read=_read,
        run=lambda one: _run(place, one),
    )


def _read(name: str) -> str | None:
    file = Path(name)
    try:
        return file.read_text(encoding="utf-8") if file.is_file() else None
    except (OSError, UnicodeDecodeError) as problem:
        raise SecretError(
            f"the file {name} of a secret cannot be read",
            evidence=[("", getattr(problem, "strerror", None) or "it is not UTF-8 text")],
            next="mend the file, or take it away where the stage has the value",
            slug="secret-value",
        ) from None


def _run(place: Place, one: Wanted) -> str:
    try:
        words = shlex.split(one.rule.command)
        done = run_hook(words, input="", env={}, cwd=place.checkout.directory, timeout=LIMIT)
    except ValueError as problem:
        raise _failed(one, [("", str(problem))]) from None
    if not done.ok:
        # Its errors only: what it prints is the value.
        raise _failed(one, replace(done, stdout="").last_lines(3))
    return done.stdout


def _failed(one: Wanted, said: Sequence[tuple[str, str]]) -> SecretError:
    return SecretError(
        f"the command that prints the secret {one.name} failed",
        evidence=[("command", one.rule.command[:200]), *said],
        next="mend it (x-stagekit.secrets), or log in where it asks, then type the same again",
        slug="secret-command",
    )
