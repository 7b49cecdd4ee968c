"""Rows of VISITS and LEGS from stops and segments."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from wheelsdown.geo import place_id
from wheelsdown.inference import ends as en
from wheelsdown.inference.evidence import basis_of, rivals_of
from wheelsdown.inference.kernel import JUMP, SEG_AIR
from wheelsdown.inference.points import GROUND
from wheelsdown.inference.probability import calibration
from wheelsdown.inference.sentences import DOUBT, end_sentence, no_end_sentence, stop_reasons
from wheelsdown.inference.sides import sides
from wheelsdown.inference.stats import other_field_km
from wheelsdown.inference.stops import LIKELY, OBSERVED, POSSIBLE, Side, Stop, Work
from wheelsdown.inference.trust import leg_doubts
from wheelsdown.schema import LEGS, VISITS
from wheelsdown.table import Table

__all__ = [
    "Rows",
    "callsign_of",
    "flags_of",
    "key_of",
    "leg_rows",
    "receipts_of",
    "stable_id",
    "visit_rows",
]

_SHOWN = 8
_GRADES = {POSSIBLE: "possible", LIKELY: "likely", OBSERVED: "observed"}


def stable_id(key: str, t: float | None, salt: str = "") -> str:
    """Name a row after its aircraft and minute; four digits of a hash tell apart what falls into one minute."""
    when = 0 if t is None else round(t)
    digest = hashlib.sha256(f"{key}|{when}|{salt}".encode()).hexdigest()[:4]
    stamp = np.datetime_as_string(np.datetime64(when, "s"), unit="m").replace("-", "").replace(":", "")
    safe = "".join(ch if ch.isalnum() else "-" for ch in key)[:40]
    return f"{safe}-{stamp}Z-{digest}"


def _all(*_: object) -> bool:
    return True


@dataclass(slots=True)
class _Key:
    address: str | None
    track: str | None
    source: str

    @property
    def text(self) -> str:
        return self.address or self.track or "unnamed"

    @property
    def salt(self) -> str:
        """What tells tracks of one address apart: the provider, and which of several heard at once."""
        return self.source if self.address is None or self.track is None else f"{self.source} {self.track}"


def key_of(work: Work, g: int) -> _Key:
    """Name the track of a group."""
    return _Key(*work.tracks.keys[g])


def receipts_of(work: Work, segments: Sequence[int | None]) -> list[str]:
    """Give the files that segments rest on."""
    if not work.tracks.receipts:
        return []
    if len(work.tracks.receipts) == 1:
        first = next(s for s in segments if s is not None)
        return list(work.tracks.receipts) if work.tracks.receipt[work.seg[first, 2]] >= 0 else []
    codes: set[int] = set()
    for s in segments:
        if s is not None:
            codes.update(np.unique(work.tracks.receipt[work.seg[s, 2] : work.seg[s, 3] + 1]).tolist())
    codes.discard(-1)
    return [work.tracks.receipts[c] for c in sorted(codes)]


def _moment(arrive: Side, depart: Side) -> float | None:
    return next((t for t in (arrive.best, depart.best, arrive.latest) if t is not None), None)


def callsign_of(work: Work, s: int | None, which: int) -> str | None:
    """Give a call sign of a segment: heard most (0), first (1) or last (2)."""
    if s is None:
        return None
    c = int(work.stats[s, which])
    return work.tracks.callsigns[c] if c >= 0 else None


def flags_of(work: Work, segments: Sequence[int | None]) -> list[str]:
    """Count what weakens the positions of segments."""
    out = []
    names = ((3, "positions_rejected"), (4, "estimated_positions"), (5, "mlat_or_tisb"))
    for column, name in names:
        n = sum(int(work.stats[s, column]) for s in segments if s is not None)
        if n:
            out.append(f"{name}:{n}")
    return out


def _doubts(stop: Stop) -> list[str]:
    flags = (("jump", stop.thrown), ("contested_positions", stop.contested))
    return [*(name for name, raised in flags if raised), *stop.doubts]


def _place(work: Work, stop: Stop | None) -> str | None:
    if stop is None:
        return None
    if stop.field is not None:
        return work.names.code[stop.field]
    return place_id(stop.lat, stop.lon) if stop.ground is not None else None


class Rows:
    """Columns of one table, filled row by row."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns: dict[str, list[Any]] = {n: [] for n in table.names}

    def add(self, **values: Any) -> None:
        """Append a row; columns not named are null."""
        for name, column in self.columns.items():
            column.append(values.get(name))

    def frame(self) -> pl.DataFrame:
        """Turn the columns into the table."""
        out = []
        for name, dtype in self.table.schema.items():
            values = self.columns[name]
            if isinstance(dtype, pl.Datetime):
                # to the millisecond, as the positions are
                ms = [None if v is None else round(v * 1000) for v in values]
                out.append(pl.Series(name, ms, dtype=pl.Int64).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"))
            elif dtype == pl.List(pl.String):
                out.append(_lists(name, values))
            else:
                out.append(pl.Series(name, values, dtype=dtype))
        return pl.DataFrame(out)


def _lists(name: str, values: list[list[str] | None]) -> pl.Series:
    """Texts in lists, laid out flat first: polars takes a list of lists ten times as slowly."""
    flat = [text for texts in values for text in texts or ()]
    offsets = np.cumsum([0, *(len(texts or ()) for texts in values)], dtype=np.int64)
    array = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(flat, pa.large_string()))
    return pl.Series(name, pl.from_arrow(array), dtype=pl.List(pl.String))


