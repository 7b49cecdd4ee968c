"""What can be measured of one flight's positions: each check gives a finding or nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.arrays import ANONYMOUS, DEGRADED, QUALITY_KNOWN, SIL_KNOWN, SIL_ZERO
from wheelsdown.inference.kernel import JUMP, LONG, SEG_AIR
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S, REJECTED
from wheelsdown.inference.stops import Stop, Work
from wheelsdown.inference.targets import TARGET_KM
from wheelsdown.inference.trust import PLACEHOLDERS
from wheelsdown.schema import POSITION_SOURCES

__all__ = ["DoubtRules", "Finding", "Flight", "checks", "flights_of", "stalled_rows"]

_MLAT, _TISB = POSITION_SOURCES.index("mlat"), POSITION_SOURCES.index("tisb")


@dataclass(frozen=True)
class DoubtRules:
    """Thresholds of INTEGRITY beside those of `Rules` and `continuity.TrustRules`, each with unit and source."""

    mismatch_kt: float = 150.0
    """Difference of reported and derived speed, knots (docs/methods.md, Integrity)."""
    mismatch_fixes: int = 3
    """In so many positions in a row."""
    mismatch_s: float = 10.0
    """Speed is derived over at least so long: positions a second apart jitter."""
    altitude_ft: float = 3000.0
    """Change of altitude in less than `altitude_s` (docs/methods.md, Integrity)."""
    altitude_s: float = 10.0
    """See `altitude_ft`."""
    samples: int = 25
    """Positions that a share needs (adsbtrack)."""
    sil_suspect: float = 0.1
    """Share of sil 0, version 2, that is suspect (adsbtrack)."""
    degraded: float = 0.1
    """Share of nic < 7 or nac_p < 8 (14 CFR 91.227; GPSJam calls a tenth high)."""
    tisb: float = 0.1
    """Share of TIS-B positions worth a row."""
    stalled_kt: float = 100.0
    """Slower than this, at `stalled_ft`, no aircraft stays up that flew `stalled_fast_kt`."""
    stalled_ft: float = 20000.0
    """See `stalled_kt`."""
    stalled_fast_kt: float = 250.0
    """See `stalled_kt`."""
    stalled_s: float = 60.0
    """For at least so long."""
    low_ft: float = 3000.0
    """Near the ground, above the field: where multilateration alone shows no touchdown."""
    drop_ft: float = 5000.0
    """From so high above the field to the ground without a height between, within `drop_s`."""
    drop_s: float = 1200.0
    """See `drop_ft`."""
    target_ft: float = 10000.0
    """Lower than this above sea level, or standing, a position at a target looks like a landing there."""


@dataclass(slots=True)
class Flight:
    """A flight and the stay after it (before the first of a track, that too); rows lo to hi, false ones included."""

    group: int
    segments: list[int]
    lo: int
    hi: int
    stops: list[Stop] = field(default_factory=list)
    """Stops that it led to, or began from where nothing led to them."""


@dataclass(slots=True)
class Finding:
    """One row of INTEGRITY but for what names the flight."""

    flag: str
    rows: Any
    reason: str
    value: float | None = None
    unit: str | None = None
    limit: float | None = None
    share: bool = True
    aside: bool = False
    at: tuple[float, float] | None = None


def flights_of(work: Work, tracks: list[tuple[int, list[Stop]]]) -> list[Flight]:
    """Cut tracks into flights, each with the stops it led to."""
    out: list[Flight] = []
    of_segment: dict[int, Flight] = {}
    seg = work.seg
    for s in range(seg.shape[0]):
        g = int(seg[s, 0])
        last = out[-1] if out and out[-1].group == g else None
        flown = last is not None and any(seg[q, 1] == SEG_AIR for q in last.segments)
        if last is None or seg[s, 4] in (JUMP, LONG) or (seg[s, 1] == SEG_AIR and flown):
            lo = int(work.tracks.first[g]) if last is None else int(seg[s, 2])
            last = Flight(g, [], lo, lo)
            out.append(last)
        last.segments.append(s)
        ends = s + 1 < seg.shape[0] and seg[s + 1, 0] == g
        last.hi = int(seg[s + 1, 2]) - 1 if ends else int(work.tracks.first[g + 1]) - 1
        of_segment[s] = last
    for _, stops in tracks:
        for stop in stops:
            s = next(x for x in (stop.arrive.air, stop.ground, stop.depart.air) if x is not None)
            of_segment[s].stops.append(stop)
    return out


def checks(work: Work, flight: Flight, altitude: Any, rules: DoubtRules) -> Iterator[Finding]:
    """Measure one flight; `altitude` holds the altitudes as received."""
    yield from _address(work, flight)
    yield from _two(work, flight)
    yield from _jumps(work, flight)
    yield from _away(work, flight)
    yield from _figures(work, flight, rules)
    yield from _speeds(work, flight, rules)
    yield from _altitudes(work, flight, altitude, rules)
    yield from _others(work, flight, rules)
    yield from _target(work, flight, rules)
    yield from _drop(work, flight, rules)


def _rows(flight: Flight) -> Any:
    return np.arange(flight.lo, flight.hi + 1)


def _used(work: Work, flight: Flight) -> Any:
    rows = _rows(flight)
    return rows[work.state[rows] <= GROUND]


def _address(work: Work, flight: Flight) -> Iterator[Finding]:
    address, track, _ = work.tracks.keys[flight.group]
    if address in PLACEHOLDERS:
        why = f"{address} is a placeholder, not an aircraft's address"
        yield Finding("address_unreliable", _rows(flight), why, aside=True)
    elif track is not None and ANONYMOUS in track:
        yield Finding("address_unreliable", _rows(flight), "a non-ICAO address: it may be any aircraft's, or none's")


def _two(work: Work, flight: Flight) -> Iterator[Finding]:
    t = work.tracks.t
    for begin, end in work.tracks.episodes.get(flight.group, ()):
        rows = _rows(flight)
        rows = rows[(t[rows] >= begin) & (t[rows] <= end)]
        if len(rows):
            second = flight.group in work.tracks.part_of
            why = "two tracks alternate on this address as no aircraft flies: split, never averaged"
            why += "; this is the one heard second" if second else ""
            yield Finding("interleaved", rows, why, aside=second)


def _kt(work: Work, i: int, j: int) -> float:
    tr = work.tracks
    d = float(distance_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
    return d / max(1e-3, abs(float(tr.t[j] - tr.t[i]))) / KM_PER_KT_S


def _jumps(work: Work, flight: Flight) -> Iterator[Finding]:
    rows, seg = _rows(flight), work.seg
    limit = work.rules.jump_kt
    bad = rows[work.state[rows] == REJECTED]
    used = rows[work.state[rows] <= GROUND]
    if len(bad) and len(used):
        before = used[np.maximum(0, np.searchsorted(used, bad) - 1)]
        fastest = max(_kt(work, int(i), int(j)) for i, j in zip(before, bad, strict=True))
        why = f"{len(bad)} positions set aside: the rest does not lead to them at any speed flown"
        yield Finding("jump", bad, why, fastest, "kt", limit)
    first, last = flight.segments[0], flight.segments[-1]
    for s in (first, last + 1):
        if s < seg.shape[0] and seg[s, 0] == flight.group and s > 0 and seg[s, 4] == JUMP:
            i, j = int(seg[s - 1, 3]), int(seg[s, 2])
            why = "begins" if s == first else "ends"
            why += " with a jump that no aircraft flies: one of the two places is false"
            yield Finding("teleport", np.array([i, j]), why, _kt(work, i, j), "kt", limit, share=False)
    for s in flight.segments:
        for h in {float(x) for x in work.places[s, 6:8] if not math.isnan(x)}:
            j = int(np.searchsorted(work.tracks.t[flight.lo : flight.hi + 1], h)) + flight.lo
            before = _before(work, j)
            why = "a silence too short for its distance, at such heights and speeds: a jump may hide in it"
            yield Finding("teleport", np.array([before, j]), why, _kt(work, before, j), "kt", share=False)


def _before(work: Work, row: int) -> int:
    """Give the last believed position before a row."""
    i = row - 1
    while i > 0 and work.state[i] > GROUND:
        i -= 1
    return max(0, i)


def _away(work: Work, flight: Flight) -> Iterator[Finding]:
    rows = _rows(flight)
    rows = rows[work.state[rows] == AWAY]
    if not len(rows):
        return
    fastest = _kt(work, _before(work, int(rows[0])), int(rows[0]))
    minutes = float(work.tracks.t[rows[-1]] - work.tracks.t[rows[0]]) / 60.0
    why = f"elsewhere for {minutes:.0f} min and back, as no aircraft flies: those positions are left out"
    at = (float(np.median(work.tracks.lat[rows])), float(np.median(work.tracks.lon[rows])))
    yield Finding("teleport", rows, why, fastest, "kt", work.rules.jump_kt, at=at)


def _figures(work: Work, flight: Flight, rules: DoubtRules) -> Iterator[Finding]:
    if work.tracks.low is None:
        return
    rows = _rows(flight)
    low = work.tracks.low[rows]
    said, zero = (rows[(low & bit) > 0] for bit in (SIL_KNOWN, SIL_ZERO))
    if len(said) >= rules.samples and len(zero) >= rules.sil_suspect * len(said):
        share = len(zero) / len(said)
        why = f"sil 0 in {share:.0%} of {len(said)} positions of version 2: the aircraft does not vouch for them"
        yield Finding("low_integrity", zero, why, share, "share", rules.sil_suspect)
        return
    known, poor = (rows[(low & bit) > 0] for bit in (QUALITY_KNOWN, DEGRADED))
    if len(known) >= rules.samples and len(poor) >= rules.degraded * len(known):
        share = len(poor) / len(known)
        why = f"nic below 7 or nac_p below 8 in {share:.0%} of {len(known)} positions"
        yield Finding("low_integrity", poor, why, share, "share", rules.degraded)


def _derived(work: Work, rows: Any, least_s: float) -> tuple[Any, Any]:
    """Speed over at least so long before each row (NaN where none within a minute), and the row it is from."""
    tr = work.tracks
    t = tr.t[rows]
    back = np.searchsorted(t, t - least_s, side="right") - 1
    known = back >= 0
    j = rows[np.maximum(back, 0)]
    dt = t - tr.t[j]
    known &= (dt >= least_s) & (dt <= 60.0)
    d = distance_km(tr.lat[j], tr.lon[j], tr.lat[rows], tr.lon[rows])
    return np.where(known, d / np.maximum(dt, 1e-3) / KM_PER_KT_S, np.nan), j


def _longest(mask: Any) -> tuple[int, int]:
    """First and end of the longest run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    runs = edges.reshape(-1, 2)
    best = runs[int(np.argmax(runs[:, 1] - runs[:, 0]))]
    return int(best[0]), int(best[1])


