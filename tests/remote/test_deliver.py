from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagekit.doors.store import StoreDoor
from stagekit.errors import DeliveryError
from tests.remote.delivery_rig import Machine, Rig, stagekit, write_project
from tests.support.images import EMPTY, MB, archive, compressed, fresh, image, layer, layers

pytestmark = pytest.mark.engine


def test_delivered_images_are_the_same_at_the_host_and_a_second_time_nothing_is_sent(rig: Rig) -> None:
    base = layers(fresh("base"), 5 * MB, 20_000)
    made = {"web": image([*base, layer("a", 1000, fresh("a"))]), "job": image([*base, layer("b", 1000, fresh("b"))])}
    references = rig.load(made)
    first = rig.deliver(references)
    assert first.layers == 4, "what both share is sent once"
    assert {i.identity for i in first.images} == {one.content.identity.fingerprint() for one in made.values()}
    assert rig.machine.partial() == set()
    second = rig.deliver(references)
    assert (second.bytes, second.layers) == (0, 0)
    assert second.images[0].names.keys() | second.images[1].names.keys() == {"web", "job"}


def test_a_changed_layer_is_all_that_is_sent(rig: Rig) -> None:
    base = layers(fresh("base"), 5 * MB)
    rig.deliver(rig.load({"web": image([*base, layer("code", 3000, fresh("code"))])}))
    again = rig.deliver(rig.load({"web": image([*base, layer("code", 3000, fresh("code"))])}))
    assert again.layers == 1
    assert again.bytes < 1.1 * 3000 + 10_000


def test_ten_services_that_share_layers_move_each_layer_once(rig: Rig) -> None:
    base = layers(fresh("base"), 5 * MB, 30_000, 5 * MB)
    made = {f"s{n}": image([*base, layer("own", 1000, fresh("own"))]) for n in range(10)}
    found = rig.deliver(rig.load(made))
    assert found.layers == 3 + 10
    assert found.bytes < 10.2 * MB


def test_services_with_one_image_get_a_name_each(rig: Rig) -> None:
    references = rig.load({"web": image(layers(fresh("one"), 2000))})
    found = rig.deliver({"web": references["web"], "worker": references["web"]})
    (only,) = found.images
    assert set(only.names) == {"web", "worker"}
    assert rig.names() == set(only.names.values())


def test_layers_that_images_share_on_other_layers_arrive_for_both(rig: Rig) -> None:
    shared = layer("shared", 3000, fresh("shared"))
    made = {
        "a": image([layer("a", 1000, fresh("a")), shared]),
        "b": image([layer("b", 1000, fresh("b")), shared, layer("big", 5 * MB, fresh("big"))]),
    }
    found = rig.deliver(rig.load(made))
    assert len(found.images) == 2


def test_an_image_of_a_hundred_layers_arrives(rig: Rig) -> None:
    made = image(layers(fresh("many"), *[2000] * 100))
    assert rig.deliver(rig.load({"many": made})).layers == 100


def test_an_image_with_empty_layers_arrives(rig: Rig) -> None:
    top = layer("top", 2000, fresh("top"))
    found = rig.deliver(rig.load({"odd": image([EMPTY, layer("low", 2000, fresh("low")), EMPTY, top, EMPTY])}))
    assert found.images[0].layers == 5


def test_tags_that_an_image_has_here_stay_here(rig: Rig) -> None:
    made = image(layers(fresh("tagged"), 2000))
    references = rig.load({"web": made, "other": made})
    before = rig.machine.names()
    found = rig.deliver({"web": references["web"]})
    assert rig.machine.names() - before == set(found.images[0].names.values())


def test_what_was_built_for_another_platform_is_refused_and_nothing_is_sent(rig: Rig) -> None:
    references = rig.load({"web": image(layers(fresh("arm"), 2000), platform="linux/arm64/v8")})
    with pytest.raises(DeliveryError, match="another platform") as refused:
        rig.deliver(references)
    assert "platform: linux/amd64" in refused.value.next and "--from" in refused.value.next
    assert rig.names() == set()


def test_the_command_says_what_was_moved_and_that_it_is_identical(rig: Rig, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", rig, rig.load({"web": image(layers(fresh("cli"), 5 * MB, 1000))}))
    first = stagekit(folder, rig, "deliver")
    assert first.returncode == 0, first.stderr
    assert "2 layers" in first.stdout and "identical ✓" in first.stdout
    again = stagekit(folder, rig, "deliver", "--json")
    document = json.loads(again.stdout)
    assert (document["bytes"], document["identical"]) == (0, True)
    assert f"test-{document['store']}" == rig.machine.name
    assert list(document["images"][0]["names"]) == ["web"]


def test_a_delivery_with_nothing_to_do_makes_one_connection(rig: Rig, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", rig, rig.load({"web": image(layers(fresh("cli"), 1000))}))
    assert stagekit(folder, rig, "deliver").returncode == 0
    before = rig.machine.logins()
    assert stagekit(folder, rig, "deliver").returncode == 0
    assert rig.machine.logins() - before == 1


def test_an_image_that_is_not_here_is_an_error_that_says_how_to_get_it(rig: Rig, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/never-built"})
    done = stagekit(folder, rig, "deliver")
    assert done.returncode == 1
    assert "stagekit up" in done.stderr and "[delivery-image-missing]" in done.stderr


@pytest.mark.parametrize("packed", [False, True], ids=["as saved", "as a registry has it"])
def test_images_of_a_containerd_engine_here_arrive_too(
    rig: Rig, delivery_hosts: dict[str, Machine], packed: bool
) -> None:
    made = image(layers(fresh("ctd"), 5 * MB, 2000))
    with delivery_hosts["containerd"].connect() as door:
        here = Rig(rig.machine, StoreDoor(door.engine_host), rig.cache, fresh("p"))
        reference = f"{here.project}/web:1"
        here.local.load(compressed(made, reference) if packed else archive({reference: made}))
        here.made.append(reference)
        found = here.deliver({"web": reference})
        assert found.images[0].identity == made.content.identity.fingerprint()
        assert here.deliver({"web": reference}).bytes == 0
        here.close()
