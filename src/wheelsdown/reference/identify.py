"""Who is it: tails and addresses looked up in every loaded register, conflicts kept.

A register that names an operator on its date says nothing about the operator at flight time; `as_of` keeps the date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from wheelsdown.reference.blocks import block_conflict, block_of, mark_of, normal_tail
from wheelsdown.schema import REGISTER

__all__ = ["addresses_of", "annotate", "identify", "tail_expr"]

_HEX: Final = re.compile(r"(?:0x)?([0-9a-f]{6})", re.IGNORECASE)
_CALLSIGN: Final = re.compile(r"[A-Z]{3}\d[0-9A-Z]{0,4}")
_MOST: Final = 6
_FIRST: Final = "identity file"


def tail_expr(column: str) -> pl.Expr:
    """Write a column's tails as tails are compared: upper case, without hyphens, spaces and dots."""
    return pl.col(column).str.to_uppercase().str.replace_all(r"[\s.\-\u2010-\u2015]", "")


def _said(source: str, as_of: str | None) -> str:
    return f"{source} ({as_of or 'undated'})"


def _conflicts(row: dict[str, Any], others: list[dict[str, Any]]) -> list[str]:
    """What speaks against one claim: other claims on its address or tail, and the address block."""
    found = []
    for o in others:
        who = _said(o["source"], o["as_of"])
        if row["icao24"] and o["icao24"] == row["icao24"]:
            if o["_tail"] and row["_tail"] and o["_tail"] != row["_tail"]:
                found.append(f"{who} has {o['registration']} for this address")
            elif o["typecode"] and row["typecode"] and o["typecode"] != row["typecode"]:
                found.append(f"{who} has type {o['typecode']}")
        elif o["_tail"] == row["_tail"] and o["icao24"] and row["icao24"] and mark_of(row["registration"] or ""):
            # serials without a nationality mark are not unique in the world
            found.append(f"{who} has address {o['icao24']} for this tail")
    if row["icao24"] and row["registration"] and (outside := block_conflict(row["icao24"], row["registration"])):
        found.append(outside)
    found = list(dict.fromkeys(found))
    return found if len(found) <= _MOST else [*found[:_MOST], f"and {len(found) - _MOST} more"]


def _not_found(query: str, registers: pl.DataFrame) -> str:
    if not registers.height:
        why = "no register is loaded: add one with `wheelsdown reference add FILE --as-of DATE`"
    else:
        sources = registers["source"].unique().sort()
        shown = ", ".join(sources[:5]) + (" ..." if len(sources) > 5 else "")
        why = f"in none of the loaded registers ({shown}); that proves nothing about the aircraft"
    text = query.strip()
    if text.startswith("~"):
        return "a non-ICAO address: it is never an airframe"
    hint = None
    if found := _HEX.fullmatch(text):
        block = block_of(found.group(1))
        hint = block.says if block else f"address {found.group(1).lower()} lies in no country's address block"
    elif mark := mark_of(text):
        hint = f"the mark {mark.prefix} is {mark.name}'s"
    elif _CALLSIGN.fullmatch(text.upper()):
        hint = "it looks like a call sign, which is no tail"
    return f"not found: {why}" + (f"; {hint}" if hint else "")


def identify(queries: Iterable[str], registers: pl.DataFrame) -> pl.DataFrame:
    """Look up tails and addresses.

    Parameters
    ----------
    queries : iterable of str
        Tails, compared without hyphens and spaces (4KAZ60 is 4K-AZ60), and addresses, six hex digits with or without
        ``0x``; case aside. What can be read as both is looked up as both.
    registers : polars.DataFrame
        REGISTER, all loaded registers, as `wheelsdown.reference.registers.load` gives it.

    Returns
    -------
    polars.DataFrame
        REGISTER's columns, then `query` and `found`: one row a claim, in the order asked and then of the registers. A
        query without an answer is a row with `found` false and the reason in `note`.

    Notes
    -----
    It cannot see a tail that was painted over, nor an address that was changed after the register's date.
    """
    asked = [str(q) for q in queries]
    hexes = {q: m.group(1).lower() for q in asked if (m := _HEX.fullmatch(q.strip()))}
    tails = {q: normal_tail(q) for q in asked if normal_tail(q)}
    table = registers.with_columns(tail_expr("registration").alias("_tail"))
    hit = pl.col("icao24").is_in(list(hexes.values())) | pl.col("_tail").is_in(list(tails.values()))
    direct = table.filter(hit.fill_null(value=False))
    # what else is said of the same addresses and tails
    near = table.filter(
        pl.col("icao24").is_in(direct["icao24"].drop_nulls().implode())
        | pl.col("_tail").is_in(direct["_tail"].drop_nulls().implode())
    ).to_dicts()
    rows: list[dict[str, Any]] = []
    claims = direct.to_dicts()
    for q in asked:
        hits = [
            c for c in claims if (q in hexes and c["icao24"] == hexes[q]) or (q in tails and c["_tail"] == tails[q])
        ]
        for claim in hits:
            notes = [claim["note"], *_conflicts(claim, near)]
            if claim["operator"] or claim["operator_icao"]:
                notes.append("operator as of that date" if claim["as_of"] else "operator at an unknown date")
            text = "; ".join(n for n in notes if n)
            rows.append({**claim, "note": text or None, "query": q, "found": True})
        if not hits:
            rows.append(
                {"icao24": hexes.get(q), "source": "none", "note": _not_found(q, registers), "query": q, "found": False}
            )
    schema = {**REGISTER.schema, "query": pl.String(), "found": pl.Boolean()}
    return pl.DataFrame([{n: r.get(n) for n in schema} for r in rows], schema=schema)


