"""Observability out of files and lakes, and its verb. Everything here is SIMULATED but the recordings at the end."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.lake.made import receipt
from tests.small_lake import FIELD, Runway, runway, visit
from wheelsdown.analysis.observability import CANNOT_TELL
from wheelsdown.cli import main
from wheelsdown.engines.observing import observability, observe
from wheelsdown.engines.observing_lakes import archived
from wheelsdown.engines.options import Options
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.schema import LEDGER, OBSERVABILITY, POSITIONS

FLIGHT = Path(__file__).resolve().parents[3] / "shared" / "data" / "flight"
FIRST = date(2023, 9, 2)
DAYS = 4
FLEET = "d00001"
needs_recordings = pytest.mark.skipif(not FLIGHT.is_dir(), reason="../shared/data/flight is absent")


@pytest.fixture(scope="module")
def way() -> Runway:
    return runway()


@pytest.fixture(scope="module")
def others(way: Runway) -> pl.DataFrame:
    """Fourteen others a day land and leave, every 100 minutes."""
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    every = [(d, k) for d in range(DAYS) for k in range(14)]
    return pl.concat(
        [visit(f"d1{n:04x}", midnight + timedelta(days=d, minutes=100 * k), way) for n, (d, k) in enumerate(every)]
    )


@pytest.fixture(scope="module")
def own(way: Runway) -> pl.DataFrame:
    return visit(FLEET, datetime(2023, 9, 3, 12, tzinfo=UTC), way)


@pytest.fixture(scope="module")
def file(others: pl.DataFrame, own: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("observed") / "SIMULATED.parquet"
    pl.concat([others, own]).drop("receipt").write_parquet(path)
    return path


@pytest.fixture(scope="module")
def lake(others: pl.DataFrame, own: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet's own track, and the others as an extract of heatmaps: no ground, no speeds, one position a minute."""
    thin = others.filter(~pl.col("on_ground") & (pl.col("time_utc").dt.second() < 5)).with_columns(
        groundspeed_kt=pl.lit(None, dtype=pl.Float32), track_deg=pl.lit(None, dtype=pl.Float32)
    )
    made = Lake.open(tmp_path_factory.mktemp("observed") / "lake", create=True)
    told = [("received", "around airfield LLOV")] * DAYS + [("missing", "around airfield LLOV; 404")]
    ledger = pl.DataFrame(
        [
            {"source": "SIMULATED archive", "day": FIRST + timedelta(days=i), "what": "traffic", "status": status,
             "reason": reason, "asked_utc": datetime(2023, 10, 1, tzinfo=UTC)}
            for i, (status, reason) in enumerate(told)
        ],
        schema_overrides={"asked_utc": LEDGER.schema["asked_utc"]},
    )  # fmt: skip
    with made.batch() as batch:
        batch.add(own, receipts=[receipt("own", own.height)])
        batch.add_traffic(thin, receipts=[receipt("beside", thin.height)])
        batch.add_ledger(LEDGER.conform(ledger, fill=True))
        batch.commit()
    return made.path


def test_files_with_all_traffic(file: Path) -> None:
    found = observability([file], airfield=FIELD, icao24=FLEET)
    assert found.simulated
    frame = found.frame
    assert frame.schema == pl.Schema(OBSERVABILITY.schema)
    assert frame["day"].to_list() == [FIRST + timedelta(days=i) for i in range(DAYS)]
    assert set(frame["status"]) == {"observed"}
    assert (frame["arrivals_known"] == frame["arrivals_seen"]).all()
    assert (frame["seen_probability"] > 0.99).all()
    assert (frame["aircraft_heard"] == 14).all()
    assert frame["reach_ft"].null_count() == DAYS  # followed to the ground, always


def test_a_frame_gives_the_same_as_its_file(file: Path, others: pl.DataFrame, own: pl.DataFrame) -> None:
    one = observe([file], Options(), [FIELD], fleet={FLEET})
    two = observe(POSITIONS.conform(pl.concat([others, own]), fill=True), Options(), [FIELD], fleet={FLEET})
    assert one.equals(two)


