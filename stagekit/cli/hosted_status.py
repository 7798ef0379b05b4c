"""The status of a stage at its host: the records there, its containers, and how far the checkout has gone on."""

from __future__ import annotations

from datetime import UTC, datetime

from stagekit.cli.hosted import Hosted
from stagekit.cli.people import people_of
from stagekit.cli.place import Place
from stagekit.compose import Model
from stagekit.release import Release
from stagekit.report.hosted import hosted_text
from stagekit.report.status import AsleepStatus, ClaimStatus, HostedStatus, SwitchStatus, status_of
from stagekit.report.text import Person
from stagekit.stage import judge, observe, stage_state
from stagekit.switching import asleep, claims
from stagekit.switching.certificate import certificate_of
from stagekit.switching.releases import Journal, Ledger


def hosted_status(at: Hosted, *, as_json: bool) -> tuple[str, bool]:
    """What `status` prints, and whether the stage is healthy."""
    ledger = at.ledger()
    release = at.shown(ledger)
    looked = at.look(release)
    model = looked.model
    references = {service.image for service in model.services.values()} if as_json else ()
    observation = observe(at.door, model.project, references)
    states = judge(model, observation, {c.id: c.restarts for c in observation.containers})
    certificate = certificate_of(at.door, model, observation)
    known = _known(at, ledger, release).model_copy(update={"certificate": certificate})
    people = _people(at.place, model)
    stage, address = at.place.settings.stage, at.place.address
    healthy = stage_state(states) == "healthy"
    if not as_json:
        now = datetime.now(UTC)
        return hosted_text(stage, release.name, known, model, states, address, people, now), healthy
    identities = {image.name: image.identity for image in release.images.values()}
    found = status_of(
        stage, release.name, model, observation, states, address, people, hosted=known, identities=identities
    )
    return found.model_dump_json(indent=2), healthy


def _known(at: Hosted, ledger: Ledger, release: Release) -> HostedStatus:
    behind, branch = at.place.checkout.behind(release.revision)
    claim, sleeps = claims.read(at.folder), asleep.read(at.folder)
    return HostedStatus(
        number=ledger.serving,
        by=release.by,
        at=release.at,
        behind=behind if branch else None,
        branch=branch,
        switch=_switch(at, ledger.journal),
        claim=ClaimStatus(by=claim.by, why=claim.why, until=claim.until) if claim else None,
        asleep=AsleepStatus(by=sleeps.by, at=sleeps.at) if sleeps else None,
    )


def _switch(at: Hosted, journal: Journal | None) -> SwitchStatus | None:
    if journal is None:
        return None
    return SwitchStatus(
        to=journal.release.name,
        step=journal.step,
        by=journal.by,
        at=journal.at,
        cut_off=not at.folder.is_locked(),
    )


def _people(place: Place, model: Model) -> list[Person]:
    """The test users, where this checkout still has the file that the release names."""
    file = model.block.people.file if model.block.people else ""
    return people_of(place, model) if file and place.checkout.read(file) else []
