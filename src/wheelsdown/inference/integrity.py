"""INTEGRITY: what can be wrong with a flight's positions, how strongly, and whether counts leave the flight out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.inference.core import analyse
from wheelsdown.inference.crowds import crowds, even_circles
from wheelsdown.inference.figures import DoubtRules, Finding, Flight, checks, flights_of
from wheelsdown.inference.rows import Rows, callsign_of, key_of, receipts_of
from wheelsdown.inference.rules import Rules
from wheelsdown.inference.stops import Stop, Work
from wheelsdown.inference.targets import TARGETS, Target
from wheelsdown.schema import INTEGRITY, POSITIONS

__all__ = ["DoubtRules", "doubts", "set_aside"]


def doubts(
    positions: pl.DataFrame,
    *,
    airfields: pl.DataFrame,
    runways: pl.DataFrame,
    rules: Rules | None = None,
    limits: DoubtRules | None = None,
    targets: tuple[Target, ...] | None = None,
) -> pl.DataFrame:
    """Find what can be wrong with positions, flight by flight.

    Parameters
    ----------
    positions : frame of POSITIONS
        In any order.
    airfields, runways : frames of AIRFIELDS and RUNWAYS
    rules : Rules
        As for `infer`.
    limits : DoubtRules
        Thresholds of the flags.
    targets : tuple of Target
        Places onto which false positions are put; by default the list in `wheelsdown.inference.targets`.

    Returns
    -------
    INTEGRITY
        At most one row a flight and flag (several jumps are told as several), sorted by aircraft and time.
        `quarantined` is true where counts leave the flight out; `VISITS.quarantined` says the same of each visit.

    Raises
    ------
    TableError
        `positions` is not POSITIONS.

    Notes
    -----
    Nothing is deleted: positions that contradict the rest are left out of the track and counted here. A flag is a
    doubt: interference is rarely aimed at the aircraft that shows it. What it cannot see: a false track that is
    consistent in itself from beginning to end; a jump that hides in a silence and needs no hurry; a wrong address that
    only one aircraft uses. Transponders of version 0 give no figures: unknown, not bad. Sources: adsbtrack (speed,
    sil), 14 CFR 91.227 and GPSJam (nic, nac_p), Kasa 1976 (circles), Humphreys and Clements 2024 and C4ADS 2019
    (targets).
    """
    limits = limits or DoubtRules()
    work, tracks = analyse(
        positions, airfields=airfields, runways=runways, rules=rules, targets=TARGETS if targets is None else targets
    )
    altitude = _altitudes(positions, work)
    flights = flights_of(work, tracks)
    found = [list(checks(work, flight, altitude, limits)) for flight in flights]
    for n, finding in (*even_circles(work, flights), *crowds(work, flights, limits)):
        found[n].append(finding)
    rows = Rows(INTEGRITY)
    for flight, own in zip(flights, found, strict=True):
        for finding in _with_stops(work, flight, own):
            _add(rows, work, flight, finding)
    order = ["icao24", "track_id", "from_utc", "to_utc", "flag", "source", "reason"]
    return rows.frame().sort(order, nulls_last=True)


def _altitudes(positions: pl.DataFrame, work: Work) -> Any:
    """Altitudes as received, in the order of the tracks: inference has left out impossible ones."""
    column = POSITIONS.conform(positions, fill=True)["altitude_ft"].fill_null(float("nan"))
    return column.to_numpy()[work.tracks.order]


def _with_stops(work: Work, flight: Flight, found: list[Finding]) -> list[Finding]:
    """Add what was found against the stops of a flight, and say which of it sets the flight aside."""
    for stop in flight.stops:
        for flag, note in zip(stop.doubts, stop.notes, strict=True):
            aside = stop.set_aside is not None and stop.set_aside.startswith(f"{flag}: ")
            same = next((n for n, f in enumerate(found) if f.flag == flag), None)
            if same is None:
                found.append(Finding(flag, _rows_of(work, stop), note, aside=aside, at=(stop.lat, stop.lon)))
            elif aside:
                found[same] = replace(found[same], aside=True)
    return found


def _rows_of(work: Work, stop: Stop) -> Any:
    """Rows around a stop: the stay, else the last and first position in the air."""
    if stop.ground is not None:
        return np.arange(int(work.seg[stop.ground, 2]), int(work.seg[stop.ground, 3]) + 1)
    ends = [(stop.arrive.air, 3), (stop.depart.air, 2)]
    return np.array([int(work.seg[s, q]) for s, q in ends if s is not None])


def _add(rows: Rows, work: Work, flight: Flight, finding: Finding) -> None:
    tr, at = work.tracks, finding.rows
    key = key_of(work, flight.group)
    place = finding.at
    if place is None and len(at):
        place = (float(tr.lat[at[-1]]), float(tr.lon[at[-1]]))
    callsign = next((c for s in flight.segments if (c := callsign_of(work, s, 0)) is not None), None)
    rows.add(
        icao24=key.address, track_id=key.track, callsign=callsign, flag=finding.flag,
        from_utc=float(tr.t[at[0]]), to_utc=float(tr.t[at[-1]]),
        latitude_deg=None if place is None else place[0], longitude_deg=None if place is None else place[1],
        positions=len(at), share=len(at) / (flight.hi - flight.lo + 1) if finding.share else None,
        value=finding.value, unit=finding.unit, limit=finding.limit, quarantined=finding.aside, reason=finding.reason,
        receipts=receipts_of(work, flight.segments), source=key.source,
    )  # fmt: skip


def set_aside(visits: pl.DataFrame, integrity: pl.DataFrame) -> pl.DataFrame:
    """Set aside the visits that rest on positions which INTEGRITY sets aside.

    Parameters
    ----------
    visits : frame of VISITS
    integrity : frame of INTEGRITY
        Of `doubts`, or rows added by hand.

    Returns
    -------
    VISITS
        `quarantined` filled, with flag and reason, where a quarantined row of the same aircraft and track overlaps the
        visit (from the last position before it to the first after it); what is filled already stays.

    Notes
    -----
    `infer` sets aside by itself what its own flight says. This is for doubts from elsewhere: a list of a person's own,
    or another run with stricter limits. What it cannot see: whether a row about the flight in concerns the flight out.
    """
    by_key: dict[tuple[str | None, str | None], list[tuple[datetime, datetime, str]]] = {}
    for r in integrity.filter(pl.col("quarantined")).iter_rows(named=True):
        told = (r["from_utc"], r["to_utc"], f"{r['flag']}: {r['reason']}")
        by_key.setdefault((r["icao24"], r["track_id"]), []).append(told)
    if not by_key:
        return visits
    out: list[str | None] = []
    names = ("last_before_utc", "arrived_latest_utc", "departed_earliest_utc", "first_after_utc")
    for v in visits.iter_rows(named=True):
        known = [v[name] for name in names if v[name] is not None]
        why = v["quarantined"]
        for begin, end, text in by_key.get((v["icao24"], v["track_id"]), ()):
            if why is None and known and begin <= max(known) and end >= min(known):
                why = text
        out.append(why)
    return visits.with_columns(quarantined=pl.Series(out, dtype=pl.String))
