"""Stops of other aircraft that one end proves, and whether the other end was received."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import polars as pl

__all__ = ["ARRIVAL", "DEPARTURE", "ENDS", "LONGEST_H", "known_ends", "weighed"]

ARRIVAL, DEPARTURE = "arrival", "departure"
LONGEST_H: Final = 48.0
"""A stay that outlasts this cannot be judged (`Rules.long_silence_h`: nothing is inferred across a longer silence)."""
_STRONG: Final = ("observed", "likely")
_COUNTED: Final = ("observed", "inferred")
_WEAK: Final = 0.8
"""Chance that a `possible` end was at the field it names, where no probability is calibrated: how often the named field
is right when positions below 3,000 ft are lacking (docs/accuracy.md)."""
_WEIGHT: Final = {"observed": 0.99, "inferred": 0.97, "likely": 0.9, "possible": 0.3}
"""How many true visits a row stands for where no probability is calibrated (`docs/methods.md`, Observability)."""
_BROKEN: Final = ("jump", "contested_positions")

ENDS: Final = {
    "end": pl.String(),
    "known_utc": pl.Datetime("ms", "UTC"),
    "seen": pl.Boolean(),
    "doubtful": pl.Boolean(),
    "height_ft": pl.Float64(),
    "dwell_h": pl.Float64(),
    "sure": pl.Boolean(),
    "weight": pl.Float64(),
}
"""One row an end of a stop that the other end proves.

