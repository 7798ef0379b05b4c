"""Where the embedded engine keeps its files, and that only these are ever deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from bootstrap_fakes import FakeProcesses

from stagekit.bootstrap.leftovers import containers_of, leftovers
from stagekit.bootstrap.places import Places, places_from
from stagekit.bootstrap.remove import mounts_to_undo, remove
from stagekit.bootstrap.storage import filesystem_of, parse_mountinfo
from stagekit.errors import SettingsError

HOME = Path("/home/ana")


def test_the_home_follows_stagekit_home_then_xdg_then_the_default() -> None:
    assert places_from({"STAGEKIT_HOME": "/srv/kit", "XDG_DATA_HOME": "/data"}, HOME).home == Path("/srv/kit")
    assert places_from({"XDG_DATA_HOME": "/data"}, HOME).home == Path("/data/stagekit")
    assert places_from({"XDG_DATA_HOME": "relative"}, HOME).home == Path("/home/ana/.local/share/stagekit")
    assert places_from({}, HOME).home == Path("/home/ana/.local/share/stagekit")


@pytest.mark.parametrize("path", ["/", "/usr", "/home/ana", "here", "/srv/../etc"])
def test_a_home_that_is_no_folder_of_its_own_is_refused(path: str) -> None:
    with pytest.raises(SettingsError):
        places_from({"STAGEKIT_HOME": path}, HOME)


def test_the_socket_fits_however_deep_the_home_lies() -> None:
    places = Places(Path("/" + "deep/" * 60))
    assert len(str(places.exec_root / "containerd/containerd.sock.ttrpc")) < 108


def test_two_homes_share_nothing() -> None:
    one, other = Places(Path("/srv/one")), Places(Path("/srv/other"))
    assert one.id != other.id
    assert one.socket != other.socket


def test_a_folder_without_our_mark_is_not_deleted(tmp_path: Path) -> None:
    places = Places(tmp_path / "home", tmp_path / "run")
    places.engine.mkdir(parents=True)
    (places.engine / "mine").touch()
    assert remove(places, FakeProcesses(), lambda step, text: None) is False
    assert (places.engine / "mine").exists()


def test_removal_deletes_the_engines_folders_and_nothing_beside_them(tmp_path: Path) -> None:
    places = Places(tmp_path / "home", tmp_path / "run")
    places.prepare()
    (places.data / "overlay2").mkdir(parents=True)
    (places.engine / "link").symlink_to(tmp_path)
    (places.home / "note").touch()
    assert remove(places, FakeProcesses(), lambda step, text: None) is True
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "run"]
    assert [path.name for path in places.home.iterdir()] == ["note"]
    assert not places.run.exists()


MOUNTS = """\
20 1 0:20 / / rw - overlay overlay rw
21 20 254:0 /volumes/x/_data /srv/kit/engine/data rw - ext4 /dev/vda rw
22 21 254:0 /volumes/x/_data /srv/kit/engine/data rw - ext4 /dev/vda rw
23 22 0:50 / /srv/kit/engine/data/overlay2/ab/merged rw - overlay overlay rw
24 20 0:51 / /run/stagekit-{id}/exec/netns/1 rw - nsfs nsfs rw
25 20 0:52 / /srv/other rw - tmpfs tmpfs rw
"""


def test_a_persons_volume_at_the_data_root_stays_mounted() -> None:
    places = Places(Path("/srv/kit"))
    mounts = parse_mountinfo(MOUNTS.format(id=places.id))
    assert mounts_to_undo(places, mounts) == (
        places.exec_root / "netns/1",
        places.data / "overlay2/ab/merged",
        places.data,  # dockerd's own, laid over the volume
    )


def test_a_data_root_that_dockerd_laid_over_itself_is_unmounted() -> None:
    text = (
        "20 1 254:0 / / rw - ext4 /dev/vda rw\n21 20 254:0 /srv/kit/engine/data /srv/kit/engine/data rw - ext4 x rw\n"
    )
    places = Places(Path("/srv/kit"))
    assert mounts_to_undo(places, parse_mountinfo(text)) == (places.data,)


def test_another_folder_mounted_at_the_data_root_stays() -> None:
    text = "20 1 254:0 / / rw - ext4 /dev/vda rw\n21 20 254:0 /big/disk /srv/kit/engine/data rw - ext4 x rw\n"
    assert mounts_to_undo(Places(Path("/srv/kit")), parse_mountinfo(text)) == ()


def test_the_filesystem_of_a_folder_that_is_not_there_yet_is_its_parents() -> None:
    mounts = parse_mountinfo(MOUNTS.format(id="x"))
    assert filesystem_of(Path("/srv/kit/engine/data/new"), mounts) == "ext4"
    assert filesystem_of(Path("/srv/kit/engine"), mounts) == "overlay"
    assert filesystem_of(Path("/srv/other"), mounts) == "tmpfs"


def test_what_a_killed_engine_left_is_found_with_the_containers_below_it(tmp_path: Path) -> None:
    places = Places(Path("/srv/kit"))
    _process(tmp_path, 10, 1, f"containerd-shim-runc-v2 -address {places.exec_root}/containerd/containerd.sock")
    _process(tmp_path, 11, 10, "postgres")
    _process(tmp_path, 12, 1, "containerd-shim-runc-v2 -address /run/containerd/containerd.sock")
    _process(tmp_path, 13, 12, "somebody else's")
    assert leftovers(places, tmp_path) == (10, 11)
    assert containers_of(places, (10, 11), tmp_path) == (11,)


def _process(proc: Path, pid: int, parent: int, words: str) -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "cmdline").write_bytes(words.replace(" ", "\0").encode())
    (proc / str(pid) / "stat").write_text(f"{pid} (a (strange) name) S {parent} 0 0")
