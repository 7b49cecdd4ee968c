"""Two dossiers of one case, SIMULATED: every kind of change and every cause, in rows and in words."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.dossier import made_folder as made
from tests.dossier.made_folder import visit, visits
from wheelsdown.cli import main
from wheelsdown.dossier import correction, diff, differing
from wheelsdown.dossier.sides import read_side
from wheelsdown.errors import SourceError, UsageError
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import CAUSES, CHANGE_KINDS, CHANGES, CONCLUSIONS

Two = Callable[..., pl.DataFrame]
OTHER = "b" * 16
RULES = {**made.VERSIONS, "rules": "a2"}
FIELDS = {**made.VERSIONS, "reference": "b2"}


@pytest.fixture
def compared(tmp_path: Path) -> Two:
    """Write two dossiers of the made case and compare them; `old` and `new` are what differs from it."""

    def go(old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> pl.DataFrame:
        for name, some in (("old", old or {}), ("new", new or {})):
            rows = visits(*some["rows"]) if "rows" in some else None
            page = {k: some[k] for k in ("html", "sentences") if k in some}
            rest = {k: v for k, v in some.items() if k not in ("rows", *page)}
            made.dossier(tmp_path / name, made.result(tmp_path / f"in-{name}", rows, **rest), **page)
        found = diff(tmp_path / "old", tmp_path / "new")
        assert CHANGES.conform(found).equals(found)
        assert set(found["change"]) <= set(CHANGE_KINDS)
        assert set(found["cause"]) <= set(CAUSES)
        assert found["sentence"].str.starts_with("SIMULATED. ").all()
        # a zip tells the same as the folder it came from
        again = diff(tmp_path / "old" / "evidence.zip", tmp_path / "new" / "evidence.zip")
        assert again.equals(found)
        return found

    return go


def of_visits(found: pl.DataFrame) -> list[tuple[Any, ...]]:
    return found.filter(pl.col("table") == "visits").select("change", "row_id", "field", "cause").rows()


def only(found: pl.DataFrame, **what: str) -> dict[str, Any]:
    rows = found.filter(**what)
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def test_nothing_changed(compared: Two, tmp_path: Path) -> None:
    found = compared()
    assert found.is_empty()
    said = correction(found, tmp_path / "old", tmp_path / "new")
    assert said.startswith('SIMULATED. Nothing that the dossier "Made Field, September 2030" says has changed.')


def test_bytes_that_change_nothing_are_no_change(compared: Two) -> None:
    assert compared(new={"receipt": Receipt("x.csv", "c" * 64, 9, "made", 1), "versions": RULES}).is_empty()


def test_added_and_withdrawn_by_other_data(compared: Two, tmp_path: Path) -> None:
    other = Receipt("../in-new/other.csv", "b" * 64, 9, "made", 1)
    found = compared(
        {"rows": [visit("v1", 3), visit("v2", 5, grade="inferred")]},
        {
            "rows": [visit("v1", 3, receipts=[OTHER]), visit("v9", 20, icao24="d00009", receipts=[OTHER])],
            "receipt": other,
        },
    )
    assert of_visits(found) == [
        ("withdrawn", "v2", None, "data"),
        ("added", "v9", None, "data"),
    ]
    gone = only(found, row_id="v2")
    assert (gone["old"], gone["new"]) == ("inferred", None)
    assert gone["sentence"].startswith(
        "SIMULATED. Correction: the visit of SIM-A1 at ZZZA on 5 September 2030 (UTC), given as inferred, is "
        f"withdrawn: other bytes were read (the new dossier did not read what it rests on: {made.RECEIPT})"
    )
    assert only(found, row_id="v9")["why"] == f"the old dossier did not read what it rests on: {OTHER}"
    note = correction(found, tmp_path / "old", tmp_path / "new")
    assert "Of its visits, one was withdrawn and one was added." in note
    assert "other bytes were read" in note


def test_other_receipts_of_a_row_are_data(compared: Two) -> None:
    found = compared(
        {"rows": [visit("v1", 3)]},
        {"rows": [visit("v1", 3, grade="likely", receipts=[OTHER])], "versions": RULES},
    )
    row = only(found, table="visits")
    assert (row["change"], row["field"], row["old"], row["new"], row["cause"]) == (
        "regraded", "grade", "observed", "likely", "data",
    )  # fmt: skip
    assert row["why"] == f"it rests on other files: now {OTHER}"
    assert "given as observed, is now graded likely" in row["sentence"]


@pytest.mark.parametrize(
    ("versions", "cause", "why"),
    [
        (RULES, "method", "rules a1 became a2"),
        (FIELDS, "reference", "reference b1 became b2"),
        ({**RULES, "reference": "b2"}, "method", "rules a1 became a2; also: reference b1 became b2"),
        ({k: v for k, v in made.VERSIONS.items() if k != "rules"}, "method", "rules a1 became none"),
        (made.VERSIONS, "unknown", "the same bytes were read, by the same versions, for the same question"),
    ],
    ids=["rules", "reference", "both", "none", "nothing"],
)
def test_versions(compared: Two, versions: dict[str, str], cause: str, why: str) -> None:
    found = compared({"rows": [visit("v1", 3)]}, {"rows": [visit("v1", 3, grade="possible")], "versions": versions})
    row = only(found, table="visits")
    assert (row["cause"], row["why"]) == (cause, why)
    # the count and the finding follow the visit
    assert only(found, table="counts", field="at_least")["cause"] == cause
    assert only(found, table="finding")["cause"] == cause


def test_other_inputs_that_the_row_does_not_name_are_data_in_the_end(compared: Two) -> None:
    other = Receipt("../in-new/traffic.csv", "c" * 64, 9, "made", 1)
    row = visit("v1", 3, receipts=["0" * 16])
    found = compared({"rows": [row]}, {"rows": [{**row, "grade": "likely"}], "receipt": other})
    change = only(found, table="visits")
    assert change["cause"] == "data"
    assert change["why"] == "other bytes were read: ../in-new/traffic.csv, ../in-old/positions.csv"


def test_the_window_of_the_question(compared: Two) -> None:
    text = made.TEXT.replace("until = 2030-09-30", "until = 2030-09-10")
    some = visits(visit("v1", 3), visit("v2", 15))
    fewer = some.head(1)
    counted = made.counts(fewer).with_columns(to_utc=made.at(11, 0))
    found = compared(
        {"rows": [visit("v1", 3), visit("v2", 15)]},
        {"rows": [visit("v1", 3)], "text": text, "counts": counted, "receipt": Receipt("y", "d" * 64, 1)},
    )
    row = only(found, row_id="v2")
    assert (row["change"], row["cause"]) == ("unasked", "question")
    assert row["why"] == "its touchdown or place lies outside what the other case asks"
    assert only(found, table="counts", field="at_least")["cause"] == "question"


def test_a_window_that_moved_is_no_other_data(compared: Two) -> None:
    """The visits stay in the table; the count rests on fewer of the files that both dossiers read."""
    both = [Receipt(f"../in-old/{n}.csv", n * 64, 9, "made", 1) for n in "ef"]
    rows = [visit("v1", 3, receipts=["e" * 16]), visit("v2", 15, receipts=["f" * 16])]
    receipts = receipts_frame(both)
    all_of_it = made.counts(visits(*rows)).with_columns(receipts=pl.lit(["e" * 16, "f" * 16]))
    part = made.counts(visits(rows[0])).with_columns(receipts=pl.lit(["e" * 16]), to_utc=made.at(11, 0))
    same = {"rows": rows, "receipts": receipts}
    text = made.TEXT.replace("until = 2030-09-30", "until = 2030-09-10")
    found = compared({**same, "counts": all_of_it}, {**same, "counts": part, "text": text})
    assert found.filter(table="visits").is_empty()
    row = only(found, table="counts", field="at_least")
    assert (row["old"], row["new"], row["cause"], row["why"]) == ("2", "1", "question", "its window differs")
    assert only(found, table="finding")["cause"] == "question"


def test_the_same_question_is_no_other_question(compared: Two) -> None:
    """A visit that is listed for its surge only, outside every window that is counted: other bytes took it away."""
    text = made.TEXT.replace("until = 2030-09-30", "until = 2030-09-10") + "[surges]\n"
    counted = made.counts(visits(visit("v1", 3))).with_columns(to_utc=made.at(11, 0))
    old = {"rows": [visit("v1", 3), visit("v2", 15)], "counts": counted, "text": text}
    new = {"rows": [visit("v1", 3)], "counts": counted, "receipt": Receipt("y", "d" * 64, 1)}
    row = only(compared(old, {**new, "text": text}), row_id="v2")
    assert (row["change"], row["cause"]) == ("withdrawn", "data")
    # nor where another part of the question differs, and this one is asked still
    row = only(compared(old, {**new, "text": text + "[timing]\n"}), row_id="v2")
    assert (row["change"], row["cause"]) == ("withdrawn", "data")
    row = only(compared(old, {**new, "text": text.replace("[surges]\n", "")}), row_id="v2")
    assert (row["change"], row["cause"]) == ("unasked", "question")


def test_a_finding_that_counts_claims(compared: Two) -> None:
    """Nothing is counted: the finding says how many counts others published."""
    text = made.TEXT + ENTRIES + '[[published]]\nid = "p2"\n'
    two = pl.concat([made.published(), made.published().with_columns(published_id=pl.lit("p2"))])
    none: dict[str, Any] = {"counts": made.counts(visits()).clear(), "rows": [], "simulated": True}
    found = compared(
        {**none, "text": text, "published": two, "finding": "SIMULATED: two published counts."},
        {
            **none,
            "text": text.replace('[[published]]\nid = "p2"\n', ""),
            "published": two.head(1),
            "finding": "SIMULATED: one published count.",
        },
    )
    row = only(found, table="finding")
    assert (row["cause"], row["why"]) == ("case_file", "its entry in [[published]] is not in the later one")


def test_a_row_of_a_log_that_moved_changes_no_visit(compared: Two) -> None:
    """One row taken out above it: the visit stands in another row of the file, and is the same."""

    def logged(row: int, *more: str) -> dict[str, Any]:
        return visit("v1", 3, reasons=[f"logged by SIMULATED observers: row {row} of observers.csv", "seen", *more])

    assert compared({"rows": [logged(7)]}, {"rows": [logged(6)]}).is_empty()
    row = only(compared({"rows": [logged(7)]}, {"rows": [logged(6, "note: late", "on its own")]}))
    assert "its list of reasons now has note: late and on its own: " in row["sentence"]
    assert "row 6 of" in row["new"]


def test_before_and_after_are_never_the_same_text(compared: Two) -> None:
    """Long lists are told by what left and came, long texts round the first difference."""
    some = visits(visit("v1", 3), visit("v2", 5))
    ids = [f"visit-number-{n:03}-of-many" for n in range(40)]
    long = made.surges(some, sentence="SIMULATED. " + "word " * 100 + "one" + " more" * 100)
    other = made.surges(some, sentence="SIMULATED. " + "word " * 100 + "two" + " more" * 100)
    found = compared(
        {"surges": long.with_columns(visit_ids=pl.lit(ids))},
        {"surges": other.with_columns(visit_ids=pl.lit([*ids[:30], *ids[31:], "visit-x"]))},
    )
    said = only(found, field="visit_ids")["sentence"]
    assert "its list of visits no longer has visit-number-030-of-many and now has visit-x: " in said
    said = only(found, field="sentence")["sentence"]
    before, _, after = said.partition(" and is now given as ")
    assert "word one more" in before
    assert "word two more" in after
    assert len(said) < 1000
    hidden = compared({"statements": made.statements("No.")}, {"statements": made.statements("N\u200bo.")})
    assert "given as 'No.' and is now given as 'N\\u200bo.'" in only(hidden)["sentence"]


def test_sentences_that_share_no_row_are_not_one_that_changed(compared: Two) -> None:
    found = compared(
        {"sentences": made.stated(airfields="Ramon International Airport")},
        {"sentences": made.stated(airfields="An Invented Air Bridge"), "versions": RULES},
    )
    assert found.select("change", "old", "new").rows() == [
        ("withdrawn", "Ramon International Airport", None),
        ("added", None, "An Invented Air Bridge"),
    ]


def test_what_cannot_come_from_a_party_or_a_statement_is_not_laid_to_them(compared: Two) -> None:
    def answers(topic: str, why: str) -> pl.DataFrame:
        row = {"topic": topic, "answer": "no", "why": why}
        return CONCLUSIONS.conform(pl.DataFrame([row]), fill=True)

    asked = made.TEXT + ENTRIES
    edited = asked.replace('name = "A party"', 'name = "A party"\nasked_on = 2030-10-01').replace('"C"', '"F"')
    for topic, cause, why in (
        ("origin and next stop", "method", "rules a1 became a2"),
        ("statements", "case_file", "the case file differs in [[statement]]; also: rules a1 became a2"),
        ("final", "case_file", "the case file differs in [[party]], [[statement]]; also: rules a1 became a2"),
    ):
        one, two = (f"{topic.capitalize()}: it is {n}" for n in ("so", "otherwise"))
        found = compared(
            {"text": asked, "conclusions": answers(topic, "it is so"), "sentences": made.stated(cannot=one)},
            {
                "text": edited,
                "conclusions": answers(topic, "it is otherwise"),
                "sentences": made.stated(cannot=two),
                "versions": RULES,
            },
        )
        for table in ("conclusions", "stated"):
            row = only(found, table=table)
            assert (row["cause"], row["why"]) == (cause, why), topic
    told = {
        name: compared(
            {"text": asked, "sentences": made.stated(airfields=f"{name} is shown here")},
            {"text": edited, "sentences": made.stated(airfields=f"{name} is not shown here"), "versions": RULES},
        )
        for name in ("LLER", "A party")
    }
    assert only(told["LLER"])["cause"] == "method"
    assert only(told["A party"])["cause"] == "case_file"


def test_a_method_is_told_by_the_section_that_asks_for_it(compared: Two) -> None:
    text = made.TEXT + ENTRIES
    without = text.replace('[[statement]]\nid = "s1"\nreliability = "C"\n', "")
    assert without != text
    judged, named, renamed = "Reliability is judged apart.", "Every file is named.", "Every file is named here."
    found = compared(
        {"text": without, "sentences": made.stated(methods=named)},
        {"text": text, "sentences": made.stated(methods=judged), "versions": RULES},
    )
    assert only(found, change="added")["why"] == "the case file differs in [[statement]]; also: rules a1 became a2"
    found = compared(
        {"text": without, "sentences": made.stated(methods=named)},
        {"text": text, "sentences": made.stated(methods=renamed), "versions": RULES},
    )
    assert (only(found)["change"], only(found)["why"]) == ("changed", "rules a1 became a2")


def test_a_note_in_the_case_file_bears_on_nothing(compared: Two) -> None:
    noted = made.TEXT + 'note = "a remark"\n'
    found = compared({"rows": [visit("v1", 3)]}, {"rows": [visit("v1", 3, grade="likely")], "text": noted})
    assert only(found, table="visits")["cause"] == "unknown"
    fleet = made.TEXT + '[fleet]\nicao24 = ["d00001"]\n'
    found = compared({"rows": [visit("v1", 3)]}, {"rows": [visit("v1", 3, grade="likely")], "text": fleet})
    assert (found["cause"] == "question").all()
    assert only(found, table="visits")["why"] == "the case file differs in [fleet]"


def test_a_verdict(compared: Two) -> None:
    """A rejected visit stays in the table, and leaves the count: that is the verdict's doing, not the data's."""
    checked = visit("v2", 5, checked_by="An editor", verdict="reject", check_note="another aircraft")
    rows = [visit("v1", 3), visit("v2", 5)]
    new = visits(visit("v1", 3), checked)
    counted = made.counts(new.head(1)).with_columns(rejected=pl.lit(1, pl.Int32))
    found = compared({"rows": rows}, {"rows": [visit("v1", 3), checked], "counts": counted, "versions": RULES})
    row = only(found, table="visits")
    assert (row["change"], row["field"], row["cause"]) == ("changed", "verdict", "verdict")
    assert (row["old"], row["new"]) == (None, "reject, An editor, another aircraft")
    assert row["sentence"] == (
        "SIMULATED. Note: the visit of SIM-A1 at ZZZA on 5 September 2030 (UTC): its check was none and is now reject, "
        "An editor, another aircraft."
    )
    assert only(found, table="counts", field="at_least")["cause"] == "verdict"
    assert only(found, table="finding")["cause"] == "verdict"


def test_a_changed_id_is_a_re_dating(compared: Two) -> None:
    found = compared(
        {"rows": [visit("v1", 3)]}, {"rows": [visit("v1-later", 3, touch=made.at(3, 12, 4))], "versions": RULES}
    )
    rows = found.filter(pl.col("table") == "visits")
    assert rows.select("change", "row_id", "old_row_id", "field").rows() == [
        ("re-dated", "v1-later", "v1", "arrived_utc"),
        ("re-dated", "v1-later", "v1", "departed_utc"),
    ]
    assert rows["old"][0] == "2030-09-03T12:00:00Z (2030-09-03T11:58:00Z to 2030-09-03T12:03:00Z)"
    assert "its landing was given as 12:00:00 on 3 September 2030 and is now given as 12:04:00" in rows["sentence"][0]
    assert "its take-off was given as 14:00:00" in rows["sentence"][1]


def test_bounds_alone_are_told_by_the_bounds(compared: Two) -> None:
    wider = visit("v1", 3, arrived_earliest_utc=made.at(3, 11, 30))
    row = only(compared({"rows": [visit("v1", 3)]}, {"rows": [wider]}), table="visits")
    assert "between 2030-09-03T11:58:00Z and 2030-09-03T12:03:00Z" in row["sentence"]
    assert "between 2030-09-03T11:30:00Z and 2030-09-03T12:03:00Z" in row["sentence"]


def test_an_id_alone_is_told(compared: Two) -> None:
    row = only(compared({"rows": [visit("v1", 3)]}, {"rows": [visit("w1", 3)]}), table="visits")
    assert (row["change"], row["field"], row["old"], row["new"]) == ("changed", "visit_id", "v1", "w1")


@pytest.mark.parametrize(
    ("more", "one"),
    [
        ({"touch": made.at(3, 12, 4)}, True),  # touchdowns overlap
        ({"touch": made.at(3, 13, 30)}, True),  # the stays overlap
        ({"touch": made.at(3, 15, 30)}, False),  # come back
        ({"icao24": "d00002"}, False),  # another aircraft
        ({"airfield": "ZZZB", "place_id": "ZZZB", "latitude_deg": 10.2}, True),  # a neighbouring field
        ({"airfield": "ZZZB", "place_id": "ZZZB", "latitude_deg": 12.0}, False),  # a field far away
        ({"airfield": "ZZZB", "place_id": "ZZZB", "latitude_deg": 12.0, "rivals": ["ZZZA"]}, True),  # a rival
    ],
)
def test_which_visit_is_which(compared: Two, more: dict[str, Any], *, one: bool) -> None:
    found = compared({"rows": [visit("v1", 3)]}, {"rows": [visit("w1", 3, **more)]})
    kinds = set(found.filter(pl.col("table") == "visits")["change"])
    assert (kinds == {"added", "withdrawn"}) is not one
    if "airfield" in more and one:
        row = only(found, field="airfield")
        assert (row["change"], row["old"], row["new"]) == ("changed", "ZZZA", "ZZZB")


def test_several_visits_are_matched_one_to_one_by_nearness(compared: Two) -> None:
    old = [visit(f"v{n}", 3, touch=made.at(3, 6) + timedelta(minutes=90 * n)) for n in range(4)]
    new = [visit(f"w{n}", 3, touch=made.at(3, 6) + timedelta(minutes=90 * n + 2)) for n in range(4)]
    found = compared({"rows": old}, {"rows": list(reversed(new))})
    pairs = dict(found.filter(field="arrived_utc").select("old_row_id", "row_id").iter_rows())
    assert pairs == {f"v{n}": f"w{n}" for n in range(4)}
    assert not set(found["change"]) & {"added", "withdrawn"}


def test_what_else_of_a_visit_is_told(compared: Two) -> None:
    other = visit(
        "v1",
        3,
        origin="ZZZQ",
        dwell_most_min=200.0,
        operator="Another Invented Line",
        rivals=["ZZZB"],
        quarantined="jumps",
    )
    found = compared({"rows": [visit("v1", 3)]}, {"rows": [other], "versions": {**RULES, "reference": "b2"}})
    told = {r["field"]: (r["old"], r["new"], r["cause"]) for r in found.filter(table="visits").iter_rows(named=True)}
    assert told == {
        "origin": ("ZZZO", "ZZZQ", "method"),
        "dwell_least_min": ("116.0 to 123.0", "116.0 to 200.0", "method"),
        "operator": ("Invented Air Freight", "Another Invented Line", "reference"),
        "rivals": (None, "ZZZB", "method"),
        "quarantined": (None, "jumps", "method"),
    }


def test_counts_are_told_apart_by_their_windows(compared: Two) -> None:
    some = visits(visit("v1", 3), visit("v2", 5))
    two = pl.concat([made.counts(some), made.counts(some.head(1))])
    swapped = pl.concat([made.counts(some.head(1)), made.counts(some)])
    found = compared(
        {"counts": two, "windows": ("first", "second")}, {"counts": swapped, "windows": ("second", "first")}
    )
    assert found.filter(pl.col("table") == "counts").is_empty()
    found = compared(
        {"counts": two, "windows": ("first", "second")},
        {"counts": two.head(1), "windows": ("first",), "text": made.TEXT},
    )
    row = only(found, table="counts")
    assert (row["change"], row["row_id"]) == ("withdrawn", "counts/2")
    assert row["old"] == "SIMULATED: at least 1 landed at ZZZA."
    assert "the count (second, ZZZA) is withdrawn" in row["sentence"]


def test_surges_published_counts_and_statements(compared: Two) -> None:
    some = visits(visit("v1", 3), visit("v2", 5))
    later = made.surges(some, began=date(2030, 9, 4), p=0.2, surge=False)
    found = compared(
        None,
        {"surges": later, "published": made.published("more"), "statements": made.statements("There was one.")},
    )
    told = {(r["table"], r["field"]): (r["change"], r["old"], r["new"]) for r in found.iter_rows(named=True)}
    assert told == {
        ("surges", "p"): ("changed", "0.01", "0.2"),
        ("surges", "surge"): ("changed", "true", "false"),
        ("surges", "began"): ("re-dated", "2030-09-03", "2030-09-04"),
        ("published", "outcome"): ("changed", "agrees", "more"),
        ("statements", "words"): ("changed", "There was no flight.", "There was one."),
    }
    assert "the comparison with the published count (p1): its outcome" in only(found, table="published")["sentence"]


ENTRIES = """
[[published]]
id = "p1"
least = 90
[[statement]]
id = "s1"
reliability = "C"
[[events.episode]]
id = "e1"
began = 2030-09-10
[[party]]
name = "A party"
[[rival]]
text = "Another field is near."
"""
FACT = '\n[[airfield.fact]]\nname = "handles explosives"\n'


@pytest.mark.parametrize(
    ("was", "now", "old", "new", "told"),
    [
        (
            "least = 90",
            "least = 92",
            {"published": made.published().with_columns(least=pl.lit(90, pl.Int32))},
            {"published": made.published().with_columns(least=pl.lit(92, pl.Int32))},
            ("changed", "published", "least", "90", "92", "its entry in [[published]] differs"),
        ),
        (
            'reliability = "C"',
            'reliability = "F"',
            {"statements": made.statements().with_columns(reliability=pl.lit("C"))},
            {"statements": made.statements().with_columns(reliability=pl.lit("F"))},
            ("changed", "statements", "reliability", "C", "F", "its entry in [[statement]] differs"),
        ),
        (
            "began = 2030-09-10",
            "began = 2030-09-09",
            {"events": made.events()},
            {"events": made.events(began=date(2030, 9, 9))},
            ("re-dated", "events", "began", "2030-09-10", "2030-09-09", "its entry in [[events.episode]] differs"),
        ),
        (
            'code = "ZZZA"',
            f'code = "ZZZA"{FACT}',
            {"facts": made.facts("runway")},
            {"facts": made.facts("runway", "handles explosives")},
            ("added", "facts", None, None, None, "the case file differs in [[airfield.fact]]"),
        ),
        (
            'name = "A party"',
            'name = "A party"\nasked_on = 2030-10-01',
            {"draft": ("A party is named and has not been asked",)},
            {"draft": ()},
            (
                "changed",
                "draft",
                "draft",
                "A party is named and has not been asked",
                None,
                "the case file differs in [[party]]",
            ),
        ),
        (
            'text = "Another field is near."',
            'text = "Another field is far."',
            {"sentences": made.stated(rivals="Another field is near.")},
            {"sentences": made.stated(rivals="Another field is far.")},
            (
                "changed",
                "stated",
                "text",
                "Another field is near.",
                "Another field is far.",
                "the case file differs in [[rival]]",
            ),
        ),
    ],
    ids=["published", "statement", "episode", "fact", "draft", "rival"],
)
def test_an_edited_entry_of_the_case_file_is_told(
    compared: Two,
    tmp_path: Path,
    was: str,
    now: str,
    old: dict[str, Any],
    new: dict[str, Any],
    told: tuple[str | None, ...],
) -> None:
    text = made.TEXT + ENTRIES
    assert was in text
    found = compared({**old, "text": text}, {**new, "text": text.replace(was, now)})
    assert found.height == 1, found
    row = found.row(0, named=True)
    assert tuple(row[c] for c in ("change", "table", "field", "old", "new", "why")) == told
    assert row["cause"] == "case_file"
    note = correction(found, tmp_path / "old", tmp_path / "new")
    assert f"Why: another entry of the case file (one change: {told[-1]})." in note
    assert "Nothing that the dossier" not in note
    assert ("Note: the earlier version was a draft: A party is named" in note) == (told[1] == "draft")


def test_an_entry_that_only_one_case_has(compared: Two) -> None:
    text = made.TEXT + ENTRIES
    without = text.replace('id = "p1"', 'id = "p0"')
    found = compared({"text": text}, {"text": without, "published": made.published().clear()})
    row = only(found, table="published")
    assert (row["change"], row["cause"]) == ("withdrawn", "case_file")
    assert row["why"] == "its entry in [[published]] is not in the later one"


def test_an_entry_that_is_as_it_was_is_no_cause(compared: Two) -> None:
    """Another statement was edited; this one bears otherwise for the visits differ."""
    text = made.TEXT + ENTRIES + '[[statement]]\nid = "s2"\n'
    found = compared(
        {"text": text},
        {
            "text": text.replace('id = "s2"', 'id = "s2"\nwords = "No."'),
            "statements": made.statements().with_columns(bearing=pl.lit("not_tested")),
            "versions": RULES,
        },
    )
    row = only(found, table="statements")
    assert (row["field"], row["cause"]) == ("bearing", "method")


def test_another_title_is_told(compared: Two, tmp_path: Path) -> None:
    text = made.TEXT.replace("Made Field, September 2030", "Another title")
    found = compared(None, {"text": text})
    row = only(found)
    assert (row["table"], row["old"], row["new"]) == ("title", "Made Field, September 2030", "Another title")
    assert row["why"] == "the case file differs in [case]"
    note = correction(found, tmp_path / "old", tmp_path / "new")
    assert 'Correction to "Another title". Its title was "Made Field, September 2030".' in note


def test_reasons_of_visits_and_other_visitors_are_compared(compared: Two) -> None:
    some = made.counts(visits(visit("v1", 3))).with_columns(operator=pl.lit("Other"))
    found = compared(
        {"rows": [visit("v1", 3)], "visitors": some},
        {
            "rows": [visit("v1", 3, reasons=["another reason"], probability=0.5)],
            "visitors": some.with_columns(at_least=pl.lit(9, pl.Int32)),
            "versions": RULES,
        },
    )
    told = {(r["table"], r["field"]): (r["old"], r["new"]) for r in found.iter_rows(named=True)}
    assert told == {
        ("visits", "probability"): (None, "0.5"),
        ("visits", "reasons"): ("on the ground at the field", "another reason"),
        ("visitors", "at_least"): ("1", "9"),
    }


def test_a_page_that_differs_is_never_nothing(compared: Two, tmp_path: Path) -> None:
    """What no row shows, the note still says by the name of the file."""
    found = compared(None, {"html": made.HTML.replace("two landed", "six landed")})
    assert found.is_empty()
    note = correction(found, tmp_path / "old", tmp_path / "new")
    assert "Nothing that the dossier" not in note
    assert "This file differs, in what was read or how it is set out: dossier.html." in note


def test_a_sentence_that_stands_in_another_table_is_told_once(compared: Two) -> None:
    lines = [f"SIMULATED: at least {n} landed at ZZZA." for n in (1, 2)]
    found = compared(
        {"rows": [visit("v1", 3)], "sentences": made.stated(can=lines[0], limits="It is one.")},
        {"sentences": made.stated(can=lines[1], limits="It is two.")},
    )
    assert only(found, table="counts", field="sentence")["new"] == lines[1]
    assert only(found, table="stated")["new"] == "It is two."


def test_two_checks_are_a_verdict_and_no_other_bytes(compared: Two, tmp_path: Path) -> None:
    """The file of checks is read too; where it alone differs, a person's verdict is the cause of every number."""
    text = made.TEXT + '[positions]\nchecks = "checks.jsonl"\n'
    some = visits(visit("v1", 3), visit("v2", 5))

    def side(name: str, checks: str, p: float, **more: str) -> dict[str, Any]:
        files = {f"../in-{name}/checks.jsonl": checks * 64, "../data/positions.csv": "e" * 64}
        receipts = receipts_frame([Receipt(f, sha, 9, "made", 1) for f, sha in files.items()])
        return {"text": text, "surges": made.surges(some, p=p), "receipts": receipts, "inputs": {**files, **more}}

    found = compared(side("old", "a", 0.0348), side("new", "b", 0.0267))
    row = only(found)
    assert (row["table"], row["field"], row["cause"]) == ("surges", "p", "verdict")
    assert row["why"] == "the checks in ../in-new/checks.jsonl, ../in-old/checks.jsonl differ"
    assert "other bytes were read" not in row["sentence"]
    assert "Why: a person's check (one change: the checks in" in correction(found, tmp_path / "old", tmp_path / "new")
    more = compared(side("old", "a", 0.0348), side("new", "b", 0.0267, other="c" * 64))
    assert (only(more)["cause"], only(more)["why"][:38]) == ("data", "other bytes were read: other; also: th")


