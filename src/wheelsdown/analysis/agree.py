"""Two lists of visits held against one another: in both, in one only, told differently; and what may be said of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.agree_total import assumed, is_sure, refused, sure_of, total_of
from wheelsdown.analysis.agree_words import sentence
from wheelsdown.analysis.matching import Pair, Stop, apart_s, departures_apart_s, matched, near, stops_of
from wheelsdown.analysis.twice import TWICE, told_twice
from wheelsdown.errors import UsageError
from wheelsdown.schema import AGREED, AGREEMENT, SELECTIONS

__all__ = ["agree"]

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
        Times farther apart than this, whose intervals do not overlap, are a discrepancy. It changes nothing in what is
        matched.
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
    It matches by address, else by tail, else by call sign. Rows that contradict themselves, those set aside or
    rejected, and those that may tell a stay a second time (`analysis.twice`), are listed and left out; a visit of which
    the other list has only such a row is in neither "only". Two lists that agree may both be wrong. Chapman's estimate
    supposes a closed window, right matching, lists that are independent, and visits equally easy to see; for two
    providers none of the last two holds, so it is refused for them, and a lower estimate everywhere. It rests on rows
    that are observed or inferred: a possible visit that was none finds no partner, and would make a total of nothing.
    It is refused where such a row may tell a stay twice, for then others may that nothing tells of.
    """
    _check(window_min, apart_min, since, until, first_selection, second_selection)
    held = [_stops(first), _stops(second)]
    good = [[s for s in stops if _left_out(s) is None] for stops in held]
    begin, end = _common(good, since, until)
    pairs, *rest = matched(good[0], good[1], window_min=window_min)
    pairs = [p for p in pairs if _inside(p.first, begin, end) or _inside(p.second, begin, end)]
    outside = [sum(not _inside(s, begin, end) for s in side) for side in rest]
    rest = [[s for s in side if _inside(s, begin, end)] for side in rest]
    out_of = [[s for s in stops if _left_out(s) is not None] for stops in held]
    asides = [matched(side, out_of[1 - i], window_min=window_min, strangers=False) for i, side in enumerate(rest)]
    only = [left for _, left, _ in asides]
    aside = [[p.first for p in found] for found, _, _ in asides]
    names = (first_name, second_name)
    rows = [_pair_row(p, apart_min) for p in pairs]
    for i, which in enumerate(("first", "second")):
        other = names[1 - i]
        taken = near(only[i], good[1 - i], window_min=window_min)
        for stop in only[i]:
            why = f"no row of this aircraft in {other} within {window_min:g} minutes"
            if stop.id in taken:
                why = f"the rows of this aircraft in {other} within {window_min:g} minutes are matched with others"
            rows.append(_row(f"{which}_only", stop, i, why))
        for pair in asides[i][0]:
            why = f"{other} has only a row that was left out, {pair.second.id}: {_left_out(pair.second)}"
            rows.append(_row(f"{which}_aside", pair.first, i, why))
    flagged = [(s, i) for i, side in enumerate(out_of) for s in side if _inside(s, begin, end)]
    rows += [_row("repeated" if _fault(s) is None else "flagged", s, i, _left_out(s)) for s, i in flagged]
    rows.sort(key=lambda r: (r["first_arrived_utc"] or r["second_arrived_utc"] or r["_at"], r["kind"]))
    repeated = [(s, i) for s, i in flagged if _fault(s) is None]
    sure = sure_of(pairs, only, aside)
    found = [len(pairs) + len(only[i]) + len(aside[i]) for i in (0, 1)]
    out: dict[str, Any] = {
        "first": first_name,
        "second": second_name,
        "from_utc": begin,
        "to_utc": end,
        "first_visits": found[0],
        "second_visits": found[1],
        "both": len(pairs),
        "first_only": len(only[0]),
        "second_only": len(only[1]),
        "discrepancies": sum(r["kind"] == "discrepancy" for r in rows),
        "flagged": len(flagged) - len(repeated),
        "first_aside": len(aside[0]),
        "second_aside": len(aside[1]),
        "repeated": len(repeated),
        "weaker": sum(not (is_sure(p.first) or is_sure(p.second)) for p in pairs)
        + sum(not is_sure(s) for side in (*only, *aside) for s in side),
        "first_sure": sure.first,
        "second_sure": sure.second,
        "both_sure": sure.both,
        "aside_sure": sure.aside,
    }
    no_total: str | None = "no total: the two cover no common window"
    if begin is not None:
        twice = [sum(is_sure(s) for s, i in repeated if i == side) for side in (0, 1)]
        no_total = refused(
            sure,
            (_sources(first), _sources(second)),
            names,
            (first_selection, second_selection),
            (twice[0], twice[1]),
            independent=independent,
        )
    reasons = [no_total or assumed(sure, independent=independent)]
    for which, count in zip(names, outside, strict=True):
        if count:
            reasons.append(f"{count} of {which} lie outside the window that both cover and were not compared")
    if no_total is None:
        total = total_of(sure)
        out |= {"chapman": total.mean, "chapman_least": total.least, "chapman_most": total.most}
    out["reason"] = "; ".join(reasons)
    simulated = any(s.startswith(_SIMULATED) for f in (first, second) for s in _sources(f))
    out["sentence"] = (f"{_SIMULATED}: " if simulated else "") + sentence(out, no_total, time_zone)
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


def _stops(visits: pl.DataFrame) -> list[Stop]:
    """Take the rows that are compared, each with the row that it may repeat, if any."""
    rows = visits.filter(pl.col("grade") != "ruled_out")
    backwards = pl.col("integrity").list.contains(_BACKWARDS) | (pl.col("departed_utc") < pl.col("arrived_utc"))
    # what is left out in any case stands for no other row
    sound = pl.col("quarantined").is_null() & ~backwards.fill_null(value=False)
    told = told_twice(rows.filter(sound))
    return stops_of(pl.concat([told, rows.filter(~sound)], how="diagonal"))


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


def _left_out(stop: Stop) -> str | None:
    """Tell why a row takes no part in the matching, a second row of one stay included."""
    if why := _fault(stop):
        return why
    other = stop.row[TWICE]
    return None if other is None else f"may be the same stay as {other}, and counts once with it"


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
        reason = f"{_unlike(a, b)}; the only row left at this place and time"
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


def _unlike(a: Stop, b: Stop) -> str:
    """Say how far two rows matched by place and time alone name two aircraft."""
    for one, other, what in (
        (a.icao24, b.icao24, "aircraft"),
        (a.tail, b.tail, "aircraft"),
        (a.signs, b.signs, "call sign"),
    ):
        if one and other and one != other:
            return f"another {what}"
    named = [bool(s.icao24 or s.tail or s.signs) for s in (a, b)]
    return "no identity that both name" if all(named) else "no identity in one or both"


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
