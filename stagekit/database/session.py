"""One session of psql in the container of the stage's Postgres, beside one that asks clients to leave.

Both run there: nothing travels, and a deployer that is killed leaves them to their end.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stagekit.compose.block import Database
from stagekit.database import sql
from stagekit.doors.engine import EngineDoor

PATIENCE = 3600  # seconds; another one's reset is waited for
ADMIN = ("postgres", "template1")  # databases to connect to: the second where the first is the app's own

# MARK USER ADMIN SPARE SQL EVICT [-v NAME=VALUE …]. The other session is waited for. Where this shell is killed, the
# first process of the container inherits it: Postgres, for which an end with more than 1 is a crash of one of its own.
# What is left of the disk is told as `free`.
RUN = """
mark=$1 user=$2 admin=$3 spare=$4 text=$5 evict=$6
shift 6
[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
export PGPASSWORD="${POSTGRES_PASSWORD:-}" PGCLIENTENCODING=UTF8 PGTZ=UTC
export PGOPTIONS="-c statement_timeout=0 -c lock_timeout=0 -c client_min_messages=error
 -c default_transaction_read_only=off -c synchronous_commit=on"
left=$(df -Pk "${PGDATA:-/}" | { read -r _; read -r _ _ _ kb _; echo "$kb"; })
ask() {
    psql -X -q -A -t -w -v ON_ERROR_STOP=1 -v mark="$mark" -v free="$((left - spare))" -U "$user" -d "$admin" "$@" ||
        return 1
}
[ -z "$evict" ] || (printf '%s' "$evict" | PGAPPNAME=stagekit ask >/dev/null 2>&1) &
printf '%s' "$text" | PGAPPNAME=$mark ask "$@"
code=$?
[ "$code" != 0 ] || echo whole
wait
exit "$code"
"""


@dataclass(frozen=True)
class Answer:
    """What a text of SQL said. `whole` is whether it came to its end; `words` are its lines."""

    whole: bool
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it, for evidence."""
        return "\n".join(self.words)


@dataclass(frozen=True)
class Session:
    """Runs texts of stagekit.database.sql, each in a session of its own.

    engine     one that waits as long as it takes
    container  that of Postgres
    spare      kB of disk that are left free
    """

    engine: EngineDoor
    container: str
    database: Database
    spare: int
    mark: Callable[[], str] = lambda: f"stagekit-{secrets.token_hex(8)}"

    def run(self, text: str, values: Mapping[str, str]) -> Answer:
        """Runs a text with these values for its names."""
        admin = ADMIN[self.database.name == ADMIN[0]]
        evict = sql.EVICT if sql.LEAVE in text else ""
        given = [word for name, value in values.items() for word in ("-v", f"{name}={value}")]
        words = [
            "sh",
            "-c",
            RUN,
            "stagekit",
            self.mark(),
            self.database.user,
            admin,
            str(self.spare),
            text,
            evict,
            *given,
        ]
        code, said = self.engine.exec(self.container, words)
        lines = tuple(line for line in said.splitlines() if line.strip())
        whole = code == 0 and lines[-1:] == ("whole",)
        return Answer(whole, lines[:-1] if whole else lines)
