"""Flightradar24's API through its own library, against a server on this machine. All flights are SIMULATED."""

from __future__ import annotations

import builtins
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.archive.keyed_server import Asked, Clock, Server, Told, serving
from wheelsdown.archive.answers import ledger_frame
from wheelsdown.archive.credentials import Fr24Key
from wheelsdown.archive.fr24 import HOST, Fr24, fetch_day, plan
from wheelsdown.archive.fr24_calls import Fr24Calls, Pace
from wheelsdown.errors import ArchiveError, UsageError
from wheelsdown.schema import LEDGER, POSITIONS

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

TOKEN = "simulated|token-4711"  # noqa: S105
DAY = date(2026, 11, 10)
A, B = "d00001", "d00002"
TAIL_A, TAIL_B = "SIM-A", "SIM-B"


def at(hour: float) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(hours=hour)


@dataclass
class Flight:
    id: str
    tail: str
    hex: str | None
    begun: float
    ended: float
    over: bool = True
    track: bool = True

    def summary(self) -> dict[str, Any]:
        return {
            "fr24_id": self.id, "flight": None, "callsign": "SIM1", "operating_as": None, "painted_as": None,
            "type": "IL76", "reg": self.tail, "orig_icao": None, "datetime_takeoff": None, "dest_icao": None,
            "dest_icao_actual": None, "datetime_landed": None, "hex": self.hex and self.hex.upper(),
            "first_seen": f"{at(self.begun):%Y-%m-%dT%H:%M:%S}", "last_seen": f"{at(self.ended):%Y-%m-%dT%H:%M:%S}",
            "flight_ended": self.over,
        }  # fmt: skip

    def tracks(self) -> list[dict[str, Any]]:
        kinds = {self.begun: "ADSB", (self.begun + self.ended) / 2: "ESTIMATED", self.ended: "MLAT"}
        return [
            {
                "fr24_id": self.id,
                "tracks": [
                    {
                        "timestamp": f"{at(h):%Y-%m-%dT%H:%M:%SZ}", "lat": 10 + h, "lon": 20.0, "alt": 30000,
                        "gspeed": 400, "vspeed": 0, "track": 90, "squawk": "0020", "callsign": "SIM1", "source": kind,
                    }
                    for h, kind in kinds.items()
                ],
            }
        ]  # fmt: skip


@dataclass
class Radar:
    """The API, with a few flights, listed by when they were first seen."""

    flights: list[Flight] = field(default_factory=list)
    before: list[Told] = field(default_factory=list)
    short_by: int = 0

    def __call__(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}" or asked.headers.get("accept-version") != "v1":
            return Told(401, {"message": "Unauthenticated.", "details": asked.headers.get("authorization")})
        if self.before:
            return self.before.pop(0)
        if asked.path == "/api/flight-tracks":
            found = [f for f in self.flights if f.id == asked.query["flight_id"] and f.track]
            return Told(200, found[0].tracks()) if found else Told(404, {"message": "Not found"})
        tails = asked.query["registrations"].split(",")
        if len(tails) > 15:
            return Told(400, {"message": "Validation error", "details": "max 15"})
        begin, end = (
            datetime.strptime(asked.query[k], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            for k in ("flight_datetime_from", "flight_datetime_to")
        )
        listed = [f.summary() for f in self.flights if f.tail in tails and begin <= at(f.begun) <= end]
        if asked.path == "/api/flight-summary/count":
            return Told(200, {"record_count": len(listed)})
        if asked.path == "/api/flight-summary/light":
            return Told(200, {"data": listed[: int(asked.query["limit"]) - self.short_by]})
        return Told(500)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as s:
        yield s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def talk(server: Server, clock: Clock, radar: Radar | None = None, *, token: str = TOKEN, pace: int = 1000) -> Fr24:
    pytest.importorskip("fr24sdk", reason="the extra wheelsdown[fr24] is not installed")
    server.answer = radar or Radar()
    calls = Fr24Calls(
        Fr24Key(token), base_url=server.url, pace=Pace(pace, clock=clock.seconds, sleep=clock.sleep), attempts=3,
        wait_initial_s=0.0, now=clock.now,
    )  # fmt: skip
    return Fr24(calls)


def test_day_with_flights_is_received_whole(server: Server, clock: Clock) -> None:
    radar = Radar(
        [
            Flight("3a000001", TAIL_A, A, -1, 1),
            Flight("3a000002", TAIL_A, A, 22, 26),
            Flight("3a000003", TAIL_A, A, -9, -8),
            Flight("3a000004", TAIL_A, A, 30, 31),
            Flight("3b000001", TAIL_B, B, 5, 6),
        ]
    )
    one, two = fetch_day(DAY, {A: TAIL_A.lower(), B: TAIL_B}, session=talk(server, clock, radar))
    assert (one.status, two.status) == ("received", "received")
    assert (one.positions.height, two.positions.height) == (6, 3)
    assert one.positions.columns == POSITIONS.names
    assert set(one.positions["icao24"]) == {A}  # tracks name no aircraft: the list of flights does
    assert set(two.positions["icao24"]) == {B}
    assert one.positions["position_source"].to_list() == ["adsb", "estimated", "mlat"] * 2
    assert {(c.registration, c.typecode) for c in one.claims} == {(TAIL_A, "IL76")}
    assert server.paths() == ["/api/flight-summary/count", "/api/flight-summary/light", *["/api/flight-tracks"] * 3]
    assert (one.requests, two.requests) == (4, 1)
    files = [f.receipt.file for f in one.files]
    assert files == [
        "fr24/summary/2026-11-10-SIM-A-and-1-more.json",
        "fr24/tracks/3a000001.json",
        "fr24/tracks/3a000002.json",
    ]
    assert set(one.positions["receipt"]) < {r.receipt for r in one.receipts}
    assert ledger_frame([one, two]).columns == LEDGER.names


def test_no_track_is_paid_for_twice(server: Server, clock: Clock) -> None:
    session = talk(server, clock, Radar([Flight("3a000002", TAIL_A, A, 22, 26)]))
    fetch_day(DAY, {A: TAIL_A}, session=session)
    (answer,) = fetch_day(DAY + timedelta(days=1), {A: TAIL_A}, session=session)
    assert (answer.status, answer.requests) == ("received", 2)
    assert server.paths().count("/api/flight-tracks") == 1


def test_nothing_counted_costs_no_list(server: Server, clock: Clock) -> None:
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock))
    assert answer.status == "empty"
    assert "blocked" in str(answer.reason)
    assert server.paths() == ["/api/flight-summary/count"]