def test_a_narrower_window_corrects_nothing(compared: Two, tmp_path: Path) -> None:
    """Nothing that was said was wrong: the number answered another question."""
    fewer = made.counts(visits(visit("v1", 3))).with_columns(to_utc=made.at(11, 0))
    text = made.TEXT.replace("until = 2030-09-30", "until = 2030-09-10")
    found = compared(
        {"rows": [visit("v1", 3), visit("v2", 15)]}, {"rows": [visit("v1", 3)], "text": text, "counts": fewer}
    )
    assert set(found["cause"]) == {"question"}
    assert not set(found["change"]) & {"withdrawn"}
    gone = only(found, row_id="v2")["sentence"]
    assert gone.startswith(
        "SIMULATED. Note: the visit of SIM-A1 at ZZZA on 15 September 2030 (UTC), given as observed, is"
    )
    assert "is no longer asked about: another question was asked (its touchdown" in gone
    note = correction(found, tmp_path / "old", tmp_path / "new")
    assert note.startswith('SIMULATED. What changed with the question of "Made Field, September 2030".')
    assert 'The earlier version answered another question: "SIMULATED: at least 2 landed at ZZZA".' in note
    assert "one was no longer asked about" in note
    for wrong in ("should say", "withdrawn", "Correction"):
        assert wrong not in note
        assert not found["sentence"].str.contains(wrong).any()


