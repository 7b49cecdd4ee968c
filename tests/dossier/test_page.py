"""The page: what is on it, that it leads back, that hostile text does nothing, that nothing is loaded."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import polars as pl
import pytest

from tests.dossier import made
from tests.dossier.leads_back import Offender, offenders, texts
from wheelsdown.case.result import CaseResult, Picked
from wheelsdown.dossier import page as pages
from wheelsdown.dossier import page_counts
from wheelsdown.dossier.page import page, stated
from wheelsdown.outputs.csv_ import to_text
from wheelsdown.outputs.interface import LIMITS, LOG_LIMITS, SIMULATED_LOG_NOTE, Extras
from wheelsdown.schema import STATED, VISITS

ALL = {"rich": made.rich, "not_counted": made.not_counted, "hostile": made.hostile}


def tables(result: CaseResult, said: pl.DataFrame) -> dict[str, list[dict[str, str]]]:
    """Read every table back from the CSV that is written beside the page."""
    extras = Extras(simulated=result.simulated)
    named = [*result.tables(), ("stated", STATED, said)]
    out = {}
    for name, table, frame in named:
        text = to_text(frame, table, extras=extras)
        out[name] = pl.read_csv(io.BytesIO(text.encode()), infer_schema=False).fill_null("").to_dicts()
    return out


def lost(html: str, result: CaseResult) -> list[Offender]:
    return offenders(html, tables(result, stated(result)))


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", " ".join(s.text for s in texts(html)))


class Elements(HTMLParser):
    """Elements with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag


@pytest.mark.parametrize("name", ALL)
def test_every_number_leads_back(name: str) -> None:
    result = ALL[name]()
    assert lost(page(result), result) == []


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ('data-from="counts/1/at_least">6<', 'data-from="counts/1/at_least">7<', "the cell says"),
        ('value="6" data-from="counts/1/at_least">6<', 'value="7" data-from="counts/1/at_least">7<', "not the cell's"),
        ('data-from="counts/1/at_least">6<', 'data-from="counts/9/at_least">6<', "no such cell"),
        ('data-from="counts/1/at_least">6<', 'data-from="counts/1/at_most">6<', "no such cell"),
        ("<h2 id=\"limits-h\">Limits", "<h2 id=\"limits-h\">Limits of 3", "comes from nowhere"),
        ("2 Sep 2031, 00:00<", "3 Sep 2031, 00:00<", "the cell says"),
        ("03:00 IDT<", "02:00 IDT<", "the cell says"),
        (">1 h 34 min<", ">1 h 35 min<", "the cell says"),
        ("69.5\u202f%<", "69.4\u202f%<", "the cell says"),
        (">0.00046<", ">0.00047<", "the cell says"),
        ("No such flight landed there on 4 September.", "No such flight landed there on 5 September.", "the cell says"),
        ("Sep 2031: 5 visits, 2.59 expected", "Sep 2031: 5 visits, 2.61 expected", "none of these tables"),
    ],
)  # fmt: skip
def test_a_planted_offender_is_found(was: str, now: str, why: str) -> None:
    result = made.rich()
    html = page(result)
    assert was in html
    found = lost(html.replace(was, now, 1), result)
    assert len(found) == 1
    assert why in found[0].why


def test_a_number_that_is_no_rounding_is_found() -> None:
    rows = {"t": [{"x": "1.25"}]}
    for shown, right in (("1.25", True), ("1.2", True), ("1.3", True), ("1", True), ("1.4", False), ("2", False)):
        got = offenders(f'<p data-from="t/1/x">{shown}</p>', rows)
        assert (got == []) is right, shown


@pytest.mark.parametrize(
    ("cell", "shown", "right"),
    [
        ("0.0001", "≤ 0.00010", True),
        ("0.0001", "≤ 0.00020", False),
        ("0.0001", "< 0.5", False),
        ("3e-17", "< 0.0000000000010", True),
        ("2e-11", "< 0.0000000000010", False),
    ],
)
def test_a_chance_behind_a_sign_leads_back_where_it_says_what_the_cell_says(cell: str, shown: str, right: bool) -> None:
    got = offenders(f'<p data-from="t/1/p">{shown}</p>'.replace("< ", "&lt; "), {"t": [{"p": cell}]})
    assert (got == []) is right


def test_a_chance_that_no_draw_reached_says_so_everywhere() -> None:
    result = made.rich()
    least = {name: result.frame(name).with_columns(p=pl.lit(0.0001)) for name in ("surges", "timing")}
    declared = least["surges"].with_columns(p=pl.when(pl.col("declared")).then(3e-17).otherwise("p"))
    result = replace(result, frames={**result.frames, **least, "surges": declared})
    html = page(result)
    assert 'data-from="surges/1/p">≤ 0.00010<' in html
    assert 'data-from="surges/2/p">&lt; 0.0000000000010<' in html
    assert 'data-from="timing/1/p">≤ 0.00010<' in html
    assert "p ≤ 0.00010" in html  # the chart's words
    assert lost(html, result) == []


