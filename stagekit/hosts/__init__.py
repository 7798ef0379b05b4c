"""A host: a machine with sshd and Docker that a remote stage runs on."""

from stagekit.hosts.target import Target, parse_target
from stagekit.hosts.trouble import Hop, explain

__all__ = ["Hop", "Target", "explain", "parse_target"]
