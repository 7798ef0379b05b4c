from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from stagekit.compose import Build
from stagekit.doors.context import parts
from stagekit.images import inputs_hash
from stagekit.images.drop_ins import DROP_INS, DROP_INS_FILE, drop_ins_used
from stagekit.images.overlay import overlay_of

PARTS = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.binary(max_size=4)), max_size=4
)


@given(PARTS, PARTS)
def test_different_inputs_have_different_hashes_and_equal_ones_equal_ones(
    one: list[tuple[str, bytes]], two: list[tuple[str, bytes]]
) -> None:
    assert (inputs_hash(one) == inputs_hash(two)) == (one == two)


def test_the_border_between_label_and_content_counts() -> None:
    assert inputs_hash([("ab", b"c")]) != inputs_hash([("a", b"bc")])


def context(folder: Path) -> Build:
    (folder / "src").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM x")
    (folder / "src" / "a.py").write_text("a")
    return Build(str(folder), "Dockerfile", args=(("BASE_IMAGE", "base:1"), ("REVISION", "abc")))


def test_what_a_build_reads_changes_its_hash(tmp_path: Path) -> None:
    build = context(tmp_path)
    before = inputs_hash(parts(build, {}))
    assert inputs_hash(parts(build, {})) == before
    (tmp_path / "src" / "a.py").write_text("b")
    assert inputs_hash(parts(build, {})) != before


def test_what_dockerignore_leaves_out_changes_nothing(tmp_path: Path) -> None:
    build = context(tmp_path)
    (tmp_path / ".dockerignore").write_text("# notes\n*.log\nnode_modules\n")
    before = inputs_hash(parts(build, {}))
    (tmp_path / "build.log").write_text("noise")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("noise")
    assert inputs_hash(parts(build, {})) == before


def test_a_dockerfiles_own_ignore_file_wins(tmp_path: Path) -> None:
    build = context(tmp_path)
    (tmp_path / ".dockerignore").write_text("")
    (tmp_path / "Dockerfile.dockerignore").write_text("*.log\n")
    before = inputs_hash(parts(build, {}))
    (tmp_path / "build.log").write_text("noise")
    assert inputs_hash(parts(build, {})) == before


def test_a_new_commit_alone_changes_nothing_and_a_new_base_image_does(tmp_path: Path) -> None:
    build = context(tmp_path)
    before = inputs_hash(parts(build, {"base:1": "sha256:1"}))
    committed = Build(build.context, build.dockerfile, args=(("BASE_IMAGE", "base:1"), ("REVISION", "def")))
    assert inputs_hash(parts(committed, {"base:1": "sha256:1"})) == before
    assert inputs_hash(parts(build, {"base:1": "sha256:2"})) != before


def test_a_file_that_becomes_executable_changes_the_hash(tmp_path: Path) -> None:
    build = context(tmp_path)
    before = inputs_hash(parts(build, {}))
    (tmp_path / "src" / "a.py").chmod(0o755)
    assert inputs_hash(parts(build, {})) != before


def test_a_links_target_counts_and_is_not_followed(tmp_path: Path) -> None:
    build = context(tmp_path)
    link = tmp_path / "link"
    link.symlink_to("/nowhere/one")
    before = inputs_hash(parts(build, {}))
    link.unlink()
    link.symlink_to("/nowhere/two")
    assert inputs_hash(parts(build, {})) != before


def test_another_context_of_the_build_counts(tmp_path: Path) -> None:
    build = context(tmp_path / "main")
    look = tmp_path / "look"
    look.mkdir()
    (look / "look.css").write_text("a")
    build = Build(build.context, build.dockerfile, contexts=(("look", str(look)),))
    before = inputs_hash(parts(build, {}))
    (look / "look.css").write_text("b")
    assert inputs_hash(parts(build, {})) != before


def test_the_overlay_is_the_one_that_the_last_file_names(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml"))
    one.write_text("x-stagekit: {packages: one.yaml}")
    two.write_text("x-stagekit: {packages: kit/two.yaml}")
    three.write_text("services: {}")
    assert overlay_of([one, two, three], tmp_path) == tmp_path / "kit/two.yaml"
    assert overlay_of([three], tmp_path) is None


def test_a_file_that_cannot_be_read_names_no_overlay(tmp_path: Path) -> None:
    broken, listed = tmp_path / "a.yaml", tmp_path / "b.yaml"
    broken.write_text("a: [")
    listed.write_text("x-stagekit: [packages]")
    assert overlay_of([tmp_path / "missing.yaml", broken, listed], tmp_path) is None


def test_only_the_drop_ins_that_a_project_mentions_are_used() -> None:
    used = drop_ins_used(["args: {NODE_IMAGE: x}", "PYTHON_IMAGE", "image: stagekit-packages/mailpit:1.30.5"])
    assert [found.service for found in used] == ["python", "node", "mailpit"]
    assert drop_ins_used(["nothing"]) == ()


def test_every_drop_in_has_a_service_that_builds_its_image() -> None:
    services = yaml.safe_load(DROP_INS_FILE.read_text(encoding="utf-8"))["services"]
    assert {found.service: services[found.service]["image"] for found in DROP_INS} == {
        found.service: found.image for found in DROP_INS
    }
