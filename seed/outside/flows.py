"""Flows: the report's deployment in Prefect, and the finished runs that wrote the seed's reports.

Prefect's API dates a run by the moment at which it is told, so the past ones are written into its database, which the
same Postgres has. That rests on the tables of the pinned Prefect; a test on the stack looks at what Prefect shows.
"""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import psycopg
from psycopg.conninfo import make_conninfo

from scenario.nights import Night, nights
from shop import settings
from shop.reports.periods import DEPLOYMENT, FLOW
from shop.reports.runs import prefect_client
from stagekit_seed import Seed

DATABASE = "prefect"
TAG = "seed"
WAIT_SECONDS = 120.0


def apply(seed: Seed) -> str:
    return _put(seed, {"flow_runs": {"tags": {"all_": [TAG]}}})


def reset(seed: Seed) -> str:
    """All other runs of the report go, but for those that the schedule holds for nights to come."""
    past = {"state": {"type": {"not_any_": ["SCHEDULED"]}}}
    return _put(seed, {"flow_runs": past})


def _put(seed: Seed, others: dict[str, Any]) -> str:
    """What the seed wants and is not there is made; of `others`, what it does not want goes."""
    config = settings.load()
    wanted = {night.run: night for night in nights(seed)}
    with prefect_client(config.prefect_api_url, config.prefect_api_auth_string.get_secret_value()) as client:
        _wait_for(client)
        flow = _asked(client, "POST", "flows/", {"name": FLOW})["id"]
        deployment, made = _deployment(client, flow)
        there = {each["id"] for each in _runs(client, {"flow_runs": {"id": {"any_": list(wanted)}}})}
        gone = [each["id"] for each in _runs(client, others) if each["id"] not in wanted]
        for run in gone:
            client.delete(f"flow_runs/{run}")
    missing = [night for run, night in wanted.items() if run not in there]
    if missing:
        _write(config, flow, deployment, missing)
    done = [("deployment made", made), (f"{len(missing)} runs made", missing), (f"{len(gone)} runs removed", gone)]
    return ", ".join(words for words, happened in done if happened) or "there already, nothing to do"


def _wait_for(client: httpx.Client) -> None:
    """Prefect starts for some seconds, while the database is filled. Raises RuntimeError."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            client.get("ready").raise_for_status()
            return
        except httpx.HTTPError as error:
            if time.monotonic() >= end:
                raise RuntimeError(f"Prefect is not ready after {WAIT_SECONDS:.0f} s: {error}") from error
            time.sleep(0.25)


def _deployment(client: httpx.Client, flow: str) -> tuple[str, bool]:
    """The worker makes it too, whichever comes first; made here, nobody runs it before the worker is there."""
    answer = client.get(f"deployments/name/{FLOW}/{DEPLOYMENT}")
    if answer.status_code != httpx.codes.NOT_FOUND:
        return str(answer.raise_for_status().json()["id"]), False
    made = _asked(client, "POST", "deployments/", {"name": DEPLOYMENT, "flow_id": flow})
    return str(made["id"]), True


def _runs(client: httpx.Client, question: dict[str, Any]) -> list[dict[str, Any]]:
    """All pages of them, of this flow only."""
    found: list[dict[str, Any]] = []
    while True:
        page = {"flows": {"name": {"any_": [FLOW]}}, "limit": 200, "offset": len(found), "sort": "ID_DESC"}
        some = _asked(client, "POST", "flow_runs/filter", question | page)
        found += some
        if len(some) < 200:
            return found


def _asked(client: httpx.Client, method: str, path: str, body: dict[str, Any]) -> Any:
    answer = client.request(method, path, json=body)
    if answer.is_error:
        raise RuntimeError(f"Prefect answers {answer.status_code} to {path}: {answer.text[:300]}")
    return answer.json()


def _write(config: settings.Settings, flow: str, deployment: str, missing: list[Night]) -> None:
    password = config.database_password.get_secret_value()
    target = make_conninfo(config.database_url, dbname=DATABASE, **({"password": password} if password else {}))
    with psycopg.connect(target) as db:
        for night in missing:
            values = _values(night, flow, deployment)
            db.execute(_RUN, values)
            db.execute(_STATE, values)
            db.execute("UPDATE flow_run SET state_id = %(state)s WHERE id = %(run)s", values)


def _values(night: Night, flow: str, deployment: str) -> dict[str, Any]:
    return {
        "run": night.run,
        "state": str(uuid5(NAMESPACE_URL, night.run)),
        "name": night.name,
        "flow": flow,
        "deployment": deployment,
        "begin": night.begin,
        "end": night.end,
        "tags": json.dumps([TAG]),
        "parameters": json.dumps({"as_of": night.begin.isoformat()}),
        "labels": json.dumps({"prefect.flow.id": flow}),
    }


_RUN = """
INSERT INTO flow_run (id, created, updated, name, state_type, state_name, state_timestamp, run_count, flow_id,
    deployment_id, expected_start_time, start_time, end_time, total_run_time, tags, parameters, labels, auto_scheduled)
VALUES (%(run)s, %(begin)s, %(end)s, %(name)s, 'COMPLETED', 'Completed', %(end)s, 1, %(flow)s,
    %(deployment)s, %(begin)s, %(begin)s, %(end)s, %(end)s::timestamptz - %(begin)s::timestamptz, %(tags)s,
    %(parameters)s, %(labels)s, true)
ON CONFLICT (id) DO NOTHING
"""
_STATE = """
INSERT INTO flow_run_state (id, created, updated, type, timestamp, name, flow_run_id)
VALUES (%(state)s, %(end)s, %(end)s, 'COMPLETED', %(end)s, 'Completed', %(run)s)
ON CONFLICT (id) DO NOTHING
"""
