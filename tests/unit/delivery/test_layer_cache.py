from __future__ import annotations

import gzip
import json
import os
import random
import threading
from pathlib import Path

import pytest
import zstandard

from stagekit.carry.unpack import unpack
from stagekit.doors.archives import open_archive
from stagekit.doors.layers import HEAD, KeptImage, LayerCache, LayerDamaged
from stagekit.doors.packing import unpacked
from stagekit.images.content import digest_of
from tests.support.images import EMPTY, archive, image, layer, layers

TEXT = random.Random(1).randbytes(600_000)


@pytest.fixture
def cache(tmp_path: Path) -> LayerCache:
    return LayerCache(tmp_path / "layers", 10**9)


def file_of(cache: LayerCache, digest: str) -> Path:
    return cache.folder / f"{digest.removeprefix('sha256:')}.zst"


def test_what_comes_out_is_what_went_in_under_the_hash_of_its_content(cache: LayerCache) -> None:
    kept = cache.keep([TEXT[:1000], TEXT[1000:]], level=1)
    assert kept.layer == digest_of(TEXT) and kept.size == len(TEXT)
    assert cache.layer(kept.layer) == kept
    packed = b"".join(cache.read(kept.layer))
    assert len(packed) == kept.packed
    assert b"".join(unpacked([packed])) == TEXT


def test_a_file_of_the_cache_can_be_read_with_plain_zstd(cache: LayerCache) -> None:
    kept = cache.keep([TEXT], level=1)
    body = file_of(cache, kept.layer).read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(body[HEAD.size :]) == TEXT


@pytest.mark.parametrize("at", [0, 10, 18, 30, HEAD.size, HEAD.size + 300_000, -1])
def test_a_flipped_byte_anywhere_is_noticed_before_the_last_piece_and_the_layer_goes(
    cache: LayerCache, at: int
) -> None:
    kept = cache.keep([TEXT], level=1)
    path = file_of(cache, kept.layer)
    body = bytearray(path.read_bytes())
    body[at] ^= 1
    path.write_bytes(bytes(body))
    seen = 0
    with pytest.raises(LayerDamaged):
        for piece in cache.read(kept.layer):
            seen += len(piece)
    assert seen < kept.packed
    assert cache.layer(kept.layer) is None


@pytest.mark.parametrize("text", [b"", b"nonsense", bytes(200)])
def test_a_file_that_is_none_of_ours_counts_as_missing(cache: LayerCache, text: bytes) -> None:
    kept = cache.keep([TEXT], level=1)
    file_of(cache, kept.layer).write_bytes(text)
    assert cache.layer(kept.layer) is None
    with pytest.raises(LayerDamaged):
        list(cache.read(kept.layer))


def test_an_image_is_remembered_and_a_damaged_memory_is_none(cache: LayerCache) -> None:
    cache.keep_image("sha256:abc", KeptImage(b'{"a":\n1}', (1, 2)))
    assert cache.image("sha256:abc") == KeptImage(b'{"a":\n1}', (1, 2))
    (cache.folder / "abc.img").write_bytes(b"nonsense")
    assert cache.image("sha256:abc") is None
    assert cache.image("sha256:other") is None


def test_what_was_used_longest_ago_goes_first_and_what_is_needed_stays(tmp_path: Path) -> None:
    cache = LayerCache(tmp_path, 1_500_000)
    old, needed, new = (cache.keep([random.Random(n).randbytes(600_000)], level=1) for n in range(3))
    for age, kept in enumerate([new, needed, old]):
        os.utime(file_of(cache, kept.layer), (1e9 - age, 1e9 - age))
    os.utime(file_of(cache, needed.layer), (1, 1))
    cache.trim(keep=[needed.layer])
    assert cache.layer(old.layer) is None
    assert cache.layer(needed.layer) and cache.layer(new.layer)
    assert cache.size() <= cache.limit


def test_a_layer_that_is_used_counts_as_new(tmp_path: Path) -> None:
    cache = LayerCache(tmp_path, 700_000)
    one, two = (cache.keep([random.Random(n).randbytes(600_000)], level=1) for n in range(2))
    for kept in (one, two):
        os.utime(file_of(cache, kept.layer), (1, 1))
    assert cache.layer(one.layer)
    cache.trim()
    assert cache.layer(one.layer) and cache.layer(two.layer) is None


