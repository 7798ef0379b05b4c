"""The environment that sends a one-shot to another database of the same Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from stagekit.compose import Service
from stagekit.errors import DatabaseError


def sent_to(service: Service, variable: str, name: str) -> Mapping[str, str]:
    """What differs in a service's environment so that it means the database of this name. Raises DatabaseError.

    variable  holds a URL, or the database's bare name
    """
    value = dict(service.environment).get(variable, "")
    if not value:
        raise DatabaseError(
            f"{service.name} has no {variable} in its environment, so it cannot be sent to another database",
            evidence=[("wanted for", "the seed's template: it is made beside the stage's database")],
            next="set `database: {variable: …}` in x-stagekit to the variable that names its database",
            slug="database-variable",
        )
    if "://" not in value:
        return {variable: name}
    parts = urlsplit(value)
    return {variable: urlunsplit(parts._replace(path="/" + quote(name, safe="")))}