def _origin_of(work: Work, stops: Sequence[Stop], n: int) -> tuple[str | None, str | None]:
    """Where the flight into stop n came from."""
    s = stops[n].arrive.air
    if s is None:
        return None, None
    for m in range(n - 1, -1, -1):
        if stops[m].depart.air == s:
            return _side_name(work, stops[m], arrival=False)
    return None, None


def _next_of(work: Work, stops: Sequence[Stop], n: int) -> tuple[str | None, str | None]:
    s = stops[n].depart.air
    if s is None:
        return None, None
    for m in range(n + 1, len(stops)):
        if stops[m].arrive.air == s:
            return _side_name(work, stops[m], arrival=True)
    return None, None


def _side_name(work: Work, stop: Stop, *, arrival: bool) -> tuple[str | None, str | None]:
    """Name and grade of one side of a stop, as the end of a leg."""
    side = stop.arrive if arrival else stop.depart
    if stop.ground is not None:
        if stop.grade == "ruled_out":
            return None, None
        best = {"observed": OBSERVED, "likely": LIKELY}.get(stop.grade or "", POSSIBLE)
        return _place(work, stop), _GRADES[best if side.seen else POSSIBLE]
    if stop.field is None or side.air is None:
        return None, None
    if side.field != stop.field:
        # this side only fails to contradict the other
        return (
            (work.names.code[stop.field], "possible")
            if side.field is None and stop.grade in ("likely",) and _in_reach(work, stop, side.air, arrival)
            else (None, None)
        )
    own = work.cand[side.air, 0 if arrival else 1, 0]
    top = int(own[en.C_FIELD]) == stop.field
    if stop.grade == "inferred" or (top and side.grade == LIKELY):
        return work.names.code[stop.field], "likely"
    return work.names.code[stop.field], "possible"


def _in_reach(work: Work, stop: Stop, s: int, arrival: bool) -> bool:
    which = 0 if arrival else 1
    n = int(work.ends[s, which, en.END_N])
    fields = work.cand[s, which, :n, en.C_FIELD]
    return bool(np.any(fields == stop.field))


def _hidden(work: Work, stop: Stop) -> int | None:
    """How many other stops would fit in the silence (space-time prism; Pfoser and Jensen 1999)."""
    if stop.field is None:
        return None if max(_silences(work, stop)) >= 60.0 * work.rules.ground_time_min else 0
    ground_s = 60.0 * work.rules.ground_time_min
    v = work.rules.fast_kt * 1.852 / 3600.0
    away_km = float(other_field_km(stop.field, 800.0, work.index))
    away_km = 300.0 if math.isinf(away_km) else away_km
    there_and_back = 2.0 * away_km / v + 2.0 * ground_s
    if stop.ground is None:
        # between two positions in the air the stay itself takes its time too
        spare = max(_silences(work, stop)) - (stop.arrive.path_km + stop.depart.path_km) / v - ground_s
        return max(0, math.floor(spare / there_and_back))
    return sum(max(0, math.floor((silence + ground_s) / there_and_back)) for silence in _silences(work, stop))


