from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagekit.errors import DeliveryError, HostError
from stagekit.images.archive import manifest_digest
from stagekit.images.chains import Holdings, Store, chain_ids, holdings
from stagekit.images.content import Content
from stagekit.images.held import Facts, Held, HeldImage
from stagekit.images.names import delivered_name, partial_name, repository_of
from stagekit.promote.deliver import Load, Parcel, disk_need, leftovers, missing, plan_loads
from stagekit.promote.refusals import disk_filled, refuse_disk, refuse_old, refuse_platform

SIZES = {f"sha256:{n:064x}": size for n, size in enumerate([1024, 2000, 5_000_000, 9_000_000, 3_000_000, 4_000_000])}
LAYERS = sorted(SIZES)
STORES: tuple[Store, ...] = ("classic", "containerd")


def content(layers: Sequence[str], label: str = "") -> Content:
    document = {
        "os": "linux",
        "architecture": "amd64",
        "config": {"Labels": {"x": label}},
        "rootfs": {"type": "layers", "diff_ids": list(layers)},
    }
    return Content(json.dumps(document).encode(), tuple(SIZES[one] for one in layers))


def parcel(service: str, layers: Sequence[str]) -> Parcel:
    image = content(layers, service)
    return Parcel(f"shop/{service}", (service,), (delivered_name("shop", service, image.identity),), image)


class Host:
    """An engine of either store: takes an archive as the real ones do, or refuses it."""

    def __init__(self, store: Store) -> None:
        self.had = Holdings(store)
        self.whole: list[str] = []
        self.moved: list[str] = []

    def take(self, load: Load) -> None:
        self.moved += load.layers
        keys: set[str] = set()
        for image in load.images:
            layers = image.content.layers
            absent = {layers[at] for at in self.had.lacks(layers)}
            assert absent <= set(load.layers), "an engine refuses an image with a layer that it has not and is not sent"
            keys |= set(self.had.keys(layers))
        self.had = dataclasses.replace(self.had, known=self.had.known | keys)
        if load.last:
            self.whole += [name for image in load.images for name in image.names]


IMAGES = st.lists(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=6), min_size=1, max_size=5)


@given(IMAGES, st.sampled_from(STORES))
def test_every_image_arrives_and_nothing_is_sent_twice_for_the_same_place(
    images: list[list[str]], store: Store
) -> None:
    parcels = [parcel(f"s{n}", layers) for n, layers in enumerate(images)]
    host = Host(store)
    for load in plan_loads(parcels, host.had, SIZES):
        assert len(set(load.layers)) == len(load.layers)
        host.take(load)
    assert host.whole == [name for one in parcels for name in one.names]
    needed = {key for layers in images for key in host.had.keys(layers)}
    assert len(host.moved) <= len(needed)


@given(IMAGES, st.sampled_from(STORES), st.integers(0, 12))
def test_a_delivery_cut_after_any_archive_goes_on_with_the_rest_only(
    images: list[list[str]], store: Store, after: int
) -> None:
    parcels = [parcel(f"s{n}", layers) for n, layers in enumerate(images)]
    host = Host(store)
    loads = plan_loads(parcels, host.had, SIZES)
    for load in loads[:after]:
        host.take(load)
    sent = sum(SIZES[one] for one in host.moved)
    again = plan_loads(parcels, host.had, SIZES)
    for load in again:
        host.take(load)
    assert set(host.whole) >= {name for one in parcels for name in one.names}
    if after < len(loads):
        assert sum(SIZES[one] for one in host.moved) == sum(SIZES[one] for load in loads for one in load.layers)
    assert sent <= sum(SIZES[one] for one in host.moved)


@given(IMAGES, st.sampled_from(STORES))
def test_a_host_that_has_everything_is_sent_no_layer(images: list[list[str]], store: Store) -> None:
    parcels = [parcel(f"s{n}", layers) for n, layers in enumerate(images)]
    loads = plan_loads(parcels, holdings(store, images), SIZES)
    assert [load.layers for load in loads] == [()]
    assert plan_loads([], Holdings(store), SIZES) == ()


def test_a_cut_loses_little_more_than_four_megabytes_or_one_layer() -> None:
    loads = plan_loads([parcel("web", LAYERS)], Holdings("classic"), SIZES)
    for load in loads:
        rest = sum(SIZES[one] for one in load.layers[:-1])
        assert rest < 4_000_000


def test_the_chain_of_a_layer_is_that_of_the_image_specification() -> None:
    one, two = chain_ids(["sha256:a", "sha256:b"])
    assert one == "sha256:a"
    assert two == "sha256:" + __import__("hashlib").sha256(b"sha256:a sha256:b").hexdigest()