def test_what_the_sections_say() -> None:
    text = text_of(page(made.rich()))
    for said in (
        "SIMULATED", "DRAFT", "Simulated Sky Bridge has not been asked", "At least six landed",
        "What can be said", "Why they came.", "What these aircraft carried", "1 h 34 min", "03:00 IDT",
        "aligned with runway 20", "1,400 ft above its path", "as if the window had been fixed beforehand",
        "what it carried: position data cannot test it", "B : usually reliable", "4 : doubtful", "not yet asked",
        "never changes its grade", "at least six flights landed", "military base", "25:61", "Kulldorff 1997",
        made.HASH, "wheelsdown run airlift-simulated.toml", "adsb.lol", "wheelsdown 0.1.0",
    ):  # fmt: skip
        assert said in text, said
    for line in LIMITS:
        assert line in text or line.startswith("Times are UTC")
    assert "Times are UTC; days are UTC days." not in text
    assert "counts and tests are days in Asia/Jerusalem, as each row says; days of coverage are UTC days." in text


def test_limits_name_utc_only_where_days_are_utc_days() -> None:
    utc = {name: f.with_columns(time_zone=pl.lit("UTC")) for name, f in made.rich().frames.items() if "time_zone" in f}
    result = made.rich()
    text = text_of(page(replace(result, frames={**result.frames, **utc})))
    assert "Times are UTC; days are UTC days." in text


def test_order_of_sections() -> None:
    ids = [a["id"] for t, a in Elements(page(made.rich())).found if t == "section"]
    assert ids == list(pages.SECTIONS)


def test_nothing_counted_reads_well() -> None:
    html = page(made.not_counted())
    text = text_of(html)
    assert "No positions loaded; nothing could be counted." in text
    assert "at least six flights landed" in text
    assert "No such flight landed there" in text
    assert "Simulated escalation 2" in html
    assert "military base" in text
    assert "DRAFT" not in text
    assert "SIMULATED: no real aircraft" not in html
    assert 'id="surges"' not in html  # not asked for
    assert "At least 0" not in text


def test_draft_says_whom_and_final_does_not() -> None:
    final = replace(made.rich(), draft=())
    assert "DRAFT" in text_of(page(made.rich()))
    assert "DRAFT: parties not yet asked" in page(made.rich())
    assert "DRAFT" not in page(final)


def test_nothing_is_loaded_and_nothing_runs() -> None:
    for make in ALL.values():
        elements = Elements(page(make())).found
        assert not {t for t, _ in elements} & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}
        for tag, attributes in elements:
            assert not [a for a in attributes if a.startswith("on") or a in ("src", "srcset", "xlink:href")], tag
            href = attributes.get("href")
            assert href is None or href.startswith(("#", "https://", "http://")), href
        policy = next(a["content"] for t, a in elements if a.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None
        assert "default-src 'none'" in policy


def test_hostile_texts_stand_there_as_text() -> None:
    html = page(made.hostile())
    text = text_of(html)
    for bad in made.HOSTILE:
        shown = re.sub(r"\s+", " ", bad.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd"))
        assert shown in text, shown[:40]
    assert "\u202e" not in html
    assert "<script" not in html.lower()
    assert "49" not in [s.text for s in texts(html)]
    assert "javascript:" not in " ".join(a.get("href") or "" for _, a in Elements(html).found)


def test_long_text_scrolls_in_its_own_box_and_headings_are_cut() -> None:
    elements = Elements(page(made.hostile())).found
    boxes = [a for t, a in elements if a.get("class") == "long"]
    assert boxes
    assert all(a.get("tabindex") == "0" and a.get("aria-label") for a in boxes)
    html = page(made.hostile())
    for heading in re.findall(r"<h[1-3].*?</h[1-3]>|<summary>.*?</summary>", html, flags=re.S):
        assert "tabindex" not in heading
        assert len(heading) < 1500


def test_public_pages_only_for_real_addresses() -> None:
    simulated = made.rich()
    assert "globe.adsbexchange.com" not in page(simulated)
    real = simulated.frame("visits").with_columns(icao24=pl.lit("4ca123"), source=pl.lit("readsb"))
    html = page(replace(simulated, frames={**simulated.frames, "visits": VISITS.conform(real)}, simulated=False))
    assert "https://globe.adsbexchange.com/?icao=4ca123&amp;showTrace=2031-09-02" in html
    assert "https://adsb.lol/?icao=4ca123&amp;showTrace=2031-09-08" in html  # it left after midnight


def test_same_result_same_bytes() -> None:
    once, again = pages.made(made.rich()), pages.made(made.rich())
    assert once.html == again.html
    assert once.stated.equals(again.stated)
    assert once.stated.equals(stated(made.rich()))


def test_no_path_of_this_machine() -> None:
    html = page(replace(made.rich(), file=made.Path("/home/somebody/cases/x.toml")))
    assert "somebody" not in html
    assert "wheelsdown run x.toml" in text_of(html)


def test_stated_ids_are_one_a_row_and_rest_on_rows_that_are_there() -> None:
    result = made.rich()
    said = stated(result)
    assert said["stated_id"].is_unique().all()
    finding = said.filter(pl.col("section") == "finding").row(0, named=True)
    assert finding["text"] == result.finding
    assert finding["rests_on"] == ["counts/1/sentence"]
    known = tables(result, said)
    for where in said["rests_on"].explode().drop_nulls():
        table, row, *column = where.split("/")
        assert not column or known[table][int(row) - 1][column[0]]


def test_long_tables_are_cut_and_say_so() -> None:
    result = made.rich()
    many = pl.concat([result.frame("visits")] * 50)
    big = replace(result, frames={**result.frames, "visits": many})
    html = page(big)
    assert f"the first {pages.MOST} rows of {many.height}" in text_of(html)
    assert html.count('class="evidence"') == pages.MOST
    assert lost(html, big) == []


def test_one_h1_headings_in_order_and_unique_ids() -> None:
    for make in ALL.values():
        elements = Elements(page(make())).found
        levels = [int(t[1]) for t, _ in elements if re.fullmatch(r"h[1-6]", t)]
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))
        ids = [a["id"] for _, a in elements if "id" in a]
        assert len(ids) == len(set(ids))
        targets = {a["href"][1:] for t, a in elements if t == "a" and (a.get("href") or "").startswith("#")}
        assert targets <= set(ids)


