"""SIMULATED flights at real runways: straight-in approaches of 3 degrees, rolls, taxi, stays, climbs.

A `Flight` is a list of knots (time, place, true altitude, on the ground or not, height above the field it belongs to);
`positions` samples it as a receiver would: every few seconds, in pressure altitude, with or without a ground flag, and
with what lies too low for the receivers taken away.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.geo import bearing_deg, distance_km
from wheelsdown.schema import POSITIONS

SOURCE = "SIMULATED"
START = datetime(2023, 9, 4, 6, 0, tzinfo=UTC)
FT_PER_KM_3_DEG = 171.9
KM_S = 1.852 / 3600.0
HIGH = 99_999.0
"""Height above a field where none is near."""


def ahead(lat: float, lon: float, course_deg: float, km: float) -> tuple[float, float]:
    """Point so many km from another on a course (great circle)."""
    d, c, p = km / 6371.0088, math.radians(course_deg), math.radians(lat)
    q = math.asin(math.sin(p) * math.cos(d) + math.cos(p) * math.sin(d) * math.cos(c))
    dl = math.atan2(math.sin(c) * math.sin(d) * math.cos(p), math.cos(d) - math.sin(p) * math.sin(q))
    return math.degrees(q), (lon + math.degrees(dl) + 180.0) % 360.0 - 180.0


@dataclass(frozen=True)
class Runway:
    """One direction of a runway: where it begins, how it runs, how high and how long it is."""

    code: str
    lat: float
    lon: float
    heading: float
    elevation_ft: float
    length_km: float

    def point(self, before_km: float, right_km: float = 0.0) -> tuple[float, float]:
        """Point before the threshold (negative: beyond it), right of the centreline as flown."""
        lat, lon = ahead(self.lat, self.lon, self.heading + 180.0, before_km)
        return ahead(lat, lon, self.heading + 90.0, right_km) if right_km else (lat, lon)


def runways_of(airfields: pl.DataFrame, runways: pl.DataFrame, code: str) -> dict[str, Runway]:
    """Both directions of every runway of a field whose ends are known."""
    own = airfields.filter(pl.col("code") == code).row(0, named=True)
    out: dict[str, Runway] = {}
    for r in runways.filter(pl.col("code") == code).iter_rows(named=True):
        ends = [r[f"{e}_{c}"] for e in ("le", "he") for c in ("latitude_deg", "longitude_deg")]
        if any(e is None for e in ends):
            continue
        a, b = tuple(ends[:2]), tuple(ends[2:])
        km = float(distance_km(*a, *b))
        for name, at, to in (("le", a, b), ("he", b, a)):
            elevation = r[f"{name}_elevation_ft"]
            elevation = own["elevation_ft"] if elevation is None else elevation
            out[str(r[f"{name}_ident"])] = Runway(code, *at, float(bearing_deg(*at, *to)), float(elevation or 0.0), km)
    return out


@dataclass
class Flight:
    """Knots of one aircraft's day, made by flying it."""

    icao24: str = "d00001"
    callsign: str = "SIM001"
    start: datetime = START
    t: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    alt: list[float] = field(default_factory=list)
    height: list[float] = field(default_factory=list)
    ground: list[bool] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    touchdowns: list[tuple[str, float]] = field(default_factory=list)
    liftoffs: list[tuple[str, float]] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self.t[-1] if self.t else 0.0

    def knot(self, t: float, at: tuple[float, float], alt: float, height: float, *, ground: bool) -> Flight:
        """Add a place at a time; what lies between two knots is flown straight at a steady rate."""
        self.t.append(t)
        self.lat.append(at[0])
        self.lon.append(at[1])
        self.alt.append(alt)
        self.height.append(height)
        self.ground.append(ground)
        self.signs.append(self.callsign)
        return self

    def stand(self, rw: Runway, minutes: float) -> Flight:
        """Stand beside the middle of the runway."""
        at = rw.point(-rw.length_km / 2, 0.4)
        self.knot(self.now + (1.0 if self.t else 0.0), at, rw.elevation_ft, 0.0, ground=True)
        return self.knot(self.now + 60.0 * minutes, at, rw.elevation_ft, 0.0, ground=True)

    def take_off(self, rw: Runway, *, kt: float = 160.0, ft_per_km: float = 330.0, straight_km: float = 12.0) -> Flight:
        """Taxi to the threshold, roll, lift off and climb straight ahead."""
        e = rw.elevation_ft
        self.knot(self.now + rw.length_km / 2 / (15 * KM_S), rw.point(0.0), e, 0.0, ground=True)
        roll = min(1.4, 0.6 * rw.length_km)
        self.knot(self.now + 2 * roll / (kt * KM_S), rw.point(-roll), e, 0.0, ground=True)
        self.liftoffs.append((rw.code, self.now))
        for km in (0.3, straight_km):
            gone = km if km == 0.3 else straight_km - 0.3
            height = km * ft_per_km
            self.knot(self.now + gone / (kt * KM_S), rw.point(-roll - km), e + height, height, ground=False)
        return self

    def to(self, at: tuple[float, float], alt: float, *, kt: float = 380.0, height: float = HIGH) -> Flight:
        """Fly to a point on a great circle."""
        lat, lon = self.lat[-1], self.lon[-1]
        km = float(distance_km(lat, lon, *at))
        course, alt0, t0 = float(bearing_deg(lat, lon, *at)), self.alt[-1], self.now
        pieces = max(1, math.ceil(km / 40.0))
        for n in range(1, pieces + 1):
            share = n / pieces
            place = ahead(lat, lon, course, km * share) if n < pieces else at
            self.knot(t0 + km * share / (kt * KM_S), place, alt0 + (alt - alt0) * share, height, ground=False)
        return self

    def cruise(self, at: tuple[float, float], alt: float, *, level: float = 33_000.0, kt: float = 420.0) -> Flight:
        """Climb at 160 ft/km, cruise, and come down at 170 ft/km to a point at an altitude."""
        lat, lon = self.lat[-1], self.lon[-1]
        km = float(distance_km(lat, lon, *at))
        level = min(level, (km * 330.0 * 170.0 / 500.0 + max(self.alt[-1], alt)) * 0.9)
        level = max(level, self.alt[-1], alt)
        up, down = (level - self.alt[-1]) / 330.0, (level - alt) / 170.0
        course = float(bearing_deg(lat, lon, *at))
        if up + down < km:
            self.to(ahead(lat, lon, course, up), level, kt=0.75 * kt)
            if km - up - down > 1.0:
                self.to(ahead(lat, lon, course, km - down), level, kt=kt)
        return self.to(at, alt, kt=0.75 * kt)

    def final(self, rw: Runway, *, from_km: float = 24.0, to_ft: float = 0.0, kt: float = 140.0) -> Flight:
        """Fly the last kilometres at 3 degrees from where the flight is, down to a height above the runway."""
        e = rw.elevation_ft
        to_km = max(0.0, to_ft / FT_PER_KM_3_DEG - 0.3)
        self.height[-1] = self.alt[-1] - e
        pieces = max(1, math.ceil((from_km - to_km) / 3.0))
        for n in range(1, pieces + 1):
            km = from_km + (to_km - from_km) * n / pieces
            height = (km + 0.3) * FT_PER_KM_3_DEG
            step = (from_km - to_km) / pieces
            self.knot(self.now + step / (kt * KM_S), rw.point(km), e + height, height, ground=False)
        return self

    def approach(self, rw: Runway, *, from_km: float = 24.0, to_ft: float = 0.0, level: float = 33_000.0) -> Flight:
        """Come from where the flight is to a point on the extended centreline, and down the slope."""
        height = (from_km + 0.3) * FT_PER_KM_3_DEG
        if self.t:
            self.cruise(rw.point(from_km), rw.elevation_ft + height, level=level)
        else:
            self.knot(0.0, rw.point(from_km + 40.0), rw.elevation_ft + height + 3_000.0, HIGH, ground=False)
            self.to(rw.point(from_km), rw.elevation_ft + height, kt=250.0)
        return self.final(rw, from_km=from_km, to_ft=to_ft)

    def land(self, rw: Runway, *, from_km: float = 24.0, level: float = 33_000.0, taxi: bool = True) -> Flight:
        """Approach, touch down, roll out and taxi to the stand."""
        self.approach(rw, from_km=from_km, level=level)
        e = rw.elevation_ft
        self.knot(self.now + 0.3 / (140 * KM_S), rw.point(-0.3), e, 0.0, ground=True)
        self.touchdowns.append((rw.code, self.now))
        roll = min(1.5, 0.6 * rw.length_km)
        self.knot(self.now + 2 * roll / (150 * KM_S), rw.point(-0.3 - roll), e, 0.0, ground=True)
        if taxi:
            self.knot(self.now + 60.0, rw.point(-rw.length_km / 2, 0.4), e, 0.0, ground=True)
        return self

    def called(self, callsign: str) -> Flight:
        """Change the call sign from here on."""
        self.callsign = callsign
        return self

    def at(self, seconds: float) -> datetime:
        """Give the time of day of a moment of the flight."""
        return self.start + timedelta(seconds=seconds)


