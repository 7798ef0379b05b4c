from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hosts_fakes import BARE, HOST, LINE, WISH

from stagekit.errors import HostError
from stagekit.hosts.daemon import merged
from stagekit.hosts.facts import Account, HostFacts, Sshd
from stagekit.hosts.firewall import table
from stagekit.hosts.init import Wish, plan_init, sshd_text
from stagekit.hosts.keys import parse_key
from stagekit.hosts.step import step_lines


def _ids(facts: HostFacts) -> list[str]:
    return [step.id for step in plan_init(facts, WISH)]


def _refusal(facts: HostFacts) -> HostError:
    with pytest.raises(HostError) as refused:
        plan_init(facts, WISH)
    return refused.value


def _sshd(**other: object) -> Sshd:
    assert HOST.sshd
    return replace(HOST.sshd, **other)  # type: ignore[arg-type]


def test_a_bare_machine_gets_everything_and_what_could_lock_out_comes_last() -> None:
    assert _ids(BARE) == ["settings", "docker", "user", "upgrades", "sshd", "firewall"]


def test_a_stage_host_gets_nothing() -> None:
    assert _ids(HOST) == []


def test_only_what_could_lock_somebody_out_undoes_itself() -> None:
    assert [step.id for step in plan_init(BARE, WISH) if step.undo] == ["sshd", "firewall"]


def test_every_step_says_what_and_why() -> None:
    lines = step_lines(plan_init(BARE, WISH))
    assert all(", because " in line for line in lines)
    assert any("SHA256:" in line and "ana@laptop" in line for line in lines)


@pytest.mark.parametrize(
    ("facts", "steps"),
    [
        (replace(HOST, deploy=replace(HOST.deploy, in_docker=False)), ["user"]),
        (replace(HOST, deploy=replace(HOST.deploy, keys="")), ["user"]),
        (replace(HOST, upgrades="// other"), ["upgrades"]),
        (replace(HOST, upgrading=False), ["upgrades"]),
        (replace(HOST, filtering=False), ["firewall"]),
        (replace(HOST, firewall=table([2222])), ["firewall"]),
        (replace(HOST, port=2222), ["firewall"]),
        (replace(HOST, sshd=_sshd(password=True)), ["sshd"]),
        (replace(HOST, sshd=_sshd(keyboard=True)), ["sshd"]),
        (replace(HOST, sshd=_sshd(root="yes")), ["sshd"]),
        (replace(HOST, sshd=_sshd(alive=0)), ["sshd"]),
        (replace(HOST, sshd=_sshd(own="# older")), ["sshd"]),
        (replace(HOST, daemon=""), ["settings"]),
    ],
)
def test_only_what_differs_is_changed(facts: HostFacts, steps: list[str]) -> None:
    assert _ids(facts) == steps


def test_an_sshd_that_somebody_made_strict_is_left_alone() -> None:
    assert _ids(replace(HOST, sshd=_sshd(own="", alive=30, root="no"))) == []


def test_a_root_that_may_not_log_in_stays_so() -> None:
    assert "PermitRootLogin" not in sshd_text(_sshd(root="no"))
    assert "PermitRootLogin prohibit-password" in sshd_text(_sshd(root="yes"))


def test_who_came_in_by_password_gets_the_key_before_passwords_go() -> None:
    by_password = replace(BARE, login=Account("root", there=True))
    assert _ids(by_password)[-4:] == ["login", "upgrades", "sshd", "firewall"]
    assert "login" not in _ids(BARE)


def test_the_firewall_keeps_every_port_that_leads_to_sshd() -> None:
    plan = plan_init(replace(BARE, port=2222, sshd=replace(_sshd(password=True), ports=(22, 2200))), WISH)
    assert "let in 22, 80, 443, 2200, 2222 (TCP)" in plan[-1].what


def test_what_was_there_before_is_in_the_undo() -> None:
    plan = {step.id: step for step in plan_init(replace(HOST, firewall="table a", sshd=_sshd(own="# old")), WISH)}
    assert "BEFORE='table a'" in plan["firewall"].undo
    assert "BEFORE='# old'" in plan["sshd"].undo


@pytest.mark.parametrize("candidate", ["20.10.24+dfsg1-1+deb12u1", "24.0.7-0ubuntu4"])
def test_a_distribution_whose_docker_is_too_old_is_refused_before_anything_changes(candidate: str) -> None:
    error = _refusal(replace(BARE, system="Debian GNU/Linux 12 (bookworm)", candidate=candidate))
    assert error.slug == "host-docker-too-old"
    assert "Debian GNU/Linux 12" in error.what and candidate.split("+")[0] in error.what
    assert "docs.docker.com" in error.next


def test_an_old_docker_that_runs_is_never_replaced() -> None:
    assert _refusal(replace(HOST, docker="20.10.24")).slug == "host-docker-too-old"


def test_a_docker_that_is_stopped_is_never_replaced() -> None:
    assert _refusal(replace(HOST, docker="")).slug == "host-engine"


def test_dockers_own_newer_packages_are_as_good() -> None:
    assert _ids(replace(HOST, docker="29.0.1")) == []


def test_a_machine_without_apt_and_systemd_is_refused() -> None:
    assert _refusal(replace(BARE, apt=False)).slug == "host-unfit"
    assert _refusal(replace(BARE, init="openrc")).slug == "host-unfit"


def test_who_may_not_become_root_is_told_so() -> None:
    error = _refusal(replace(BARE, is_root=False, login=Account("ubuntu", there=True)))
    assert error.slug == "host-needs-root" and "ubuntu" in error.what


def test_the_engines_settings_are_added_to_and_never_overwritten() -> None:
    there = {"log-opts": {"max-size": "50m"}, "live-restore": False, "data-root": "/srv/docker"}
    found = json.loads(merged(json.dumps(there)))
    assert found == there | {"log-driver": "json-file", "log-opts": {"max-size": "50m", "max-file": "3"}}


def test_another_log_driver_is_somebodys_choice() -> None:
    assert json.loads(merged('{"log-driver": "journald"}')) == {"log-driver": "journald", "live-restore": True}


def test_a_narrow_link_is_told_to_the_engine() -> None:
    found = json.loads(merged("", mtu=1400))
    assert found["mtu"] == 1400
    assert found["default-network-opts"] == {"bridge": {"com.docker.network.driver.mtu": "1400"}}
    assert "mtu" not in json.loads(merged("", mtu=1500)) and "mtu" not in json.loads(merged("", mtu=9000))


@pytest.mark.parametrize("mtu", [0, 1400, 1500])
def test_settings_that_are_complete_stay_as_they_are_to_the_letter(mtu: int) -> None:
    assert merged(merged("", mtu=mtu), mtu=mtu) == merged("", mtu=mtu)
    written = json.dumps(json.loads(merged("", mtu=mtu)))
    assert merged(written, mtu=mtu) == written


@pytest.mark.parametrize("text", ["{", "[]", "null"])
def test_settings_that_are_no_object_are_refused_rather_than_lost(text: str) -> None:
    with pytest.raises(HostError) as refused:
        merged(text)
    assert refused.value.slug == "host-daemon-json"


def test_a_key_of_hostile_text_stays_one_word_of_the_script() -> None:
    hostile = Wish("deploy", parse_key(f"{LINE}'; touch /pwned; '", "x"))
    step = next(step for step in plan_init(BARE, hostile) if step.id == "user")
    assert "'\"'\"'; touch /pwned; '\"'\"'" in step.script
