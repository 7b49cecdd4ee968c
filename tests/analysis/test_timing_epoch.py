"""Mean visits around events, and the band of chance."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.analysis.timing_made import events_on, series_of, span
from wheelsdown.analysis.timing_epoch import epoch
from wheelsdown.errors import UsageError
from wheelsdown.schema import EPOCH

FIRST, DAYS = date(2018, 1, 1), 1826
EVENTS = [date(2018, 6, 1), date(2019, 5, 9), date(2020, 9, 27), date(2021, 11, 16), date(2022, 9, 12)]


def at(day: date) -> int:
    return (day - FIRST).days


def test_visits_before_events_stand_above_the_band() -> None:
    visits = [at(e) - 5 for e in EVENTS] + list(range(40, DAYS, 61))
    table = epoch(series_of(FIRST, DAYS, visits), events_on(EVENTS), **span(FIRST, DAYS), lags_days=30, draws=999)
    assert table.columns == EPOCH.names
    assert table["lag_days"].to_list() == list(range(-30, 31))
    assert (table["events"] == 5).all()
    outside = table.filter(pl.col("rate_per_day") > pl.col("band_most"))
    assert outside["lag_days"].to_list() == [-5]
    assert outside["rate_per_day"][0] >= 1.0


def test_the_band_holds_whole_curves_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    inside = 0
    for seed in range(120):
        visits = rng.integers(0, DAYS, 150).tolist()
        days = [FIRST + timedelta(days=int(d)) for d in rng.choice(np.arange(40, DAYS - 40), 5, replace=False)]
        table = epoch(
            series_of(FIRST, DAYS, visits), events_on(days), **span(FIRST, DAYS), lags_days=30, draws=199, seed=seed
        )
        over = (table["rate_per_day"] > table["band_most"]) | (table["rate_per_day"] < table["band_least"])
        inside += not over.any()
    assert inside >= 106  # 120 curves at 95 %: fewer with a chance of one in 200


def test_lags_that_were_not_observed_are_empty_and_no_zero() -> None:
    exposure = np.ones(DAYS)
    for e in EVENTS:
        exposure[at(e) - 3] = 0
    exposure[at(EVENTS[0]) - 4] = 0
    table = epoch(
        series_of(FIRST, DAYS, list(range(2, DAYS, 30)), exposure=exposure),
        events_on(EVENTS),
        **span(FIRST, DAYS),
        lags_days=5,
        draws=99,
    )
    third = table.row(by_predicate=pl.col("lag_days") == -3, named=True)
    assert third["events"] == 0
    assert third["rate_per_day"] is third["band_most"] is third["band_least"] is None
    assert table.row(by_predicate=pl.col("lag_days") == -4, named=True)["events"] == 4


def test_where_nothing_can_be_compared_there_are_no_rows() -> None:
    whole = span(FIRST, DAYS)
    assert epoch(series_of(FIRST, DAYS, []), events_on(EVENTS), **whole).is_empty()
    assert epoch(series_of(FIRST, DAYS, [9]), events_on(EVENTS[:2]), **whole).is_empty()
    months = events_on(EVENTS, kind=["month"] * 5, precision_days=[30.0] * 5)
    assert epoch(series_of(FIRST, DAYS, [9]), months, **whole).is_empty()
    with pytest.raises(UsageError, match="0 days before and after"):
        epoch(series_of(FIRST, DAYS, [9]), events_on(EVENTS), **whole, lags_days=0)
    with pytest.raises(UsageError, match="3 draws"):
        epoch(series_of(FIRST, DAYS, [9]), events_on(EVENTS), **whole, draws=3)
