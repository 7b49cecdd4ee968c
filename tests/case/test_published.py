"""Published counts beside these data: agrees, more, fewer, open, not counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.case.made import FULL, SHORT, case, write
from wheelsdown.case.loading import load
from wheelsdown.case.published import asked, outcome, published
from wheelsdown.case.running_words import say
from wheelsdown.schema import CADENCE, COUNTS, PUBLISHED

BEGIN, END = datetime(2023, 9, 1, tzinfo=UTC), datetime(2023, 9, 16, tzinfo=UTC)
CLAIM = '[[published]]\nid = "p"\noutlet = "The Herald"\nwindow = "first half"\n'


def count(n: int, further: int | None = 0, **more: Any) -> pl.DataFrame:
    row = {
        "airfield": "LLOV", "from_utc": BEGIN, "to_utc": END, "time_zone": "UTC", "at_least": n,
        "cannot_be_ruled_out": further, "best_estimate": n + 0.4, "days_observed": 15.0, "days_window": 15.0,
        "visit_ids": [f"d00000-{i:04d}" for i in range(n)], **more,
    }  # fmt: skip
    return pl.DataFrame([{c: row.get(c) for c in COUNTS.names}], schema=COUNTS.schema, orient="row")


def rhythm(**more: Any) -> pl.DataFrame:
    row = {"airfield": "LLOV", "from_utc": BEGIN, "to_utc": END, **more}
    return pl.DataFrame([{c: row.get(c) for c in CADENCE.names}], schema=CADENCE.schema, orient="row")


@pytest.mark.parametrize(
    ("least", "most", "n", "further", "result"),
    [
        (6, None, 6, 0, "agrees"),
        (6, None, 9, None, "agrees"),
        (6, None, 3, None, "open"),
        (6, None, 3, 3, "open"),
        (6, None, 3, 2, "fewer"),
        (6, None, 0, 0, "fewer"),
        (6, None, 0, None, "open"),
        (6, 6, 6, 0, "agrees"),
        (6, 6, 7, 0, "more"),
        (6, 6, 6, None, "lower_end"),
        (70, 80, 74, None, "lower_end"),
        (70, 80, 74, 7, "lower_end"),
        (70, 80, 74, 6, "agrees"),
        (70, 80, 69, None, "open"),
        (10, 14, 15, None, "more"),
        (10, 14, 4, 5, "fewer"),
        (None, 5, 6, 0, "more"),
        (None, 5, 2, 3, "agrees"),
        (None, 5, 2, 4, "open"),
        (None, 5, 2, None, "open"),
    ],
)
def test_the_rule(least: int | None, most: int | None, n: int, further: int | None, result: str) -> None:
    assert outcome(least, most, n, further) == result


def row(tmp_path: Path, claim: str, counts: pl.DataFrame | None, **more: Any) -> dict[str, Any]:
    table = published(case(tmp_path, CLAIM + claim), counts, **more)
    assert table.schema == pl.Schema(PUBLISHED.schema)
    return table.row(0, named=True)


def test_a_claim_keeps_its_words_beside_the_count(tmp_path: Path) -> None:
    got = row(tmp_path, 'words = "at least six"\nleast = 6\nairfield = "LLOV"\nrests_on = "a tracker"\n', count(3, 2))
    assert got["outcome"] == "fewer"
    assert (got["at_least"], got["cannot_be_ruled_out"], got["best_estimate"]) == (3, 2, 3.4)
    assert got["visit_ids"] == ["d00000-0000", "d00000-0001", "d00000-0002"]
    assert got["sentence"] == (
        'The Herald: "at least six" at LLOV between 1 and 15 September 2023 (UTC), resting on a tracker. '
        "These data: at least three, best estimate 3.4, two more cannot be ruled out, all 15 days observed. "
        "That excludes so many, as far as aircraft broadcast. Aircraft that never broadcast are outside that count."
    )


def test_without_a_bound_nothing_is_excluded(tmp_path: Path) -> None:
    got = row(tmp_path, "least = 6\n", count(3, None, best_estimate=None, days_observed=None))
    assert got["outcome"] == "open"
    assert "at least six" in got["sentence"]
    assert "no bound on what cannot be ruled out" in got["sentence"]
    assert "neither bears the number out nor excludes it" in got["sentence"]


def test_borne_out_and_more(tmp_path: Path) -> None:
    assert row(tmp_path, "least = 3\nmost = 3\n", count(3))["sentence"].endswith("That bears the number out.")
    assert row(tmp_path, "least = 3\nmost = 3\n", count(3, 1))["sentence"].endswith(
        "That bears out that there were so many; whether there were more these data cannot say."
    )
    assert row(tmp_path, "least = 2\nmost = 2\n", count(3, 1))["outcome"] == "more"


def test_a_range_whose_upper_end_cannot_be_judged_is_borne_out_at_its_lower_end_only(tmp_path: Path) -> None:
    got = row(tmp_path, 'words = "70 to 80"\nleast = 70\nmost = 80\n', count(74, None))
    assert got["outcome"] == "lower_end"
    assert got["sentence"].endswith("That bears the lower end out; whether the upper end holds these data cannot say.")


@pytest.mark.parametrize(
    ("claim", "counts", "counted", "says"),
    [
        ("least = 6\n", None, False, "No positions are loaded; nothing could be counted."),
        ("least = 6\n", None, True, "they hold no count for its window"),
        ("least = 6\n", count(3, airfield="LLER"), True, "they hold no count for its window"),
        ("least = 6\n", count(3, to_utc=datetime(2023, 9, 17, tzinfo=UTC)), True, "they hold no count for its window"),
        ("least = 6\n", count(3, period="2023-09"), True, "they hold no count for its window"),
        ('words = "an air train"\n', count(3), True, "no number to hold against it"),
    ],
)
def test_what_was_not_counted_says_why(
    tmp_path: Path, claim: str, counts: pl.DataFrame | None, counted: bool, says: str
) -> None:
    got = row(tmp_path, claim, counts, counted=counted)
    assert got["outcome"] == "not_counted"
    assert says in got["sentence"]


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        (1, "Below stands one published count, as a claim of those who published it."),
        (2, "Below stand two published counts, as claims of those who published them."),
    ],
)
def test_the_finding_counts_claims_in_their_number(tmp_path: Path, claims: int, says: str) -> None:
    loaded = case(tmp_path, CLAIM + "least = 4\n")
    frame = published(loaded, counted=False)
    said = say(loaded, {"published": pl.concat([frame] * claims)}, counted=False, simulated=False)
    assert said.finding == f"No positions are loaded; nothing could be counted. {says}"


def test_a_claim_without_a_window_is_not_counted(tmp_path: Path) -> None:
    loaded = case(tmp_path, CLAIM.replace('window = "first half"\n', "") + "least = 4\n")
    got = published(loaded, count(3)).row(0, named=True)
    assert (got["outcome"], got["window"], got["from_utc"]) == ("not_counted", "not said", None)
    assert asked(loaded) == ()


def test_two_attributions_that_do_not_go_together_are_both_kept(tmp_path: Path) -> None:
    got = row(tmp_path, 'least = 3\nattributed = ["military planes", "planes of SIM Air"]\n', count(3))
    assert "military planes and planes of SIM Air: all are kept as published" in got["sentence"]
    assert got["what"] == "military planes / planes of SIM Air"


@pytest.mark.parametrize(
    ("least", "most", "result"),
    [(1.4, 2.6, "agrees"), (1.4, 3.6, "open"), (2.9, 7.4, "fewer"), (0.5, 1.2, "more"), (1.4, None, "open")],
)
def test_every_other_day_is_held_against_the_interval(
    tmp_path: Path, least: float, most: float | None, result: str
) -> None:
    """The second and third are the 20 flights over 44 and over 91 days."""
    cadence = rhythm(every_days=2.0, every_quickest=least, every_slowest=most)
    got = row(tmp_path, 'words = "every other day"\nevery_days = 2\n', count(7), cadence=cadence)
    assert got["outcome"] == result
    assert "one every 2.0 days" in got["sentence"]


def test_a_refused_rhythm_leaves_it_open(tmp_path: Path) -> None:
    got = row(tmp_path, "every_days = 2\n", count(7), cadence=rhythm(reason="picked by hand"))
    assert got["outcome"] == "open"
    assert "picked by hand" in got["sentence"]


def test_what_has_to_be_counted_is_told(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, FULL))
    wanted = asked(loaded)
    assert [(a.published_id, a.airfield, a.since, a.until, a.zone) for a in wanted] == [
        ("p1", "LLOV", BEGIN, END, "UTC"),
        ("p2", "LLOV", BEGIN, datetime(2023, 10, 1, tzinfo=UTC), "UTC"),
    ]
    table = published(loaded, count(7, 0))
    assert table["outcome"].to_list() == ["agrees", "not_counted"]
    assert table["published_on"].to_list() == ["2023-10", None]
    assert all(v is not None for v in table.row(0))


def test_several_airfields_and_none_named_is_not_guessed(tmp_path: Path) -> None:
    text = SHORT.replace('code = "LLOV"', 'code = "LLOV"\n[[airfield]]\ncode = "LLER"')
    got = published(case(tmp_path, CLAIM + "least = 6\n", text=text), count(3)).row(0, named=True)
    assert got["outcome"] == "not_counted"
    assert "names none of the case's airfields" in got["sentence"]


def test_words_without_the_number_get_it_beside_them(tmp_path: Path) -> None:
    got = row(tmp_path, 'words = "apparently"\nleast = 2\n', count(0, 0))
    assert got["sentence"].startswith('The Herald: "apparently" (at least two) between 1 and 15 September 2023 (UTC).')
    assert "These data: no visit that counts, best estimate 0.4, no more left open" in got["sentence"]
    assert (
        '"no fewer than four" between' in row(tmp_path, 'words = "no fewer than four"\nleast = 4\n', None)["sentence"]
    )


def test_a_refused_bound_is_not_called_no_bound(tmp_path: Path) -> None:
    refused = count(7, None, ruled_out_why=["refused: picked by hand"])
    got = row(tmp_path, "least = 6\n", refused)
    assert "what cannot be ruled out is refused: picked by hand" in got["sentence"]
    assert "no bound" not in got["sentence"]


def test_made_data_are_called_simulated_and_the_claim_is_not(tmp_path: Path) -> None:
    said = row(tmp_path, "least = 6\n", count(7, 0), simulated=True)["sentence"]
    assert "These data (SIMULATED): at least seven" in said
    assert said.count("SIMULATED") == 1
    assert "SIMULATED" not in row(tmp_path, "least = 6\n", count(7, 0))["sentence"]
