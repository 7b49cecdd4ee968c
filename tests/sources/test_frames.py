"""A frame made in memory is held to what a file is held to."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import wheelsdown
from wheelsdown.engines.local import Options, answers
from wheelsdown.errors import SourceError, TableError
from wheelsdown.schema import POSITIONS, PROBLEMS
from wheelsdown.sources import read_frame

T0 = datetime(2030, 1, 2, tzinfo=UTC)


def frame(**columns: list[object]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    whole: dict[str, list[object]] = {
        "icao24": ["001e23"] * count,
        "time_utc": [T0 + timedelta(minutes=i) for i in range(count)],
        "latitude_deg": [10.0 + i / 10 for i in range(count)],
        "longitude_deg": [20.0] * count,
        "source": ["SIMULATED made"] * count,
        **columns,
    }
    return pl.DataFrame(whole)


@pytest.mark.parametrize(
    ("columns", "field", "kept"),
    [
        ({"latitude_deg": [95.0, 10.0]}, "latitude_deg", 1),
        ({"latitude_deg": [math.nan, 10.0]}, "latitude_deg", 1),
        ({"longitude_deg": [math.inf, 10.0]}, "longitude_deg", 1),
        ({"time_utc": [None, T0]}, "time_utc", 1),
        ({"groundspeed_kt": [-5.0, 5.0]}, "groundspeed_kt", 2),
        ({"icao24": ["nonsense", "001e23"]}, "icao24", 2),
        ({"nic": [1 << 40, 8]}, "nic", 2),
    ],
)
def test_what_cannot_be_true_is_told_and_the_rest_is_kept(
    columns: dict[str, list[object]], field: str, kept: int
) -> None:
    got = read_frame(frame(**columns))
    assert got.positions.height == kept
    assert got.positions.columns == POSITIONS.names
    assert got.problems.columns == PROBLEMS.names
    assert got.problems.select("file", "field").rows() == [("<frame>", field)]
    with pytest.raises(SourceError, match="<frame>"):
        read_frame(frame(**columns), strict=True)


def test_a_good_frame_is_left_as_it_is() -> None:
    good = POSITIONS.conform(frame(altitude_ft=[1.0, 2.0], position_source=["adsb", "mlat"]), fill=True)
    got = read_frame(good)
    assert got.problems.is_empty()
    assert got.positions.equals(good)
    assert read_frame(good.clear()).positions.is_empty()
    assert read_frame(frame(source=[None, None])).positions["source"].to_list() == ["frame"] * 2


def test_rows_without_any_tie_do_not_become_one_aircraft() -> None:
    got = read_frame(frame(icao24=["xyz", "abc", None, None], callsign=[None, None, "SIM1", None])).positions
    assert got["track_id"].to_list() == ["frame/xyz", "frame/abc", "frame/SIM1", None]


def test_other_tables_and_naive_times_are_refused() -> None:
    with pytest.raises(TableError, match="row"):
        read_frame(frame(row=[1]))
    with pytest.raises(TableError, match="zone"):
        read_frame(frame(time_utc=[datetime(2030, 1, 2)]))  # noqa: DTZ001


def test_the_answer_carries_the_problems() -> None:
    bad = frame(latitude_deg=[95.0, 10.0, 10.1])
    result = answers(bad, ["visits"])["visits"]
    assert result.problems["reason"].to_list() == ["latitude outside -90 to 90"]
    assert (result.positions_read, result.aircraft_read) == (2, 1)
    with pytest.raises(SourceError, match="row 1, field latitude_deg"):
        answers(bad, ["visits"], Options(strict=True))
    assert wheelsdown.visits(bad).is_empty()
