"""One stage: its names and addresses, what is observed of it, and what that means."""

from stagekit.stage.address import Address, choose_port, hosted_project, preferred_port, project_name, urls
from stagekit.stage.health import ServiceHealth, StageState, is_ready, judge, roots, stage_state
from stagekit.stage.observation import Container, Identity, Observation, Probe
from stagekit.stage.observe import observe

__all__ = [
    "Address",
    "Container",
    "Identity",
    "Observation",
    "Probe",
    "ServiceHealth",
    "StageState",
    "choose_port",
    "hosted_project",
    "is_ready",
    "judge",
    "observe",
    "preferred_port",
    "project_name",
    "roots",
    "stage_state",
    "urls",
]
