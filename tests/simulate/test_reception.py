"""What is received: floors, lines of sight, outages, thinning, noise."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tests.simulate.air import QUIET, bridge, fields, fly, steps
from wheelsdown.geo import distance_km
from wheelsdown.simulate.scenario import Around, Coverage, Noise, Receiver, Sampling

EXACT = Noise(qnh_hpa=(1013.25, 1013.25), position_m=0.0, stale_share=0.0)


def _of(code: str) -> tuple[float, float, float]:
    row = fields().fields.filter(pl.col("code") == code).row(0, named=True)
    return row["latitude_deg"], row["longitude_deg"], row["elevation_ft"]


def _km(p: pl.DataFrame, code: str) -> np.ndarray:
    lat, lon, _ = _of(code)
    return distance_km(p["latitude_deg"].to_numpy(), p["longitude_deg"].to_numpy(), lat, lon)


@pytest.mark.parametrize("feet", [1000.0, 3000.0])
def test_below_a_floor_nothing_is_received(feet: float) -> None:
    around = [Around(airfield="LLOV", count=4), Around(airfield="UBBB", count=2, km=(5.0, 15.0))]
    free = fly(coverage=Coverage(around=around, mask_deg=0.0), noise=EXACT)
    floored = fly(coverage=Coverage(around=around, mask_deg=0.0, floors={"LLOV": feet}), noise=EXACT)
    elevation = _of("LLOV")[2]

    def low(p: pl.DataFrame) -> int:
        under = pl.col("on_ground") | (pl.col("altitude_ft") < elevation + feet - 26.0)
        return int(p.filter(under & pl.Series(_km(p, "LLOV") < 20.0)).height)

    assert low(free.positions) > 100
    assert low(floored.positions) == 0
    # elsewhere the ground is heard as before
    p = floored.positions
    assert p.filter(pl.col("on_ground") & pl.Series(_km(p, "UBBB") < 5.0)).height > 50
    assert floored.visits.equals(free.visits)


def test_nothing_is_received_beyond_the_radio_horizon() -> None:
    lat, lon, elevation = _of("LLBG")
    receiver = Receiver(latitude_deg=lat, longitude_deg=lon, height_ft=100.0, range_km=450.0, ground_ft=elevation)
    p = fly(coverage=Coverage(receivers=[receiver], mask_deg=0.0), noise=EXACT).positions
    air = p.filter(pl.col("altitude_ft").is_not_null())
    assert air.height > 1000
    km = _km(air, "LLBG")
    height = np.maximum(air["altitude_ft"].to_numpy() - elevation + 13.0, 10.0)
    assert (km <= 1.852 * 1.23 * (np.sqrt(height) + math.sqrt(100.0)) * 1.005 + 0.5).all()
    assert km.max() <= 453.0


def test_the_published_radio_horizon() -> None:
    # receiver at 100 ft; 1,000 ft -> 51, 3,000 -> 80, 10,000 -> 135, 35,000 -> 242 NM
    from wheelsdown.simulate.reception import Ears, hear

    flat = np.array([0.0])
    for feet, miles in ((1000.0, 51), (3000.0, 80), (10_000.0, 135), (35_000.0, 242)):
        ears = Ears(
            flat, flat, np.array([100.0]), flat, np.array([900.0]), np.zeros((1, 24)), np.ones((1, 10), dtype=bool),
            np.zeros(0), np.zeros(0), np.zeros(0), 1.0, 0.0, 0.0, 1.0, False,
        )  # fmt: skip
        rows = np.zeros((2, 11))
        rows[:, 3] = feet
        rows[:, 2] = np.array([miles - 1.0, miles + 1.0]) * 1.852 / 111.195
        heard, by = np.zeros(2, dtype=bool), np.zeros(2, dtype=np.int64)
        hear(rows, 2, np.ones(2), np.ones(4), ears, heard, by)
        assert by.tolist() == [1, 0], feet


def test_no_receiver_hears_nothing_and_outages_are_silent() -> None:
    assert fly(coverage=Coverage()).positions.height == 0
    lat, lon, _ = _of("LLER")
    at = {"latitude_deg": lat, "longitude_deg": lon}
    whole = fly(coverage=Coverage(receivers=[Receiver(**at)])).positions.height
    half = fly(coverage=Coverage(receivers=[Receiver(**at, uptime=0.5)])).positions.height
    none = fly(coverage=Coverage(receivers=[Receiver(**at)], down_days_share=1.0)).positions.height
    assert none == 0
    assert 0.2 * whole < half < 0.8 * whole


def test_ground_positions_can_be_left_out() -> None:
    lat, lon, _ = _of("LLOV")
    receiver = Receiver(latitude_deg=lat, longitude_deg=lon)
    heard = fly(coverage=Coverage(receivers=[receiver]))
    assert heard.positions["on_ground"].any()
    assert not fly(coverage=Coverage(receivers=[receiver], surface=False)).positions["on_ground"].any()


def test_thinning_keeps_less_and_both_sides_of_a_silence() -> None:
    whole, thinned = fly(sampling=Sampling(kind="all")), fly()
    assert thinned.positions.height < 0.7 * whole.positions.height
    s = steps(thinned.positions)
    cruise = s.filter(~pl.col("on_ground") & ~pl.col("on_ground_before") & (pl.col("altitude_ft") > 25_000))
    assert cruise["ms"].quantile(0.99) <= 62_000


def test_snapshots_come_at_their_moments_only() -> None:
    made = fly(sampling=Sampling(kind="snapshot", snapshot_min=30.0)).positions
    second = (made["time_utc"].dt.epoch("ms") / 1000.0) % 1800.0
    assert (second >= 1800.0 - 31.0).all() or ((second >= 1769.0) | (second < 0.5)).all()
    per = made.group_by("icao24", ((pl.col("time_utc").dt.epoch("s") + 31) // 1800).alias("shot")).len()
    assert per["len"].max() == 1


def test_values_are_rounded_as_transponders_send_them() -> None:
    p = fly().positions
    altitude = p["altitude_ft"].drop_nulls()
    assert ((altitude % 25) == 0).all()
    assert ((p["time_utc"].dt.epoch("ms") % 10) == 0).all()
    for column in ("groundspeed_kt", "track_deg"):
        v = p[column].cast(pl.Float64).to_numpy() * 10.0
        assert np.abs(v - np.round(v)).max() < 0.01
    assert p["track_deg"].max() < 360.0
    lat = p["latitude_deg"].to_numpy() * 1e6
    assert np.abs(lat - np.round(lat)).max() < 1e-3


def test_pressure_altitude_differs_from_height_by_the_pressure_of_the_day() -> None:
    made = fly(noise=Noise(qnh_hpa=(990.0, 1035.0), ground_flag="absent", position_m=0.0), behaviour=QUIET, days=30)
    p = made.positions
    standing = p.filter((pl.col("groundspeed_kt") < 1.0) & pl.Series(_km(p, "LLOV") < 4.0))
    shift = standing["altitude_ft"].to_numpy() - _of("LLOV")[2]
    # 27.3 ft a hPa from 1013.25
    assert shift.min() >= -27.3 * 21.75 - 25.0
    assert shift.max() <= 27.3 * 23.25 + 25.0
    assert shift.max() - shift.min() > 150.0
    assert p["on_ground"].null_count() == p.height


def test_aircraft_without_adsb_are_located_by_three_receivers_without_a_ground_flag() -> None:
    around = [Around(airfield="LLOV", count=6, km=(5.0, 60.0))]
    p = fly(fleets=[bridge(mlat_share=1.0)], others=[], coverage=Coverage(around=around)).positions
    assert p.height > 100
    assert (p["position_source"] == "mlat").all()
    assert p["on_ground"].null_count() == p.height
    assert p["nic"].null_count() == p.height
    few = fly(fleets=[bridge(mlat_share=1.0)], others=[], coverage=Coverage(around=[Around(airfield="LLOV", count=2)]))
    assert few.positions.height == 0


def test_multilateration_for_a_stretch_is_rough() -> None:
    p = fly(noise=Noise(mlat_legs_share=1.0, mlat_m=(800.0, 1000.0), stale_share=0.0)).positions
    share = (p["position_source"] == "mlat").mean()
    assert 0.05 < share < 0.9  # type: ignore[operator]
    s = steps(p).filter((pl.col("position_source") == "mlat") & (pl.col("ms") < 20_000))
    assert (s["way_kt"] - s["groundspeed_kt"]).abs().mean() > 60.0


def test_glitches_and_false_altitudes_are_there_when_asked_for() -> None:
    clean = fly(noise=Noise()).positions
    assert clean.filter(pl.col("on_ground") & (pl.col("groundspeed_kt") > 200.0)).height == 0
    dirty = fly(noise=Noise(ground_flag="glitches", glitch_share=0.02, wrong_altitude_share=0.01)).positions
    assert dirty.filter(pl.col("on_ground") & (pl.col("groundspeed_kt") > 200.0)).height > 20
    assert steps(dirty)["fpm"].abs().max() > 50_000.0


def test_transponders_are_off_where_the_fleet_says() -> None:
    near = {"transponder_off_share": 1.0, "off_km": 120.0, "hop_share": 0.0, "destinations": {"LLOV": 1.0}}
    p = fly(fleets=[bridge(transponder_off="around_destination", **near)], others=[]).positions
    assert _km(p, "LLOV").min() > 115.0
    assert p.height > 1000
    p = fly(fleets=[bridge(transponder_off="parked", **near)], others=[]).positions
    at = p.filter(pl.Series(_km(p, "LLOV") < 5.0))
    assert not at["on_ground"].any()
    assert at.height > 20
    cut = fly(fleets=[bridge(transponder_off="en_route", **near)], others=[])
    gaps = steps(cut.positions).filter(
        (pl.col("ms") > 20 * 60_000) & ~pl.col("on_ground") & ~pl.col("on_ground_before") & (pl.col("km") > 200.0)
    )
    assert gaps.height >= 20


def test_the_pressure_goes_over_smoothly_while_an_aircraft_is_parked() -> None:
    noise = Noise(qnh_hpa=(990.0, 1035.0), ground_flag="absent", position_m=0.0, stale_share=0.0)
    p = fly(noise=noise, behaviour=QUIET, days=30, coverage=Coverage(perfect=True)).positions
    slow = (p["groundspeed_kt"] < 20.0) & pl.Series(_km(p, "LLOV") < 4.0)
    step = (
        p.with_columns(slow=slow)
        .with_columns(
            rise=pl.col("altitude_ft").diff().over("icao24").abs(),
            hours=pl.col("time_utc").diff().over("icao24").dt.total_seconds() / 3600.0,
            stands=(pl.col("slow") & pl.col("slow").shift(1)).over("icao24"),
        )
        .filter("stands")
    )
    assert step.height > 500
    # between taxi and stand no more than the pressure of an hour; 25 ft steps
    assert step.filter((pl.col("rise") > 150.0) & (pl.col("hours") < 0.2)).height == 0
    assert step["rise"].max() > 50.0


def test_of_two_floors_the_nearer_fields_holds() -> None:
    """A field in the hills, floor at its own height, hides nothing of the one in the valley 40 km away."""
    around = [Around(airfield="LLOV", count=4)]
    low, high = {"LLOV": 0.0}, {"LLOV": 0.0, "HETB": 0.0}
    assert _of("HETB")[2] > _of("LLOV")[2] + 900.0
    heard = [
        fly(coverage=Coverage(around=around, mask_deg=0.0, floors=f, floor_km=60.0), noise=EXACT).positions
        for f in (low, high)
    ]
    under = pl.col("altitude_ft") < _of("HETB")[2] - 26.0
    lows = [p.filter(under & pl.Series(_km(p, "LLOV") < 15.0)).height for p in heard]
    assert lows[0] == lows[1] > 50
