from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stagekit.carry.result import Delivered
from stagekit.doors.layers import LayerCache
from stagekit.doors.packing import unpacked
from stagekit.errors import DeliveryError
from tests.remote.delivery_rig import Rig, environment, stagekit, until, write_project
from tests.remote.faults import Faulty, cut
from tests.support.images import MB, Made, compressed, fresh, image, large, layer, layers

pytestmark = pytest.mark.engine

BIG = 4_100_000  # a layer that fills an archive of its own


def three_archives() -> Made:
    return image(layers(fresh("cut"), BIG, BIG, 2000))


def deliver_with(rig: Rig, references: dict[str, str], **fault: int) -> Faulty | None:
    """A delivery whose connection is cut at a moment; None where the moment never came, so that it went well."""
    with rig.machine.connect() as door:
        host = Faulty(door.engine_host, lambda: cut(door), **fault)
        try:
            rig.delivery(references, door, host).deliver()
        except Exception as error:
            assert host.happened, error
            assert (
                getattr(error, "slug", "") in ("delivery-cut", "host-lost", "failed") or "Ssh" in type(error).__name__
            )
            return host
        finally:
            host.close()
    assert not host.happened
    return None


def finishes(rig: Rig, references: dict[str, str], *, at_most: int) -> Delivered:
    """The next run brings everything, and only the rest."""
    found = rig.deliver(references)
    assert found.layers <= at_most
    assert rig.names() == {name for i in found.images for name in i.names.values()}
    assert rig.machine.partial() == set()
    return found


def test_a_connection_cut_at_any_question_leaves_nothing_half_there(rig: Rig) -> None:
    for question in range(1, 60):
        references = rig.load({"web": three_archives()})
        host = deliver_with(rig, references, question=question)
        if host is None:
            assert question > 6, "looking, sending and comparing were all cut"
            return
        assert rig.names() == set() or host.taken == 3, "an image has its name only once it is whole"
        finishes(rig, references, at_most=3 - min(host.taken, 2))
        rig.close_images()
    raise AssertionError("the delivery never went well")


@pytest.mark.parametrize("archive", [1, 2, 3])
def test_a_connection_cut_within_a_layer_loses_that_layer_only(rig: Rig, archive: int) -> None:
    references = rig.load({"web": three_archives()})
    host = deliver_with(rig, references, archive=archive)
    assert host is not None
    assert rig.names() == set()
    finishes(rig, references, at_most=3 - host.taken)


def test_a_killed_deployer_leaves_nothing_half_there(rig: Rig, tmp_path: Path) -> None:
    sizes = [BIG] * 12
    references = rig.load({"web": image(layers(fresh("killed"), *sizes))})
    folder = write_project(tmp_path / "project", rig, references)
    words = [
        sys.executable,
        "-m",
        "stagekit.cli.main",
        "--project-directory",
        str(folder),
        "deliver",
        "--stage",
        "there",
    ]
    with subprocess.Popen(words, env=environment(rig), stdout=subprocess.DEVNULL) as deployer:
        with rig.machine.connect() as door:
            until(lambda: "stagekit/partial" in door.run(["docker", "images"]).stdout, "a layer has arrived")
        os.kill(deployer.pid, signal.SIGKILL)
    assert rig.names() == set()
    done = stagekit(folder, rig, "deliver", "--json")
    assert json.loads(done.stdout)["layers"] < len(sizes)
    assert rig.machine.partial() == set()


def test_a_host_whose_engine_restarts_during_a_load_gets_the_rest_the_next_time(rig: Rig) -> None:
    references = rig.load({"web": three_archives()})
    with rig.machine.connect() as door:
        host = Faulty(door.engine_host, lambda: rig.machine.root("systemctl restart docker") and None, archive=2)
        with pytest.raises(DeliveryError) as error:
            rig.delivery(references, door, host).deliver()
        host.close()
    assert error.value.slug == "delivery-cut"
    finishes(rig, references, at_most=2)


