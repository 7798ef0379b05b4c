"""The product's seed: the story that it tells, and that people.yaml and the users' page tell the same."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from stagekit_seed import hashing
from stagekit_seed.manifest import read
from tests.support.database import MAY, ROOT, SEED
from tests.support.seeding import Rows, environment, seeded

PEOPLE: list[dict[str, Any]] = yaml.safe_load((ROOT / "auth0/people.yaml").read_text(encoding="utf-8"))["people"]


@pytest.fixture(scope="module")
def rows() -> dict[str, Rows]:
    return seeded()


def of(rows: Rows, case: str) -> Rows:
    return [row for row in rows if row["person"] == f"auth0|{case}"]


def test_everybody_of_the_seed_can_sign_in_and_is_called_the_same(rows: dict[str, Rows]) -> None:
    written = {(f"auth0|{person['id']}", person["email"], person["name"]) for person in PEOPLE}
    assert len(written) == 60
    assert {(row["sub"], row["email"], row["name"]) for row in rows["people"]} == written


def test_the_users_page_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("users_page", SEED / "users_page.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / module.PAGE).read_text(encoding="utf-8") == module.page(), "`make docs` writes it anew"


def test_the_first_twelve_are_as_ever(rows: dict[str, Rows]) -> None:
    told = {row["id"]: (row["plan"], row["status"]) for row in rows["subscriptions"][:10]}
    assert told == {
        "sub_seed_ana": ("house", "active"),
        "sub_seed_ben": ("house", "past_due"),
        "sub_seed_cleo": ("taster", "active"),
        "sub_seed_dan": ("taster", "cancelled"),
        "sub_seed_finn": ("cellar", "active"),
        "sub_seed_gia": ("house", "trialling"),
        "sub_seed_hugo": ("cellar", "active"),
        "sub_seed_ines": ("taster", "active"),
        "sub_seed_kira": ("house", "active"),
        "sub_seed_leo": ("taster", "active"),
    }
    assert [row["id"] for row in rows["payments"][:2]] == ["pay_seed_ana_1", "pay_seed_cleo_1"]


@pytest.mark.parametrize(
    ("case", "subscriptions", "payments"),
    [
        ("refunded", ["cancelled"], {"paid": 2, "refunded": 1}),
        ("past-due", ["past_due"], {"paid": 6, "failed": 1}),
        ("cancelled", ["cancelled"], {"paid": 8}),
        ("trialling", ["trialling"], {}),
        ("trial-ended", ["cancelled"], {}),
        ("never-paid", ["past_due"], {"failed": 1}),
        ("unverified", [], {}),
        ("upgraded", ["active"], {"paid": 9}),
        ("downgraded", ["active"], {"paid": 11}),
        ("recovered", ["active"], {"paid": 8}),
        ("long-name", ["active"], {"paid": 6}),
        ("many-receipts", ["active"] * 3, {"paid": 54}),
        ("ended-today", ["cancelled"], {"paid": 6}),
        ("two-over-time", ["cancelled", "active"], {"paid": 9}),
        ("cancelling", ["active"], {"paid": 6}),
        ("plus-address", ["active"], {"paid": 4}),
    ],
)  # fmt: skip
def test_each_case_is_what_its_name_says(
    rows: dict[str, Rows], case: str, subscriptions: list[str], payments: dict[str, int]
) -> None:
    assert [row["status"] for row in of(rows["subscriptions"], case)] == subscriptions
    assert Counter(row["status"] for row in of(rows["payments"], case)) == payments
    (person,) = (person for person in PEOPLE if person["id"] == case)
    assert person["email"].startswith(case) and person["note"]


def test_particulars_of_some_cases(rows: dict[str, Rows]) -> None:
    plans = [row["plan"] for row in of(rows["payments"], "upgraded")]
    assert plans == ["taster"] * 7 + ["cellar"] * 2 or plans == ["taster"] * 6 + ["cellar"] * 3
    assert [row["plan"] for row in of(rows["payments"], "downgraded")][-1] == "taster"
    (cancelling,) = of(rows["subscriptions"], "cancelling")
    assert (cancelling["renews_at"], cancelling["ended_at"]) == ("", "")
    assert datetime(2026, 3, 4, 6, tzinfo=UTC) in [row["paid_at"] for row in of(rows["payments"], "recovered")]
    assert [person["id"] for person in PEOPLE if person.get("email_verified") is False] == ["unverified"]


def test_payments_cover_eighteen_months_and_none_lies_ahead(rows: dict[str, Rows]) -> None:
    moments = [row["paid_at"] for row in rows["payments"] if isinstance(row["paid_at"], datetime)]
    assert len({(moment.year, moment.month) for moment in moments}) == 18
    assert max(moments) == MAY


def test_ids_and_receipt_numbers_are_given_once_at_any_scale() -> None:
    rows = seeded(scale=3)
    for table, key in (("people", "sub"), ("people", "email"), ("subscriptions", "id"), ("payments", "receipt_number")):
        values = [str(row[key]) for row in rows[table]]
        assert len(values) == len(set(values)), (table, key)


def test_every_paid_payment_has_its_receipt_and_its_event(rows: dict[str, Rows]) -> None:
    paid = {row["id"] for row in rows["payments"] if row["status"] != "failed"}
    assert {row["payment"] for row in rows["mails"]} == paid
    assert {row["event"] for row in rows["mails"]} <= {row["id"] for row in rows["stripe_events"]}
    assert all(row["sent_at"] for row in rows["mails"])


def test_a_greater_scale_moves_nobody(rows: dict[str, Rows]) -> None:
    more = seeded(scale=2)
    for table in ("people", "subscriptions", "payments", "mails"):
        kept = {json.dumps(row, default=str, sort_keys=True) for row in more[table]}
        assert {json.dumps(row, default=str, sort_keys=True) for row in rows[table]} < kept


def test_no_row_depends_on_the_day_of_the_month() -> None:
    from stagekit_seed.moments import instant

    assert {instant(datetime(2026, 5, day, 23, 59, tzinfo=UTC)) for day in (1, 14, 31)} == {MAY}


SAY = """
import json, sys
from tests.support.seeding import seeded, SEED
from tests.support.database import MAY
from stagekit_seed import hashing
from stagekit_seed.manifest import read
print(hashing.wanted(list(read(SEED).layers), MAY, 1, "0001"))
print(json.dumps(seeded(), default=str))
"""


def test_two_processes_that_hash_differently_give_the_same_hashes_and_rows() -> None:
    def said(hash_seed: str) -> str:
        env = dict(environment(PYTHONHASHSEED=hash_seed, PYTHONDONTWRITEBYTECODE="1"))
        env["PYTHONPATH"] += f":{ROOT}"
        done = subprocess.run([sys.executable, "-c", SAY], env=env, capture_output=True, text=True, check=True)
        return done.stdout

    assert said("1") == said("2")


def test_the_hash_covers_the_shops_own_code_that_writes_the_receipts() -> None:
    from stagekit_seed import modules

    (receipts,) = (f for layer in read(SEED).layers for f in layer.files if f.path == "scenario/receipts.py")
    found = modules.sources(receipts)
    assert {"shop.billing.receipts", "shop.money", "scenario.receipt_events"} <= set(found)
    assert not [name for name in found if name.partition(".")[0] in ("sqlalchemy", "pydantic", "stagekit_seed")]
    assert hashing.wanted(list(read(SEED).layers), MAY, 1, None).keys() == {"reference", "scenario"}
