"""A list of which nothing can be read is no list of nothing: no count, no rhythm, no comparison is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wheelsdown.cli import main
from wheelsdown.engines.agreeing import compare
from wheelsdown.engines.counting import counts
from wheelsdown.engines.rhythm import rhythm
from wheelsdown.sources.log_mapping import read_log_mapping

MAP = """
source = "ridge"
airfield = "LLOV"
every_row_seen = true
[columns]
arrived = "In"
departed = "Out"
registration = "Tail"
"""
ROW = "2023-09-02 10:00,2023-09-02 12:00,4X-SIM"
WINDOW = {"since": "2023-09-01", "until": "2023-09-10"}


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def log(name: str, text: str, zone: str = 'zone = "Asia/Jerusalem"\n') -> tuple[Path, Path]:
    path, mapping = Path(f"{name}.csv"), Path(f"{name}.toml")
    path.write_text(text)
    mapping.write_text(zone + MAP)
    return path, mapping


BAD = {
    "empty": ("", 'zone = "UTC"\n'),
    "heading": ("In,Out,Tail\n", 'zone = "UTC"\n'),
    "headless": (f"{ROW}\n", 'zone = "UTC"\n'),
    "zoneless": (f"In,Out,Tail\n{ROW}\n", ""),
    "binary": ("\0\1\2" * 400, 'zone = "UTC"\n'),
}


@pytest.mark.parametrize("bad", BAD)
def test_nothing_is_counted_where_nothing_could_be_read(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    path, mapping = log(bad, *BAD[bad])
    for result in (
        counts(logs=[path], log_map=mapping, **WINDOW),
        rhythm(logs=[path], log_map=mapping, selection="all", **WINDOW),
    ):
        assert result.frame.is_empty()
        assert result.positions_read == 0
        assert result.problems.height >= 1
    for verb in ("count", "cadence"):
        assert (
            main(
                [verb, "--log", str(path), "--log-map", str(mapping), "--since", "2023-09-01", "--until", "2023-09-10"]
            )
            == 1
        )
        said = capsys.readouterr()
        assert "no visits loaded; nothing could be counted" in said.err
        assert "landed" not in said.err
        assert len(said.out.splitlines()) <= 1


def test_what_one_source_lacks_is_not_told_as_missed_where_it_could_not_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good, mapping = log("good", f"In,Out,Tail\n{ROW}\n")
    bad, _ = log("bad", "")
    done = compare(good, bad, log_map=mapping, **WINDOW)
    assert done.summary.frame.is_empty()
    assert done.each.frame.is_empty()
    assert (
        main(
            ["agree", str(good), str(bad), "--log-map", str(mapping), "--since", "2023-09-01", "--until", "2023-09-10"]
        )
        == 1
    )
    assert "bad.csv: nothing of it could be read" in capsys.readouterr().err


def test_a_log_read_in_part_counts_what_was_read() -> None:
    path, mapping = log("part", f"In,Out,Tail\n2023-13-40 99:00,,4X-SIM\n{ROW}\n")
    result = counts(logs=[path], log_map=mapping, **WINDOW)
    assert result.frame["at_least"].to_list() == [1]
    reasons = result.problems["reason"].to_list()
    assert any(r.startswith("not a time") for r in reasons)
    assert not any("clock change" in r for r in reasons)
    assert read_log_mapping(mapping).zone == "Asia/Jerusalem"


def test_a_time_that_the_clock_change_leaves_out_is_told_so() -> None:
    path, mapping = log("dst", "In,Out,Tail\n2023-03-24 02:30,2023-03-24 04:00,4X-SIM\n")
    result = counts(logs=[path], log_map=mapping, since="2023-03-20", until="2023-03-30")
    assert any("clock change" in r for r in result.problems["reason"])
    assert (result.frame["at_least"][0], result.frame["at_edge"][0]) == (0, 1)
