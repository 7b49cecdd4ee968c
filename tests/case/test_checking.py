"""What a case can conclude, told before any run, on several situations of data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.case.made import FULL, SHORT, case, write
from tests.small_lake import small_lake
from wheelsdown.case.checking import check
from wheelsdown.case.loading import load
from wheelsdown.cli import main
from wheelsdown.errors import CaseError
from wheelsdown.schema import CONCLUSIONS

ASKED = '[[party]]\nname = "SIM Air Bridge"\nasked_on = 2023-10-01\n'


def told(frame: pl.DataFrame, topic: str, window: str | None = None) -> list[tuple[str, str]]:
    """Give answer and reason of a topic."""
    rows = frame.filter(pl.col("topic") == topic)
    if window is not None:
        rows = rows.filter(pl.col("window") == window)
    return list(rows.select("answer", "why").iter_rows())


def of(tmp_path: Path, more: str = "", *, text: str = SHORT, today: date | None = None) -> pl.DataFrame:
    result = check(case(tmp_path, more, text=text), today=today)
    assert result.frame.schema == pl.Schema(CONCLUSIONS.schema)
    assert set(result.frame["answer"]) <= {"yes", "partly", "no"}
    return result.frame


def test_without_positions_nothing_can_be_counted(tmp_path: Path) -> None:
    frame = of(tmp_path, "[surges]\n")
    assert told(frame, "count") == [("no", "no positions are loaded; nothing could be counted")]
    assert told(frame, "surges") == [("no", "no positions are loaded; nothing could be counted")]
    assert told(frame, "cargo")[0][0] == "no"
    assert frame.filter(pl.col("answer") == "no", pl.col("topic") == "count")["remedy"][0]


def test_files_without_a_selection_refuse_rates(tmp_path: Path) -> None:
    files = '[positions]\nfiles = ["identity.csv"]\n[surges]\n'
    frame = of(tmp_path, files)
    assert told(frame, "count")[0][0] == "partly"
    assert "what cannot be ruled out are refused" in told(frame, "count")[0][1]
    assert told(frame, "surges")[0][0] == "no"
    assert told(frame, "other visitors")[0][0] == "partly"
    chosen = of(tmp_path, files, text=SHORT.replace("[fleet]", '[fleet]\nselection = "all"'))
    assert told(chosen, "count")[0][0] == "yes"
    assert told(chosen, "surges")[0][0] == "yes"
    fleet = of(tmp_path, files, text=SHORT.replace("[fleet]", '[fleet]\nselection = "fleet"'))
    assert told(fleet, "other visitors") == [
        ("no", "only the fleet was looked for: who else came to the airfield is not in these data")
    ]


def test_a_log_has_no_origin_and_no_exposure(tmp_path: Path) -> None:
    log = '[positions]\nlogs = ["identity.csv"]\n[surges]\n'
    unsaid = of(tmp_path, log)
    assert told(unsaid, "surges") == [("no", "refused: a list of visits does not say what was left out")]
    frame = of(tmp_path, log, text=SHORT.replace("[fleet]", '[fleet]\nselection = "all"'))
    assert "what its observers wrote down" in told(frame, "cargo")[0][1]
    assert told(frame, "aircraft that nobody wrote down")[0][0] == "no"
    assert told(frame, "aircraft that never broadcast") == []
    assert told(frame, "count")[0][0] == "partly"
    assert told(frame, "origin and next stop")[0][0] == "no"
    assert told(frame, "surges")[0][0] == "partly"
    assert "a list has no exposure" in told(frame, "surges")[0][1]


LAKE = """\
[case]
name = "lake"
title = "T"
question = "Q"
[fleet]
icao24 = ["d00001"]
[[airfield]]
code = "LLOV"
[[window]]
name = "whole"
since = 2023-09-02
until = 2023-09-03
[[window]]
name = "wider"
since = 2023-09-02
until = 2023-09-06
[[window]]
name = "later"
since = 2023-10-01
until = 2023-10-02
[positions]
lake = "lake"
"""


def test_a_lakes_ledger_tells_which_days_of_a_window_it_holds(tmp_path: Path) -> None:
    small_lake(tmp_path)
    (tmp_path / "case.toml").write_text(LAKE)
    frame = check(load(tmp_path / "case.toml")).frame
    assert told(frame, "count", "whole") == [("yes", "the ledger holds 2 of 2 days")]
    answer, why = told(frame, "count", "wider")[0]
    assert answer == "partly"
    assert "the ledger holds 2 of 5 days" in why
    assert "damaged, missing" in why
    assert "1 day (2023-09-06): never asked for" in why
    assert told(frame, "count", "later")[0][0] == "no"
    assert told(frame, "other visitors")[0][0] == "partly"
    assert 'or say selection = "fleet" in the case file' in told(frame, "other visitors")[0][1]
    (tmp_path / "case.toml").write_text(
        LAKE[: LAKE.index('[[window]]\nname = "wider"')] + '[positions]\nlake = "lake"\n'
    )
    whole = check(load(tmp_path / "case.toml")).frame
    assert told(whole, "other visitors") == [("yes", "by what registers and call signs say of them")]


def test_a_real_name_never_stands_with_a_simulated_lake(tmp_path: Path) -> None:
    small_lake(tmp_path)
    (tmp_path / "case.toml").write_text(LAKE.replace('icao24 = ["d00001"]', 'operator = ["Silk Way Airlines"]'))
    with pytest.raises(CaseError, match="holds SIMULATED flights, and the fleet has a real name: Silk Way Airlines"):
        check(tmp_path / "case.toml")


def test_a_lake_that_is_not_there_yet_is_told_with_what_fetch_would_ask(tmp_path: Path) -> None:
    frame = of(tmp_path, text=FULL)
    count = frame.filter(pl.col("topic") == "count", pl.col("window") == "first half")
    assert count["answer"].to_list() == ["no"]
    assert "fetch" in count["remedy"][0]
    assert told(frame, "fetch", "first half") == []
    narrow = of(
        tmp_path,
        text=FULL.replace(
            "since = 2023-09-01\nuntil = 2023-09-30\nlake", "since = 2023-09-10\nuntil = 2023-09-30\nlake"
        ),
    )
    assert told(narrow, "fetch", "first half") == [("partly", "[positions.fetch] asks for six of the window's 15 days")]
    later = FULL.replace("since = 2023-09-01\nuntil = 2023-09-30\nlake", "since = 2023-10-10\nuntil = 2023-10-11\nlake")
    assert told(of(tmp_path, text=later), "fetch", "first half") == [
        ("no", "[positions.fetch] asks for none of the window's 15 days")
    ]


@pytest.mark.parametrize(
    ("since", "until", "answer"),
    [("2016-01-01", "2023-02-15", "no"), ("2023-02-15", "2023-02-16", "partly"), ("2023-02-16", "2023-02-17", "yes")],
)
def test_windows_that_no_open_archive_covers_are_named(tmp_path: Path, since: str, until: str, answer: str) -> None:
    text = SHORT.replace("2023-09-01", since).replace("2023-09-15", until)
    got = told(of(tmp_path, text=text), "open archive")
    assert [a for a, _ in got] == [answer]
    assert "2023-02-16" in got[0][1]
    assert ("never zero" in got[0][1]) == (answer != "yes")


def test_days_to_come_are_told_only_where_today_is_known(tmp_path: Path) -> None:
    assert told(of(tmp_path), "window") == []
    assert told(of(tmp_path, today=date(2023, 9, 10)), "window")[0][0] == "partly"
    ahead = of(tmp_path, today=date(2023, 8, 1))
    assert told(ahead, "window")[0][0] == "no"
    assert told(ahead, "open archive") == []


LOG = '[positions]\nlogs = ["log.csv"]\nlog_map = "map.toml"\n'


def logged(tmp_path: Path, columns: str = "", *, source: str = "a log", **more: Any) -> pl.DataFrame:
    (tmp_path / "log.csv").write_text("In,Out,Tail,From,To\n")
    (tmp_path / "map.toml").write_text(
        f'source = "{source}"\nairfield = "LLOV"\n[columns]\narrived = "In"\nregistration = "Tail"\n{columns}'
    )
    return of(tmp_path, LOG, **more)


def test_a_log_tells_origin_and_next_stop_where_it_has_a_column_for_them(tmp_path: Path) -> None:
    topic = "origin and next stop"
    assert told(logged(tmp_path), topic) == [
        ("no", "the list has no column for where aircraft came from or where they went")
    ]
    both = told(logged(tmp_path, 'origin = "From"\nnext_stop = "To"\n'), topic)
    assert both == [
        (
            "partly",
            "where aircraft came from and where they went: as the list's writers noted it, where they did; nothing "
            "here tests it",
        )
    ]
    one = told(logged(tmp_path, 'origin = "From"\n'), topic)
    assert [a for a, _ in one] == ["partly"]
    assert one[0][1].endswith("it has no column for where they went")


def test_a_log_that_is_shipped_without_a_map_is_read_by_its_heading(tmp_path: Path) -> None:
    from wheelsdown.sources.log_mapping import shipped

    known = next(m for m in shipped() if {"origin", "next_stop"} <= m.columns.keys())
    (tmp_path / "log.csv").write_text(",".join(f'"{c}"' for c in known.needs) + "\n")
    frame = of(tmp_path, '[positions]\nlogs = ["log.csv"]\n')
    assert [a for a, _ in told(frame, "origin and next stop")] == ["partly"]


def test_no_archive_holds_simulated_flights_nor_days_to_come(tmp_path: Path) -> None:
    today = date(2023, 9, 10)
    made = logged(tmp_path, source="SIMULATED log", today=today)
    assert told(made, "window") == []
    assert told(made, "open archive") == [
        ("no", "these flights are SIMULATED: no archive of real flights holds any of them")
    ]
    answer, why = told(logged(tmp_path, today=today), "open archive")[0]
    assert answer == "partly"
    assert "6 days (2023-09-10 to 2023-09-15) are not over, and in no archive" in why
    assert told(logged(tmp_path, today=date(2023, 8, 1)), "open archive") == []
    assert told(logged(tmp_path, today=date(2023, 9, 16)), "open archive")[0][0] == "yes"


def test_days_of_a_window_are_days_in_its_zone(tmp_path: Path) -> None:
    text = SHORT.replace("until = 2023-09-15", 'until = 2023-09-15\nzone = "Asia/Jerusalem"')
    assert text != SHORT
    why = told(of(tmp_path, text=text, today=date(2023, 8, 1)), "window")[0][1]
    assert "2023-09-01 to 2023-09-15" in why
    assert "2023-08-31" not in why


def test_a_scenario_is_told_as_simulated_and_by_its_days(tmp_path: Path) -> None:
    sim = '[positions]\nscenario = "small"\n'
    result = check(case(tmp_path, sim))
    assert result.simulated
    assert told(result.frame, "count")[0][0] == "no"
    assert told(result.frame, "count")[0][1].startswith("SIMULATED flights from ")
    assert told(result.frame, "open archive") == []


EVENTS = "[events]\n" + "".join(
    f'[[events.episode]]\nid = "e{n}"\nname = "E"\nbegan = 2023-09-{3 * n + 1:02d}\nsource = "S"\n' for n in range(4)
)


def test_timing_needs_three_events_in_its_period(tmp_path: Path) -> None:
    sim = '[positions]\nfiles = ["identity.csv"]\n'
    text = SHORT.replace("[fleet]", '[fleet]\nselection = "all"')
    enough = of(tmp_path, sim + EVENTS + "[timing]\ndeclared = 2023-01-01\n", text=text)
    said = (
        "four events; the windows were declared on 1 January 2023, before the first of these events, as the case says"
    )
    assert told(enough, "timing") == [("yes", said)]
    few = of(tmp_path, sim + EVENTS + "[timing]\nsince = 2023-09-01\nuntil = 2023-09-05\n", text=text)
    assert told(few, "timing") == [("no", "the period holds two events, and fewer than three say nothing")]
    loose = of(tmp_path, sim + EVENTS + "[timing]\n", text=text)
    assert "were not declared before the data were looked at" in told(loose, "timing")[0][1]


def test_events_known_to_the_month_refuse_short_windows(tmp_path: Path) -> None:
    ucdp = Path(__file__).resolve().parents[3] / "shared/data/context/conflict"
    found = sorted(ucdp.rglob("*month*.csv")) if ucdp.exists() else []
    if not found:
        pytest.skip(f"no table by month under {ucdp}")
    text = SHORT.replace("since = 2023-09-01", "since = 2016-01-01").replace("[fleet]", '[fleet]\nselection = "all"')
    more = f'[positions]\nfiles = ["identity.csv"]\n[events]\nfiles = ["{found[0]}"]\nfrom = "rows"\n[timing]\n'
    frame = of(tmp_path, more, text=text)
    assert told(frame, "timing in days")[0][0] == "no"
    assert "7, 14 and 30 days are refused" in told(frame, "timing in days")[0][1]


def test_tables_that_are_not_there_say_what_they_would_have_given(tmp_path: Path) -> None:
    frame = of(tmp_path, text=FULL)
    shares = told(frame, "shares")
    assert [a for a, _ in shares] == ["no", "no"]
    assert "it would have given Borland's share in deliveries of major arms to Ardia" in shares[0][1]
    assert "it would have given Ardia's share in imports of 2709 by Borland" in shares[1][1]


def test_a_file_that_is_no_table_of_context_is_told(tmp_path: Path) -> None:
    more = '[[arms]]\nfiles = ["photo.jpg"]\nrecipient = "A"\nsupplier = "B"\nwindows = ["2016-2020"]\n'
    frame = of(tmp_path, more)
    assert told(frame, "context")[0][0] == "no"
    assert "photo.jpg" in told(frame, "context")[0][1]


def test_statements_exhibits_and_parties(tmp_path: Path) -> None:
    frame = of(tmp_path, text=FULL)
    assert told(frame, "statements") == [("yes", "one about flights, which position data can test")]
    assert told(frame, "exhibits") == [("partly", "image.tif is not there")]
    assert told(frame, "final") == [("no", "a translation is missing")]
    assert told(of(tmp_path), "final")[0][0] == "no"
    assert told(of(tmp_path, ASKED), "final") == []
    loose = '[[statement]]\nid = "a"\nspeaker = "N"\nwords = "no"\nabout = ["flight"]\nstance = "denies"\n'
    for more, why in (
        ("", "names no window of which this was said, does not say whose aircraft it is about or does not say when it"),
        ('windows = ["first half"]\non = "2023-10"\n', "does not say whose aircraft it is about"),
        ('windows = ["first half"]\nall_aircraft = true\n', "does not say when it was said"),
        ('visits = ["d00000-0001"]\n', "does not say when it was said"),
    ):
        said = told(of(tmp_path, loose + more), "statements")[0]
        assert said[0] == "partly"
        assert f"one of the former is held against nothing: the case {why}" in said[1]


def test_statements_of_which_none_is_about_a_flight_are_told_so(tmp_path: Path) -> None:
    cargo = '[[statement]]\nid = "a"\nspeaker = "N"\nwords = "fruit"\nabout = ["cargo"]\nstance = "alleges"\n'
    why = told(of(tmp_path, cargo), "statements")[0][1]
    assert why == "none about flights; one about cargo, purpose or policy only, which position data cannot test"


def test_windows_say_whether_they_were_declared(tmp_path: Path) -> None:
    assert told(of(tmp_path, text=FULL), "declared window", "first half")[0][0] == "yes"
    late = of(tmp_path, text=FULL.replace("declared = 2023-08-01\nnote", "declared = 2023-12-01\nnote"))
    assert told(late, "declared window", "first half")[0][0] == "partly"
    assert told(of(tmp_path), "declared window")[0][0] == "no"


def test_the_verb_prints_the_table_and_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, SHORT)
    assert main(["check", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "topic,window,answer,why,remedy"
    assert "DRAFT: SIM Air Bridge is named" in err
    assert main(["check", str(path), "--json"]) == 0
    assert capsys.readouterr().out.startswith("[")


def test_the_verb_refuses_a_bad_case_with_2_and_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, SHORT.replace("since =", "sinse ="))
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{path}, line 14, field window[0]" in err
    assert "did you mean since?" in err
    assert main(["check", str(tmp_path / "none.toml")]) == 2


def test_the_case_file_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, SHORT)
    assert main(["check", str(path), "-o", str(path.with_suffix(".csv"))]) == 0
    assert path.with_suffix(".csv").read_text().startswith("topic,")
    assert "note: DRAFT" in capsys.readouterr().err


CASES = sorted((Path(__file__).resolve().parents[2] / "cases").glob("*.toml"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_the_shipped_cases_can_be_checked(path: Path) -> None:
    frame = check(path).frame
    assert frame.filter(pl.col("topic") == "count").height == len(load(path).window)


def test_the_real_tables_of_arms_give_shares(tmp_path: Path) -> None:
    tables = sorted((Path(__file__).resolve().parents[3] / "shared/data/context/arms").glob("sipri-exports*.csv"))
    if not tables:
        pytest.skip("no tables of arms at hand")
    more = f'[[arms]]\nfiles = ["{tables[0]}"]\nrecipient = "Azerbaijan"\nsupplier = "Israel"\nwindows = '
    assert told(of(tmp_path, more + '["2016-2020"]\n'), "shares")[0][0] == "yes"
    late = told(of(tmp_path, more + '["2016-2199"]\n'), "shares")[0]
    assert late[0] == "partly"
    assert "hold nothing for" in late[1]
    nobody = told(of(tmp_path, more.replace("Azerbaijan", "Ardia") + '["2016-2020"]\n'), "shares")[0]
    assert nobody[0] == "no"
    assert "hold no row for" in nobody[1]