def sampled(
    flight: Flight,
    *,
    every_s: float = 5.0,
    qnh: float = 1013.25,
    flag: bool | None = True,
    above_ft: float = 0.0,
    standing_s: float = 60.0,
    noise_m: float = 0.0,
    ground_altitude: bool = True,
    rng: np.random.Generator | None = None,
    **columns: Any,
) -> pl.DataFrame:
    """Sample a flight as POSITIONS.

    Parameters
    ----------
    flight : Flight
    every_s : float
        Seconds between positions; with `rng` between half and one and a half times as many.
    qnh : float, hPa
        Sea-level pressure: the altitude that is broadcast is off by 27.3 ft a hPa.
    flag : bool or None
        Whether the source has a ground flag.
    above_ft : float
        Positions lower than this above their field are not received.
    standing_s : float
        Seconds between positions while it stands.
    noise_m : float
        Spread of the position's error.
    ground_altitude : bool
        Whether altitudes are given on the ground.
    rng : numpy Generator
    **columns
        Further columns of POSITIONS, one value each.
    """
    rng = rng or np.random.default_rng(1)
    jitter = noise_m > 0
    k_t = np.array(flight.t)
    times: list[float] = []
    for a, b, same in zip(k_t[:-1], k_t[1:], _standing(flight), strict=True):
        step = standing_s if same else every_s
        t = a if not times else max(a, times[-1] + step)
        while t < b:
            times.append(t)
            t += step * (rng.uniform(0.5, 1.5) if jitter else 1.0)
    t = np.array([*times, k_t[-1]])
    unwrapped = np.degrees(np.unwrap(np.radians(flight.lon)))
    lat, lon = np.interp(t, k_t, flight.lat), np.interp(t, k_t, unwrapped)
    alt, height = np.interp(t, k_t, flight.alt), np.interp(t, k_t, flight.height)
    piece = np.clip(np.searchsorted(k_t, t, side="right") - 1, 0, len(k_t) - 1)
    knots = np.array(flight.ground)
    ground = knots[piece] & knots[np.minimum(piece + 1, len(k_t) - 1)]
    gs, trk, vr = _motion(flight, k_t, unwrapped, piece)
    if jitter:
        lat = lat + rng.normal(0, noise_m / 111_195.0, len(t))
        lon = lon + rng.normal(0, noise_m / 111_195.0, len(t)) / np.cos(np.radians(lat))
        gs, trk = gs + rng.normal(0, 1.0, len(t)) * (gs > 20), trk + rng.normal(0, 0.5, len(t))
    pressure = np.round((alt + 27.3 * (1013.25 - qnh)) / 25.0) * 25.0
    frame = pl.DataFrame(
        {
            "icao24": [flight.icao24] * len(t),
            "time_utc": [flight.start + timedelta(seconds=round(float(s), 3)) for s in t],
            "latitude_deg": lat,
            "longitude_deg": (lon + 180.0) % 360.0 - 180.0,
            "altitude_ft": [
                None if g and not ground_altitude else float(p) for g, p in zip(ground, pressure, strict=True)
            ],
            "on_ground": [bool(g) for g in ground] if flag else [None] * len(t),
            "groundspeed_kt": np.maximum(gs, 0.0),
            "track_deg": trk % 360.0,
            "vertical_rate_fpm": vr,
            "callsign": np.array(flight.signs)[piece].tolist(),
            "position_source": ["adsb"] * len(t),
            "source": [SOURCE] * len(t),
            "receipt": [None] * len(t),
        }
    ).with_columns(
        pl.col("time_utc").cast(pl.Datetime("ms", "UTC")),
        pl.col("altitude_ft").fill_nan(None),
        *(pl.lit(v).alias(k) for k, v in columns.items()),
    )
    kept = frame.filter(pl.Series(height >= above_ft)) if above_ft > 0 else frame
    return POSITIONS.conform(kept, fill=True)


