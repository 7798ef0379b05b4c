"""The password of a shared stage, as its edge knows it: stagekit/kit/edge/install.sh works the same out."""

from __future__ import annotations

import hashlib

from stagekit.compose import Model
from stagekit.secret import Secret

SECRET = "stage-password"
FILE = f"/run/secrets/{SECRET}"
COOKIE = "stagekit"
PASS = "X-Stagekit-Pass"  # smoke checks name the word of their switch in it


def has_password(model: Model) -> bool:
    """Whether a release's definition hands the password to a service: the one that lays the edge's files."""
    return any(mount.target == FILE for service in model.services.values() for mount in service.mounts)


def session_of(password: Secret) -> Secret:
    """What the cookie of those holds who gave the password; another password makes it worthless."""
    return Secret(hashlib.sha256(f"stagekit session\n{password.reveal()}".encode()).hexdigest())


def cookie_of(password: Secret) -> dict[str, str]:
    """The header of a request from somebody who gave it."""
    return {"Cookie": f"{COOKIE}={session_of(password).reveal()}"}
