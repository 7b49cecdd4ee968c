"""Real flights of known truth: floors under the accuracy, and the measuring itself."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from bench import accuracy, truth
from wheelsdown.schema import AIRFIELDS, LEGS, POSITIONS

SHARED = truth.PLACES[0]
needs_truth = pytest.mark.skipif(truth.find(SHARED) is None, reason="../shared/data/truth is absent")


@lru_cache(maxsize=1)
def measured() -> dict[str, Any]:
    return accuracy.measure(folder=SHARED)


@needs_truth
@pytest.mark.parametrize("variant", list(truth.VARIANTS))
def test_floors(variant: str) -> None:
    row = accuracy.pick(measured(), variant)
    for what, goal in accuracy.GOALS[variant].items():
        if what in ("wrong", "strong_wrong"):
            assert row[what] <= goal, (what, row, measured()["misses"])
        else:
            assert row[what] >= goal, (what, row, measured()["misses"])


@needs_truth
def test_unknown_ends_are_not_asserted() -> None:
    for row in measured()["unknown"]:
        assert row["null_or_possible_pct"] >= accuracy.UNKNOWN_WEAK_PCT, measured()["strong_unknown"]


@needs_truth
def test_truth_is_what_its_readme_says() -> None:
    positions, known = truth.load(truth.find(SHARED))
    assert (known.height, known["origin"].count(), known["destination"].count()) == (84, 47, 43)
    assert POSITIONS.conform(positions).height == positions.height
    assert set(positions["track_id"]) == set(known["flight_id"])
    assert positions["track_deg"].drop_nulls().is_between(0, 360).all()


def _flight(rows: list[tuple[float, float | None, bool | None]]) -> pl.DataFrame:
    """A flight along the meridian of field TEST: degrees of latitude away, altitude, ground flag."""
    return POSITIONS.conform(
        pl.DataFrame(
            {
                "track_id": ["SIM1"] * len(rows),
                "time_utc": [datetime(2030, 1, 1, 0, i, tzinfo=UTC) for i in range(len(rows))],
                "latitude_deg": [r[0] for r in rows],
                "longitude_deg": [0.0] * len(rows),
                "altitude_ft": pl.Series([r[1] for r in rows], dtype=pl.Float32),
                "on_ground": pl.Series([r[2] for r in rows], dtype=pl.Boolean),
                "source": ["SIMULATED"] * len(rows),
            }
        ),
        fill=True,
    )


FIELD = AIRFIELDS.conform(
    pl.DataFrame(
        {
            "code": ["TEST"],
            "ident": ["TEST"],
            "kind": ["small_airport"],
            "latitude_deg": [0.0],
            "longitude_deg": [0.0],
            "elevation_ft": pl.Series([2000.0], dtype=pl.Float32),
            "source": ["SIMULATED"],
        }
    ),
    fill=True,
)


def _known(origin: str | None, destination: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"flight_id": ["SIM1"], "origin": [origin], "destination": [destination], "half": ["A"]},
        schema_overrides={"origin": pl.String, "destination": pl.String},
    )


def test_thinning_takes_what_is_low_near_a_known_end() -> None:
    flight = _flight(
        [
            (0.00, 1900.0, True),
            (0.01, 36000.0, True),  # a stale altitude on the ground goes with the ground
            (0.02, None, True),
            (0.05, 2900.0, False),
            (0.06, None, False),  # no altitude, between two heights below the level
            (0.07, 2990.0, False),
            (0.10, 3010.0, False),
            (2.00, 500.0, False),  # low, but far from the known end
        ]
    )
    kept = truth.thin(flight, _known("TEST", None), FIELD, 1000.0)
    assert kept["latitude_deg"].to_list() == [0.10, 2.00]
    assert kept.columns == POSITIONS.names


def test_thinning_leaves_unknown_ends_alone_and_refuses_an_unknown_field() -> None:
    flight = _flight([(0.0, 1900.0, True), (0.1, 3500.0, False)])
    assert truth.thin(flight, _known(None, None), FIELD, 3000.0).equals(flight)
    with pytest.raises(ValueError, match="XXXX"):
        truth.thin(flight, _known("XXXX", None), FIELD, 3000.0)


def test_a_flight_of_which_nothing_is_left_is_named() -> None:
    flight = _flight([(0.0, 1900.0, True), (0.1, 2500.0, False)])
    (variant,) = truth.variants(flight, _known("TEST", None), FIELD, ("cut1000",))
    assert (variant.positions.height, variant.dropped) == (0, ["SIM1"])


def _legs(*rows: dict[str, Any]) -> pl.DataFrame:
    return LEGS.conform(pl.DataFrame(list(rows), schema_overrides=LEGS.schema), fill=True)


def test_score_takes_the_first_origin_and_the_last_destination() -> None:
    at = [datetime(2030, 1, 1, h, tzinfo=UTC) for h in (8, 9)]
    legs = _legs(
        {"leg_id": "b", "track_id": "SIM1", "first_received_utc": at[1], "origin": "BBBB", "destination": "CCCC",
         "destination_grade": "possible", "destination_rivals": ["DDDD"], "origin_grade": "observed"},
        {"leg_id": "a", "track_id": "SIM1", "first_received_utc": at[0], "origin": "AAAA", "origin_grade": "likely",
         "destination": "BBBB", "destination_grade": "observed"},
    )  # fmt: skip
    ends = accuracy.score(accuracy.ends_of(legs), _known("AAAA", "DDDD"), "full", [])
    got = {r["end"]: r for r in ends.to_dicts()}
    assert (got["origin"]["right"], got["origin"]["strong"]) == (True, True)
    to = got["destination"]
    assert (to["named"], to["wrong"], to["strong"], to["named_or_rival"]) == ("CCCC", True, False, True)


def test_an_end_without_a_leg_counts_as_null() -> None:
    ends = accuracy.score(accuracy.ends_of(LEGS.empty()), _known("AAAA", None), "full", [])
    assert ends["named"].null_count() == 2
    assert ends.filter(pl.col("true").is_not_null())["right"].to_list() == [False]


@needs_truth
def test_measure_counts_the_empty_answer() -> None:
    reference = SimpleNamespace(airfields=FIELD, runways=pl.DataFrame())
    result = accuracy.measure(
        lambda positions, **_: SimpleNamespace(legs=LEGS.empty()),
        folder=SHARED,
        names=("full",),
        airfields=reference.airfields,
        runways=reference.runways,
    )
    row = accuracy.pick(result, "full")
    assert (row["n"], row["right"], row["null"]) == (90, 0, 90)
    assert result["unknown"][0] == {
        "variant": "full", "n": 78, "null": 78, "possible": 0, "strong": 0, "null_or_possible_pct": 100.0,
    }  # fmt: skip
    assert accuracy.check(result)
    assert "named none" in accuracy.report(result)
