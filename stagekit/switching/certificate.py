"""The certificate of a stage at its host: how it stands, and who signed it."""

from __future__ import annotations

from stagekit.compose import Model
from stagekit.doors.engine import EngineDoor
from stagekit.stage import Observation
from stagekit.stage.certificate import AUTHORITY, STATUS, CertificateStatus, keeper_of, read_status


def certificate_of(engine: EngineDoor, model: Model, seen: Observation) -> CertificateStatus | None:
    """How it stands; None where nobody keeps one, or has told yet."""
    return read_status(_file(engine, keeper_of(model, seen), STATUS))


def authority_of(engine: EngineDoor, model: Model, seen: Observation) -> str:
    """The certificate of the stage's own authority, as PEM; empty where it has none."""
    return _file(engine, keeper_of(model, seen), AUTHORITY)


def _file(engine: EngineDoor, container: str, path: str) -> str:
    try:
        return engine.get(container, path).decode() if container else ""
    except FileNotFoundError:
        return ""
