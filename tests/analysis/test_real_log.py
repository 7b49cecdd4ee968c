"""The log of 161 visits that observers at Minneapolis kept: read, its rhythm, and held against a changed copy.

The log belongs to its keepers and is no part of this repository; where it is absent, these tests are skipped.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wheelsdown.engines.agreeing import compare
from wheelsdown.engines.rhythm import rhythm
from wheelsdown.engines.visits_from import visits_of
from wheelsdown.errors import UsageError

LOG = Path(__file__).resolve().parents[3] / "shared" / "data" / "investigations" / "msp-ice-flights.csv"
WINDOW = {"since": "2025-10-01", "until": "2026-08-07"}
ZONE = "America/Chicago"
ALL = ("observed", "inferred", "likely", "possible")


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests away from what the user has loaded."""
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "none"))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """The log's own rows."""
    if not LOG.exists():
        pytest.skip(f"no real log here: {LOG} is absent")
    with LOG.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def time_of(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=UTC)


def backwards(row: dict[str, str]) -> bool:
    return time_of(row["Depart"]) < time_of(row["Arrive"])


def seen(row: dict[str, str]) -> bool:
    note = row["Notes"].lower()
    watched = "in situ observer" in row["Count Method (Detainees On)"]
    return watched and "not observed" not in note and "no known observation" not in note


def test_every_row_is_read_and_the_eleven_are_flagged(rows: list[dict[str, str]]) -> None:
    found = visits_of(LOG)
    visits = found.visits
    assert found.kind == "log"
    assert visits.height == len(rows) == 161
    assert visits["airfield"].unique().to_list() == ["KMSP"]
    flagged = visits.filter(pl.col("integrity").list.contains("departs_before_arrival"))
    assert flagged.height == sum(map(backwards, rows)) == 11
    assert flagged["quarantined"].null_count() == 0
    assert flagged["departed_utc"].null_count() == 11
    assert visits.filter(pl.col("quarantined").is_not_null()).height == 11
    assert visits.filter(pl.col("grade") == "observed").height == sum(map(seen, rows))
    assert sorted(visits["arrived_utc"]) == sorted(time_of(r["Arrive"]) for r in rows)
    # three links name two addresses: neither is chosen, and nothing is lost
    assert found.result.problems["reason"].to_list() == ["more than one address in one row"] * 3
    assert found.result.problems["rows_lost"].sum() == 0
    assert visits["icao24"].null_count() == 3 + 1  # and one row names no aircraft at all


def test_the_log_contradicts_itself_where_it_does(rows: list[dict[str, str]]) -> None:
    visits = visits_of(LOG).visits
    # GRG, for GRK, is in Afghanistan: it would have flown 25,000 km within a day
    fast = visits.filter(pl.col("integrity").list.contains("impossible_speed"))
    assert fast["reasons"].list.join(" ").str.contains("as logged: GRG").to_list() == [True]
    assert [r["Reg"] for r in rows if r["Origin"] == "GRG"] == fast["registration"].to_list()
    # one tail goes with two addresses, of which one belongs to another tail; one address with a tail mistyped once
    conflict = visits.filter(pl.col("integrity").list.contains("identity_conflict"))
    assert set(conflict["registration"]) == {"N974DC", "N975DC", "N959BP", "N9598BP"}


@pytest.mark.parametrize("grades", [("observed",), ALL])
def test_its_rhythm(rows: list[dict[str, str]], grades: tuple[str, ...]) -> None:
    result = rhythm(LOG, grades=grades, zone=ZONE, selection="all", airfield="MSP", **WINDOW)
    row = result.frame.row(0, named=True)
    used = [r for r in rows if not backwards(r) and ("possible" in grades or seen(r))]
    assert row["visits"] == len(used)
    assert row["exposure_days"] == 311
    assert row["rate_per_day"] == pytest.approx(len(used) / 311)
    assert row["days_with_visit"] == len({r["Date"] for r in used})  # its dates are days of Chicago
    assert row["share_of_days"] == pytest.approx(row["days_with_visit"] / 311)
    assert "11" in row["reason"]
    times = sorted(time_of(r["Arrive"]) for r in used)
    gaps = [(b - a) / timedelta(days=1) for a, b in pairwise(times)]
    assert row["gap_median_days"] == pytest.approx(float(np.median(gaps)))
    assert row["gap_median_least"] < row["gap_median_days"] < row["gap_median_most"]
    # what a person saw came more rarely, all that was logged and the rows set aside more often: it is not borne out
    assert row["every_other_day"] is False
    assert row["every_quickest"] < 2.0 < row["every_slowest"]
    assert "which these data cannot show" in row["sentence"]


def test_its_rhythm_ends_with_its_rows() -> None:
    """Asked over two years a log tells of the days from its first row to its last, and of no others."""
    narrow = rhythm(LOG, zone=ZONE, selection="all", airfield="MSP", **WINDOW).frame.row(0, named=True)
    wide = rhythm(LOG, zone=ZONE, selection="all", airfield="MSP", since="2025-01-01", until="2026-12-31")
    row = wide.frame.row(0, named=True)
    assert row["visits"] == narrow["visits"]
    assert row["exposure_days"] <= 311
    assert "from the first row of the log" in row["sentence"]
    assert row["days_with_visit"] == narrow["days_with_visit"]
    stated = rhythm(
        LOG, zone=ZONE, selection="all", airfield="MSP", since="2025-01-01", until="2026-12-31", exposure_days=700
    )
    assert stated.frame["exposure_days"][0] == 700


