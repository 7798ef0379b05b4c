"""stagekit: one Compose definition, from a laptop to a shared staging host."""

__version__ = "0.1.0"
