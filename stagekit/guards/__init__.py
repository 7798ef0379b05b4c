"""Guards: what must never reach a stage. They fail closed and run before anything starts."""

from stagekit.guards.check import CHECKS, check
from stagekit.guards.named import Given, Named, from_settings
from stagekit.guards.refusal import Refusal, refuse

__all__ = ["CHECKS", "Given", "Named", "Refusal", "check", "from_settings", "refuse"]
