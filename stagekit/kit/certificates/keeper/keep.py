"""What is done about the certificate at one moment. Called again and again; each may be the last one before a crash."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from keeper import acme, authority
from keeper.certificate import Certificate, Refused, now_utc, read, usable
from keeper.edge import Edge, EdgeRefused
from keeper.settings import Settings

MOST = 6 * 3600.0  # seconds between two tries, at most
STATUS = "status.json"


@dataclass(frozen=True)
class Status:
    """What is told to people; times are UTC, ISO 8601, or empty.

    problem  what is wrong, and what goes on serving if anything does
    again    when it is tried again
    """

    mode: str
    names: tuple[str, ...]
    issuer: str = ""
    begins: str = ""
    ends: str = ""
    problem: str = ""
    again: str = ""


@dataclass
class Keeper:
    """Keeps the certificate of one stage.

    say    a line of the log
    clock  the time, in UTC
    order  gets one by ACME; raises Refused
    """

    settings: Settings
    edge: Edge
    say: Callable[[str], None]
    clock: Callable[[], datetime] = now_utc
    order: Callable[[Settings], str] = acme.order
    early: bool = field(default=False, init=False)  # there is a certificate, and no edge yet that could be told
    _failures: int = field(default=0, init=False)
    _again: datetime | None = field(default=None, init=False)
    _problem: str = field(default="", init=False)
    _taken: bool = field(default=False, init=False)

    def once(self) -> Status:
        """Does what is due, and writes down how it stands."""
        now = self.clock()
        self._prepare_trust(now)
        serving = self._serving()
        if self._is_due(serving, now):
            serving = self._get(serving, now)
        elif serving and self.settings.mode != "files" and not self._wants_another(serving, now):
            self._problem, self._again, self._failures = "", None, 0
        self._tell_edge(serving)
        found = self._status(serving, self.clock())
        _write(self.settings, STATUS, json.dumps(asdict(found)))
        return found

    def _prepare_trust(self, now: datetime) -> None:
        """What programs of the stage trust: the public roots, and the stage's own authority where it has one."""
        import certifi

        own = {"own": lambda: authority.public_part(self._authority(now)), "acme": lambda: self.settings.acme_ca}
        private = own.get(self.settings.mode, str)()
        roots = Path(certifi.where()).read_text(encoding="utf-8")
        for name, text in (("ca.pem", private), ("bundle.pem", roots + private)):
            file = self.settings.trust / name
            if not file.is_file() or file.read_text(encoding="utf-8") != text:
                new = file.with_name(f".{name}.new")
                new.write_text(text, encoding="utf-8")
                new.chmod(0o644)
                new.replace(file)

    def _is_due(self, serving: Certificate | None, now: datetime) -> bool:
        # A time that lies further away was written down while the clock was wrong.
        if self._again and now < self._again <= now + timedelta(seconds=MOST):
            return False
        if self.settings.mode == "files":
            return not self._taken
        if self.settings.mode == "acme" and self.edge.serves() is None:
            return False  # nobody would lead the authority's questions here
        return serving is None or self._wants_another(serving, now)

    def _wants_another(self, serving: Certificate, now: datetime) -> bool:
        return serving.due(now) or bool(serving.problem(self.settings.names, now))

    def _get(self, serving: Certificate | None, now: datetime) -> Certificate | None:
        try:
            pem = self._new(now)
            found = usable(pem, self.settings.names, self.clock())  # an order took its time
        except Refused as refused:
            self._fail(str(refused), now)
            return serving
        self._failures, self._again, self._problem, self._taken = 0, None, "", True
        if serving is None or found.serial != serving.serial:
            self.edge.keep(found.pem)
            self.say(
                f"a certificate by {found.issuer} for {', '.join(self.settings.names)}, until {found.ends:%Y-%m-%d}"
            )
        return found

    def _new(self, now: datetime) -> str:
        match self.settings.mode:
            case "own":
                return authority.sign(self._authority(now), self.settings.names, now)
            case "acme":
                return self.order(self.settings)
            case "files":
                if not self.settings.given.is_file():
                    raise Refused("no certificate was given: the secret tls-certificate has it")
                return self.settings.given.read_text(encoding="utf-8")

    def _fail(self, problem: str, now: datetime) -> None:
        wait = min(self.settings.first * 2**self._failures, MOST)
        self._failures += 1
        self._again = now + timedelta(seconds=wait)
        self._problem = problem
        self.say(f"{problem}; again in {wait:.0f} s")

    def _authority(self, now: datetime) -> str:
        file = self.settings.data / "authority.pem"
        if not file.is_file():
            domain = self.settings.names[0].partition(".")[2]
            _write(self.settings, file.name, authority.make(domain, now), mode=0o600)
            self.say(f"the stage has an authority of its own now, for names below {domain}")
        return file.read_text(encoding="utf-8")

    def _serving(self) -> Certificate | None:
        kept = self.edge.kept()
        try:
            return read(kept) if kept else None
        except Refused as refused:
            self.say(f"what the edge has is no certificate: {refused}")
            return None

    def _tell_edge(self, serving: Certificate | None) -> None:
        """Brings the running edge to what it would read at its start."""
        found = self.edge.serves() if serving else None
        self.early = serving is not None and found is None
        if serving is None or found in (None, serving.serial):
            return
        try:
            self.edge.offer(serving.pem)
            self.say("the edge serves it")
        except (EdgeRefused, OSError) as refused:
            self.say(f"the edge does not take the certificate: {refused}")

    def _status(self, serving: Certificate | None, now: datetime) -> Status:
        problem = self._problem
        if serving and not problem:
            problem = serving.problem(self.settings.names, now)
        if problem and serving and not serving.problem(self.settings.names, now):
            problem += f"; the one until {serving.ends:%Y-%m-%d} goes on serving"
        return Status(
            mode=self.settings.mode,
            names=self.settings.names,
            issuer=serving.issuer if serving else "",
            begins=_iso(serving.begins) if serving else "",
            ends=_iso(serving.ends) if serving else "",
            problem=problem,
            again=_iso(self._again) if self._again else "",
        )


def is_well(status: Status) -> str:
    """Why a container with this status is not ready; empty where it is.

    What is made here or given must be right; an order that is refused changes nothing where a certificate serves.
    """
    if status.mode == "acme" and status.ends:
        return ""
    return status.problem or ("" if status.ends else "there is no certificate yet")


def _write(settings: Settings, name: str, text: str, mode: int = 0o644) -> None:
    new = settings.data / f".{name}.{os.getpid()}"
    new.touch(mode=mode)
    new.write_text(text, encoding="utf-8")
    new.replace(settings.data / name)


def _iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