def test_a_visit_inside_both_windows_is_not_unasked(compared: Two) -> None:
    """The window moved, but not past it: something else took it away."""
    fewer = made.counts(visits(visit("v1", 3))).with_columns(to_utc=made.at(21, 0))
    text = made.TEXT.replace("until = 2030-09-30", "until = 2030-09-20")
    found = compared(
        {"rows": [visit("v1", 3), visit("v2", 15, receipts=[])]},
        {"rows": [visit("v1", 3)], "text": text, "counts": fewer, "versions": RULES},
    )
    gone = only(found, row_id="v2")
    assert (gone["change"], gone["cause"], gone["why"]) == ("withdrawn", "method", "rules a1 became a2")


def test_a_column_that_only_one_knows_is_no_correction(
    compared: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later version of wheelsdown adds columns: nothing that was said was wrong."""
    compared()
    old, new = (read_side(tmp_path / n, ("surges",)) for n in ("old", "new"))
    more = [{**row, "a_later_column": "7"} for row in new.rows("surges")]
    assert more
    later = replace(new, tables={**new.tables, "surges": more})
    monkeypatch.setattr(differing, "read_side", lambda path, _: later if path == "new" else old)
    assert diff("old", "new").is_empty()
    more[0]["p"] = "0.5"
    assert only(diff("old", "new"))["field"] == "p"


def test_a_note_names_a_section_once_whatever_else_differs(compared: Two, tmp_path: Path) -> None:
    text = made.TEXT + ENTRIES
    near, far = "Another field is near.", "Another field is far."
    some = {"sentences": made.stated(rivals=near), "text": text}
    other = {"sentences": made.stated(rivals=far), "text": text.replace(near, far), "versions": RULES}
    found = compared(some, other)
    assert only(found)["why"] == "the case file differs in [[rival]]; also: rules a1 became a2"
    note = correction(found, tmp_path / "old", tmp_path / "new")
    assert "(one change: the case file differs in [[rival]])." in note


def test_a_zone_is_named_as_such(compared: Two) -> None:
    zoned = made.TEXT.replace("[[airfield]]", 'zone = "Asia/Baku"\n[[airfield]]')
    found = compared({"rows": [visit("v1", 3)]}, {"rows": [visit("v1", 3, grade="likely")], "text": zoned})
    assert only(found, table="visits")["why"] == "the case file differs in zone of [case]"


def test_tables_that_only_one_has(compared: Two) -> None:
    found = compared({"published": made.published()}, {"published": made.published().clear()})
    assert only(found, table="published")["change"] == "withdrawn"
    assert compared({"published": made.published().clear()}).filter(table="published")["change"].to_list() == ["added"]


def test_correction_note(compared: Two, tmp_path: Path) -> None:
    found = compared(
        {"rows": [visit("v1", 3), visit("v2", 5), visit("v3", 7)]},
        {"rows": [visit("v1", 3, grade="likely"), visit("v2", 5, touch=made.at(5, 12, 1))], "versions": RULES},
    )
    note = correction(found, tmp_path / "old", tmp_path / "new")
    assert note.startswith(
        'SIMULATED. Correction to "Made Field, September 2030". An earlier version said: "SIMULATED: at least 3 landed '
        'at ZZZA". It should say: "SIMULATED: at least 1 landed at ZZZA". Of its visits, one was withdrawn, one was '
        "graded anew and one was dated anew. Also changed: counts and surges. Why: another version of the method, or "
        "other rules ("
    )
    for name in ("old", "new"):
        assert made_hash(tmp_path / name) in note
    finding = only(found, table="finding")
    assert found.row(0, named=True) == finding, "the finding comes first"


def made_hash(folder: Path) -> str:
    return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def test_a_damaged_dossier_is_not_compared(compared: Two, tmp_path: Path) -> None:
    compared()
    table = tmp_path / "new" / "tables" / "visits.csv"
    table.write_text(table.read_text().replace("observed", "inferred"))
    with pytest.raises(SourceError, match="is not what its manifest says"):
        diff(tmp_path / "old", tmp_path / "new")
    with pytest.raises(SourceError, match="no such dossier"):
        diff(tmp_path / "old", tmp_path / "nothing")
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1


def test_simulated_and_real_are_no_versions_of_one_dossier(tmp_path: Path) -> None:
    made.dossier(tmp_path / "old", made.result(tmp_path / "in"))
    real = replace(made.result(tmp_path / "in"), frames={}, simulated=False)
    made.dossier(tmp_path / "new", real)
    with pytest.raises(UsageError, match="is SIMULATED and the other is not"):
        diff(tmp_path / "old", tmp_path / "new")
    assert diff(tmp_path / "new", tmp_path / "new").is_empty()


def test_the_verb(compared: Two, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compared({"rows": [visit("v1", 3)]}, {"rows": [visit("v1", 3, grade="likely")], "versions": RULES})
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    assert main(["diff", old, new]) == 0
    out, err = capsys.readouterr()
    rows = pl.read_csv(io.StringIO(out), infer_schema=False)
    assert rows.columns == [*CHANGES.names, "note"]
    assert set(rows["note"]) == {"SIMULATED"}
    assert 'SIMULATED. Correction to "Made Field, September 2030".' in err
    assert main(["diff", old, new, "-o", str(tmp_path / "changes.xlsx")]) == 0
    assert (tmp_path / "changes.xlsx").stat().st_size > 0
    capsys.readouterr()
    assert main(["diff", old, new, "-o", f"{new}/changes.csv"]) == 2
    assert "lies in the dossier" in capsys.readouterr().err
    assert main(["diff", old, old]) == 0
    assert "Nothing that the dossier" in capsys.readouterr().err


def test_the_verb_on_a_terminal(
    compared: Two, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared({"rows": [visit("v1", 3)]}, {"rows": [visit("v1", 3, grade="likely")], "versions": RULES})
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    out, err = capsys.readouterr()
    assert "regraded" in out
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in out.splitlines()) <= 100
    assert "A cause names what differs between the two; it does not prove what did it." in err
