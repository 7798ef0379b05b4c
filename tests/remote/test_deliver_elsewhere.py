"""Images that were built elsewhere, and what is kept of all that was delivered."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.testing.stage import run_stagekit
from tests.remote.delivery_rig import Rig, environment, stagekit, write_project
from tests.support.drop_ins import Lab, have_base
from tests.support.images import MB, Made, archive, fresh, image, layer, layers
from tests.support.registry import start_bare_registry

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def registry(engine: Engine) -> Iterator[str]:
    """The address of a registry on this machine's loopback."""
    have_base(engine)
    lab = Lab()
    yield start_bare_registry(lab, engine.docker)
    lab.close()


def saved(path: Path, images: dict[str, Made]) -> Path:
    path.write_bytes(gzip.compress(b"".join(archive(images)), 1))
    return path


def one(word: str, *, platform: str = "linux/amd64") -> Made:
    return image(layers(fresh(word), 3000, 2000), platform=platform)


def brought_up(folder: Path, rig: Rig) -> subprocess.CompletedProcess[str]:
    """What `up` says of a project here; nothing of it stays but its images."""
    env = environment(rig, STAGEKIT_IMAGES="packages", STAGEKIT_TIMEOUT="5")
    done = run_stagekit(folder, "up", env=env)
    run_stagekit(folder, "down", env=env)
    return done


def test_what_ci_saved_is_delivered_in_place_of_what_is_here(rig: Rig, tmp_path: Path) -> None:
    here, built = one("here"), {"ci-17/web:abc": one("web"), "ci-17/job:abc": one("job")}
    references = rig.load({"web": here, "job": here, "db": here})
    folder = write_project(tmp_path / "project", rig, references)
    images = saved(tmp_path / "images.tar.gz", built)
    done = stagekit(folder, rig, "deliver", "--json", "--from", str(images))
    assert done.returncode == 0, done.stderr
    rows = {service: row["identity"] for row in json.loads(done.stdout)["images"] for service in row["names"]}
    assert rows == {
        "web": built["ci-17/web:abc"].content.identity.fingerprint(),
        "job": built["ci-17/job:abc"].content.identity.fingerprint(),
        "db": here.content.identity.fingerprint(),
    }


def test_an_archive_of_one_image_is_taken_for_the_service_that_is_named(rig: Rig, tmp_path: Path) -> None:
    made = one("other")
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/not-here"})
    images = saved(tmp_path / "x.tar", {"other/name:1": made})
    refused = stagekit(folder, rig, "deliver", "--from", str(images))
    assert refused.returncode == 0 or "--from SERVICE=" in refused.stderr
    done = stagekit(folder, rig, "deliver", "--json", "--from", f"web={images}")
    assert json.loads(done.stdout)["images"][0]["identity"] == made.content.identity.fingerprint(), done.stderr


