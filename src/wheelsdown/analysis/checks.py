"""A person's check of a visit, held against the visit as it is today.

What a check is about is the visit's *evidence*: the columns of `EVIDENCE`, in a canonical form. Words (`reasons`, the
reason behind each exclusion), numbers fitted to the grade (`probability`), what follows from the times (dwell), names
of a register (registration, type, operator of an address) and what was asked are no evidence: they may change without
a change in what was received. Times are taken to the second, flags without their counts, lists without their order.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from wheelsdown.schema import CHECKS

__all__ = [
    "CURRENT",
    "EARLIER",
    "EVIDENCE",
    "GONE",
    "apply_checks",
    "changes",
    "compared",
    "evidence_of",
    "evidence_text",
    "sha256_of",
]

CURRENT: Final = "current"
EARLIER: Final = "earlier evidence"
GONE: Final = "gone"

_TIMES: Final = (
    "arrived_earliest_utc",
    "arrived_utc",
    "arrived_latest_utc",
    "departed_earliest_utc",
    "departed_utc",
    "departed_latest_utc",
    "last_before_utc",
    "first_after_utc",
)
_TEXTS: Final = (
    "icao24",
    "track_id",
    "airfield",
    "place_id",
    "grade",
    "origin",
    "origin_grade",
    "next_stop",
    "next_stop_grade",
    "callsign_in",
    "callsign_out",
)
EVIDENCE: Final = (
    *_TEXTS,
    *_TIMES,
    "rivals",
    "excluded",
    "integrity",
    "receipts",
    "source",
    "quarantined",
    "registration",
)
"""Columns of VISITS that a check rests on; see the module for the form they are compared in."""

_WORDS: Final = {
    "icao24": "address",
    "track_id": "recording",
    "airfield": "airfield",
    "place_id": "place",
    "grade": "grade",
    "origin": "origin",
    "origin_grade": "grade of the origin",
    "next_stop": "next stop",
    "next_stop_grade": "grade of the next stop",
    "callsign_in": "call sign on the way in",
    "callsign_out": "call sign on the way out",
    "arrived_earliest_utc": "touchdown not before",
    "arrived_utc": "touchdown",
    "arrived_latest_utc": "touchdown not after",
    "departed_earliest_utc": "take-off not before",
    "departed_utc": "take-off",
    "departed_latest_utc": "take-off not after",
    "last_before_utc": "last position before",
    "first_after_utc": "first position after",
    "rivals": "airfields not excluded",
    "excluded": "airfields excluded",
    "integrity": "flags on the positions",
    "receipts": "files it rests on",
    "source": "providers",
    "quarantined": "set aside from counts",
    "registration": "registration",
}
_MOST_NAMED: Final = 4
_FILLED: Final = ("checked_by", "checked_utc", "verdict", "check_note", "check_state")


def evidence_of(visit: Mapping[str, Any]) -> dict[str, Any]:
    """Take out of a row of VISITS what a check rests on.

    Parameters
    ----------
    visit : mapping
        One row of VISITS.

    Returns
    -------
    dict
        The columns of `EVIDENCE` as JSON values. The registration counts only where there is no address: it is then
        what ties the recording to an aircraft; with an address it is what some register says on some date.
    """
    out: dict[str, Any] = {name: visit.get(name) for name in _TEXTS}
    out |= {name: _clock(visit.get(name)) for name in _TIMES}
    out["rivals"] = sorted(set(visit.get("rivals") or ()))
    out["excluded"] = sorted({text.split(":", 1)[0] for text in visit.get("excluded") or ()})
    out["integrity"] = sorted({text.split(":", 1)[0] for text in visit.get("integrity") or ()})
    out["receipts"] = sorted(set(visit.get("receipts") or ()))
    out["source"] = sorted(set((visit.get("source") or "").split("+")))
    out["quarantined"] = visit.get("quarantined") is not None
    out["registration"] = visit.get("registration") if visit.get("icao24") is None else None
    return out


def evidence_text(evidence: Mapping[str, Any]) -> str:
    """Write evidence in its canonical form: JSON, sorted keys, no blanks, ASCII."""
    return json.dumps(evidence, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def sha256_of(evidence: Mapping[str, Any]) -> str:
    """Hash evidence in its canonical form."""
    return hashlib.sha256(evidence_text(evidence).encode()).hexdigest()


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say in words how evidence differs from what it was.

    Parameters
    ----------
    then, now : mapping
        As `evidence_of` gives them. A column that only one of them knows (another version wrote it) is not compared.

    Returns
    -------
    list of str
        One sentence a column, in the order of `EVIDENCE`; empty where nothing differs.
    """
    out = []
    for name in EVIDENCE:
        if name in then and name in now and then[name] != now[name]:
            out.append(_change(name, then[name], now[name]))
    return out


