"""SIMULATED stops of others at one airfield, as rows that inference would give, with what was received of each end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.analysis.heard import HEARD
from wheelsdown.schema import VISITS

FIELD, ELSEWHERE = "LLOV", "UBBB"
START = date(2023, 9, 1)
MIDNIGHT = datetime(2023, 9, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """How things are, and what was received of them."""

    visits: pl.DataFrame
    heard: pl.DataFrame
    share: float
    """Of many stops (20,000 more of the same kind), those that would leave a row."""
    stops: int
    days: int

    @property
    def until(self) -> date:
        return START + timedelta(days=self.days - 1)


@dataclass
class Made:
    """Settings of a world."""

    seed: int = 1
    days: int = 20
    stops: int = 200
    p_in: float = 0.9
    p_out: float = 0.9
    odds: float = 1.0
    """Odds ratio between receiving the one end and the other."""
    en_route: float = 1.0
    """Chance that a flight is received away from the field."""
    per_hour: float = 4.0
    """Aircraft newly heard an hour."""
    outages: list[tuple[float, float]] = field(default_factory=list)
    """From and to, in hours from the first midnight."""
    strong: float = 0.9
    height_ft: float = 800.0

    def up(self, hour: Any) -> Any:
        """Tell whether receivers were up."""
        return ~np.any([(hour >= a) & (hour < b) for a, b in self.outages] or [np.zeros(np.shape(hour), bool)], axis=0)

    def world(self) -> World:
        """Make it."""
        rng = np.random.default_rng(self.seed)
        _, _, inside, outside = self._stops(rng, 20_000)
        share = float(np.mean(inside | outside))
        came, left, inside, outside = self._stops(rng, self.stops)
        before, after = rng.random((2, self.stops)) < self.en_route
        rows = [
            _row(n, came[n], left[n], bool(inside[n]), bool(outside[n]), bool(before[n]), bool(after[n]), self, rng)
            for n in range(self.stops)
            if inside[n] or outside[n]
        ]
        elsewhere = [_away(n, left[n] + 5.0) for n in range(self.stops) if inside[n] or outside[n] if after[n]]
        visits = VISITS.conform(pl.DataFrame([*rows, *elsewhere], schema_overrides=VISITS.schema), fill=True)
        return World(visits, self._heard(rng), share, self.stops, self.days)

    def _stops(self, rng: Any, n: int) -> tuple[Any, Any, Any, Any]:
        """Draw stops: when they came and left, and which of their ends were received."""
        came = np.sort(rng.uniform(0.0, self.days * 24.0, n))
        left = came + np.exp(rng.normal(np.log(1.5), 0.6, n))
        both = _joint(self.p_in, self.p_out, self.odds)
        u = rng.random(n)
        inside = (u < self.p_in) & self.up(came)
        outside = (u < both) | ((u >= self.p_in) & (u < self.p_in + self.p_out - both))
        return came, left, inside, outside & self.up(left) & (left < self.days * 24.0)

    def _heard(self, rng: Any) -> pl.DataFrame:
        hours = np.arange(self.days * 24)
        counts = rng.poisson(self.per_hour, len(hours)) * self.up(hours + 0.5)
        rows = [
            (FIELD, START + timedelta(days=int(h // 24)), int(h % 24), f"d1{h:03x}{k:01x}"[:6], "SIMULATED", True)
            for h, n in zip(hours, counts, strict=True)
            for k in range(int(n))
        ]
        return pl.DataFrame(rows, schema=HEARD, orient="row")


def _joint(p: float, q: float, odds: float) -> float:
    """Chance of both, for two chances and their odds ratio (Plackett 1965)."""
    if abs(odds - 1.0) < 1e-9:
        return p * q
    s = 1.0 + (p + q) * (odds - 1.0)
    return (s - np.sqrt(s * s - 4.0 * odds * (odds - 1.0) * p * q)) / (2.0 * (odds - 1.0))


def at(hours: float) -> datetime:
    """Time so many hours after the first midnight."""
    return MIDNIGHT + timedelta(hours=float(hours))


def _row(
    n: int, came: float, left: float, inside: bool, outside: bool, before: bool, after: bool, made: Made, rng: Any
) -> dict[str, Any]:
    grade_in = ("likely" if rng.random() < made.strong else "possible") if inside else None
    grade_out = ("likely" if rng.random() < made.strong else "possible") if outside else None
    strong = "likely" in (grade_in, grade_out)
    return {
        "visit_id": f"d{n:05x}-x",
        "icao24": f"d{n:05x}",
        "airfield": FIELD,
        "rivals": [],
        "arrived_utc": at(came) if inside else None,
        "arrived_latest_utc": at(came) if inside else at(left),
        "departed_utc": at(left) if outside else None,
        "grade": "inferred" if inside and outside and strong else "likely" if strong else "possible",
        "integrity": [],
        "last_before_utc": at(came - 0.1) if inside else at(came - 2.0) if before else None,
        "first_after_utc": at(left + 0.1) if outside else at(left + 2.0) if after else None,
        "arrival_height_ft": made.height_ft if inside else None,
        "arrival_grade": grade_in,
        "departure_height_ft": made.height_ft if outside else None,
        "departure_grade": grade_out,
        "source": "SIMULATED",
    }


def _away(n: int, hour: float) -> dict[str, Any]:
    return {
        "visit_id": f"d{n:05x}-y",
        "icao24": f"d{n:05x}",
        "airfield": ELSEWHERE,
        "rivals": [],
        "arrived_utc": at(hour),
        "arrived_latest_utc": at(hour),
        "departed_utc": None,
        "grade": "likely",
        "integrity": [],
        "arrival_grade": "likely",
        "source": "SIMULATED",
    }
