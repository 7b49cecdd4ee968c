"""A dozen telling recordings in the package traffic 2.13, each with what it puts to the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["SAMPLES", "Sample"]


@dataclass(frozen=True)
class Sample:
    """One recording."""

    member: str
    """Path in the wheel, under ``traffic/data/samples``."""
    tells: str
    """Why it is here. What comes out is computed, not written here."""


SAMPLES: Final = (
    Sample(
        "featured/belevingsvlucht.json.gz", "passes at about 2,000 ft over one airfield without a stop, then a landing"
    ),
    Sample("readsb/trace_full_ac671b.json", "a whole day of one airliner as readsb records it"),
    Sample("featured/elal747.json.gz", "a last flight from Rome to Tel Aviv that drew a picture on the way"),
    Sample("featured/airbus_tree.json.gz", "a test flight that returns where it began"),
    Sample("fr24/3376ab31.json", "one flight as Flightradar24 plays it back"),
    Sample("fr24/372355e5.json", "a flight that was fed false positions, as Flightradar24 plays it back"),
    Sample("calibration/kiruna.json.gz", "passes over a runway north of the polar circle"),
    Sample("calibration/ajaccio.json.gz", "passes over a runway between mountains and the sea"),
    Sample("military/aircraft_carrier.json.gz", "military aircraft and a naval air station"),
    Sample("noisy/noisy_landing.json.gz", "a noisy end in which the landing was not received"),
    Sample("noisy/noisy_spoofing.json.gz", "the same flight as OpenSky recorded it"),
    Sample("onground/zurich_airport.json.gz", "aircraft on the ground at a big airport"),
    Sample("collections/quickstart.json.gz", "two hours round Paris: more than 200 aircraft, several airports"),
)
