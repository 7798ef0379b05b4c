"""The steps of `host init` as user data: the machine does them itself as it boots for the first time."""

from __future__ import annotations

import yaml

from stagekit.hosts.facts import Account, HostFacts
from stagekit.hosts.init import Wish, plan_init
from stagekit.hosts.keys import PublicKey

HEAD = """\
#cloud-config
# A stage host for stagekit, made as the machine boots for the first time: what `stagekit host init` would do.
# For Debian 13, Ubuntu 24.04 or newer. The machine's own user (root, debian, ubuntu) has the key that the cloud gives.
"""


def cloud_config(user: str, key: PublicKey) -> str:
    """The user data."""
    steps = plan_init(_fresh(user), Wish(user, key))
    commands = [["sh", "-c", step.script] for step in steps]
    return HEAD + yaml.dump({"runcmd": commands}, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)


def _fresh(user: str) -> HostFacts:
    """A machine as a cloud makes it, with nothing of ours. Its user has the key that the cloud gave it."""
    return HostFacts(
        system="Debian GNU/Linux 13",
        distribution="debian",
        architecture="",
        apt=True,
        init="systemd",
        is_root=True,
        login=Account(user, there=True),
        deploy=Account(user, there=False),
        memory=0,
        disk_free=0,
        disk_folder="/",
        now=0.0,
    )


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as one, so that a person can read it."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
