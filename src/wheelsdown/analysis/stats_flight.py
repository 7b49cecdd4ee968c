"""What heights, distances and times allow: pressure altitude over a field, reach, hidden stops, radio horizon.

Plain numbers in, plain numbers out. The compiled inference has rules of its own for the same things; these are the
formulas as published, for checks, simulation and bounds.
"""

from __future__ import annotations

import math
from typing import Final

from wheelsdown.errors import UsageError
from wheelsdown.units import KM_PER_NM

__all__ = [
    "STANDARD_HPA",
    "could_stop",
    "could_stop_at_both",
    "height_above_field_ft",
    "hidden_visits",
    "must_have_stopped",
    "pressure_altitude_ft",
    "radio_horizon_nm",
]

STANDARD_HPA: Final = 1013.25
_SCALE_FT: Final = 145366.45
_EXPONENT: Final = 0.190284
FT_PER_HPA: Final = 27.3
_MIN_PER_H: Final = 60.0


def pressure_altitude_ft(elevation_ft: float, qnh_hpa: float) -> float:
    """Give the pressure altitude that an aircraft reports on a runway.

    Parameters
    ----------
    elevation_ft : float
        Of the runway, above mean sea level.
    qnh_hpa : float
        The day's pressure reduced to sea level.

    Returns
    -------
    float
        In ft. About elevation + 27.3 (1013.25 - q).

    Notes
    -----
    US Standard Atmosphere 1976 as used by the US National Weather Service. Without the day's pressure allow -900 to
    +950 ft; with it 100 ft, for the altimeter and its steps.
    """
    if qnh_hpa <= 0:
        raise UsageError(f"a pressure of {qnh_hpa} hPa")
    at_field = (1.0 - elevation_ft / _SCALE_FT) ** (1.0 / _EXPONENT) * qnh_hpa / STANDARD_HPA
    return float(_SCALE_FT * (1.0 - at_field**_EXPONENT))


def height_above_field_ft(pressure_ft: float, elevation_ft: float, qnh_hpa: float = STANDARD_HPA) -> float:
    """Give the height above a field, in ft, from pressure altitude and the day's pressure (27.3 ft a hPa).

    Without the day's pressure it is off by up to 950 ft.
    """
    return pressure_ft + FT_PER_HPA * (qnh_hpa - STANDARD_HPA) - elevation_ft


def could_stop(to_km: float, from_km: float, silence_min: float, speed_kt: float, ground_min: float = 15.0) -> bool:
    """Tell whether a stop at a field fits into a silence.

    Parameters
    ----------
    to_km, from_km : float
        From the last position to the field, and from it to the next position.
    silence_min : float
        Between the two positions.
    speed_kt : float
        An UPPER bound of the ground speed (600 for a jet, 380 for a turboprop).
    ground_min : float
        Shortest time on the ground: 15 with engines running, 30 to unload.

    Returns
    -------
    bool

    Notes
    -----
    Space-time prism (Hagerstrand 1970; Pfoser and Jensen 1999, doi:10.1007/3-540-48482-5_9). It says what was
    possible, and never that it happened.
    """
    return _flight_min(to_km + from_km, speed_kt) + ground_min <= silence_min


def could_stop_at_both(
    to_km: float, between_km: float, from_km: float, silence_min: float, speed_kt: float, ground_min: float = 15.0
) -> bool:
    """Tell whether stops at two fields, one after the other, fit into a silence; see `could_stop`."""
    return _flight_min(to_km + between_km + from_km, speed_kt) + 2 * ground_min <= silence_min


def must_have_stopped(path_km: float, silence_min: float, slowest_kt: float, slack_min: float = 15.0) -> bool:
    """Tell whether a silence is longer than the slowest straight flight.

    Parameters
    ----------
    path_km : float
        From the last position to the next.
    silence_min : float
        Between them.
    slowest_kt : float
        A LOWER bound of the ground speed of the type.
    slack_min : float
        For detours.

    Returns
    -------
    bool
        It landed somewhere, or circled. Where, it does not say.
    """
    return silence_min > _flight_min(path_km, slowest_kt) + slack_min


def hidden_visits(
    to_km: float, from_km: float, silence_min: float, other_km: float, speed_kt: float, ground_min: float = 15.0
) -> int:
    """Give the greatest number of visits to a field that fit into a silence.

    Parameters
    ----------
    to_km, from_km : float
        From the last position to the field, and from it to the next position.
    silence_min : float
        Between the two positions.
    other_km : float
        From the field to the nearest other usable one, where the aircraft would turn round.
    speed_kt : float
        An upper bound of the ground speed.
    ground_min : float
        Shortest time on the ground at each.

    Returns
    -------
    int
        A bound, never an estimate: print it only with its meaning.
    """
    left = silence_min - _flight_min(to_km + from_km, speed_kt) - ground_min
    if left < 0:
        return 0
    round_trip = _flight_min(2 * other_km, speed_kt) + 2 * ground_min
    if round_trip <= 0:
        raise UsageError("without flight or time on the ground any number of visits fits: no bound")
    return 1 + math.floor(left / round_trip)


def radio_horizon_nm(aircraft_ft: float, receiver_ft: float = 100.0) -> float:
    """Give the distance, in NM, to which an aircraft is in sight of a receiver over a smooth Earth.

    1.23 (sqrt(h1) + sqrt(h2)) with heights in ft, four thirds of the Earth's radius. Hills shorten it.
    """
    return 1.23 * (math.sqrt(max(aircraft_ft, 0.0)) + math.sqrt(max(receiver_ft, 0.0)))


def _flight_min(distance_km: float, speed_kt: float) -> float:
    if speed_kt <= 0:
        raise UsageError(f"a speed of {speed_kt} kt")
    return distance_km / KM_PER_NM / speed_kt * _MIN_PER_H
