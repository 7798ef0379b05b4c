"""What `destroy` takes away, in words."""

from __future__ import annotations

from stagekit.doors.belongings import Belongings


def destroys_text(stage: str, found: Belongings) -> str:
    """What would go, volumes by name: they hold the data."""
    lines = [f"{stage}: {_counts(found)}, and its records would be taken away"]
    lines += [f"  {name}" for name in found.volumes]
    return "\n".join([*lines, "its data is lost with them; a copy: stagekit snapshot --to FILE"])


def destroyed_text(stage: str, found: Belongings) -> str:
    """What went."""
    return f"{stage}: destroyed: {_counts(found)}, and its records"


def _counts(found: Belongings) -> str:
    kinds = {
        "container": found.containers,
        "network": found.networks,
        "volume": found.volumes,
        "image": found.images,
    }
    return ", ".join(f"{len(names)} {kind}{'' if len(names) == 1 else 's'}" for kind, names in kinds.items())
