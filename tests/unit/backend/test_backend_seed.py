from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shop.seed.instant import at, instant
from shop.seed.manifest import File, Layer, SeedError, fingerprint, read
from shop.seed.rows import rows_of

SEED = Path(__file__).parents[3] / "seed"
MAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    tables = rows_of(read(SEED), MAY)
    return tables["reference"] | tables["scenario"]


def test_same_files_and_month_give_the_same_rows() -> None:
    assert rows_of(read(SEED), MAY) == rows_of(read(SEED), MAY)


def test_fingerprint_tells_files_instant_and_schema() -> None:
    reference, scenario = read(SEED)
    assert fingerprint(scenario, MAY, "0001") == fingerprint(read(SEED)[1], MAY, "0001")
    others = [
        fingerprint(reference, MAY, "0001"),
        fingerprint(scenario, MAY + timedelta(days=31), "0001"),
        fingerprint(scenario, MAY, "0002"),
        fingerprint(Layer("scenario", scenario.files[1:]), MAY, "0001"),
    ]
    assert len({fingerprint(scenario, MAY, "0001"), *others}) == 5


def test_twelve_people_are_there_with_their_names_as_they_write_them(rows: dict[str, Any]) -> None:
    names = {row["sub"]: row["name"] for row in rows["people"]}
    assert len(names) == 12
    assert (names["auth0|finn"], names["auth0|jon"]) == ("Finn O'Rourke", "Jón Þórsson")
    assert all(row["email"] == f"{row['sub'].removeprefix('auth0|')}@example.test" for row in rows["people"])


def test_subscriptions_are_those_of_the_story(rows: dict[str, Any]) -> None:
    told = {row["id"].removeprefix("sub_seed_"): (row["plan"], row["status"]) for row in rows["subscriptions"]}
    assert told == {
        "ana": ("house", "active"),
        "ben": ("house", "past_due"),
        "cleo": ("taster", "active"),
        "dan": ("taster", "cancelled"),
        "finn": ("cellar", "active"),
        "gia": ("house", "trialling"),
        "hugo": ("cellar", "active"),
        "ines": ("taster", "active"),
        "kira": ("house", "active"),
        "leo": ("taster", "active"),
    }


def test_payments_cover_eight_months_and_none_lies_ahead(rows: dict[str, Any]) -> None:
    assert {f"{row['paid_at']:%Y-%m}" for row in rows["payments"]} == {
        "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05"
    }  # fmt: skip
    assert all(row["paid_at"] <= MAY for row in rows["payments"])
    assert Counter(row["status"] for row in rows["payments"])["refunded"] == 1
    assert [row["person"] for row in rows["payments"] if row["status"] == "failed"] == ["auth0|ben"]


def test_ids_and_receipt_numbers_are_fixed_and_below_those_of_real_payments(rows: dict[str, Any]) -> None:
    numbers = [row["receipt_number"] for row in rows["payments"]]
    assert numbers == list(range(1, len(numbers) + 1))
    for table in ("subscriptions", "payments", "reports"):
        ids = [row["id"] for row in rows[table]]
        assert len(ids) == len(set(ids))
        assert all("_seed_" in each for each in ids)


def test_reports_are_of_nights_gone_by(rows: dict[str, Any]) -> None:
    assert all(row["created_at"] < MAY for row in rows["reports"])


def test_no_row_depends_on_the_day_of_the_month() -> None:
    days = [instant(datetime(2026, 5, day, 23, 59, tzinfo=UTC)) for day in (1, 14, 31)]
    assert days == [MAY] * 3
    assert instant(datetime(2031, 1, 1, tzinfo=UTC), "2026-05-01") == MAY


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("0 1 00:00", MAY),
        ("-5 31 23:59", datetime(2025, 12, 31, 23, 59, tzinfo=UTC)),
        ("8 2 01:00", datetime(2027, 1, 2, 1, tzinfo=UTC)),
        ("", None),
    ],
)
def test_times_count_from_the_first_of_the_month(words: str, moment: datetime | None) -> None:
    assert at(MAY, words) == moment


def test_broken_seed_names_the_file_and_the_row(tmp_path: Path) -> None:
    broken = Layer("x", (File("x/payments.csv", "payments", b"id,subscription\npay_seed_1,sub_none\n"),))
    with pytest.raises(SeedError, match=r"x/payments\.csv, row 1"):
        rows_of([broken], MAY)
    with pytest.raises(SeedError, match=r"manifest\.toml"):
        read(tmp_path)
    (tmp_path / "manifest.toml").write_text('[[layer]]\nname = "x"\nfiles = [{ path = "a.csv", table = "users" }]\n')
    with pytest.raises(SeedError, match="no table users"):
        read(tmp_path)
