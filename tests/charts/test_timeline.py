from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import polars as pl
import pytest

from tests.charts.made import DAY, SVG, desc, fill, marked, of_class, parsed, series, shown, visit, visits
from wheelsdown.charts import NARROW, ROW, WIDE
from wheelsdown.charts.periods import lay_out
from wheelsdown.charts.timeline import timeline
from wheelsdown.schema import EVENTS, SERIES, STATEMENTS, SURGES

FIRST, LAST = date(2023, 9, 1), date(2023, 9, 17)


def at(day: int, hour: int = 12, month: int = 9, year: int = 2023) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def some() -> pl.DataFrame:
    return visits(
        [
            visit(1, at(1)),
            visit(2, at(5)),
            visit(3, at(5, 18), grade="inferred"),
            visit(4, at(9), grade="likely"),
            visit(5, at(9, 3), grade="possible"),
            visit(6, None),
            visit(7, at(12), grade="ruled_out"),
        ]
    )


def surge(first: date, last: date, *, surge: bool = True, **more: object) -> dict[str, object]:
    return {
        "airfield": "SIML",
        "began": first,
        "ended": last,
        "visits": 5,
        "expected": 1.25,
        "p": 0.0123,
        "surge": surge,
        "declared": False,
    } | more


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("days", [1, 17, 120, 500, 2922])
def test_each_visit_has_one_mark_and_hollow_ones_are_those_not_counted(days: int, width: float) -> None:
    first = date(2016, 1, 1)
    rows = [
        visit(i, datetime(2016, 1, 1, 6, tzinfo=UTC) + DAY * (i * 37 % days), grade=("observed", "possible")[i % 2])
        for i in range(40)
    ]
    found = visits(rows)
    root = parsed(timeline(series(first, first + DAY * (days - 1), found), visits=found, prefix="t", width=width))
    assert sorted(marked(root, "visits/")) == sorted(f"visits/{n}/arrived_utc" for n in range(1, 41))
    assert len(of_class(root, "weaker")) == 20
    assert "20 visits counted" in desc(root)
    assert "20 further visits shown hollow and not counted" in desc(root)


def test_ruled_out_is_not_drawn_and_a_touchdown_before_the_data_is_drawn_at_its_latest() -> None:
    found = some()
    root = parsed(timeline(series(FIRST, LAST, found), visits=found, prefix="t"))
    assert sorted(marked(root, "visits/")) == [
        *(f"visits/{n}/arrived_utc" for n in range(1, 6)),
        "visits/6/arrived_latest_utc",
    ]


def test_rows_of_a_part_keep_their_numbers() -> None:
    found = some().with_row_index(ROW, offset=1).filter(pl.col("grade") == "likely")
    root = parsed(timeline(series(FIRST, LAST), visits=found, prefix="t"))
    assert marked(root, "visits/") == ["visits/4/arrived_utc"]


@pytest.mark.parametrize("days", [17, 300, 2922])
def test_hatched_days_are_the_days_not_observed(days: int) -> None:
    first = date(2016, 1, 1)
    frame = series(first, first + DAY * (days - 1), exposure=lambda d: 0.0 if d.toordinal() % 7 in (1, 2, 5) else 0.8)
    root = parsed(timeline(frame, prefix="t"))
    hatched: set[int] = set()
    for mark in of_class(root, "unobserved"):
        a, b = (int((mark.get(k) or "").split("/")[1]) for k in ("data-from", "data-until"))
        assert int(mark.get("data-days") or 0) == b - a + 1
        assert not hatched & set(range(a, b + 1))
        hatched |= set(range(a, b + 1))
    unseen = frame.with_row_index("n", offset=1).filter(pl.col("exposure") == 0)["n"].to_list()
    assert sorted(hatched) == unseen
    assert f"{days - len(unseen)} were observed and {len(unseen)} not" in desc(root)


def test_no_days_nothing_observed_and_one_day() -> None:
    assert "nothing could be counted" in desc(parsed(timeline(SERIES.empty(), prefix="t")))
    root = parsed(timeline(series(FIRST, LAST, exposure=lambda _: 0.0), prefix="t"))
    assert "none of 17 days is known to have been observed" in desc(root)
    assert "No day was observed" in shown(root)
    assert "cannot be told" not in shown(root)
    # files picked by hand: a visit on a day that nobody can call observed or not
    picked = series(FIRST, LAST, visits([visit(1, at(1))]), exposure=lambda _: 0.0)
    root = parsed(timeline(picked.with_columns(known=pl.lit(value=False)), prefix="t"))
    assert "cannot be told observed or not" in shown(root)
    assert "not observed" not in shown(root)
    one = parsed(timeline(series(FIRST, FIRST, visits([visit(1, at(1))])), prefix="t"))
    assert "1 visit counted on 1 day" in desc(one)
    assert marked(one, "series/") == ["series/1/visits"]


