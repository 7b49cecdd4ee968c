"""Thresholds, each with unit and source. They are starting values, swept on truth (docs/accuracy.md)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

__all__ = ["Rules"]


@dataclass(frozen=True)
class Rules:
    """Every threshold of gaps, legs and visits.

    Sources: OPDI, readsb `mark_legs`, adsbtrack, traffic and Global Fishing Watch for the starting values; the values
    here were tuned on one half of the truth set and reported on the other.
    """

    gap_min: float = 5.0
    """A silence this long, in minutes, is a row of GAPS (adsbtrack: 300 s)."""
    jump_kt: float = 1000.0
    """Implied speed between two positions above which one of them is wrong (adsbtrack: 900 kt)."""
    stop_speed_kt: float = 50.0
    """Without a ground flag, an aircraft this slow at a field's elevation is on the ground."""
    flagless_slow_kt: float = 35.0
    """With a flag that says airborne, only this slow, for `flagless_slow_s`, counts as on the ground."""
    flagless_slow_s: float = 60.0
    """See `flagless_slow_kt` (light aircraft have no squat switch)."""
    field_elevation_tolerance_ft: float = 1000.0
    """Pressure altitude on a runway may differ this much from its elevation without QNH (955 to 1045 hPa)."""
    field_radius_km: float = 3.0
    """A stay this near a runway, or a field's reference point where runways are unknown, is at that field."""
    same_stay_km: float = 4.0
    """Two ground positions this near each other belong to one stay."""
    touch_and_go_s: float = 75.0
    """On the ground for less than this, and never below `touch_and_go_kt`: a touch-and-go."""
    touch_and_go_kt: float = 35.0
    """See `touch_and_go_s`."""
    stop_excess_min: float = 10.0
    """Spare time beyond straight flight, in minutes, that a silence near the ground needs to hold a stop."""
    long_excess_min: float = 45.0
    """Spare time, in minutes, after which a silence at any height is taken to hold a stop somewhere."""
    long_silence_h: float = 48.0
    """Nothing is inferred across a longer silence: a stay before it stays open, one after it begins unseen."""
    merge_dwell_min: float = 20.0
    """Pieces of one stop from two sources closer than this are one visit."""
    possible_height_ft: float = 10000.0
    """Above this height over the fields around, an end is not named."""
    short_silence_min: float = 30.0
    """A shorter silence near the ground may also be a go-around and circuits unheard: no better than `likely`."""
    strong_height_ft: float = 3400.0
    """An unseen end is `likely` only if the last position was below this height above the field."""
    established_height_ft: float = 2000.0
    """Aligned, on the slope and below this height: nearer fields beside the path are excluded by alignment."""
    aligned_lateral_km: float = 0.25
    """Lateral offset from the extended centreline that counts as aligned, plus `aligned_spread` of the distance."""
    aligned_spread: float = 0.03
    """See `aligned_lateral_km` (about 1.7 degrees)."""
    aligned_course_deg: float = 10.0
    """Difference of course and runway heading that counts as aligned."""
    aligned_s: float = 30.0
    """An arrival must have been aligned for this long to be `likely` (traffic: 60 s; adsbtrack: 30 s)."""
    slope_ft_per_km: float = 160.0
    """Typical approach: a little flatter than 3 degrees (172 ft/km), since aircraft fly level before it."""
    climb_ft_per_km: float = 330.0
    """Typical initial climb; jets 200 to 500."""
    steep_ft_per_km: float = 400.0
    """Steeper than this (7 degrees) an arrival could not have come down: the field is excluded by height."""
    steep_climb_ft_per_km: float = 1100.0
    """Steeper than this (20 degrees) a departure could not have climbed."""
    turn_radius_km: float = 1.4
    """Radius of a standard turn near the field."""
    possible_km: float = 60.0
    """Beyond this distance no field is named for an end that was not seen."""
    strong_probability: float = 0.9
    """Share of the named field among all candidates, below which an end is no more than `possible`."""
    level_sd: float = 0.8
    """Spread (log) of the path longer than a 3 degree approach: level flight before it."""
    climb_sd: float = 0.35
    """Spread (log) of the path longer than a typical climb."""
    arrival_turn_cost: float = 2.5
    """Cost (-log likelihood) of a path with one turn to the runway against a straight one."""
    departure_turn_cost: float = 1.5
    """The same after take-off."""
    turn_cost: float = 2.0
    """Further cost of a turn of 90 degrees; grows with the square."""
    free_cost: float = 4.5
    """Cost of a path of more than one turn."""
    free_km_cost: float = 0.1
    """Further cost of each kilometre of it."""
    free_turn_cost: float = 1.0
    """Further cost of a course 90 degrees off."""
    short_cost: float = 2.0
    """Cost of the shortest usable runway, for an aircraft that flew fast or high, against one of 1,700 m."""
    ground_time_min: float = 15.0
    """Shortest stop that counts when asking what else would fit in a silence (engine-running offload)."""
    fast_kt: float = 600.0
    """Upper bound of ground speed for `could have`."""
    two_sided_cost: float = 6.0
    """Both sides name one field: by so much (-log likelihood) must the next best lag behind to be excluded."""
    two_sided_high_cost: float = 9.0
    """The same where they were received higher, or neither was lined up (swept on SIMULATED flights)."""
    two_sided_low_ft: float = 3000.0
    """Up to this height above the field neither side need be lined up."""
    two_sided_flown_ft: float = 2000.0
    """Below this height one side must be lined up."""
    two_sided_against_cost: float = 3.0
    """A low side that another field explains better by so much speaks against the field of the other side."""
    two_sided_km: float = 35.0
    """Farther from the field a side settles nothing, however low and lined up."""
    two_sided_near_ft: float = 2000.0
    """Above this height a neighbour that alignment or direction excludes is still in question."""
    two_sided_near_km: float = 40.0
    """So near a neighbour is."""
    two_sided_close_km: float = 13.0
    """So near a neighbour is in question whatever it costs, where neither side is lined up."""
    two_sided_near_cost: float = 12.0
    """By so much such a neighbour must lag behind, both sides taken together (swept on SIMULATED flights)."""
    two_sided_equal_cost: float = 4.0
    """A neighbour that explains both sides taken together nearly as well stays a rival, though one side excludes it."""
    runway_height_ft: float = 700.0
    """Followed so far down (or from so low up), one would have been received again on a go-around."""
    circuit_height_ft: float = 1000.0
    """Lost and found below this height: circuits in between would have been received, however short the silence."""

    def values(self) -> RuleValues:
        """All values as the compiled code takes them."""
        return RuleValues(*(float(getattr(self, f.name)) for f in fields(self)))


RuleValues = NamedTuple("RuleValues", [(f.name, float) for f in fields(Rules)])  # type: ignore[misc]
"""The same values as a tuple that numba can read by name."""