def _unbroken_min(work: Work, stop: Stop) -> float:
    """Longest stretch on the ground without a silence in which it could have gone elsewhere and back."""
    if stop.ground is None:
        return 0.0
    lo, hi = (int(work.seg[stop.ground, q]) for q in (2, 3))
    t = work.tracks.t[lo : hi + 1][work.state[lo : hi + 1] == GROUND]
    breaks = np.flatnonzero(np.diff(t) >= 60.0 * work.rules.ground_time_min)
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(t) - 1)
    return float(np.max(t[ends] - t[starts])) / 60.0 if len(t) else 0.0


def _silences(work: Work, stop: Stop) -> tuple[float, ...]:
    """Silences before, in and after a stay, in seconds: the longest one in it stands for all inside."""
    if stop.ground is None:
        return (stop.arrive.silence_s,)
    return (stop.arrive.silence_s, float(work.places[stop.ground, 2]), stop.depart.silence_s)


def visit_rows(
    work: Work, tracks: Sequence[tuple[int, list[Stop]]], *, wanted: Callable[[Stop], bool] = _all
) -> pl.DataFrame:
    """VISITS of every stop that has a grade."""
    rows = Rows(VISITS)
    fitted = calibration()
    for g, stops in tracks:
        key = key_of(work, g)
        for n, stop in enumerate(stops):
            if stop.grade is None or not wanted(stop):
                continue
            segments = (stop.arrive.air, stop.ground, stop.depart.air)
            a, d = stop.arrive, stop.depart
            origin, origin_grade = _origin_of(work, stops, n)
            then, then_grade = _next_of(work, stops, n)
            least = most = None
            if a.latest is not None and d.earliest is not None:
                least = max(0.0, d.earliest - a.latest) / 60.0
            if a.earliest is not None and d.latest is not None:
                most = max(0.0, d.latest - a.earliest) / 60.0
            if least is None and stop.ground is not None:
                least = float(work.tracks.t[work.seg[stop.ground, 3]] - work.tracks.t[work.seg[stop.ground, 2]]) / 60.0
            stayed = least
            hidden = _hidden(work, stop)
            if stop.contested or stop.thrown or "teleport" in stop.doubts:
                most = None
            if hidden != 0 and least is not None:
                least = min(least, _unbroken_min(work, stop))
            k = stop.field
            codes = work.names.code
            basis = basis_of(work, stop)
            rows.add(
                visit_id=stable_id(key.text, _moment(a, d), key.salt),
                icao24=key.address, track_id=key.track, source=key.source,
                callsign_in=callsign_of(work, a.air, 2), callsign_out=callsign_of(work, d.air, 1),
                airfield=None if k is None else codes[k],
                airfield_name=None if k is None else work.names.name[k],
                place_id=work.names.ident[k] if k is not None else place_id(stop.lat, stop.lon),
                latitude_deg=stop.lat, longitude_deg=stop.lon,
                rivals=[codes[x] for x in stop.rivals],
                basis=basis, probability=fitted.of(basis), rivals_probability=rivals_of(work, stop, fitted),
                excluded=[f"{codes[x]}: {why}" for x, why in islice(stop.excluded.items(), _SHOWN)],
                arrived_earliest_utc=a.earliest, arrived_utc=a.best, arrived_latest_utc=a.latest,
                departed_earliest_utc=d.earliest, departed_utc=d.best, departed_latest_utc=d.latest,
                dwell_least_min=least, dwell_most_min=most,
                grade=stop.grade, reasons=stop_reasons(work, stop),
                origin=origin, origin_grade=origin_grade, next_stop=then, next_stop_grade=then_grade,
                hidden_visits_most=hidden, dwell_stayed_min=stayed,
                integrity=[*flags_of(work, segments), *_doubts(stop)], quarantined=stop.set_aside,
                grade_if_believed=None if stop.set_aside is None else stop.if_believed,
                receipts=receipts_of(work, segments),
                last_before_utc=None if a.air is None else float(work.tracks.t[work.seg[a.air, 3]]),
                first_after_utc=None if d.air is None else float(work.tracks.t[work.seg[d.air, 2]]),
                time_zone=None if k is None else work.names.zone[k],
                **sides(work, stop),
            )  # fmt: skip
    return rows.frame()


