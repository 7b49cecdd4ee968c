"""What is known beforehand: airfields, runways, aircraft."""

from __future__ import annotations

from typing import Final

from wheelsdown.schema.types import BOOL, F32, F64, TEXT
from wheelsdown.table import Column, Table

__all__ = ["AIRFIELDS", "REGISTER", "RUNWAYS"]

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
