"""Visits a day with their exposure. All data are SIMULATED."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.analysis.made import START, frame, visit
from wheelsdown.analysis.series import series
from wheelsdown.errors import UsageError
from wheelsdown.schema import OBSERVABILITY, SERIES

UNTIL = START + timedelta(days=10)


def days_of(rows: dict[int, tuple[str, float | None, float | None]]) -> pl.DataFrame:
    """OBSERVABILITY of single days: status, chance to be seen, chance to be counted."""
    made: list[dict[str, Any]] = []
    for day, (status, seen, counted) in rows.items():
        row: dict[str, Any] = dict.fromkeys(OBSERVABILITY.names)
        row |= {"airfield": "LLOV", "day": START.date() + timedelta(days=day), "status": status}
        row |= {"seen_probability": seen, "seen_least": seen, "seen_most": seen, "counted_probability": counted}
        made.append(row)
    return pl.DataFrame(made, schema=OBSERVABILITY.schema, orient="row")


def test_one_row_a_day_and_what_is_assumed() -> None:
    rows = [visit(START + timedelta(days=d, hours=1), d) for d in (0, 3, 9)]
    rows.append(visit(START + timedelta(days=4), 20, grade="likely"))
    rows.append(visit(START + timedelta(days=5), 21, airfield="LLER", rivals=["LLOV"]))
    rows.append(visit(START + timedelta(days=5), 22, quarantined="doubt"))
    got = series(frame(rows), airfield="LLOV", since=START, until=UNTIL)
    assert SERIES.conform(got).height == 10
    assert got["visits"].to_list() == [1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert got["weaker"].to_list() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert got["exposure"].to_list() == [1.0] * 10
    assert not got["known"].any()
    assert got["sources"].to_list()[0] == ["SIMULATED"]
    assert got["visit_ids"].to_list()[9] == ["d00000-0009"]
    counted = series(frame(rows), airfield="LLOV", since=START, until=UNTIL, grades=("observed", "likely"))
    assert counted["visits"].to_list()[4] == 1
    assert counted["weaker"].sum() == 0


def test_a_day_not_observed_is_no_zero() -> None:
    seen = days_of(
        {
            0: ("observed", 0.9, 0.6),
            1: ("partly", 0.5, 0.4),
            2: ("not_observed", None, None),
            3: ("unknown", None, None),
            5: ("observed", 0.8, None),
        }
    )
    rows = frame([visit(START + timedelta(days=2, hours=5), 1)])
    got = series(rows, airfield="LLOV", since=START, until=UNTIL, observability=seen)
    assert got["exposure"].to_list() == pytest.approx([0.6, 0.4, 0, 0, 0, 0.8, 0, 0, 0, 0])
    assert got["known"].all()
    assert got["visits"].to_list()[2] == 1
    # with weaker grades counted, the chance to be seen at all is the exposure
    weaker = series(
        rows, airfield="LLOV", since=START, until=UNTIL, observability=seen, grades=("observed", "possible")
    )
    assert weaker["exposure"].to_list()[:2] == pytest.approx([0.9, 0.5])


def test_days_of_another_zone_take_from_two_utc_days() -> None:
    seen = days_of({d: ("observed", float(d % 2), float(d % 2)) for d in range(12)})
    since = datetime(2023, 9, 2, 20, tzinfo=UTC)  # midnight in Baku
    until = since + timedelta(days=2)
    got = series(
        frame([visit(since + timedelta(hours=1), 1)]),
        airfield="LLOV",
        since=since,
        until=until,
        observability=seen,
        time_zone="Asia/Baku",
    )
    assert got["day"].to_list() == [date(2023, 9, 3), date(2023, 9, 4)]
    assert got["exposure"].to_list() == pytest.approx([4 / 24, 20 / 24])
    assert got["visits"].to_list() == [1, 0]


def test_days_cut_by_the_window_and_days_stated() -> None:
    part = series(frame([]), since=START + timedelta(hours=18), until=START + timedelta(days=2, hours=6))
    assert part["exposure"].to_list() == pytest.approx([0.25, 1.0, 0.25])
    stated = series(frame([]), since=START, until=UNTIL, exposure_days=4)
    assert stated["exposure"].to_list() == pytest.approx([0.4] * 10)


def test_picked_by_hand_has_no_exposure() -> None:
    got = series(frame([visit(START + timedelta(days=1), 1)]), since=START, until=UNTIL, selection="hand_picked")
    assert got["exposure"].sum() == 0
    assert not got["known"].any()
    assert got["visits"].sum() == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"until": START}, "empty"),
        ({"since": datetime(2023, 9, 1)}, "zone"),  # noqa: DTZ001
        ({"grades": ("certain",)}, "no grade"),
        ({"grades": ()}, "no grades"),
        ({"selection": "some"}, "no selection"),
        ({"exposure_days": 11}, "days observed"),
        ({"exposure_days": 3, "observability": days_of({})}, "twice"),
    ],
)
def test_wrong_use(more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        series(frame([]), **({"since": START, "until": UNTIL} | more))