def test_a_day_without_observation_is_not_said_to_be_without_visits() -> None:
    root = parsed(timeline(series(FIRST, LAST, exposure=lambda d: float(d.day > 3)), prefix="t"))
    assert "0 visits counted on 17 days, of which 14 were observed and 3 not (hatched)" in desc(root)


@pytest.mark.parametrize("days", [17, 500])
def test_days_that_are_only_assumed_to_have_been_observed_are_drawn_and_called_so(days: int) -> None:
    first = date(2022, 1, 1)
    assumed = series(first, first + DAY * (days - 1)).with_columns(known=pl.lit(value=False))
    root = parsed(timeline(assumed, prefix="t"))
    lines = [(m.get("data-from"), m.get("data-until")) for m in of_class(root, "assumed")]
    assert lines[0][0] == "series/1/known"
    assert lines[-1][1] == f"series/{days}/known"
    assert len(lines) == (1 if days == 17 else 2)  # one a row
    assert "taken as observed: assumed, not known" in shown(root)
    assert f"on {days} days, of which {days} are taken as observed, which is assumed, and 0 not" in desc(root)
    stated = assumed.with_columns(exposure=pl.lit(0.5))
    assert "share of the time assumed to be observed" in shown(parsed(timeline(stated, prefix="t")))
    known = parsed(timeline(series(FIRST, LAST), prefix="t"))
    assert not of_class(known, "assumed")
    assert "assumed" not in shown(known) + desc(known)


def test_surges_are_brackets_with_their_numbers_and_dashed_where_they_are_none() -> None:
    surges = fill(
        SURGES,
        [
            surge(date(2023, 9, 4), date(2023, 9, 8)),
            surge(date(2023, 9, 6), date(2023, 9, 12), surge=False, p=0.4, name="<b>winter</b>", declared=True),
            {"airfield": "SIML", "reason": "picked by hand"},
        ],
    )
    root = parsed(timeline(series(FIRST, LAST), surges=surges, prefix="t"))
    groups = of_class(root, "surge")
    assert [g.get("data-from") for g in groups] == ["surges/1/began", "surges/2/began"]
    paths = [g.find(f"{SVG}path") for g in groups]
    assert [p is not None and p.get("stroke-dasharray") for p in paths] == [None, "3 2"]
    assert "A 4 to 8 Sep 2023: 5 visits, 1.25 expected; p 0.012 (found by looking at all windows)" in desc(root)
    assert "B <b>winter</b>, 6 to 12 Sep 2023: 5 visits, 1.25 expected; p 0.40 (declared beforehand)" in desc(root)


def test_a_surge_over_new_year_is_drawn_in_both_rows_and_events_over_years_too() -> None:
    surges = fill(SURGES, [surge(date(2020, 12, 20), date(2021, 1, 10))])
    events = fill(
        EVENTS,
        [
            {"event_id": "late", "began": date(2021, 11, 1), "ended": None, "name": "later"},
            {"event_id": "war", "began": date(2020, 9, 27), "ended": date(2021, 2, 1), "name": "a war"},
        ],
    )
    root = parsed(timeline(series(date(2020, 1, 1), date(2021, 12, 31)), surges=surges, events=events, prefix="t"))
    assert [g.get("data-from") for g in of_class(root, "surge")] == ["surges/1/began"] * 2
    drawn = [g.get("data-from") for g in of_class(root, "event")]
    assert sorted(map(str, drawn)) == ["events/1/began", "events/2/began", "events/2/began"]
    assert "1 27 Sep 2020 to 1 Feb 2021: a war; 2 1 Nov 2021: later" in desc(root)


