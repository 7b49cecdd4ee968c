"""OpenSky's database through a stand-in for ``pyopensky.trino.Trino``: same call, no network. Rows are SIMULATED."""

from __future__ import annotations

import builtins
from datetime import UTC, date, datetime
from typing import Any

import pytest

from wheelsdown.archive import opensky_trino
from wheelsdown.archive.answers import ledger_frame
from wheelsdown.archive.opensky_trino import fetch_day, hours_query, plan, positions_query
from wheelsdown.errors import ArchiveError, UsageError

pd = pytest.importorskip("pandas", reason="pyopensky gives pandas frames; pandas is not installed")

DAY = date(2023, 9, 1)
START = 1_693_526_400
A, B = "d00001", "d00002"


def now() -> datetime:
    return datetime(2026, 11, 21, 6, tzinfo=UTC)


class StandIn:
    """Takes what ``Trino.query(query, cached, compress)`` takes, and gives a pandas frame as it does."""

    def __init__(self, rows: list[dict[str, Any]], hours: int = 24, error: Exception | None = None) -> None:
        self.rows, self.hours, self.error = rows, hours, error
        self.asked: list[tuple[str, bool]] = []

    def query(self, query: str, cached: bool = True, compress: bool = False) -> Any:
        self.asked.append((query, cached))
        if self.error is not None:
            raise self.error
        if "DISTINCT hour" in query:
            frame = pd.DataFrame({"hour": [START + 3600 * i for i in range(self.hours)]})
        else:
            frame = pd.DataFrame(self.rows, columns=list(opensky_trino._COLUMNS))
        return frame.convert_dtypes(dtype_backend="pyarrow")


def row(icao24: str, second: int, **other: Any) -> dict[str, Any]:
    time = START + second
    return {
        "time": time, "icao24": icao24, "lat": 10 + second / 1000, "lon": 20.0, "velocity": 100.0, "heading": 1.0,
        "vertrate": 0.0, "callsign": "SIM1    ", "onground": False, "squawk": "0020", "baroaltitude": 3048.0,
        "geoaltitude": None, "lastposupdate": float(time), "lastcontact": float(time), **other,
    }  # fmt: skip


def test_questions_are_golden() -> None:
    assert positions_query(DAY, [B, A.upper(), A]) == (
        "SELECT time, icao24, lat, lon, velocity, heading, vertrate, callsign, onground, squawk, baroaltitude, "
        "geoaltitude, lastposupdate, lastcontact\n"
        "FROM state_vectors_data4\n"
        "WHERE hour >= 1693526400 AND hour < 1693612800\n"
        "  AND icao24 IN ('d00001', 'd00002')\n"
        "  AND lat IS NOT NULL AND lon IS NOT NULL\n"
        "  AND time - lastcontact <= 15\n"
        "ORDER BY icao24, time"
    )
    assert hours_query(DAY) == (
        "SELECT DISTINCT hour\nFROM state_vectors_data4\nWHERE hour >= 1693526400 AND hour < 1693612800\nORDER BY hour"
    )


@pytest.mark.parametrize("bad", ["' OR 1=1 --", "d0000", "~d00001", "", "d00001'"])
def test_only_addresses_enter_a_question(bad: str) -> None:
    with pytest.raises(UsageError):
        positions_query(DAY, [A, bad])
    with pytest.raises(UsageError):
        fetch_day(DAY, [bad], client=StandIn([]), now=now)


def test_no_address_is_no_question() -> None:
    with pytest.raises(UsageError):
        positions_query(DAY, [])
    standing = StandIn([])
    assert fetch_day(DAY, [], client=standing, now=now) == []
    assert standing.asked == []


def test_one_question_for_all() -> None:
    rows = [row(A, 0), row(A, 1), row(A, 2, lastposupdate=float(START + 1)), row(A, 30, lastcontact=float(START + 2))]
    standing = StandIn([*rows, row("d00009", 5)])
    one, two = fetch_day(DAY, [A, B], client=standing, now=now)
    assert [cached for _, cached in standing.asked] == [False, False]
    assert standing.asked[1][0] == positions_query(DAY, [A, B])
    # the row that repeats a position and the one after contact was lost are no receptions
    assert one.positions["time_utc"].to_list() == [datetime(2023, 9, 1, 0, 0, s, tzinfo=UTC) for s in (0, 1)]
    assert one.positions["altitude_ft"].to_list() == pytest.approx([10_000.0, 10_000.0])
    assert one.positions["squawk"].to_list() == ["0020", "0020"]
    assert (one.status, two.status) == ("received", "empty")
    assert one.receipts == two.receipts
    assert set(one.positions["receipt"]) == {one.receipts[0].receipt}
    assert one.receipts[0].file == "opensky/vectors/2023-09-01.parquet"
    assert ledger_frame([one, two])["requests"].sum() == 2


def test_same_rows_make_the_same_receipt() -> None:
    first, again = (fetch_day(DAY, [A], client=StandIn([row(A, 0)]), now=now)[0] for _ in range(2))
    assert first.receipts == again.receipts


@pytest.mark.parametrize(("hours", "status"), [(24, "empty"), (23, "damaged"), (0, "missing")])
def test_a_day_with_hours_missing_is_never_empty(hours: int, status: str) -> None:
    (answer,) = fetch_day(DAY, [A], client=StandIn([], hours), now=now)
    assert answer.status == status


def test_days_before_and_to_come() -> None:
    standing = StandIn([])
    assert fetch_day(date(2012, 12, 31), [A], client=standing, now=now)[0].status == "no_archive"
    assert fetch_day(now().date(), [A], client=standing, now=now)[0].status == "pending"
    assert standing.asked == []
    assert fetch_day(date(2026, 11, 20), [A], client=StandIn([row(A, 0)], 20), now=now)[0].status == "pending"


def test_failure_is_a_row() -> None:
    standing = StandIn([], error=RuntimeError("QUERY_QUEUE_FULL\nat much length"))
    one, two = fetch_day(DAY, [A, B], client=standing, now=now)
    assert one.status == two.status == "failed"
    assert str(one.reason).endswith("RuntimeError: QUERY_QUEUE_FULL")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "pyopensky":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ArchiveError, match=r"pip install wheelsdown\[opensky\]"):
        fetch_day(DAY, [A], now=now)


def test_plan_asks_twice_a_day() -> None:
    cost = plan([DAY, date(2012, 1, 1), now().date()], [A, B], now=now())
    assert (cost.requests, cost.credits) == (2, None)
    assert plan([DAY], [], now=now()).requests == 0