def test_several_airfields_and_a_window(file: Path) -> None:
    frame = observe([file], None, [FIELD, "LLER"], "2023-09-03", date(2023, 9, 9))
    assert frame.group_by("airfield", maintain_order=True).len().rows() == [(FIELD, 7), ("LLER", 7)]
    after = frame.filter((pl.col("airfield") == FIELD) & (pl.col("day") > FIRST + timedelta(days=DAYS - 1)))
    assert set(after["status"]) == {"not_observed"}
    # traffic passes the neighbour low, and nothing of it is known to have stopped there
    beside = frame.filter((pl.col("airfield") == "LLER") & (pl.col("day") < FIRST + timedelta(days=DAYS)))
    assert set(beside["status"]) == {"unknown"}
    assert beside["seen_probability"].null_count() == beside.height


def test_the_fleet_alone_tells_nothing(own: pl.DataFrame) -> None:
    frame = observe(POSITIONS.conform(own, fill=True), None, [FIELD], fleet=[FLEET])
    assert set(frame["status"]) == {"unknown"}
    assert frame["reason"].str.ends_with(CANNOT_TELL).all()


def test_no_positions_no_rows() -> None:
    found = observability(POSITIONS.empty(), airfield=FIELD)
    assert (found.frame.height, found.positions_read) == (0, 0)


def test_an_airfield_must_be_named(file: Path) -> None:
    with pytest.raises(UsageError, match="--airfield"):
        observability([file])
    with pytest.raises(UsageError, match="not before"):
        observability([file], airfield=FIELD, since="2023-09-09", until="2023-09-02")


def test_a_lake_s_extract_of_traffic_tells(lake: Path) -> None:
    found = observability((), Options(lake=lake), airfield=FIELD, icao24=FLEET)
    assert found.simulated
    assert found.positions_read
    frame = found.frame
    assert frame["status"].to_list() == ["observed"] * DAYS + ["not_observed"]
    assert "404" in frame["reason"][DAYS]
    told = frame[:DAYS]
    assert (told["seen_probability"] > 0.99).all()
    assert (told["reach_ft"] > 100.0).all()
    assert (told["arrivals_known"] >= 30).all()


def test_days_never_asked_for_leave_the_exposure(lake: Path) -> None:
    frame = observe((), Options(lake=lake), [FIELD], "2023-08-30", "2023-09-02", [FLEET])
    assert frame["status"].to_list() == ["not_observed"] * 3 + ["observed"]
    assert frame["reason"][0] == "never asked for: nothing is known"


def test_single_aircraft_in_a_lake_tell_nothing_of_others(own: pl.DataFrame, tmp_path: Path) -> None:
    made = Lake.open(tmp_path / "lake", create=True)
    day = date(2023, 9, 3)
    asked = datetime(2023, 10, 1, tzinfo=UTC)
    ledger = pl.DataFrame(
        [{"source": "made", "day": day, "what": FLEET, "status": "received", "asked_utc": asked}],
        schema_overrides={"asked_utc": LEDGER.schema["asked_utc"]},
    )  # fmt: skip
    with made.batch() as batch:
        batch.add(own, receipts=[receipt("own", own.height)])
        batch.add_ledger(LEDGER.conform(ledger, fill=True))
        batch.commit()
    frame = observe((), Options(lake=made.path), [FIELD], fleet=[FLEET])
    assert frame["status"].to_list() == ["unknown"]
    assert CANNOT_TELL in frame["reason"][0]


def test_the_verb(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["observability", str(file), "--airfield", FIELD, "--icao24", FLEET, "--json"]) == 0
    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert [r["status"] for r in rows] == ["observed"] * DAYS
    assert all("SIMULATED" in r["sources"][0] for r in rows)
    assert "SIMULATED" in err
    target = tmp_path / "o.csv"
    assert main(["observability", str(file), "--airfield", FIELD, "-o", str(target)]) == 0
    assert target.read_text().splitlines()[0].startswith("airfield,day,status,reason")


