"""Which visits a case lists, and what it says of those at the edges of its windows."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tests.analysis.made import START, frame, visit
from wheelsdown.case.listing import Place, beyond_said, edges_said, visits_listed
from wheelsdown.case.running import run_case
from wheelsdown.schema import COUNTS, VISITS

CASES = Path(__file__).resolve().parents[2] / "cases"
DAY = timedelta(days=1)
FIRST = Place("LLOV", START, START + DAY)
SECOND = Place("LLER", START + 10 * DAY, START + 11 * DAY)


def seen_from(at: datetime, n: int, **more: Any) -> dict[str, Any]:
    """Make a visit that was there when the data began."""
    return visit(None, n, arrived_latest_utc=at, **more)


def test_what_bears_on_no_window_is_not_listed_and_a_mark_stands_once() -> None:
    midday = START + timedelta(hours=12)
    visits = frame(
        [
            visit(midday, 0),
            visit(START, 1),
            visit(midday + 5 * DAY, 2),
            seen_from(SECOND.since - timedelta(minutes=1), 3, airfield="LLER"),
            seen_from(SECOND.since + timedelta(minutes=1), 4, airfield="LLER"),
            visit(midday, 5, airfield="LLER"),
            visit(midday + timedelta(hours=3), 6, airfield="LLBG", rivals=["LLOV"]),
        ]
    )
    got = visits_listed(visits, [FIRST, SECOND])
    # a touchdown before the second window for certain is not in it, though data of both begin with it
    assert got.select("visit_id", "asked_as").rows() == [
        ("d00000-0000", "airfield"),
        ("d00000-0001", "airfield"),
        ("d00000-0004", "airfield"),
        ("d00000-0006", "rival"),
    ]
    said = "the touchdown may lie outside the window"
    marks = [sum(r.startswith(said) for r in reasons or []) for reasons in got["reasons"].to_list()]
    assert marks == [0, 1, 1, 0]
    assert visits_listed(got, [FIRST, SECOND]).equals(got)
    # inside another window it is in no doubt
    wide = Place("LLOV", START - DAY, START + DAY)
    assert said not in str(visits_listed(got, [FIRST, wide])["reasons"].to_list())
    assert set(got.columns) == {*VISITS.names, "asked_as"}


def test_what_something_else_speaks_of_is_listed_and_changes_no_mark() -> None:
    midday = START + timedelta(hours=12)
    far = visit(midday + 90 * DAY, 3, airfield="LLBG")
    visits = frame([visit(START, 0), visit(midday + 5 * DAY, 1), visit(midday + 20 * DAY, 2), far])
    series = Place("LLOV", START - DAY, START + 11 * DAY)
    got = visits_listed(visits, [FIRST, SECOND], also=[series], named=["d00000-0003"])
    assert got.select("visit_id", "asked_as").rows() == [
        ("d00000-0000", "airfield"),
        ("d00000-0001", "airfield"),
        ("d00000-0003", None),
    ]
    # at the edge of the one window it bears on, though well inside the series
    marks = [any(r.startswith("the touchdown may lie outside") for r in rs or []) for rs in got["reasons"].to_list()]
    assert marks == [True, False, False]
    assert beyond_said(got, [FIRST, SECOND])[0].startswith(
        "of the visits listed 2 lie in no window of the case and stand in none of its counts: they are listed"
    )
    assert beyond_said(got.head(1), [FIRST, SECOND]) == []


def test_visits_between_two_windows_are_listed_and_tied(tmp_path: Path) -> None:
    shutil.copytree(CASES / "charter-log", tmp_path / "charter-log")
    text = (CASES / "charter-log.toml").read_text(encoding="utf-8")
    text = text.replace("[surges]\nlongest_days = 14\ndraws = 9999\nseed = 3\n", "").replace(
        "since = 2030-03-01\nuntil = 2030-03-30\n",
        'since = 2030-03-10\nuntil = 2030-03-30\n\n[[window]]\nname = "First"\n'
        "since = 2030-03-01\nuntil = 2030-03-04\n",
    )
    between = "SIM-03000-20300306T1108Z-c1642d"
    more = (
        '\n[[statement]]\nid = "talk"\nspeaker = "SIM minister"\nabout = ["cargo"]\nstance = "evades"\ngist = "g"\n'
        "said_from = 2030-03-06T11:00:00Z\nsaid_to = 2030-03-06T12:00:00Z\n"
        '\n[[exhibit]]\nid = "e1"\nkind = "note"\nshows = "SIM"\nfile = "charter-log/observers_map.toml"\n'
        f'visit = "{between}"\n'
    )
    path = tmp_path / "log.toml"
    path.write_text(text + more, encoding="utf-8")
    result = run_case(path, tmp_path / "out", offline=True)
    listed = set(result.frame("visits")["visit_id"])
    series = result.frame("series")
    assert set(series["visit_ids"].explode().drop_nulls()) <= listed
    gap = series.filter(pl.col("day").dt.day().is_between(5, 9))
    assert gap["visits"].sum() == 10
    talk = result.frame("statements").row(by_predicate=pl.col("statement_id") == "talk", named=True)
    assert (talk["bearing"], talk["visit_ids"]) == ("at_the_minute", [between])
    exhibit = result.frame("exhibits").row(0, named=True)
    assert (exhibit["visit_id"], between in listed) == (between, True)
    # they are in no count
    counted = set(result.frame("counts")["visit_ids"].explode())
    assert len(counted) == result.frame("counts")["at_least"].sum() == 64
    assert not counted & set(gap["visit_ids"].explode())
    assert any("lie in no window of the case" in n for n in result.notes)


def test_the_note_counts_what_the_counts_count() -> None:
    def counts(*rows: tuple[str, int, str]) -> pl.DataFrame:
        made = [{"airfield": a, "at_edge": n, "selection": s} for a, n, s in rows]
        return COUNTS.conform(pl.DataFrame(made), fill=True)

    assert edges_said(counts(("LLOV", 0, "fleet")), ["July"]) == []
    assert edges_said(counts(("LLOV", 1, "fleet"), ("LLER", 0, "fleet")), ["July", "July"]) == [
        'of the touchdowns listed 1 at LLOV in "July" crosses the window\'s edge: counted only as `cannot be ruled out`'
    ]
    assert edges_said(counts(("LLOV", 58, "hand_picked"), ("LLER", 1, "hand_picked")), ["July", "May"]) == [
        'of the touchdowns listed 58 at LLOV in "July" and 1 at LLER in "May" cross the window\'s edge: not counted, '
        "and `cannot be ruled out` is refused of files picked by hand"
    ]
