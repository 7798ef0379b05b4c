"""The Docker engine: which one a command uses, and one of stagekit's own for a machine without Docker.

Only the standard library is used here, and little of it is imported before it is needed.
"""

from stagekit.bootstrap.base_image import BASE_IMAGE, ensure_base_image
from stagekit.bootstrap.ensure import ensure_engine
from stagekit.bootstrap.find import Engine, find_engine

__all__ = ["BASE_IMAGE", "Engine", "ensure_base_image", "ensure_engine", "find_engine"]
