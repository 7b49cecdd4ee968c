"""OpenSky with the user's key, against a server on this machine. All flights are SIMULATED."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.archive.keyed_server import Asked, Clock, Server, Told, serving
from wheelsdown.archive import opensky, opensky_trino
from wheelsdown.archive.answers import ledger_frame
from wheelsdown.archive.asking import Patience
from wheelsdown.archive.credentials import OpenskyKeys
from wheelsdown.archive.opensky import Opensky, credits, fetch_day, plan
from wheelsdown.errors import ArchiveError, UsageError
from wheelsdown.schema import LEDGER, POSITIONS

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

SECRET = "simulated-secret-4711"  # noqa: S105
KEYS = OpenskyKeys("simulated-client", SECRET)
QUICK = Patience(attempts=3, first_s=0.0, most_s=0.0, jitter_s=0.0, longest_wish_s=60.0)
DAY = date(2026, 11, 10)
A, B = "d00001", "d00002"


def at(day: date, hour: float) -> int:
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)).timestamp())


def flight(icao24: str, begun: int, ended: int) -> dict[str, Any]:
    return {
        "icao24": icao24, "firstSeen": begun, "estDepartureAirport": None, "lastSeen": ended,
        "estArrivalAirport": None, "callsign": "SIM1    ", "estDepartureAirportHorizDistance": None,
        "estDepartureAirportVertDistance": None, "estArrivalAirportHorizDistance": None,
        "estArrivalAirportVertDistance": None, "departureAirportCandidatesCount": 0, "arrivalAirportCandidatesCount": 0,
    }  # fmt: skip


def track(icao24: str, begun: int, ended: int) -> dict[str, Any]:
    middle = (begun + ended) // 2
    path = [[begun, 10.0, 20.0, 0, 90.0, True], [middle, 10.5, 20.5, 3048.0, 90.0, False], [ended, 11, 21, 0, 0, True]]
    return {"icao24": icao24, "startTime": begun, "endTime": ended, "calllsign": "SIM1", "path": path}


@dataclass
class Sky:
    """OpenSky, with the flights of a few aircraft."""

    flights: list[tuple[str, int, int]] = field(default_factory=list)
    tokens: int = 0
    good: str = ""
    without_track: set[int] = field(default_factory=set)
    before: list[Told] = field(default_factory=list)
    """Told first, in order, to whoever asks something else than a token."""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Told:
        if asked.path == "/token":
            if asked.form.get("client_secret") != SECRET or asked.form.get("grant_type") != "client_credentials":
                return Told(401, {"error": "invalid_client", "error_description": asked.form.get("client_secret")})
            self.tokens += 1
            self.good = f"token-{self.tokens}"
            return Told(200, {"access_token": self.good, "expires_in": 1800, "token_type": "Bearer"})
        if asked.headers.get("authorization") != f"Bearer {self.good}":
            return Told(401, b"")
        if self.before:
            return self.before.pop(0)
        who = asked.query["icao24"]
        if asked.path == "/api/flights/aircraft":
            begin, end = int(asked.query["begin"]), int(asked.query["end"])
            if end - begin > 2 * 86_400:
                return Told(400, b"interval too long")
            # only flights that begin and end inside
            found = [flight(*f) for f in self.flights if f[0] == who and begin <= f[1] and f[2] <= end]
            return Told(200, found, self.headers) if found else Told(404, b"", self.headers)
        if asked.path == "/api/tracks/all":
            time = int(asked.query["time"])
            for f in self.flights:
                if f[0] == who and f[1] <= time <= f[2] and f[1] not in self.without_track:
                    return Told(200, track(*f), self.headers)
            return Told(404, b"", self.headers)
        return Told(500)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as s:
        yield s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def session(server: Server, clock: Clock, sky: Sky | None = None, *, keys: OpenskyKeys = KEYS) -> Opensky:
    server.answer = sky or Sky()
    return Opensky(
        keys, base_url=f"{server.url}/api/", token_url=f"{server.url}/token", patience=QUICK, now=clock.now,
        sleep=clock.sleep,
    )  # fmt: skip


def test_day_with_flights_is_received_whole(server: Server, clock: Clock) -> None:
    over_midnight = (A, at(DAY, 23), at(DAY, 26))
    sky = Sky([(A, at(DAY, 6), at(DAY, 8)), over_midnight, (A, at(DAY, 30), at(DAY, 31)), (B, at(DAY, -1), at(DAY, 1))])
    with session(server, clock, sky) as s:
        one, two = fetch_day(DAY, [A.upper(), B], session=s)
    assert (one.status, two.status) == ("received", "received")
    assert one.positions.columns == POSITIONS.names
    assert one.positions.height == 6  # two flights of three points; the third is of the next day
    assert two.positions["time_utc"].min() == datetime(2026, 11, 9, 23, tzinfo=UTC)  # its flight comes whole
    assert one.positions["altitude_ft"].to_list()[1] == pytest.approx(10_000)
    assert set(one.positions["source"]) == {"opensky"}
    assert set(one.positions["callsign"]) == {"SIM1"}
    names = {r.receipt for r in one.receipts}
    assert set(one.positions["receipt"]) < names
    assert [f.receipt.file for f in one.files if f.receipt.format] == [
        f"opensky/tracks/{A}-{at(DAY, 7)}.json",
        f"opensky/tracks/{A}-{at(DAY, 24.5)}.json",
    ]
    assert all(f.receipt.bytes == len(f.raw) for f in one.files)
    assert one.requests == 5  # a token, two windows, two tracks
    ledger = ledger_frame([one, two])
    assert ledger.columns == LEDGER.names
    # the ledger counts those of the day: of the flights past a midnight one of three points, and two of three
    assert ledger["positions"].to_list() == [4, 2]


def test_next_day_reuses_list_and_track(server: Server, clock: Clock) -> None:
    sky = Sky([(A, at(DAY, 23), at(DAY, 26))])
    with session(server, clock, sky) as s:
        fetch_day(DAY, [A], session=s)
        before = len(server.asked)
        (answer,) = fetch_day(DAY + timedelta(days=1), [A], session=s)
    assert answer.status == "received"
    assert server.paths()[before:] == ["/api/flights/aircraft"]
    assert answer.requests == 1


def test_windows_are_two_days_and_overlap(server: Server, clock: Clock) -> None:
    with session(server, clock) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert answer.status == "empty"
    assert "no flight" in str(answer.reason)
    asked = [(int(a.query["begin"]), int(a.query["end"])) for a in server.asked if a.path.startswith("/api")]
    assert asked == [(at(DAY, -24), at(DAY, 24) - 1), (at(DAY, 0), at(DAY, 48) - 1)]


def test_404_with_a_text_is_not_empty(server: Server, clock: Clock) -> None:
    with session(server, clock, Sky(before=[Told(404, b"<html>not here</html>")])) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert answer.status == "failed"
    assert "404" in str(answer.reason)


@pytest.mark.parametrize(
    ("days_ago", "status", "requests"), [(0, "pending", 0), (31, "expired", 0), (400, "expired", 0)]
)
def test_days_that_need_no_question(server: Server, clock: Clock, days_ago: int, status: str, requests: int) -> None:
    with session(server, clock) as s:
        (answer,) = fetch_day(clock.now().date() - timedelta(days=days_ago), [A], session=s)
    assert (answer.status, answer.requests, len(server.asked)) == (status, requests, 0)


def test_yesterday_stays_pending(server: Server, clock: Clock) -> None:
    yesterday = clock.now().date() - timedelta(days=1)
    with session(server, clock, Sky([(A, at(yesterday, 3), at(yesterday, 4))])) as s:
        with_flight, without = fetch_day(yesterday, [A, B], session=s)
    assert (with_flight.status, with_flight.positions.height) == ("pending", 3)
    assert without.status == "pending"
    assert max(int(a.query["end"]) for a in server.asked if "end" in a.query) <= clock.now().timestamp()


def test_missing_tracks_are_told(server: Server, clock: Clock) -> None:
    sky = Sky([(A, at(DAY, 1), at(DAY, 2)), (A, at(DAY, 5), at(DAY, 6)), (B, at(DAY, 1), at(DAY, 2))])
    sky.without_track = {at(DAY, 1)}
    with session(server, clock, sky) as s:
        some, none = fetch_day(DAY, [A, B], session=s)
    assert (some.status, some.positions.height) == ("damaged", 3)
    assert "1 of 2 flights" in str(some.reason)
    assert none.status == "missing"


def test_track_of_another_aircraft_is_left_out(server: Server, clock: Clock) -> None:
    sky = Sky([(A, at(DAY, 1), at(DAY, 2))])

    def wrong(asked: Asked) -> Told:
        return Told(200, track(B, at(DAY, 1), at(DAY, 2))) if asked.path == "/api/tracks/all" else sky(asked)

    with session(server, clock) as s:
        server.answer = wrong
        (answer,) = fetch_day(DAY, [A], session=s)
    assert (answer.status, answer.positions.height) == ("damaged", 0)
    assert "other aircraft" in str(answer.reason)


def test_track_that_is_no_json_is_a_problem(server: Server, clock: Clock) -> None:
    sky = Sky([(A, at(DAY, 1), at(DAY, 2))])

    def broken(asked: Asked) -> Told:
        return Told(200, b"<html>busy</html>") if asked.path == "/api/tracks/all" else sky(asked)

    with session(server, clock) as s:
        server.answer = broken
        (answer,) = fetch_day(DAY, [A], session=s)
    assert answer.status == "missing"
    assert answer.problems["file"].to_list() == [f"opensky/tracks/{A}-{at(DAY, 1.5)}.json"]


@pytest.mark.parametrize("body", [b"{}", b"null", b"[[[", b"\xff\xfe", b"[" * 100_000])
def test_list_that_is_none_fails(server: Server, clock: Clock, body: bytes) -> None:
    with session(server, clock, Sky(before=[Told(200, body)])) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert answer.status == "failed"


def test_entries_that_cannot_be_read_are_counted(server: Server, clock: Clock) -> None:
    listed = [flight(A, at(DAY, 1), at(DAY, 2)), {"icao24": B, "firstSeen": 1, "lastSeen": 2}, 7, {"icao24": A}]
    with session(server, clock, Sky([(A, at(DAY, 1), at(DAY, 2))], before=[Told(200, listed)])) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert (answer.status, answer.positions.height) == ("damaged", 3)
    assert "3 entries" in str(answer.reason)


def test_token_is_renewed_before_its_end_and_once_on_401(server: Server, clock: Clock) -> None:
    sky = Sky()
    with session(server, clock, sky) as s:
        fetch_day(DAY, [A], session=s)
        fetch_day(DAY, [B], session=s)
        assert sky.tokens == 1
        clock.at += timedelta(minutes=29, seconds=30)
        fetch_day(DAY, ["d00003"], session=s)
        assert sky.tokens == 2
        sky.good = "taken back"
        (answer,) = fetch_day(DAY, ["d00004"], session=s)
        assert (sky.tokens, answer.status) == (3, "empty")


def test_token_refused_again_and_again_ends_the_fetch(server: Server, clock: Clock) -> None:
    sky = Sky(before=[Told(401)] * 9)
    with session(server, clock, sky) as s, pytest.raises(ArchiveError, match="refuses the token"):
        fetch_day(DAY, [A], session=s)
    assert server.paths().count("/api/flights/aircraft") == 2


def test_secrets_are_shown_nowhere(server: Server, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = OpenskyKeys("simulated-client", "another-secret-0815")
    with session(server, clock, keys=wrong) as s, pytest.raises(ArchiveError) as refused:
        fetch_day(DAY, [A], session=s)
    assert "invalid_client" in str(refused.value)
    sky = Sky([(A, at(DAY, 1), at(DAY, 2))], before=[Told(503), Told(503), Told(503)])
    with session(server, clock, sky) as s:
        answers = [*fetch_day(DAY, [A], session=s), *fetch_day(DAY, [A], session=s)]
    assert [a.status for a in answers] == ["failed", "received"]
    shown = f"{answers!r} {ledger_frame(answers).to_dicts()} {refused.value!r} {KEYS!r} {caplog.text}"
    shown += "".join(f"{r.msg} {r.args} {r.__dict__}" for r in caplog.records)
    for secret in (SECRET, "another-secret-0815", "token-1", "simulated-client"):
        assert secret not in shown


def test_a_key_goes_over_tls_only() -> None:
    with pytest.raises(ArchiveError, match="https"):
        Opensky(KEYS, base_url="http://sky.example/api")
    with pytest.raises(ArchiveError, match="https"):
        Opensky(KEYS, token_url="http://sky.example/token")  # noqa: S106


def test_a_redirect_is_not_followed_with_the_key(server: Server, clock: Clock) -> None:
    away = Told(302, b"", {"Location": f"{server.url}/elsewhere"})
    with session(server, clock, Sky(before=[away])) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert (answer.status, answer.reason) == ("failed", "refused with status 302")
    assert "/elsewhere" not in server.paths()


def test_short_429_is_waited_for(server: Server, clock: Clock) -> None:
    sky = Sky(before=[Told(429, b"", {"X-Rate-Limit-Retry-After-Seconds": "20"})])
    with session(server, clock, sky) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert (answer.status, clock.slept) == ("empty", [20.0])


def test_long_429_fails_with_the_time(server: Server, clock: Clock) -> None:
    sky = Sky(before=[Told(429, b"", {"X-Rate-Limit-Retry-After-Seconds": "7200"})])
    with session(server, clock, sky) as s:
        one, two = fetch_day(DAY, [A, B], session=s)
        assert clock.slept == []
        assert one.status == two.status == "failed"
        assert one.ask_again_utc == clock.now() + timedelta(hours=2)
        assert "2026-11-21 08:00 UTC" in str(one.reason)
        assert two.requests == 0  # not asked while it is closed
        clock.at += timedelta(hours=2)
        assert fetch_day(DAY, [A], session=s)[0].status == "empty"


def test_429_that_never_ends_is_given_up(server: Server, clock: Clock) -> None:
    sky = Sky(before=[Told(429, b"", {"X-Rate-Limit-Retry-After-Seconds": "0"})] * 50)
    with session(server, clock, sky) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert answer.status == "failed"
    assert answer.requests < 10


def test_remaining_credits_are_honoured(server: Server, clock: Clock) -> None:
    sky = Sky(headers={"X-Rate-Limit-Remaining": "29"})
    with session(server, clock, sky) as s:
        one, two = fetch_day(DAY, [A, B], session=s)
        assert (one.status, two.status) == ("failed", "failed")
        assert "29 credits for flights left, 30 needed" in str(one.reason)
        assert server.paths().count("/api/flights/aircraft") == 1
        # buckets are separate, and a reading is not believed for ever
        clock.at += timedelta(hours=1)
        sky.headers = {}
        assert fetch_day(DAY, [B], session=s)[0].status == "empty"


def test_errors_of_the_server_and_cuts_are_tried_again(server: Server, clock: Clock) -> None:
    sky = Sky([(A, at(DAY, 1), at(DAY, 2))], before=[Told(503), Told(200, b"[", cut=True)])
    with session(server, clock, sky) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert (answer.status, answer.positions.height) == ("received", 3)


def test_what_came_before_a_failure_is_kept(server: Server, clock: Clock) -> None:
    sky = Sky([(A, at(DAY, 1), at(DAY, 2)), (A, at(DAY, 5), at(DAY, 6))])
    late = at(DAY, 5.5)

    def half(asked: Asked) -> Told:
        return Told(500) if asked.query.get("time") == str(late) else sky(asked)

    with session(server, clock) as s:
        server.answer = half
        (answer,) = fetch_day(DAY, [A], session=s)
    assert (answer.status, answer.positions.height) == ("failed", 3)
    assert "1 of 2 flights came before" in str(answer.reason)


@pytest.mark.parametrize(
    ("days", "cost"),
    [(0, 4), (1, 30), (2, 30), (3, 180), (10, 600), (11, 1320), (16, 3840), (21, 10_080), (26, 24_960)],
)
def test_credits_follow_the_table(days: int, cost: int) -> None:
    assert credits(days) == cost


def test_plan_counts_windows_once(clock: Clock) -> None:
    days = [DAY + timedelta(days=i) for i in range(5)]
    cost = plan([*days, date(2023, 9, 1)], [A, B], now=clock.now(), flights_per_day=2)
    assert cost.requests == 2 * 6 + 20
    assert cost.credits == {"flights": 360, "tracks": 600}
    assert cost.hours == pytest.approx(32 / 3600)
    assert any("older than 30 days" in n for n in cost.notes)
    assert cost.sentence().startswith(
        "opensky-rest: about 32 requests, 360 credits (flights), 600 credits (tracks), 0.0 hours (2 flights a day"
    )
    tight = plan(days, [A, B], now=clock.now(), flights_per_day=2, credits_per_day=300)
    assert tight.hours > 24
    assert plan([date(2023, 9, 1)], [A], now=clock.now()).requests == 0


def test_wrong_address_is_refused(server: Server, clock: Clock) -> None:
    with session(server, clock) as s, pytest.raises(UsageError, match="not an address"):
        fetch_day(DAY, ["d0000'"], session=s)


def test_cards_name_publisher_and_terms() -> None:
    for host in (opensky.HOST, opensky_trino.HOST):
        lines = " ".join(host.lines())
        assert "OpenSky Network" in lines
        assert "non-commercial" in lines


def test_empty_bodies_and_lists_read_alike(server: Server, clock: Clock) -> None:
    with session(server, clock, Sky(before=[Told(200, b"[]"), Told(404)])) as s:
        (answer,) = fetch_day(DAY, [A], session=s)
    assert (answer.status, answer.positions.equals(POSITIONS.empty())) == ("empty", True)
    assert isinstance(answer.positions, pl.DataFrame)