def test_an_archive_for_another_platform_is_refused(rig: Rig, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/web"})
    images = saved(tmp_path / "x.tar", {"a/web:1": one("arm", platform="linux/arm64")})
    done = stagekit(folder, rig, "deliver", "--from", str(images))
    assert done.returncode == 1 and "[delivery-platform]" in done.stderr


@pytest.mark.parametrize("text", [b"nonsense" * 500, b""])
def test_a_file_that_is_no_archive_is_an_error(rig: Rig, tmp_path: Path, text: bytes) -> None:
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/web"})
    (tmp_path / "x.tar").write_bytes(text)
    done = stagekit(folder, rig, "deliver", "--from", f"web={tmp_path / 'x.tar'}")
    assert done.returncode == 1 and "[delivery-origin]" in done.stderr


def test_what_a_registry_has_is_delivered_by_its_reference(rig: Rig, registry: str, tmp_path: Path) -> None:
    made = one("pushed")
    reference = f"{registry}/shop/web:1.2"
    here = rig.load({"web": made})["web"]
    for words in (["tag", here, reference], ["push", "--quiet", reference], ["image", "rm", reference, here]):
        subprocess.run(["docker", *words], check=True, capture_output=True)
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/never-built"})
    done = stagekit(folder, rig, "deliver", "--json", "--from", f"web={reference}")
    subprocess.run(["docker", "image", "rm", reference], check=False, capture_output=True)
    assert json.loads(done.stdout)["images"][0]["identity"] == made.content.identity.fingerprint(), done.stderr


def test_a_reference_that_no_registry_has_is_an_error(rig: Rig, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/web"})
    done = stagekit(folder, rig, "deliver", "--from", "web=127.0.0.1:9/nowhere/web:1")
    assert done.returncode == 1 and "[delivery-origin]" in done.stderr


def test_prune_keeps_what_the_last_deliveries_need_and_all_that_is_not_this_projects(rig: Rig, tmp_path: Path) -> None:
    base = layers(fresh("base"), 1000)
    other = Rig(rig.machine, rig.local, rig.cache)
    others = set(other.deliver(other.load({"web": one("other")})).images[0].names.values())
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/web"})
    for _ in range(4):
        rig.load({"web": image([*base, layer("code", 1000, fresh("code"))])})
        assert stagekit(folder, rig, "deliver").returncode == 0
    before = rig.names()
    assert len(before) == 4
    rows = json.loads(stagekit(folder, rig, "images", "--json").stdout)
    assert sorted(row["use"] for row in rows) == ["could go", "kept", "kept", "kept"]
    assert sum(row["here"] for row in rows) == 1
    assert {row["shared"] for row in rows} == {1}
    done = stagekit(folder, rig, "images", "prune")
    assert "1 images removed, 3 kept" in done.stdout or "1 image removed, 3 kept" in done.stdout, done.stderr
    stagekit(folder, rig, "images", "prune", "--keep", "1")
    assert len(rig.names()) == 1
    assert others <= rig.machine.names()
    other.close_images()


def test_prune_keeps_an_image_that_a_container_was_made_of(rig: Rig, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/web"})
    rig.load({"web": one("old")})
    stagekit(folder, rig, "deliver")
    (old,) = rig.names()
    with rig.machine.connect() as door:
        made = door.run(["docker", "create", old])
        rig.load({"web": one("new")})
        stagekit(folder, rig, "deliver")
        stagekit(folder, rig, "images", "prune", "--keep", "1")
        assert old in rig.names()
        door.run(["docker", "rm", made.stdout.strip()])
    stagekit(folder, rig, "images", "prune", "--keep", "1")
    assert old not in rig.names()


def test_up_stages_layers_so_that_a_delivery_only_sends(rig: Rig, tmp_path: Path) -> None:
    base = rig.load({"base": image(layers(fresh("base"), 1 * MB))})["base"]
    folder = write_project(tmp_path / "project", rig, {"web": f"{rig.project}/web"})
    (folder / "Dockerfile").write_text(f"FROM {base}\nCOPY Dockerfile /\n")
    service = f"services: {{web: {{image: {rig.project}/web, build: ., deploy: {{replicas: 0}}}}}}\n"
    (folder / "compose.yaml").write_text(service)
    done = brought_up(folder, rig)
    rig.made.append(f"{rig.project}/web")
    assert rig.cache.size() > MB, f"{done.stdout}{done.stderr}"
    again = stagekit(folder, rig, "deliver", "--json")
    assert json.loads(again.stdout)["seconds"].get("stage", 0) < 0.2, again.stderr


def test_the_platform_of_the_block_is_what_up_builds_for(rig: Rig, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", rig, {})
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\nCMD ['/none']\n")
    services = f"services: {{web: {{image: {rig.project}/web, build: ., deploy: {{replicas: 0}}}}}}\n"
    (folder / "compose.yaml").write_text(f"x-stagekit: {{version: 1, platform: linux/arm64}}\n{services}")
    done = brought_up(folder, rig)
    rig.made.append(f"{rig.project}/web")
    built = rig.local.inspected([f"{rig.project}/web"])
    assert built[f"{rig.project}/web"]["Architecture"] == "arm64", done.stderr
    refused = stagekit(folder, rig, "deliver")
    assert "[delivery-platform]" in refused.stderr