def test_a_full_disk_is_said_before_anything_is_sent(rig: Rig) -> None:
    references = rig.load({"web": three_archives()})
    free = lambda words, **_: _Said(f"head\nx 1 1 {10_000} 1% /\n" if words[0] == "df" else "")  # noqa: E731
    with pytest.raises(DeliveryError, match="too small") as refused:
        rig.deliver(references, run=free)
    assert refused.value.slug == "delivery-disk"
    assert rig.machine.partial() | rig.names() == set()


class _Said:
    ok = True

    def __init__(self, stdout: str) -> None:
        self.stdout = stdout


def test_a_disk_that_fills_up_on_the_way_leaves_nothing_there(rig: Rig) -> None:
    small = "mount -t tmpfs -o size=60m none"
    folders = ["/var/lib/docker", "/var/lib/containerd"]
    units = "docker.service docker.socket containerd.service"
    references = rig.load({"web": image(layers(fresh("full"), BIG, 40 * MB))})
    stop, start = f"systemctl stop {units}", "systemctl start containerd docker"
    rig.machine.root(f"{stop} 2>/dev/null; {' && '.join(f'{small} {f}' for f in folders)} && {start}")
    try:
        plenty = lambda words, **_: _Said("head\nx 1 1 999999999 1% /\n")  # noqa: E731
        with pytest.raises(DeliveryError) as error:
            rig.deliver(references, run=plenty)
        assert error.value.slug == "delivery-disk"
        assert rig.machine.partial() | rig.names() == set()
    finally:
        rig.machine.root(f"{stop} 2>/dev/null; umount -l {' '.join(folders)}; {start}")
    finishes(rig, references, at_most=2)


def test_a_flipped_byte_in_the_cache_is_noticed_and_the_layer_staged_again(rig: Rig) -> None:
    made = three_archives()
    references = rig.load({"web": made})
    for_later = rig.delivery_stock(references)
    for_later.complete(_nothing(rig))
    damaged = made.content.layers[1]
    flip(rig.cache, damaged)
    found = rig.deliver(references)
    assert found.images[0].identity == made.content.identity.fingerprint()
    assert b"".join(unpacked(rig.cache.read(damaged))) == made.layers[1]
    assert rig.machine.partial() == set()


def test_a_cache_full_of_nonsense_is_staged_again(rig: Rig) -> None:
    references = rig.load({"web": three_archives()})
    rig.delivery_stock(references).complete(_nothing(rig))
    for path in rig.cache.folder.iterdir():
        path.write_bytes(b"nonsense")
    assert rig.deliver(references).layers == 3


def test_two_deliveries_at_once_both_succeed(rig: Rig, tmp_path: Path) -> None:
    base = layers(fresh("both"), BIG, BIG)
    both = [
        rig.load({"web": image([*base, layer("a", 2000, fresh("a"))])}),
        rig.load({"job": image([*base, layer("b", 2000, fresh("b"))])}),
    ]
    same = rig.load({"third": image([*base, layer("c", BIG, fresh("c"))])})
    runs = [*both, same, same]
    results: list[object] = [None] * len(runs)

    def run(at: int) -> None:
        own = Rig(rig.machine, rig.local, LayerCache(tmp_path / str(at), 10**9), rig.project)
        try:
            results[at] = own.deliver(runs[at])
        except Exception as error:
            results[at] = error

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one).__name__ for one in results] == ["Delivered"] * len(runs), results
    assert len(rig.names()) == 3
    again = rig.deliver({**both[0], **both[1], **same})
    assert again.bytes == 0
    assert rig.machine.partial() == set()


