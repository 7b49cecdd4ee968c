"""Surges and timing of a case: what was asked, and when it was declared. The log is SIMULATED, the events invented."""

from __future__ import annotations

import csv
import shutil
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from tests.dossier.leads_back import offenders
from wheelsdown.case.checking import check
from wheelsdown.case.result import CaseResult
from wheelsdown.case.running import run_case
from wheelsdown.dossier.running import run

CASES = Path(__file__).resolve().parents[2] / "cases"
DAYS = (8, 13, 20)
EPISODES = "\n[events]\n" + "".join(
    f'[[events.episode]]\nid = "e{d}"\nname = "SIMULATED clash"\nbegan = 2030-03-{d:02d}\nsource = "SIMULATED list"\n'
    for d in DAYS
)
TIMING = "[timing]\nwindows_days = [3]\ndraws = 199\n"
FILES = '\n[events]\nfiles = ["acled.csv"]\n'


def written(tmp_path: Path, more: str, *, surges: bool = True, events: tuple[int, ...] = DAYS) -> Path:
    """The shipped case of a log, with something more, beside a made table in ACLED's shape."""
    shutil.copytree(CASES / "charter-log", tmp_path / "charter-log", dirs_exist_ok=True)
    text = (CASES / "charter-log.toml").read_text(encoding="utf-8").replace("draws = 9999", "draws = 199")
    if not surges:
        text = text.replace("[surges]\nlongest_days = 14\ndraws = 199\nseed = 3\n", "")
    with (tmp_path / "acled.csv").open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f)
        columns = ("event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "country")
        out.writerow([*columns, "latitude", "longitude", "geo_precision", "fatalities", "timestamp"])
        for d in events:
            kinds = ("Battles", "Armed clash", "SIMULATED Northland", "10.0", "10.0")
            out.writerow([f"SIM{d:03d}", f"2030-03-{d:02d}", 1, *kinds, 1, 5, 1900000000])
    path = tmp_path / "log.toml"
    path.write_text(text + more, encoding="utf-8")
    return path


def answered(path: Path) -> CaseResult:
    return run_case(path, path.parent / "out", offline=True)


def told(result: CaseResult, topic: str) -> list[tuple[str, str]]:
    rows = result.frame("conclusions").filter(pl.col("topic") == topic)
    return list(rows.select("answer", "why").iter_rows())


@pytest.mark.parametrize(
    ("declared", "before", "said"),
    [
        ("2031-01-01", False, "declared on 1 January 2031, after the period had ended"),
        ("2030-03-08", False, "not before the first of these events (8 March 2030)"),
        ("2030-03-07", True, "declared on 7 March 2030, before the first of these events"),
    ],
)
def test_a_declaration_after_the_events_is_none(tmp_path: Path, declared: str, before: bool, said: str) -> None:
    result = answered(written(tmp_path, f"{EPISODES}{TIMING}declared = {declared}\n"))
    timing = result.frame("timing").filter(pl.col("p").is_not_null())
    assert timing.height
    assert timing["declared"].to_list() == [before] * timing.height
    assert timing["sentence"].str.contains(said, literal=True).all()
    assert timing["sentence"].str.contains("count as found afterwards", literal=True).any() != before
    assert said in told(result, "timing")[0][1]


def test_the_page_does_not_call_a_late_declaration_one_before_anybody_looked(tmp_path: Path) -> None:
    named = "\n[[surges.declared]]\nname = {}\nsince = 2030-03-10\nuntil = 2030-03-14\n"
    early = named.format('"early"') + "declared = 2030-03-09\n"
    path = written(tmp_path, early + named.format('"undated"') + f"{EPISODES}{TIMING}declared = 2031-01-01\n")
    result, made = run(path, tmp_path / "out", offline=True)
    page = made.page.read_text(encoding="utf-8")
    assert "before anybody looked" not in page
    assert "Declared beforehand, as its author says: <" in page
    assert "Named by its author, and counted as found afterwards: <" in page
    assert "chosen afterwards, or counted as such" in page
    kinds = dict(result.frame("surges").select("name", "kind").iter_rows())
    assert (kinds["early"], kinds["undated"]) == ("declared", "named")
    why = told(result, "surges")[0][1]
    assert "one window was declared beforehand, as the case says; one window is named without" in why
    assert "visits in 30.0 days of exposure" in " ".join(_plain(page).split())
    assert "30.0 days observed" not in _plain(page)
    assert "with surges and outside events. Hatched" in _plain(page)
    assert not offenders(made.page.read_text(encoding="utf-8"), _tables(made.folder))


def test_a_table_of_others_leaves_neither_ids_nor_days(tmp_path: Path) -> None:
    more = f'{FILES}from = "rows"\n{TIMING}declared = 2029-01-01\nsince = 2030-03-05\nuntil = 2030-03-30\n'
    path = written(tmp_path, more, events=(7, *DAYS))
    result, made = run(path, tmp_path / "out", offline=True)
    timing = result.frame("timing").filter(pl.col("p").is_not_null())
    assert timing.filter(measure="before")["events"].to_list() == [3]
    assert "runs over an end of the period: one;" in timing.filter(measure="before")["reason"][0]
    tables = {p.name: p.read_text(encoding="utf-8") for p in (made.folder / "tables").glob("*.csv")}
    assert tables["timing.csv"]
    for name, text in {**tables, "page": made.page.read_text(encoding="utf-8")}.items():
        assert not [d for d in (7, *DAYS) if f"SIM{d:03d}" in text], name
    assert "2030-03-07" not in " ".join(timing["reason"])


def test_events_that_make_no_episode_are_not_no_events(tmp_path: Path) -> None:
    result = answered(written(tmp_path, f"{FILES}{TIMING}"))
    said = "three rows of events were read; none makes an episode under the rule, and fewer than three say nothing"
    assert said in result.frame("timing")["sentence"][0]
    assert result.frame("timing")["sentence"][0].startswith("SIMULATED: ")
    assert told(result, "timing") == [("no", said)]


def test_what_was_not_asked_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, EPISODES, surges=False)
    told_of: list[str] = []
    result = run_case(path, tmp_path / "one", offline=True, told=told_of.append)
    assert not [t for t in told_of if "surges" in t or "events" in t]
    assert told(result, "surges") == [("no", "not asked: the case has no [surges]")]
    assert told(result, "timing")[0][1].startswith("not asked: the case names events and has no [timing]")
    page = _plain(run(path, tmp_path / "out", offline=True)[1].page.read_text(encoding="utf-8"))
    assert "with surges" not in page
    assert "with outside events. Surges were not looked for. Visits were not held against the events. Hatched" in page


