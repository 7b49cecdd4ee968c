"""Ties recordings without an address to the aircraft that the user or a flight list names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

import polars as pl

from wheelsdown.sources.clean import BAD_ADDRESS
from wheelsdown.sources.identity import IdentityRow, tie_of_registration
from wheelsdown.sources.interface import Claim, Problem, Report

__all__ = ["Tied", "tie"]

_SHORT: Final = 8
_MOST_SHOWN: Final = 3


@dataclass(frozen=True)
class Tied:
    """Positions with their aircraft, and how they came by them."""

    positions: pl.DataFrame
    claims: list[Claim]
    problems: list[Problem]


def tie(
    positions: pl.DataFrame,
    *,
    identity: list[IdentityRow],
    report: Report,
    claims: list[Claim],
    files: dict[str, list[str]],
) -> Tied:
    """Give rows without an address the aircraft that the identity file, else a flight list, names.

    Parameters
    ----------
    positions : polars.DataFrame
        POSITIONS with `BAD_ADDRESS`.
    identity, report
        Rows of the user's file, and its report, which is added to.
    claims
        What the sources say; those with a `track_id` tie.
    files
        Names of each receipt's file: more than one where copies were given.

    Returns
    -------
    Tied
        POSITIONS in which a row with an ICAO address has no `track_id` and any other has one; the claims of the
        identity file that were used; problems of single files.

    Notes
    -----
    An address in the file itself is never overruled. Non-ICAO addresses (``~``) are no airframes: they stay, and are
    kept apart by file. Files without any address are kept apart too, and inside a file each call sign is; that may cut
    one aircraft in two, and never makes one of two.
    """
    bare = positions["icao24"].is_null()
    if not bare.any() and not identity:
        return Tied(_name_recordings(positions, files), [], _by_track(claims)[1])
    own = _own_addresses(positions.filter(~bare), set(files)) if identity else {}
    by_file, used, problems = _by_file(_chosen(identity, files, report), own, files)
    by_track, conflicts = _by_track(claims)
    loose = (
        positions.filter(bare)
        .join(by_file, on="receipt", how="left", maintain_order="left")
        .join(by_track, on="track_id", how="left", maintain_order="left")
    )
    problems += conflicts + _contradictions(loose, files)
    by_user = pl.col("file_icao24").is_not_null() | pl.col("file_track").is_not_null()
    loose = loose.with_columns(
        icao24=pl.when(by_user).then("file_icao24").otherwise("list_icao24"),
        track_id=pl.when(by_user).then("file_track").otherwise(pl.coalesce("list_track", "track_id")),
    ).select(positions.columns)
    whole = pl.concat([positions.filter(~bare), loose])
    return Tied(_name_recordings(whole, files), used, problems)


def _own_addresses(addressed: pl.DataFrame, receipts: set[str]) -> dict[str, list[str]]:
    found = addressed.lazy().filter(pl.col("receipt").is_in(sorted(receipts)))
    table = found.group_by("receipt").agg(pl.col("icao24").unique().sort()).collect()
    return dict(table.iter_rows())


def _chosen(rows: list[IdentityRow], files: dict[str, list[str]], report: Report) -> dict[str, IdentityRow]:
    """Find the identity row of each file; rows that contradict each other choose none."""
    chosen: dict[str, IdentityRow] = {}
    used: set[int] = set()
    for receipt, names in sorted(files.items(), key=lambda item: item[1]):
        hits = [r for r in rows if any(r.matches(n) for n in names)]
        used.update(r.row for r in hits)
        if len({(r.claim.icao24, tie_of_registration(r.claim.registration or "")) for r in hits}) > 1:
            report.problem(
                f"rows {', '.join(str(r.row) for r in hits)} name different aircraft for {names[0]}; none was used",
                row=hits[0].row,
                field="file",
                value=hits[0].pattern,
                remedy="leave one row for each file",
            )
        elif hits:
            chosen[receipt] = hits[0]
    for r in rows:
        if r.row not in used:
            report.problem(
                "matches no file that was read",
                row=r.row,
                field="file",
                value=r.pattern,
                remedy="write the file's name, or a pattern such as 20230901_*.csv",
            )
    return chosen


def _by_file(
    chosen: dict[str, IdentityRow], own: dict[str, list[str]], files: dict[str, list[str]]
) -> tuple[pl.DataFrame, list[Claim], list[Problem]]:
    """Turn identity rows into what each file's unaddressed rows get."""
    given: list[tuple[str, str | None, str | None]] = []
    used: list[Claim] = []
    problems: list[Problem] = []
    for receipt, row in chosen.items():
        have = own.get(receipt, [])
        said, tail = row.claim.icao24, row.claim.registration
        if said and have and have != [said]:
            problems.append(
                Problem(
                    files[receipt][0],
                    f"holds the address {', '.join(have[:_MOST_SHOWN])}; the identity file, row {row.row}, says "
                    f"{said}. The file's own was kept",
                    field="icao24",
                    value=said,
                    remedy="correct the identity file, or leave this file out",
                    rows_lost=0,
                )
            )
            continue
        address = said or (have[0] if len(have) == 1 else None)
        used.append(replace(row.claim, icao24=address))
        given.append((receipt, address, None if address or not tail else tie_of_registration(tail)))
    schema = {"receipt": pl.String, "file_icao24": pl.String, "file_track": pl.String}
    return pl.DataFrame(given, schema=schema, orient="row"), used, problems


