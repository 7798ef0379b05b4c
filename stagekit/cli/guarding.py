"""The guards of a verb: what of a stage is judged before anything starts."""

from __future__ import annotations

from collections.abc import Mapping

from stagekit.cli.place import Place, drafted, sources_of, variables
from stagekit.compose import Model, parse
from stagekit.doors.machine import environment
from stagekit.errors import StagekitError
from stagekit.guards import Given, Named, Refusal, check, from_settings, refuse
from stagekit.images.drop_ins import VARIABLES
from stagekit.release import Release
from stagekit.secret import Secret
from stagekit.settings import Source


def guard(place: Place, model: Model | None = None, secrets: Mapping[str, Secret] | None = None) -> None:
    """Raises GuardError that names every refusal at once.

    secrets  values that are, or may be, given to the stage, by name
    model    what Compose rendered; without it, settings are judged alone, before any engine is asked, and where they
             are refused, the error names too what the files as they are written would be refused for
    """
    given = given_to(place, secrets)
    refusals = check(model, given)
    if refusals and model is None:
        refusals = _with_draft(place, given) or refusals
    refuse(refusals)


def guard_release(release: Release) -> None:
    """Raises GuardError where the definition of a release, by the lists that it has itself, must not run again.

    What this checkout or its environment has is no matter: a way back must not depend on them. Mail hosts were judged
    when it was promoted: a delivered image has a name that does not tell whether it is a sandbox.
    """
    refusals = check(parse(release.model, directory="", files=(), sources={}), Given())
    refuse([refusal for refusal in refusals if refusal.slug != "mail-host"])


def given_to(place: Place, secrets: Mapping[str, Secret] | None = None) -> Given:
    """What guards judge besides the model: settings, secrets, the environment, and what the Compose files demand."""
    own = {key: value for source in reversed(place.sources) for key, value in source.values.items()}
    return Given(
        values=[
            *(named for source in place.sources for named in from_settings(source)),
            *(Named(name, value, "the secret that you hold") for name, value in (secrets or {}).items()),
        ],
        environment=from_settings(Source("environment", environment(), {})),
        variables={**_undecided(place), **own, **variables(place), **environment()},
        sources=sources_of(place),
        file=f".env.{place.settings.stage}",
    )


def _undecided(place: Place) -> dict[str, str]:
    """What names the images that builds stand on, where no `up` has decided about them yet."""
    return {} if place.images else dict(VARIABLES)


def _with_draft(place: Place, given: Given) -> list[Refusal]:
    try:
        return check(drafted(place), given)
    except StagekitError:
        return []  # the files cannot be read; that is told once the settings are well
