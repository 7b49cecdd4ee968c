"""Wind and pressure by the hour: smooth made-up series, the same whatever else a scenario says."""

from __future__ import annotations

import zlib
from typing import Any, Final, NamedTuple

import numpy as np

from wheelsdown.simulate.scenario import Scenario

__all__ = ["Weather", "stream", "weather_of"]

FT_PER_HPA: Final = 27.3
"""Near the ground, in the standard atmosphere."""
STANDARD_HPA: Final = 1013.25
SPARE_H: Final = 96

F64 = np.ndarray[Any, np.dtype[np.float64]]


class Weather(NamedTuple):
    """By field and hour from the first midnight on."""

    shift_ft: F64  # pressure altitude less height, fields by hours
    wind_east_kt: F64  # at the surface, where it blows to
    wind_north_kt: F64
    upper_east_kt: F64  # at 36,000 ft, by hour
    upper_north_kt: F64


def stream(seed: int, *key: int) -> np.random.Generator:
    """Random numbers of one thing: another thing's do not depend on it."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def _wander(rng: np.random.Generator, hours: int, shortest_h: float, longest_h: float) -> F64:
    """A series around 0 with a standard deviation of about 1: a sum of waves of random periods."""
    period = shortest_h * (longest_h / shortest_h) ** rng.random(10)
    phase = rng.random(10) * 2.0 * np.pi
    t = np.arange(hours, dtype=np.float64)
    waves = np.sin(2.0 * np.pi * t[:, None] / period[None, :] + phase[None, :])
    total: F64 = waves.sum(axis=1) / np.sqrt(5.0)
    return total


def weather_of(scenario: Scenario, codes: list[str]) -> Weather:
    """Make the series for these fields."""
    hours = scenario.days * 24 + SPARE_H
    rng = stream(scenario.seed, 10)
    low, high = scenario.noise.qnh_hpa
    b = scenario.behaviour
    region = _wander(rng, hours, 40.0, 400.0)
    mean_kt = rng.uniform(*b.surface_wind_kt)
    toward = rng.uniform(0.0, 2.0 * np.pi)
    east, north = _wander(rng, hours, 12.0, 200.0), _wander(rng, hours, 12.0, 200.0)
    shift, we, wn = (np.zeros((len(codes), hours)) for _ in range(3))
    for k, code in enumerate(codes):
        own = stream(scenario.seed, 11, zlib.crc32(code.encode()))
        qnh = (low + high) / 2.0 + (high - low) / 4.0 * (0.9 * region + 0.25 * _wander(own, hours, 40.0, 300.0))
        shift[k] = FT_PER_HPA * (STANDARD_HPA - np.clip(qnh, low, high))
        we[k] = mean_kt * (0.4 * np.sin(toward) + 0.8 * east + 0.5 * _wander(own, hours, 5.0, 60.0))
        wn[k] = mean_kt * (0.4 * np.cos(toward) + 0.8 * north + 0.5 * _wander(own, hours, 5.0, 60.0))
    aloft = rng.uniform(*b.upper_wind_kt)
    # mostly from the west
    course = np.radians(90.0 + 35.0 * _wander(rng, hours, 24.0, 300.0))
    speed = aloft * np.clip(1.0 + 0.4 * _wander(rng, hours, 24.0, 300.0), 0.1, 2.0)
    return Weather(shift, we, wn, speed * np.sin(course), speed * np.cos(course))
