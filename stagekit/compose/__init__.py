"""The Compose definition, parsed: values only, nothing is asked of the world."""

from stagekit.compose.block import Block, Guards
from stagekit.compose.draft import draft
from stagekit.compose.model import Build, Dependency, Model, Mount, Port, Service, Text
from stagekit.compose.parse import parse
from stagekit.compose.place import Place, check_syntax, exact, locate, refused, texts

__all__ = [
    "Block",
    "Build",
    "Dependency",
    "Guards",
    "Model",
    "Mount",
    "Place",
    "Port",
    "Service",
    "Text",
    "check_syntax",
    "draft",
    "exact",
    "locate",
    "parse",
    "refused",
    "texts",
]
