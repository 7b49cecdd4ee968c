"""The rebuilt ground truth: the rule on made flights, and agreement with the truth it stands for."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from bench import accuracy, truth
from scripts import make_truth

SHARED = truth.PLACES[0]
SAMPLES = SHARED.parent / "flight" / "opensky_json"
needs_samples = pytest.mark.skipif(
    truth.find(SHARED) is None or not SAMPLES.exists(), reason="../shared/data is absent"
)

# two airports on the equator, their runways 10 km apart, one along each meridian
STRIPS = make_truth.Strips(
    np.array(["AAAA", "BBBB"]), np.array([[-0.01, 0.0, 0.01, 0.0], [-0.01, 0.09, 0.01, 0.09]], dtype=float)
)


def _sample(rows: list[tuple[float, float, float | None, bool | None]], callsign: str = "SIM1") -> bytes:
    """Longitude, ground speed, altitude and flag of one point a minute, as `traffic` saves it."""
    records = [
        {
            "timestamp": 1_900_000_000_000 + 60_000 * i,
            "icao24": "~51a001",
            "callsign": callsign,
            "latitude": 0.0,
            "longitude": lon,
            "altitude": alt,
            "groundspeed": gs,
            "track": 90.0,
            "vertical_rate": 0.0,
            **({} if flag is None else {"onground": flag}),
        }
        for i, (lon, gs, alt, flag) in enumerate(rows)
    ]
    return gzip.compress(json.dumps(records).encode())


def _rebuild(raw: bytes, name: str = "calibration/made") -> dict[str, object]:
    _, known = make_truth.rebuild([(name, raw)], STRIPS)
    return known.to_dicts()[0]


FLIGHT = [(0.3 + 0.01 * i, 120.0, 3000.0) for i in range(8)]


def test_surface_points_by_a_runway_name_the_end() -> None:
    down, up = (0.0, 10.0, 0.0, True), (0.001, 12.0, 0.0, True)
    row = _rebuild(_sample([up, *((*p, False) for p in FLIGHT), down]))
    assert (row["origin"], row["destination"], row["points"]) == ("AAAA", "AAAA", 10)


def test_without_a_flag_slow_points_are_on_the_surface() -> None:
    row = _rebuild(_sample([*((*p, None) for p in FLIGHT), (0.09, 20.0, 0.0, None)]))
    assert (row["origin"], row["destination"], row["landing_time"]) == (None, "BBBB", None)


def test_between_two_airports_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="no sample with a known end"):
        _rebuild(_sample([*((*p, False) for p in FLIGHT), (0.045, 20.0, 0.0, True)]))


def test_a_slipped_flag_on_the_surface_is_not_flying() -> None:
    slipped = [(0.0, 10.0, None, False)] * 9
    row = _rebuild(_sample([*((*p, False) for p in FLIGHT), (0.0, 10.0, 0.0, True), *slipped, (0.0, 9.0, 0.0, True)]))
    assert row["destination"] == "AAAA"


def test_a_silence_splits_a_collection() -> None:
    frame = make_truth.read_sample(_sample([(0.0, 10.0, 0.0, True)] * 3))
    late = frame.with_columns(pl.col("timestamp") + pl.duration(hours=1))
    assert [f.height for f in make_truth.flights(pl.concat([frame, late]))] == [3, 3]


def _shared() -> Iterator[tuple[str, bytes]]:
    for path in sorted(SAMPLES.rglob("*.json.gz")):
        stem = path.name.removesuffix(".json.gz")
        folder = {"quickstart": "collections", "zurich_airport": "onground"}.get(stem, path.parent.name)
        yield f"{folder}/{stem}", path.read_bytes()


@needs_samples
def test_rebuilt_agrees_flight_by_flight() -> None:
    positions, rebuilt = make_truth.rebuild(_shared(), make_truth.Strips.of(*accuracy.reference()))
    assert positions["flight_id"].n_unique() == rebuilt.height
    given = (
        pl.read_csv(SHARED / "truth.csv", infer_schema=False)
        .filter(~pl.col("source").str.contains("fr24"))
        .with_columns(pl.col("first").str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="ms"))
    )
    both = given.join(rebuilt.with_columns(pl.col("points").cast(pl.String)), on=["icao24", "first"], suffix="_rebuilt")
    assert both.height == given.height == 81
    for end in truth.ENDS:
        other = both.filter(~pl.col(end).eq_missing(pl.col(f"{end}_rebuilt")))
        assert other.is_empty(), other.select("flight_id", end, f"{end}_rebuilt").rows()
    assert (both["points"] == both["points_rebuilt"]).all()
