"""Thresholds of belief in positions, each with its unit and where it is from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RULES", "TrustRules"]


@dataclass(frozen=True)
class TrustRules:
    """Thresholds of belief, each with unit and source."""

    jump_s: float = 14400.0
    """Seconds after a jump for which the flight that began with it may still be on the false side; spoofed stretches
    last minutes to an hour (Humphreys and Clements 2024), but a copy of the true track can go on until it lands."""
    left_s: float = 3600.0
    """The same after a take-off: aircraft are caught in flight, and a departure that is false began before it."""
    untrue_s: float = 600.0
    """Seconds before a landing (after a take-off) within which speed told and speed made must agree."""
    away_s: float = 1800.0
    """Seconds before the landing within which an excursion leaves the approach unseen."""
    from_ft: float = 8000.0
    """A descent is followed from this height above the field, or from the take-off."""
    from_km: float = 15.0
    """And from at least so far away."""
    silence_s: float = 300.0
    """With no longer silence (`Rules.gap_min`)."""
    step_ft: float = 5000.0
    """And no greater step of height between two positions."""
    between: int = 3
    """Positions between the ground and `from_ft`."""
    spoiled: float = 0.1
    """Share of rejected, or degraded, positions in the descent above which it is not believed (GPSJam: 10 %)."""
    moved_km: float = 10.0
    """Next received so far away without a flight between: no onward flight (no aircraft is towed so far)."""
    moved_kt: float = 60.0
    """Between two stays faster than this, within `moved_s`: no taxiing, and too short for a flight."""
    moved_s: float = 600.0
    """See `moved_kt`."""
    taxied_kt: float = 25.0
    """The same where it stood at both ends, slower than `stood_kt`: nobody taxies 4 km faster."""
    stood_kt: float = 10.0
    """See `taxied_kt`."""
    rolled_kt: float = 60.0
    """So fast on the ground it is on a runway, no farther from it than `rolled_km`."""
    rolled_km: float = 0.5
    """See `rolled_kt`; real touchdowns lie within 0.12 km of listed runways, stale speeds left out."""
    rolled_s: float = 180.0
    """Longer than this nothing rolls so fast."""
    lined_up_s: float = 60.0
    """Seconds from the ground within which a position tells whether it came down onto a runway."""
    lined_up_km: float = 5.0
    """And so near."""
    lined_up_off_km: float = 0.15
    """Off the centreline, and `lined_up_spread` of the distance to the threshold (`Rules.aligned_spread`)."""
    lined_up_spread: float = 0.03
    """See `lined_up_off_km`."""
    lined_up_deg: float = 12.0
    """Off the runway's heading: a crosswind landing is straightened out by then."""
    stood_s: float = 900.0
    """Beside a jump a stay of less is none (`Rules.ground_time_min`)."""
    sunk_ft: float = 1100.0
    """Pressure altitude so far below the field: the highest pressure measured makes 1,960 ft, 1050 hPa make 1,000."""
    sunk_geom_ft: float = 550.0
    """Geometric altitude so far below the field: the ellipsoid lies up to 350 ft above the sea's level."""
    leapt_fpm: float = 4500.0
    """Nobody climbs from a runway, or comes down to it, faster than this for minutes, `leapt_ft` left out."""
    leapt_ft: float = 1500.0
    """See `leapt_fpm`: the day's pressure, and how high a field lies."""
    flies_kt: float = 250.0
    """So fast, and `flies_ft` above the field, by its own account, nobody stands on it whatever the flag says."""
    flies_ft: float = 3000.0
    """See `flies_kt`."""
    sinks_fpm: float = 300.0
    """Nothing on the ground sinks or climbs like this."""
    frozen_s: float = 120.0
    """Seconds round the touchdown in which it must move as it says."""
    frozen_km: float = 2.0
    """Way told in that time that can be judged."""
    frozen_share: float = 0.35
    """Of the way told, as the crow flies: the last turn is over by then."""
    circle_s: float = 600.0
    """Seconds before a landing (after a take-off) that may be one even circle."""
    circle_deg: float = 600.0
    """Turned in that time."""
    circle_rows: int = 8
    """Positions that a circle needs."""
    collapsed: float = 0.5
    """Share of poor figures after a silence, below `spoiled` before it, that says that positions are no longer true."""
    rolled_gap_s: float = 30.0
    """Seconds from the flight within which the first position on the ground is still on the runway."""
    hidden_km: float = 20.0
    """A silence of `hidden_s` or more that bridges so much may hide a jump, unless it was flown straight."""
    hidden_s: float = 120.0
    """See `hidden_km`."""
    outrun: float = 1.2
    """A silence may ask for so many times the greatest speed the flight was heard at: wind, not more."""
    hour_s: float = 3600.0
    """How long before a landing (after a take-off) such silences are looked for."""
    straight_deg: float = 30.0
    """Flown straight: course before and after no farther off the line between than this."""
    straight_share: float = 0.15
    """And its length no farther off speed times time than this."""
    straight_km: float = 6.0
    """And it came out no farther than this, or `straight_off` of the way, from where speeds and courses lead."""
    straight_off: float = 0.12
    """See `straight_km`."""
    led_km: float = 10.0
    """Before and after a stretch put in between it was on one flight: no farther off than this, and `led_share`."""
    led_share: float = 0.35
    """Share of the way that its speeds tell: it may have turned."""
    led_kt: float = 500.0
    """To a stand, or from one, it need only have had the time at this speed."""
    exact_km: float = 2.0
    """Beside a jump: two fields are hardly nearer to one another."""
    sil_samples: int = 25
    """Positions of version 2 with a sil that a share needs (adsbtrack)."""
    sil_suspect: float = 0.1
    """Share with sil 0 that is suspect (adsbtrack: 14 to 42 % when spoofed, at most 1.4 % else)."""
    sil_reject: float = 0.6
    """Share with sil 0 that sets a flight aside alone (adsbtrack)."""


RULES = TrustRules()
