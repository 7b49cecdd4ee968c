"""Who was heard near an airfield in which hour, and which silences are longer than chance allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km_expr

__all__ = ["CEILING_FT", "CHANCE", "HEARD", "RADIUS_KM", "Silences", "heard", "silences", "together"]

RADIUS_KM: Final = 100.0
CEILING_FT: Final = 20_000.0
LOW_KM: Final = 60.0
"""`Rules.possible_km`."""
LOW_FT: Final = 10_000.0
"""`Rules.possible_height_ft`."""
CHANCE: Final = 0.0001
"""A silence less likely than this, while receivers were up, is an outage."""
RARE: Final = 1e-7
_AT_EDGE: Final = 0.01
_QUIET: Final = 0.05
"""No hour of the day is taken to have less than this share of the mean hour's traffic."""
_DEAF: Final = 0.25
"""The same for the least that was up: a receiver that is off every night must not pass for a quiet one."""
_DISPERSION_MOST: Final = 20.0

HEARD: Final = {
    "airfield": pl.String(),
    "day": pl.Date(),
    "hour": pl.Int8(),
    "icao24": pl.String(),
    "source": pl.String(),
    "low": pl.Boolean(),
}
"""One row an aircraft and UTC hour in which it was received near an airfield.

`icao24` may be a recording; `low`: on the ground, or below 10,000 ft above the field within 60 km, where an end can be
named."""


def heard(
    positions: pl.DataFrame,
    fields: pl.DataFrame,
    *,
    radius_km: float = RADIUS_KM,
    ceiling_ft: float = CEILING_FT,
) -> pl.DataFrame:
    """Tell which aircraft were received below a ceiling within a radius of airfields, by UTC hour.

    Parameters
    ----------
    positions : frame of POSITIONS, or of NEAR
        Any part of them, in any order: results of parts are put together by `together`.
    fields : frame of AIRFIELDS
        The airfields asked for: `code`, `latitude_deg`, `longitude_deg`, `elevation_ft` are read.
    radius_km, ceiling_ft : float
        Distance from the reference point; pressure altitude (geometric where there is none).

    Returns
    -------
    polars.DataFrame
        Columns of `HEARD`, each row once, sorted. A position without any altitude counts only on the ground.

    Notes
    -----
    The flag "a receiver was up" (``docs/methods.md``, Observability). It cannot see aircraft that do
    not broadcast, nor tell a quiet hour from a deaf one: `silences` does, as far as that can be told.
    """
    have = positions.columns
    altitude = pl.coalesce([c for c in ("altitude_ft", "altitude_geom_ft") if c in have])
    ground = pl.col("on_ground").fill_null(value=False) if "on_ground" in have else pl.lit(value=False)
    rows = positions.lazy().filter((altitude < ceiling_ft).fill_null(value=False) | ground)
    out = [pl.DataFrame(schema=HEARD)]
    for field in fields.iter_rows(named=True):
        lat, lon = field["latitude_deg"], field["longitude_deg"]
        # a band of latitude first: most rows fall out without a sine
        band = (pl.col("latitude_deg") - lat).abs() <= radius_km / 110.0
        km = distance_km_expr("latitude_deg", "longitude_deg", lat, lon)
        near = rows.filter(band).with_columns(_km=km).filter(pl.col("_km") <= radius_km)
        beneath = (altitude - (field.get("elevation_ft") or 0.0) < LOW_FT).fill_null(value=False)
        out.append(
            near.select(
                airfield=pl.lit(field["code"], dtype=pl.String),
                day=pl.col("time_utc").dt.date(),
                hour=pl.col("time_utc").dt.hour(),
                icao24=pl.coalesce("icao24", "track_id").cast(pl.String),
                source=pl.col("source").cast(pl.String),
                low=ground | ((pl.col("_km") <= LOW_KM) & beneath),
            )
            .group_by("airfield", "day", "hour", "icao24", "source")
            .agg(pl.col("low").any())
            .collect()
        )
    return together(out)


