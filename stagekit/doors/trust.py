"""Where this machine keeps the authorities that it trusts: the system's store, and Chromium's."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from stagekit.doors.local import Processes

SYSTEM = Path("/usr/local/share/ca-certificates")
UPDATE = "update-ca-certificates"


@dataclass(frozen=True)
class Stores:
    """One authority in every store that can be told of it.

    name  what it is called there
    """

    name: str
    processes: Processes = field(default_factory=Processes)
    home: Path = field(default_factory=Path.home)
    system: Path = SYSTEM

    def add(self, certificate: Path) -> list[str]:
        """Trusts it; a line for each store that does now. Raises StagekitError where one fails."""
        told = []
        if self._is_system():
            shutil.copyfile(certificate, self._in_system())
            self.processes.run([UPDATE], check=True)
            told.append("trusted by the system")
        if shutil.which("certutil"):
            self._open_browsers()
            words = ["-A", "-t", "C,,", "-n", self.name, "-i", str(certificate)]
            self.processes.run(["certutil", "-d", self._browsers(), *words], check=True)
            told.append("trusted by Chromium and its like, once they are started again")
        return told

    def remove(self) -> list[str]:
        """Trusts it no more; a line for each store that had it."""
        told = []
        if self._is_system() and self._in_system().is_file():
            self._in_system().unlink()
            self.processes.run([UPDATE, "--fresh"], check=True)
            told.append("the system trusts it no more")
        if shutil.which("certutil"):
            words = ["certutil", "-d", self._browsers(), "-D", "-n", self.name]
            told += ["Chromium and its like trust it no more"] if self.processes.run(words).ok else []
        return told

    def _is_system(self) -> bool:
        return os.geteuid() == 0 and self.system.is_dir() and shutil.which(UPDATE) is not None

    def _in_system(self) -> Path:
        return self.system / f"{self.name}.crt"

    def _browsers(self) -> str:
        return f"sql:{self.home / '.pki' / 'nssdb'}"

    def _open_browsers(self) -> None:
        folder = self.home / ".pki" / "nssdb"
        if not (folder / "cert9.db").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            self.processes.run(["certutil", "-d", self._browsers(), "-N", "--empty-password"], check=True)