def _speeds(work: Work, flight: Flight, rules: DoubtRules) -> Iterator[Finding]:
    rows = _used(work, flight)
    if len(rows) < rules.mismatch_fixes + 1:
        return
    derived, j = _derived(work, rows, rules.mismatch_s)
    # the speed may have changed meanwhile: both reported ones must differ from what the positions make
    gs = work.tracks.gs
    off = np.minimum(np.abs(gs[rows] - derived), np.abs(gs[j] - derived))
    a, b = _longest(off > rules.mismatch_kt)
    if b - a >= rules.mismatch_fixes:
        why = f"{b - a} positions in a row report a speed that their places do not make"
        yield Finding("speed_mismatch", rows[a:b], why, float(np.max(off[a:b])), "kt", rules.mismatch_kt)
    slow = stalled_rows(work, flight, rules)
    if len(slow):
        height = float(np.nanmedian(work.tracks.alt[slow]))
        value = float(np.nanmedian(_derived(work, slow, rules.mismatch_s)[0]))
        why = f"{value:.0f} kt at {height:,.0f} ft by an aircraft that flew {rules.stalled_fast_kt:.0f} kt and more"
        yield Finding("stalled", slow, why, value, "kt", rules.stalled_kt)


def stalled_rows(work: Work, flight: Flight, rules: DoubtRules) -> Any:
    """Positions of the longest stretch high up and too slow to fly, of an aircraft that flew fast."""
    rows = _rows(flight)
    rows = rows[(work.state[rows] <= GROUND) | (work.state[rows] == AWAY)]
    gs = work.tracks.gs[rows]
    if not len(rows) or not np.nanmax(np.where(np.isnan(gs), 0.0, gs)) >= rules.stalled_fast_kt:
        return rows[:0]
    derived, _ = _derived(work, rows, rules.mismatch_s)
    a, b = _longest((derived < rules.stalled_kt) & (work.tracks.alt[rows] >= rules.stalled_ft))
    long = b > a and float(work.tracks.t[rows[b - 1]] - work.tracks.t[rows[a]]) >= rules.stalled_s
    return rows[a:b] if long else rows[:0]


