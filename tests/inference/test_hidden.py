"""How many other stops would fit in a silence: the check values of the space-time prism, and SIMULATED stays."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import START, Flight, Runway, sampled
from wheelsdown.geo import distance_km
from wheelsdown.inference.fields import build_index
from wheelsdown.inference.rows import _hidden
from wheelsdown.inference.rules import Rules
from wheelsdown.inference.stops import Side, Stop, Work
from wheelsdown.reference.airfields import Airfields

S = (pl.col("time_utc") - START).dt.total_seconds()


def two_fields(tables: Airfields, apart_km: float) -> Any:
    """Index Ovda and one other field, as far away as asked, due north."""
    fields = tables.fields.filter(pl.col("code").is_in(["LLOV", "LLER"])).sort("code", descending=True)
    lat, lon = fields.row(0, named=True)["latitude_deg"], fields.row(0, named=True)["longitude_deg"]
    there = lat + apart_km / 111.19493
    assert abs(float(distance_km(lat, lon, there, lon)) - apart_km) < 0.01
    other = pl.col("code") == "LLER"
    fields = fields.with_columns(
        latitude_deg=pl.when(other).then(there).otherwise("latitude_deg"),
        longitude_deg=pl.when(other).then(lon).otherwise("longitude_deg"),
    )
    runways = tables.runways.join(fields, on="code", how="semi")
    return build_index(fields, runways)


@pytest.mark.parametrize(("apart_km", "others"), [(25.2, 13), (230.0, 8)])
def test_ten_hours_of_silence(apart_km: float, others: int, airfields: Airfields) -> None:
    """Ten hours, 30 km on both sides, 900 km/h, 20 minutes a stop: 14 (9) stops, the stay itself among them."""
    rules = Rules(fast_kt=900 / 1.852, ground_time_min=20.0)
    work = cast(Work, SimpleNamespace(rules=rules, index=two_fields(airfields, apart_km)))
    stop = Stop(0, None, Side(path_km=30.0, silence_s=36_000.0), Side(path_km=30.0, silence_s=36_000.0), field=0)
    assert _hidden(work, stop) == others


def test_a_silence_too_short_for_another_stop(airfields: Airfields) -> None:
    work = cast(Work, SimpleNamespace(rules=Rules(), index=two_fields(airfields, 25.2)))
    for minutes, others in ((0, 0), (40, 0), (47, 0), (48, 1), (81, 2)):
        # the stay 15 min, each further stop 2.7 min there and back and 30 min on the ground
        stop = Stop(0, None, Side(silence_s=60.0 * minutes), Side(silence_s=60.0 * minutes), field=0)
        assert _hidden(work, stop) == others, minutes


def test_a_stop_without_a_field_has_no_bound(airfields: Airfields) -> None:
    work = cast(Work, SimpleNamespace(rules=Rules(), index=two_fields(airfields, 25.2)))
    assert _hidden(work, Stop(0, None, Side(silence_s=7_200.0), Side(silence_s=7_200.0))) is None
    assert _hidden(work, Stop(0, None, Side(silence_s=60.0), Side(silence_s=60.0))) == 0


def test_more_silence_hides_more(runway: Callable[[str, str], Runway], infer_: Infer) -> None:
    o = runway("LLOV", "20L")
    counts = []
    for hours in (0.5, 3, 10):
        flight = Flight().approach(o).land(o, from_km=2.0).stand(o, 60 * hours).take_off(o)
        flight.to(o.point(-150, 30), 25_000, kt=330)
        stay = infer_(sampled(flight, above_ft=600.0)).visits.row(0, named=True)
        assert stay["airfield"] == "LLOV"
        counts.append(stay["hidden_visits_most"])
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[2]
    heard = Flight().land(o).stand(o, 180).take_off(o).to(o.point(-150, 30), 25_000, kt=330)
    assert infer_(sampled(heard)).visits["hidden_visits_most"].to_list() == [0]