def _standing(flight: Flight) -> list[bool]:
    places = list(zip(flight.lat, flight.lon, strict=True))
    return [a == b for a, b in itertools.pairwise(places)]


def _motion(flight: Flight, k_t: Any, lon: Any, piece: Any) -> tuple[Any, Any, Any]:
    lat, alt = np.array(flight.lat), np.array(flight.alt)
    n = len(k_t)
    if n < 2:
        return np.zeros(len(piece)), np.zeros(len(piece)), np.zeros(len(piece))
    dt = np.maximum(np.diff(k_t), 1e-3)
    gs = distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]) / dt / KM_S
    trk = bearing_deg(lat[:-1], lon[:-1], lat[1:], lon[1:])
    vr = np.diff(alt) / dt * 60.0
    i = np.minimum(piece, n - 2)
    return gs[i], trk[i], vr[i]


def rows(*points: tuple[float, float, float, float | None, bool | None, float | None], **columns: Any) -> pl.DataFrame:
    """POSITIONS from (seconds, latitude, longitude, altitude, ground flag, speed): for what no flight would do."""
    names = ("time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "on_ground", "groundspeed_kt")
    frame = pl.DataFrame(
        [(START + timedelta(seconds=p[0]), *p[1:]) for p in points],
        schema={n: POSITIONS.schema[n] for n in names},
        orient="row",
    ).with_columns(icao24=pl.lit("d00001"), source=pl.lit(SOURCE), callsign=pl.lit("SIM001"))
    return POSITIONS.conform(frame.with_columns(*(pl.lit(v).alias(k) for k, v in columns.items())), fill=True)
