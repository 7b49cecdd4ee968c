"""What a case rests on, in words that its readers know."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from wheelsdown.case.sources import Names, named_in_case, told_by_name
from wheelsdown.schema import PROBLEMS


def test_options_of_the_command_line_are_told_as_keys_of_the_case_file(tmp_path: Path) -> None:
    notes = [
        "2 files name no aircraft: give --identity files.csv (columns file and icao24)",
        "only a chain of checks counts (--checks FILE)",
        "a rate of --mapping, which is no option, stays",
    ]
    assert told_by_name(notes, [], Names(tmp_path)) == (
        "2 files name no aircraft: give identity under [positions] in the case file (columns file and icao24)",
        "only a chain of checks counts (checks under [positions] in the case file)",
        "a rate of --mapping, which is no option, stays",
    )
    remedies = ["declare the zone in a mapping: --map", "describe a log with --log-map FILE; see the docs", None]
    problems = pl.DataFrame({"remedy": remedies}).pipe(PROBLEMS.conform, fill=True)
    assert named_in_case(problems)["remedy"].to_list() == [
        "declare the zone in a mapping: mapping under [positions] in the case file",
        "describe a log with log_map under [positions] in the case file; see the docs",
        None,
    ]
    assert named_in_case(PROBLEMS.empty()).is_empty()


def test_files_are_named_from_the_case_files_folder_and_made_ones_by_the_case(tmp_path: Path) -> None:
    case, made = tmp_path / "cases", tmp_path / "deep" / "x.positions"
    for folder in (case, made / "jsonl"):
        folder.mkdir(parents=True)
    names = Names(case, made, "airlift.positions", tmp_path / "deep" / "x")
    assert names.of(str(case / "logs" / "a.csv")) == "logs/a.csv"
    assert names.of(str(tmp_path / "b.csv")) == "../b.csv"
    assert names.of(str(case / ".." / "b.tar:c/d.json")) == "../b.tar:c/d.json"
    assert names.of(str(made / "jsonl" / "1.gz")) == "airlift.positions/jsonl/1.gz"
    assert names.of("as/the/lake/says.csv") == "as/the/lake/says.csv"
    notes = [f"{case}/logs/a.csv: odd", f"{made}/jsonl/1.gz: odd", f"into {tmp_path / 'deep' / 'x'}: odd"]
    assert told_by_name(notes, [], names) == (
        "logs/a.csv: odd",
        "airlift.positions/jsonl/1.gz: odd",
        "into the dossier's folder: odd",
    )
