"""The settings of the keeper, from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

Mode = Literal["own", "files", "acme"]
MODES = ("own", "files", "acme")
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


@dataclass(frozen=True)
class Settings:
    """What certificates are wanted.

    names   every host name that the certificate shall have
    first   seconds before a failed order is tried again; each further failure doubles them
    """

    mode: Mode
    names: tuple[str, ...]
    acme_url: str = LETS_ENCRYPT
    acme_email: str = ""
    acme_ca: str = ""
    first: float = 300.0
    data: Path = Path("/data")
    trust: Path = Path("/trust")
    edge: Path = Path("/edge")
    given: Path = Path("/run/secrets/tls-certificate")


def read(environ: Mapping[str, str]) -> Settings:
    """The settings. Raises ValueError that names the variable."""
    mode, domain, names = (environ.get(key, "") for key in ("MODE", "DOMAIN", "NAMES"))
    if mode not in MODES:
        raise ValueError(f"MODE is {mode!r}; one of {', '.join(MODES)}")
    if not domain or not names.split():
        raise ValueError("DOMAIN and NAMES say for which hosts the certificate is")
    return Settings(
        mode=cast("Mode", mode),
        names=tuple(f"{name}.{domain}" for name in names.split()),
        acme_url=environ.get("ACME_URL") or LETS_ENCRYPT,
        acme_email=environ.get("ACME_EMAIL", ""),
        # One line in a settings file: its ends of lines are written as \n.
        acme_ca=environ.get("ACME_CA", "").replace("\\n", "\n"),
        first=float(environ.get("RETRY_SECONDS") or 300),
    )
