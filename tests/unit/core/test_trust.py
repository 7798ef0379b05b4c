"""What `stagekit trust` does to the stores of a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stagekit.doors import trust
from stagekit.doors.local import Processes, Result
from stagekit.doors.trust import Stores


@dataclass
class Said(Processes):
    """Programs that do nothing, and note what they were told."""

    code: int = 0
    told: list[list[str]] = field(default_factory=list)

    def run(self, words: Sequence[str], **_: Any) -> Result:
        self.told.append(list(words))
        return Result(self.code, "", "")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    file = tmp_path / "ca.crt"
    file.write_text("a certificate")
    return file


def stores(tmp_path: Path, said: Said) -> Stores:
    (tmp_path / "system").mkdir(exist_ok=True)
    return Stores("stagekit-shop-staging", said, home=tmp_path / "home", system=tmp_path / "system")


@pytest.mark.parametrize(
    ("programs", "root", "told"),
    [
        ((), True, []),
        (("update-ca-certificates",), False, []),
        (("update-ca-certificates",), True, ["trusted by the system"]),
        (("certutil",), False, ["trusted by Chromium and its like, once they are started again"]),
    ],
)
def test_each_store_that_can_be_told_is(
    tmp_path: Path,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    programs: tuple[str, ...],
    root: bool,
    told: list[str],
) -> None:
    monkeypatch.setattr(trust.shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(trust.os, "geteuid", lambda: 0 if root else 1000)
    said = Said()
    assert stores(tmp_path, said).add(certificate) == told
    assert (tmp_path / "system" / "stagekit-shop-staging.crt").is_file() == ("trusted by the system" in told)
    removed = stores(tmp_path, said).remove()
    assert len(removed) == len(told) and list((tmp_path / "system").iterdir()) == []
    if "certutil" in programs:
        database = f"sql:{tmp_path}/home/.pki/nssdb"
        assert [words[:4] for words in said.told] == [
            ["certutil", "-d", database, "-N"],
            ["certutil", "-d", database, "-A"],
            ["certutil", "-d", database, "-D"],
        ]
