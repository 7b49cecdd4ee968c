"""What a fact-checker needs to know of one visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from wheelsdown.geo import distance_km_expr
from wheelsdown.inference.arrays import ANONYMOUS
from wheelsdown.inference.rules import Rules
from wheelsdown.schema import POSITIONS

__all__ = ["Explanation", "explain_visit"]

_SHOWN = 12
_LANDED = {
    "observed": "landed at",
    "inferred": "landed (inferred) at",
    "likely": "probably landed at",
    "possible": "may have landed at",
}
_LEFT = {
    "observed": "took off from",
    "inferred": "took off (inferred) from",
    "likely": "probably took off from",
    "possible": "may have taken off from",
}
_MEANING = {
    "observed": "seen on the ground at the field, joined to a flight",
    "inferred": "lost inbound and found outbound at the field; a stop fits the silence; every rival is excluded",
    "likely": "one side speaks for the field, nothing contradicts, every rival on that side is excluded",
    "possible": "lost in descent or first received climbing; rivals remain",
    "ruled_out": "a pass without a stop",
}
_ON_GROUND = {
    "likely": "received on the ground, but not joined to a flight, or by others, or another field is as near",
    "possible": "received on the ground, but its positions contradict one another, or it may be no aircraft",
    "ruled_out": "its positions jump as no aircraft flies",
}
_LINKS = (
    "https://globe.adsbexchange.com/?icao={icao24}&showTrace={day}",
    "https://adsb.lol/?icao={icao24}&showTrace={day}",
)


@dataclass(frozen=True)
class Explanation:
    """The evidence of one visit, in parts that can be printed or kept."""

    title: str
    facts: list[tuple[str, str]]
    before: pl.DataFrame
    after: pl.DataFrame
    rivals: list[tuple[str, str, str]]
    sources: list[str]
    links: list[str]
    cannot_see: list[str]


def explain_visit(
    visit: Mapping[str, Any],
    positions: pl.DataFrame,
    *,
    airfields: pl.DataFrame,
    runways: pl.DataFrame,
    rules: Rules | None = None,
) -> Explanation:
    """Lay out what a visit rests on.

    Parameters
    ----------
    visit : mapping, a row of VISITS
    positions : frame of POSITIONS
        The positions it was found in.
    airfields, runways : frames of AIRFIELDS and RUNWAYS
    rules : Rules

    Returns
    -------
    Explanation
        Positions before and after carry `height_ft` (pressure altitude less field elevation: without QNH, off by up to
        900 ft) and `distance_km` to the field's reference point.

    Notes
    -----
    It shows the positions as received, also those that were left out as false; it judges nothing anew. What it cannot
    see: anything that is not in these positions, such as the pressure of the day or what was on board.
    """
    rules = rules or Rules()
    field = airfields.filter(pl.col("code") == visit["airfield"]) if visit["airfield"] else airfields.clear()
    recording, _, anonymous = (visit["track_id"] or "").partition(ANONYMOUS)
    address = f"~{anonymous}" if anonymous else visit["icao24"]
    own = positions.filter(pl.col("icao24").eq_missing(address))
    # with an address, a track is one of several heard on it: all of them are shown
    if visit["track_id"] is not None and visit["icao24"] is None and recording != "unnamed":
        own = own.filter(pl.col("track_id") == recording)
    own = _with_heights(own.sort("time_utc"), visit, field)
    arrived = visit["arrived_latest_utc"]
    # after a pass it flew on at once
    departed = visit["first_after_utc"] if visit["grade"] == "ruled_out" else visit["departed_earliest_utc"]
    zone = _zone(visit["time_zone"])
    if visit["grade"] == "ruled_out" and visit["arrived_utc"] is not None:
        # the lowest point lies between the two tables
        arrived = departed = visit["arrived_utc"]
    before = own.filter(pl.col("time_utc") <= arrived).tail(_SHOWN) if arrived is not None else own.clear()
    after = own.filter(pl.col("time_utc") >= departed).head(_SHOWN) if departed is not None else own.clear()
    where = visit["airfield"] or visit["place_id"] or "an unnamed place"
    who = visit["registration"] or visit["icao24"] or visit["track_id"]
    return Explanation(
        title=f"{visit['visit_id']}: {who} {_verb(visit)} {where}",
        facts=list(_facts(visit, field, runways, zone)),
        before=before,
        after=after,
        rivals=[
            *((code, "stays", "not excluded by reach, height, runway or alignment") for code in visit["rivals"] or []),
            *(_split(text) for text in visit["excluded"] or []),
        ],
        sources=[f"file {r}" for r in visit["receipts"] or []] or ["positions made in memory: no file"],
        links=_links(visit),
        cannot_see=[
            "position data show where an aircraft was received, not what it carried",
            f"silences of more than {rules.gap_min:g} minutes: not received is not the same as switched off",
            "heights are pressure altitude less elevation; without the day's pressure they are off by up to 900 ft",
            "distances in the tables are to the field's reference point, in the reasons to its runway",
            "registration, type and operator are as of the register's date, not of the flight",
        ],
    )


def _verb(visit: Mapping[str, Any]) -> str:
    """Say what was seen of a visit, no stronger than its grade."""
    if visit["grade"] == "ruled_out":
        return "did not stop at"
    if visit["arrived_utc"] is not None or visit["arrived_earliest_utc"] is not None:
        return _LANDED[visit["grade"]]
    if visit["departed_utc"] is not None:
        return _LEFT[visit["grade"]]
    doubt = ", if it is an aircraft," if visit["grade"] == "possible" else ""
    return f"was{doubt} on the ground at"


def _with_heights(frame: pl.DataFrame, visit: Mapping[str, Any], field: pl.DataFrame) -> pl.DataFrame:
    lat, lon, elevation = visit["latitude_deg"], visit["longitude_deg"], None
    if not field.is_empty():
        lat, lon, elevation = field.select("latitude_deg", "longitude_deg", "elevation_ft").row(0)
    height = pl.lit(None, pl.Float32) if elevation is None else pl.col("altitude_ft") - elevation
    wanted = [
        "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "on_ground", "groundspeed_kt", "track_deg",
        "vertical_rate_fpm", "callsign", "position_source", "source", "receipt",
    ]  # fmt: skip
    return POSITIONS.conform(frame, fill=True).select(
        *wanted[:4],
        height.alias("height_ft"),
        distance_km_expr("latitude_deg", "longitude_deg", lat, lon).alias("distance_km"),
        *wanted[4:],
    )


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return None  # this machine has no time zone data: UTC alone is shown


def _time(value: datetime | None, zone: ZoneInfo | None) -> str:
    if value is None:
        return "not known"
    text = f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if zone is not None:
        local = value.astimezone(zone)
        text += f" ({local:%Y-%m-%d %H:%M:%S %Z})"
    return text


def _interval(visit: Mapping[str, Any], name: str, zone: ZoneInfo | None) -> str:
    earliest, best, latest = (visit[f"{name}_{part}"] for part in ("earliest_utc", "utc", "latest_utc"))
    if best is None and earliest is None and latest is None:
        return "not seen in these data"
    if best is None:
        known = [f"after {_time(earliest, zone)}"] if earliest is not None else []
        known += [f"before {_time(latest, zone)}"] if latest is not None else []
        return " and ".join(known)
    text = _time(best, zone)
    if earliest is not None and latest is not None:
        text += f"; between {_time(earliest, None)} and {_time(latest, None)}"
    return text


def _facts(
    visit: Mapping[str, Any], field: pl.DataFrame, runways: pl.DataFrame, zone: ZoneInfo | None
) -> list[tuple[str, str]]:
    on_ground = any(reason.startswith("on the ground") for reason in visit["reasons"] or [])
    meaning = (_ON_GROUND if on_ground else _MEANING).get(visit["grade"], _MEANING[visit["grade"]])
    out = [("grade", f"{visit['grade']}: {meaning}")]
    if visit["checked_by"]:
        out.append(("checked by", visit["checked_by"]))
    identity = ", ".join(str(visit[c]) for c in ("registration", "typecode", "operator") if visit[c])
    if identity:
        out.append(("aircraft", f"{identity} ({visit['identity_source']}, {visit['identity_as_of'] or 'undated'})"))
    if visit["identity_conflict"]:
        out.append(("conflict", visit["identity_conflict"]))
    out.append(("address", visit["icao24"] or f"none; tied by {visit['track_id']}"))
    out.append(("call signs", f"in {visit['callsign_in'] or 'not heard'}, out {visit['callsign_out'] or 'not heard'}"))
    if not field.is_empty():
        row = field.row(0, named=True)
        count = runways.filter(pl.col("code") == row["code"]).height
        military = f"; military, {row['military_why']}" if row["military"] else ""
        elevation = "unknown" if row["elevation_ft"] is None else f"{row['elevation_ft']:,.0f} ft"
        out.append(
            (
                "airfield",
                f"{row['code']} {row['name']}, elevation {elevation}, {count} runways listed ({row['source']},"
                f" {row['as_of'] or 'undated'}){military}",
            )
        )
    else:
        out.append(("place", f"{visit['place_id']}: on no list"))
    if visit["grade"] == "ruled_out":
        out.append(("passed", _interval(visit, "arrived", zone)))
    else:
        out.extend(_times(visit, zone))
    if visit["hidden_visits_most"]:
        n = visit["hidden_visits_most"]
        out.append(("hidden", f"up to {n} other stop{'s' if n > 1 else ''} would fit in the silence: a bound"))
    out.extend(("because", reason) for reason in visit["reasons"] or [])
    out.extend(("caution", flag) for flag in visit["integrity"] or [])
    return out


def _times(visit: Mapping[str, Any], zone: ZoneInfo | None) -> list[tuple[str, str]]:
    out = [("arrived", _interval(visit, "arrived", zone)), ("departed", _interval(visit, "departed", zone))]
    least, most, stayed = (visit[f"dwell_{name}_min"] for name in ("least", "most", "stayed"))
    if least is None and most is None:
        dwell = "unknown"
    else:
        dwell = f"at least {_minutes(least)}, at most {_minutes(most) if most is not None else 'open'}"
        if stayed is not None and stayed != least:
            dwell += f"; at least {_minutes(stayed)} if it did not leave and come back in a silence"
    out.append(("dwell", dwell))
    out.append(("came from", _end(visit["origin"], visit["origin_grade"])))
    out.append(("went to", _end(visit["next_stop"], visit["next_stop_grade"])))
    return out


def _minutes(value: float | None) -> str:
    if value is None:
        return "unknown"
    delta = timedelta(minutes=round(value))
    hours, minutes = divmod(int(delta.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{value:.1f} min"


def _end(code: str | None, grade: str | None) -> str:
    return "not seen and not to be inferred" if code is None else f"{code} ({grade})"


def _split(text: str) -> tuple[str, str, str]:
    code, _, why = text.partition(": ")
    return code, "falls", why


def _links(visit: Mapping[str, Any]) -> list[str]:
    if visit["icao24"] is None or str(visit["source"]).startswith("SIMULATED"):
        return []
    days = sorted({v.date() for v in (visit["arrived_utc"], visit["departed_utc"]) if v is not None})
    return [link.format(icao24=visit["icao24"], day=day) for day in days for link in _LINKS]
