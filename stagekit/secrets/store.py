"""The secrets of a stage at its host: a volume for each version, and a record of which there are.

Values go to the engine inside the connection and are never part of a command, an environment or a file of the deployer.
"""

from __future__ import annotations

import io
import secrets
import string
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from stagekit.doors.folder import HostFolder
from stagekit.doors.helper import HelperDoor, HelperFailed, Task
from stagekit.errors import SecretError
from stagekit.secret import Secret
from stagekit.secrets.mounts import FILE, volume_of
from stagekit.secrets.numbers import missing
from stagekit.secrets.versions import Version, Versions, fingerprint, read_versions
from stagekit.secrets.wanted import Wanted

RECORD = "secrets.json"
KEY = "secrets.key"  # what fingerprints are keyed with; it stays at the host
RANDOM = 32  # bytes
# What a generated value is made of: nothing that an address, a shell or a picky program reads as something else.
LETTERS = string.ascii_letters + string.digits
LENGTH = 43  # of them hold 256 bits


@dataclass
class SecretStore:
    """The secrets of one stage. Raises SecretError.

    who  who stores
    now  the time: UTC, ISO 8601
    """

    folder: HostFolder
    helper: HelperDoor
    project: str
    who: str
    now: Callable[[], str]
    _key: bytes = field(default=b"", init=False, repr=False)

    def versions(self) -> Versions:
        """Which there are."""
        return versions_in(self.folder.read(RECORD), self.folder.path)

    def make(self, wanted: Iterable[Wanted], held: Callable[[Wanted], Secret | None]) -> Versions:
        """Stores the next version of each: what is held, else a generated one. Returns all there are then."""
        found = self.versions()
        for one in wanted:
            value = held(one)
            if value is None and not one.rule.generate:
                raise missing([one])
            made = value or generated(one)
            found = self.add(one.name, made, found, generated=value is None)
        return found

    def add(self, name: str, value: Secret, known: Versions, *, generated: bool = False) -> Versions:
        """Stores a value as the next version of a secret; returns all there are then."""
        number = known.next_number(name)
        self._fill(volume_of(self.project, name, number), name, value)
        version = Version(
            number=number,
            fingerprint=self.fingerprint(name, value),
            at=self.now(),
            by=self.who,
            made="generated" if generated else "given",
        )
        found = known.adding(name, version)
        self.folder.write(RECORD, found.model_dump_json())
        return found

    def read(self, name: str, number: int) -> Secret:
        """The value of a version."""
        return value_at(self.helper, self.project, name, number)

    def fingerprint(self, name: str, value: Secret) -> str:
        """What the record would show for a value."""
        return fingerprint(self._fingerprint_key(), name, value)

    def value(self, name: str, number: int) -> Secret:
        """The value of a version, read from its volume."""
        volume = volume_of(self.project, name, number)
        try:
            with self.helper.empty_image() as image:
                task = Task(image, words=["never started"], volumes={volume: "/secret"})
                with self.helper.reading(task, f"/secret/{FILE}") as content:
                    return Secret(content.read().decode())
        except (HelperFailed, FileNotFoundError) as failed:
            raise _refused(name, failed) from None

    def revoke(self, name: str, numbers: Iterable[int], known: Versions) -> Versions:
        """Takes the values of these versions away for good. No container may have them."""
        gone = frozenset(numbers)
        found = known.revoking(name, gone)
        self.folder.write(RECORD, found.model_dump_json())
        self._remove(name, gone)
        return found

    def forget(self, named: Collection[tuple[str, int]], known: Versions) -> Versions:
        """Takes away the values of versions that no release names, but for the newest of each secret."""
        for name, versions in known.secrets.items():
            newest = known.newest(name)
            gone = [v.number for v in versions if not v.revoked and (name, v.number) not in named and v != newest]
            known = self.revoke(name, gone, known) if gone else known
        return known

    def _remove(self, name: str, numbers: Iterable[int]) -> None:
        for number in numbers:
            try:
                self.helper.remove_volume(volume_of(self.project, name, number))
            except HelperFailed as failed:
                raise _refused(name, failed) from None

    def _fill(self, volume: str, name: str, value: Secret) -> None:
        content = value.reveal().encode()
        try:
            # One that is there and in no record was being stored when something was cut off.
            self.helper.remove_volume(volume)
            self.helper.make_volume(volume, project=self.project)
            with self.helper.empty_image() as image:
                task = Task(image, words=["never started"], volumes={volume: "/secret"})
                self.helper.write(task, "/secret", FILE, io.BytesIO(content), len(content), mode=0o444)
        except HelperFailed as failed:
            raise _refused(name, failed) from None

    def _fingerprint_key(self) -> bytes:
        if not self._key:
            text = self.folder.read(KEY).get(KEY, "")
            if not text:
                text = secrets.token_hex(RANDOM)
                self.folder.write(KEY, text)
            self._key = bytes.fromhex(text.strip())
        return self._key


def generated(one: Wanted) -> Secret:
    """A new value: 256 random bits as letters and digits, after what the block says it begins with."""
    return Secret(one.rule.prefix + "".join(secrets.choice(LETTERS) for _ in range(LENGTH)))


def value_at(helper: HelperDoor, project: str, name: str, number: int) -> Secret:
    """The value of a version that a stage has. Raises SecretError."""
    try:
        with helper.empty_image() as image:
            task = Task(image, words=["never started"], volumes={volume_of(project, name, number): "/secret"})
            with helper.reading(task, f"/secret/{FILE}") as content:
                return Secret(content.read().decode())
    except HelperFailed as failed:
        raise _refused(name, failed) from None


def versions_in(texts: Mapping[str, str], folder: str) -> Versions:
    """The versions in what a folder holds; none where it has no record."""
    return read_versions(texts[RECORD], f"{folder}/{RECORD}") if RECORD in texts else Versions()


def _refused(name: str, failed: Exception) -> SecretError:
    return SecretError(
        f"the host's engine does not store or give the secret {name}",
        evidence=[("it says", str(failed)[:300])],
        next="look at its log there (journalctl -u docker), then type the same again",
        slug="secret-store",
    )
