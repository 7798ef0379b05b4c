from __future__ import annotations

import pytest
from test_delivery_plan import LAYERS, SIZES, STORES, parcel

from stagekit.images.chains import Holdings, Store
from stagekit.promote.preview import moving

PACKED = {layer: size // 2 for layer, size in SIZES.items()}


@pytest.mark.parametrize("store", STORES)
def test_a_changed_uppermost_layer_is_the_code_alone(store: Store) -> None:
    new = parcel("web", [LAYERS[2], LAYERS[1]])
    (found,) = moving([new], [new], Holdings(store).having([LAYERS[2]]), PACKED)
    assert (found.lacking, found.bytes, found.there) == ((1,), 1000, False)
    assert (found.change(), found.amount()) == ("code layer only, 1.0 kB", "1 of 2 layers, 1.0 kB")


@pytest.mark.parametrize("store", STORES)
def test_what_images_share_is_counted_for_the_first_of_them(store: Store) -> None:
    web, job = parcel("web", [LAYERS[2], LAYERS[3]]), parcel("job", [LAYERS[2], LAYERS[1]])
    found = moving([web, job], [web, job], Holdings(store), PACKED)
    assert [one.bytes for one in found] == [7_000_000, 1000]
    assert found[0].change() == "2 of 2 layers, 7.0 MB"


def test_an_image_that_is_there_moves_nothing_and_says_nothing() -> None:
    there = parcel("web", LAYERS[:2])
    (found,) = moving([there], [], Holdings("classic"), PACKED)
    assert (found.there, found.bytes, found.change()) == (True, 0, "")
    assert found.names == {"web": there.names[0]}


def test_an_image_whose_layers_are_all_there_differs_in_its_settings() -> None:
    new = parcel("web", LAYERS[:2])
    (found,) = moving([new], [new], Holdings("classic").having(LAYERS[:2]), PACKED)
    assert (found.change(), found.amount()) == ("its settings only", "0 of 2 layers")


def test_a_lower_layer_is_more_than_code() -> None:
    for layers, had in (([LAYERS[2], LAYERS[3]], []), ([LAYERS[2], LAYERS[3], LAYERS[4]], [LAYERS[2]])):
        new = parcel("web", layers)
        (found,) = moving([new], [new], Holdings("classic").having(had), PACKED)
        assert not found.code


def test_an_empty_layer_above_the_code_is_no_layer_of_its_own() -> None:
    new = parcel("web", [LAYERS[2], LAYERS[1], LAYERS[0]])  # the last as WORKDIR leaves it
    (found,) = moving([new], [new], Holdings("classic").having([LAYERS[2]]), PACKED)
    assert found.lacking == (1, 2) and found.change() == "code layer only, 1.5 kB"
