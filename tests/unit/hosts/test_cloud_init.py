from __future__ import annotations

import subprocess

import pytest
import yaml
from hosts_fakes import BARE, WISH

from stagekit.hosts.cloud_init import cloud_config
from stagekit.hosts.init import plan_init
from stagekit.hosts.scripts import SCRIPTS, question, script

TEXT = cloud_config(WISH.user, WISH.key)


def test_it_is_what_cloud_init_takes_for_user_data() -> None:
    assert TEXT.startswith("#cloud-config\n")
    assert [words[:2] for words in yaml.safe_load(TEXT)["runcmd"]] == [["sh", "-c"]] * 6


def test_the_machine_does_what_host_init_would_do() -> None:
    scripts = [words[2] for words in yaml.safe_load(TEXT)["runcmd"]]
    assert scripts == [step.script for step in plan_init(BARE, WISH)]


def test_a_person_can_read_it() -> None:
    assert "\\n" not in TEXT.replace("'%s\\n'", "") and WISH.key.line() in TEXT


@pytest.mark.parametrize("file", sorted(SCRIPTS.glob("*.sh")), ids=lambda file: file.name)
def test_every_script_is_one_that_a_plain_shell_takes(file) -> None:  # type: ignore[no-untyped-def]  # a Path
    text = question("deploy") if file.stem == "ask" else script(file.stem)
    done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