def test_an_image_rebuilt_during_its_delivery_arrives_as_it_was_and_the_new_one_the_next_time(rig: Rig) -> None:
    old, new = three_archives(), three_archives()
    references = rig.load({"web": old})
    with rig.machine.connect() as door:
        host = Faulty(door.engine_host, lambda: rig.load({"web": new}) and None, archive=1)
        first = rig.delivery(references, door, host).deliver()
        host.close()
    assert first.images[0].identity == old.content.identity.fingerprint()
    assert rig.deliver(references).images[0].identity == new.content.identity.fingerprint()
    assert len(rig.names()) == 2


def test_a_base_that_goes_from_the_host_between_looking_and_sending_is_sent_after_all(rig: Rig) -> None:
    base = layers(fresh("base"), BIG)
    first = rig.deliver(rig.load({"base": image(base)}))
    references = rig.load({"web": image([*base, layer("top", 2000, fresh("top"))])})
    gone = list(first.images[0].names.values())
    with rig.machine.connect() as door:
        host = Faulty(door.engine_host, lambda: rig.forget_there(gone), archive=1)
        found = rig.delivery(references, door, host).deliver()
        host.close()
    assert found.layers == 2, "the second time, whole"
    assert rig.machine.partial() == set()


def test_an_image_that_only_seems_complete_is_noticed_and_sent_whole(rig: Rig) -> None:
    """A containerd store takes an image whose layers it has unpacked, but not their bytes, and says all is well."""
    made = image(layers(fresh("trap"), BIG, 2000))
    references = rig.load({"web": made})
    rig.load_there(compressed(made, f"stagekit/{rig.project}/decoy:1"))
    found = rig.deliver(references)
    assert found.images[0].identity == made.content.identity.fingerprint()
    assert rig.names() >= set(found.images[0].names.values())
    with rig.machine.connect() as door:
        (name,) = found.images[0].names.values()
        saved = door.run(["sh", "-c", f"docker save {name} | wc -c"])
    assert int(saved.stdout) > BIG, "every layer can be given out again"


@pytest.mark.parametrize("offset", ["+3600s", "-3600s"])
def test_a_deployers_clock_an_hour_off_makes_no_difference(rig: Rig, tmp_path: Path, offset: str) -> None:
    import libfaketime

    library = Path(libfaketime.__file__).parent / "vendor/libfaketime/src/libfaketime.so.1"
    folder = write_project(tmp_path / "project", rig, rig.load({"web": three_archives()}))
    # What goes wrong with a clock is the time of day; how long things take is measured by another one.
    off = {"FAKETIME": offset, "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    done = stagekit(folder, rig, "deliver", "--json", LD_PRELOAD=str(library), **off)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["layers"] == 3
    assert json.loads(stagekit(folder, rig, "deliver", "--json").stdout)["bytes"] == 0
    assert rig.machine.partial() == set()


@pytest.mark.faults
def test_two_gigabytes_arrive_with_little_memory_here(rig: Rig, tmp_path: Path) -> None:
    name = f"{rig.project}/huge"
    _, archive = large(500, 4, name)
    rig.local.load(archive)
    rig.made.append(name)
    folder = write_project(tmp_path / "project", rig, {"web": name})
    script = (
        "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)"
    )
    words = [
        sys.executable,
        "-m",
        "stagekit.cli.main",
        "--project-directory",
        str(folder),
        "deliver",
        "--stage",
        "there",
    ]
    done = subprocess.run([sys.executable, "-c", script, *words], env=environment(rig), capture_output=True, text=True)
    kilobytes, code = done.stdout.split()[-2:]
    assert code == "0", done.stderr
    assert int(kilobytes) <= 150_000


def flip(cache: LayerCache, layer_id: str) -> None:
    """Changes one byte in the middle of a layer's file."""
    path = cache.folder / f"{layer_id.removeprefix('sha256:')}.zst"
    text = bytearray(path.read_bytes())
    text[len(text) // 2] ^= 1
    path.write_bytes(bytes(text))


def _nothing(rig: Rig):  # type: ignore[no-untyped-def]
    from stagekit.images.chains import Holdings

    return Holdings("classic")
