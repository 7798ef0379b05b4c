"""`status` of a stage at a host, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from stagekit.compose import Model
from stagekit.release.claim import Claim
from stagekit.report.ages import ago
from stagekit.report.status import HostedStatus, SwitchStatus
from stagekit.report.text import Person, address_lines, password_lines, service_lines
from stagekit.stage import Address, ServiceHealth, StageState, stage_state, urls
from stagekit.stage.certificate import CertificateStatus


def hosted_text(
    stage: str,
    release: str,
    hosted: HostedStatus,
    model: Model,
    states: Mapping[str, ServiceHealth],
    address: Address,
    people: Sequence[Person],
    now: datetime,
) -> str:
    """The stage in one line, what goes on there, its services, its certificate, its addresses."""
    state = stage_state(states)
    lines = [_first(stage, state, release, hosted, model, address, now), *_going_on(hosted, now), ""]
    lines += service_lines(model, states)
    if hosted.certificate:
        lines += ["", *certificate_lines(hosted.certificate)]
    if state != "stopped":
        lines += ["", *address_lines(model, address, people), *password_lines(model, stage)]
    if following := _next(stage, state, hosted):
        lines += ["", f"next: {following}"]
    return "\n".join(lines)


def certificate_lines(found: CertificateStatus) -> list[str]:
    """`certificate  by R11 (acme) for app.… and 5 more, until 2027-02-22`, and what is wrong with it."""
    more = f" and {len(found.names) - 1} more" if len(found.names) > 1 else ""
    whose = f"{found.names[0]}{more}" if found.names else "no name"
    lines = [f"  certificate  by {found.issuer} ({found.mode}) for {whose}, until {found.ends[:10]}"]
    if not found.ends:
        lines = [f"  certificate  none yet ({found.mode}) for {whose}: https answers nobody"]
    if found.problem:
        lines.append(f"  ✗ {found.problem}{f'; again at {found.again}' if found.again else ''}")
    return lines


def _first(
    stage: str, state: StageState, release: str, hosted: HostedStatus, model: Model, address: Address, now: datetime
) -> str:
    """`staging: healthy, a1b2c3 by ana 2 h ago, 3 commits behind develop, https://app.…`."""
    found = urls(model, address)
    where = found.get("app") or next(iter(found.values()), "")
    serves = f"{release} by {hosted.by} {ago(hosted.at, now)}"
    who = serves if hosted.number else f"no release yet, {release} on its way"
    parts = [_word(state, hosted), who, _behind(hosted), where if state != "stopped" else ""]
    return f"{stage}: {', '.join(part for part in parts if part)}"


def _word(state: StageState, hosted: HostedStatus) -> str:
    return "asleep" if hosted.asleep and state == "stopped" else state


def _behind(hosted: HostedStatus) -> str:
    if not hosted.behind:
        return ""
    return f"{hosted.behind} commit{'' if hosted.behind == 1 else 's'} behind {hosted.branch}"


def _going_on(hosted: HostedStatus, now: datetime) -> list[str]:
    lines = [_switch(hosted.switch, now)] if hosted.switch else []
    if hosted.asleep:
        lines.append(f"stopped by {hosted.asleep.by} {ago(hosted.asleep.at, now)}; its data is kept")
    if hosted.claim:
        lines.append(Claim(by=hosted.claim.by, why=hosted.claim.why, until=hosted.claim.until).words())
    return lines


def _switch(switch: SwitchStatus, now: datetime) -> str:
    state = "was cut off" if switch.cut_off else "is under way"
    return f"a switch to {switch.to} by {switch.by} {state}, at {switch.step}, {ago(switch.at, now)}"


def _next(stage: str, state: StageState, hosted: HostedStatus) -> str:
    if hosted.switch and hosted.switch.cut_off:
        return f"the next command heals it: stagekit promote --stage {stage}, or stagekit rollback --stage {stage}"
    if hosted.asleep:
        return f"wake it: stagekit start --stage {stage}"
    if hosted.switch or state in ("healthy", "starting"):
        return ""
    return f"`stagekit logs --stage {stage} SERVICE` says why; `stagekit promote --stage {stage}` mends what is missing"