def test_nothing_at_all() -> None:
    bare = replace(
        made.not_counted(), frames={}, airfields=(), can=(), cannot=(), finding="No positions are loaded.", versions={}
    )
    html = page(bare)
    assert lost(html, bare) == []
    assert "nothing could be counted" in text_of(html)


def test_a_time_without_zone_data_is_left_out() -> None:
    result = made.rich()
    nowhere = result.frame("visits").with_columns(time_zone=pl.lit("Nowhere/At_All"))
    html = page(replace(result, frames={**result.frames, "visits": nowhere}))
    assert "Nowhere" not in html
    assert f"{datetime(2031, 9, 2, tzinfo=UTC):%b %Y, %H:%M}" in html


def test_no_day_observed_is_no_zero() -> None:
    result = made.rich()
    dark = result.frame("counts").with_columns(at_least=pl.lit(0, pl.Int32), days_observed=pl.lit(0.0))
    dark = made.TABLES_OF_A_CASE["counts"].conform(dark)
    html = page(replace(result, frames={**result.frames, "counts": dark}))
    assert html.count("no day was observed") == dark.height
    assert 'class="figure"><data class="n" value="0" data-from="counts/1/at_least"' not in html


def test_where_the_best_estimate_is_refused_no_part_of_it_is_shown() -> None:
    result = made.rich()
    counts = result.frame("counts")
    assert counts["best_estimate"].null_count() == counts.height
    assert counts["best_received"].null_count() == 0
    html = page(result)
    assert "best_received" not in html
    assert "best_unseen" not in html
    given = counts.with_columns(best_estimate=8.4, best_least=7, best_most=11, best_unseen=0.7)
    html = page(replace(result, frames={**result.frames, "counts": given}))
    assert 'data-from="counts/1/best_received"' in html
    assert 'data-from="counts/1/best_unseen"' in html


def test_a_log_is_told_as_what_observers_wrote_down() -> None:
    result = made.rich()
    html = page(replace(result, logged=True))
    text = text_of(html)
    for said in (
        *(line for line in LOG_LIMITS if not line.startswith("Times are UTC")),
        "They are as exact as the log's own times, and no more.",
        SIMULATED_LOG_NOTE.partition(": ")[2],
        "not what was on board",
        "A visit is a row of the log",
    ):
        assert said in text, said
    for unsaid in (*LIMITS[:3], LIMITS[4], "simulated positions", "Position data show", "Received last before"):
        assert unsaid not in text, unsaid
    assert lost(html, replace(result, logged=True)) == []


def test_many_days_not_observed_are_folded() -> None:
    result = made.rich()
    many = pl.concat([result.frame("ledger")] * 500)
    html = page(replace(result, frames={**result.frames, "ledger": many}))
    assert "Questions to archives that brought no answer, as a table" in html
    assert f"the first {pages.MOST} rows of 500" in text_of(html)


