from __future__ import annotations

import pytest
from test_delivery_plan import LAYERS, SIZES, STORES, parcel

from stagekit.images.chains import Holdings, Store
from stagekit.promote.preview import Moving, moving

PACKED = {layer: size // 2 for layer, size in SIZES.items()}


@pytest.mark.parametrize("store", STORES)
def test_a_changed_uppermost_layer_is_the_code_alone(store: Store) -> None:
    new = parcel("web", [LAYERS[2], LAYERS[1]])
    (found,) = moving([new], [new], Holdings(store).having([LAYERS[2]]), PACKED)
    assert (found.lacking, found.bytes, found.there) == ((1,), 1000, False)
    assert (found.change(), found.amount()) == ("code layer only, 1.0 kB", "1 of 2 layers, 1.0 kB")


@pytest.mark.parametrize("store", STORES)
def test_what_images_share_is_counted_for_the_first_of_them(store: Store) -> None:
    web, job = parcel("web", [LAYERS[2], LAYERS[0]]), parcel("job", [LAYERS[2], LAYERS[1]])
    found = moving([web, job], [web, job], Holdings(store), PACKED)
    assert [one.bytes for one in found] == [2_500_512, 1000]
    assert found[0].change() == "2 of 2 layers, 2.5 MB"


def test_an_image_that_is_there_moves_nothing_and_says_nothing() -> None:
    there = parcel("web", LAYERS[:2])
    (found,) = moving([there], [], Holdings("classic"), PACKED)
    assert (found.there, found.bytes, found.change()) == (True, 0, "")
    assert found.names == {"web": there.names[0]}


def test_an_image_whose_layers_are_all_there_differs_in_its_settings() -> None:
    new = parcel("web", LAYERS[:2])
    (found,) = moving([new], [new], Holdings("classic").having(LAYERS[:2]), PACKED)
    assert (found.change(), found.amount()) == ("its settings only", "its settings")


def test_a_lower_layer_is_more_than_code() -> None:
    assert not Moving("web", {}, "", 3, lacking=(1, 2), there=False).code_only
    assert not Moving("web", {}, "", 3, lacking=(1,), there=False).code_only
