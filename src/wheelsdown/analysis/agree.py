"""Two lists of visits held against one another: in both, in one only, told differently; and what may be said of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.lineage import shared_lineage
from wheelsdown.analysis.matching import Pair, Stop, apart_s, departures_apart_s, matched, stops_of
from wheelsdown.analysis.stats_totals import chapman
from wheelsdown.analysis.twice import TWICE, told_twice
from wheelsdown.analysis.wording import capital, name, number, window
from wheelsdown.errors import UsageError
from wheelsdown.schema import AGREED, AGREEMENT, SELECTIONS

__all__ = ["agree"]

LEAST_IN_BOTH: Final = 7
"""Below it Chapman's estimate is biased and hardly bounded (Robson and Regier 1964)."""
_SIMULATED: Final = "SIMULATED"
_BACKWARDS: Final = "departs_before_arrival"


def agree(
    first: pl.DataFrame,
    second: pl.DataFrame,
    *,
    first_name: str,
    second_name: str,
    window_min: float = 90.0,
    apart_min: float = 15.0,
    since: datetime | None = None,
    until: datetime | None = None,
    time_zone: str = "UTC",
    independent: bool | None = None,
    first_selection: str = "all",
    second_selection: str = "all",
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare two lists of visits.

    Parameters
    ----------
    first, second : frames of VISITS
        Of the same aircraft and places: two providers, or a provider and an observers' log.
    first_name, second_name : str
        What sentences call them.
    window_min : float
        Touchdowns of one visit lie no farther apart, or their intervals overlap.
    apart_min : float
        Times farther apart than this, whose intervals do not overlap, are a discrepancy; and a row of another aircraft
        at one place is taken for the same visit only if it is no farther apart, and the only one left.
    since, until : datetime, optional
        The window that both cover; by default the UTC days from the later of the two first touchdowns to the earlier of
        the two last.
    time_zone : str
        IANA zone of the sentence.
    independent : bool, optional
        Whether the two miss visits independently; by default judged from what they rest on (`analysis.lineage`).
    first_selection, second_selection : str
        all, fleet, hand_picked.

    Returns
    -------
    AGREED, AGREEMENT
        One row, and one row a visit.

    Raises
    ------
    UsageError
        The window is empty or naive, a number is below 0, or a selection is unknown.

    Notes
    -----
    It matches by address, else by tail, else by call sign. Rows that contradict themselves, and those set aside or
    rejected, are flagged and matched with nothing. Two lists that agree may both be wrong. Chapman's estimate supposes
    a closed window, right matching, lists that are independent, and visits equally easy to see; for two providers none
    of the last two holds, so it is refused for them, and a lower estimate everywhere. It is refused too where a list
    may tell a stay twice (`analysis.twice`): the second row finds no partner, and would make a total of nothing.
    """
    _check(window_min, apart_min, since, until, first_selection, second_selection)
    here, there = stops_of(_stops(first)), stops_of(_stops(second))
    good = [[s for s in stops if _fault(s) is None] for stops in (here, there)]
    begin, end = _common(good, since, until)
    pairs, left, right = matched(good[0], good[1], window_min=window_min, apart_min=apart_min)
    pairs = [p for p in pairs if _inside(p.first, begin, end) or _inside(p.second, begin, end)]
    outside = [sum(not _inside(s, begin, end) for s in side) for side in (left, right)]
    left, right = ([s for s in side if _inside(s, begin, end)] for side in (left, right))
    flagged = [(s, 0) for s in here if _fault(s)] + [(s, 1) for s in there if _fault(s)]
    flagged = [(s, side) for s, side in flagged if _inside(s, begin, end)]
    rows = [_pair_row(p, apart_min) for p in pairs]
    rows += [_row("first_only", s, 0, f"nothing in {second_name} within {window_min:g} minutes") for s in left]
    rows += [_row("second_only", s, 1, f"nothing in {first_name} within {window_min:g} minutes") for s in right]
    rows += [_row("flagged", s, side, _fault(s)) for s, side in flagged]
    rows.sort(key=lambda r: (r["first_arrived_utc"] or r["second_arrived_utc"] or r["_at"], r["kind"]))
    out: dict[str, Any] = {
        "first": first_name,
        "second": second_name,
        "from_utc": begin,
        "to_utc": end,
        "first_visits": len(pairs) + len(left),
        "second_visits": len(pairs) + len(right),
        "both": len(pairs),
        "first_only": len(left),
        "second_only": len(right),
        "discrepancies": sum(r["kind"] == "discrepancy" for r in rows),
        "flagged": len(flagged),
    }
    refused = _refused(out, first, second, independent, (first_selection, second_selection))
    reasons = [refused or _assumed(independent)]
    for which, count in zip((first_name, second_name), outside, strict=True):
        if count:
            reasons.append(f"{count} of {which} lie outside the window that both cover and were not compared")
    if refused is None:
        total = chapman(out["first_visits"], out["second_visits"], out["both"])
        out |= {"chapman": total.mean, "chapman_least": total.least, "chapman_most": total.most}
    out["reason"] = "; ".join(reasons)
    simulated = any(s.startswith(_SIMULATED) for f in (first, second) for s in _sources(f))
    out["sentence"] = (f"{_SIMULATED}: " if simulated else "") + _sentence(out, refused, time_zone)
    summary = pl.DataFrame([{n: out.get(n) for n in AGREED.names}], schema=AGREED.schema, orient="row")
    each = pl.DataFrame([{n: r.get(n) for n in AGREEMENT.names} for r in rows], schema=AGREEMENT.schema, orient="row")
    return summary, each


def _check(
    window_min: float,
    apart_min: float,
    since: datetime | None,
    until: datetime | None,
    first_selection: str,
    second_selection: str,
) -> None:
    if not (0 <= window_min < 7 * 24 * 60 and 0 <= apart_min < 7 * 24 * 60):
        raise UsageError("the minutes that touchdowns may lie apart are 0 or more, and less than a week")
    if any(t is not None and t.tzinfo is None for t in (since, until)):
        raise UsageError("the window needs times with their zone")
    if since is not None and until is not None and since >= until:
        raise UsageError(f"the window is empty: {since} is not before {until}")
    for selection in (first_selection, second_selection):
        if selection not in SELECTIONS:
            raise UsageError(f"no selection {selection!r}: one of {', '.join(SELECTIONS)}")


def _stops(visits: pl.DataFrame) -> pl.DataFrame:
    return visits.filter(pl.col("grade") != "ruled_out")


def _sources(visits: pl.DataFrame) -> list[str]:
    return visits["source"].drop_nulls().unique().sort().to_list()


def _fault(stop: Stop) -> str | None:
    """Tell why a row takes no part in the matching."""
    row = stop.row
    if _BACKWARDS in (row["integrity"] or ()) or (
        stop.arrived is not None and stop.departed is not None and stop.departed[1] < stop.arrived[1]
    ):
        return "contradicts itself: leaves before it arrives"
    if row["quarantined"] is not None:
        return f"set aside: {row['quarantined']}"
    if row["verdict"] == "reject" and row["check_state"] == "current":
        return f"rejected by {row['checked_by'] or 'a person'}"
    return None


def _common(
    sides: Sequence[Sequence[Stop]], since: datetime | None, until: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """Give the window that both cover: as stated, else the days of both."""
    if (since is None or until is None) and not all(sides):
        return None, None
    if since is None:
        day = max(_when(side[0]) for side in sides).date()
        since = datetime.combine(day, time(), tzinfo=UTC)
    if until is None:
        day = min(_when(side[-1]) for side in sides).date() + timedelta(days=1)
        until = datetime.combine(day, time(), tzinfo=UTC)
    return (since, until) if since < until else (None, None)


def _when(stop: Stop) -> datetime:
    return datetime.fromtimestamp(stop.at_s, tz=UTC)


def _inside(stop: Stop, begin: datetime | None, end: datetime | None) -> bool:
    return begin is not None and end is not None and begin.timestamp() <= stop.at_s < end.timestamp()


def _row(kind: str, stop: Stop, side: int, reason: str | None) -> dict[str, Any]:
    r, which = stop.row, ("first", "second")[side]
    return {
        "kind": kind,
        "icao24": r["icao24"],
        "registration": r["registration"],
        "airfield": r["airfield"],
        f"{which}_id": r["visit_id"],
        f"{which}_arrived_utc": r["arrived_utc"],
        f"{which}_departed_utc": r["departed_utc"],
        f"{which}_grade": r["grade"],
        "first_arrived_utc": r["arrived_utc"] if side == 0 else None,
        "second_arrived_utc": r["arrived_utc"] if side == 1 else None,
        "differs": [],
        "reason": reason,
        "_at": _when(stop),
    }


def _pair_row(pair: Pair, apart_min: float) -> dict[str, Any]:
    a, b = pair.first, pair.second
    differs = _differences(pair, apart_min)
    one, other = (_row("", s, side, None) for side, s in enumerate((a, b)))
    arrived = (a.row["arrived_utc"], b.row["arrived_utc"])
    matched_by = (
        "address" if a.icao24 and a.icao24 == b.icao24 else "tail" if a.tail and a.tail == b.tail else "call sign"
    )
    reason = f"matched by {matched_by}"
    if pair.how == "other aircraft":
        reason = "another aircraft, and the only row left at this place and time"
    elif pair.how == "same" and a.airfield and b.airfield and a.airfield != b.airfield:
        reason += f"; {a.airfield} and {b.airfield} are rivals that could not be excluded"
    return {
        **one,
        **{k: v for k, v in other.items() if k.startswith("second_")},
        "kind": "discrepancy" if differs else "both",
        "icao24": a.row["icao24"] or b.row["icao24"],
        "registration": a.row["registration"] or b.row["registration"],
        "airfield": a.airfield or b.airfield,
        "difference_min": None if None in arrived else (arrived[1] - arrived[0]) / timedelta(minutes=1),
        "differs": differs,
        "reason": reason,
    }


def _differences(pair: Pair, apart_min: float) -> list[str]:
    a, b = pair.first, pair.second
    out = []
    if pair.how == "other field":
        out.append(f"airfield: {a.airfield or 'a place on no list'} and {b.airfield or 'a place on no list'}")
    if a.tail and b.tail and a.tail != b.tail:
        out.append(f"tail: {a.row['registration']} and {b.row['registration']}")
    if a.icao24 and b.icao24 and a.icao24 != b.icao24:
        out.append(f"address: {a.icao24} and {b.icao24}")
    for end, between in (("arrival", apart_s(a, b)), ("departure", departures_apart_s(a, b))):
        if end == "arrival" and (a.arrived is None or b.arrived is None):
            continue
        if between is not None and abs(between[0]) > apart_min * 60 and not between[1]:
            out.append(f"{end}: {abs(between[0]) / 60:.0f} minutes apart")
    for end in ("origin", "next_stop"):
        said = (a.row[end], b.row[end])
        if None not in said and said[0] != said[1]:
            out.append(f"{end.replace('_', ' ')}: {said[0]} and {said[1]}")
    if a.signs and b.signs and not a.signs & b.signs:
        out.append(f"call sign: {' '.join(sorted(a.signs))} and {' '.join(sorted(b.signs))}")
    return out


def _refused(
    out: dict[str, Any],
    first: pl.DataFrame,
    second: pl.DataFrame,
    independent: bool | None,
    selections: tuple[str, str],
) -> str | None:
    """Say why no total may be estimated, or None where it may."""
    if out["from_utc"] is None:
        return "no total: the two cover no common window"
    for which, selection in zip((out["first"], out["second"]), selections, strict=True):
        if selection == "hand_picked":
            return f"no total: {name(which)} is taken as chosen by hand, and what was left out is in no list"
    if independent is False:
        return "no total: the two are not independent, as stated"
    if independent is None and (shared := shared_lineage(_sources(first), _sources(second))):
        return f"no total: {shared}"
    if out["both"] < LEAST_IN_BOTH:
        return f"no total: fewer than {number(LEAST_IN_BOTH)} visits are in both"
    if not (out["first_only"] and out["second_only"]):
        return "no total: one list holds all of the other, so that nothing tells how many neither holds"
    for which, visits in ((out["first"], first), (out["second"], second)):
        if n := _repeated(visits, out["from_utc"], out["to_utc"]):
            rows = "a row of it may be the same stay as another" if n == 1 else f"{n} rows of it may repeat others"
            return f"no total: {name(which)} may tell a stay twice ({rows})"
    return None


def _repeated(visits: pl.DataFrame, begin: datetime, end: datetime) -> int:
    """Count the rows of one list in the window that may be the same stay as another of its rows."""
    told = told_twice(_stops(visits).filter(pl.col("quarantined").is_null()))
    return told.filter(pl.col(TWICE).is_not_null(), pl.col("arrived_utc") >= begin, pl.col("arrived_utc") < end).height


def _assumed(independent: bool | None) -> str:
    how = "taken as independent, as stated" if independent else "nothing is known that the two share"
    return f"Chapman's estimate, a lower one: {how}; what both were bound to miss is not in it"


def _sentence(out: dict[str, Any], refused: str | None, zone: str) -> str:
    one, other = name(out["first"]), name(out["second"])
    if out["from_utc"] is None:
        return f"{one} and {other} cover no common window: nothing could be compared."
    m, a, b = out["both"], out["first_only"], out["second_only"]
    text = (
        f"{capital(window(out['from_utc'], out['to_utc'], zone))}, {_visits(m)} in both {one} and {other}, "
        f"{_none(a)} only in {one} and {_none(b)} only in {other}."
    )
    if k := out["discrepancies"]:
        text += f" Of those in both, {number(k)} {'is' if k == 1 else 'are'} told differently."
    if k := out["flagged"]:
        rows = (
            "row contradicts itself or was set aside, and was"
            if k == 1
            else "rows contradict themselves or were set aside, and were"
        )
        text += f" {capital(number(k))} {rows} left out."
    if m + a + b:
        text += f" Together they name {number(m + a + b)}."
    if refused:
        return f"{text} {capital(refused)}."
    least, most = out["chapman_least"], out["chapman_most"]
    return (
        f"{text} In all there were at least about {out['chapman']:.0f} (between {least:.0f} and {most:.0f}), "
        "if the two missed visits independently; where they share what they miss, there were more."
    )


def _visits(n: int) -> str:
    return f"{number(n)} visit is" if n == 1 else f"{number(n)} visits are"


def _none(n: int) -> str:
    return number(n) if n else "none"