def _by_track(claims: list[Claim]) -> tuple[pl.DataFrame, list[Problem]]:
    """Turn flight lists into what each flight id's rows get; lists that contradict each other give nothing."""
    said: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    by: dict[str, str] = {}
    for c in claims:
        if c.track_id and (c.icao24 or c.registration):
            tail = None if c.icao24 or not c.registration else tie_of_registration(c.registration)
            said[c.track_id].add((c.icao24, tail))
            by[c.track_id] = c.source
    given: list[tuple[str, str | None, str | None]] = []
    problems: list[Problem] = []
    for track, aircraft in sorted(said.items()):
        if len(aircraft) == 1:
            given.append((track, *next(iter(aircraft))))
            continue
        shown = ", ".join(sorted(str(a or t) for a, t in aircraft))
        problems.append(
            Problem(
                by[track], f"flight {track} is given to more than one aircraft: {shown}; none was used", field="icao24"
            )
        )
    schema = {"track_id": pl.String, "list_icao24": pl.String, "list_track": pl.String}
    return pl.DataFrame(given, schema=schema, orient="row"), problems


def _contradictions(loose: pl.DataFrame, files: dict[str, list[str]]) -> list[Problem]:
    """Report where the user and a flight list name different addresses; the user's word is taken."""
    clash = (
        loose.filter(pl.col("file_icao24") != pl.col("list_icao24"))
        .group_by("receipt")
        .agg(pl.col("file_icao24", "list_icao24").min())
    )
    return [
        Problem(
            files[receipt][0],
            f"the identity file says {user}, a flight list says {listed}; the identity file was followed",
            field="icao24",
            value=listed,
            remedy="find out which is right: the flight list is of its own date",
            rows_lost=0,
        )
        for receipt, user, listed in clash.sort("receipt").iter_rows()
    ]


def _name_recordings(positions: pl.DataFrame, files: dict[str, list[str]]) -> pl.DataFrame:
    """Leave `track_id` empty where an ICAO address ties the rows, and set it everywhere else."""
    addresses = positions["icao24"]
    tied_by_address = not addresses.null_count() and positions["track_id"].null_count() == positions.height
    if tied_by_address and not addresses.str.starts_with("~").any():
        return positions
    airframe = ~pl.col("icao24").str.starts_with("~").fill_null(value=True)
    positions = positions.with_columns(track_id=pl.when(~airframe).then("track_id"))
    nameless = (~airframe & pl.col("track_id").is_null()).alias("nameless")
    which = positions.select(nameless)["nameless"]
    if not which.any():
        return positions
    stems = pl.DataFrame(
        [(r, f"{PurePath(names[0]).name.split('.')[0]}@{r[:_SHORT]}") for r, names in files.items()],
        schema={"receipt": pl.String, "stem": pl.String},
        orient="row",
    )
    # a non-ICAO address keeps its rows together itself; without any address, the call sign has to
    apart = pl.when(pl.col("icao24").is_null()).then(pl.coalesce(BAD_ADDRESS, "callsign"))
    several = apart.drop_nulls().n_unique().over("receipt") > 1
    named = (
        positions.filter(which)
        .join(stems, on="receipt", how="left", maintain_order="left")
        .with_columns(
            track_id=pl.col("stem") + pl.when(several).then(pl.lit("/") + apart.fill_null("-")).otherwise(pl.lit(""))
        )
        .select(positions.columns)
    )
    return pl.concat([positions.filter(~which), named])