def leg_rows(
    work: Work, tracks: Sequence[tuple[int, list[Stop]]], *, wanted: Callable[[int], bool] = _all
) -> pl.DataFrame:
    """LEGS: every stretch of flight, with the stops at its two ends."""
    rows = Rows(LEGS)
    before: dict[int, Stop] = {}
    after: dict[int, Stop] = {}
    for _, stops in tracks:
        for stop in stops:
            if stop.depart.air is not None:
                before[stop.depart.air] = stop
            if stop.arrive.air is not None:
                after[stop.arrive.air] = stop
    for s in range(work.seg.shape[0]):
        if work.seg[s, 1] != SEG_AIR or not wanted(s):
            continue
        key = key_of(work, int(work.seg[s, 0]))
        values: dict[str, Any] = {}
        reasons = []
        sides: tuple[tuple[Stop | None, int, tuple[str, str]], ...] = (
            (before.get(s), 1, ("origin", "took_off")),
            (after.get(s), 0, ("destination", "landed")),
        )
        for beside, which, names in sides:
            place, grade = (None, None) if beside is None else _side_name(work, beside, arrival=which == 0)
            side = None if beside is None else beside.depart if which else beside.arrive
            if side is not None:
                values[f"{names[1]}_earliest_utc"] = side.earliest
                values[f"{names[1]}_utc"] = side.best if place is not None else None
                values[f"{names[1]}_latest_utc"] = side.latest
            values[names[0]], values[f"{names[0]}_grade"] = place, grade
            rivals = _leg_rivals(work, s, which, beside, place)
            values[f"{names[0]}_rivals"] = rivals
            reasons.append(f"{names[0]}: " + _leg_reason(work, s, which, beside, place))
        t0, t1 = (float(work.tracks.t[int(work.seg[s, q])]) for q in (2, 3))
        last = s + 1 < work.seg.shape[0] and work.seg[s + 1, 0] == work.seg[s, 0] and work.seg[s + 1, 4] == JUMP
        if last:
            reasons.append(f"ends with a jump that no aircraft can fly: {DOUBT}")
        if work.seg[s, 4] == JUMP:
            reasons.append(f"begins with a jump that no aircraft can fly: {DOUBT}")
        rows.add(
            leg_id=stable_id(key.text, t0, "leg" if key.salt == key.source else f"leg {key.track}"),
            icao24=key.address, track_id=key.track, source=key.source,
            callsign=callsign_of(work, s, 0), reasons=reasons, receipts=receipts_of(work, (s,)),
            first_received_utc=t0, last_received_utc=t1, **values,
            integrity=[*flags_of(work, (s,)), *leg_doubts(work, s)],
        )  # fmt: skip
    return rows.frame()


def _leg_reason(work: Work, s: int, which: int, stop: Stop | None, place: str | None) -> str:
    if stop is None:
        return "the positions jump here: nothing is inferred"
    if stop.ground is not None:
        side = stop.arrive if which == 0 else stop.depart
        if stop.grade == "ruled_out":
            return "the positions jump here: nothing is inferred"
        seen = stop.grade == "observed" and side.seen
        return f"{'observed' if seen else 'received'} on the ground at {place} ({stop.grade})"
    if place is None and work.ends[s, which, en.END_GRADE] >= 1:
        return end_sentence(work, s, which) + "; the other side of the silence does not agree"
    return end_sentence(work, s, which) if place is not None else no_end_sentence(work, s, which)


def _leg_rivals(work: Work, s: int, which: int, stop: Stop | None, place: str | None) -> list[str]:
    if stop is not None and stop.ground is not None:
        return [work.names.code[k] for k in stop.rivals[:_SHOWN]]
    n = int(work.ends[s, which, en.END_N])
    out = []
    for c in work.cand[s, which, :n]:
        if c[en.C_WHY] == en.STAYS:
            code = work.names.code[int(c[en.C_FIELD])]
            if code != place:
                out.append(code)
    return out[:_SHOWN]