def addresses_of(registrations: Iterable[str], registers: pl.DataFrame) -> dict[str, list[str]]:
    """Give the addresses that registers have for each tail; an empty list where they have none.

    More than one address is a conflict or an address that was changed: all are given, in the registers' order.
    """
    wanted = {r: normal_tail(r) for r in registrations}
    table = registers.filter(pl.col("icao24").is_not_null()).select("icao24", tail_expr("registration").alias("_tail"))
    found = table.filter(pl.col("_tail").is_in(list(wanted.values()))).rows()
    return {r: list(dict.fromkeys(a for a, t in found if t == tail)) for r, tail in wanted.items()}


def _believed(claims: pl.DataFrame) -> pl.DataFrame:
    """One row a key: the first claim that names a tail, filled from claims that do not contradict it.

    ``claims`` has `_key`, REGISTER's columns and `_tail`, the most believed first.
    """
    first = claims.group_by("_key", maintain_order=True).agg(pl.col("_tail").drop_nulls().first().alias("_chosen"))
    claims = claims.join(first, on="_key", maintain_order="left")
    agrees = pl.col("_tail").is_null() | (pl.col("_tail") == pl.col("_chosen"))

    def of(column: str, by: str) -> pl.Expr:
        """Value of a column in the first agreeing claim that has ``by``."""
        return pl.col(column).filter(agrees & pl.col(by).is_not_null()).first()

    dated = pl.col("source") + pl.concat_str(pl.lit(" ("), pl.col("as_of").fill_null("undated"), pl.lit(")"))
    claims = claims.with_columns(dated.alias("_dated"), pl.coalesce("operator", "operator_icao").alias("_operator"))
    something = pl.any_horizontal(pl.col("registration", "typecode", "_operator").is_not_null())
    rows = (
        claims.filter(something)
        .group_by("_key", maintain_order=True)
        .agg(
            of("registration", "registration").alias("registration"),
            of("typecode", "typecode").alias("typecode"),
            of("_operator", "_operator").alias("operator"),
            pl.coalesce(of("source", "registration"), pl.col("source").filter(agrees).first()).alias("identity_source"),
            of("source", "typecode").alias("_s_type"),
            of("source", "_operator").alias("_s_operator"),
            of("_dated", "registration").alias("_d_tail"),
            of("_dated", "typecode").alias("_d_type"),
            of("_dated", "_operator").alias("_d_operator"),
            pl.when(of("registration", "registration").is_not_null())
            .then(of("as_of", "registration"))
            .otherwise(pl.col("as_of").filter(agrees).first())
            .alias("identity_as_of"),
            pl.col("_chosen").first(),
            pl.col("icao24").drop_nulls().first().alias("_address"),
            (pl.col("_dated") + " has " + pl.col("registration") + " for this address")
            .filter(~agrees)
            .unique(maintain_order=True)
            .alias("_c_tail"),
            (pl.col("_dated") + " has type " + pl.col("typecode"))
            .filter(agrees & (pl.col("typecode") != of("typecode", "typecode")))
            .unique(maintain_order=True)
            .alias("_c_type"),
        )
    )
    from_elsewhere = [
        pl.when(pl.col(s) != pl.col("identity_source")).then(pl.lit(f"; {word}: ") + pl.col(d))
        for word, s, d in (("type", "_s_type", "_d_type"), ("operator", "_s_operator", "_d_operator"))
    ]
    return rows.with_columns(
        pl.concat_str("identity_source", *from_elsewhere, ignore_nulls=True).alias("identity_source")
    )


