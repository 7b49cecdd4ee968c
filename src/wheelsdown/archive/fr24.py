"""Flightradar24's API through ``fr24sdk``: the flights of a registration, and the track of each.

It is an extra (``pip install wheelsdown[fr24]``) and needs the user's own subscription.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec
import polars as pl

from wheelsdown.archive.answers import (
    Answer,
    Cost,
    KeyedHost,
    NotAskedError,
    Received,
    address,
    day_bounds,
    decode,
    nothing_of,
    received,
)
from wheelsdown.archive.fr24_calls import Fr24Calls
from wheelsdown.sources.fr24 import card_of
from wheelsdown.sources.fr24_api import Fr24Api

__all__ = ["FIRST_DAY", "HOST", "MOST_VALUES", "Fr24", "fetch_day", "plan"]

FIRST_DAY: Final = date(2016, 5, 11)
MOST_VALUES: Final = 15
"""Values of one filter."""
HOST: Final = KeyedHost(
    "flightradar24-api",
    card_of(
        "The way of each flight, with pressure altitude, speed, and the kind of each position.",
        cannot_show="Aircraft that are hidden at their owner's wish. Estimated positions are kept, and support no "
        "grade.",
        url="https://fr24api.flightradar24.com/docs",
    ),
    rates="10 requests a minute in the smallest plan, 30 and 200 in others; credits by flight and track returned, "
    "after the plan's price list",
    needs="FR24_API_TOKEN",
)
_REGISTRATION: Final = re.compile(r"[A-Z0-9-]{2,12}")
_FLIGHT: Final = re.compile(r"[0-9a-f]{4,16}")
_MOST_FLIGHTS: Final = 20_000


@dataclass(frozen=True)
class _Flight:
    id: str
    registration: str
    hex: str | None
    first_utc: datetime
    last_utc: datetime
    ended: bool


@dataclass(frozen=True)
class _Listed:
    flights: tuple[_Flight, ...]
    file: Received | None
    count: int
    unreadable: int


class Fr24:
    """One conversation with Flightradar24: its pace, and what was already asked."""

    def __init__(self, calls: Fr24Calls) -> None:
        self.calls = calls
        self._lists: dict[tuple[date, tuple[str, ...]], _Listed] = {}
        self._tracks: dict[str, Received | None] = {}

    def listed(self, day: date, registrations: Sequence[str]) -> _Listed:
        """Flights of up to 15 registrations first seen on a day or the day before; counted before they are paid for."""
        key = day, tuple(sorted(registrations))
        if key not in self._lists:
            start, end = day_bounds(day)
            params = {
                "flight_datetime_from": _time(start - timedelta(days=1)),
                "flight_datetime_to": _time(end - timedelta(seconds=1)),
                "registrations": ",".join(key[1]),
            }
            said = _json(self.calls.get("/api/flight-summary/count", params).body)
            count = said.get("record_count") if isinstance(said, dict) else None
            if type(count) is not int or count < 0:
                raise NotAskedError("the count of flights is not a number")
            if count:
                reply = self.calls.get("/api/flight-summary/light", {**params, "limit": str(min(count, _MOST_FLIGHTS))})
                name = f"fr24/summary/{day:%Y-%m-%d}-{_short(key[1])}.json"
                file = received(name, reply.body, origin=reply.url, at=self.calls.now())
                flights, bad = _flights(reply.body, self.calls.now())
                self._lists[key] = _Listed(flights, file, count, bad)
            else:
                self._lists[key] = _Listed((), None, 0, 0)
        return self._lists[key]

    def track(self, flight: str) -> Received | None:
        """Track of a flight; None where there is none."""
        if flight not in self._tracks:
            reply = self.calls.get("/api/flight-tracks", {"flight_id": flight}, none_on_404=True)
            self._tracks[flight] = (
                received(f"fr24/tracks/{flight}.json", reply.body, origin=reply.url, at=self.calls.now())
                if reply.body
                else None
            )
        return self._tracks[flight]


def fetch_day(day: date, registrations: Mapping[str, str | None], *, session: Fr24) -> list[Answer]:
    """Ask for the flights of aircraft on one UTC day.

    Parameters
    ----------
    day
        UTC day.
    registrations
        Address to registration at that time. The API lists flights by registration; it has no filter for addresses.
    session
        Ask the days of a question one after the other through one session: no track is paid for twice.

    Returns
    -------
    list
        One answer an address, in the order given: `received`; `empty` (no flight listed); `pending` (not over, or a
        flight had not ended); `missing` (flights, no track); `damaged` (tracks of some only, or a list cut short);
        `no_archive` before 11 May 2016; `failed` (refused, no registration known).

    Raises
    ------
    UsageError
        An address is none.
    ArchiveError
        The token is refused.

    Notes
    -----
    The window asked for begins a day earlier, for flights past midnight; it is taken that the API lists a flight by
    when it was first seen. A flight of that registration under another address is left out and told. Blocked aircraft
    are not listed: `empty` does not say that it did not fly.
    """
    asked = {address(a): (r or "").strip().upper() for a, r in registrations.items()}
    now = session.calls.now()
    if day < FIRST_DAY:
        return nothing_of(HOST.name, day, asked, "no_archive", "Flightradar24's history begins on 2016-05-11", now)
    if day >= now.date():
        return nothing_of(HOST.name, day, asked, "pending", "the day is not over", now)
    good = {a: r for a, r in asked.items() if _REGISTRATION.fullmatch(r)}
    tails = sorted(set(good.values()))
    batch = {
        r: tuple(tails[i : i + MOST_VALUES])
        for i in range(0, len(tails), MOST_VALUES)
        for r in tails[i : i + MOST_VALUES]
    }
    answers: list[Answer] = []
    for a in asked:
        if a in good:
            answers.append(_one(day, a, good[a], batch[good[a]], session))
        else:
            reason = "Flightradar24 is asked by registration, and none is known for this address"
            answers += nothing_of(HOST.name, day, [a], "failed", reason, now)
    return answers


@dataclass
class _Found:
    flights: list[_Flight] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    summary: Received | None = None
    tracks: list[Received] = field(default_factory=list)
    short: str | None = None


def _one(day: date, icao24: str, tail: str, batch: tuple[str, ...], session: Fr24) -> Answer:
    calls = session.calls
    asked, requests, size = calls.now(), calls.requests, calls.bytes
    found, refusal = _Found(), None
    try:
        for track in _ask(day, icao24, tail, batch, session, found):
            found.tracks += [track] if track is not None else []
    except NotAskedError as e:
        refusal = e
    files = ([found.summary] if found.summary is not None else []) + found.tracks
    decoded = decode(files, Fr24Api())
    names = {t.receipt.receipt for t in found.tracks}
    # an address that the list does not give leaves the rows with their registration alone
    own = decoded.positions.filter(
        pl.col("receipt").is_in(sorted(names)) & (pl.col("icao24").is_null() | (pl.col("icao24") == icao24))
    )
    have = sum(bool(f.receipt.positions) for f in decoded.files if f.receipt.receipt in names)
    status, reason = _judge(found, have)
    if refusal is not None:
        status = "failed"
        reason = refusal.reason + (f"; {have} of {len(found.flights)} flights came before" if have else "")
    if found.others:
        which = ", ".join(sorted(set(found.others))[:3])
        told = f"{len(found.others)} flights of {tail} were under another address: {which}"
        reason = f"{reason}; {told}" if reason else told
    return Answer(
        HOST.name,
        day,
        icao24,
        status,
        reason,
        asked,
        own,
        decoded.files,
        tuple(c for c in decoded.claims if c.icao24 == icao24 or (c.icao24 is None and c.registration == tail)),
        decoded.problems,
        calls.requests - requests,
        calls.bytes - size,
        calls.base_url,
        refusal.ask_again_utc if refusal else None,
    )


def _ask(
    day: date, icao24: str, tail: str, batch: tuple[str, ...], session: Fr24, found: _Found
) -> Iterator[Received | None]:
    listed = session.listed(day, batch)
    found.summary = listed.file
    if listed.unreadable:
        found.short = f"{listed.unreadable} entries of the list of flights cannot be read"
    elif len(listed.flights) < listed.count:
        found.short = f"{len(listed.flights)} of {listed.count} flights were listed"
    start, end = day_bounds(day)
    touching = [f for f in listed.flights if f.registration == tail and f.first_utc < end and f.last_utc >= start]
    found.others = [f.hex for f in touching if f.hex is not None and f.hex != icao24]
    found.flights = [f for f in touching if f.hex is None or f.hex == icao24]
    for flight in found.flights:
        yield session.track(flight.id)


def _judge(found: _Found, have: int) -> tuple[str, str | None]:
    listed = len(found.flights)
    if found.short is not None:
        return "damaged", found.short
    if not listed:
        return "empty", "no flight is listed; aircraft that are blocked are never listed"
    if not have:
        return "missing", f"{listed} flights are listed, and none has a track with positions"
    if have < listed:
        return "damaged", f"{have} of {listed} flights came with a track"
    if flying := sum(not f.ended for f in found.flights):
        return "pending", f"{flying} flights had not ended; ask again"
    return "received", None


def plan(
    days: Sequence[date],
    registrations: Sequence[str],
    *,
    now: datetime,
    per_minute: int = 10,
    flights_per_day: float = 2.0,
    credits_per_flight: int | None = None,
    credits_per_track: int | None = None,
) -> Cost:
    """Say what a question costs: a count and a list a day for each 15 registrations, and each track once.

    Credits are given if the plan's two prices are: they are not published in a form that can be relied on.
    """
    open_days = {d for d in days if FIRST_DAY <= d < now.date()}
    tails = len(set(registrations))
    lists = len(open_days) * -(-tails // MOST_VALUES)
    flights = round(len(open_days) * tails * flights_per_day)
    requests = 2 * lists + flights
    bill = None
    notes = [f"{flights_per_day:g} flights a day and aircraft are assumed"] if flights else []
    if credits_per_flight is not None and credits_per_track is not None:
        # each flight is listed on its own day and on the next
        bill = {"credits": 2 * flights * credits_per_flight + flights * credits_per_track}
    else:
        notes.append("credits are not known: see the price list of your plan")
    return Cost(HOST.name, requests, bill, requests / per_minute / 60, tuple(notes))


def _flights(body: bytes, now: datetime) -> tuple[tuple[_Flight, ...], int]:
    said = _json(body)
    rows = said.get("data") if isinstance(said, dict) else None
    if not isinstance(rows, list):
        raise NotAskedError("the list of flights is not a list")
    good: dict[str, _Flight] = {}
    bad = 0
    for row in rows:
        flight = _flight(row if isinstance(row, dict) else {}, now)
        if flight is None:
            bad += 1
        else:
            good[flight.id] = flight
    return tuple(sorted(good.values(), key=lambda f: (f.first_utc, f.id))), bad


def _flight(row: dict[str, Any], now: datetime) -> _Flight | None:
    name, tail, first = str(row.get("fr24_id") or "").lower(), row.get("reg"), _utc(row.get("first_seen"))
    if not _FLIGHT.fullmatch(name) or not isinstance(tail, str) or first is None:
        return None
    found = str(row.get("hex") or "").lower() or None
    last = _utc(row.get("last_seen")) or now
    return _Flight(name, tail.strip().upper(), found, first, last, ended=row.get("flight_ended") is not False)


def _utc(text: object) -> datetime | None:
    """Times of the list name no zone; the API says that they are UTC."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _short(tails: tuple[str, ...]) -> str:
    return tails[0] if len(tails) == 1 else f"{tails[0]}-and-{len(tails) - 1}-more"


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