def apply_checks(visits: pl.DataFrame, checks: pl.DataFrame) -> pl.DataFrame:
    """Write beside each visit what a person found of it.

    Parameters
    ----------
    visits : VISITS
    checks : CHECKS
        All checks, in whatever order; of each visit the newest counts, by its number in the chain.

    Returns
    -------
    VISITS
        With `checked_by`, `checked_utc`, `verdict`, `check_note`, `check_state` where a check fits; other rows as
        they were. A check whose id is gone goes to the visit of the same aircraft at the same place whose touchdown
        may be the same, as a check on earlier evidence.

    Notes
    -----
    It cannot tell whether the person was right, nor who the person was. A check on earlier evidence says that the
    evidence has changed, not that the person would find otherwise today.
    """
    rows = _fitting(visits, checks)
    found: dict[int, tuple[int, dict[str, Any]]] = {}
    for check, number, state, _ in rows:
        if number is not None and (number not in found or found[number][0] < check["entry"]):
            filled = (check["by"], check["checked_utc"], check["verdict"], check["note"], state)
            found[number] = (check["entry"], dict(zip(_FILLED, filled, strict=True)))
    if not found:
        return visits
    told = pl.DataFrame(
        [{"_row": number, **values, "_told": True} for number, (_, values) in found.items()],
        schema={"_row": pl.UInt32, **{n: visits.schema[n] for n in _FILLED}, "_told": pl.Boolean},
    )
    numbered = visits.with_row_index("_row").join(told, on="_row", how="left", suffix="_new", maintain_order="left")
    return numbered.with_columns(
        pl.when("_told").then(pl.col(f"{n}_new")).otherwise(pl.col(n)).alias(n) for n in _FILLED
    ).select(visits.columns)


def compared(visits: pl.DataFrame, checks: pl.DataFrame) -> pl.DataFrame:
    """Say of each check whether the visit is still what it was.

    Parameters
    ----------
    visits : VISITS
        Every visit of the aircraft checked, those ruled out included: one that is not there is called gone.
    checks : CHECKS

    Returns
    -------
    CHECKS
        With `state`, `visit_now` and `changed`.
    """
    out = []
    for check, number, state, changed in _fitting(visits, checks):
        now = None if number is None else visits["visit_id"][number]
        other = now if now != check["visit_id"] else None
        out.append({**check, "state": state, "visit_now": other, "changed": changed})
    return pl.DataFrame(out, schema=CHECKS.schema) if out else CHECKS.empty()


def _fitting(visits: pl.DataFrame, checks: pl.DataFrame) -> Iterable[tuple[dict[str, Any], int | None, str, list[str]]]:
    """Find the visit of each check: the check, the number of the visit's row, the state, what changed."""
    if checks.is_empty():
        return []
    by_id = _by_id(visits, checks)
    out: list[tuple[dict[str, Any], int | None, str, list[str]]] = []
    near: dict[tuple[str | None, str | None], list[tuple[int, dict[str, Any]]]] = {}
    for check in checks.iter_rows(named=True):
        then = json.loads(check["as_checked"])
        if (hit := by_id.get(check["visit_id"])) is None:
            aircraft = (check["icao24"], check["track_id"])
            if aircraft not in near:
                near[aircraft] = _of_aircraft(visits, *aircraft)
            hit = _same_stay(then, near[aircraft])
        if hit is None:
            out.append((check, None, GONE, []))
            continue
        number, now = hit
        changed = changes(then, now)
        if not changed and visits["visit_id"][number] != check["visit_id"]:
            changed = ["the visit has another id"]
        out.append((check, number, EARLIER if changed else CURRENT, changed))
    return out