def test_of_files_picked_by_hand_no_day_is_told_observed_or_not(tmp_path: Path) -> None:
    path = written(tmp_path, "", surges=False)
    # a log says nothing of what was left out
    path.write_text(path.read_text(encoding="utf-8").replace('selection = "all"', ""), encoding="utf-8")
    result, made = run(path, tmp_path / "out", offline=True)
    assert result.frame("counts")["selection"].unique().to_list() == ["hand_picked"]
    assert result.frame("series")["visits"].sum() > 0
    html = made.page.read_text(encoding="utf-8")
    page = _plain(html)
    assert "files were picked by hand, so days cannot be told observed or not; a day without a box is no zero" in page
    assert "broken line" not in page
    assert "Hatched: not observed" not in page
    table = html[html.index("Days with visits; every day") :].split("</table>")[0]
    days = result.frame("series").filter(pl.col("visits") + pl.col("weaker") > 0).height
    assert table.count("<td>refused</td><td>files picked by hand</td>") == days
    assert "assumed" not in table
    whole = run(written(tmp_path, "", surges=False), tmp_path / "whole", offline=True)[1].page
    assert "A broken line below" in _plain(whole.read_text(encoding="utf-8"))


def test_a_log_of_one_month_says_nothing_of_the_year(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    text = path.read_text(encoding="utf-8").replace("seed = 3", "seed = 3\nsince = 2030-01-01\nuntil = 2030-12-31")
    path.write_text(text, encoding="utf-8")
    result = answered(path)
    row = result.frame("surges").row(0, named=True)
    assert row["exposure_total_days"] == 30
    assert row["began"].month == 3
    assert "from the first row of the log (1 March 2030) to its last (30 March 2030)" in row["sentence"]
    assert result.frame("series").filter(pl.col("exposure") > 0).height == 30


def test_check_says_which_windows_were_declared_in_time(tmp_path: Path) -> None:
    late = "\n[[surges.declared]]\nname = 'a'\nsince = 2030-03-10\nuntil = 2030-03-14\ndeclared = 2030-03-10\n"
    frame = check(written(tmp_path, late)).frame
    why = frame.filter(pl.col("topic") == "surges")["why"][0]
    assert "one window is named without that, and counts as found afterwards; others are found afterwards" in why


@pytest.mark.parametrize("called", ["", 'name = "SIMULATED charter"\n'])
def test_every_sentence_says_whose_visits_are_meant(tmp_path: Path, called: str) -> None:
    path = written(tmp_path, "")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("[fleet]\n", f'[fleet]\n{called}operator = ["SIMULATED Traffic 3"]\n'), encoding="utf-8"
    )
    result = answered(path)
    whose = "flights of SIMULATED charter, " if called else "flights of SIMULATED Traffic 3, "
    assert result.frame("surges")["sentence"].str.contains(f"among {whose}", literal=True).all()
    assert (
        result.frame("cadence")["sentence"].str.contains("among flights of SIMULATED Traffic 3, ", literal=True).all()
    )


class Reader(HTMLParser):
    """Keeps what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def _plain(page: str) -> str:
    reader = Reader()
    reader.feed(page)
    return "".join(reader.said)


def _tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    out = {}
    for path in sorted((folder / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as f:
            out[path.stem] = list(csv.DictReader(f))
    return out
