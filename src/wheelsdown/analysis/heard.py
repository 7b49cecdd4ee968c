"""Who was heard near an airfield in which hour, and which silences are longer than chance allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km_expr

__all__ = ["CEILING_FT", "CHANCE", "HEARD", "RADIUS_KM", "Silences", "heard", "silences"]

RADIUS_KM: Final = 100.0
CEILING_FT: Final = 20_000.0
CHANCE: Final = 0.0001
"""A silence less likely than this, while receivers were up, is an outage."""
_DOUBTFUL: Final = 0.05
_AT_EDGE: Final = 0.01
_DRAWS: Final = 200
_SEED: Final = 20_230_901
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
}
"""One row an aircraft and UTC hour in which it was received low near an airfield. `icao24` may be a recording."""


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
        Any part of them, in any order: results of parts are put together with ``pl.concat(parts).unique()``.
    fields : frame of AIRFIELDS
        The airfields asked for: `code`, `latitude_deg`, `longitude_deg` are read.
    radius_km, ceiling_ft : float
        Distance from the reference point; pressure altitude (geometric where there is none).

    Returns
    -------
    polars.DataFrame
        Columns of `HEARD`, each row once, sorted. On the ground is low; a position without any altitude does not count.

    Notes
    -----
    The flag "a receiver was up" of the reference (``docs/methods.md``, Observability). It cannot see aircraft that do
    not broadcast, nor tell a quiet hour from a deaf one: `silences` does, as far as that can be told.
    """
    have = positions.columns
    altitude = pl.coalesce([c for c in ("altitude_ft", "altitude_geom_ft") if c in have])
    low = (altitude < ceiling_ft) | (pl.col("on_ground") if "on_ground" in have else pl.lit(value=False))
    rows = positions.lazy().filter(low.fill_null(value=False))
    out = [pl.DataFrame(schema=HEARD)]
    for field in fields.iter_rows(named=True):
        lat, lon = field["latitude_deg"], field["longitude_deg"]
        # a band of latitude first: most rows fall out without a sine
        band = (pl.col("latitude_deg") - lat).abs() <= radius_km / 110.0
        km = distance_km_expr("latitude_deg", "longitude_deg", lat, lon)
        near = rows.filter(band).filter(km <= radius_km)
        out.append(
            near.select(
                airfield=pl.lit(field["code"], dtype=pl.String),
                day=pl.col("time_utc").dt.date(),
                hour=pl.col("time_utc").dt.hour(),
                icao24=pl.coalesce("icao24", "track_id").cast(pl.String),
                source=pl.col("source").cast(pl.String),
            )
            .unique()
            .collect()
        )
    return pl.concat(out).unique().sort(list(HEARD))


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
    usual: Any
    """Aircraft newly heard in each hour of the day, on average (24 values)."""
    hidden: float
    """Share of the hours taken for up that is likely to have been down all the same: more silence than chance gives,
    in pieces too short to be told apart."""
    hidden_most: float
    """The most that this share may be."""


def silences(heard_here: pl.DataFrame, days: Sequence[Any], held: Any) -> Silences:
    """Tell hours in which receivers were down: a silence of all traffic far longer than chance allows.

    Parameters
    ----------
    heard_here : frame with columns of `HEARD`
        One airfield's, without the aircraft asked about.
    days : sequence of date
        Consecutive UTC days.
    held : bool array (days, 24)
        Hours that the archive holds.

    Returns
    -------
    Silences

    Notes
    -----
    Counted are aircraft newly heard (not heard in the hour before), which come nearly independently; their rate is
    pooled by hour of the day over all days, drawn a little to the mean hour, and never below a twentieth of it (a
    quarter for `surely`). A silence is the chance that none comes under a negative binomial of that mean and of the
    dispersion found (at least Poisson); below `CHANCE` it is an outage, and the rates are estimated again without it,
    three times. Shorter outages cannot be told one by one: their sum is the share of hours in silences of a chance
    below 0.05, less what 200 drawn windows of the same rates have (seed fixed). It cannot tell an outage from a day on
    which nobody flew (a holiday, a closed airspace): both leave the exposure.
    """
    count, fresh = _hourly(heard_here, days)
    up = np.asarray(held, dtype=bool) & _within_data(count > 0, fresh, np.asarray(held, dtype=bool))
    asked = up.copy()
    usual, spread = _rates(fresh, up & (count.sum(axis=1) > 0)[:, None])
    for _ in range(3):
        up = asked & ~_long(count == 0, asked, usual, spread, CHANCE)
        usual, spread = _rates(fresh, up)
    up = asked & ~_long(count == 0, asked, usual, spread, CHANCE)
    loud = np.maximum(usual, _DEAF * float(usual.mean()))
    surely = up & ~_long(count == 0, asked, loud, spread, CHANCE)
    hidden, most = _hidden(count == 0, up, usual, spread)
    return Silences(count, up, surely, usual, hidden, most)


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


def _within_data(any_: Any, fresh: Any, held: Any) -> Any:
    """Leave out the hours before the first and after the last reception, where that silence is no accident."""
    flat = any_.reshape(-1)
    inside = np.ones(flat.shape, dtype=bool)
    if not flat.any():
        return inside.reshape(any_.shape)
    first, last = int(np.argmax(flat)), len(flat) - 1 - int(np.argmax(flat[::-1]))
    usual, spread = _rates(fresh, held & any_.any(axis=1)[:, None])
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


def _hidden(silent: Any, up: Any, usual: Any, spread: float) -> tuple[float, float]:
    """Give the share of hours in doubtful silences beyond what chance gives, and the most it may be."""
    hours = int(up.sum())
    if hours < 24:
        return 0.0, 0.0
    found = _long(silent, up, usual, spread, _DOUBTFUL) & ~_long(silent, up, usual, spread, CHANCE)
    share = float((found & up).sum()) / hours
    rate = np.tile(usual, silent.shape[0])[up.reshape(-1)]
    quiet = _chance(rate, spread)
    if float(quiet.max()) < 1e-6:
        return share, share
    rng = np.random.default_rng(_SEED)
    drawn = _doubtful_shares(rng.random((_DRAWS, len(rate))) < quiet, -np.log(quiet))
    usual_share, low, high = float(drawn.mean()), float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))
    return (max(0.0, share - usual_share) if share > high else 0.0), max(0.0, share - low)


def _doubtful_shares(silent: Any, weight: Any) -> Any:
    """Give, for each drawn window, the share of hours in silences of a chance between `CHANCE` and 0.05."""
    draws, n = silent.shape
    low, high = -math.log(_DOUBTFUL), -math.log(CHANCE)
    run = np.zeros(draws)
    length = np.zeros(draws)
    total = np.zeros(draws)
    for i in range(n + 1):
        quiet = silent[:, i] if i < n else np.zeros(draws, dtype=bool)
        ended = ~quiet & (length > 0)
        total += np.where(ended & (run > low) & (run <= high), length, 0.0)
        run = np.where(quiet, run + (weight[i] if i < n else 0.0), 0.0)
        length = np.where(quiet, length + 1.0, 0.0)
    return total / n