def _by_id(visits: pl.DataFrame, checks: pl.DataFrame) -> dict[str, tuple[int, dict[str, Any]]]:
    """Give the visits whose very id was checked: id to number of the row and evidence."""
    rows = visits.with_row_index("_row").filter(pl.col("visit_id").is_in(checks["visit_id"].unique().to_list()))
    return {r["visit_id"]: (r["_row"], evidence_of(r)) for r in rows.iter_rows(named=True)}


def _of_aircraft(visits: pl.DataFrame, icao24: str | None, track_id: str | None) -> list[tuple[int, dict[str, Any]]]:
    same = pl.col("icao24").eq_missing(pl.lit(icao24, dtype=pl.String))
    if icao24 is None:
        same = same & pl.col("track_id").eq_missing(pl.lit(track_id, dtype=pl.String))
    rows = visits.with_row_index("_row").filter(same)
    return [(r["_row"], evidence_of(r)) for r in rows.iter_rows(named=True)]


def _same_stay(
    then: Mapping[str, Any], candidates: list[tuple[int, dict[str, Any]]]
) -> tuple[int, dict[str, Any]] | None:
    """Find the visit at the same place whose touchdown may be the same; of several the nearest in time."""
    best: tuple[float, int, dict[str, Any]] | None = None
    for number, now in candidates:
        if now.get("place_id") != then.get("place_id") or not _may_be_one(then, now):
            continue
        apart = abs(_seconds(_moment(now)) - _seconds(_moment(then)))
        if best is None or (apart, number) < best[:2]:
            best = (apart, number, now)
    return None if best is None else best[1:]


def _may_be_one(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Tell whether two touchdown intervals overlap; without an arrival, whether the stays do."""
    if a.get("arrived_earliest_utc") and b.get("arrived_earliest_utc"):
        return bool(_later(a) >= b["arrived_earliest_utc"] and _later(b) >= a["arrived_earliest_utc"])
    return _left(a) >= _moment(b) and _left(b) >= _moment(a)


def _later(evidence: Mapping[str, Any]) -> str:
    return str(evidence.get("arrived_latest_utc") or evidence.get("arrived_utc") or evidence["arrived_earliest_utc"])


def _moment(evidence: Mapping[str, Any]) -> str:
    """When it was there, at the latest: ISO texts in UTC sort as times do."""
    for name in ("arrived_utc", "arrived_latest_utc", "departed_utc", "departed_latest_utc"):
        if evidence.get(name):
            return str(evidence[name])
    return ""


def _left(evidence: Mapping[str, Any]) -> str:
    """When it left, at the latest; an open stay has no end."""
    for name in ("departed_latest_utc", "departed_utc"):
        if evidence.get(name):
            return str(evidence[name])
    return "9999"


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _clock(at: datetime | None) -> str | None:
    """Write a time to the second, as files of text do: ISO, UTC."""
    if at is None:
        return None
    return datetime.fromtimestamp(math.floor(at.timestamp()), UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _change(name: str, then: Any, now: Any) -> str:
    what = _WORDS[name]
    if isinstance(then, list) and isinstance(now, list):
        parts = [
            f"{word} {_named(rest)}"
            for word, rest in (("no longer", _without(then, now)), ("now also", _without(now, then)))
            if rest
        ]
        return f"{what}: {', '.join(parts)}"
    if isinstance(then, bool) or isinstance(now, bool):
        return f"{what}: {'now, and not when it was checked' if now else 'no longer'}"
    return f"{what}: {_said(then)} when it was checked, {_said(now)} now"


def _without(some: list[Any], others: list[Any]) -> list[str]:
    return [str(x) for x in some if x not in others]


def _named(texts: list[str]) -> str:
    more = len(texts) - _MOST_NAMED
    return " ".join(texts[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _said(value: Any) -> str:
    if value is None:
        return "none"
    return str(value).replace("T", " ").replace("+00:00", " UTC") if str(value).endswith("+00:00") else str(value)
