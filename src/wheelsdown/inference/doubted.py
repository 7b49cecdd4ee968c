"""Places at which these very data show false positions: who was not followed to them is no longer believed there."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km
from wheelsdown.inference.evidence import STRONG
from wheelsdown.inference.probability import UNFOLLOWED, calibration
from wheelsdown.inference.sentences import SETTLED
from wheelsdown.inference.targets import TARGET_KM

__all__ = ["BASIS", "doubted"]

BASIS: Final = "possible doubted"
"""Class of evidence of what was lowered here."""
_FLAGS: Final = ("teleport", "speed_mismatch", "circling", "low_integrity", "no_onward_flight")
"""Why visits are set aside whose positions were put there."""
_NEAR_DAYS, _LEAST = 3.0, 2
"""As near as to a known target (`TARGET_KM`); spells come and go in hours; one may be a lone fault."""
_KEY: Final = ["icao24", "track_id"]


def doubted(visits: pl.DataFrame, legs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lower visits near which other visits of these days were set aside for false positions.

    Parameters
    ----------
    visits : frame of VISITS
    legs : frame of LEGS
        Of the same run; may be empty.

    Returns
    -------
    frames of VISITS and LEGS, in the order given
        A visit graded `likely` or better is `possible` where no flight beside it was followed without a break and at
        least two visits within 15 km and three days were set aside. Ends of legs are lowered with it. Doing it again,
        with more rows, changes the same rows and more: parts may be put together afterwards.

    Notes
    -----
    What it cannot see: false positions of aircraft that were not read. Of two places between which positions jump both
    are doubted, the true one too, as long as nobody was followed there.
    """
    flag = pl.col("quarantined").str.split(":").list.first()
    unfollowed = pl.col("basis").str.ends_with(UNFOLLOWED)
    said = visits.filter(flag.is_in(_FLAGS), unfollowed).select("latitude_deg", "longitude_deg", _moment())
    weak = pl.col("grade").is_in(STRONG) & pl.col("quarantined").is_null() & unfollowed
    if said.height < _LEAST:
        return visits, legs
    near = _counted(visits.select("latitude_deg", "longitude_deg", _moment()), said)
    rows = visits.with_columns(pl.Series("_near", near))
    lower = (weak & (pl.col("_near") >= _LEAST)).fill_null(value=False)
    if not rows.select(lower.any()).item():
        return visits, legs
    text = pl.format(
        "{} visits within 15 km and three days of it were set aside for false positions, and no flight beside it was "
        "followed without a break or along a runway",
        pl.col("_near"),
    )
    kept = pl.col("reasons").list.filter(~pl.element().str.starts_with(SETTLED))
    rows = rows.with_columns(lower.alias("_lower")).with_columns(
        grade=pl.when("_lower").then(pl.lit("possible")).otherwise("grade"),
        basis=pl.when("_lower").then(pl.lit(BASIS)).otherwise("basis"),
        probability=pl.when("_lower").then(pl.lit(calibration().of(BASIS), pl.Float64)).otherwise("probability"),
        reasons=pl.when("_lower").then(pl.concat_list(text, kept)).otherwise("reasons"),
    )
    return _ends(rows).drop("_near", "_lower"), _legs(legs, rows.filter("_lower"))


def _moment() -> pl.Expr:
    return pl.coalesce("arrived_utc", "departed_utc", "arrived_latest_utc", "departed_earliest_utc").alias("at")


def _counted(rows: pl.DataFrame, said: pl.DataFrame) -> Any:
    """Count for each row those of the others that are near in place and time."""
    lat, lon = rows["latitude_deg"].to_numpy(), rows["longitude_deg"].to_numpy()
    day = rows["at"].dt.epoch("ms").cast(pl.Float64).to_numpy() / 86_400_000.0
    order = np.argsort(lat, kind="stable")
    sorted_lat = lat[order]
    out = np.zeros(rows.height, dtype=np.int64)
    reach = TARGET_KM / 110.5  # no degree of latitude is shorter
    for a, o, at in said.iter_rows():
        lo, hi = np.searchsorted(sorted_lat, (a - reach, a + reach))
        own = order[lo:hi]
        when = at.timestamp() / 86_400.0
        own = own[np.abs(day[own] - when) <= _NEAR_DAYS]
        out[own[distance_km(lat[own], lon[own], a, o) <= TARGET_KM]] += 1
    return out


def _ends(rows: pl.DataFrame) -> pl.DataFrame:
    """Lower what the stops before and after say of a lowered one."""
    order = rows.with_row_index("_row").sort(*_KEY, "arrived_latest_utc", "visit_id", nulls_last=True)
    out = order
    for name, step in (("origin", 1), ("next_stop", -1)):
        same = pl.all_horizontal(pl.col(k).eq_missing(pl.col(k).shift(step)) for k in _KEY)
        own = same & pl.col("_lower").shift(step) & (pl.col(name) == pl.col("airfield").shift(step))
        grade = f"{name}_grade"
        out = out.with_columns(pl.when(own).then(pl.lit("possible")).otherwise(grade).alias(grade))
    return out.sort("_row").drop("_row")


def _legs(legs: pl.DataFrame, lowered: pl.DataFrame) -> pl.DataFrame:
    """Lower the ends of legs that are lowered visits."""
    for name, own, theirs in (
        ("destination", "last_received_utc", "last_before_utc"),
        ("origin", "first_received_utc", "first_after_utc"),
    ):
        keys = lowered.select(*_KEY, pl.col(theirs).alias(own), pl.col("airfield").alias(name))
        hit = legs.join(keys.unique(), on=keys.columns, how="semi", nulls_equal=True)["leg_id"]
        grade = f"{name}_grade"
        legs = legs.with_columns(
            pl.when(pl.col("leg_id").is_in(hit.implode()) & pl.col(name).is_not_null())
            .then(pl.lit("possible"))
            .otherwise(grade)
            .alias(grade)
        )
    return legs
