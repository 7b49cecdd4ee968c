"""Stretches of steady rate: against astropy, and the published edge of the coal-mining explosions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.analysis.coal import years
from wheelsdown.analysis.blocks import blocks, edges
from wheelsdown.errors import UsageError
from wheelsdown.schema import BLOCKS, SERIES

FIRST = date(2023, 1, 1)


def series_of(counts: list[int], exposure: list[float] | None = None) -> pl.DataFrame:
    n = len(counts)
    made = pl.DataFrame(
        {
            "airfield": ["LLOV"] * n,
            "day": [FIRST + timedelta(days=i) for i in range(n)],
            "time_zone": ["UTC"] * n,
            "visits": counts,
            "exposure": exposure or [1.0] * n,
            "known": [exposure is not None] * n,
        }
    )
    return SERIES.conform(made, fill=True)


@pytest.mark.parametrize("p0", [0.05, 0.01])
def test_the_published_edge_of_the_coal_mines(p0: float) -> None:
    got = edges(years(), p0=p0)
    assert got.size == 3
    assert round(float(got[1]), 3) == 1890.146


def test_the_same_edges_as_astropy() -> None:
    theirs = pytest.importorskip("astropy.stats", reason="astropy, the other implementation, is not installed")
    rng = np.random.default_rng(5)
    cut = 0
    for k in range(30):
        at = np.concatenate([rng.uniform(0, 100, 40), rng.uniform(30, 33, k)])
        at = np.concatenate([at, at[: k % 3]])  # ties
        got = edges(at, p0=0.05)
        assert np.allclose(got, theirs.bayesian_blocks(np.sort(at), fitness="events", p0=0.05))
        cut += got.size > 2
    assert cut > 15


def test_days_not_observed_are_no_stretch_of_quiet() -> None:
    # one a day, a hundred days of nothing observed, one a day
    counts = [1] * 60 + [0] * 100 + [1] * 60
    dead = [1.0] * 60 + [0.0] * 100 + [1.0] * 60
    assert blocks(series_of(counts, dead)).height == 1
    taken = blocks(series_of(counts))
    # a stretch ends halfway between two visits: the one before a silence and the one after border on it
    assert BLOCKS.conform(taken)["visits"].to_list() == [59, 2, 59]
    assert taken["rate_per_day"].to_list()[1] == pytest.approx(0.02, abs=0.001)


def test_stretches_join_and_hold_all_visits() -> None:
    counts = [0] * 100 + [2] * 15 + [0] * 100
    got = blocks(series_of(counts), until=datetime(2023, 8, 1, 12, tzinfo=UTC))
    assert got["visits"].sum() == 30
    assert got["days_observed"].sum() == pytest.approx(215)
    assert got["began_utc"].to_list()[1:] == got["ended_utc"].to_list()[:-1]
    busy = got.sort("rate_per_day").row(-1, named=True)
    assert abs((busy["began_utc"].date() - FIRST).days - 100) <= 1
    assert busy["rate_per_day"] == pytest.approx(2, rel=0.1)
    assert got["ended_utc"][-1] == datetime(2023, 8, 1, 12, tzinfo=UTC)


def test_next_to_nothing() -> None:
    assert blocks(series_of([1, 2], [0.0, 0.0])).is_empty()
    assert blocks(series_of([0, 0, 0]))["rate_per_day"].to_list() == [0.0]
    assert blocks(series_of([0, 1, 0]))["visits"].to_list() == [1]
    with pytest.raises(UsageError, match="p0"):
        edges(np.array([1.0, 2.0]), p0=0)
    with pytest.raises(UsageError, match="outside"):
        edges(np.array([1.0, 2.0]), start=1.5)
    with pytest.raises(UsageError, match="one airfield"):
        blocks(pl.concat([series_of([1]), series_of([1])]))
