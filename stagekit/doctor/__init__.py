"""The doctor: what of this machine and this project keeps a stage from being trusted, each with its fix."""

from stagekit.doctor.examine import examine_guards, examine_machine, examine_project
from stagekit.doctor.facts import CaFacts, EngineFacts, MachineFacts, PortFacts, ProjectFacts
from stagekit.doctor.finding import Finding, Level

__all__ = [
    "CaFacts",
    "EngineFacts",
    "Finding",
    "Level",
    "MachineFacts",
    "PortFacts",
    "ProjectFacts",
    "examine_guards",
    "examine_machine",
    "examine_project",
]
