"""Readers of aircraft registers: each file's rows as REGISTER, as OPERATORS, or as address blocks.

Known by content: VRS standing data (aircraft, airlines, code-blocks; one file or the whole folder), tar1090-db
(``aircraft.csv.gz`` without a header, and its flat form with one), ``operators.js``, and any CSV with REGISTER's
columns or common names for them. A file's date on disk is no evidence of what it says: `as_of` is given or null.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from wheelsdown.errors import ReferenceDataError
from wheelsdown.reference.csvtext import parse_csv, problem_rows, read_bytes
from wheelsdown.schema import PROBLEMS, REGISTER

__all__ = ["BLOCK_SCHEMA", "OPERATOR_SCHEMA", "RegisterFiles", "read_register"]

_TEXT: Final = pl.String()
OPERATOR_SCHEMA: Final[dict[str, pl.DataType]] = dict.fromkeys(
    ("operator_icao", "operator_iata", "operator", "country", "telephony", "source", "as_of"), _TEXT
)
BLOCK_SCHEMA: Final[dict[str, pl.DataType]] = {
    "first": _TEXT, "last": _TEXT, "country": _TEXT, "military": pl.Boolean(), "source": _TEXT, "as_of": _TEXT,
}  # fmt: skip
_HEX: Final = r"^[0-9a-f]{6}$"
_MAX_FILES: Final = 20_000
_VRS: Final = "VRS standing data"
_TAR1090: Final = "tar1090-db"
_PIA: Final = "privacy address (PIA): not tied to one airframe"
_IGNORED: Final = ("routes", "countries", "model-type", "registration-prefixes", "airports")
# What others call REGISTER's columns (OpenSky's aircraft database above all).
_SYNONYMS: Final = {
    "hex": "icao24", "icao": "icao24", "mode_s": "icao24", "modes": "icao24", "icao_hex": "icao24",
    "reg": "registration", "tail": "registration", "tail_number": "registration",
    "type": "typecode", "icao_type": "typecode", "icaotype": "typecode",
    "model": "type_name", "type_long": "type_name", "aircraft": "type_name",
    "ownop": "operator", "owner_operator": "operator", "airline": "operator",
    "operatoricao": "operator_icao", "airline_code": "operator_icao",
    "serialnumber": "serial_number", "serial": "serial_number", "msn": "serial_number",
    "built": "year_built", "year": "year_built", "mil": "military",
}  # fmt: skip


@dataclass
class RegisterFiles:
    """What was read out of a file or folder."""

    register: pl.DataFrame = field(default_factory=REGISTER.empty)
    """REGISTER"""
    operators: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=OPERATOR_SCHEMA))
    """operator_icao, operator_iata, operator, country, telephony, source, as_of"""
    blocks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BLOCK_SCHEMA))
    """first, last, country, military, source, as_of"""
    problems: pl.DataFrame = field(default_factory=PROBLEMS.empty)
    """PROBLEMS"""


def _good(frame: pl.DataFrame, path: Path, *, tail_is_enough: bool = False) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split off rows that name no aircraft; ``frame`` has `icao24` in any case and `_line`."""
    frame = frame.with_columns(pl.col("icao24").str.to_lowercase().str.strip_prefix("0x"))
    fits = pl.col("icao24").str.contains(_HEX).fill_null(value=False)
    if tail_is_enough:
        fits = fits | (pl.col("icao24").is_null() & pl.col("registration").is_not_null())
    bad = frame.filter(~fits)
    reason = "no address of six hex digits" + (" and no registration" if tail_is_enough else "")
    remedy = "left out; a spreadsheet may have turned it into a number: keep the column as text"
    return frame.filter(fits), problem_rows(
        bad, path, reason, remedy, row="_line", field="icao24", value="icao24", lost=1
    )


def _register(frame: pl.DataFrame, path: Path, source: str, as_of: str | None, *, tails: bool = False) -> RegisterFiles:
    """Finish a frame that has some of REGISTER's columns."""
    frame, problems = _good(frame, path, tail_is_enough=tails)
    named = {"source": source, "as_of": as_of}
    frame = frame.with_columns(
        [
            (pl.coalesce(n, pl.lit(v, pl.String)) if n in frame.columns else pl.lit(v, pl.String)).alias(n)
            for n, v in named.items()
        ]
    )
    frame = frame.with_columns(
        [pl.col(n).str.to_uppercase() for n in ("registration", "typecode", "operator_icao") if n in frame.columns]
    )
    return RegisterFiles(
        register=REGISTER.conform(frame.select(set(frame.columns) & set(REGISTER.names)), fill=True), problems=problems
    )


