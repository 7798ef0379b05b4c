"""What squawk says of migrations, and which of it matters while old and new code run on one schema.

Its rules: https://squawkhq.com/docs/rules. Of those about style none is shown.
"""

from __future__ import annotations

import json

from stagekit.database.schema import Finding

# Code that was written before the change asks for what is gone, or writes what is refused from now on.
BREAKING = frozenset(
    {
        "adding-not-nullable-field",
        "adding-required-field",
        "ban-drop-column",
        "ban-drop-database",
        "ban-drop-default",
        "ban-drop-function",
        "ban-drop-schema",
        "ban-drop-table",
        "ban-drop-type",
        "ban-drop-view",
        "ban-set-schema",
        "ban-truncate-cascade",
        "changing-column-type",
        "renaming-column",
        "renaming-object",
        "renaming-table",
    }
)
# It waits for the change and then goes on; on a large table that is long. Or it breaks only what it should not do.
HINTS = frozenset(
    {
        "adding-field-with-default",
        "adding-foreign-key-constraint",
        "adding-primary-key-constraint",
        "adding-serial-primary-key-field",
        "ban-concurrent-index-creation-in-transaction",
        "ban-drop-not-null",
        "constraint-missing-not-valid",
        "disallowed-unique-constraint",
        "require-concurrent-index-creation",
        "require-concurrent-index-deletion",
    }
)
UNREADABLE = "syntax-error"


def findings_of(said: str) -> tuple[Finding, ...] | None:
    """What squawk's JSON says that matters here; None where it could not read the SQL, or said something else."""
    try:
        document = json.loads(said)
        rows = [(str(row["rule_name"]), str(row["message"]), int(row["line"])) for row in document]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(document, list) or any(rule == UNREADABLE for rule, _, _ in rows):
        return None
    wanted = BREAKING | HINTS
    return tuple(Finding(rule, text, line + 1, rule in BREAKING) for rule, text, line in rows if rule in wanted)
