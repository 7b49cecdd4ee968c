"""What a question to a lake must not pass over in silence: high ground, wide rules, aircraft never asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.lake.made import Piece, put, receipt
from tests.small_lake import CAME, FIELD, LANDED, small_lake
from wheelsdown.engines.asked import Circle, asked
from wheelsdown.engines.lakes import _near_tells, _places, coverage, lake_readings
from wheelsdown.engines.local import Options, answers
from wheelsdown.errors import LakeError
from wheelsdown.inference import Rules
from wheelsdown.lake import Lake
from wheelsdown.lake.choosing import Around, came_near
from wheelsdown.lake.ingesting import _not_whole
from wheelsdown.reference.airfields import Airfields, load
from wheelsdown.schema import LEDGER, POSITIONS

DAY = date(2023, 9, 2)
HIGH = (-10.0, -150.0)
"""In the Pacific, where no field of the list is near: the ground is made as high as is wanted."""


def rows(who: str, points: Sequence[tuple[float, float, float | None, bool | None]]) -> pl.DataFrame:
    """Make SIMULATED rows a minute apart: degrees north of the place, east, height, on the ground."""
    start = datetime(2023, 9, 2, 10, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "icao24": who,
            "time_utc": [start + timedelta(minutes=i) for i in range(len(points))],
            "latitude_deg": [HIGH[0] + p[0] for p in points],
            "longitude_deg": [HIGH[1] + p[1] for p in points],
            "altitude_ft": pl.Series([p[2] for p in points], dtype=pl.Float32),
            "on_ground": pl.Series([p[3] for p in points], dtype=pl.Boolean),
            "source": "SIMULATED",
        }
    ).with_columns(pl.col("time_utc").cast(POSITIONS.schema["time_utc"]))
    return POSITIONS.conform(frame, fill=True)


def lake_of(path: Path, frame: pl.DataFrame) -> Lake:
    paper = receipt("high.json", frame.height)
    positions = frame.with_columns(receipt=pl.lit(paper.receipt))
    return put(path, [[Piece(positions, paper, positions.clear())]])


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Airfields:
    return load(tmp_path_factory.mktemp("no-user-data"))


def test_the_ground_may_lie_higher_than_any_field_of_the_list(tmp_path: Path) -> None:
    # fifty metres below 15,000 ft, with heights given on the ground, as OpenSky does
    lake = lake_of(tmp_path / "lake", rows("d00001", [(0.0, 0.0, 14_700.0, True)] * 5))
    assert came_near(lake, [Around(*HIGH, 0.0, 5.0)])["icao24"].to_list() == ["d00001"]


def test_wider_rules_are_followed(tmp_path: Path, known: Airfields) -> None:
    # lost 90 km away and 18,000 ft up
    lake = lake_of(tmp_path / "lake", rows("d00001", [(0.85, 0.0, 18_000.0, False), (0.81, 0.0, 18_000.0, False)]))
    at = asked(known.fields, [], at=[_circle()])
    empty = pl.DataFrame(schema={"operator_icao": pl.String, "operator": pl.String})

    def read(rules: Rules | None) -> int:
        return sum(r.positions.height for r in lake_readings(lake, at, known, pl.DataFrame(), empty, ["visits"], rules))

    assert read(None) == 0
    assert read(Rules(possible_km=100.0, possible_height_ft=20_000.0)) == 2
    # rules that look into silences the near tables do not hold: everything is read
    assert read(Rules(stop_excess_min=1.0)) == 2
    assert not _near_tells(at, known, Rules(gap_min=2.0))


def _circle(km: float = 5.0, at: tuple[float, float] = HIGH):  # type: ignore[no-untyped-def]

    return Circle(*at, km)


def test_a_field_of_ones_own_above_what_the_near_tables_hold(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[airfield]]\ncode = "SIMH"\nname = "SIMULATED high"\n'
        f"latitude_deg = {HIGH[0]}\nlongitude_deg = {HIGH[1]}\nelevation_ft = 9000\n"
    )
    high = load(tmp_path, extra=[own])
    assert not _near_tells(asked(high.fields, ["SIMH"]), high, Rules())
    assert _near_tells(asked(high.fields, [FIELD]), high, Rules())


def test_a_wide_circle_is_as_high_as_its_highest_field(known: Airfields) -> None:
    # the plain east of Denver; Leadville, 150 km away, lies at 9,900 ft
    wide = asked(known.fields, [], at=[_circle(200.0, (39.85, -104.65))])
    narrow = asked(known.fields, [], at=[_circle(5.0, (39.85, -104.65))])
    assert _places(wide, known)[0].elevation_ft > 9_900.0 > _places(narrow, known)[0].elevation_ft


def test_an_aircraft_never_asked_for_is_not_said_to_be_absent(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", rows("d00001", [(0.0, 0.0, 0.0, True)] * 3))
    with lake.batch() as batch:
        batch.add_ledger(_ledger("d00001"))
        batch.commit()

    def notes(**question: str) -> str:
        return "\n".join(answers([], ["visits"], Options(lake=lake.path), **question)["visits"].notes)

    said = "nothing is known on 1 day (2023-09-02): the lake knows of others there, this one was never asked for"
    assert f"of d000ff {said}" in notes(icao24="d000ff")
    assert "never asked for" not in notes(icao24="d00001")
    assert "SIM1: no register, and nothing in the lake, gives an address" in notes(registration="SIM-1")
    assert "chosen files or aircraft: others that fit are in no row" in notes(typecode="B744")


def _ledger(what: str) -> pl.DataFrame:

    return LEDGER.conform(
        pl.DataFrame({"day": [DAY], "source": ["made"], "what": [what], "status": ["received"]}), fill=True
    )


def test_a_day_asked_whole_answers_for_every_aircraft(tmp_path: Path) -> None:
    lake = small_lake(tmp_path)
    window = {"since": str(LANDED[0]), "until": str(LANDED[1])}
    notes = answers([], ["visits"], Options(lake=lake.path), icao24=f"{CAME},d000ff", **window)["visits"].notes
    assert not any("never asked for" in n for n in notes)


def test_coverage_counts_no_higher_than_the_near_tables_hold_everything(tmp_path: Path) -> None:
    # passing at 4,900 ft and at 7,000 ft: of the second only the ends are in the table
    low, high = ([(0.0, 0.01 * i, feet, False) for i in range(5)] for feet in (4_900.0, 7_000.0))
    lake = lake_of(tmp_path / "lake", pl.concat([rows("d00001", low), rows("d00002", high)]))
    found = coverage(lake.path, at=f"{HIGH[0]},{HIGH[1]},25").frame
    assert found.select("positions", "aircraft").rows() == [(5, 1)]


def test_a_file_that_is_no_day_is_named(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", rows("d00001", [(0.0, 0.0, 0.0, True)]))
    path = lake.layout.path("positions", DAY)
    for name in (f"{DAY} (conflicted copy).parquet", "20230902.parquet"):
        other = path.with_name(name)
        other.write_bytes(path.read_bytes())
        with pytest.raises(LakeError, match="is no file of a lake"):
            lake.days()
        other.unlink()
    assert lake.days() == [DAY]


def test_an_archive_that_is_not_the_day_it_is_named_after() -> None:
    whole = Counter({DAY: 100, date(2023, 9, 1): 3})
    assert _not_whole("lists/v2023.09.02-planes-readsb-prod-0.tar", DAY, whole) == ""
    assert "most of its positions are of 2023-09-01" in _not_whole("v.tar", DAY, Counter({date(2023, 9, 1): 100}))
    assert "multilateration" in _not_whole("v2023.09.02-planes-readsb-mlatonly-0.tar", DAY, whole)
    assert _not_whole("v.tar", DAY, Counter()) == ""


def test_what_came_is_not_taken_back_by_a_later_answer_that_there_is_nothing(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    for hour, status in enumerate(("failed", "empty", "received", "empty", "failed")):
        with lake.batch() as batch:
            at = datetime(2023, 9, 9, hour, tzinfo=UTC)
            batch.add_ledger(
                _ledger("d00001").with_columns(status=pl.lit(status), asked_utc=pl.lit(at).dt.cast_time_unit("ms"))
            )
            batch.commit()
    assert lake.ledger()["status"].to_list() == ["received"]