def test_events_surges_and_statements_of_other_times_are_left_out() -> None:
    events = fill(
        EVENTS,
        [
            {"event_id": "a", "began": date(2016, 4, 2), "ended": date(2016, 4, 5), "name": "before"},
            {"event_id": "b", "began": date(2023, 8, 30), "ended": date(2023, 9, 1), "name": "into it"},
            {"event_id": "c", "began": date(2023, 9, 19), "ended": None, "name": "after"},
        ],
    )
    surges = fill(SURGES, [surge(date(2020, 9, 1), date(2020, 9, 5)), surge(date(2023, 9, 4), date(2023, 9, 5))])
    said = fill(STATEMENTS, [{"statement_id": "s", "said_on": date(2020, 9, 30)}])
    root = parsed(timeline(series(FIRST, LAST), events=events, surges=surges, statements=said, prefix="t"))
    assert marked(root, "events/") == ["events/2/began"]
    assert marked(root, "surges/") == ["surges/2/began"]
    assert not marked(root, "statements/")
    assert "Outside events: 1 30 Aug to 1 Sep 2023: into it." in desc(root)
    assert "Surges: A 4 to 5 Sep 2023" in desc(root)


def test_statements_stand_on_their_day_and_many_do_not_grow_the_chart() -> None:
    said = fill(
        STATEMENTS,
        [{"statement_id": str(i), "said_on": FIRST + DAY, "speaker": "x"} for i in range(20)]
        + [{"statement_id": "t", "said_from_utc": at(3), "speaker": "x"}, {"statement_id": "u", "speaker": "x"}],
    )
    root = parsed(timeline(series(FIRST, LAST), statements=said, prefix="t"))
    assert len(of_class(root, "statement")) == 21
    assert float(root.get("height") or "0") < 260


def test_two_airfields_have_a_panel_each_and_days_told_twice_count_once() -> None:
    found = visits([visit(1, at(2)), visit(2, at(3), airfield="SIMR"), visit(3, at(4), airfield="SIMX")])
    both = pl.concat(
        [
            series(FIRST, LAST, found.filter(pl.col("airfield") == "SIML")),
            series(FIRST, date(2023, 9, 5), found.filter(pl.col("airfield") == "SIML")),
            series(FIRST, LAST, found.filter(pl.col("airfield") == "SIMR"), airfield="SIMR"),
        ]
    )
    root = parsed(timeline(both, visits=found, prefix="t"))
    assert marked(root, "visits/") == ["visits/1/arrived_utc", "visits/2/arrived_utc"]
    assert "SIML: 1 visit counted on 17 days" in desc(root)
    assert "SIMR: 1 visit counted on 17 days" in desc(root)
    assert "1 visit outside this period or at other fields not shown" in " ".join(shown(root).split())


def test_days_are_days_of_the_named_zone() -> None:
    found = visits([visit(1, datetime(2023, 9, 1, 22, 30, tzinfo=UTC))])
    frame = series(FIRST, LAST).with_columns(
        time_zone=pl.lit("Asia/Jerusalem"),
        visit_ids=pl.when(pl.col("day") == date(2023, 9, 2)).then(["v1"]).otherwise(pl.lit([], pl.List(pl.String))),
    )
    utc = parsed(timeline(series(FIRST, LAST), visits=found, prefix="t"))
    local = parsed(timeline(frame, visits=found, prefix="t"))
    x = [float(of_class(r, "visit")[0].get("x") or 0) for r in (utc, local)]
    assert x[1] - x[0] == pytest.approx((NARROW - 50) / 17, abs=2)
    assert "Days in Asia/Jerusalem" in shown(local)


def test_very_many_visits_are_drawn_by_day() -> None:
    days = [FIRST + DAY * i for i in range(17)]
    found = visits([visit(i, datetime.combine(days[i % 17], datetime.min.time(), UTC)) for i in range(6001)])
    svg = timeline(series(FIRST, LAST, found), visits=found, prefix="t")
    assert len(marked(parsed(svg), "series/")) == 17
    assert len(svg) < 100_000


def test_bars_are_days_weeks_or_months_and_rows_are_years() -> None:
    assert lay_out(FIRST, LAST, 320).unit == "day"
    long = lay_out(date(2016, 3, 5), date(2023, 2, 1), 320)
    assert (long.unit, len(long.rows)) == ("week", 8)
    assert long.rows[0].first == date(2016, 3, 5)
    assert long.rows[-1].last == date(2023, 2, 1)
    assert lay_out(date(2016, 1, 1), date(2023, 1, 1), 150).unit == "month"
    for unit_width in (150, 320):
        layout = lay_out(date(2016, 3, 5), date(2018, 2, 1), unit_width)
        for row in layout.rows:
            bins = layout.bins(row)
            assert bins[0][0] == row.first
            assert bins[-1][1] == row.last
            assert all(b[0] - a[1] == DAY for a, b in pairwise(bins))
    weeks = lay_out(date(2016, 3, 5), date(2018, 2, 1), 320)
    assert all(a.weekday() == 0 for a, _ in weeks.bins(weeks.rows[1])[1:])
