"""How far the rest can be believed: days observed, doubtful positions, checks by people."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.schema.types import BOOL, F64, INT, TEXT, TEXTS, UTC
from wheelsdown.table import Column, Table

__all__ = ["CHECKS", "INTEGRITY", "INTEGRITY_FLAGS", "OBSERVABILITY", "OBSERVED_STATUS", "VERDICTS"]

OBSERVED_STATUS: Final = {
    "observed": "receivers were up, and others were followed: a visit would have been received with `seen_probability`",
    "partly": "receivers were up for a part of the day, or the archive holds only a part of it",
    "not_observed": "no receiver was up, or the archive does not hold the day: it leaves the exposure",
    "unknown": "no other traffic is in these data: they cannot show how many were missed",
}
"""What can be said of a day at an airfield."""

OBSERVABILITY: Final = Table(
    "OBSERVABILITY",
    "One row an airfield and UTC day: would a visit have been received? Judged from all other traffic heard there.",
    (
        Column("airfield", TEXT, "airfield code", null="never"),
        Column("day", pl.Date(), "UTC day", null="never"),
        Column("status", TEXT, "; ".join(f"`{k}` {v}" for k, v in OBSERVED_STATUS.items()), null="never"),
        Column("reason", TEXT, "why, in words", null="nothing to add"),
        Column(
            "aircraft_heard",
            INT,
            "other aircraft received below FL200 within 100 km (or the data's own radius)",
            null="no other traffic in these data",
        ),
        Column("hours_heard", INT, "hours of the day in which any of them was received, 0 to 24", "h", "as above"),
        Column(
            "ends_heard",
            INT,
            "arrivals and departures of others at the field of which a side was received",
            null="no other traffic in these data",
        ),
        Column(
            "reach_ft",
            F64,
            "median height above the field of the last position of arrivals and the first of departures, pooled days",
            "ft",
            "none, or always followed to the ground",
        ),
        Column("pooled_from", pl.Date(), "first day of the days pooled for the probability", null="not enough traffic"),
        Column("pooled_to", pl.Date(), "last day of them", null="not enough traffic"),
        Column(
            "arrivals_known",
            INT,
            "stops known from their departure: they must have arrived, pooled days",
            null="no other traffic in these data",
        ),
        Column("arrivals_seen", INT, "of these, arrivals that were received", null="no other traffic in these data"),
        Column(
            "departures_known",
            INT,
            "stops known from their arrival, pooled days",
            null="no other traffic in these data",
        ),
        Column(
            "departures_seen", INT, "of these, departures that were received", null="no other traffic in these data"
        ),
        Column("seen_probability", F64, "that a visit leaves at least one row at the field", null="cannot be told"),
        Column("seen_least", F64, "lower end of its 95 % interval", null="cannot be told"),
        Column("seen_most", F64, "upper end of its 95 % interval", null="cannot be told"),
        Column(
            "counted_probability",
            F64,
            "that a visit is graded observed or inferred at the field",
            null="cannot be told",
        ),
        Column("sources", TEXTS, "providers of the other traffic", null="none"),
    ),
)

INTEGRITY_FLAGS: Final = {
    "jump": "speed between two positions that no aircraft flies",
    "teleport": "the track goes on elsewhere, farther than any aircraft flies in that time, and stays there",
    "interleaved": "two tracks alternate on one address: they were split, never averaged",
    "address_unreliable": "the address is a known placeholder, or not an airframe's",
    "low_integrity": "the aircraft's own integrity figures (nic, nac_p, sil) say that its position cannot be relied on",
    "spoofing_target": "at a place onto which false positions are known to be put, and not reached by flight",
    "crowd": "several aircraft at one spot, as none of them could be",
    "circling": "an even circle, as false positions make it",
    "no_descent": "low or on the ground without the heights between",
    "no_onward_flight": "on the ground, and next received elsewhere than a flight from there would lead",
    "mlat_only": "every position near the ground is multilateration: no touchdown can be told",
    "tisb": "positions relayed by ground stations, not broadcast by the aircraft",
    "speed_mismatch": "the speed it reports and the speed its positions make differ",
    "altitude_jump": "its altitude changes faster than any aircraft climbs",
    "stalled": "high up, and slower than an aircraft that flew so fast can stay there",
}
"""What can be wrong with a flight's positions."""

INTEGRITY: Final = Table(
    "INTEGRITY",
    "One row a doubt about a flight's positions: what was found, how strongly, and whether the flight is set aside.",
    (
        Column("icao24", TEXT, "24-bit address", null="the source names none"),
        Column("track_id", TEXT, "recording, or the part of an address that was split", null="tied by the address"),
        Column("callsign", TEXT, "call sign heard most", null="none heard"),
        Column("flag", TEXT, "; ".join(f"`{k}` {v}" for k, v in INTEGRITY_FLAGS.items()), null="never"),
        Column("from_utc", UTC, "first position concerned", null="never"),
        Column("to_utc", UTC, "last position concerned", null="never"),
        Column("latitude_deg", F64, "where", "deg", "nowhere in particular"),
        Column("longitude_deg", F64, "where", "deg", "nowhere in particular"),
        Column("positions", INT, "positions concerned", null="never"),
        Column("share", F64, "share of the flight's positions", null="not a share"),
        Column("value", F64, "what was measured", null="nothing to measure"),
        Column("unit", TEXT, "its unit", null="none"),
        Column("limit", F64, "the limit it passed", null="none"),
        Column("quarantined", BOOL, "the flight is set aside from counts because of this", null="never"),
        Column("reason", TEXT, "in words", null="never"),
        Column("receipts", TEXTS, "sha256 prefixes of the files", null="none"),
        Column("source", TEXT, "provider of the positions", null="never"),
    ),
)

VERDICTS: Final = ("confirm", "reject", "unsure")

CHECKS: Final = Table(
    "CHECKS",
    "One row a person's check of a visit. Nothing is overwritten: a later check is a further row.",
    (
        Column("visit_id", TEXT, "visit", null="never"),
        Column("checked_utc", UTC, "when", null="never"),
        Column("by", TEXT, "who", null="never"),
        Column("verdict", TEXT, ", ".join(VERDICTS), null="never"),
        Column("note", TEXT, "why", null="none"),
        Column("grade", TEXT, "grade of the visit when it was checked", null="never"),
        Column("evidence", TEXT, "sha256 of the visit's row and receipts as they were", null="never"),
        Column("state", TEXT, "`current`, `earlier evidence`, or `gone`: no such visit any more", null="not compared"),
        Column("entry", INT, "number in the chain of checks", null="never"),
        Column("sha256", TEXT, "hash of that entry", null="never"),
        Column("icao24", TEXT, "24-bit address", null="the source names none"),
        Column("track_id", TEXT, "recording", null="tied by the address"),
        Column("registration", TEXT, "tail, as the visit gave it when it was checked", null="no source gave it"),
        Column("airfield", TEXT, "airfield code, as the visit gave it when it was checked", null="none was named"),
        Column("arrived_utc", UTC, "touchdown, as the visit gave it when it was checked", null="no touchdown seen"),
        Column("as_checked", TEXT, "the visit's evidence as it was, JSON; `evidence` is its sha256", null="never"),
        Column("visit_now", TEXT, "the visit's id today, where it is another", null="the same, gone, or not compared"),
        Column("changed", TEXTS, "what has changed since, in words", null="nothing, or not compared"),
        Column("source", TEXT, "provider of the positions", null="never"),
    ),
)
