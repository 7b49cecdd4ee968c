"""What holds for every chart: well-formed, described, its own ids, the same bytes, hostile text as text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

import polars as pl
import pytest

from tests.charts.made import DAY, SVG, desc, fill, marked, of_class, parsed, series, shown, visit, visits
from wheelsdown.analysis.cadence import ASSUMED
from wheelsdown.charts import CSS, NARROW, WIDE, fitted
from wheelsdown.charts.cadence import cadence_chart
from wheelsdown.charts.dwell import dwell
from wheelsdown.charts.map import map_chart, neighbours_map
from wheelsdown.charts.palette import DARK, LIGHT, contrast
from wheelsdown.charts.published import published_chart
from wheelsdown.charts.scales import Lanes, chance_text, short, ticks
from wheelsdown.charts.shares import shares_chart
from wheelsdown.charts.svg import Sheet, clean, fit, num, text_width, wrap
from wheelsdown.charts.timeline import timeline
from wheelsdown.charts.timing import timing_chart
from wheelsdown.schema import CADENCE, EPOCH, EVENTS, LEGS, PUBLISHED, RUNWAYS, SHARES, SURGES, TIMING, VISITS

HOSTILE = '"><script>alert(1)</script><b>&amp;\x00\x1b[31m\u202eevil\u2066 =cmd|A1 ' + "A" * 10_000
T0, T1 = datetime(2023, 9, 1, tzinfo=UTC), datetime(2023, 9, 18, tzinfo=UTC)


@dataclass(frozen=True)
class Spot:
    code: str
    name: str
    latitude_deg: float
    longitude_deg: float
    country: str | None = None
    rival: bool = False


def rows(text: str) -> dict[str, pl.DataFrame]:
    """Frames whose texts are all `text`."""
    found = visits([visit(i, T0 + DAY * i, airfield=text) for i in range(3)])
    return {
        "visits": found,
        "series": series(date(2023, 9, 1), date(2023, 9, 17), found, airfield=text),
        "events": fill(EVENTS, [{"event_id": text, "name": text, "began": date(2023, 9, 4), "ended": None}]),
        "surges": fill(
            SURGES,
            [{"airfield": text, "name": text, "began": date(2023, 9, 2), "ended": date(2023, 9, 4), "surge": True}],
        ),
        "cadence": fill(
            CADENCE,
            [
                {"airfield": text, "what": text, "from_utc": T0, "to_utc": T1, "time_zone": "UTC", "visits": 6,
                 "rate_per_day": 0.4, "rate_least": 0.15, "rate_most": 0.9, "share_of_days": 0.4, "share_least": 0.2,
                 "share_most": 0.6, "every_other_day": True},
                {"airfield": text, "from_utc": T0, "to_utc": T1, "time_zone": "UTC", "visits": 6, "reason": text},
            ],
        ),
        "timing": fill(
            TIMING,
            [
                {"measure": "before", "window_days": 30, "events": 5, "events_with": 4, "expected": 1.6, "p": 0.012},
                {"measure": "rate_before", "window_days": 30, "events": 5, "rate_ratio": 3.4, "ratio_least": 0.8,
                 "p": 0.03},
                {"measure": "any", "events": 5, "p": 0.04},
                {"measure": "after", "events": 1, "reason": text},
            ],
        ),
        "epoch": fill(
            EPOCH,
            [
                {"lag_days": lag, "rate_per_day": None if lag == 3 else 0.1 + 0.4 * (lag == -5), "band_least": 0.0,
                 "band_most": 0.3, "events": 5}
                for lag in range(-30, 31)
            ],
        ),
        "shares": fill(
            SHARES,
            [
                {"recipient": text, "supplier": text, "goods": text, "period": text, "share": 0.695, "least": 0.6,
                 "most": 0.75, "as_of": text},
                {"recipient": "A", "supplier": "B", "goods": "g", "period": "2020", "reason": text},
            ],
        ),
        "published": fill(
            PUBLISHED,
            [
                {"outlet": text, "published_on": text, "window": text, "least": 6, "at_least": 6,
                 "cannot_be_ruled_out": 2, "days_observed": 15.0},
                {"outlet": "Haaretz", "window": "2016", "least": 92},
                {"outlet": "X", "window": "2017", "most": 4, "at_least": 3},
            ],
        ),
        "legs": fill(
            LEGS,
            [{"leg_id": text, "origin": "A", "destination": "B", "origin_grade": "observed",
              "destination_grade": "observed"}],
        ),
        "runways": fill(
            RUNWAYS,
            [{"code": "A", "le_ident": text, "he_ident": "21", "le_latitude_deg": 29.93, "le_longitude_deg": 34.92,
              "he_latitude_deg": 29.95, "he_longitude_deg": 34.94}],
        ),
    }  # fmt: skip


def spots(text: str) -> list[Spot]:
    return [Spot("A", text, 29.94, 34.935), Spot("B", text, 29.727, 35.014, rival=True), Spot(text, text, 29.6, 35.0)]


def every(text: str, prefix: str, width: float = NARROW) -> dict[str, str]:
    r = rows(text)
    return {
        "timeline": timeline(r["series"], visits=r["visits"], surges=r["surges"], events=r["events"],
                             prefix=f"{prefix}a", width=width),
        "dwell": dwell(r["visits"], prefix=f"{prefix}b", width=width),
        "cadence": cadence_chart(r["cadence"], prefix=f"{prefix}c", width=width),
        "timing": timing_chart(r["timing"], r["epoch"], prefix=f"{prefix}d", width=width),
        "shares": shares_chart(r["shares"], prefix=f"{prefix}e", width=width),
        "published": published_chart(r["published"], prefix=f"{prefix}f", width=width),
        "map": map_chart(spots(text), r["legs"], None, r["visits"], prefix=f"{prefix}g", width=width),
        "neighbours": neighbours_map(spots(text), r["runways"], prefix=f"{prefix}h", width=width),
    }  # fmt: skip


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_chart_is_well_formed_described_and_loads_nothing(width: float) -> None:
    for name, svg in every("SIML", "p", width).items():
        root = parsed(svg)
        assert name in (root.get("class") or "")
        assert re.search(r"\d", desc(root)), name
        assert "—" not in svg
        assert f'viewBox="0 0 {num(width)} ' in svg


def test_hostile_text_is_text_and_capped() -> None:
    for name, svg in every(HOSTILE, "p").items():
        root = parsed(svg)
        assert not list(root.iter("script"))
        assert not list(root.iter(f"{SVG}script"))
        assert not any(c in svg for c in "\x00\x1b\u202e\u2066"), name
        assert len(svg) < 60_000 or name in ("map", "neighbours"), name
        assert max(len(line) for line in shown(root).split("\n")) < 400, name


def test_the_same_rows_give_the_same_bytes() -> None:
    assert every("SIML", "p") == every("SIML", "p")


def test_two_charts_on_one_page_share_no_id() -> None:
    seen: set[str] = set()
    for prefix in ("one", "two"):
        for svg in every("SIML", prefix).values():
            ids = set(re.findall(r'\bid="([^"]+)"', svg))
            assert ids
            assert not ids & seen
            seen |= ids
    both = fitted(dwell, rows("SIML")["visits"], prefix="x")
    ids_ = re.findall(r'\bid="([^"]+)"', both)
    assert len(ids_) == len(set(ids_))
    assert both.count("<svg ") == 2
    assert 'class="chart narrow dwell"' in both
    assert 'class="chart wide dwell"' in both


@pytest.mark.parametrize(
    "draw",
    [
        lambda: dwell(VISITS.empty(), prefix="p"),
        lambda: cadence_chart(CADENCE.empty(), prefix="p"),
        lambda: timing_chart(TIMING.empty(), prefix="p"),
        lambda: timing_chart(TIMING.empty(), EPOCH.empty(), prefix="p"),
        lambda: shares_chart(SHARES.empty(), prefix="p"),
        lambda: published_chart(PUBLISHED.empty(), prefix="p"),
        lambda: map_chart([], prefix="p"),
        lambda: neighbours_map([], RUNWAYS.empty(), prefix="p"),
    ],
)
def test_nothing_to_show_is_said(draw: Callable[[], str]) -> None:
    root = parsed(draw())
    assert re.search(r"\bNo\b", desc(root))
    assert desc(root) in shown(root)
    assert not of_class(root, "visit")


def test_made_rows_are_said_to_be_made_and_real_ones_are_not() -> None:
    for name, svg in every("SIMULATED x", "p").items():
        if name in ("timeline", "dwell", "cadence", "shares", "published", "map"):
            root = parsed(svg)
            assert "SIMULATED" in shown(root), name
            assert desc(root).startswith("SIMULATED data, no real flights."), name
    real = every("SIML", "p")
    visits_say_so = {"timeline", "dwell", "map"}  # the visits of `made` have it as their source
    assert {n for n, svg in real.items() if of_class(parsed(svg), "simulated")} == visits_say_so
    for draw in (
        lambda: neighbours_map(spots("x"), rows("x")["runways"], prefix="p", simulated=True),
        lambda: timing_chart(rows("x")["timing"], prefix="p", simulated=True),
        lambda: cadence_chart(CADENCE.empty(), prefix="p", simulated=True),
    ):
        assert "SIMULATED" in shown(parsed(draw()))


@pytest.mark.parametrize("prefix", ["", "1a", "a b", '"><x', "a" * 65, "é"])
def test_a_prefix_that_is_no_id_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Sheet(prefix=prefix, width=100, kind="x")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_contrast_on_every_ground_and_marks_stand_out(colours: dict[str, str]) -> None:
    for text in ("ink", "muted"):
        for ground in ("paper", "land", "sea", "band"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for mark in ("main", "alert", "band-edge", "hatch", "rule"):
        assert contrast(colours[mark], colours["paper"]) >= 3.0, mark
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_every_colour_has_a_fallback_and_a_dark_and_a_printed_value() -> None:
    assert LIGHT.keys() == DARK.keys()
    for svg in every("SIML", "p").values():
        for value in re.findall(r'\b(?:fill|stroke)="([^"]+)"', svg):
            assert re.fullmatch(r"none|url\(#[\w-]+\)|var\(--chart-[a-z-]+,#[0-9a-f]{6}\)", value), value
    for name in LIGHT:
        assert CSS.count(f"--chart-{name}:") == 3


def test_each_visit_has_one_mark_in_the_dwell_chart_few_or_many() -> None:
    r = random.Random(4)  # noqa: S311
    for n in (1, 60, 61, 300):
        found = visits(
            visit(
                i,
                T0 + DAY * i,
                grade=r.choice(["observed", "likely"]),
                dwell_least_min=None if i % 11 == 3 else r.uniform(20, 900),
                dwell_most_min=None if i % 13 == 5 else 5000.0,
            )
            for i in range(n)
        )
        root = parsed(dwell(found, prefix="d"))
        assert sorted(marked(root, "visits/")) == sorted(f"visits/{i}/dwell_least_min" for i in range(1, n + 1))
        assert f"Time on the ground of {n} visit" in desc(root)


def test_open_ends_of_dwell_are_said_and_drawn_open() -> None:
    found = visits(
        [visit(1, T0, dwell_most_min=None), visit(2, T1, dwell_least_min=None), visit(3, T1, dwell_least_min=60.0)]
    )
    root = parsed(dwell(found, prefix="d"))
    heads = [len(g.findall(f"{SVG}path")) for g in of_class(root, "interval")]
    assert heads == [1, 1, 0]
    assert "at least 1:41 h" in shown(root)
    assert "at most 1:52 h" in shown(root)
    assert "1 visit has no upper bound" in desc(root)


def test_cadence_says_whether_every_other_day_is_borne_out_and_why_it_is_refused() -> None:
    root = parsed(cadence_chart(rows("SIML")["cadence"], prefix="c"))
    assert '"Every other day" is borne out' in desc(root)
    assert "refused, SIML" in desc(root)
    assert "1 to 17 Sep 2023" in shown(root)  # the end of a window is not in it
    assert marked(root, "cadence/") == ["cadence/1/rate_per_day", "cadence/1/share_of_days"]
    assert "% of the days observed" in desc(root)
    wide = rows("SIML")["cadence"].head(1).with_columns(every_quickest=pl.lit(0.5), every_slowest=pl.lit(4.0))
    root = parsed(cadence_chart(wide, prefix="c"))
    # what may be is drawn beside what was counted: the bar of the counted alone would say more than is known
    assert "cadence/1/every_quickest" in marked(root, "cadence/")
    assert "the hollow bar reaches as far as these data allow" in desc(root)
    assumed = rows("SIML")["cadence"].with_columns(exposure_how=pl.lit(ASSUMED))
    assert "% of the days, all taken as observed" in desc(parsed(cadence_chart(assumed, prefix="c")))


def test_timing_shows_k_of_n_with_the_chance_level() -> None:
    root = parsed(timing_chart(rows("too few")["timing"], rows("x")["epoch"], prefix="t"))
    assert "4 of 5 events with a visit in the 30 days before, 1.6 by chance; p 0.012" in desc(root)
    assert "Over all windows tried: p 0.040" in desc(root)
    assert "Refused: too few" in desc(root)
    assert "1 of 60 days lie above the band" in desc(root)
    boxes = of_class(root, "events")[0].findall(f"{SVG}rect")
    filled = [b for b in boxes if "--chart-main" in (b.get("fill") or "")]
    assert (len(boxes), len(filled)) == (5, 4)
    marker = of_class(root, "chance")[0].find(f"{SVG}line")
    assert marker is not None
    left, right = (float(boxes[i].get("x") or 0) for i in (1, 2))
    assert left < float(marker.get("x1") or 0) < right  # 1.6 lies in the second box
    lines = [p.get("d") or "" for p in root.iter(f"{SVG}path") if p.get("fill") == "none"]
    assert len([d for d in lines if d.count("L") > 20]) == 2  # broken where nothing was observed


def test_shares_and_published_say_bounds_refusals_and_open_ends() -> None:
    root = parsed(shares_chart(rows("too few")["shares"], prefix="s"))
    assert "69.5 % (60.0 to 75.0)" in desc(root)
    assert "refused, too few" in desc(root)
    root = parsed(published_chart(rows("AP")["published"], prefix="s"))
    assert "published at least 6; these data (15 days observed): at least 6, 2 more cannot be ruled out" in desc(root)
    assert "Haaretz, 2016: published at least 92; these data: nothing could be counted" in desc(root)
    assert "published at most 4; these data: at least 3, no bound above" in desc(root)
    heads = {g.get("data-from"): len(g.findall(f"{SVG}path")) for g in of_class(root, "interval")}
    assert heads == {
        "published/1/least": 1,
        "published/1/at_least": 0,
        "published/2/least": 1,
        "published/3/least": 1,
        "published/3/at_least": 1,
    }


def test_numbers_words_and_lanes() -> None:
    assert [num(v) for v in (1.0, -0.001, 2.348, 10.10)] == ["1", "0", "2.35", "10.1"]
    with pytest.raises(ValueError, match="coordinate"):
        num(float("nan"))
    assert [chance_text(p, 9999) for p in (None, 0.0001, 0.0123)] == ["p not computed", "p ≤ 0.00010", "p 0.012"]
    assert [short(v) for v in (0, 0.0667, 1.25, 92, 1234.5)] == ["0", "0.0667", "1.25", "92", "1,234"]
    assert ticks(6)[-1] >= 6
    assert clean("a\u202eb\x00c  d") == "abc d"
    assert len(clean("x " * 5000)) <= 240
    assert all(text_width(line) <= 200 for line in wrap("word " * 200, 200, most=3))
    assert text_width(fit("W" * 500, 100)) <= 100
    r = random.Random(1)  # noqa: S311
    lanes, placed = Lanes(2), []
    for _ in range(200):
        a = r.uniform(0, 300)
        placed.append((lanes.place(a, a + 12), a, a + 12))
    for lane in range(lanes.count):
        own = sorted((a, b) for n, a, b in placed if n == lane)
        assert all(b + 2 <= c for (_, b), (c, _) in pairwise(own))


def test_huge_tables_give_charts_that_a_page_can_hold() -> None:
    many = visits(visit(i, T0 + DAY * (i % 900), dwell_least_min=float(i % 700)) for i in range(20_000))
    assert len(dwell(many, prefix="d")) < 30_000
    assert "20,000 visits" in desc(parsed(dwell(many, prefix="d")))
    flown = fill(
        LEGS,
        [{"leg_id": str(i), "origin": "A", "destination": "B", "origin_grade": "observed"} for i in range(20_000)],
    )
    svg = map_chart(spots("x"), flown, prefix="m")
    assert len(of_class(parsed(svg), "leg")) == 1
    assert "A to B 20000" in desc(parsed(svg))
    assert len(svg) < 60_000
