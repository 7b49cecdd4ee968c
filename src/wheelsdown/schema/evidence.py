"""What was read, asked for and kept: problems, receipts, the ledger, the lake."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.schema.types import BOOL, F32, F64, INT, TEXT, TEXTS, UTC
from wheelsdown.table import Column, Table

__all__ = [
    "AIRCRAFT_DAYS",
    "COVERAGE",
    "LEDGER",
    "LEDGER_STATUS",
    "NEAR",
    "NEAR_KINDS",
    "PROBLEMS",
    "RECEIPTS",
    "VERIFIED",
]

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
    "One row a file of a lake or of a dossier, or one that it rests on: whether it is what it was. Faults come first.",
    (
        Column(
            "file", TEXT, "name inside the lake or the dossier; of what it rests on, its path as given", null="never"
        ),
        Column(
            "finding",
            TEXT,
            "`good`; `not checked`, where what a dossier rests on is not there to be checked; or what is wrong",
            null="never",
        ),
        Column("remedy", TEXT, "what to do, or what to know", null="nothing to be done"),
        Column(
            "committed_sha256",
            TEXT,
            "sha256 in the chain or the manifest; for a chain itself its last hash",
            null="not in it",
        ),
        Column("sha256", TEXT, "sha256 of the file as it lies there", null="not there, not read, or the chain itself"),
        Column("entry", INT, "number of the entry of a chain that committed it last", null="none, or no lake"),
    ),
)