@pytest.mark.parametrize(
    ("best_why", "ruled_out_why", "estimate", "beyond"),
    [
        ("refused: picked by hand", ["refused: picked by hand"], "refused", "refused"),
        (
            "these files cannot show how many were missed",
            ["2 set aside", "no bound: a silence"],
            "not given",
            "no bound",
        ),
        ("no probability was fitted for: x", ["not told"], "not given", "not given"),
    ],
)
def test_what_is_lacking_beside_a_count_is_not_called_none(
    best_why: str, ruled_out_why: list[str], estimate: str, beyond: str
) -> None:
    result = made.rich()
    lacking = result.frame("counts").with_columns(
        pl.lit(None, pl.Float64).alias("best_estimate"),
        pl.lit(None, pl.Float64).alias("best_least"),
        pl.lit(None, pl.Float64).alias("best_most"),
        pl.lit(None, pl.Int64).alias("cannot_be_ruled_out"),
        best_why=pl.lit(best_why),
        ruled_out_why=pl.lit(ruled_out_why),
    )
    frames = {**result.frames, "counts": lacking, "visitors": lacking}
    frames["published"] = result.frame("published").with_columns(
        pl.lit(None, pl.Float64).alias("best_estimate"), pl.lit(None, pl.Int64).alias("cannot_be_ruled_out")
    )
    html = page(replace(result, frames=frames))
    counts = html.partition('id="counts-h"')[2].partition("</section>")[0]
    tiles = counts.partition('<dl class="big">')[2].partition("</dl>")[0]
    assert re.findall(r'figure word">([^<]*)<', tiles) == [estimate, beyond]
    shown = counts.partition("</dl>")[2].partition("<details>")[0]
    assert best_why in shown  # the reason stands where nobody has to unfold it
    assert ruled_out_why[-1] in shown
    others = html.partition('id="others-h"')[2].partition("</section>")[0]
    assert f'<span class="none">{estimate}</span>' in others
    assert best_why in others
    published = html.partition('id="published-h"')[2].partition("</section>")[0]
    assert "no bound" not in published.replace("no bound above", "")
    assert "not given" in published
    assert lost(html, replace(result, frames=frames)) == []


def test_visits_that_are_not_counted_say_why() -> None:
    result = made.rich()
    visits = result.frame("visits")
    count = result.frame("counts").row(0, named=True)
    here = visits.filter(pl.col("airfield") == count["airfield"])["visit_id"].to_list()
    edge, aside, weak = here[:3]
    of = pl.col("visit_id")
    visits = visits.with_columns(
        arrived_earliest_utc=pl.when(of == edge)
        .then(count["from_utc"] - timedelta(hours=1))
        .otherwise("arrived_earliest_utc"),
        quarantined=pl.when(of == aside).then(pl.lit("two at once")).otherwise(None),
        grade=pl.when(of == weak).then(pl.lit("possible")).otherwise(pl.lit("observed")),
        integrity=pl.lit([], pl.List(pl.String)),
    )
    counts = result.frame("counts").with_columns(other_ids=pl.lit([edge, aside, weak]))
    result = replace(result, frames={**result.frames, "visits": visits, "counts": counts})
    told = {o.ids: o.why for o in page_counts.others(result, 1)}
    assert told == {
        (weak,): "may have landed; only observed and inferred visits count",
        (edge,): "the touchdown may lie outside the window",
        (aside,): "set aside for doubts about what it rests on",
    }
    html = page(result)
    assert "Weaker visits" not in html
    assert "Others, not counted" in html
    assert "the touchdown may lie outside the window: " in text_of(html)
    assert lost(html, result) == []


def test_a_register_is_told_as_read_and_what_was_not_read_as_not_read() -> None:
    result = made.rich()
    row = result.frame("receipts").head(1).with_columns(positions=pl.lit(None, pl.Int64))
    receipts = pl.concat(
        [row.with_columns(format=pl.lit("register")), row.with_columns(format=pl.lit(None, pl.String))]
    )
    html = page(replace(result, frames={**result.frames, "receipts": receipts}))
    first, second = re.findall(r'<tr id="receipt-.*?</tr>', html, re.S)
    assert "register" in first
    assert "no positions" in first
    assert "not read" not in first
    assert second.count("not read") == 2


def test_fields_of_which_nothing_is_told_have_no_card_that_says_so() -> None:
    result = made.rich()
    near = Picked("ZZ9N", "Neighbour", 10.0, 20.0, rival=True)
    html = page(replace(result, airfields=(*result.airfields, near)))
    assert "No facts were given" not in html
    assert "Shown on the map, and nothing else is told of them: " in text_of(html)
    assert lost(html, replace(result, airfields=(*result.airfields, near))) == []