def annotate(visits: pl.DataFrame, registers: pl.DataFrame) -> pl.DataFrame:
    """Fill in who flew, where the row does not say so yet.

    Parameters
    ----------
    visits : polars.DataFrame
        VISITS. A row is looked up by its address; without one, by its registration, or by the tail in a `track_id`
        that begins with ``reg:``.
    registers : polars.DataFrame
        REGISTER, the most believed first; claims whose source begins with "identity file" go before all.

    Returns
    -------
    polars.DataFrame
        VISITS with `registration`, `typecode`, `operator`, `identity_source`, `identity_as_of` filled where they were
        null, and `identity_conflict`: what other registers have, other addresses of the same tail, an address outside
        the block that the mark suggests.

    Notes
    -----
    Registers give today's state, or their date's: `identity_as_of` says which. It cannot see a sale in between.
    """
    table = registers.with_row_index("_order").with_columns(tail_expr("registration").alias("_tail"))
    tied = pl.when(pl.col("track_id").str.starts_with("reg:")).then(pl.col("track_id").str.strip_prefix("reg:"))
    own_tail = pl.coalesce(tail_expr("registration"), tied)
    frame = visits.with_columns(pl.coalesce("icao24", pl.lit("reg:") + own_tail).alias("_key"))
    keys = frame.select("_key").drop_nulls().unique().with_columns(pl.col("_key").str.strip_prefix("reg:").alias("_id"))
    by_address = keys.filter(~pl.col("_key").str.starts_with("reg:")).join(
        table, left_on="_id", right_on="icao24", coalesce=False
    )
    by_tail = keys.filter(pl.col("_key").str.starts_with("reg:")).join(
        table, left_on="_id", right_on="_tail", coalesce=False
    )
    claims = pl.concat([by_address, by_tail], how="diagonal_relaxed").sort(
        ~pl.col("source").str.starts_with(_FIRST), "_order"
    )
    who = _believed(claims)
    # other addresses that a register has for the same tail
    same = (
        who.filter([r is not None and mark_of(r) is not None for r in who["registration"]])
        .select("_key", "_chosen", "_address")
        .join(table.filter(pl.col("icao24").is_not_null()), left_on="_chosen", right_on="_tail")
        .filter(pl.col("icao24") != pl.col("_address"))
        .sort("_order")
        .group_by("_key", maintain_order=True)
        .agg(
            (
                pl.col("source")
                + " ("
                + pl.col("as_of").fill_null("undated")
                + ") has address "
                + pl.col("icao24")
                + " for this tail"
            )
            .unique(maintain_order=True)
            .alias("_c_address")
        )
    )
    who = who.join(same, on="_key", how="left")
    outside = [
        [text] if a and r and (text := block_conflict(a, r)) else []
        for a, r in who.select("_address", "registration").iter_rows()
    ]
    who = who.with_columns(pl.Series("_c_block", outside, dtype=pl.List(pl.String)))
    lists = [pl.col(c).fill_null([]) for c in ("_c_tail", "_c_type", "_c_address", "_c_block")]
    texts = pl.concat_list(lists).list.head(_MOST).list.join("; ").replace("", None)
    who = who.select(
        "_key",
        *(
            pl.col(c).alias(f"_r_{c}")
            for c in ("registration", "typecode", "operator", "identity_source", "identity_as_of")
        ),
        texts.alias("_r_identity_conflict"),
        "_chosen",
        "_d_tail",
    )
    frame = frame.join(who, on="_key", how="left", maintain_order="left")
    # a claim on another tail says nothing of this one but that it contradicts
    differs = (own_tail != pl.col("_chosen")).fill_null(value=False)
    said = pl.when(differs).then(pl.col("_d_tail") + " has " + pl.col("_r_registration") + " for this address")
    known = pl.col("identity_source").is_not_null() | differs
    filled = ("registration", "typecode", "operator", "identity_source")
    return frame.with_columns(
        *(pl.coalesce(c, pl.when(~differs).then(f"_r_{c}")).alias(c) for c in filled),
        pl.coalesce("identity_as_of", pl.when(~known).then("_r_identity_as_of")).alias("identity_as_of"),
        pl.concat_str("identity_conflict", said, "_r_identity_conflict", separator="; ", ignore_nulls=True)
        .replace("", None)
        .alias("identity_conflict"),
    ).select(visits.columns)
