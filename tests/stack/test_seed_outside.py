"""What the seed has outside of the database, on the real stack: put back exactly, and made where it is missing."""

from __future__ import annotations

import os
import subprocess

import httpx
import pytest

from stagekit.bootstrap import Engine
from stagekit.testing import SignIn, Stage

pytestmark = pytest.mark.engine
KEY = {"Authorization": "Bearer sk_test_local"}


@pytest.fixture
def stripe(stage: Stage) -> httpx.Client:
    with stage.http("stripe", headers=KEY) as client:
        yield client


def seed(stage: Stage, engine: Engine, *words: str) -> str:
    """The loader as a stage's verbs run it: once more, beside the stage. What it said."""
    command = ["docker", "compose", "run", "--rm", "--no-deps", "-T", "seed", "python", "-m", "stagekit_seed", "/seed"]
    env = {**os.environ, **engine.env, "DOCKER_HOST": engine.host}
    done = subprocess.run([*command, *words], cwd=stage.directory, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def runs(stage: Stage, sign_in: SignIn) -> list[str]:
    with stage.http("api", headers=sign_in("eva@example.test", scope="read:reports run:reports").headers) as api:
        return [run["name"] for run in api.get("/reports/runs").json()]


def test_a_second_run_makes_nothing(stage: Stage, engine: Engine) -> None:
    seed(stage, engine)
    said = seed(stage, engine)
    assert "seed: payments: there already, nothing to do" in said
    assert "seed: flows: there already, nothing to do" in said
    assert "seed: sign-in: 60 people, nothing to do" in said


def test_what_is_missing_is_made_and_what_people_did_stays(
    stage: Stage, engine: Engine, stripe: httpx.Client, sign_in: SignIn
) -> None:
    stripe.post("/v1/customers", data={"email": "someone@example.test"})
    stripe.delete("/v1/subscriptions/sub_seed_hugo")
    with stage.http("prefect") as prefect:
        (run,) = prefect.post(
            "/api/flow_runs/filter", json={"limit": 1, "flow_runs": {"tags": {"all_": ["seed"]}}}
        ).json()
        assert prefect.delete(f"/api/flow_runs/{run['id']}").status_code == 204
    said = seed(stage, engine)
    assert "seed: payments: there already" in said and "seed: flows: 1 runs made" in said
    assert run["name"] in runs(stage, sign_in)
    assert stripe.get("/v1/subscriptions/sub_seed_hugo").json()["status"] == "canceled"
    assert stripe.get("/v1/customers").json()["data"][0]["email"] == "someone@example.test"


def test_put_back_it_is_exactly_the_seed(stage: Stage, engine: Engine, stripe: httpx.Client, sign_in: SignIn) -> None:
    stripe.post("/v1/customers", data={"email": "someone@example.test"})
    stripe.delete("/v1/subscriptions/sub_seed_leo")
    with stage.http("mail") as mail:
        letter = {"From": {"Email": "a@shop.example"}, "To": [{"Email": "b@shop.example"}], "Subject": "x", "Text": "y"}
        assert mail.post("/api/v1/send", json=letter).status_code == 200
    with stage.http("prefect") as prefect:
        flow = prefect.post("/api/flows/", json={"name": "nightly-report"}).json()["id"]
        prefect.post("/api/flow_runs/", json={"name": "of-ours", "flow_id": flow, "state": {"type": "COMPLETED"}})
    assert "of-ours" in runs(stage, sign_in)
    assert "emptied" in seed(stage, engine, "--outside")
    assert all(name.startswith("seed-") for name in runs(stage, sign_in)) and len(runs(stage, sign_in)) == 4
    assert stripe.get("/v1/subscriptions/sub_seed_leo").json()["status"] == "active"
    emails = [each["email"] for each in stripe.get("/v1/customers", params={"limit": 100}).json()["data"]]
    assert "someone@example.test" not in emails and "leo@example.test" in emails
    with stage.http("mail") as mail:
        assert mail.get("/api/v1/messages").json()["total"] == 0
    assert "seed: payments: there already" in seed(stage, engine)


def test_the_shop_sells_on_after_stripes_stand_in_was_put_back(stage: Stage, engine: Engine, sign_in: SignIn) -> None:
    seed(stage, engine, "--outside")
    with stage.http("api", headers=sign_in("unverified@example.test", scope="create:checkout").headers) as api:
        answer = api.post("/checkout", json={"plan": "house"})
    assert answer.status_code in (200, 201) and "/c/pay/" in answer.json()["url"]
