"""Mirrors, apt's words, and folders that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from bootstrap_fakes import FakeProcesses

from stagekit.bootstrap.apt import Archive, explain
from stagekit.bootstrap.mirrors import Mirrors, choose_mirrors, parse_sources, read_sources, source_lines
from stagekit.bootstrap.unpack import unpack
from stagekit.doors.local import Result
from stagekit.errors import EngineInstallError

DEB822 = """\
Types: deb
# a remark
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://other.example/debian
Suites: bookworm
Components: main
"""


def test_deb822_sources_are_read() -> None:
    sources = parse_sources("debian.sources", DEB822)
    assert [s.uri for s in sources] == ["http://mirror.example/debian/", "http://mirror.example/debian-security/"]
    assert sources[0].suites == ("bookworm", "bookworm-updates")


def test_one_line_sources_are_read() -> None:
    text = "# deb http://no.example x main\ndeb [arch=amd64 signed-by=/k] http://a.example/ubuntu noble main universe\n"
    (source,) = parse_sources("sources.list", text + "deb-src http://b.example x main\ndeb cdrom:[x]/ x main\n")
    assert (source.uri, source.suites) == ("http://a.example/ubuntu/", ("noble",))
    assert source.components == ("main", "universe")


def test_the_machines_own_mirrors_are_used(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "debian.sources").write_text(DEB822)
    (folder / "other.list").write_text("deb https://vendor.example/apt stable main\n")
    mirrors = choose_mirrors(read_sources(tmp_path), "debian", "bookworm")
    assert mirrors == Mirrors("http://mirror.example/debian/", "http://mirror.example/debian-security/")


def test_without_a_source_of_its_own_a_person_is_told_to_add_one() -> None:
    with pytest.raises(EngineInstallError, match="no source for packages of trixie"):
        choose_mirrors([], "debian", "trixie")


def test_security_updates_are_listed_only_where_the_machine_has_them() -> None:
    lines = source_lines(Mirrors("http://a/", ""), "debian", "trixie", "/k.gpg")
    assert (
        lines == "deb [signed-by=/k.gpg] http://a/ trixie main\ndeb [signed-by=/k.gpg] http://a/ trixie-updates main\n"
    )
    assert "b/ trixie-security" in source_lines(Mirrors("http://a/", "http://b/"), "debian", "trixie", "")


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Result(100, "", "E: Failed to fetch http://m/x  Could not resolve 'm'"), "cannot be reached"),
        (Result(100, "", "E: Failed to fetch http://m/x  Could not connect to m:80 (1.2.3.4)"), "cannot be reached"),
        (Result(100, "", "E: Write error - write (28: No space left on device)"), "disk is full"),
        (Result(127, "", "apt-get: No such file or directory"), "no apt"),
        (Result(100, "", "E: Unable to locate package docker.io"), "could not get"),
    ],
)
def test_apts_failure_is_told_in_words(result: Result, words: str) -> None:
    error = explain(result, "http://m/")
    assert words in error.what
    assert error.slug == "engine-packages"
    assert len(error.evidence) <= 5


def _archive(folder: Path, processes: FakeProcesses) -> Archive:
    return Archive(folder / "apt/trixie", "debian", "trixie", Mirrors("http://a/", ""), processes)


def test_apt_works_on_lists_of_our_own_and_runs_no_hook_of_the_machine(tmp_path: Path) -> None:
    processes = FakeProcesses()
    _archive(tmp_path, processes).update()
    settings = (tmp_path / "apt/trixie/apt.conf").read_text()
    assert f'Dir::State::lists "{tmp_path}/apt/trixie/lists"' in settings
    assert "#clear APT::Update::Post-Invoke;" in settings
    assert processes.commands[0][-2:] == ["update", "-q"]


DEPENDS = {
    "docker.io": "docker.io\n  Depends: adduser\n  Depends: libnftables1\n |Depends: libc6\n  Depends: <virtual>\n",
    "libnftables1": "libnftables1\n  Depends: libc6\n  Depends: libmnl0:any\n",
    "libmnl0": "libmnl0\n  Depends: libc6\n",
    "apt": "apt\n  Depends: libapt-pkg7.0\n  PreDepends: libc6\n",
}


def test_libraries_are_found_below_libraries_but_for_those_of_apt(tmp_path: Path) -> None:
    processes = FakeProcesses(lambda words: Result(0, "".join(DEPENDS.get(word, "") for word in words), ""))
    assert _archive(tmp_path, processes).libraries(["docker.io"]) == ("libmnl0", "libnftables1")


def test_a_folder_is_complete_before_it_appears(tmp_path: Path) -> None:
    target, seen = tmp_path / "tree", []
    unpack(
        [(_archive(tmp_path, FakeProcesses()), ["x"])],
        target,
        lambda new: seen.append(target.exists()),
        FakeProcesses(),
    )
    assert seen == [False]
    assert (target / "complete").is_file()
    assert not (tmp_path / "tree.debs").exists()


def test_an_unpacking_that_is_broken_off_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    target = tmp_path / "tree"

    def broken(new: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack([(_archive(tmp_path, FakeProcesses()), ["x"])], target, broken, FakeProcesses())
    assert not target.exists()
    unpack([(_archive(tmp_path, FakeProcesses()), ["x"])], target, lambda new: None, FakeProcesses())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree"]


def test_a_package_that_cannot_be_unpacked_is_downloaded_again_next_time(tmp_path: Path) -> None:
    debs = tmp_path / "tree.debs"
    debs.mkdir()
    (debs / "x_1_all.deb").write_text("half")
    processes = FakeProcesses(lambda words: Result(2, "", "dpkg-deb: error: no Debian archive"))
    with pytest.raises(EngineInstallError):
        unpack([], tmp_path / "tree", lambda new: None, processes)
    assert not (debs / "x_1_all.deb").exists()