`known_utc` is the time of the proving end; `doubtful`: not received, and that it happened within the data is likely but
not proved; `sure`: the proving end alone says observed or likely, else only possible, and `weight` is the chance that
it was there at all.
"""


def known_ends(
    visits: pl.DataFrame, airfield: str, fleet: Collection[str], first: datetime | None, last: datetime | None
) -> pl.DataFrame:
    """Find the ends of stops that must have happened, and tell whether they were received.

    Parameters
    ----------
    visits : VISITS
        Of all aircraft and, if possible, all places.
    airfield : str
        Code.
    fleet : collection of str
        Addresses (or recordings) left out.
    first, last : datetime, optional
        First and last time of the data.

    Returns
    -------
    polars.DataFrame
        Columns of `ENDS`, by time.

    Notes
    -----
    A stop is proved by an end that alone says `observed` or `likely` of the field (less well by one that says
    `possible` and names it first). Its other end is *received* when it
    alone names the field, as rival too, at any grade: it would have left a row. It is *missed* when the aircraft was
    received elsewhere, or arriving here again, beyond it, so that it must have happened within the data. It is
    *doubtful* when the aircraft was received nowhere beyond it though the data go on for 48 hours: it may still have
    stood there. Nearer to the edges of the data, and where the next row of the aircraft is the leaving (coming) itself
    after a silence of more than 48 hours, nothing is judged. Stops around positions that contradict one another, and
    flights set aside, prove nothing. What it cannot see: aircraft of which neither end was received.
    """
    rows = _ordered(visits, fleet)
    here = pl.col("airfield") == airfield
    out = [pl.DataFrame(schema=ENDS)]
    for end, other, beyond, shift in (
        (ARRIVAL, DEPARTURE, "last_before_utc", 1),
        (DEPARTURE, ARRIVAL, "first_after_utc", -1),
    ):
        beside = rows.with_columns(
            _field=pl.col("airfield").shift(shift).over("_who"),
            _rivals=pl.col("rivals").shift(shift).over("_who"),
            # the end of the neighbouring row that lies towards this one: was it received?
            _towards=pl.col(f"{other}_grade").shift(shift).over("_who"),
            _any=pl.col("visit_id").shift(shift).over("_who"),
        )
        proved = beside.filter(
            here & pl.col(f"{other}_grade").is_not_null() & pl.col(_TIME[other]).is_not_null() & ~pl.col("_broken")
        )
        seen = pl.col(f"{end}_grade").is_not_null()
        same_stay = (
            ((pl.col("_field") == airfield) | pl.col("_rivals").list.contains(airfield)).fill_null(value=False)
            & pl.col("_towards").is_null()
        )  # fmt: skip
        missed = ~seen & (pl.col(beyond).is_not_null() | (pl.col("_any").is_not_null() & ~same_stay))
        room = (pl.col(_TIME[other]) - first) if end == ARRIVAL else (last - pl.col(_TIME[other]))
        far = (room.dt.total_minutes() >= LONGEST_H * 60.0) if first and last else pl.lit(value=False)
        doubtful = ~seen & ~missed & pl.col("_any").is_null() & far
        both = pl.col("arrived_utc").is_not_null() & pl.col("departed_utc").is_not_null() & seen
        stayed = (pl.col("departed_utc") - pl.col("arrived_utc")).dt.total_seconds() / 3600.0
        out.append(
            proved.filter(seen | missed | doubtful).select(
                end=pl.lit(end, dtype=pl.String),
                known_utc=pl.col(_TIME[other]),
                seen=seen,
                doubtful=doubtful,
                height_ft=pl.col(f"{end}_height_ft"),
                dwell_h=pl.when(both).then(stayed),
                sure=pl.col(f"{other}_grade").is_in(_STRONG),
                weight=pl.when(pl.col(f"{other}_grade").is_in(_STRONG))
                .then(1.0)
                .otherwise(pl.col("probability").fill_null(_WEAK)),
            )
        )
    return pl.concat(out).sort("known_utc", "end")


def weighed(
    visits: pl.DataFrame, airfield: str, fleet: Collection[str], first: datetime | None, last: datetime | None
) -> pl.DataFrame:
    """Give the stops of others at the field that left a row: when, how many true ones it stands for, whether it counts.

    Returns
    -------
    polars.DataFrame
        touchdown (UTC), weight, counted. Rows cut off by the edges of the data are left out.
    """
    rows = _ordered(visits, fleet)
    here = (pl.col("airfield") == airfield).fill_null(value=False)
    place = pl.col("rivals").list.eval(pl.element() == airfield).list.arg_max()
    rival = pl.col("rivals").list.contains(airfield).fill_null(value=False) & ~here
    chance = pl.col("probability").fill_null(
        pl.col("grade").replace_strict(_WEIGHT, default=0.0, return_dtype=pl.Float64)
    )
    # a rival without a probability is one among several: left out, for it says too little
    as_rival = pl.col("rivals_probability").list.get(place, null_on_oob=True).fill_null(0.0)
    touchdown = pl.coalesce("arrived_utc", "arrived_latest_utc", "departed_utc")
    cut = pl.lit(value=False)
    if first is not None and last is not None:
        hours = pl.duration(minutes=int(LONGEST_H * 60))
        cut = (pl.col("last_before_utc").is_null() & (touchdown < pl.lit(first) + hours)) | (
            pl.col("first_after_utc").is_null() & (touchdown > pl.lit(last) - hours)
        )
        # seen on both sides all the same: nothing is cut off
        cut = cut & (pl.col("arrival_grade").is_null() | pl.col("departure_grade").is_null())
    return (
        rows.filter(here | rival)
        .select(
            touchdown=touchdown,
            weight=pl.when(here).then(chance).otherwise(as_rival),
            counted=here & pl.col("grade").is_in(_COUNTED),
            _cut=cut,
        )
        .filter(~pl.col("_cut") & pl.col("touchdown").is_not_null())
        .drop("_cut")
        .sort("touchdown")
    )


_TIME: Final = {ARRIVAL: "arrived_utc", DEPARTURE: "departed_utc"}


def _ordered(visits: pl.DataFrame, fleet: Collection[str]) -> pl.DataFrame:
    """Rows of others that may be believed, each aircraft's in order of time."""
    who = pl.coalesce("icao24", "track_id")
    broken = pl.any_horizontal([pl.col("integrity").list.contains(f).fill_null(value=False) for f in _BROKEN])
    when = pl.coalesce("arrived_utc", "arrived_latest_utc", "departed_utc", "departed_latest_utc")
    return (
        visits.with_columns(_who=who, _broken=broken, _when=when)
        .filter(
            (pl.col("grade") != "ruled_out")
            & pl.col("quarantined").is_null()
            & pl.col("_who").is_not_null()
            & ~pl.col("_who").is_in(list(fleet))
        )
        .sort("_who", "_when", "visit_id")
    )
