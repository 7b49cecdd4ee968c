"""What aircraft did: positions, silences, legs, visits."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.schema.types import BOOL, F32, F64, INT, TEXT, TEXTS, UTC
from wheelsdown.table import Column, Table

__all__ = ["DERIVED_GROUND", "GAPS", "GRADES", "LEGS", "POSITIONS", "POSITION_SOURCES", "VISITS"]

POSITION_SOURCES: Final = (
    "adsb",
    "adsr",
    "mlat",
    "tisb",
    "adsc",
    "mode_s",
    "flarm",
    "asterix",
    "estimated",
    "other",
    "unknown",
)

DERIVED_GROUND: Final = frozenset({"flightradar24", "SIMULATED flightradar24"})
"""Providers (`source` in POSITIONS) whose `on_ground` the reader derives from altitude 0 and a low speed.

Nothing was broadcast as a ground flag there. The one exception is Flightradar24's CSV of single receptions, which holds
the broadcast state (A or G) under the same provider name: of its rows "derived" says less than is known, never more.
"""

_END = "not seen and not to be inferred; the reason is in `reasons`"

POSITIONS: Final = Table(
    "POSITIONS",
    "One row a position report, as received, in the field's own units.",
    (
        Column(
            "icao24",
            TEXT,
            "24-bit address, six lower-case hex digits; `~` before a non-ICAO address",
            null="the source names no address: see track_id",
        ),
        Column(
            "track_id",
            TEXT,
            "what ties the rows of one recording together: a flight id, a file",
            null="the address alone ties them",
        ),
        Column("time_utc", UTC, "time of the position (aware UTC)", null="never"),
        Column("latitude_deg", F64, "latitude, WGS84", "deg", "never"),
        Column("longitude_deg", F64, "longitude, WGS84, -180 to 180", "deg", "never"),
        Column("altitude_ft", F32, "pressure altitude (1013.25 hPa), not height above ground", "ft"),
        Column("altitude_geom_ft", F32, "geometric altitude above the WGS84 ellipsoid", "ft"),
        Column(
            "on_ground",
            BOOL,
            "the source's own ground flag, as broadcast or as the source states it; for flightradar24 the reader "
            "derives it from altitude 0 and a low speed (only its CSV of single receptions holds a broadcast flag)",
            null="the source has no flag",
        ),
        Column("groundspeed_kt", F32, "ground speed", "kt"),
        Column("track_deg", F32, "true track over ground; on the ground often the heading", "deg"),
        Column("vertical_rate_fpm", F32, "vertical rate, up positive", "ft/min"),
        Column("callsign", TEXT, "what the aircraft broadcasts as its call sign, trimmed"),
        Column("squawk", TEXT, "transponder code, four octal digits as text"),
        Column("category", TEXT, "emitter category, e.g. A5"),
        Column("position_source", TEXT, f"how the position was obtained: {', '.join(POSITION_SOURCES)}"),
        Column("adsb_version", INT, "ADS-B version 0, 1, 2"),
        Column("nic", INT, "navigation integrity category"),
        Column("nac_p", INT, "navigation accuracy category, position"),
        Column("sil", INT, "source integrity level"),
        Column(
            "source",
            TEXT,
            "provider: readsb, flightradar24, opensky, adsbexchange, or the name given in a mapping; it begins with "
            "SIMULATED where no real aircraft flew",
            null="never",
        ),
        Column("receipt", TEXT, "first 16 hex digits of the file's sha256", null="made in memory"),
    ),
)

GAPS: Final = Table(
    "GAPS",
    "One row a silence: nothing was received of this aircraft, by these sources, between two positions.",
    (
        Column("icao24", TEXT, "24-bit address", null="the source names none"),
        Column("track_id", TEXT, "recording", null="tied by the address"),
        Column("callsign_before", TEXT, "call sign last heard before", null="none heard"),
        Column("callsign_after", TEXT, "call sign first heard after", null="none heard"),
        Column("from_utc", UTC, "last position before the silence", null="never"),
        Column("to_utc", UTC, "first position after it", null="never"),
        Column("duration_min", F64, "length", "min", "never"),
        Column("from_latitude_deg", F64, "where it was last received", "deg", "never"),
        Column("from_longitude_deg", F64, "where it was last received", "deg", "never"),
        Column("to_latitude_deg", F64, "where it was next received", "deg", "never"),
        Column("to_longitude_deg", F64, "where it was next received", "deg", "never"),
        Column("from_altitude_ft", F32, "pressure altitude before", "ft"),
        Column("to_altitude_ft", F32, "pressure altitude after", "ft"),
        Column("from_on_ground", BOOL, "judged on the ground before", null="cannot be judged"),
        Column("to_on_ground", BOOL, "judged on the ground after", null="cannot be judged"),
        Column("distance_km", F64, "great-circle distance between the two", "km", "never"),
        Column("implied_speed_kt", F64, "distance over time", "kt", "never"),
        Column(
            "kind",
            TEXT,
            "`on_ground` on the ground at one place throughout; `en_route` the flight fits straight through; "
            "`stop_fits` a landing fits in it; `moved` ground to ground at two places",
            null="never",
        ),
        Column("reasons", TEXTS, "short sentences", null="none"),
        Column("receipts", TEXTS, "sha256 prefixes of the files on both sides", null="none"),
        Column("source", TEXT, "provider of the positions", null="never"),
    ),
)

LEGS: Final = Table(
    "LEGS",
    "One row a leg: take-off to next landing. An end that was not seen and cannot be inferred is null, with a reason.",
    (
        Column("leg_id", TEXT, "stable over re-runs", null="never"),
        Column("icao24", TEXT, "24-bit address", null="the source names none"),
        Column("track_id", TEXT, "recording", null="tied by the address"),
        Column("callsign", TEXT, "call sign heard most on the leg", null="none heard"),
        Column("took_off_earliest_utc", UTC, "not before", null="no earlier bound in these data"),
        Column("took_off_utc", UTC, "best estimate", null=_END),
        Column("took_off_latest_utc", UTC, "not after", null=_END),
        Column("origin", TEXT, "airfield code", null=_END),
        Column("origin_grade", TEXT, "observed, likely, possible", null="no origin named"),
        Column("origin_rivals", TEXTS, "airfields not excluded, likeliest first", null="none"),
        Column("landed_earliest_utc", UTC, "not before", null=_END),
        Column("landed_utc", UTC, "best estimate", null=_END),
        Column("landed_latest_utc", UTC, "not after", null="no later bound in these data"),
        Column("destination", TEXT, "airfield code", null=_END),
        Column("destination_grade", TEXT, "observed, likely, possible", null="no destination named"),
        Column("destination_rivals", TEXTS, "airfields not excluded, likeliest first", null="none"),
        Column("reasons", TEXTS, "short sentences", null="none"),
        Column("receipts", TEXTS, "sha256 prefixes of the files the leg rests on", null="none"),
        Column("first_received_utc", UTC, "first position in the air on this leg", null="never"),
        Column("last_received_utc", UTC, "last position in the air on this leg", null="never"),
        Column("integrity", TEXTS, "flags on the positions of this leg", null="none"),
        Column("source", TEXT, "provider of the positions", null="never"),
    ),
)

VISITS: Final = Table(
    "VISITS",
    "One row a visit: a landing, a dwell and a take-off at one place, by one aircraft.",
    (
        Column("visit_id", TEXT, "stable over re-runs", null="never"),
        Column("icao24", TEXT, "24-bit address", null="the source names none"),
        Column("track_id", TEXT, "recording", null="tied by the address"),
        Column("registration", TEXT, "tail", null="no source gives it"),
        Column("typecode", TEXT, "ICAO type designator", null="no source gives it"),
        Column("operator", TEXT, "who flies, after identity_source", null="no source gives it"),
        Column("identity_source", TEXT, "where registration, type and operator come from", null="none known"),
        Column("identity_as_of", TEXT, "date of that source, YYYY-MM-DD", null="undated"),
        Column("identity_conflict", TEXT, "what other sources say instead", null="no conflict known"),
        Column("callsign_in", TEXT, "call sign on the way in", null="none heard"),
        Column("callsign_out", TEXT, "call sign on the way out", null="none heard, or still open"),
        Column("airfield", TEXT, "ICAO code, else the list's ident", null="no listed field, or none can be named"),
        Column("airfield_name", TEXT, "name of the airfield", null="unlisted or not named"),
        Column(
            "place_id",
            TEXT,
            "the list's ident, or a stable id made from the coordinates",
            null="the place cannot be told",
        ),
        Column(
            "latitude_deg",
            F64,
            "where the aircraft stood, else the last position before or first after",
            "deg",
            "never",
        ),
        Column("longitude_deg", F64, "as latitude_deg", "deg", "never"),
        Column("rivals", TEXTS, "airfields not excluded, nearest first", null="none"),
        Column("excluded", TEXTS, "airfields excluded, each `CODE: reason`", null="none"),
        Column("arrived_earliest_utc", UTC, "touchdown not before", null="already there when the data begin"),
        Column("arrived_utc", UTC, "touchdown, best estimate", null="already there when the data begin"),
        Column("arrived_latest_utc", UTC, "touchdown not after", null="never"),
        Column("departed_earliest_utc", UTC, "take-off not before", null="open: not seen to leave"),
        Column("departed_utc", UTC, "take-off, best estimate", null="open: not seen to leave"),
        Column("departed_latest_utc", UTC, "take-off not after", null="open: not seen to leave"),
        Column(
            "dwell_least_min",
            F64,
            "minutes on the ground, at least, whatever happened in silences",
            "min",
            "cannot be bounded",
        ),
        Column("dwell_most_min", F64, "minutes on the ground, at most", "min", "open, or cannot be bounded"),
        Column("grade", TEXT, "observed, inferred, likely, possible, ruled_out", null="never"),
        Column("probability", F64, "behind the grade", null="not calibrated"),
        Column("reasons", TEXTS, "short sentences", null="none"),
        Column("origin", TEXT, "airfield it came from", null="not seen and not to be inferred"),
        Column("origin_grade", TEXT, "observed, likely, possible", null="no origin named"),
        Column("next_stop", TEXT, "airfield it went to", null="not seen and not to be inferred"),
        Column("next_stop_grade", TEXT, "observed, likely, possible", null="no next stop named"),
        Column(
            "hidden_visits_most",
            INT,
            "other stops that would fit in the silence; never used in sentences",
            null="no bound",
        ),
        Column("integrity", TEXTS, "flags on the positions it rests on", null="none"),
        Column("checked_by", TEXT, "who checked it", null="not checked by a person"),
        Column("receipts", TEXTS, "sha256 prefixes of the files it rests on", null="none"),
        Column("last_before_utc", UTC, "last position received before touchdown", null="none in these data"),
        Column("first_after_utc", UTC, "first position received after take-off", null="none in these data"),
        Column(
            "asked_as",
            TEXT,
            "with --airfield or --at: `airfield`, `rival`, or `place` (in the circle, not named by its code)",
            null="not asked by place",
        ),
        Column("time_zone", TEXT, "the airfield's time zone", null="unknown"),
        Column("source", TEXT, "provider of the positions", null="never"),
        Column(
            "dwell_stayed_min",
            F64,
            "minutes on the ground at least, if it did not leave and come back in a silence (see hidden_visits_most)",
            "min",
            "cannot be bounded",
        ),
        Column(
            "basis",
            TEXT,
            "the class of evidence that `probability` was fitted for (docs/calibration.md)",
            null="not classed",
        ),
        Column(
            "rivals_probability",
            pl.List(pl.Float64),
            "for each of `rivals`, in their order, the probability that the stop was there",
            null="not calibrated",
        ),
        Column(
            "quarantined",
            TEXT,
            "why the flight is set aside from counts; it stays in the table, and counts are given with and without",
            null="not set aside",
        ),
        Column("checked_utc", UTC, "when a person checked it", null="not checked by a person"),
        Column("verdict", TEXT, "confirm, reject, unsure: what the person found", null="not checked by a person"),
        Column("check_note", TEXT, "the person's note", null="none"),
        Column(
            "check_state",
            TEXT,
            "`current`, or `earlier evidence`: the visit has changed since it was checked",
            null="not checked by a person",
        ),
        Column(
            "arrival_height_ft",
            F64,
            "height above the field of the last position before touchdown; 0 when it was followed to the ground",
            "ft",
            "the arrival was not received here",
        ),
        Column(
            "arrival_grade",
            TEXT,
            "observed, likely, possible: how well the arrival alone, without the departure, names the field",
            null="the arrival was not received here",
        ),
        Column(
            "departure_height_ft",
            F64,
            "height above the field of the first position after take-off; 0 when it was followed from the ground",
            "ft",
            "the departure was not received here",
        ),
        Column(
            "departure_grade",
            TEXT,
            "observed, likely, possible: how well the departure alone names the field",
            null="the departure was not received here",
        ),
        Column(
            "grade_if_believed",
            TEXT,
            "where the visit is set aside: its grade if its positions are believed all the same",
            null="not set aside, or `grade` says it",
        ),
    ),
)

GRADES: Final = {
    "observed": (
        "seen on the ground at the field, joined to a flight",
        "landed (or, without an arrival, was there and took off)",
    ),
    "inferred": (
        "lost inbound and found outbound; a stop fits the silence; every rival is excluded",
        "landed (inferred)",
    ),
    "likely": ("only the arrival or only the departure was received low, nothing contradicts", "probably landed"),
    "possible": (
        "lost in descent or first received climbing, rivals remain; or on the ground but doubtful",
        "may have landed",
    ),
    "ruled_out": ("a low pass, a go-around, an approach without a stop", "passed without a stop"),
}
"""Grade: its rule in short, and what a sentence may say."""
