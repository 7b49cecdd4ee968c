"""The tables: every column's type, unit, meaning, and what its null means.

Checks, docs pages, CSV headers and ``datapackage.json`` are all made from here. Columns are added at the end only.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.table import Column, Table

__all__ = [
    "AIRCRAFT_DAYS",
    "AIRFIELDS",
    "COVERAGE",
    "DERIVED_GROUND",
    "GAPS",
    "GRADES",
    "LEDGER",
    "LEDGER_STATUS",
    "LEGS",
    "NEAR",
    "NEAR_KINDS",
    "POSITIONS",
    "POSITION_SOURCES",
    "PROBLEMS",
    "RECEIPTS",
    "REGISTER",
    "RUNWAYS",
    "TABLES",
    "VERIFIED",
    "VISITS",
    "Column",
    "Table",
]

UTC: Final = pl.Datetime("ms", "UTC")
TEXT: Final = pl.String()
TEXTS: Final = pl.List(pl.String)
F64: Final = pl.Float64()
F32: Final = pl.Float32()
BOOL: Final = pl.Boolean()
INT: Final = pl.Int32()


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

DERIVED_GROUND: Final = frozenset({"flightradar24"})
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
            "provider: readsb, flightradar24, opensky, adsbexchange, or the name given in a mapping",
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
    ),
)

PROBLEMS: Final = Table(
    "PROBLEMS",
    "One row a thing that could not be read: bad input never loses good input, and is never dropped in silence.",
    (
        Column("file", TEXT, "path as given", null="never"),
        Column(
            "row",
            pl.Int64(),
            "row or line (1-based), or index of the record",
            null="the whole file, or unknown",
        ),
        Column("field", TEXT, "column or key", null="the whole row or file"),
        Column("value", TEXT, "the offending value, shortened to 80 characters", null="none to show"),
        Column("reason", TEXT, "what is wrong", null="never"),
        Column("remedy", TEXT, "what to do", null="nothing to be done"),
        Column("rows_lost", pl.Int64(), "how many rows were left out because of it", null="unknown"),
    ),
)

RECEIPTS: Final = Table(
    "RECEIPTS",
    "One row a file read: what every number leads back to.",
    (
        Column("receipt", TEXT, "first 16 hex digits of sha256", null="never"),
        Column("sha256", TEXT, "of the file's bytes as they lie on disk", null="never"),
        Column("file", TEXT, "path as given", null="never"),
        Column("bytes", pl.Int64(), "size on disk", "B", "never"),
        Column("format", TEXT, "name of the source that read it", null="not read"),
        Column("positions", pl.Int64(), "rows read out of it", null="not read"),
        Column("retrieved_utc", UTC, "when it was fetched", null="given by the user"),
        Column("origin", TEXT, "URL it came from", null="given by the user"),
    ),
)

AIRFIELDS: Final = Table(
    "AIRFIELDS",
    "Places where aircraft land, dated and cited.",
    (
        Column("code", TEXT, "ICAO code where there is one, else the list's ident; unique", null="never"),
        Column("ident", TEXT, "the list's own identifier", null="never"),
        Column("icao_code", TEXT, "ICAO location indicator", null="none known"),
        Column("iata_code", TEXT, "IATA code", null="none known"),
        Column("gps_code", TEXT, "GPS code", null="none known"),
        Column("local_code", TEXT, "national code", null="none known"),
        Column("name", TEXT, "name", null="unnamed"),
        Column(
            "kind",
            TEXT,
            "large_airport, medium_airport, small_airport, heliport, seaplane_base, balloonport, closed",
            null="never",
        ),
        Column("latitude_deg", F64, "reference point", "deg", "never"),
        Column("longitude_deg", F64, "reference point", "deg", "never"),
        Column("elevation_ft", F32, "above mean sea level; below zero is real", "ft", "unknown"),
        Column("country", TEXT, "ISO 3166 alpha-2; NA is Namibia", null="unknown"),
        Column("municipality", TEXT, "nearest town", null="unknown"),
        Column("time_zone", TEXT, "IANA zone", null="unknown"),
        Column(
            "military",
            BOOL,
            "military character derived from name and keywords",
            null="nothing in name or keywords says so",
        ),
        Column("military_why", TEXT, "the words it was derived from", null="not derived"),
        Column("source", TEXT, "list it comes from", null="never"),
        Column("as_of", TEXT, "date of that list, YYYY-MM-DD", null="undated"),
    ),
)

RUNWAYS: Final = Table(
    "RUNWAYS",
    "Runways, one row each, with the ends where they are known.",
    (
        Column("code", TEXT, "code of the airfield in AIRFIELDS", null="never"),
        Column("le_ident", TEXT, "lower-numbered end", null="unknown"),
        Column("le_latitude_deg", F64, "its position", "deg", "unknown"),
        Column("le_longitude_deg", F64, "its position", "deg", "unknown"),
        Column("le_elevation_ft", F32, "its elevation", "ft", "unknown"),
        Column("le_heading_deg", F32, "true heading when rolling from this end", "deg", "unknown"),
        Column("le_displaced_ft", F32, "displaced threshold", "ft", "none, or unknown"),
        Column("he_ident", TEXT, "higher-numbered end", null="unknown"),
        Column("he_latitude_deg", F64, "its position", "deg", "unknown"),
        Column("he_longitude_deg", F64, "its position", "deg", "unknown"),
        Column("he_elevation_ft", F32, "its elevation", "ft", "unknown"),
        Column("he_heading_deg", F32, "true heading when rolling from this end", "deg", "unknown"),
        Column("he_displaced_ft", F32, "displaced threshold", "ft", "none, or unknown"),
        Column("length_ft", F32, "length", "ft", "unknown"),
        Column("width_ft", F32, "width", "ft", "unknown"),
        Column("surface", TEXT, "as the list writes it", null="unknown"),
        Column("closed", BOOL, "marked closed in the list", null="unknown"),
        Column("source", TEXT, "list it comes from", null="never"),
        Column("as_of", TEXT, "date of that list, YYYY-MM-DD", null="undated"),
    ),
)

REGISTER: Final = Table(
    "REGISTER",
    "What a register says of an aircraft: one row a claim, conflicts kept.",
    (
        Column("icao24", TEXT, "24-bit address", null="the register gives none"),
        Column("registration", TEXT, "tail, as the register writes it", null="not given"),
        Column("typecode", TEXT, "ICAO type designator", null="not given"),
        Column("type_name", TEXT, "manufacturer and model", null="not given"),
        Column("operator", TEXT, "operator or owner as the register gives it", null="not given"),
        Column("operator_icao", TEXT, "three-letter operator designator", null="not given"),
        Column("serial_number", TEXT, "manufacturer's serial number", null="not given"),
        Column("year_built", TEXT, "year", null="not given"),
        Column("military", BOOL, "flagged military by the register", null="no flag"),
        Column("source", TEXT, "register", null="never"),
        Column("as_of", TEXT, "date of the register, YYYY-MM-DD", null="undated"),
        Column("note", TEXT, "conflicts and cautions", null="none"),
    ),
)

NEAR_KINDS: Final = {
    "ground": "on the ground, by its own flag",
    "end": "last position before a silence, first after one, first or last of the day",
    "low": "in the air and low over the fields around",
}
"""What kind of position a row of NEAR is; the first that fits."""

NEAR: Final = Table(
    "NEAR",
    "One row a low or near position, or the end of a silence, filed under its place: made from POSITIONS.",
    (
        Column(
            "place_cell",
            INT,
            "number of the quarter-degree cell (Morton order, so that neighbours lie close together)",
            null="never",
        ),
        Column("icao24", TEXT, "24-bit address", null="the source names none"),
        Column("track_id", TEXT, "recording", null="tied by the address"),
        Column("time_utc", UTC, "time of the position", null="never"),
        Column("latitude_deg", F64, "latitude, WGS84", "deg", "never"),
        Column("longitude_deg", F64, "longitude, WGS84", "deg", "never"),
        Column("altitude_ft", F32, "pressure altitude; geometric where there is none", "ft"),
        Column("on_ground", BOOL, "the source's own ground flag", null="the source has no flag"),
        Column("kind", TEXT, "; ".join(f"`{k}` {v}" for k, v in NEAR_KINDS.items()), null="never"),
        Column("source", TEXT, "provider", null="never"),
        Column("receipt", TEXT, "first 16 hex digits of the file's sha256", null="made in memory"),
    ),
)

AIRCRAFT_DAYS: Final = Table(
    "AIRCRAFT_DAYS",
    "One row an aircraft (or recording), a provider and a UTC day on which it was received: made from POSITIONS.",
    (
        Column("icao24", TEXT, "24-bit address", null="the source names none"),
        Column("track_id", TEXT, "recording", null="tied by the address"),
        Column("day", pl.Date(), "UTC day", null="never"),
        Column("source", TEXT, "provider", null="never"),
        Column("positions", INT, "how many positions", null="never"),
        Column("first_utc", UTC, "first position of the day", null="never"),
        Column("last_utc", UTC, "last position of the day", null="never"),
    ),
)

LEDGER_STATUS: Final = {
    "received": "asked, and data came",
    "empty": "asked, the archive has that day whole, and there is nothing of this aircraft in it",
    "missing": "the archive does not hold that day: nothing can be said of it",
    "pending": "the day is not over, or not yet published; ask again",
    "expired": "older than what the host keeps: nothing can be said of it",
    "failed": "refused or broken off; ask again",
    "damaged": "data came, but part of the day is missing or unreadable",
    "no_archive": "no open archive covers that day",
}
"""What became of a question to an archive."""

LEDGER: Final = Table(
    "LEDGER",
    "One row a question to an archive: which day, what was asked, and what came of it. Only `received` and `empty` "
    "say what flew; the others say that it is not known.",
    (
        Column("source", TEXT, "archive or host; `files` for what the user ingested", null="never"),
        Column("day", pl.Date(), "UTC day", null="never"),
        Column(
            "what",
            TEXT,
            "an address; `*` the whole day, every aircraft in it; `traffic` the extract of low traffic near the "
            "question's places and where the fleet was (`reason` begins with `around` and the places asked for); "
            "`files` what the user ingested; the place asked for, `airfield CODE` or `at LATITUDE,LONGITUDE,KM`, for "
            "all aircraft low there; or the words looked for in the traces of the day: `registration TAIL` (capitals "
            "and digits only), `operator NAME`, `type CODE`, `operator NAME type CODE`",
            null="never",
        ),
        Column("status", TEXT, "; ".join(f"`{k}` {v}" for k, v in LEDGER_STATUS.items()), null="never"),
        Column("reason", TEXT, "why, in words", null="nothing to add"),
        Column("asked_utc", UTC, "when it was asked", null="never"),
        Column("requests", INT, "requests made", null="not counted"),
        Column("bytes", pl.Int64(), "bytes moved", "B", "not counted"),
        Column("folders", INT, "trace folders seen, of 256", null="not looked at"),
        Column("trace_files", INT, "trace files seen", null="not looked at"),
        Column("heatmaps", INT, "half-hour heatmaps seen, of 48", null="not looked at"),
        Column("end_reached", BOOL, "the archive's end mark was reached", null="not looked at"),
        Column("positions", pl.Int64(), "positions read", null="none read"),
        Column("origin", TEXT, "URL or file", null="none"),
    ),
)

COVERAGE: Final = Table(
    "COVERAGE",
    "One row an airfield and UTC day: what was received near it, how low, by how many aircraft. A day without data is "
    "a row that says so.",
    (
        Column("airfield", TEXT, "airfield code", null="asked by coordinates"),
        Column("day", pl.Date(), "UTC day", null="never"),
        Column("status", TEXT, "the best status of that day in LEDGER", null="nothing was asked for that day"),
        Column("reason", TEXT, "why, where the day is not whole", null="nothing to add"),
        Column("sources", TEXTS, "providers of what was received", null="none"),
        Column(
            "positions", INT, "positions within the radius, low or on the ground", null="nothing is known of that day"
        ),
        Column("aircraft", INT, "aircraft among them", null="nothing is known of that day"),
        Column(
            "aircraft_on_ground",
            INT,
            "aircraft received on the ground at the field",
            null="nothing is known of that day",
        ),
        Column("lowest_ft", F64, "lowest height above the field received in the air", "ft", "nothing in the air"),
        Column(
            "reach_ft",
            F64,
            "height above the field below which half of the aircraft were received",
            "ft",
            "no aircraft in the air",
        ),
        Column(
            "hours",
            INT,
            "hours of the day with anything received, 0 to 24",
            "h",
            "nothing is known of that day",
        ),
        Column("first_utc", UTC, "first position", null="none"),
        Column("last_utc", UTC, "last position", null="none"),
        Column("radius_km", F64, "radius", "km", "never"),
    ),
)

VERIFIED: Final = Table(
    "VERIFIED",
    "One row a file of a lake: whether it is what was committed. Faults come first.",
    (
        Column("file", TEXT, "name inside the lake", null="never"),
        Column("finding", TEXT, "`good`, or what is wrong", null="never"),
        Column("remedy", TEXT, "what to do", null="nothing to be done"),
        Column("committed_sha256", TEXT, "sha256 in the chain; for the chain itself its last hash", null="not in it"),
        Column("sha256", TEXT, "sha256 of the file as it lies there", null="not there, or the chain itself"),
        Column("entry", INT, "number of the entry that committed it last", null="none"),
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

TABLES: Final = {
    t.name: t
    for t in (
        POSITIONS,
        GAPS,
        LEGS,
        VISITS,
        PROBLEMS,
        RECEIPTS,
        AIRFIELDS,
        RUNWAYS,
        REGISTER,
        NEAR,
        AIRCRAFT_DAYS,
        LEDGER,
        COVERAGE,
        VERIFIED,
    )
}
