from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path

import pytest

from stagekit.cli.files import Files
from stagekit.cli.place import open_place
from stagekit.compose import Model, parse
from stagekit.compose.block import StageSecret
from stagekit.errors import GuardError
from stagekit.secret import Secret
from stagekit.secrets import Wanted
from stagekit.secrets.held import Held

LIVE = "sk_live_abcdefghijkl"
KEY = Wanted("stripe-key", ("backend",), StageSecret(command="print it"))


def files(folder: Path, printed: str) -> Files:
    """Those of a project whose key a command prints."""
    (folder / "compose.yaml").write_text("services: {backend: {image: x}}")
    text = json.dumps({"name": "shop", "services": {"backend": {"image": "x"}}})
    rendering: Future[tuple[str, Model]] = Future()
    rendering.set_result((text, parse(text, directory=str(folder), files=(), sources={})))
    found = Files(open_place(folder, environ={}), rendering)
    found.__dict__["held"] = Held((KEY,), {}, {}, ".secrets.staging", lambda name: None, lambda one: printed)
    return found


@pytest.mark.parametrize("given", [True, False])
def test_a_live_key_is_refused_from_a_command_and_where_it_is_given(tmp_path: Path, given: bool) -> None:
    found = files(tmp_path, LIVE)
    if given:
        found = files(tmp_path, "sk_test_1")
        found.given[KEY.name] = Secret(LIVE)
    with pytest.raises(GuardError) as caught:
        found.value(KEY)
    assert LIVE not in " ".join([caught.value.what, caught.value.next, *(f"{a} {b}" for a, b in caught.value.evidence)])


def test_a_test_key_is_let_through_and_what_is_generated_is_nobodys(tmp_path: Path) -> None:
    found = files(tmp_path, "sk_test_1")
    assert found.value(KEY) == Secret("sk_test_1")
    found.given[KEY.name] = None
    assert found.value(KEY) is None
