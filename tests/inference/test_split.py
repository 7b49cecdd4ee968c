"""Two aircraft on one address at once are told apart, and neither is averaged with the other. SIMULATED."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.inference.made import START, Flight, sampled
from tests.inference.spoofed import between, jittered, later
from tests.inference.test_invariants import all_at_once, day, same
from wheelsdown.inference import infer_days
from wheelsdown.inference.arrays import prepare
from wheelsdown.inference.split import PART, told_apart

T = pl.col("time_utc")


@pytest.fixture
def pair(runway):
    """Baku to Ovda and back; and, under the same address, Amsterdam to Svalbard."""
    b, o, a, s = runway("UBBB", "34"), runway("LLOV", "20L"), runway("EHAM", "06"), runway("ENSB", "28")
    one = Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 20)
    two = Flight(callsign="SIM002").stand(a, 30).take_off(a).land(s).stand(s, 60)
    return one, two, sampled(one), sampled(two).with_columns(T + timedelta(milliseconds=2300))


def test_each_yields_its_own_visits_and_legs(pair, infer_):
    _, _, p, q = pair
    alone = [infer_(x) for x in (p, q)]
    found = infer_(pl.concat([p, q]))
    legs = found.legs.select("origin", "destination").rows()
    assert sorted(legs, key=str) == sorted([("UBBB", "LLOV"), ("LLOV", "UBBB"), ("EHAM", "ENSB")], key=str)
    assert found.visits.height == sum(x.visits.height for x in alone)
    assert found.visits["icao24"].unique().to_list() == ["d00001"]
    assert found.visits["visit_id"].n_unique() == found.visits.height
    assert found.legs["leg_id"].n_unique() == found.legs.height
    # place and time are as if each had an address of its own
    columns = ["airfield", "arrived_utc", "departed_utc", "dwell_least_min", "dwell_most_min", "callsign_in"]
    apart = pl.concat([x.visits for x in alone]).select(columns).sort(columns)
    assert_frame_equal(found.visits.select(columns).sort(columns), apart)


def test_identity_is_doubtful(pair, infer_):
    """Seen at a place and time, but whose they are is not certain: no better than likely, and no leg is observed."""
    _, _, p, q = pair
    found = infer_(pl.concat([p, q]))
    inside = found.visits.filter(pl.col("integrity").list.contains("interleaved"))
    assert set(inside["airfield"]) >= {"LLOV", "EHAM", "ENSB"}
    assert set(inside["grade"]) <= {"likely", "possible"}
    assert all(any("two tracks at once on this address" in r for r in reasons) for reasons in inside["reasons"])
    assert found.legs.filter(pl.col("integrity").list.contains("interleaved")).height == 3
    # a count by aircraft takes one of the two: the second is set aside, with the reason
    second = found.visits.filter(pl.col("track_id").is_not_null())
    assert set(second["airfield"]) == {"EHAM", "ENSB"}
    assert all(t.startswith(PART) for t in second["track_id"])
    assert all(why.startswith("interleaved: ") for why in second["quarantined"])
    first = found.visits.filter(pl.col("track_id").is_null())
    assert first["quarantined"].null_count() == first.height


def test_positions_keep_their_places(pair):
    """Never averaged: every row of either track is in one of the two, whole."""
    _, _, p, q = pair
    tr = told_apart(prepare(pl.concat([p, q])), 1000.0)
    assert [int(n) for n in np.diff(tr.first)] == [p.height, q.height]
    assert sorted(tr.order) == list(range(p.height + q.height))
    assert tr.part_of == {1: 0}
    assert tr.keys[1][0] == "d00001"
    np.testing.assert_array_equal(np.sort(tr.lat[tr.first[1] :]), np.sort(q["latitude_deg"].to_numpy()))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_does_not_matter(pair, infer_, seed):
    _, _, p, q = pair
    both = pl.concat([p, q])
    same(infer_(both, ruled_out=True), infer_(both.sample(fraction=1.0, shuffle=True, seed=seed), ruled_out=True))


@pytest.mark.parametrize("hours", [1.0, 3.0, 24.0])
def test_in_pieces_as_all_at_once(airfields, runway, hours):
    """Days of one aircraft, and on one of them a second one on its address: told the same in pieces."""
    rng = np.random.default_rng(5)
    o = runway("LLOV", "20L")
    f = day(airfields, rng, "d00001")
    for _ in range(4):
        f.take_off(o).land(o).stand(o, 200) if f.now else None
    one = sampled(f, every_s=15.0, standing_s=120.0)
    a, s = runway("EHAM", "06"), runway("ENSB", "28")
    two = sampled(Flight(callsign="SIM002").stand(a, 30).take_off(a).land(s).stand(s, 60), every_s=15.0)
    two = later(two, f.now * 0.4 + 1.7)
    both = pl.concat([one, two])
    whole = all_at_once(airfields, both)
    assert whole.visits.filter(pl.col("integrity").list.contains("interleaved")).height
    assert whole.visits.filter(~pl.col("integrity").list.contains("interleaved")).height
    every = both.with_columns(piece=((T - START).dt.total_seconds() // (hours * 3600)))
    pieces = [x.drop("piece") for x in every.partition_by("piece", maintain_order=True)]
    pieces.sort(key=lambda x: x["time_utc"].min())
    got = infer_days(pieces, airfields=airfields.fields, runways=airfields.runways, ruled_out=True)
    same(whole, got)


@pytest.mark.parametrize("seed", range(4))
def test_months_with_spoofing_in_pieces(airfields, seed):
    """False stretches of all kinds, jumps in view and hidden: in pieces as all at once."""
    rng = np.random.default_rng(seed)
    p = sampled(day(airfields, rng, "d00001"), every_s=20.0, standing_s=300.0)
    length = float((p["time_utc"].max() - START).total_seconds())
    for _ in range(4):
        begin = float(rng.uniform(0, length))
        mask = between(p, begin, begin + float(rng.uniform(120, 12_000)))
        p = jittered(p, mask, (33.82 + float(rng.normal(0, 1)), 35.49))
        if rng.integers(2):
            p = p.filter(~between(p, begin - 900, begin + 60))
    whole = all_at_once(airfields, p)
    pieces = [x for _, x in p.group_by_dynamic("time_utc", every="6h")]
    got = infer_days(pieces, airfields=airfields.fields, runways=airfields.runways, ruled_out=True)
    same(whole, got)


def test_one_aircraft_with_poor_positions_is_not_two(pair, infer_):
    """Multilateration a few kilometres off beside ADS-B, wrong decodings now and then: one aircraft."""
    _, _, p, _ = pair
    off = p.gather_every(7, 3).with_columns(
        T + timedelta(milliseconds=500),
        pl.col("latitude_deg") + 0.08,
        position_source=pl.lit("mlat"),
    )
    wrong = p.gather_every(40, 5).with_columns(T + timedelta(milliseconds=900), pl.col("longitude_deg") + 6.0)
    for noisy in (pl.concat([p, off]), pl.concat([p, wrong])):
        found = infer_(noisy)
        assert found.visits["track_id"].null_count() == found.visits.height
        assert not found.visits.filter(pl.col("integrity").list.contains("interleaved")).height


def test_a_recording_without_an_address(pair, infer_):
    """Two in one recording: its name stays, with the part."""
    _, _, p, q = pair
    both = pl.concat([p, q]).with_columns(icao24=pl.lit(None, pl.String), track_id=pl.lit("log"))
    tracks = infer_(both).visits["track_id"].unique().to_list()
    assert sorted(t.split("/")[0] for t in tracks) == ["log", "log"]
    assert sum(f"/{PART}" in t for t in tracks) == 1


def test_three_on_one_address(pair, runway, infer_):
    _, _, p, q = pair
    r = runway("NFFN", "02")
    third = sampled(Flight().stand(r, 10).take_off(r).land(r).stand(r, 30))
    third = third.with_columns(T + timedelta(milliseconds=3700))
    tr = told_apart(prepare(pl.concat([p, q, third])), 1000.0)
    assert sorted(int(n) for n in np.diff(tr.first)) == sorted([p.height, q.height, third.height])
    fiji = infer_(pl.concat([p, q, third])).visits.filter(pl.col("airfield") == "NFFN")
    assert set(fiji["grade"]) <= {"possible", "likely"}
    assert fiji.height == 2


def test_two_providers_hear_both(pair, infer_):
    """Each provider heard both aircraft: every visit is told once, none contradicts the other."""
    _, _, p, q = pair
    both = pl.concat([p, q])
    two = pl.concat([both.with_columns(source=pl.lit(f"SIMULATED {x}")) for x in "AB"])
    once, twice = infer_(both).visits, infer_(two).visits
    assert twice.height == once.height
    assert twice["grade"].sort().to_list() == once["grade"].sort().to_list()
