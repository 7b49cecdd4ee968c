"""Scoring of bounds: matching, naive counts, spreads, records kept over a kill, reports; short runs of scenarios."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from bench import (
    bounds,
    bounds_fit,
    bounds_match,
    bounds_report,
    bounds_run,
    bounds_score,
    bounds_spread,
    bounds_store,
    calibration,
)
from bench.bounds_fields import FAMILIES, pool
from bench.bounds_settings import FAMILIES as SETTINGS
from bench.bounds_settings import STRATA, Dice, setting
from wheelsdown.schema import AIRFIELDS, POSITIONS, VISITS

T0 = datetime(2024, 3, 1, tzinfo=UTC)


def _visits(*rows: tuple[str, str | None, float | None, float | None, float | None, float | None]) -> pl.DataFrame:
    """Visits by aircraft, field, and hours: touchdown earliest and latest, take-off earliest and latest."""

    def at(h: float | None) -> datetime | None:
        return None if h is None else T0 + timedelta(hours=h)

    def mid(a: float | None, b: float | None) -> float | None:
        return None if a is None or b is None else (a + b) / 2

    return VISITS.conform(
        pl.DataFrame(
            [
                {
                    "visit_id": f"SIM{n}", "icao24": who, "airfield": field,
                    "arrived_earliest_utc": at(a), "arrived_utc": at(mid(a, b)), "arrived_latest_utc": at(b),
                    "departed_earliest_utc": at(c), "departed_utc": at(mid(c, d)), "departed_latest_utc": at(d),
                    "latitude_deg": 0.0, "longitude_deg": 0.0, "grade": "inferred", "source": "SIMULATED",
                }
                for n, (who, field, a, b, c, d) in enumerate(rows)
            ],
            schema={n: t for n, t in VISITS.schema.items() if n in _USED},
        ),
        fill=True,
    )  # fmt: skip


_USED = {
    "visit_id", "icao24", "airfield", "latitude_deg", "longitude_deg", "grade", "source",
    *(f"{e}_{w}utc" for e in ("arrived", "departed") for w in ("earliest_", "", "latest_")),
}  # fmt: skip


def test_a_truth_is_matched_once_and_the_rest_is_false() -> None:
    truth = _visits(("d00001", "AAAA", 1, 1, 3, 3), ("d00001", "BBBB", 5, 5, 6, 6), ("d00002", "AAAA", 1, 1, 2, 2))
    found = _visits(
        ("d00001", "AAAA", 0.9, 1.1, 2.9, 3.1),
        ("d00001", "AAAA", 1.5, 2.5, 2.6, 3.2),  # a second row for the same stop
        ("d00001", "AAAA", 5, 5, 6, 6),  # it was at the other field
        ("d00003", "AAAA", 1, 1, 2, 2),  # no such aircraft
        ("d00002", "AAAA", 3, 3, 4, 4),  # an hour late
    )
    m = bounds_match.match(found, truth)
    assert m.truth_of.tolist() == [0, -1, -1, -1, -1]
    assert m.elsewhere.tolist() == [-1, -1, 1, -1, -1]
    assert m.visit_of.tolist() == [0, -1, -1]


def test_as_many_pairs_as_can_be_and_the_nearest_of_these() -> None:
    # the long one overlaps both; one to one, each finds its own
    truth = _visits(("d00001", "AAAA", 1, 1, 2, 2), ("d00001", "AAAA", 8, 8, 9, 9))
    found = _visits(("d00001", "AAAA", 0.5, 8.5, 1.5, 9.5), ("d00001", "AAAA", 0.9, 1.1, 1.9, 2.1))
    assert bounds_match.match(found, truth).truth_of.tolist() == [1, 0]
    # a visit still open, and one there before the data begin
    open_ended = _visits(("d00001", "AAAA", 7.9, 8.1, None, None), ("d00001", "AAAA", None, 1.1, 1.9, 2.1))
    assert bounds_match.match(open_ended, truth).truth_of.tolist() == [1, 0]
    assert bounds_match.match(VISITS.empty(), truth).visit_of.tolist() == [-1, -1]
    assert bounds_match.match(found, VISITS.empty()).truth_of.tolist() == [-1, -1]


def _positions(rows: list[tuple[float, float, float]], who: str = "d00001") -> pl.DataFrame:
    return POSITIONS.conform(
        pl.DataFrame(
            [
                {"icao24": who, "time_utc": T0 + timedelta(minutes=m), "latitude_deg": lat, "longitude_deg": 0.0,
                 "altitude_ft": ft, "source": "SIMULATED"}
                for m, lat, ft in rows
            ],
            schema={n: POSITIONS.schema[n] for n in
                    ("icao24", "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "source")},
        ),
        fill=True,
    )  # fmt: skip


def test_the_naive_count_takes_the_nearest_field_to_every_low_end() -> None:
    fields = AIRFIELDS.conform(
        pl.DataFrame(
            [
                {"code": c, "ident": c, "kind": "large_airport", "latitude_deg": lat, "longitude_deg": 0.0,
                 "source": "SIMULATED"}
                for c, lat in (("AAAA", 10.0), ("BBBB", 10.4))
            ]
        ),
        fill=True,
    )  # fmt: skip
    lost_low = [(0.0, 9.0, 20000.0), (10.0, 9.9, 3000.0)]
    out_again = [(200.0, 9.95, 2500.0), (215.0, 8.0, 30000.0)]
    assert bounds_match.naive_count(_positions([*lost_low, *out_again]), "AAAA", fields) == 1
    assert bounds_match.naive_count(_positions(lost_low), "AAAA", fields) == 1
    assert bounds_match.naive_count(_positions(lost_low), "BBBB", fields) == 0
    # lost high it counts nothing; lost low between two flights it takes the neighbour
    assert bounds_match.naive_count(_positions([(0.0, 9.9, 30000.0)]), "AAAA", fields) == 0
    assert bounds_match.naive_count(_positions([(0.0, 10.25, 3000.0)]), "BBBB", fields) == 1
    assert bounds_match.naive_count(_positions([]), "AAAA", fields) == 0
    # two aircraft are two tracks
    both = pl.concat([_positions(lost_low), _positions(lost_low, "d00002")])
    assert bounds_match.naive_count(both, "AAAA", fields) == 2


@pytest.mark.parametrize("spread", [0.0, 1.0, 2.0])
def test_the_spread_between_scenarios_is_found_again(spread: float) -> None:
    rng = np.random.default_rng(7)
    n = rng.integers(5, 30, 400)
    p = 1 / (1 + np.exp(-(2.0 + spread * rng.standard_normal(400))))
    hits = rng.binomial(n, p)
    assert bounds_spread.between(hits.tolist(), n.tolist()) == pytest.approx(spread, abs=0.25)
    one = 1 / (1 + np.exp(-2.0))
    assert bounds_spread.around(hits.tolist(), n.tolist(), [(one, one, one)] * 400) == pytest.approx(spread, abs=0.25)


def test_what_an_interval_says_already_is_not_said_twice() -> None:
    rng = np.random.default_rng(7)
    p = 1 / (1 + np.exp(-(2.0 + rng.standard_normal(400))))
    n = np.full(400, 20)
    hits = rng.binomial(n, p)
    told = tuple(1 / (1 + np.exp(-(2.0 + z * 1.96))) for z in (0.0, -1.0, 1.0))
    assert bounds_spread.around(hits.tolist(), n.tolist(), [told] * 400) < 0.4


def test_nothing_is_said_of_a_spread_that_cannot_be_told() -> None:
    assert bounds_spread.between([3, 5], [3, 5]) == 0.0
    assert bounds_spread.between([], []) == 0.0
    assert bounds_spread.between([3], [4]) == 0.0
    assert bounds_spread.around([], [], []) == 0.0
    assert bounds_spread.jeffreys_mean(9, 10) == pytest.approx(9.5 / 11)


def test_no_family_uses_the_others_airfields_types_or_values() -> None:
    codes = [{f.code for f in pool(name).fields} for name in FAMILIES]
    assert not codes[0] & codes[1]
    assert min(len(c) for c in codes) > 1000
    fit, held = SETTINGS["fit"], SETTINGS["held"]
    assert not set(fit.fleet_types) & set(held.fleet_types)
    for s in STRATA:
        received = "good" if s == "quiet" else s
        assert not set(fit.floors_ft[received]) & set(held.floors_ft[received]) - {0.0}
    assert not set(fit.qnh_hpa) & set(held.qnh_hpa)
    assert not set(fit.spoof_variants) & set(held.spoof_variants)
    assert not set(fit.readsb_s) & set(held.readsb_s)
    # a destination's neighbours are of its own family
    for name in FAMILIES:
        p = pool(name)
        here = {f.code for f in p.fields}
        assert all({p.fields[i].code for i in p.near(k, 0, 40)} <= here for k in p.parallel)
        assert min(len(p.parallel), len(p.crowded), len(p.lonely)) > 50
    with pytest.raises(ValueError, match="not one of"):
        pool("other")


def test_the_same_seed_is_the_same_scenario_and_strata_are_as_declared() -> None:
    assert setting("held", 5) == setting("held", 5)
    assert setting("held", 5) != setting("held", 6)
    assert setting("held", 5).scenario != setting("fit", 5).scenario
    many = [setting("held", n) for n in range(200)]
    assert {s.stratum for s in many} == set(STRATA)
    assert sum(s.parallel for s in many) >= 200 // 3 * 0.8
    for s in many:
        c, f = s.scenario.coverage, s.scenario.faults
        assert s.destination in c.floors
        assert c.floors[s.destination] == s.floor_ft
        assert s.until > s.since
        if s.stratum in ("good", "quiet"):
            assert (s.traffic in ("some", "busy")) == (s.stratum == "good")
            assert s.floor_ft < 300
            assert c.surface
            assert not c.outages_per_day
            assert not c.down_days_share
            assert not f.missing_days
            assert not f.half_days
            assert all(x.transponder_off_share == 0 for x in s.scenario.fleets)
        if s.stratum == "dreadful":
            assert s.floor_ft >= 10000
            assert f.missing_days


def test_dice_are_the_same_everywhere() -> None:
    d = Dice("wheelsdown")
    assert [d.whole(1, 6) for _ in range(8)] == [3, 2, 4, 1, 2, 4, 4, 2]
    assert sorted(d.some([1, 2, 3], 5)) == [1, 2, 3]
    assert d.weighted({"a": 0.0, "b": 1.0}) == "b"


def _record(seed: int = 1, **over: Any) -> dict[str, Any]:
    return {
        "family": "held", "seed": seed, "stratum": "good", "floor_ft": 100.0, "whole": True, "truth": 6,
        "truth_hidden": 0, "truth_all": 40, "spoofing": False, "addresses": False,
        "truth_exposed": 6, "positions": 1000, "at_least": 6, "cannot_be_ruled_out": 2, "best_estimate": 6.2,
        "best_least": 6.0, "best_most": 7.0, "naive": 9, "false": [], "sure": 30, "sure_fleet": 6, "likely": 4,
        "spoofed_likely": 0, "dwell": 30, "dwell_held": 30, "dwell_open": 3, "dwell_width_min": 20.0,
        "dwell_width_relative": 0.2, "dwell_missed": [],
        "bases": {"observed": [20, 20, 0.99], "likely in": [10, 8, 0.8]},
        "rivals": {}, "seen": {"n": 6, "seen": 6, "told": [0.95, 0.9, 0.99]}, "cpu_s": {"infer": 1.0},
    } | over  # fmt: skip


def _false(**over: Any) -> dict[str, Any]:
    return {
        "seed": 1, "stratum": "good", "visit_id": "SIM", "icao24": "d00001", "fleet": True, "airfield": "AAAA",
        "place_id": "AAAA", "grade": "inferred", "basis": "inferred two", "true_at": "BBBB", "true_km": 25.0,
        "spoofed": False, "integrity": ["jump"], "reasons": ["lost at 12:00:00 UTC"], "arrived": "", "departed": "",
    } | over  # fmt: skip


def test_goals_are_met_or_named() -> None:
    assert bounds_report.goals_missed([_record(n) for n in range(3)]) == []
    # touchdowns of which only false positions were sent are nobody's to count, and said apart
    assert bounds_report.goals_missed([_record(at_least=5, truth_hidden=1, spoofing=True)]) == []
    cases: list[tuple[dict[str, Any], str]] = [
        ({"false": [_false()]}, "neighbouring field"),
        ({"at_least": 7}, "no more than the truth"),
        ({"truth": 9}, "cannot be ruled out"),
        ({"dwell_held": 20}, "dwell within"),
        ({"cannot_be_ruled_out": None}, "no bound under good"),
        ({"at_least": 5}, "equals the truth"),
        ({"spoofed_likely": 1}, "spoofed"),
        ({"false": [_false(true_at=None, true_km=None)] * 2}, "false among observed and inferred, all"),
    ]
    for over, words in cases:
        missed = bounds_report.goals_missed([_record(**over)])
        assert any(words in line for line in missed), (over, missed)
    missed = bounds_report.goals_missed([_record(n, best_most=5.0) for n in range(20)])
    assert any("covers, good" in line for line in missed), missed
    assert "boom" in bounds_report.goals_missed([{"seed": 4, "error": "Traceback\nboom"}])[0]


def test_no_bound_holds_and_is_counted() -> None:
    s = bounds_score.scores([_record(stratum="poor", truth=50, cannot_be_ruled_out=None), _record(2)])
    assert s["numbers"]["bounds_hold"] == 100.0
    poor = next(r for r in s["strata"] if r["stratum"] == "poor")
    assert poor["no_bound"].percent == 100.0
    assert poor["bounds_width"] is None
    assert s["numbers"]["no_bound_good"] == 0


def test_the_report_names_seeds_floors_and_failures() -> None:
    records = [_record(n) for n in (1, 2, 3)] + [_record(7, false=[_false(seed=7)], floor_ft=3000.0)]
    text = bounds_report.report([*records, {"family": "held", "seed": 9, "error": "Traceback\nValueError: no"}])
    assert "seeds 1-3, 7, 9" in text
    assert "seed 9: ValueError: no" in text
    assert "was at BBBB, 25.0 km away" in text
    assert "3,000 ft" in text
    assert "Brier score" in text
    assert "NOT met: of these, at a neighbouring field" in text
    # a handful of scenarios is no share in a hundred
    assert "too few to say: best estimate's interval covers, good" in text
    assert "given in 4 of 4 scenarios" in text


def test_brier_and_reliability() -> None:
    rows = bounds_score.reliability([_record(1), _record(2), _record(3, bases={"none": [5, 1, None]})])
    assert {r["basis"]: (r["n"], r["hits"]) for r in rows} == {
        "likely in": (20, 16), "none": (5, 1), "observed": (40, 40),
    }  # fmt: skip
    b = bounds_score.brier(rows)
    assert (b["n"], b["without"]) == (60, 5)
    assert b["score"] == pytest.approx((40 * 0.01**2 + 16 * 0.2**2 + 4 * 0.8**2) / 60)
    assert b["score_of_one"] == pytest.approx(56 / 60 * 4 / 60)
    assert bounds_score.brier([])["score"] is None
    bins = calibration.binned(rows)
    assert [(r["n"], r["hits"]) for r in bins] == [(20, 16), (40, 40)]


def _work(family: str, seed: int) -> dict[str, Any]:
    if seed == 3:
        raise ValueError("no such scenario")
    return {"family": family, "seed": seed, "value": seed * seed}


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "held.jsonl"
    said: list[str] = []
    first = bounds_store.run_all(_work, "held", [1, 2, 3], processes=1, path=path, say=said.append)
    assert [r.get("value") for r in first] == [1, 4, None]
    assert "ValueError: no such scenario" in first[2]["error"]
    assert any("seed 3 failed" in s for s in said)
    with path.open("a") as f:
        f.write('{"family": "held", "seed": 4, "val')  # killed while writing
    ran: list[int] = []

    def again(family: str, seed: int) -> dict[str, Any]:
        ran.append(seed)
        return {"family": family, "seed": seed, "value": -1}

    second = bounds_store.run_all(again, "held", [1, 2, 3, 4], processes=1, path=path, say=said.append)
    assert ran == [3, 4]  # what failed is tried again; what was cut off is not believed
    assert [r["value"] for r in second] == [1, 4, -1, -1]
    assert [json.loads(line)["seed"] for line in path.read_text().splitlines()] == [1, 2, 3, 3, 4]


def test_results_of_another_version_are_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "src" / "wheelsdown"
    for name in ("inference", "analysis", "simulate", "schema"):
        (package / name).mkdir(parents=True)
        (package / name / "a.py").write_text("1")
    (tmp_path / "bench").mkdir()
    for path in (
        package / "geo.py",
        package / "table.py",
        *(tmp_path / "bench" / f"{n}.py" for n in bounds_store._OURS),
    ):
        path.write_text("1")
    monkeypatch.setattr(bounds_store, "ROOT", tmp_path)
    fit, held = bounds_store.fingerprint("fit"), bounds_store.fingerprint("held")
    # what was fitted bears on what is tested, and not on what is fitted next
    (package / "inference" / "probabilities.json").write_text("{}")
    assert bounds_store.fingerprint("fit") == fit
    assert bounds_store.fingerprint("held") != held
    (package / "inference" / "a.py").write_text("2")
    assert bounds_store.fingerprint("fit") != fit


def test_the_table_is_made_of_both_and_says_of_which() -> None:
    records = [
        _record(n, bases={"inferred two": [10, 10 - n % 2, None], "likely in": [4, 3, None], "rare": [1, 1, None]},
                rivals={"rival in share2": [10, 1]})
        for n in range(10)
    ]  # fmt: skip
    real = pl.DataFrame(
        {
            "flight_id": [f"SIM{n % 40}" for n in range(120)],
            "end": ["destination"] * 120,
            "floor_ft": [300.0] * 120,
            "basis": ["likely in"] * 120,
            "hit": [n % 4 > 0 for n in range(120)],
        }
    )
    table = bounds_fit.table_of(records, real)
    assert set(table["classes"]) == {"inferred", "inferred two", "likely", "likely in"}
    # a class too small to be fitted falls back on its grade
    assert table["classes"]["likely"]["n"] == 40
    assert table["rivals"]["rival"]["n"] == 100
    assert table["classes"]["inferred two"] == {
        "n": 100, "hits": 95, "probability": 0.945545, "spread": table["classes"]["inferred two"]["spread"],
        "data": "SIMULATED: 10 scenarios",
    }  # fmt: skip
    assert table["classes"]["likely in"]["data"].startswith("real: 120 ends of 40 flights")
    assert table["both"]["likely in"]["simulated"][:2] == [30, 40]
    assert table["rivals"]["rival in share2"]["hits"] == 10
    assert table["scenarios"] == 10
    assert bounds_fit.table_of(list(reversed(records)), real) == table
    assert bounds_fit.table_of([], None)["classes"] == {}


def test_the_page_holds_what_was_fitted_and_tested(tmp_path: Path) -> None:
    records = [_record(n, rivals={"rival in share2": [10, 1]}) for n in range(10)]
    table = bounds_fit.table_of(records, None)
    path = bounds_fit.write(table, tmp_path / "probabilities.json")
    assert json.loads(path.read_text()) == table
    page = calibration.page({"records": records, "real": None, "fitted": table})
    assert "| `observed` | 200 | 200 |" in page
    assert "no truth on this machine" in page
    assert "SIMULATED" in page
    with pytest.raises(ValueError, match="nothing was fitted"):
        calibration.page({"records": records, "real": None, "fitted": None})


def test_half_of_the_real_flights_tests_the_other() -> None:
    ends = pl.DataFrame(
        {
            "flight_id": [f"SIM{n}" for n in range(80)],
            "basis": ["likely in", "possible in share5 height1"] * 40,
            "hit": [True, True, True, False] * 20,
        }
    )
    known = pl.DataFrame({"flight_id": ends["flight_id"], "half": ["A"] * 40 + ["B"] * 40})
    fitted = {"both": {"possible in share5 height1": {"simulated": [90, 100]}}}
    likely, possible = calibration.real_halves(ends, known, fitted)
    assert (likely["n"], likely["hits"], likely["probability"]) == (20, 20, pytest.approx(20.5 / 21))
    assert (possible["n"], possible["hits"]) == (20, 10)
    assert possible["probability"] == pytest.approx((10 + 30 * 90.5 / 101) / 50)


def test_scenarios_are_a_prior_beside_few_real_ends() -> None:
    assert bounds_fit.probability(90, 100, 0, 0) == pytest.approx(90.5 / 101)
    assert bounds_fit.probability(90, 100, 50, 100) == pytest.approx(50.5 / 101)
    assert bounds_fit.probability(0, 0, 30, 60) == pytest.approx(30.5 / 61)
    assert bounds_fit.probability(9, 10, 3, 6) is None
    between = bounds_fit.probability(90, 100, 5, 10)
    assert between is not None
    assert 0.5 < between < 0.9


def test_wrong_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bounds.main(["one"])
    assert "which seed" in capsys.readouterr().err


@pytest.fixture(scope="module")
def short() -> list[dict[str, Any]]:
    return [bounds_run.run("held", seed) for seed in (3, 7, 14, 15, 25, 56)]


def test_a_short_run_holds_its_bounds(short: list[dict[str, Any]]) -> None:
    assert json.loads(json.dumps(short)) == short  # plain enough for a line of JSON
    assert all(r["at_least"] <= r["truth"] for r in short)
    assert all(bounds_score.holds(r) for r in short)
    assert sum(r["truth_all"] for r in short) > 2000
    sure = bounds_score.scores(short)["shares"]["false_sure"]
    assert sure.n > 1000
    assert sure.hits <= 0.01 * sure.n
    dwell = bounds_score.scores(short)["shares"]["dwell_holds"]
    assert dwell.hits >= 0.98 * dwell.n
    good = [r for r in short if r["stratum"] == "good" and not r["spoofing"] and not r["addresses"]]
    assert good
    assert all(r["at_least"] == r["truth"] and r["cannot_be_ruled_out"] is not None for r in good)


def test_a_scenario_gives_the_same_record_again(short: list[dict[str, Any]]) -> None:
    again = bounds_run.run("held", short[0]["seed"])
    assert {k: v for k, v in again.items() if k != "cpu_s"} == {k: v for k, v in short[0].items() if k != "cpu_s"}


def test_scenarios_for_fitting_tell_classes_of_rivals(short: list[dict[str, Any]]) -> None:
    record = bounds_run.run("fit", 3)
    assert record["rivals"]
    assert all(name.startswith("rival ") and 0 <= hits <= n for name, (n, hits) in record["rivals"].items())
    assert all(r["rivals"] == {} for r in short)
    assert record["seen"]["told"] is None or len(record["seen"]["told"]) == 3


def test_a_family_must_be_known() -> None:
    with pytest.raises(ValueError, match="not one of"):
        bounds_run.run("other", 1)


def test_a_second_row_of_a_stay_that_was_made_is_at_no_false_field() -> None:
    at = datetime(2024, 3, 1, 12, tzinfo=UTC)
    truth = pl.DataFrame(
        {"icao24": ["d00001"], "airfield": ["LLOV"], "arrived_utc": [at], "departed_utc": [at + timedelta(hours=2)]}
    )
    row = {"icao24": "d00001", "airfield": "LLOV", "arrived_earliest_utc": at + timedelta(hours=1)}
    row |= {"arrived_latest_utc": at + timedelta(hours=1), "departed_latest_utc": at + timedelta(hours=2)}
    assert bounds_run._there(truth, row)
    assert not bounds_run._there(truth, row | {"airfield": "LLER"})
    assert not bounds_run._there(truth, row | {"icao24": "d00002"})
    later = {k: v + timedelta(days=1) for k, v in row.items() if k.endswith("utc")}
    assert not bounds_run._there(truth, row | later)