def _altitudes(work: Work, flight: Flight, altitude: Any, rules: DoubtRules) -> Iterator[Finding]:
    rows = _rows(flight)
    heard = rows[~np.isnan(altitude[rows])]
    blanked = heard[np.isnan(work.tracks.alt[heard])]
    step = np.abs(np.diff(altitude[heard]))
    quick = np.diff(work.tracks.t[heard]) < rules.altitude_s
    jumps = heard[1:][quick & (step > rules.altitude_ft)]
    bad = np.union1d(blanked, jumps).astype(np.int64)
    if len(bad):
        most = float(np.max(step[quick], initial=0.0))
        why = f"{len(bad)} altitudes that no climb or descent leads to"
        why += f"; {len(blanked)} of them left out" if len(blanked) else ""
        yield Finding("altitude_jump", bad, why, most, "ft", rules.altitude_ft)


def _others(work: Work, flight: Flight, rules: DoubtRules) -> Iterator[Finding]:
    rows = _rows(flight)
    relayed = rows[work.tracks.ps[rows] == _TISB]
    if len(relayed) >= rules.tisb * len(rows):
        share = len(relayed) / len(rows)
        why = "positions relayed by ground stations: not what the aircraft broadcast"
        yield Finding("tisb", relayed, why, share, "share", rules.tisb)
    used = _used(work, flight)
    for stop in flight.stops:
        if stop.field is None or stop.grade is None:
            continue
        height = work.tracks.alt[used] - float(work.index.f_guess_ft[stop.field])
        near = distance_km(work.tracks.lat[used], work.tracks.lon[used], stop.lat, stop.lon) <= 30.0
        low = used[near & ((height < rules.low_ft) | (work.state[used] == GROUND))]
        if len(low) and bool(np.all(work.tracks.ps[low] == _MLAT)):
            why = f"all {len(low)} positions near the ground are multilateration: they show no touchdown"
            yield Finding("mlat_only", low, why)


