"""What is written is read again as it was: releases, JSON lines, exports of single flights, observers' logs."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulate.flown import DAYS, Flown, inferred, states
from wheelsdown.engines import local
from wheelsdown.engines.visits_from import visits_of
from wheelsdown.errors import SimulationError
from wheelsdown.schema import POSITIONS, REGISTER, VISITS
from wheelsdown.simulate.archives import kept, write_archives
from wheelsdown.simulate.exports import write_exports
from wheelsdown.simulate.marking import Owners, check_made_up
from wheelsdown.simulate.observers import COLUMNS, Errors, log_of, mapping_of, watched
from wheelsdown.simulate.packing import gzipped
from wheelsdown.simulate.points import point_rows, trace_text
from wheelsdown.simulate.release import release_name, write_release
from wheelsdown.sources import read

TOLD = ["icao24", "airfield", "grade", "origin", "next_stop", "arrived_utc", "departed_utc", "dwell_least_min"]
MIDNIGHT_MS = 1_893_456_000_000


@given(st.one_of(st.binary(max_size=2000), st.text("0123456789,.[]", max_size=3000).map(str.encode)))
@settings(max_examples=200, deadline=None)
def test_gzip_of_anything_unpacks(data: bytes) -> None:
    packed = gzipped(data)
    assert gzip.decompress(packed) == data
    assert len(packed) <= len(data) + len(data) // 8 + 34


def test_gzip_is_the_same_everywhere() -> None:
    text = "".join(f"[{n}.00,29.{n * 7919 % 1000000:06d},34.9,null]\n" for n in range(5000)).encode()
    packed = gzipped(text)
    assert len(packed) < len(text) / 2
    # fixed once: another value is another file on somebody's disk
    assert hashlib.sha256(packed).hexdigest()[:16] == "9c9e7b6cbfc353ba"


def test_gzip_uncompiled() -> None:
    """The compressor gives the same bytes where nothing is compiled."""
    data = bytes(range(256)) + b"[12.00,29.940000,34.930000,null]" * 40
    script = (
        "import sys; from wheelsdown.simulate.packing import gzipped; print(gzipped(bytes.fromhex(sys.argv[1])).hex())"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, data.hex()],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == gzipped(data).hex()


@pytest.fixture(scope="module")
def archives(made: Flown, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives")
    written = write_archives(made, folder)
    assert written.files == {"traces": 3, "jsonl": len(list((folder / "jsonl").iterdir())), "fr24": 6}
    return folder


def test_a_release_is_a_whole_day(archives: Path) -> None:
    reading = read(archives / "releases")
    assert reading.problems.is_empty()
    assert reading.positions["source"].unique().to_list() == ["SIMULATED readsb"]
    with tarfile.open(archives / "releases" / release_name(DAYS[0])) as tar:
        names = tar.getnames()
        traces = [n for n in names if n.startswith("./traces/") and n.endswith(".json")]
        assert len({n.split("/")[2] for n in traces}) == 256
        assert [n for n in names if n.endswith(".ttf")] == [f"./heatmap/{h:02d}.bin.ttf" for h in range(48)]
        for name in traces:
            text = gzip.decompress(tar.extractfile(name).read())  # type: ignore[union-attr]
            assert b'"desc":"SIMULATED"' in text.split(b'"trace"')[0]


@pytest.mark.parametrize("kind", ["releases", "jsonl"])
def test_positions_come_back(made: Flown, archives: Path, kind: str) -> None:
    back = read(archives / kind).positions
    sent = made.positions.sort("icao24", "time_utc")
    assert back.height == sent.height
    exact = [
        "icao24", "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "altitude_geom_ft", "on_ground",
        "groundspeed_kt", "track_deg", "vertical_rate_fpm", "position_source",
    ]  # fmt: skip
    assert back.select(exact).equals(sent.select(exact))
    said = ["callsign", "squawk", "category", "adsb_version", "nic", "nac_p", "sil"]
    if kind == "jsonl":
        assert back.select(said).equals(sent.select(said))
    for name in said:
        # a trace says these on every fourth point; they are never others than were sent
        assert set(back[name].drop_nulls().unique()) <= set(sent[name].unique())
        assert back[name].null_count() < 0.05 * back.height


@pytest.mark.parametrize("kind", ["releases", "jsonl"])
def test_visits_are_those_of_the_positions(made: Flown, archives: Path, kind: str) -> None:
    found = local.visits(archives / kind)
    assert found.height == made.visits.height > 4
    assert found.select(TOLD).sort(TOLD[:1] + TOLD[5:7]).equals(made.visits.select(TOLD).sort(TOLD[:1] + TOLD[5:7]))
    assert found["registration"].unique().sort().to_list() == ["SIM-AB1", "SIM-AB2"]
    # an operator whose name does not say it gets the mark
    assert found["operator"].unique().sort().to_list() == ["SIMULATED Air Bridge", "SIMULATED Invented Cargo"]
    assert found["identity_source"].str.starts_with("SIMULATED").all()


def test_exports_of_flights_give_the_same_stays(made: Flown, archives: Path) -> None:
    options = local.Options(identity=archives / "fr24_identity.csv")
    found = local.answers(archives / "fr24", ["visits"], options)["visits"].frame
    assert found["source"].unique().to_list() == ["SIMULATED flightradar24"]
    ovda, truth = (
        f.filter(airfield="LLOV").select("icao24", "arrived_utc", "registration").sort("icao24", "arrived_utc")
        for f in (found, made.visits)
    )
    assert ovda.height == truth.height == 4
    apart = (ovda["arrived_utc"] - truth["arrived_utc"]).dt.total_seconds().abs()
    assert apart.max() <= 60
    assert ovda["icao24"].to_list() == truth["icao24"].to_list()


def test_exports_hold_one_flight_each(made: Flown, tmp_path: Path) -> None:
    exports = write_exports(tmp_path, made.positions, made.legs)
    assert len({e.name for e in exports}) == len(exports) == 6
    for export in exports:
        rows = list(csv.DictReader(io.StringIO((tmp_path / export.name).read_text())))
        assert len(rows) == export.rows
        assert all(r["Callsign"].startswith("SIM") for r in rows)
        heights = [int(r["Altitude"]) for r in rows]
        assert heights[0] == heights[-1] == 0
        assert max(heights) > 20_000
        seconds = [int(r["Timestamp"]) for r in rows]
        assert seconds == sorted(set(seconds))


def test_a_flight_without_a_call_sign_is_marked_all_the_same(made: Flown, tmp_path: Path) -> None:
    silent = made.positions.with_columns(callsign=pl.lit(None, pl.String))
    exports = write_exports(tmp_path, silent, made.legs)
    assert read(tmp_path).positions["source"].unique().to_list() == ["SIMULATED flightradar24"]
    assert len(exports) == 6


def test_same_rows_same_bytes_in_any_order(made: Flown, tmp_path: Path) -> None:
    sums = []
    for name, rows in (("a", made.positions), ("b", made.positions.sample(fraction=1.0, shuffle=True, seed=7))):
        (tmp_path / name).mkdir()
        write_archives(made.but(positions=rows), tmp_path / name)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        sums.append([(p.relative_to(tmp_path / name), hashlib.sha256(p.read_bytes()).hexdigest()) for p in files])
    assert sums[0] == sums[1]
    assert len(sums[0]) > 10


def test_missing_and_half_days(made: Flown, tmp_path: Path) -> None:
    broken = made.but(days=states("half", "whole", "missing"))
    write_archives(broken, tmp_path)
    assert [p.name for p in sorted((tmp_path / "releases").iterdir())] == [release_name(d) for d in DAYS[:2]]
    reading = read(tmp_path / "releases")
    assert reading.problems["reason"].to_list() == ["not a whole day: 24 of 48 heatmaps"]
    for kind in ("releases", "jsonl", "fr24"):
        times = read(tmp_path / kind).positions["time_utc"]
        first = times.filter(times.dt.date() == DAYS[0])
        assert len(first) > 0
        assert first.max() < datetime(2030, 1, 1, 12, tzinfo=UTC)
        assert times.max() < datetime(2030, 1, 3, tzinfo=UTC)
    with pytest.raises(SimulationError, match=r"is 'odd' \(whole, half or missing\)"):
        kept(made.positions, states("odd", "whole", "whole"))


def test_a_day_without_traffic_has_a_release_and_no_lines(made: Flown, tmp_path: Path) -> None:
    write_archives(made.but(positions=made.positions.clear()), tmp_path)
    reading = read(tmp_path / "releases")
    assert reading.positions.is_empty()
    assert reading.problems.is_empty()
    assert list((tmp_path / "jsonl").iterdir()) == []
    assert list((tmp_path / "fr24").iterdir()) == []


def test_unknown_format(made: Flown, tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="no format 'kml'"):
        write_archives(made, tmp_path, formats=["traces", "kml"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("icao24", "738001"), ("icao24", None), ("icao24", "~738001"), ("callsign", "AZQ100"), ("callsign", "SIMPLE1"),
     ("source", "readsb"), ("source", None)],
)  # fmt: skip
def test_what_may_be_real_is_not_written(made: Flown, tmp_path: Path, column: str, value: str | None) -> None:
    one_bad = made.positions.with_columns(
        pl.when(pl.int_range(pl.len()) == 5).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    )
    with pytest.raises(SimulationError, match=column):
        write_archives(made.but(positions=one_bad), tmp_path)
    check_made_up(made.positions)


def rows(*points: dict[str, Any]) -> pl.DataFrame:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    plain = {"latitude_deg": 29.9, "longitude_deg": 34.9, "position_source": "adsb", "source": "SIMULATED readsb"}
    made_rows = [plain | p | {"icao24": "d00004", "time_utc": start + timedelta(seconds=p["s"])} for p in points]
    frame = pl.DataFrame(made_rows, infer_schema_length=None).drop("s")
    return POSITIONS.conform(frame, fill=True)


def points_of(frame: pl.DataFrame, address: str = "d00004") -> list[list[Any]]:
    text = trace_text(
        address, Owners(REGISTER.empty()).keys(address), MIDNIGHT_MS, point_rows(frame, MIDNIGHT_MS, address)
    )
    found: list[list[Any]] = json.loads(text)["trace"]
    return found


def test_the_form_of_points() -> None:
    frame = rows(
        {
            "s": 10.5,
            "on_ground": True,
            "groundspeed_kt": 12.34,
            "track_deg": 251.0,
            "callsign": "SIM1",
            "squawk": "0020",
        },
        {"s": 20.0, "on_ground": False, "altitude_ft": -25.0, "vertical_rate_fpm": 1792.0, "altitude_geom_ft": 150.0},
        {"s": 40.0, "on_ground": False, "altitude_geom_ft": 4200.0, "position_source": "mlat"},
        {"s": 400.0, "on_ground": None, "longitude_deg": -0.0000001, "latitude_deg": -33.5, "position_source": "flarm"},
        {"s": 86_399.999, "on_ground": False, "altitude_ft": 33_000.0, "nic": 8, "sil": 3, "adsb_version": 2},
    )
    points = points_of(frame)
    assert all(len(p) == 14 for p in points)
    assert points[0] == [
        10.5, 29.9, 34.9, "ground", 12.3, 251.0, 0, None,
        {"type": "adsb_icao", "flight": "SIM1    ", "squawk": "0020", "emergency": "none"}, "adsb_icao",
        None, None, None, None,
    ]  # fmt: skip
    # take-off begins a leg; a height that is geometric says so; a silence makes a point stale
    assert [p[6] for p in points] == [0, 2, 8, 1, 3]
    assert [p[3] for p in points] == ["ground", -25, 4200, None, 33_000]
    assert [p[9] for p in points] == ["adsb_icao", "adsb_icao", "mlat", "other", "adsb_icao"]
    assert [p[8] is None for p in points] == [False, True, True, True, False]
    assert points[4][8]["sil_type"] == "perhour"
    assert points[4][0] == 86_399.99  # cut, not rounded into the next day
    assert points[3][1:3] == [-33.5, 0.0]


def test_an_anonymous_address(tmp_path: Path) -> None:
    frame = rows({"s": 1.0, "altitude_ft": 1000.0}, {"s": 9.0, "altitude_ft": 1000.0, "position_source": "tisb"})
    frame = frame.with_columns(icao24=pl.lit("~d00004"))
    assert [p[9] for p in points_of(frame, "~d00004")] == ["adsb_other", "tisb_other"]
    tar = tmp_path / release_name(DAYS[0])
    write_release(tar, frame, Owners(REGISTER.empty()), DAYS[0])
    back = read(tar)
    assert back.positions["icao24"].unique().to_list() == ["~d00004"]
    assert back.problems.is_empty()


def test_hostile_names_stay_inside_their_quotes(made: Flown, tmp_path: Path) -> None:
    nasty = 'SIMULATED "},{\\u0022\n\x00\x1b[31m é'
    fleet = made.fleet.with_columns(pl.lit(nasty).alias("operator"), pl.lit('=X"1\n').alias("registration"))
    write_archives(made.but(fleet=fleet), tmp_path)
    for kind in ("releases", "jsonl", "fr24"):
        reading = read(tmp_path / kind)
        assert reading.positions.height > 1000
        assert reading.problems.is_empty()
        assert reading.positions["source"].str.starts_with("SIMULATED").all()


def stays(count: int) -> pl.DataFrame:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "visit_id": [f"v{n:06d}" for n in range(count)],
            "icao24": ["d00101", "d00202"] * (count // 2),
            "registration": ["SIM-AB1", "SIM-AB2"] * (count // 2),
            "airfield": ["LLOV"] * count,
            "arrived_utc": [start + timedelta(hours=5 * n) for n in range(count)],
            "departed_utc": [start + timedelta(hours=5 * n + 2) for n in range(count)],
            "origin": ["UBBB"] * count,
            "next_stop": [None, "UBBG"] * (count // 2),
            "source": ["SIMULATED readsb"] * count,
        }
    )
    return VISITS.conform(frame, fill=True)


def test_observers_err_at_the_stated_rates(made: Flown) -> None:
    truth = stays(4000)
    text = log_of(truth, "LLOV", Owners(made.fleet), seed=1)
    log = list(csv.DictReader(io.StringIO(text)))
    assert tuple(log[0]) == COLUMNS
    errors = Errors()
    seen = 4000 * (1 - errors.missed)
    assert len(log) == pytest.approx(seen * (1 + errors.twice), rel=0.03)
    early = [r for r in log if r["Depart"] and r["Depart"] < r["Arrive"]]
    assert len(early) == pytest.approx(len(log) * errors.wrong_day, rel=0.35)
    assert sum(not r["Depart"] for r in log) == pytest.approx(len(log) * errors.departure_missed, rel=0.35)
    wrong = [r for r in log if r["Reg"] not in ("SIM-AB1", "SIM-AB2")]
    assert len(wrong) == pytest.approx(len(log) * errors.wrong_tail, rel=0.35)
    assert all(r["Airline"].startswith("SIMULATED") for r in log)
    assert {r["Destination"] for r in log} == {"", "UBBG"}
    assert log_of(truth, "LLOV", Owners(made.fleet), seed=1) == text
    assert log_of(truth, "LLOV", Owners(made.fleet), seed=2) != text


def test_observers_without_errors_see_all(made: Flown) -> None:
    none = Errors(missed=0, departure_missed=0, wrong_tail=0, wrong_day=0, twice=0, minutes=0)
    log = list(csv.DictReader(io.StringIO(log_of(stays(10), "LLOV", Owners(made.fleet), seed=1, errors=none))))
    assert [r["Arrive"] for r in log[:2]] == ["2030-01-01T00:00:00.000Z", "2030-01-01T05:00:00.000Z"]
    assert len(log) == 10
    assert log_of(stays(10), "LLER", Owners(made.fleet), seed=1).splitlines() == [",".join(COLUMNS)]
    assert watched(stays(4)) == "LLOV"
    assert watched(VISITS.empty()) is None


def test_the_log_is_read_as_a_log_and_says_simulated(made: Flown, tmp_path: Path) -> None:
    (tmp_path / "observers.csv").write_text(log_of(stays(200), "LLOV", Owners(made.fleet), seed=1))
    (tmp_path / "observers_map.toml").write_text(mapping_of("LLOV"))
    found = visits_of([], logs=[tmp_path / "observers.csv"], log_map=tmp_path / "observers_map.toml")
    assert found.kind == "log"
    assert found.visits.height > 150
    assert found.visits["source"].unique().to_list() == ["SIMULATED log: observers"]
    assert found.visits["airfield"].unique().to_list() == ["LLOV"]
    assert "the log has it leave before it arrives" in found.visits["quarantined"].to_list()


def test_truth_and_archive_agree_on_days(made: Flown) -> None:
    whole = kept(made.positions, made.days)
    assert whole.equals(made.positions)
    assert inferred(whole).visits.height == made.visits.height
    assert date(2030, 1, 1) in whole["time_utc"].dt.date().to_list()