def together(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put results of `heard` together: each aircraft and hour once."""
    by = [c for c in HEARD if c != "low"]
    whole = pl.concat([pl.DataFrame(schema=HEARD), *parts])
    return whole.group_by(by).agg(pl.col("low").any()).sort(by).select(list(HEARD))


@dataclass(frozen=True)
class Silences:
    """What the silences of all traffic say, hour by hour.

    Arrays have a row a day and 24 columns.
    """

    count: Any
    """Aircraft heard in each hour."""
    up: Any
    """Whether receivers are taken to have been up."""
    surely: Any
    """Whether they were, even if hours in which nobody is ever heard are deaf rather than quiet."""
    perhaps: Any
    """Whether they may have been: only silences less likely than `RARE` are outages."""
    usual: Any
    """Aircraft newly heard in each hour of the day, on average (24 values)."""
    fresh: Any
    """Aircraft newly heard in each hour."""


def silences(heard_here: pl.DataFrame, days: Sequence[Any], held: Any, covered: Any | None = None) -> Silences:
    """Tell hours in which receivers were down: a silence of all traffic far longer than chance allows.

    Parameters
    ----------
    heard_here : frame with columns of `HEARD`
        One airfield's, without the aircraft asked about.
    days : sequence of date
        Consecutive UTC days.
    held : bool array (days, 24)
        Hours that the archive holds.
    covered : bool array (days, 24), optional
        Hours between the first and the last reception of anybody, the fleet included; by default of these rows.

    Returns
    -------
    Silences

    Notes
    -----
    Only `low` rows count: a receiver far away goes on hearing high traffic. Counted are aircraft newly heard (not heard
    in the hour before), which come nearly independently; their rate is pooled by hour of the day over all days, drawn a
    little to the mean hour, and never below a twentieth of it (a quarter for `surely`). A silence is the chance that
    none comes under a negative binomial of that mean and of the dispersion found (at least Poisson); below `CHANCE` it
    is an outage, and the rates are estimated again without it, three times. Shorter outages cannot be told one by one:
    see `hidden_loss`. It cannot tell an outage from a day on which nobody flew (a holiday, a closed airspace): both
    leave the exposure.
    """
    count, fresh = _hourly(heard_here.filter("low"), days)
    held = np.asarray(held, dtype=bool)
    covered = _between(count > 0) if covered is None else np.asarray(covered, dtype=bool)
    up = held & _within_data(covered, count > 0, fresh, held)
    asked = up.copy()
    usual, spread = _rates(fresh, up & (count.sum(axis=1) > 0)[:, None])
    for _ in range(3):
        up = asked & ~_long(count == 0, asked, usual, spread, CHANCE)
        usual, spread = _rates(fresh, up)
    up = asked & ~_long(count == 0, asked, usual, spread, CHANCE)
    loud = np.maximum(usual, _DEAF * float(usual.mean()))
    surely = up & ~_long(count == 0, asked, loud, spread, CHANCE)
    perhaps = asked & ~_long(count == 0, asked, usual, spread, RARE)
    return Silences(count, up, surely, perhaps, usual, fresh)


def _hourly(rows: pl.DataFrame, days: Sequence[Any]) -> tuple[Any, Any]:
    """Count aircraft, and those not heard in the hour before, in each hour of each day."""
    count = np.zeros((len(days), 24), dtype=np.int64)
    fresh = np.zeros((len(days), 24), dtype=np.int64)
    if rows.is_empty() or not len(days):
        return count, fresh
    number = (pl.col("day") - pl.lit(days[0])).dt.total_days() * 24 + pl.col("hour").cast(pl.Int64)
    at = rows.select("icao24", _n=number).unique().sort("icao24", "_n")
    again = (pl.col("_n").diff() == 1) & (pl.col("icao24") == pl.col("icao24").shift(1))
    at = at.with_columns(_new=~again.fill_null(value=False)).filter(pl.col("_n").is_between(0, count.size - 1))
    np.add.at(count.reshape(-1), at["_n"].to_numpy(), 1)
    np.add.at(fresh.reshape(-1), at.filter("_new")["_n"].to_numpy(), 1)
    return count, fresh


def _between(any_: Any) -> Any:
    """Mark the hours from the first that is marked to the last."""
    flat = any_.reshape(-1)
    return (np.maximum.accumulate(flat) & np.maximum.accumulate(flat[::-1])[::-1]).reshape(any_.shape)


def _within_data(covered: Any, any_: Any, fresh: Any, held: Any) -> Any:
    """Leave out the hours before the data begin and after they end, where that silence is no accident."""
    flat = covered.reshape(-1)
    inside = np.ones(flat.shape, dtype=bool)
    if not flat.any():
        return inside.reshape(any_.shape)
    first, last = int(np.argmax(flat)), len(flat) - 1 - int(np.argmax(flat[::-1]))
    usual, spread = _rates(fresh, held & covered & any_.any(axis=1)[:, None])
    rate = np.tile(usual, any_.shape[0]) * held.reshape(-1)
    if _chance(rate[:first].sum(), spread) < _AT_EDGE:
        inside[:first] = False
    if _chance(rate[last + 1 :].sum(), spread) < _AT_EDGE:
        inside[last + 1 :] = False
    return inside.reshape(any_.shape)


def _rates(fresh: Any, up: Any) -> tuple[Any, float]:
    """Give aircraft newly heard by hour of the day, and how much more than Poisson they vary."""
    hours = up.sum(axis=0)
    total = float((fresh * up).sum())
    mean = total / max(1.0, float(hours.sum()))
    rate = ((fresh * up).sum(axis=0) + mean) / (hours + 1.0)
    rate = np.maximum(rate, _QUIET * mean)
    cells = int(up.sum())
    if mean <= 0 or cells <= 24:
        return rate, 1.0
    pearson = float((((fresh - rate) ** 2 / np.maximum(rate, 1e-9)) * up).sum()) / (cells - 24)
    return rate, min(_DISPERSION_MOST, max(1.0, pearson))


def _chance(mean: Any, spread: float) -> Any:
    """Give the chance of none where `mean` are expected: negative binomial, variance `spread` times the mean."""
    per = 1.0 if spread <= 1.0 + 1e-9 else math.log(spread) / (spread - 1.0)
    return np.exp(-mean * per)


def _long(silent: Any, held: Any, usual: Any, spread: float, chance: float) -> Any:
    """Mark the hours of silences that are less likely than `chance`; hours not held neither end nor lengthen one."""
    flat, have = silent.reshape(-1), held.reshape(-1)
    rate = np.tile(usual, silent.shape[0])
    out = np.zeros(flat.shape, dtype=bool)
    where = np.flatnonzero(have)
    quiet = flat[where]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    for lo, hi in edges.reshape(-1, 2):
        hours = where[lo:hi]
        if _chance(rate[hours].sum(), spread) < chance:
            out[hours] = True
    return out.reshape(silent.shape)