def test_what_a_killed_command_left_is_removed_and_what_a_living_one_writes_is_not(cache: LayerCache) -> None:
    cache.keep([TEXT], level=1)
    (cache.folder / ".new-dead").write_bytes(b"half")
    begun, go_on = threading.Event(), threading.Event()

    def slow():  # type: ignore[no-untyped-def]
        begun.set()
        yield TEXT[::-1]
        go_on.wait(10)

    thread = threading.Thread(target=lambda: cache.keep(slow(), level=1))
    thread.start()
    begun.wait(10)
    cache.trim()
    go_on.set()
    thread.join()
    assert not (cache.folder / ".new-dead").exists()
    assert cache.layer(digest_of(TEXT[::-1]))


def test_one_who_reads_while_the_layer_is_removed_reads_it_to_its_end(cache: LayerCache) -> None:
    kept = cache.keep([TEXT], level=1)
    reading = cache.read(kept.layer)
    first = next(reading)
    cache.drop(kept.layer)
    assert b"".join(unpacked([first, *reading])) == TEXT


def test_an_interrupted_writing_leaves_nothing(cache: LayerCache) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield TEXT
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.keep(broken(), level=1)
    assert list(cache.folder.iterdir()) == []


def test_an_archive_is_taken_apart_as_it_streams(cache: LayerCache) -> None:
    made = image([*layers("a", 5000, 7000), EMPTY])
    (found,) = unpack(archive({"shop/web:1": made}), cache, level=1)
    assert found.content == made.content
    assert found.names == ("shop/web:1",)
    assert made.content.digest in found.ids
    for digest, text in zip(made.content.layers, made.layers, strict=True):
        assert b"".join(unpacked(cache.read(digest))) == text


def test_layers_that_are_not_wanted_are_not_kept_and_their_sizes_are_known(cache: LayerCache) -> None:
    made = image(layers("b", 5000, 7000))
    (found,) = unpack(archive({"x:1": made}), cache, level=1, wanted=[made.content.layers[1]])
    assert found.content.sizes == made.content.sizes
    assert cache.layer(made.content.layers[0]) is None and cache.layer(made.content.layers[1])


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_an_archive_may_be_packed(cache: LayerCache, pack) -> None:  # type: ignore[no-untyped-def]
    made = image(layers("c", 5000))
    (found,) = unpack([pack(b"".join(archive({"x:1": made})))], cache, level=1)
    assert found.content == made.content


def test_an_oci_layout_with_packed_layers_and_several_platforms_is_read_from_its_folder(
    cache: LayerCache, tmp_path: Path
) -> None:
    both = [image(layers("d", 5000), platform=platform) for platform in ("linux/amd64", "linux/arm64")]
    blobs = tmp_path / "oci" / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(text: bytes) -> dict[str, object]:
        (blobs / digest_of(text)[7:]).write_bytes(text)
        return {"digest": digest_of(text), "size": len(text)}

    manifests = []
    for made in both:
        config = put(made.content.config)
        packed = [put(gzip.compress(text, mtime=0)) for text in made.layers]
        manifests.append(put(json.dumps({"schemaVersion": 2, "config": config, "layers": packed}).encode()))
    inner = put(json.dumps({"schemaVersion": 2, "manifests": manifests}).encode())
    (tmp_path / "oci" / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [inner]}))
    found = unpack(open_archive(str(tmp_path / "oci")), cache, level=1)
    assert {one.content.platform for one in found} == {"linux/amd64", "linux/arm64"}
    assert all(inner["digest"] in one.ids for one in found), "an engine may call an image by its index"


@pytest.mark.parametrize("text", [b"nonsense" * 1000, b""])
def test_what_is_no_archive_is_an_error(cache: LayerCache, text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack([text], cache, level=1)


def test_an_archive_that_is_cut_off_gives_no_image(cache: LayerCache) -> None:
    whole = b"".join(archive({"x:1": image(layers("e", 500_000))}))
    with pytest.raises(ValueError, match=r"."):
        assert unpack([whole[:200_000]], cache, level=1) == ()
        raise ValueError("no image")


def test_a_layer_whose_name_lies_goes_under_its_own_hash(cache: LayerCache) -> None:
    text = layer("f", 3000, "f")
    from stagekit.images.archive import layer_head, padding

    lying = layer_head("sha256:" + "0" * 64, len(text)) + text + padding(len(text)) + bytes(1024)
    unpack([lying], cache, level=1)
    assert cache.layer("sha256:" + "0" * 64) is None and cache.layer(digest_of(text))
