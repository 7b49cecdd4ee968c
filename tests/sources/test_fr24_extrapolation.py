"""Suspected extrapolation: made dead reckoning is found, jitter and going on are spared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.sources.made import read, real
from wheelsdown.geo import EARTH_RADIUS_KM, bearing_deg
from wheelsdown.sources.extrapolation import mark_suspects, suspect_extrapolation
from wheelsdown.sources.fr24_csv import Fr24Csv

START = datetime(2024, 1, 1, tzinfo=UTC)


def flight(n: int = 20, step_s: int = 60, jitter_kt: int = 0, way: float = 95.0, lat: float = 35.0) -> pl.DataFrame:
    """Dead reckoning along a great circle, rounded as the exports are."""
    rng = np.random.default_rng(3)
    far = 450.0 * 1.852 / 3600.0 * step_s * np.arange(n) / EARTH_RADIUS_KM
    p, w = np.radians(lat), np.radians(way)
    lats = np.arcsin(np.sin(p) * np.cos(far) + np.cos(p) * np.sin(far) * np.cos(w))
    turn = np.arctan2(np.sin(w) * np.sin(far) * np.cos(p), np.cos(far) - np.sin(p) * np.sin(lats))
    degrees, east = np.degrees(lats), 179.5 + np.degrees(turn)
    local = bearing_deg(degrees[:-1], east[:-1], degrees[1:], east[1:])
    return pl.DataFrame(
        {
            "time_utc": [START + timedelta(seconds=step_s * i) for i in range(n)],
            "latitude_deg": degrees.round(5),
            "longitude_deg": ((east + 180) % 360 - 180).round(5),
            "altitude_ft": 33_000.0,
            "groundspeed_kt": 450.0 + rng.integers(-jitter_kt, jitter_kt + 1, n),
            "track_deg": np.append(local, local[-1]).round() % 360,
            "track_id": "fr24:x",
        }
    ).with_columns(pl.col("time_utc").cast(pl.Datetime("ms", "UTC")))


@pytest.mark.parametrize(
    ("step", "way", "lat"), [(10, 95.0, 35.0), (60, 200.0, -45.0), (120, 359.6, 60.0), (60, 270.0, 71.0)]
)
def test_dead_reckoning_before_the_end_is_suspected(step: int, way: float, lat: float) -> None:
    made = flight(max(4, 600 // step + 1), step, way=way, lat=lat)
    marked = suspect_extrapolation(made)
    assert marked.mean() > 0.9  # type: ignore[operator]


def test_rows_in_any_order() -> None:
    made = flight().sample(fraction=1.0, shuffle=True, seed=1)
    assert suspect_extrapolation(made).all()


def test_jitter_is_spared() -> None:
    assert not suspect_extrapolation(flight(60, jitter_kt=2)).any()


def test_what_goes_on_is_spared() -> None:
    made = flight(20)
    climbed = made.with_columns(
        altitude_ft=pl.when(pl.int_range(pl.len()) > 15).then(34_000.0).otherwise("altitude_ft")
    )
    assert suspect_extrapolation(climbed).to_list() == [False] * 16 + [True] * 4


def test_a_jump_or_a_silence_ends_it() -> None:
    made = flight(20)
    jump = made.with_columns(
        latitude_deg=pl.col("latitude_deg") + pl.when(pl.int_range(pl.len()) > 9).then(1.0).otherwise(0.0)
    )
    assert suspect_extrapolation(jump)[:10].all()
    later = pl.when(pl.int_range(pl.len()) > 9).then(pl.duration(minutes=30)).otherwise(pl.duration(minutes=0))
    assert suspect_extrapolation(made.with_columns(pl.col("time_utc") + later))[:10].all()


def test_short_and_slow_stretches_are_spared() -> None:
    assert not suspect_extrapolation(flight(3, 60)).any()
    assert not suspect_extrapolation(flight(10, 10)).any()
    parked = flight(20).with_columns(groundspeed_kt=pl.lit(0.0))
    assert not suspect_extrapolation(parked).any()


def test_another_station_ends_it() -> None:
    made = flight(20).with_columns(station=pl.int_range(pl.len()).cast(pl.String))
    assert not suspect_extrapolation(made).any()


def test_marking_keeps_the_rows() -> None:
    made = flight().with_columns(position_source=pl.lit("unknown"))
    marked = mark_suspects(made)
    assert marked.drop("position_source").equals(made.drop("position_source"))
    assert marked["position_source"].unique().to_list() == ["estimated"]
    assert mark_suspects(made.clear()).is_empty()


def test_real_flight_cut_anywhere_is_spared() -> None:
    frame, _ = read(Fr24Csv(), real("fr24_csv/JL516_3376ab31.csv"))
    frame = frame.sort("time_utc")
    assert not any(suspect_extrapolation(frame.head(n)).any() for n in range(4, frame.height, 3))