def test_filters_hold_fifteen_values(server: Server, clock: Clock) -> None:
    many = {f"d000{i:02x}": f"SIM-{i:02d}" for i in range(16, 47)}
    answers = fetch_day(DAY, many, session=talk(server, clock))
    assert [a.what for a in answers] == list(many)
    assert {a.status for a in answers} == {"empty"}
    assert [len(a.query["registrations"].split(",")) for a in server.asked] == [15, 15, 1]


def test_days_that_need_no_question(server: Server, clock: Clock) -> None:
    session = talk(server, clock)
    assert fetch_day(date(2016, 5, 10), {A: TAIL_A}, session=session)[0].status == "no_archive"
    assert fetch_day(clock.now().date(), {A: TAIL_A}, session=session)[0].status == "pending"
    assert server.asked == []
    assert fetch_day(date(2016, 5, 11), {A: TAIL_A}, session=session)[0].status == "empty"


def test_address_without_a_registration_is_told(server: Server, clock: Clock) -> None:
    one, two, three = fetch_day(DAY, {A: None, B: TAIL_B, "d00003": "SIM,X"}, session=talk(server, clock))
    assert [a.status for a in (one, two, three)] == ["failed", "empty", "failed"]
    assert "none is known" in str(one.reason)
    with pytest.raises(UsageError):
        fetch_day(DAY, {"nonsense": TAIL_A}, session=talk(server, clock))


def test_flight_under_another_address_is_left_out(server: Server, clock: Clock) -> None:
    radar = Radar([Flight("3a000001", TAIL_A, B, 1, 2), Flight("3a000002", TAIL_A, A, 5, 6)])
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, radar))
    assert (answer.status, answer.positions.height) == ("received", 3)
    assert "another address: d00002" in str(answer.reason)
    assert all(c.icao24 == A for c in answer.claims)


def test_flight_without_an_address_keeps_its_registration(server: Server, clock: Clock) -> None:
    radar = Radar([Flight("3a000001", TAIL_A, None, 1, 2)])
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, radar))
    assert answer.status == "received"
    assert set(answer.positions["icao24"]) == {None}
    assert set(answer.positions["track_id"]) == {"reg:SIMA"}


def test_flight_in_the_air_is_asked_again(server: Server, clock: Clock) -> None:
    radar = Radar([Flight("3a000001", TAIL_A, A, 23, 25, over=False)])
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, radar))
    assert (answer.status, answer.positions.height) == ("pending", 3)


def test_missing_tracks_and_short_lists_are_told(server: Server, clock: Clock) -> None:
    flights = [Flight("3a000001", TAIL_A, A, 1, 2, track=False), Flight("3a000002", TAIL_A, A, 5, 6)]
    flights.append(Flight("3b000001", TAIL_B, B, 1, 2, track=False))
    some, none = fetch_day(DAY, {A: TAIL_A, B: TAIL_B}, session=talk(server, clock, Radar(flights)))
    assert (some.status, some.positions.height, none.status) == ("damaged", 3, "missing")
    assert "1 of 2 flights" in str(some.reason)
    (short,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, Radar(flights, short_by=1)))
    assert short.status == "damaged"
    assert "were listed" in str(short.reason)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"record_count": "3"}', b'{"record_count": -1}', b'{"record_count": true}', b"<html>"]
)
def test_count_that_is_none_fails(server: Server, clock: Clock, body: bytes) -> None:
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, Radar(before=[Told(200, body)])))
    assert answer.status == "failed"