def _numbered(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    return frame.with_columns(pl.int_range(first, pl.len() + first, dtype=pl.Int64).alias("_line"))


def _flags(flags: pl.Expr) -> list[pl.Expr]:
    """tar1090-db's flags: a character a position, military first, privacy address third."""
    at = flags.fill_null("")
    return [
        pl.when(at.str.slice(0, 1) == "1").then(pl.lit(value=True)).alias("military"),
        pl.when(at.str.slice(2, 1) == "1").then(pl.lit(_PIA)).alias("note"),
    ]


def _tar1090(data: bytes, path: Path, source: str, as_of: str | None) -> RegisterFiles:
    """``HEX;reg;type;flags;desc;year;ownOp;`` without header or quotes; a backslash escapes the next character."""
    text = data.decode("utf-8", errors="replace")
    if "\\" in text:
        text = text.replace("\\\\", "\x01").replace("\\;", "\x02")
    lines = pl.DataFrame({"t": text.splitlines()}, schema={"t": pl.String})
    cells = _numbered(lines, 1).with_columns(pl.col("t").str.split(";").alias("c"))
    wrong = ~pl.col("c").list.len().is_between(7, 8)
    ragged = cells.filter(wrong & (pl.col("t") != ""))
    problems = problem_rows(
        ragged, path, "not 7 fields", "left out; fetch the file again", row="_line", value="t", lost=1
    )

    def cell(i: int) -> pl.Expr:
        raw = pl.col("c").list.get(i, null_on_oob=True)
        return (
            raw.str.replace_all("\x02", ";", literal=True).str.replace_all("\x01", "\\", literal=True).replace("", None)
        )

    names = ("icao24", "registration", "typecode", "flags", "type_name", "year_built", "operator")
    frame = cells.filter(~wrong).select("_line", *(cell(i).alias(n) for i, n in enumerate(names)))
    read = _register(frame.with_columns(_flags(pl.col("flags"))), path, source, as_of)
    read.problems = pl.concat([problems, read.problems])
    return read


def _tar1090_flat(frame: pl.DataFrame, path: Path, source: str, as_of: str | None) -> RegisterFiles:
    names = {"hex": "icao24", "icao_type": "typecode", "type_long": "type_name"}
    return _register(frame.rename(names).with_columns(_flags(pl.col("flags"))), path, source, as_of)


def _vrs_aircraft(frame: pl.DataFrame, path: Path, source: str, as_of: str | None) -> RegisterFiles:
    made_up = pl.col("ModelICAO").str.starts_with("-").fill_null(value=False)
    rows = frame.select(
        "_line",
        pl.col("ICAO").alias("icao24"),
        pl.col("Registration").alias("registration"),
        pl.when(~made_up).then("ModelICAO").alias("typecode"),
        pl.coalesce("ManufacturerAndModel", "Model").alias("type_name"),
        pl.col("Operator").alias("operator"),
        pl.when(pl.col("AirlineCode").str.len_chars() == 3).then("AirlineCode").alias("operator_icao"),
        pl.col("SerialNumber").alias("serial_number"),
        pl.col("YearBuilt").alias("year_built"),
        pl.when(made_up).then(pl.lit("not an aircraft: type ") + pl.col("ModelICAO")).alias("note"),
    )
    return _register(rows, path, source, as_of)


def _vrs_airlines(frame: pl.DataFrame, path: Path, source: str, as_of: str | None) -> RegisterFiles:
    rows = frame.filter(pl.col("ICAO").is_not_null()).select(
        pl.col("ICAO").str.to_uppercase().alias("operator_icao"),
        pl.col("IATA").alias("operator_iata"),
        pl.col("Name").alias("operator"),
        pl.lit(None, pl.String).alias("country"),
        pl.lit(None, pl.String).alias("telephony"),
        pl.lit(source).alias("source"),
        pl.lit(as_of, pl.String).alias("as_of"),
    )
    return RegisterFiles(operators=rows)


def _vrs_blocks(frame: pl.DataFrame, path: Path, source: str, as_of: str | None) -> RegisterFiles:
    hexes = [pl.col(n).str.to_lowercase() for n in ("Start", "Finish")]
    fits = hexes[0].str.contains(_HEX) & hexes[1].str.contains(_HEX) & (hexes[0] <= hexes[1])
    bad = frame.filter(~fits.fill_null(value=False))
    problems = problem_rows(bad, path, "no range of addresses", "left out", row="_line", value="Start", lost=1)
    rows = frame.filter(fits).select(
        hexes[0].alias("first"),
        hexes[1].alias("last"),
        pl.col("CountryISO2").alias("country"),
        (pl.col("IsMilitary") == "1").alias("military"),
        pl.lit(source).alias("source"),
        pl.lit(as_of, pl.String).alias("as_of"),
    )
    return RegisterFiles(blocks=rows.filter(pl.col("country") != "ZZ"), problems=problems)


def _operators_js(data: bytes, path: Path, source: str, as_of: str | None) -> RegisterFiles:
    """``{"AZQ": {"n": name, "c": country, "r": telephony}}``."""
    try:
        listed = json.loads(data)
    except ValueError as e:
        raise ReferenceDataError(f"{path}: is not JSON: {e} (fetch it again)") from e
    good = {k: v for k, v in listed.items() if isinstance(v, dict)} if isinstance(listed, dict) else {}
    if not good:
        raise ReferenceDataError(f"{path}: is no list of operators (each key a designator, each value n, c, r)")

    def text(v: dict[str, Any], key: str) -> str | None:
        return str(v[key]).strip() or None if v.get(key) is not None else None

    rows = [(k.upper(), None, text(v, "n"), text(v, "c"), text(v, "r"), source, as_of) for k, v in sorted(good.items())]
    return RegisterFiles(operators=pl.DataFrame(rows, schema=OPERATOR_SCHEMA, orient="row"))


def _any_csv(frame: pl.DataFrame, path: Path, source: str, as_of: str | None) -> RegisterFiles:
    """Take a user's own CSV: REGISTER's columns, or common names for them."""
    plain = {c: c.strip().lower().replace(" ", "_") for c in frame.columns if c != "_line"}
    names = {c: _SYNONYMS.get(p, p) for c, p in plain.items()}
    wanted: dict[str, str] = {}
    for column, name in sorted(names.items(), key=lambda n: plain[n[0]] != n[1]):
        if name in REGISTER.names and name not in wanted.values():
            wanted[column] = name
    have = set(wanted.values())
    if not have & {"icao24", "registration"}:
        raise ReferenceDataError(
            f"{path}: is no register that is known: no column icao24 or registration among "
            f"{', '.join(plain)[:200]} (name the columns {', '.join(REGISTER.names)}; one of the first two is needed)"
        )
    rest = pl.DataFrame({"c": [c for c in names if c not in wanted]}, schema={"c": pl.String})
    ignored = problem_rows(rest, path, "not a column of a register: ignored", "rename it if it is one", value="c")
    rows = frame.select("_line", *(pl.col(c).alias(n) for c, n in wanted.items()))
    rows = rows.with_columns([pl.lit(None, pl.String).alias(n) for n in ("icao24", "registration") if n not in have])
    if "military" in have:
        word = pl.col("military").str.to_lowercase()
        rows = rows.with_columns(
            pl.when(word.is_in(["1", "true", "yes", "t", "y"]))
            .then(pl.lit(value=True))
            .when(word.is_in(["0", "false", "no", "f", "n"]))
            .then(pl.lit(value=False))
            .alias("military")
        )
    read = _register(rows, path, source, as_of, tails=True)
    read.problems = pl.concat([ignored, read.problems])
    return read


_Reader = Callable[[pl.DataFrame, Path, str, str | None], RegisterFiles]
_HEADERS: Final[tuple[tuple[set[str], _Reader, str], ...]] = (
    ({"ICAO", "Registration", "ModelICAO", "AirlineCode"}, _vrs_aircraft, _VRS),
    ({"Code", "Name", "ICAO", "IATA"}, _vrs_airlines, _VRS),
    ({"Start", "Finish", "IsMilitary", "CountryISO2"}, _vrs_blocks, _VRS),
    ({"hex", "registration", "icao_type", "flags"}, _tar1090_flat, _TAR1090),
)


def _read_file(path: Path, source: str | None, as_of: str | None) -> RegisterFiles:
    data = read_bytes(path)
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return _operators_js(data, path, source or f"{_TAR1090} operators", as_of)
    first = start.split(b"\n", 1)[0].decode("utf-8", errors="replace").strip()
    if first.count(";") >= 6 and first[6:7] == ";":
        return _tar1090(data, path, source or _TAR1090, as_of)
    header = {c.strip().strip('"') for c in first.split(",")}
    frame = _numbered(parse_csv(data, path), 2)
    for needed, reader, name in _HEADERS:
        if needed <= header:
            return reader(frame, path, source or name, as_of)
    return _any_csv(frame, path, source or path.name, as_of)


def read_register(path: Path, *, source: str | None = None, as_of: str | None = None) -> RegisterFiles:
    """Read a register, whatever its form.

    Parameters
    ----------
    path : Path
        A file, plain or gzip; or a folder, of which every ``.csv`` is read but those of VRS that are no register.
    source : str, optional
        What to call it; by default after its form, else its file name.
    as_of : str, optional
        The register's own date, YYYY-MM-DD. Null means undated.

    Returns
    -------
    RegisterFiles
        REGISTER, operators, blocks, and PROBLEMS: rows left out, columns ignored.

    Raises
    ------
    ReferenceDataError
        Not readable, or no form that is known.
    """
    if not path.is_dir():
        return _read_file(path, source, as_of)
    files = sorted(p for p in path.rglob("*.csv*") if p.is_file() and not p.is_symlink())
    files = [p for p in files if not set(p.relative_to(path).parts) & set(_IGNORED)]
    if not files:
        raise ReferenceDataError(f"{path}: holds no CSV file (name the register's file, or its folder)")
    if len(files) > _MAX_FILES:
        raise ReferenceDataError(f"{path}: holds more than {_MAX_FILES} files (name the register's own folder)")
    read = [_read_file(p, source, as_of) for p in files]
    return RegisterFiles(
        pl.concat([r.register for r in read]),
        pl.concat([r.operators for r in read]),
        pl.concat([r.blocks for r in read]),
        pl.concat([r.problems for r in read]),
    )
