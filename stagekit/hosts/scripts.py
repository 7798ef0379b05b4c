"""The scripts that run at a host. They are plain shell in stagekit/kit/host; values are handed in as variables."""

from __future__ import annotations

import shlex
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "kit" / "host"

# As root where that is possible without a question, else as who one is.
RUN = """
if [ "$(id -u)" = 0 ]; then exec sh -s
elif sudo -n true 2>/dev/null; then exec sudo -n --preserve-env=SSH_CONNECTION sh -s
else exec sh -s; fi
"""
# The words that run a script, given as input.
WORDS = ("sh", "-c", RUN)


def text_of(name: str) -> str:
    """A file of stagekit/kit/host, without its last line's end."""
    return (SCRIPTS / name).read_text(encoding="utf-8").rstrip("\n")


def script(*names: str, **values: str) -> str:
    """These scripts as one, which ends at the first command that fails. `values` are its variables."""
    given = [f"{key}={shlex.quote(value)}" for key, value in values.items()]
    return "\n".join([text_of("common.sh"), *given, *(text_of(f"{name}.sh") for name in names), ""])


def question(deploy: str, *, refresh: bool = False) -> str:
    """The script that asks for everything; `parse_facts` reads its answer.

    deploy   name of the deploy user
    refresh  whether a machine without Docker fetches its lists of packages, so that it knows what it could have
    """
    return f"DEPLOY={shlex.quote(deploy)} REFRESH={'yes' if refresh else ''}\n{text_of('ask.sh')}\n"