def test_a_log_does_not_say_what_was_left_out(rows: list[dict[str, str]]) -> None:
    row = rhythm(LOG, zone=ZONE, **WINDOW).frame.row(0, named=True)
    assert row["rate_per_day"] is None
    assert "--selection all" in row["reason"]
    with pytest.raises(UsageError, match="needs the window"):
        rhythm(LOG, since="2025-10-01")


@dataclass
class Changed:
    """What was done to a copy of the log."""

    dropped: int = 0
    nudged: int = 0
    moved: int = 0
    gone: int = 0
    tails: int = 0
    stops: int = 0


def changed_copy(rows: list[dict[str, str]], path: Path, seed: int) -> Changed:
    """Write a copy, changed in rows that lie eight hours from any other and do not contradict themselves."""
    rng = np.random.default_rng(seed)
    times = [time_of(r["Arrive"]) for r in rows]
    alone = [
        i
        for i, r in enumerate(rows)
        if not backwards(r)
        and r["Reg"]
        and all(j == i or abs(t - times[i]) > timedelta(hours=8) for j, t in enumerate(times))
    ]
    chosen = [int(i) for i in rng.permutation(alone)]
    done, out = Changed(), [dict(r) for r in rows]

    def take(n: int) -> list[int]:
        return [chosen.pop() for _ in range(n)]

    def shift(i: int, minutes: int) -> None:
        for column in ("Arrive", "Depart"):
            later = time_of(rows[i][column]) + timedelta(minutes=minutes)
            out[i][column] = f"{later:%Y-%m-%dT%H:%M:%S}.000Z"

    away = take(int(rng.integers(8, 15)))
    done.dropped = len(away)
    for i in take(10):
        shift(i, int(rng.integers(-14, 15)))
        done.nudged += 1
    for i in take(int(rng.integers(5, 12))):
        shift(i, int(rng.integers(20, 90)) * int(rng.choice([-1, 1])))
        done.moved += 1
    for i in take(int(rng.integers(4, 9))):
        shift(i, int(rng.integers(95, 200)) * int(rng.choice([-1, 1])))
        done.gone += 1
    for i in take(int(rng.integers(3, 7))):
        out[i]["Reg"], out[i]["Tracking"] = f"N{900 + i}ZZ", f"https://adsb.lol/?icao=d0{i:04x}"
        done.tails += 1
    for i in take(4):
        out[i]["Destination"] = "ANC"
        done.stops += 1
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        order = rng.permutation([i for i in range(len(rows)) if i not in away])
        writer.writerows(out[int(i)] for i in order)
    return done


@pytest.mark.parametrize("seed", range(5))
def test_a_changed_copy_agrees_exactly_where_it_was_not_changed(
    rows: list[dict[str, str]], tmp_path: Path, seed: int
) -> None:
    copy = tmp_path / "copy.csv"
    done = changed_copy(rows, copy, seed)
    got = compare(LOG, copy, names=("the log", "its copy"), selection="all", **WINDOW)
    agreed = got.summary.frame.row(0, named=True)
    sound = 161 - 11
    both = sound - done.dropped - done.gone
    assert (agreed["both"], agreed["first_only"], agreed["second_only"]) == (both, done.dropped + done.gone, done.gone)
    assert agreed["discrepancies"] == done.moved + done.tails + done.stops
    assert agreed["flagged"] == 2 * 11
    each = got.each.frame
    said = each.filter(pl.col("kind") == "discrepancy")["differs"].list.join("; ")
    assert said.str.contains("arrival: ").sum() == done.moved
    assert said.str.contains("tail: ").sum() == done.tails
    assert said.str.contains("next stop: .* and PANC").sum() == done.stops
    moved = each.filter(pl.col("difference_min") != 0)
    assert done.moved <= moved.height <= done.moved + done.nudged
    # a copy is no second source
    assert agreed["chapman"] is None
    assert "both rest on" in agreed["reason"]
    stated = compare(LOG, copy, selection="all", independent=True, **WINDOW)
    told = stated.summary.frame.row(0, named=True)
    # only what a person saw on the ground is more than a claim
    n1, n2, m = (told[f"{n}_sure"] for n in ("first", "second", "both"))
    assert told["weaker"] > 0
    assert (n1, n2, m) == tuple(_sure(stated.each.frame, n) for n in ("first", "second", "both"))
    assert m < n1 < sound
    assert told["chapman"] == pytest.approx((n1 + 1) * (n2 + 1) / (m + 1) - 1)
    assert told["chapman_least"] >= n1 + n2 - m


def _sure(each: pl.DataFrame, which: str) -> int:
    """Count again, from the rows themselves, what is observed or inferred."""
    ends = ("first", "second") if which == "both" else (which,)
    compared = each.filter(pl.col("kind").is_in(["both", "discrepancy", "first_only", "second_only"]))
    return compared.filter(pl.col(f"{e}_grade").is_in(["observed", "inferred"]) for e in ends).height


def test_the_log_and_itself_agree_in_every_row(rows: list[dict[str, str]]) -> None:
    agreed = compare(LOG, LOG).summary.frame.row(0, named=True)
    assert (agreed["both"], agreed["first_only"], agreed["second_only"], agreed["discrepancies"]) == (150, 0, 0, 0)
