"""One aircraft's day as a trace, in the form that readsb writes: a point is an array of 14 elements."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import polars as pl

__all__ = ["TYPE_WORD", "point_rows", "trace_text", "type_words", "wholes"]

TYPE_WORD: Final = {"adsb": "adsb_icao", "adsr": "adsr_icao", "tisb": "tisb_icao", "mlat": "mlat", "adsc": "adsc"}
"""Our words for a position's source to readsb's; ``mode_s``, ``other`` and ``unknown`` are the same in both."""
_ANONYMOUS: Final = {"adsb": "adsb_other", "adsr": "adsr_other", "tisb": "tisb_other"}
_SAME: Final = ("mode_s", "other", "unknown")
_STALE_AIR_S, _STALE_GROUND_S, _LEG_S = 120.0, 330.0, 1500.0
_STALE, _NEW_LEG, _GEOMETRIC = 1, 2, 8
_EVERY: Final = 4
"""The aircraft's object stands on every fourth point, as in readsb's archives."""


def type_words(sources: pl.Series, *, anonymous: bool) -> list[str]:
    """Name how each position was obtained in readsb's words; what it has no word for is ``other``."""
    words = {**TYPE_WORD, **(_ANONYMOUS if anonymous else {}), **{w: w for w in _SAME}}
    return [words.get(s, "other") if s is not None else "unknown" for s in sources]


def wholes(column: pl.Series, scale: int = 1) -> list[int | None]:
    """Round numbers times `scale` to whole ones, None where there is none; a tie goes to the even one."""
    values = column.cast(pl.Float64).to_numpy()
    there = np.isfinite(values)
    rounded = np.rint(np.where(there, values, 0.0) * scale).astype(np.int64)
    return [int(v) if ok else None for v, ok in zip(rounded, there, strict=True)]


def _tenths(column: pl.Series) -> list[str]:
    """Write numbers with one decimal as readsb does."""
    return ["null" if v is None else _decimal(v, 1) for v in wholes(column, 10)]


def _decimal(value: int, places: int) -> str:
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _flags(rows: pl.DataFrame, times_ms: Any) -> list[int]:
    """Set the bits that readsb sets: after a silence, at the first point of a leg, where the height is geometric."""
    if not rows.height:
        return []
    ground = rows["on_ground"].fill_null(value=False).to_numpy()
    gap_s = np.diff(times_ms, prepend=times_ms[0]) / 1000.0
    before = np.concatenate((ground[:1], ground[:-1]))
    stale = gap_s > np.where(before, _STALE_GROUND_S, _STALE_AIR_S)
    leg = (before & ~ground) | (gap_s > _LEG_S)
    geometric = ~ground & rows["altitude_ft"].is_null().to_numpy() & rows["altitude_geom_ft"].is_not_null().to_numpy()
    return [int(f) for f in stale * _STALE + leg * _NEW_LEG + geometric * _GEOMETRIC]


def _object(row: dict[str, Any], word: str) -> str:
    """Write the aircraft's object: what readsb knows of it at that moment; what it does not know is left out."""
    said: dict[str, Any] = {"type": word}
    if row["callsign"]:
        said["flight"] = row["callsign"].ljust(8)
    if row["altitude_geom_ft"] is not None:
        said["alt_geom"] = round(row["altitude_geom_ft"])
    if row["track_deg"] is not None and not row["on_ground"]:
        said["track"] = round(row["track_deg"], 2)
    if row["vertical_rate_fpm"] is not None:
        said["baro_rate"] = round(row["vertical_rate_fpm"])
    if row["squawk"]:
        said["squawk"] = row["squawk"]
        said["emergency"] = "none"
    if row["category"]:
        said["category"] = row["category"]
    for key, name in (("nic", "nic"), ("version", "adsb_version"), ("nac_p", "nac_p"), ("sil", "sil")):
        if row[name] is not None:
            said[key] = row[name]
    if row["sil"] is not None:
        said["sil_type"] = "perhour"
    return json.dumps(said, separators=(",", ":"))


def point_rows(rows: pl.DataFrame, midnight_ms: int, address: str) -> list[str]:
    """Write each position as a point.

    Parameters
    ----------
    rows : POSITIONS
        Of one aircraft and one UTC day, by time.
    midnight_ms : int
        The day's beginning.
    address : str
        Of the aircraft: a ``~`` changes readsb's words for how a position was obtained.

    Notes
    -----
    Call sign, squawk, category and integrity stand on every fourth point only, as in real archives: between them a
    change is not seen. Times are cut to hundredths of a second.
    """
    times_ms = rows["time_utc"].dt.epoch("ms").to_numpy()
    offsets = [_decimal(int(t), 2) for t in (times_ms - midnight_ms) // 10]
    ground = rows["on_ground"].fill_null(value=False).to_list()
    baro, geom, rate = (wholes(rows[c]) for c in ("altitude_ft", "altitude_geom_ft", "vertical_rate_fpm"))
    words = type_words(rows["position_source"], anonymous=address.startswith("~"))
    # the phase varies from aircraft to aircraft, as it does in archives
    phase = int(address[-1], 16) % _EVERY
    objects = {i: _object(r, words[i]) for i, r in _every(rows, phase)}
    out = []
    for i, (at, lat, lon, gs, track, flags) in enumerate(
        zip(
            offsets,
            wholes(rows["latitude_deg"], 1_000_000),
            wholes(rows["longitude_deg"], 1_000_000),
            _tenths(rows["groundspeed_kt"]),
            _tenths(rows["track_deg"]),
            _flags(rows, times_ms),
            strict=True,
        )
    ):
        height = '"ground"' if ground[i] else _number(geom[i] if flags & _GEOMETRIC else baro[i])
        out.append(
            f"[{at},{_decimal(lat or 0, 6)},{_decimal(lon or 0, 6)},{height},{gs},{track},{flags},{_number(rate[i])},"
            f'{objects.get(i, "null")},"{words[i]}",{_number(geom[i])},null,null,null]'
        )
    return out


def _every(rows: pl.DataFrame, phase: int) -> list[tuple[int, dict[str, Any]]]:
    places = range(phase, rows.height, _EVERY)
    return list(zip(places, rows[list(places)].to_dicts(), strict=True)) if places else []


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def trace_text(address: str, about: dict[str, Any], midnight_ms: int, points: list[str]) -> bytes:
    """Put a trace together: the header, with the mark before the points, and the points.

    Parameters
    ----------
    address : str
    about : dict
        Keys of the header, in order: those of `marking.Owners.keys`.
    midnight_ms : int
        The day's beginning, which all offsets count from.
    points : list of str
        From `point_rows`.
    """
    head = json.dumps({"icao": address, **about}, separators=(",", ":"), ensure_ascii=False)[:-1]
    inside = ",\n".join(points)
    return f'{head},"timestamp": {_decimal(midnight_ms, 3)},"trace":[\n{inside}\n ]}}\n'.encode()
