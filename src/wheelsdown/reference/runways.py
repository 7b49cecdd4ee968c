"""What can be worked out of a runway that its list gives in part, each step marked in `source`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import EARTH_RADIUS_KM, bearing_deg, distance_km
from wheelsdown.schema import RUNWAYS
from wheelsdown.units import M_PER_FT

__all__ = ["complete_runways", "far_end"]

_KM_PER_FT: Final = M_PER_FT / 1000.0
_REVERSED_DEG: Final = 150.0


def far_end(latitude_deg: Any, longitude_deg: Any, heading_deg: Any, length_ft: Any) -> tuple[Any, Any]:
    """Go a length along a true heading from a point; numbers or arrays, degrees and feet."""
    d = np.asarray(length_ft, dtype=float) * _KM_PER_FT / EARTH_RADIUS_KM
    p1, l1, h = np.radians(latitude_deg), np.radians(longitude_deg), np.radians(heading_deg)
    p2 = np.arcsin(np.clip(np.sin(p1) * np.cos(d) + np.cos(p1) * np.sin(d) * np.cos(h), -1, 1))
    l2 = l1 + np.arctan2(np.sin(h) * np.sin(d) * np.cos(p1), np.cos(d) - np.sin(p1) * np.sin(p2))
    return np.degrees(p2), (np.degrees(l2) + 540.0) % 360.0 - 180.0


def _off(a: Any, b: Any) -> Any:
    """Give the angle between two headings, 0 to 180; nan where either is unknown."""
    return np.abs((a - b + 180.0) % 360.0 - 180.0)


def complete_runways(runways: pl.DataFrame) -> pl.DataFrame:
    """Fill headings and far ends that follow from what is given.

    In this order: ends written the wrong way round are put right (the bearing from `le` to `he` contradicts the
    runway's number and any stated heading by more than 150 degrees); a missing far end is placed by heading and
    length from the known one; a missing heading is the bearing between the ends, or the other end's reversed.
    Nothing that the list states is replaced but ends that were swapped.

    Parameters
    ----------
    runways : polars.DataFrame
        RUNWAYS.

    Returns
    -------
    polars.DataFrame
        RUNWAYS; `source` names each step taken, e.g. ``OurAirports (far end derived)``. Ends without coordinates,
        heading and length stay null.

    Notes
    -----
    It cannot see a runway that is wrong in place and right in direction.
    """
    v: dict[str, Any] = {
        n: runways[n].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
        for n in runways.columns
        if n.endswith(("_deg", "length_ft"))
    }
    number = {
        e: runways[f"{e}_ident"].str.extract(r"^(\d{1,2})").cast(pl.Float64).fill_null(float("nan")).to_numpy() * 10
        for e in ("le", "he")
    }
    ends = ("latitude_deg", "longitude_deg")
    known = {e: np.isfinite(v[f"{e}_latitude_deg"]) & np.isfinite(v[f"{e}_longitude_deg"]) for e in ("le", "he")}
    with np.errstate(invalid="ignore"):
        both = known["le"] & known["he"]
        place = [v[f"{e}_{c}"] for e in ("le", "he") for c in ends]
        both &= np.nan_to_num(distance_km(*place)) > 0.05
        bearing = bearing_deg(*place)
        stated = v["le_heading_deg"]
        swapped = both & (_off(bearing, number["le"]) > _REVERSED_DEG)
        swapped &= np.isnan(stated) | (_off(bearing, stated) > _REVERSED_DEG)
        for c in ends:
            le, he = v[f"le_{c}"].copy(), v[f"he_{c}"].copy()
            v[f"le_{c}"], v[f"he_{c}"] = np.where(swapped, he, le), np.where(swapped, le, he)
        bearing = np.where(swapped, bearing_deg(*[v[f"{e}_{c}"] for e in ("le", "he") for c in ends]), bearing)

        for e, other in (("le", "he"), ("he", "le")):
            reverse = (v[f"{other}_heading_deg"] + 180.0) % 360.0
            # after the number painted on it a heading that is 90 degrees out would place the end in a field
            v[f"_{e}"] = np.where(np.isnan(v[f"{e}_heading_deg"]), reverse, v[f"{e}_heading_deg"])
            v[f"_{e}"] = np.where(_off(v[f"_{e}"], number[e]) > 90.0, np.nan, v[f"_{e}"])
        derived = np.zeros(runways.height, dtype=bool)
        for e, other in (("le", "he"), ("he", "le")):
            can = known[e] & ~known[other] & np.isfinite(v[f"_{e}"]) & np.isfinite(v["length_ft"])
            lat, lon = far_end(v[f"{e}_latitude_deg"], v[f"{e}_longitude_deg"], v[f"_{e}"], v["length_ft"])
            v[f"{other}_latitude_deg"] = np.where(can, np.round(lat, 6), v[f"{other}_latitude_deg"])
            v[f"{other}_longitude_deg"] = np.where(can, np.round(lon, 6), v[f"{other}_longitude_deg"])
            derived |= can

        between = {"le": bearing, "he": (bearing + 180.0) % 360.0}
        filled = np.zeros(runways.height, dtype=bool)
        for e in ("le", "he"):
            missing = np.isnan(v[f"{e}_heading_deg"])
            value = np.where(both, between[e], v[f"_{e}"])
            filled |= missing & np.isfinite(value)
            v[f"{e}_heading_deg"] = np.where(missing, np.round(value, 1) % 360.0, v[f"{e}_heading_deg"])

    marks = [
        np.where(swapped, " (ends swapped back)", ""),
        np.where(derived, " (far end derived)", ""),
        np.where(filled, " (heading derived)", ""),
    ]
    frame = runways.with_columns(
        *(pl.Series(n, a).fill_nan(None).alias(n) for n, a in v.items() if not n.startswith("_")),
        pl.concat_str("source", *(pl.Series("m", m.astype(str)) for m in marks)).alias("source"),
    )
    return RUNWAYS.conform(frame)
