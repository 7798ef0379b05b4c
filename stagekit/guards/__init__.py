"""Guards: what must never reach a stage. They fail closed and run before anything starts."""

from stagekit.guards.live_keys import refuse_live_keys

__all__ = ["refuse_live_keys"]
