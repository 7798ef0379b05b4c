from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stagekit.carry import ledger
from stagekit.carry.result import Arrived, Delivered
from stagekit.images.held import Facts, Held, HeldImage, parse_facts, parse_images, seconds_of
from stagekit.promote.keep import removable, stored
from stagekit.report.deliver import deliver_json, deliver_text
from stagekit.report.stored import stored_json, stored_text

ONE, TWO, THREE = ("stagekit/shop/web:1", "stagekit/shop/web:2", "stagekit/shop/web:3")


def host(*images: HeldImage) -> Held:
    return Held(Facts("26.1.5"), {image.id: image for image in images})


HOST = host(
    HeldImage("sha256:1", (ONE,), 10, ("a", "b")),
    HeldImage("sha256:2", (TWO,), 10, ("a", "c")),
    HeldImage("sha256:3", (THREE,), 10, ("d",)),
    HeldImage("sha256:4", ("stagekit/other/web:1", "stagekit/shop2/web:1"), 10, ("a",)),
    HeldImage("sha256:5", ("postgres:17",), 10, ("e",)),
    HeldImage("sha256:6", ("stagekit/partial:1",), 10, ("a",)),
)


def test_only_what_nobody_needs_could_go_and_nothing_of_other_projects_is_even_looked_at() -> None:
    rows = stored(HOST, "shop", {TWO}, {"sha256:3"})
    assert {row.names[0]: row.use for row in rows} == {ONE: "could go", TWO: "kept", THREE: "runs"}
    assert removable(rows) == (ONE,)
    assert {row.names[0]: row.shared for row in rows} == {ONE: 1, TWO: 1, THREE: 0}


def test_the_last_deliveries_of_each_stage_are_kept() -> None:
    sets = [
        ledger.Set("staging", {"web": THREE}),
        ledger.Set("review", {"web": ONE}),
        ledger.Set("staging", {"web": TWO}),
    ]
    assert ledger.kept(sets, 1) == {THREE, ONE}
    assert ledger.kept(sets, 2) == {THREE, ONE, TWO}


@dataclass
class Said:
    stdout: str = ""
    ok: bool = True


def test_a_note_that_cannot_be_read_is_left_out() -> None:
    lines = f'staging\t{{"web": "{ONE}"}}\nstaging\tnonsense\n\nreview\t[1]\n'
    found = ledger.read(lambda words, **_: Said(lines), "shop")
    assert found == (ledger.Set("staging", {"web": ONE}),)


def test_a_note_is_written_by_the_host_itself_and_its_refusal_is_told() -> None:
    asked: list[Any] = []

    def run(words: list[str], *, input: str) -> Said:
        asked.append((words, input))
        return Said(ok=False)

    assert ledger.write_down(run, "shop", "staging", {"web": ONE}) is False
    (words, text) = asked[0]
    assert text == f'{{"web": "{ONE}"}}'
    assert words[4] == ".local/state/stagekit/shop/staging/deliveries"


def test_an_engine_is_read_from_its_own_answers() -> None:
    info = {"ServerVersion": "29.1.0", "OSType": "linux", "Architecture": "aarch64", "DockerRootDir": "/d"}
    status = [["driver-type", "io.containerd.snapshotter.v1"]]
    found = parse_facts({**info, "DriverStatus": status, "SystemTime": "2026-11-24T06:12:35.123456789Z"})
    assert (found.store, found.platform, found.now) == ("containerd", "linux/arm64", 1795500755.0)
    assert parse_facts({"ServerVersion": "24.0.7"}).store == "classic"


def test_timestamps_of_engines_are_read_with_any_zone_and_none_is_long_ago() -> None:
    assert seconds_of("2026-11-24T07:12:35.1+01:00") == seconds_of("2026-11-24T06:12:35Z")
    assert seconds_of("0001-01-01T00:00:00Z") == seconds_of("") == 0.0


def test_an_image_without_a_name_has_none() -> None:
    listed = [{"Id": "sha256:1", "RepoTags": ["<none>:<none>"], "Size": 5}, {"Id": "sha256:2", "RepoTags": None}]
    assert [image.names for image in parse_images(listed, {}).values()] == [(), ()]


DONE = Delivered(
    "classic",
    (Arrived("shop/web", {"web": ONE, "job": ONE}, "sha256:1", 9, 1), Arrived("db", {"db": TWO}, "sha256:2", 4, 0)),
    bytes=123_456,
    layers=1,
    seconds={"connect": 0.1, "send": 0.2},
)


def test_the_end_of_a_delivery_says_what_was_moved_and_for_what() -> None:
    assert deliver_text("staging", DONE).splitlines() == [
        "  web, job  1 of 9 layers",
        "staging: 2 images, 0.1 MB, 1 layer in 0.3 s, identical ✓",
    ]
    assert deliver_json("staging", DONE)["bytes"] == 123_456


def test_a_delivery_with_nothing_to_do_says_so_in_one_line() -> None:
    nothing = Delivered("classic", DONE.images, 0, 0, {"connect": 0.1})
    assert deliver_text("staging", nothing) == "staging: all 2 images are there, identical ✓ (0.1 s)"


def test_the_table_of_a_host_says_what_is_needed_and_what_to_type() -> None:
    rows = stored(HOST, "shop", {TWO}, {"sha256:3"})
    lines = stored_text("staging", rows, {TWO}).splitlines()
    assert lines[-1] == "1 of 3 could go: stagekit images prune --stage staging"
    assert [("as here" in line) for line in lines[:3]].count(True) == 1
    assert stored_json(rows, {TWO})[-1]["use"] == "could go"
    assert "stagekit deliver --stage staging" in stored_text("staging", (), ())
