from __future__ import annotations

import base64

import pytest

from stagekit.hosts.facts import parse_facts

SAID = {
    "system": "Debian GNU/Linux 13 (trixie)",
    "distribution": "debian",
    "architecture": "x86_64",
    "apt": "yes",
    "init": "systemd",
    "uid": "0",
    "login-name": "root",
    "login-groups": "root",
    "login-keys": "",
    "deploy-name": "deploy",
    "deploy-groups": "deploy docker",
    "deploy-keys": "ssh-ed25519 AAAA ana",
    "memory": "4000000",
    "disk-folder": "/var/lib/docker",
    "disk-free": "50000000",
    "now": "1795501624.6022878",
    "docker": "26.1.5+dfsg1",
    "docker-there": "yes",
    "store": '[["Backing Filesystem","extfs"]]',
    "candidate": "26.1.5+dfsg1-9",
    "daemon": '{"live-restore": true}',
    "mtu": "1400",
    "port": "2222",
    "sshd": "port 22\nport 2222\nclientaliveinterval 15\npermitrootlogin without-password\n"
    "passwordauthentication no\nkbdinteractiveauthentication no",
    "sshd-included": "Include /etc/ssh/sshd_config.d/*.conf",
    "sshd-own": "# ours",
    "firewall": "table inet stagekit",
    "filtering": "yes",
    "upgrades": "// ours",
    "upgrading": "installed",
    "armed": "",
    "listening": 'LISTEN 0 4096 127.0.0.1:8642 0.0.0.0:* users:(("docker-proxy",pid=1,fd=4))\n'
    'LISTEN 0 511 *:80 *:* users:(("nginx",pid=9,fd=6))\nLISTEN 0 128 [::]:22 [::]:*',
    "end": "",
}


def _text(**other: str) -> str:
    rows = {**SAID, **{key.replace("_", "-"): value for key, value in other.items()}}
    return "".join(f"{key} {base64.b64encode(value.encode()).decode()}\n" for key, value in rows.items())


def test_the_answer_becomes_facts() -> None:
    facts = parse_facts(_text())
    assert (facts.system, facts.is_root, facts.port, facts.mtu) == (SAID["system"], True, 2222, 1400)
    assert (facts.memory, facts.disk_free, facts.disk_folder) == (4_096_000_000, 51_200_000_000, "/var/lib/docker")
    assert facts.deploy.there and facts.deploy.in_docker and not facts.login.in_docker
    assert facts.sshd and facts.sshd.ports == (22, 2222) and facts.sshd.alive == 15 and not facts.sshd.password
    assert (facts.store, facts.filtering, facts.upgrading, facts.armed) == ("classic", True, True, False)


def test_who_listens_is_known_by_port_also_where_only_root_sees_who() -> None:
    assert parse_facts(_text()).listening == {8642: "docker-proxy", 80: "nginx", 22: ""}


def test_the_containerd_store_is_told_by_its_driver() -> None:
    assert parse_facts(_text(store='[["driver-type","io.containerd.snapshotter.v1"]]')).store == "containerd"


def test_what_only_root_sees_is_unknown_to_others() -> None:
    facts = parse_facts(_text(uid="1000", sshd="", filtering=""))
    assert facts.sshd is None and facts.filtering is None and not facts.is_root


def test_a_user_who_is_not_there_has_no_groups() -> None:
    assert not parse_facts(_text(deploy_groups="")).deploy.there


@pytest.mark.parametrize("cut", [0, 10, 400])
def test_an_answer_that_ends_early_is_no_answer(cut: int) -> None:
    with pytest.raises(ValueError):
        parse_facts(_text()[:cut])


def test_a_garbled_answer_is_no_answer() -> None:
    with pytest.raises(ValueError):
        parse_facts("system x\nend \n")
