"""OpenSky's REST interface: the flights of an aircraft, and the track of each of the last 30 days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

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
)
from wheelsdown.archive.opensky_calls import Opensky, credits
from wheelsdown.sources.opensky import card_of
from wheelsdown.sources.opensky_states import OpenskyTracks

__all__ = ["HOST", "Opensky", "fetch_day", "plan"]

HOST: Final = KeyedHost(
    "opensky-rest",
    card_of(
        "The way of each flight of the last 30 days, thinned to its way points.",
        "Older flights (its database has them); positions that make no flight; ground speed.",
    ),
    rates="credits by day in three separate buckets (states, tracks, flights): 4,000 for a user, 8,000 for one who "
    "feeds; a day of one aircraft costs 30 for the list and 30 for each track",
    needs="OPENSKY_CLIENT_ID and OPENSKY_CLIENT_SECRET",
)

_TRACKS_KEPT: Final = timedelta(days=30)


def fetch_day(day: date, icao24s: Iterable[str], *, session: Opensky) -> list[Answer]:
    """Ask for the flights of aircraft on one UTC day.

    Parameters
    ----------
    day
        UTC day.
    icao24s
        Addresses.
    session
        Keeps what days have in common: ask the days of a question one after the other through one session.

    Returns
    -------
    list
        One answer an address, in the order given: `received`; `empty` (OpenSky lists no flight); `pending` (the list
        of the next day is not out, so that an evening's flight may be missing, whatever came); `expired` (tracks are
        kept for 30 days); `missing` (flights listed, no track); `damaged` (a track of some flights only); `failed`.

    Raises
    ------
    UsageError
        An address is none.
    ArchiveError
        The credentials are refused.

    Notes
    -----
    Way points only, at least each 15 minutes, and no ground speed. An aircraft that was received but made no flight by
    OpenSky's reckoning is not seen.
    """
    asked = list(dict.fromkeys(address(a) for a in icao24s))
    now = session.now()
    if day >= now.date():
        return nothing_of(HOST.name, day, asked, "pending", "the day is not over, or its flights are not listed", now)
    if day_bounds(day)[1] <= now - _TRACKS_KEPT:
        reason = "OpenSky keeps tracks for 30 days; its database has older ones (Trino)"
        return nothing_of(HOST.name, day, asked, "expired", reason, now)
    return [_one(day, a, session) for a in asked]


@dataclass
class _Found:
    flights: list[tuple[int, int]] = field(default_factory=list)
    files: list[Received] = field(default_factory=list)
    tracks: list[Received] = field(default_factory=list)
    old: int = 0
    unreadable: int = 0


def _one(day: date, icao24: str, session: Opensky) -> Answer:
    asked, requests, size = session.now(), session.requests, session.bytes
    found, refusal = _Found(), None
    try:
        for step in _ask(day, icao24, session, found):
            found.tracks += [step] if step is not None else []
    except NotAskedError as e:
        refusal = e
    decoded = decode(found.tracks, OpenskyTracks())
    own = decoded.positions.filter(pl.col("icao24") == icao24)
    have = sum(bool(f.receipt.positions) for f in decoded.files)
    status, reason = _judge(found, have, ready=day + timedelta(days=1) < asked.date())
    if strange := decoded.positions.height - own.height:
        status, reason = "damaged", f"{strange} positions of other aircraft came and were left out"
    if refusal is not None:
        status = "failed"
        reason = refusal.reason + (f"; {have} of {len(found.flights)} flights came before" if have else "")
    return Answer(
        HOST.name,
        day,
        icao24,
        status,
        reason,
        asked,
        own,
        (*found.files, *decoded.files),
        decoded.claims,
        decoded.problems,
        session.requests - requests,
        session.bytes - size,
        session.base_url,
        refusal.ask_again_utc if refusal else None,
    )


def _ask(day: date, icao24: str, session: Opensky, found: _Found) -> Iterator[Received | None]:
    """Ask for the two windows that can hold a flight of the day, then for each track."""
    start, end = (int(t.timestamp()) for t in day_bounds(day))
    flights: set[tuple[int, int]] = set()
    for first in (day - timedelta(days=1), day):
        listed = session.listed(icao24, first)
        flights |= {f for f in listed.flights if f[0] < end and f[1] >= start}
        found.files += [listed.file] if listed.file is not None else []
        found.unreadable += listed.unreadable
    found.flights = sorted(flights)
    for begun, ended in found.flights:
        middle = (begun + ended) // 2
        if session.now().timestamp() - middle > _TRACKS_KEPT.total_seconds():
            found.old += 1
        else:
            yield session.track(icao24, middle)


def _judge(found: _Found, have: int, *, ready: bool) -> tuple[str, str | None]:
    """Status and reason; `ready` if the list of the next day is out too."""
    listed = len(found.flights)
    if found.unreadable:
        return "damaged", f"{found.unreadable} entries of the list of flights cannot be read"
    if listed and found.old == listed:
        return "expired", "OpenSky keeps tracks for 30 days"
    if listed and not have:
        return "missing", f"{listed} flights are listed, and none has a track with positions"
    if have < listed:
        old = f"; {found.old} are older than the 30 days that are kept" if found.old else ""
        return "damaged", f"{have} of {listed} flights came with a track{old}"
    if not ready:
        return "pending", "flights past midnight are listed a day later; ask again"
    if not listed:
        return "empty", "OpenSky lists no flight that touches the day; what made no flight is not offered"
    return "received", None


def plan(
    days: Sequence[date],
    icao24s: Sequence[str],
    *,
    now: datetime,
    flights_per_day: float = 2.0,
    credits_per_day: int = 4000,
    seconds_per_request: float = 1.0,
) -> Cost:
    """Say what a question costs; the count of tracks rests on a guess of `flights_per_day` of one aircraft."""
    open_days = sorted({d for d in days if d < now.date() and day_bounds(d)[1] > now - _TRACKS_KEPT})
    windows = len({w for d in open_days for w in (d - timedelta(days=1), d)}) * len(icao24s)
    tracks = round(len(open_days) * len(icao24s) * flights_per_day)
    bill = {"flights": windows * credits(2), "tracks": tracks * credits(1)}
    requests = windows + tracks
    waits = max((b - 1) // credits_per_day if b else 0 for b in bill.values())
    notes = [f"{flights_per_day:g} flights a day and aircraft are assumed"] if tracks else []
    if old := sum(day_bounds(d)[1] <= now - _TRACKS_KEPT for d in set(days)):
        notes.append(f"{old} days are older than 30 days and cannot be asked here")
    if waits:
        notes.append(f"at {credits_per_day} credits a day it takes {waits + 1} days")
    return Cost(HOST.name, requests, bill, requests * seconds_per_request / 3600 + 24.0 * waits, tuple(notes))
