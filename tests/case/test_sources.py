"""What a case rests on, in words that its readers know."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from wheelsdown.case.sources import named_in_case, told_by_name
from wheelsdown.schema import PROBLEMS


def test_options_of_the_command_line_are_told_as_keys_of_the_case_file(tmp_path: Path) -> None:
    notes = [
        "2 files name no aircraft: give --identity files.csv (columns file and icao24)",
        "only a chain of checks counts (--checks FILE)",
        "a rate of --mapping, which is no option, stays",
    ]
    assert told_by_name(notes, [], tmp_path) == (
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