def test_the_verb_on_a_terminal_puts_equal_days_on_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["observability", str(file), "--airfield", FIELD, "--icao24", FLEET]) == 0
    out, _ = capsys.readouterr()
    assert "2023-09-02 to 2023-09-0" in out
    assert "% (" in out


def test_the_verb_without_positions_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "SIMULATED.parquet"
    POSITIONS.empty().drop("receipt").write_parquet(empty)
    assert main(["observability", str(empty), "--airfield", FIELD]) == 1
    assert "nothing can be told" in capsys.readouterr().err


@needs_recordings
def test_three_hours_round_paris() -> None:
    """Every stop at Charles de Gaulle that is known from one end was received at the other, to 150 ft."""
    frame = observe([FLIGHT / "opensky_json" / "quickstart.json.gz"], None, ["LFPG", "LFPB"])
    paris = frame.filter(pl.col("airfield") == "LFPG").row(0, named=True)
    assert paris["status"] == "partly"
    assert "00:00 to 12:00, 15:00 to 24:00 UTC" in paris["reason"]
    assert paris["aircraft_heard"] > 200
    assert (paris["hours_heard"], paris["arrivals_seen"]) == (3, paris["arrivals_known"])
    assert paris["departures_seen"] == paris["departures_known"] >= 5
    assert paris["reach_ft"] < 500.0
    # three hours of twenty-four: of a visit at any hour of the day an eighth, a little more by its second end
    assert 0.1 < paris["seen_least"] < paris["seen_probability"] < 0.3
    bourget = frame.filter(pl.col("airfield") == "LFPB").row(0, named=True)
    assert bourget["seen_probability"] is None


@needs_recordings
def test_chosen_traces_of_one_receiver_tell_nothing() -> None:
    found = observability([FLIGHT / "readsb_trace" / "one_receiver"], airfield="EDDF")
    assert found.positions_read
    assert found.frame["seen_probability"].null_count() == found.frame.height
    assert set(found.frame["status"]) <= {"unknown", "not_observed"}


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("24 of 48 heatmaps", "half"),
        ("24 of 48 heatmaps; the end of the archive was not reached", "half"),
        ("around airfield LLOV; 5 of 48 half hours failed: 503", "half"),
        ("255 of 256 folders of traces", "chosen"),
        ("255 of 256 folders of traces; 47 of 48 heatmaps", "chosen"),
        ("traces/00/trace_full_d00001.json: not whole", "chosen"),
    ],
)
def test_a_day_that_lacks_aircraft_says_nothing_of_those(lake: Path, tmp_path: Path, reason: str, state: str) -> None:
    # an archive without the fleet's own folder holds the traffic of all others, and is no evidence that it did not come
    day = date(2023, 9, 20)
    field = {"code": FIELD, "latitude_deg": 29.94, "longitude_deg": 34.935, "elevation_ft": 1492.0}
    copy = Path(shutil.copytree(lake, tmp_path / "lake"))
    with Lake.open(copy).batch() as batch:
        row = {"source": "readsb-release", "day": day, "what": "*", "status": "damaged",
               "reason": reason, "asked_utc": datetime(2023, 11, 1, tzinfo=UTC)}  # fmt: skip
        rows = pl.DataFrame([row], schema_overrides={"asked_utc": LEDGER.schema["asked_utc"]})
        batch.add_ledger(LEDGER.conform(rows, fill=True))
        batch.commit()
    told = archived(Lake.open(copy), field, day, day)
    assert told["state"].to_list() == [state]
    found = observability((), Options(lake=copy), airfield=FIELD, since=day, until=day).frame
    assert state == "half" or found["status"][0] == "unknown"
    assert found["seen_probability"][0] is None
