"""The Compose definition, parsed: values only, nothing is asked of the world."""

from stagekit.compose.block import Block
from stagekit.compose.draft import draft
from stagekit.compose.model import Build, Dependency, Model, Mount, Port, Service
from stagekit.compose.parse import parse
from stagekit.compose.place import Place, check_syntax, locate, refused

__all__ = [
    "Block",
    "Build",
    "Dependency",
    "Model",
    "Mount",
    "Place",
    "Port",
    "Service",
    "check_syntax",
    "draft",
    "locate",
    "parse",
    "refused",
]
