"""Where a host keeps what is known of its stages: plain files in the home of the user that deploys."""

from __future__ import annotations

ROOT = ".local/state/stagekit"


def folder_of(project: str) -> str:
    """The folder of a project's stages, from the user's home, where every program at the host starts."""
    return f"{ROOT}/{project}"
