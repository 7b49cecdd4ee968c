"""What all files of readsb and its kin share: words for the position's source, the database fields, value columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.sources.interface import Claim, Report
from wheelsdown.sources.made_up import SIMULATED, simulated

__all__ = ["MOST_BASE_S", "POSITION_SOURCE", "PROVIDER", "database_claim", "marked", "numbers", "provider", "texts"]

PROVIDER: Final = "readsb"
MOST_BASE_S: Final = 1e11
"""A trace's base beyond this is no epoch time."""
POSITION_SOURCE: Final = {
    "adsb_icao": "adsb",
    "adsb_icao_nt": "adsb",
    "adsb_other": "adsb",
    "adsr_icao": "adsr",
    "adsr_other": "adsr",
    "tisb_icao": "tisb",
    "tisb_other": "tisb",
    "tisb_trackfile": "tisb",
    "mode_ac": "mode_s",
}
"""readsb's words to ours; words that are the same in both are left out."""
_DAY_S: Final = 86_400
_LONGEST: Final = 80
_PLAIN: Final = {float, int, type(None)}
_FLAGS: Final = {
    1: "flagged military (which may mean no more than its address block)",
    2: "flagged interesting",
    4: "privacy address (PIA): the registration behind it changes",
    8: "on the LADD list",
}


def numbers(name: str, values: Sequence[Any], report: Report, rows: Sequence[int] | None = None) -> pl.Series:
    """Make a column of floats; what is no number becomes null and is told once.

    Parameters
    ----------
    name : str
        Key the values came from, for the report.
    values : sequence
        Decoded JSON values.
    report : Report
        Told how many were no numbers.
    rows : sequence of int, optional
        Row of each value, from 1; by default its place.
    """
    try:
        if set(map(type, values)) <= _PLAIN:
            return pl.Series(name, np.array(values, dtype=np.float64)).fill_nan(None)
    except OverflowError:
        pass  # a whole number beyond all floats: handled one by one below
    out: list[float | None] = []
    bad: list[int] = []
    for i, v in enumerate(values):
        ok = type(v) in {int, float} and abs(v) < 1e300
        out.append(float(v) if ok else None)
        if not ok and v is not None:
            bad.append(i)
    if bad:
        more = f" ({len(bad)} rows, the first is shown)" if len(bad) > 1 else ""
        at = rows[bad[0]] if rows is not None else bad[0] + 1
        report.problem(f"not a number{more}", row=at, field=name, value=values[bad[0]], rows_lost=0)
    return pl.Series(name, out, dtype=pl.Float64)


def texts(name: str, values: Sequence[Any]) -> pl.Series:
    """Make a column of text; anything else becomes null."""
    return pl.Series(name, [v if type(v) is str else None for v in values], dtype=pl.String)


def marked(record: dict[str, Any]) -> bool:
    """Tell whether a trace's header or an aircraft's object says that it is simulated: in ``desc``, or in ``source``.

    Nothing else decides. Real aircraft send addresses that no state has given out, and any call sign; and an owner may
    be called Simulated Flight Ltd.
    """
    said = record.get("source")
    return record.get("desc") == SIMULATED or (isinstance(said, str) and said.startswith(SIMULATED))


def provider(record: dict[str, Any]) -> str:
    """Name the provider of a trace or of an aircraft's object; of simulated ones it says so."""
    said = record.get("source")
    if isinstance(said, str) and said.startswith(SIMULATED):
        return said[:_LONGEST]
    return simulated(PROVIDER) if record.get("desc") == SIMULATED else PROVIDER


@lru_cache(maxsize=64)
def _day(since_1970: int) -> str:
    """Write a UTC day; an archive's files are of one, or of few."""
    return datetime.fromtimestamp(since_1970 * _DAY_S, UTC).date().isoformat()


def database_claim(record: dict[str, Any], source: str, at_s: float | None) -> Claim | None:
    """Read what readsb's own aircraft database says in a record; None where it says nothing.

    The database is that of the day of writing, not of the flight: an address that was given to another aircraft since
    shows what was known then.
    """
    address = record.get("hex") or record.get("icao")
    if not isinstance(address, str) or address.startswith("~") or record.get("noRegData"):
        return None

    def text(key: str) -> str | None:
        value = record.get(key)
        return value.strip() or None if isinstance(value, str) else None

    flags = record.get("dbFlags")
    flags = flags if type(flags) is int else None
    tail, typecode, operator = text("r"), text("t"), text("ownOp")
    if not (tail or typecode or operator or flags):
        return None
    year = text("year")
    notes = [words for bit, words in _FLAGS.items() if flags and flags & bit]
    day = None
    if at_s is not None and 0 <= at_s < 4e9:
        day = _day(int(at_s // _DAY_S))
    return Claim(
        source=simulated(source) if marked(record) else source,
        icao24=address.lower(),
        registration=tail,
        typecode=typecode,
        type_name=text("desc"),
        operator=operator,
        year_built=None if year == "0000" else year,
        military=None if flags is None else bool(flags & 1),
        as_of=day,
        note="; ".join(notes) or None,
    )