def _target(work: Work, flight: Flight, rules: DoubtRules) -> Iterator[Finding]:
    rows, tr = _rows(flight), work.tracks
    jumped = {s for s in flight.segments if work.seg[s, 4] == JUMP}
    for target, since, until in work.targets:
        d = distance_km(tr.lat[rows], tr.lon[rows], target.latitude_deg, target.longitude_deg)
        at = rows[(d <= TARGET_KM) & (tr.t[rows] >= since) & (tr.t[rows] <= until)]
        if not len(at):
            continue
        false = at[(work.state[at] == AWAY) | (work.state[at] == REJECTED)]
        low = at[(work.state[at] == GROUND) | (tr.alt[at] < rules.target_ft)]
        found = false if len(false) else low if jumped else at[:0]
        if len(found):
            why = f"false positions are put at {target.code} ({target.source}), and the track jumps there"
            yield Finding("spoofing_target", found, why, at=(target.latitude_deg, target.longitude_deg))


def _drop(work: Work, flight: Flight, rules: DoubtRules) -> Iterator[Finding]:
    for stop in flight.stops:
        if stop.ground is None or stop.arrive.air is None or stop.field is None:
            continue
        i, j = int(work.seg[stop.arrive.air, 3]), int(work.seg[stop.ground, 2])
        height = float(work.tracks.alt[i]) - float(work.index.f_guess_ft[stop.field])
        dt = float(work.tracks.t[j] - work.tracks.t[i])
        if height >= rules.drop_ft and dt <= rules.drop_s:
            why = f"last received {height:,.0f} ft above the field, {dt / 60:.0f} min later on the ground"
            yield Finding("no_descent", np.array([i, j]), why, height, "ft", rules.drop_ft, share=False)
