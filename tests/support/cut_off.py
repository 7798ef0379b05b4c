"""What the tests that cut a verb off at the data share: how it is before, and what the next command makes of it."""

from __future__ import annotations

from tests.support.seeded import SEEDED, Seeded

FILE = "point.dump"
MANY = 300  # the scale of a seed that takes a moment
VERBS = {
    "seed": ("seed", "--scale", str(MANY), "--yes"),
    "reset": ("reset",),
    "template": ("reset",),
    "snapshot": ("snapshot", "point"),
    "restore": ("restore", "point", "--confirm", "local"),
    "file": ("restore", "--from", FILE, "--confirm", "local"),
}


def prepare(data: Seeded, verb: str) -> tuple[list[str], list[str]]:
    """The database before the verb, and after it."""
    data.write("a person's")
    if verb == "template":
        data.rows("update stagekit_seed.layers set wanted = 'of an older seed' returning 1")
    if verb in ("restore", "file"):
        data.done("snapshot", *(["point"] if verb == "restore" else ["--to", FILE]))
        data.write("later", 1_000_001)
    old = data.notes()
    kept = [*SEEDED, "a person's"]
    many = [f"seed one {n}" for n in range(1, 100 * MANY + 1)]
    return old, {"snapshot": old, "restore": kept, "file": kept, "seed": many}.get(verb, SEEDED)


def finish(data: Seeded, verb: str, old: list[str], new: list[str]) -> None:
    """The next command ends well, and nothing of the one that was cut off is left."""
    if verb == "snapshot":
        again = data.stagekit("snapshot", "point")
        assert again.returncode == 0 or "[snapshot-name]" in again.stderr, again.stdout + again.stderr
        data.rows("delete from notes returning 1")
        data.done("restore", "point", "--confirm", "local")
    else:
        data.done(*VERBS[verb])
    assert data.notes() == new
    assert not {"new", "old"} & data.databases()
    if verb == "seed":
        data.done("seed", "--scale", "1", "--yes")
    assert "from-file-" not in data.done("snapshots")
    assert data.docker("ps", "--all", "--quiet", "--filter", f"name={data.project}-stagekit-") == ""
