"""Counts out of files and lakes: what is gathered, how the positions were chosen, what a person has checked."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.small_lake import CAME, DAMAGED, LANDED, MISSING, PASSED, small_lake
from wheelsdown.engines.asked import Asked
from wheelsdown.engines.checking import check_visits
from wheelsdown.engines.counting import counts
from wheelsdown.engines.local import answers, visits
from wheelsdown.engines.options import Options
from wheelsdown.engines.selecting import chosen_how
from wheelsdown.engines.windowed import Span, windowed
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.lake import Lake
from wheelsdown.outputs import write
from wheelsdown.schema import COUNTS, LEDGER

FIRST, LAST = LANDED
KNOWN = {"since": FIRST, "until": MISSING}
"""The days of which the small lake's ledger has a row."""


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests away from what the user has loaded."""
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_lake(tmp_path_factory.mktemp("small")).path.parent


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Path:
    """Give a copy that may be changed."""
    shutil.copytree(made / "lake", tmp_path / "lake")
    return tmp_path / "lake"


@pytest.fixture
def recordings(made: Path) -> Path:
    return made / "recordings"


def one(*args: Any, **question: Any) -> dict[str, Any]:
    result = counts(*args, **question)
    assert result.table is COUNTS
    assert result.frame.schema == COUNTS.schema
    (row,) = result.frame.to_dicts()
    return row


def tell(lake: Path, rows: list[tuple[date, str, str]], *, source: str = "SIMULATED archive") -> None:
    """Put rows into the ledger: day, what was asked, status."""
    asked = datetime(2023, 10, 2, tzinfo=UTC)
    frame = pl.DataFrame(
        [{"source": source, "day": d, "what": w, "status": s, "asked_utc": asked} for d, w, s in rows],
        schema_overrides={"asked_utc": LEDGER.schema["asked_utc"]},
    )
    with Lake.open(lake).batch() as batch:
        batch.add_ledger(LEDGER.conform(frame, fill=True))
        batch.commit()


def test_files_are_picked_by_hand_unless_the_user_says_otherwise(recordings: Path) -> None:
    row = one(recordings, airfield="LLOV", **KNOWN)
    assert (row["at_least"], row["observed"], row["selection"]) == (2, 2, "hand_picked")
    assert row["best_why"] == (
        "refused: picked by hand: files do not say what was left out; --selection fleet or all says otherwise"
    )
    assert row["ruled_out_why"] == [row["best_why"]]
    assert row["sentence"].startswith("SIMULATED: At least two landed at LLOV between 2 and 5 September 2023 (UTC)")
    for said in ("all", "hand_picked"):
        assert one(recordings, airfield="LLOV", selection=said, **KNOWN)["selection"] == said
    fleet = one(recordings, airfield="LLOV", icao24=CAME, selection="fleet", **KNOWN)
    assert fleet["selection"] == "fleet"
    # two days with one visit each, nothing known of the other two: no bound
    assert fleet["cannot_be_ruled_out"] is None
    assert any("not received for" in why for why in fleet["ruled_out_why"])
    with pytest.raises(UsageError, match="name the fleet"):
        counts(recordings, airfield="LLOV", selection="fleet")
    said_so = one(recordings, airfield="LLOV", selection="hand_picked", **KNOWN)
    assert said_so["best_why"] == "refused: picked by hand: as the user said"


@pytest.mark.parametrize(
    ("selection", "why"),
    [
        (
            None,
            'files do not say what was left out; selection = "fleet" or "all" in the case file says otherwise',
        ),
        ("hand_picked", "as the case file says"),
    ],
)
def test_a_case_is_told_in_words_of_its_file(recordings: Path, selection: str | None, why: str) -> None:
    spans = [Span("whole", datetime(2023, 9, 2, tzinfo=UTC), datetime(2023, 9, 6, tzinfo=UTC))]
    told = windowed(recordings, None, spans, airfield="LLOV", selection=selection)
    assert told.counts["best_why"].to_list() == [f"refused: picked by hand: {why}"]
    assert told.counts["ruled_out_why"].to_list() == [told.counts["best_why"].to_list()]
    assert told.cadence["reason"][0].startswith(f"{why}: ")


def test_a_lake_is_what_its_ledger_says(lake: Path) -> None:
    of = Options(lake=lake)
    everybody = one((), of, airfield="LLOV", **KNOWN)
    assert (everybody["selection"], everybody["at_least"]) == ("all", 2)
    fleet = one((), of, airfield="LLOV", icao24=CAME, **KNOWN)
    assert (fleet["selection"], fleet["at_least"]) == ("fleet", 2)
    assert "two flights by d00001" in fleet["sentence"]
    # a day that was never asked for: nobody knows what was left out
    wider = one((), of, airfield="LLOV", icao24=CAME, since=date(2023, 9, 1), until=MISSING)
    assert wider["selection"] == "hand_picked"
    assert "does not say that these aircraft were looked for on 1 day (2023-09-01)" in wider["best_why"]
    assert wider["at_least"] == 2
    for said, row in (("hand_picked", fleet), ("fleet", wider)):
        assert one((), of, airfield="LLOV", icao24=CAME, selection=said, since=row["from_utc"], until=MISSING)[
            "selection"
        ] == said  # fmt: skip


def test_what_was_asked_of_one_aircraft_says_nothing_of_others(lake: Path) -> None:
    days = [date(2023, 9, 6), date(2023, 9, 7)]
    window = {"since": days[0], "until": days[1]}
    of = Options(lake=lake)
    tell(lake, [(d, CAME, "empty") for d in days])
    assert one((), of, airfield="LLOV", icao24=CAME, **window)["selection"] == "fleet"
    for other in ({"icao24": [CAME, PASSED]}, {"icao24": PASSED}, {}):
        assert one((), of, airfield="LLOV", selection=None, **other, **window)["selection"] == "hand_picked"
    # a place was asked for, on one of the days
    tell(lake, [(days[0], "airfield LLOV", "missing")])
    first = {"since": days[0], "until": days[0]}
    assert one((), of, airfield="LLOV", **first)["selection"] == "all"
    assert one((), of, airfield="LLER", **first)["selection"] == "hand_picked"
    assert one((), of, airfield="LLOV", **window)["selection"] == "hand_picked"
    # files that the user put in are no question to an archive
    tell(lake, [(days[1], "*", "received")], source="files")
    tell(lake, [(days[1], "files", "received")])
    assert one((), of, airfield="LLOV", **window)["selection"] == "hand_picked"


def test_where_archives_were_asked_and_had_nothing_nought_is_an_answer(lake: Path) -> None:
    day, who = date(2023, 9, 20), "d00009"
    tell(lake, [(day, who, "empty")])
    result = counts((), Options(lake=lake), airfield="LLOV", icao24=who, since=day, until=day)
    (row,) = result.frame.to_dicts()
    assert result.positions_read is None
    assert (row["at_least"], row["selection"]) == (0, "fleet")
    assert row["sentence"].startswith("SIMULATED: No landing of flights by d00009 was received at LLOV on 20 September")
    assert "not evidence that none happened" in row["sentence"]
    # nobody asked: nothing was counted
    other = counts((), Options(lake=lake), airfield="LLOV", since=date(2023, 9, 21), until=date(2023, 9, 21))
    assert other.frame.is_empty()
    assert other.positions_read == 0


def test_a_touchdown_at_the_windows_edge_is_left_out_and_named(recordings: Path) -> None:
    (first, _) = visits(recordings, airfield="LLOV").iter_rows(named=True)
    early, best = first["arrived_earliest_utc"], first["arrived_utc"]
    assert early < best
    middle = early + (best - early) / 2
    for window in ({"since": middle, "until": FIRST}, {"since": FIRST, "until": middle}):
        row = one(recordings, airfield="LLOV", **window)
        assert (row["at_least"], row["at_edge"]) == (0, 1)
        assert row["other_ids"] == [first["visit_id"]]
        assert "One is not counted: its touchdown may lie outside the window." in row["sentence"]
    whole = one(recordings, airfield="LLOV", since=early, until=FIRST)
    assert (whole["at_least"], whole["at_edge"]) == (1, 0)


def test_days_are_those_of_the_zone_named(recordings: Path) -> None:
    row = one(recordings, airfield="LLOV", zone="Asia/Jerusalem", since=FIRST, until=FIRST)
    assert row["from_utc"] == datetime(2023, 9, 1, 21, tzinfo=UTC)
    assert row["to_utc"] == datetime(2023, 9, 2, 21, tzinfo=UTC)
    assert "on 2 September 2023 (Asia/Jerusalem)" in row["sentence"]
    days = counts(recordings, airfield="LLOV", zone="Asia/Jerusalem", by="day", **KNOWN).frame
    assert dict(days.select("period", "at_least").iter_rows()) == {
        "2023-09-02": 1, "2023-09-03": 1, "2023-09-04": 0, "2023-09-05": 0,
    }  # fmt: skip
    with pytest.raises(UsageError, match="--zone Mars/North"):
        counts(recordings, airfield="LLOV", zone="Mars/North")


def test_without_a_window_it_is_that_of_the_data_and_said(recordings: Path, lake: Path) -> None:
    result = counts(recordings, airfield="LLOV")
    assert "on 2 September" not in result.frame["sentence"][0]
    assert "between 2 and 3 September 2023 (UTC)" in result.frame["sentence"][0]
    assert any("no window was named" in n for n in result.notes)
    half = counts(recordings, airfield="LLOV", since=LAST).frame
    assert half["from_utc"][0] == datetime(2023, 9, 3, tzinfo=UTC)
    of_lake = counts((), Options(lake=lake), airfield="LLOV")
    assert of_lake.frame["to_utc"][0] == datetime(2023, 9, 4, tzinfo=UTC)
    assert not any("no window was named" in n for n in of_lake.notes)
    nowhere = counts(recordings, airfield="EGLL")
    assert nowhere.frame.is_empty()
    assert any("name one with --since and --until" in n for n in nowhere.notes)


def test_several_airfields_are_counted_apart_and_groups_add_up(recordings: Path) -> None:
    both = counts(recordings, airfield=["LLOV,LLER", "LLOV"], **KNOWN).frame
    assert both["airfield"].to_list() == ["LLOV", "LLER"]
    assert both["at_least"].to_list() == [2, 0]
    every = counts(recordings, by="airfield,aircraft", **KNOWN).frame
    assert every.filter(pl.col("at_least") > 0).select("airfield", "icao24", "at_least").rows() == [("LLOV", CAME, 2)]
    place = one(recordings, at="29.94,34.935,5", **KNOWN)
    assert (place["airfield"], place["at_least"]) == (None, 2)
    assert " landed within 5 km of 29.94, 34.935 between" in place["sentence"]
    assert one(recordings, at="20,20,5", **KNOWN)["at_least"] == 0
    for wrong, said in (
        ({"by": "moon"}, "--by moon: one of airfield"),
        ({"by": "day,month"}, "only one kind of period"),
        ({"selection": "some"}, "--selection some: it is one of"),
        ({"at": "29.94,34.935,5"}, "count the one or the other"),
        ({"since": "2023-09-05", "until": "2023-09-02"}, "is not before"),
    ):
        with pytest.raises(UsageError, match=said):
            counts(recordings, airfield="LLOV", **{**KNOWN, **wrong})


def test_what_people_confirmed_and_rejected_counts(lake: Path) -> None:
    of, window = Options(lake=lake), {"airfield": "LLOV", **KNOWN}
    first, second = visits(lake=lake, airfield="LLOV")["visit_id"]
    assert one((), of, **window)["checked"] == 0
    check_visits(first, by="A", verdict="confirm", options=of)
    row = one((), of, **window)
    assert (row["at_least"], row["checked"], row["rejected"]) == (2, 1, 0)
    assert ", one checked by a person." in row["sentence"]
    check_visits(second, by="B", verdict="unsure", options=of)
    assert one((), of, **window)["checked"] == 1
    check_visits(second, by="B", verdict="reject", options=of)
    row = one((), of, **window)
    assert (row["at_least"], row["checked"], row["rejected"]) == (1, 1, 1)
    assert row["visit_ids"] == [first]
    check_visits(second, by="C", verdict="confirm", options=of)
    row = one((), of, **window)
    assert (row["at_least"], row["checked"], row["rejected"]) == (2, 2, 0)


def test_only_a_chain_of_checks_counts_and_not_columns_that_anyone_can_write(recordings: Path, tmp_path: Path) -> None:
    kept = tmp_path / "checks.jsonl"
    found = answers(recordings, ["visits"], airfield="LLOV")["visits"]
    ids = found.frame["visit_id"].to_list()
    check_visits(ids[0], recordings, by="A", verdict="confirm", checks=kept)
    forged = found.frame.with_columns(
        checked_by=pl.lit("A"), verdict=pl.lit("confirm"), check_state=pl.lit("current"), check_note=pl.lit("")
    )
    for name in ("visits.csv", "visits.parquet"):
        path = tmp_path / name
        write(forged, path, "VISITS", extras=found.extras())
        result = counts(path, airfield="LLOV", **KNOWN)
        assert result.frame["checked"].to_list() == [0]
        assert any("2 visits carry checks in columns of their own, which anyone can write" in n for n in result.notes)
        # a saved table holds the evidence: the chain fits it
        again = counts(path, Options(checks=kept), airfield="LLOV", **KNOWN)
        assert again.frame["checked"].to_list() == [1]
        assert again.frame["at_least"].to_list() == [2]


def test_notes_are_of_the_window_that_was_asked_for(lake: Path) -> None:
    told = counts((), Options(lake=lake), airfield="LLOV", **KNOWN).notes
    assert not any("2023-08" in n or "2023-09-06" in n for n in told)
    assert any(f"({DAMAGED}) damaged" in n for n in told)
    assert any(f"({MISSING}) missing" in n for n in told)


def test_a_lake_is_not_changed_by_a_count_and_gives_the_same_again(lake: Path) -> None:
    before = {p: p.read_bytes() for p in lake.rglob("*") if p.is_file() and ".cache" not in p.parts}
    question = {"airfield": "LLOV", "by": "day", **KNOWN}
    first = counts((), Options(lake=lake), **question).frame
    assert first.equals(counts((), Options(lake=lake), **question).frame)
    assert before == {p: p.read_bytes() for p in lake.rglob("*") if p.is_file() and ".cache" not in p.parts}


def test_a_damaged_file_of_checks_stops_the_count(lake: Path) -> None:
    (lake / "checks.jsonl").write_text("no chain\n")
    with pytest.raises(LakeError, match=r"checks\.jsonl: line 1 is no entry"):
        counts((), Options(lake=lake), airfield="LLOV", **KNOWN)


@pytest.mark.parametrize(("folders", "selection"), [(255, "all"), (64, "all"), (63, "hand_picked"), (1, "hand_picked")])
def test_an_archive_of_a_few_folders_is_a_choice_of_aircraft(lake: Path, folders: int, selection: str) -> None:
    day = date(2023, 9, 20)
    row = {"source": "readsb-release", "day": day, "what": "*", "status": "damaged", "folders": folders,
           "asked_utc": datetime(2023, 10, 2, tzinfo=UTC), "reason": f"{folders} of 256 folders of traces"}  # fmt: skip
    rows = pl.DataFrame([row], schema_overrides={"asked_utc": LEDGER.schema["asked_utc"]})
    with Lake.open(lake).batch() as batch:
        batch.add_ledger(LEDGER.conform(rows, fill=True))
        batch.commit()
    begin = datetime(2023, 9, 20, tzinfo=UTC)
    how = chosen_how(Lake.open(lake), Asked(), begin, begin + timedelta(days=1), None, Options(lake=lake))
    assert how.selection == selection
