"""Short sentences a person can read, one a fact."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from wheelsdown.inference import ends as en
from wheelsdown.inference.paths import ALIGNED, ONE_TURN
from wheelsdown.inference.stops import Stop, Work
from wheelsdown.schema import DERIVED_GROUND

__all__ = ["DOUBT", "SETTLED", "clock", "end_sentence", "height_text", "no_end_sentence", "stop_reasons"]

DOUBT = "two aircraft on one address, or false positions"
"""What positions that contradict one another may be."""
SETTLED = "every rival in range is excluded"
_NO_END = {
    en.NO_HEIGHT: "no altitude was received",
    en.TOO_HIGH: "too high above every field around",
    en.NOTHING_NEAR: "no listed field that this aircraft could use is in range",
}


def clock(t: float | None, *, since: float | None = None) -> str:
    """HH:MM:SS UTC of seconds since 1970; with its date where that is not the day of `since`."""
    if t is None:
        return "?"
    at = datetime.fromtimestamp(t, UTC)
    if since is not None and datetime.fromtimestamp(since, UTC).date() != at.date():
        return at.strftime("%Y-%m-%d %H:%M:%S")
    return at.strftime("%H:%M:%S")


def _minutes(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60.0), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def end_sentence(work: Work, s: int, which: int) -> str:
    """Say where the track was lost (which 0) or first received (1), against the field it speaks for."""
    end, c = work.ends[s, which], work.cand[s, which, 0]
    t = float(work.tracks.t[int(end[en.END_ROW])])
    verb = "lost" if which == 0 else "first received"
    if not end[en.END_GRADE] >= 1:
        return no_end_sentence(work, s, which)
    k = int(c[en.C_FIELD])
    place = work.names.code[k] + ("'s runway" if c[en.C_RUNWAY] >= 0 else "")
    text = f"{verb} at {clock(t)} UTC {c[en.C_DIST]:.1f} km from {place}, {height_text(float(c[en.C_HEIGHT]))}"
    trend = float(end[en.END_TREND])
    if not math.isnan(trend):
        text += ", descending" if trend < -100 else ", climbing" if trend > 100 else ", level"
    if c[en.C_MODEL] == ALIGNED:
        text += f", lined up with runway {_runway(work, c, which)}"
        if which == 0:
            text += f" for {end[en.END_ALIGNED]:.0f} s"
    elif c[en.C_MODEL] == ONE_TURN:
        text += f", one turn of {c[en.C_TURN]:.0f} degrees from runway {_runway(work, c, which)}"
    elif not c[en.C_RUNWAY] >= 0:
        text += "; its runways are unknown"
    return text


def height_text(height_ft: float) -> str:
    """Say a height above a field, which without the day's pressure may read below zero."""
    if height_ft < 0:
        return f"at its height ({-height_ft:,.0f} ft below it by pressure altitude, the day's pressure not corrected)"
    return f"{height_ft:,.0f} ft above it"


def _runway(work: Work, c: Any, which: int) -> str:
    pair = work.names.runway[int(c[en.C_RUNWAY])]
    # a runway is named after the end it begins at; a departure passes over the other one
    end = int(c[en.C_END])
    return pair[end] if which == 0 else pair[1 - end]


def no_end_sentence(work: Work, s: int, which: int) -> str:
    """Say why no field is named for an end."""
    end = work.ends[s, which]
    t = float(work.tracks.t[int(end[en.END_ROW])])
    verb = "lost" if which == 0 else "first received"
    why = int(end[en.END_WHY])
    height = float(end[en.END_HEIGHT])
    at = "" if math.isnan(height) else f" {height:,.0f} ft above the fields around"
    if why == en.CLIMBING:
        return f"{verb} at {clock(t)} UTC{at}, {'climbing away' if which == 0 else 'descending'}: no field is named"
    if why == en.LEVEL:
        return f"{verb} at {clock(t)} UTC{at} in level flight: no field is named"
    return f"{verb} at {clock(t)} UTC{at}: {_NO_END.get(why, 'no field is named')}"


def stop_reasons(work: Work, stop: Stop) -> list[str]:
    """Give the reasons behind one visit."""
    out: list[str] = []
    if stop.thrown:
        out.append(f"the positions jump here as no aircraft flies: {DOUBT}")
    if stop.contested:
        out.append(f"many positions around it contradict the rest: {DOUBT}")
    out.extend((*stop.notes, *stop.remarks))
    code = work.names.code[stop.field] if stop.field is not None else "a place on no list"
    if stop.ground is not None:
        g = stop.ground
        first, last = (float(work.tracks.t[int(work.seg[g, q])]) for q in (2, 3))
        n = int(work.stats[g, 6])
        where = f"at {code}"
        if stop.field is not None:
            unknown = work.index.r_first[stop.field] == work.index.r_first[stop.field + 1]
            where += f", {stop.field_km:.1f} km from its " + (
                "reference point (its runways are unknown)" if unknown else "runways"
            )
        derived = work.tracks.keys[stop.group][2] in DERIVED_GROUND
        how = (
            ("by altitude 0 and a low speed: no ground flag is broadcast" if derived else "by its own ground flag")
            if int(work.stats[g, 7])
            else "standing or slow at field height, without a ground flag"
        )
        received = f"{clock(first)} to {clock(last, since=first)} UTC"
        out.append(f"on the ground {where}, received from {received} ({n} positions, {how})")
        silence = float(work.places[g, 2])
        if silence >= 60.0 * work.rules.ground_time_min:
            out.append(f"a silence of {_minutes(silence)} in between: it could have left and come back unheard")
        for side, which, word in ((stop.arrive, 0, "before"), (stop.depart, 1, "after")):
            if side.air is None:
                out.append(f"no flight {word} it in these data")
            elif side.seen:
                gap = side.silence_s
                out.append(
                    f"received in the air until {gap:.0f} s before it"
                    if which == 0
                    else f"received in the air {gap:.0f} s after it"
                )
                if gap > 60.0:
                    out.append(end_sentence(work, side.air, which))
            else:
                out.append(
                    f"silence of {_minutes(side.silence_s)} {word} it"
                    + ("" if side.heard_low else ": another stop would fit")
                    + ";"
                    f" {end_sentence(work, side.air, which)}"
                )
        if stop.arrive.air is None and stop.depart.air is None and stop.grade == "possible":
            out.append("never received in the air, and it does not broadcast what it is: it may be a vehicle")
        if int(work.stats[g, 5]) * 2 > n:
            out.append("most ground positions are multilateration or TIS-B: no more than likely")
        return out
    for side, which in ((stop.arrive, 0), (stop.depart, 1)):
        if side.air is not None:
            out.append(end_sentence(work, side.air, which))
    if stop.arrive.air is not None and stop.depart.air is not None:
        out.append(f"silence of {_minutes(stop.arrive.silence_s)} between: a stop fits")
        if stop.grade == "possible":
            out.append("neither side alone settles the field")
        elif stop.arrive.silence_s < 60.0 * work.rules.short_silence_min:
            out.append("so short a silence may also be a go-around and circuits unheard")
    elif stop.arrive.air is not None:
        out.append("not received again in these data")
    else:
        out.append("not received before in these data")
    if stop.rivals:
        out.append("not excluded: " + ", ".join(work.names.code[k] for k in stop.rivals[:8]))
    elif stop.grade == "inferred":
        out.append(SETTLED + ", on both sides")
    elif stop.grade == "likely":
        out.append(SETTLED + ", on the side that settles it")
    return out