def test_entries_that_cannot_be_read_are_counted(server: Server, clock: Clock) -> None:
    good = Flight("3a000001", TAIL_A, A, 1, 2)
    strange = [{**good.summary(), "fr24_id": "../../etc/passwd"}, {**good.summary(), "first_seen": "soon"}, 4, None]
    told = [Told(200, {"record_count": 5}), Told(200, {"data": [good.summary(), *strange]})]
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, Radar([good], before=told)))
    assert (answer.status, answer.positions.height) == ("damaged", 3)
    assert "4 entries" in str(answer.reason)


def test_pace_of_the_plan_is_kept(server: Server, clock: Clock) -> None:
    flights = [Flight(f"3a0000{i:02d}", TAIL_A, A, i / 2, i / 2 + 0.4) for i in range(12)]
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, Radar(flights), pace=10))
    assert answer.status == "received"
    assert clock.slept == [60.0]
    assert len(server.asked) == 14


def test_short_429_is_waited_for_and_a_long_one_not(server: Server, clock: Clock) -> None:
    session = talk(server, clock, Radar(before=[Told(429, b"", {"Retry-After": "7"})]))
    assert fetch_day(DAY, {A: TAIL_A}, session=session)[0].status == "empty"
    assert clock.slept == [7.0]
    session = talk(server, clock, Radar(before=[Told(429, b"{}", {"Retry-After": "3600"})]))
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=session)
    assert answer.status == "failed"
    assert answer.ask_again_utc == clock.now() + timedelta(hours=1)
    assert clock.slept == [7.0]


def test_spent_credits_end_the_asking(server: Server, clock: Clock) -> None:
    session = talk(server, clock, Radar(before=[Told(402, {"message": "Payment required"})]))
    one, two = (fetch_day(DAY, {a: t}, session=session)[0] for a, t in ((A, TAIL_A), (B, TAIL_B)))
    assert one.status == two.status == "failed"
    assert "credits are spent" in str(two.reason)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 403, 302])
def test_refusals_are_rows(server: Server, clock: Clock, status: int) -> None:
    session = talk(server, clock, Radar(before=[Told(status, {"message": "no"})]))
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=session)
    assert answer.status == "failed"
    assert str(status) in str(answer.reason)


def test_errors_of_the_server_and_cuts_are_tried_again(server: Server, clock: Clock) -> None:
    radar = Radar([Flight("3a000001", TAIL_A, A, 1, 2)], before=[Told(503), Told(200, b"{", cut=True)])
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, radar))
    assert (answer.status, answer.requests) == ("received", 5)
    radar = Radar(before=[Told(500)] * 9)
    (answer,) = fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, radar))
    assert (answer.status, answer.requests) == ("failed", 3)


def test_token_is_shown_nowhere(server: Server, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ArchiveError, match="refuses the token") as refused:
        fetch_day(DAY, {A: TAIL_A}, session=talk(server, clock, token="another-token-0815"))  # noqa: S106
    radar = Radar([Flight("3a000001", TAIL_A, A, 1, 2)], before=[Told(500)])
    session = talk(server, clock, radar)
    answers = fetch_day(DAY, {A: TAIL_A}, session=session)
    assert answers[0].status == "received"
    shown = f"{answers!r} {ledger_frame(answers).to_dicts()} {refused.value!r} {session.calls!r} {caplog.text}"
    assert "held-back" in shown  # what the library's log shows in its place
    for secret in (TOKEN, "another-token-0815"):
        assert secret not in shown


def test_a_key_goes_over_tls_only() -> None:
    pytest.importorskip("fr24sdk", reason="the extra wheelsdown[fr24] is not installed")
    with pytest.raises(ArchiveError, match="https"):
        Fr24Calls(Fr24Key(TOKEN), base_url="http://radar.example")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "fr24sdk":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ArchiveError, match=r"pip install wheelsdown\[fr24\]"):
        Fr24Calls(Fr24Key(TOKEN))


def test_plan_counts_requests_and_says_what_it_does_not_know(clock: Clock) -> None:
    days = [DAY + timedelta(days=i) for i in range(10)]
    tails = [f"SIM-{i}" for i in range(16)]
    cost = plan([*days, date(2016, 1, 1), clock.now().date()], tails, now=clock.now(), flights_per_day=1)
    assert (cost.requests, cost.credits) == (2 * 2 * 10 + 160, None)
    assert cost.hours == pytest.approx(200 / 10 / 60)
    assert any("price list" in n for n in cost.notes)
    priced = plan(days, tails, now=clock.now(), flights_per_day=1, credits_per_flight=2, credits_per_track=40)
    assert priced.credits == {"credits": 160 * 2 * 2 + 160 * 40}


def test_card_names_publisher_and_terms() -> None:
    lines = " ".join(HOST.lines())
    assert "Flightradar24" in lines
    assert "10 requests a minute" in lines