def test_a_classic_store_needs_more_disk_while_it_loads_and_a_containerd_store_for_good() -> None:
    loads = plan_loads([parcel("web", LAYERS[2:4])], Holdings("classic"), SIZES)
    assert disk_need(loads, SIZES, "classic") == 14_000_000 + 9_000_000
    assert disk_need(loads, SIZES, "containerd") == 28_000_000
    assert disk_need((), SIZES, "classic") == 0


def held(store: Store, *images: HeldImage, now: float = 0.0) -> Held:
    return Held(Facts("26.1.5", store, "linux/amd64", now=now), {image.id: image for image in images})


def at_host(store: Store, image: Content, *names: str) -> HeldImage:
    return HeldImage(
        image.digest if store == "classic" else manifest_digest(image), names, 1, image.layers, image.platform
    )


@pytest.mark.parametrize("store", STORES)
def test_an_image_is_there_only_when_configuration_layers_and_platform_are_the_same(store: Store) -> None:
    one = parcel("web", LAYERS[:2])
    there = at_host(store, one.content, *one.names)
    assert missing([one], held(store, there)) == ()
    other = at_host(store, content(LAYERS[:2], "another configuration"), *one.names)
    assert missing([one], held(store, other)) == (one,)
    fewer = dataclasses.replace(there, layers=there.layers[:1])
    assert missing([one], held(store, fewer)) == (one,)
    elsewhere = dataclasses.replace(there, platform="linux/arm64")
    assert missing([one], held(store, elsewhere)) == (one,)
    assert missing([one], held(store)) == (one,)


def test_in_a_containerd_store_only_delivered_images_are_built_on() -> None:
    foreign = HeldImage("sha256:f", ("postgres:17",), 1, tuple(LAYERS[:2]), "linux/amd64")
    ours = HeldImage("sha256:o", ("stagekit/shop/web:1",), 1, (LAYERS[2],), "linux/amd64")
    assert held("containerd", foreign, ours).holdings().known == {LAYERS[2]}
    assert len(held("classic", foreign, ours).holdings().known) == 3


def test_only_what_is_done_with_or_long_abandoned_is_tidied_up() -> None:
    one = parcel("web", LAYERS[:2])
    own = HeldImage("sha256:1", (partial_name(one.content.lowest(1), 99_990),))
    running = HeldImage("sha256:2", ("stagekit/partial:0000000000000000-90000",))
    old = HeldImage("sha256:3", ("stagekit/partial:1111111111111111-1000",))
    other = HeldImage("sha256:4", ("stagekit/other/web:1",))
    assert set(leftovers([one], held("classic", own, running, old, other, now=100_000.0))) == {*own.names, *old.names}


def test_a_delivered_name_carries_the_identity_and_is_legal() -> None:
    identity = content(LAYERS[:1]).identity
    name = delivered_name("shop-a1b2", "backend", identity)
    assert name == f"stagekit/shop-a1b2/backend:{identity.fingerprint()[7:23]}"
    assert (
        delivered_name("shop", "My__Odd___Name_", identity)
        .rpartition("/")[2]
        .partition(":")[0]
        .startswith("my-odd-name-")
    )
    assert repository_of("a___b") != repository_of("a---b")


@pytest.mark.parametrize("version", ["24.0.7", "20.10.24+dfsg1", "", "dev"])
def test_an_engine_older_than_25_is_refused(version: str) -> None:
    with pytest.raises(HostError, match="too old") as refused:
        refuse_old(Facts(version))
    assert refused.value.slug == "host-engine-old"


@pytest.mark.parametrize("version", ["25.0.0", "26.1.5+dfsg1", "29.1.0-rc.1"])
def test_an_engine_of_25_or_newer_is_taken(version: str) -> None:
    refuse_old(Facts(version))


def test_another_platform_is_refused_with_both_ways_out() -> None:
    facts = Facts("26.1.5", platform="linux/arm64")
    with pytest.raises(DeliveryError, match="linux/arm64") as refused:
        refuse_platform({"shop/web": "linux/amd64", "shop/job": "linux/arm64/v8"}, facts)
    assert refused.value.evidence == (("linux/amd64", "shop/web"),)
    assert "platform: linux/arm64" in refused.value.next and "deliver --from" in refused.value.next
    refuse_platform({"shop/job": "linux/arm64/v8"}, facts)


def test_a_small_disk_is_refused_with_the_size_that_is_missing() -> None:
    refuse_disk(100, 100_000_100, "/var/lib/docker")
    with pytest.raises(DeliveryError, match=r"50\.0 MB too small"):
        refuse_disk(100_000_000, 150_000_000, "/var/lib/docker")


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("write /var/lib/docker/tmp/docker-import-1/blobs/sha256/1: no space left on device", True),
        ("Error processing tar file(exit status 1): write /f: no space left on device", True),
        ("write /f: disk quota exceeded", True),
        ("invalid archive: does not contain a manifest.json", False),
    ],
)
def test_a_full_disk_is_told_from_other_refusals(text: str, full: bool) -> None:
    assert disk_filled(text) is full
