"""Shares of suppliers in deliveries of arms, and of partners in trade: with window, release and bounds."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from wheelsdown.analysis.shares_trade import trade_share
from wheelsdown.analysis.shares_words import amounts, frame_of, held_of, percent, runs, spoken, years_of
from wheelsdown.analysis.wording import listed, name, number
from wheelsdown.errors import UsageError
from wheelsdown.schema import TRANSFERS

__all__ = ["arms_share", "trade_share"]

_METHOD: Final = (
    "sum of SIPRI trend-indicator values of the supplier over that of all suppliers, unknown ones included, over the "
    "years of the window; bounds allow for each cell's rounding"
)
_GOODS: Final = "major conventional arms"
_ALL_SUPPLIERS: Final = 20
"""A table with so many suppliers is one of all of them."""
_THIN: Final = 200.0
"""Deliveries in all, in millions, below which one deal makes the share."""


def arms_share(
    transfers: pl.DataFrame, *, recipient: str, supplier: str | None = None, from_year: int, to_year: int
) -> pl.DataFrame:
    """Tell which share of the major arms delivered to a country came from a supplier.

    Parameters
    ----------
    transfers : frame of TRANSFERS
        Rows of kind `tiv`. Deals of a register are not spread over years: see Notes.
    recipient : str
        As the source writes it; case does not matter.
    supplier : str, optional
        None: a row for each supplier, the largest first.
    from_year, to_year : int
        Both included. SIPRI itself compares windows of five years, since deliveries of single years jump.

    Returns
    -------
    SHARES
        A refusal is a row with a reason and without numbers. Of a window that the tables hold in part, `period` names
        the years that they hold, and the share is of these.

    Raises
    ------
    UsageError
        The years are upside down, or the recipient or supplier is not named in the tables.

    Notes
    -----
    SIPRI, Sources and methods: share = TIV of the supplier over TIV of all, `unknown supplier(s)` included. A cell of 0
    is less than half a million, and every cell is rounded: `least` and `most` say how far that moves the share. The
    trade register tells deals with a first and a last year. To spread them evenly over the years gives other shares
    (Israel to Azerbaijan 2016-20: 66.6 % instead of 69.5 %), so it is refused.

    TIV measure the military capability of what was delivered, neither money nor orders, and small arms are not in them.
    """
    if from_year > to_year:
        raise UsageError(f"years {from_year} to {to_year}: the first is after the last")
    rows = TRANSFERS.conform(transfers, fill=True)
    to = _same(rows, "recipient", recipient)
    if to.is_empty():
        raise UsageError(f"no transfers to {recipient!r}: {_offered(rows, 'recipient', recipient)}")
    if supplier is not None and _same(rows, "supplier", supplier).is_empty():
        raise UsageError(f"no supplier {supplier!r} in these tables: {_offered(rows, 'supplier', supplier)}")
    base = {
        "kind": "arms",
        "recipient": to["recipient"][0],
        "goods": _GOODS,
        "from_year": from_year,
        "to_year": to_year,
        "period": years_of(from_year, to_year),
        "measure": "TIV of deliveries",
        "unit": "m TIV",
        "method": _METHOD,
    }
    volumes = to.filter(pl.col("kind") == "tiv")
    used = volumes.filter(pl.col("year").is_between(from_year, to_year), pl.col("tiv").is_not_null())
    rests = to if volumes.is_empty() else volumes
    base |= {
        "as_of": ", ".join(rests["as_of"].drop_nulls().unique().sort()) or None,
        "source": ", ".join(rests["source"].unique().sort()),
        "receipts": rests["receipt"].drop_nulls().unique().sort().to_list(),
    }
    if (why := _refused(volumes, used, base)) is not None:
        return frame_of([_refusal(base, supplier, why)])
    suppliers = [_same(rows, "supplier", supplier)["supplier"][0]] if supplier else _ranked(used)
    whole = _is_whole(rows, volumes)
    held = _held(rows, volumes, from_year, to_year)
    period, missing = held_of((from_year, to_year), held)
    base |= {"from_year": held[0], "to_year": held[-1], "period": period, "_missing": missing}
    return frame_of([_row(base, s, rows, volumes, used, whole=whole) for s in suppliers])


def _same(rows: pl.DataFrame, column: str, text: str) -> pl.DataFrame:
    return rows.filter(pl.col(column).str.strip_chars().str.to_lowercase() == text.strip().lower())


def _offered(rows: pl.DataFrame, column: str, text: str) -> str:
    names = rows[column].unique().sort().to_list()
    near = [n for n in names if n[:3].lower() == text.strip()[:3].lower()] or names
    return f"they have {listed([name(n) for n in near[:10]])}{' and others' if len(near) > 10 else ''}"


def _years(rows: pl.DataFrame) -> tuple[int, int]:
    """First and last year of any volume in the tables."""
    years = rows.filter(pl.col("kind") == "tiv")["year"].drop_nulls().unique().sort().to_list()
    return (years[0], years[-1]) if years else (0, 0)


def _held(rows: pl.DataFrame, volumes: pl.DataFrame, from_year: int, to_year: int) -> list[int]:
    """Years of a window that the recipient's tables hold: each from its first column to its last."""
    tables = rows.filter(pl.col("kind") == "tiv", pl.col("year").is_not_null())
    tables = tables.filter(pl.col("receipt").is_in(volumes["receipt"].unique().to_list(), nulls_equal=True))
    ends = tables.group_by("receipt").agg(pl.col("year").min().alias("first"), pl.col("year").max().alias("last"))
    years = {y for first, last in ends.select("first", "last").iter_rows() for y in range(first, last + 1)}
    return [y for y in range(from_year, to_year + 1) if y in years]


def _unknown() -> pl.Expr:
    return pl.col("supplier").str.to_lowercase().str.starts_with("unknown")


def _refused(volumes: pl.DataFrame, used: pl.DataFrame, base: dict[str, Any]) -> str | None:
    if volumes.is_empty():
        return (
            "a register tells deals, not volumes by year: spread evenly over their years they give other shares. Take "
            "the table of trend-indicator values instead (armstransfers.sipri.org, import/export values)"
        )
    if used.is_empty():
        first, last = _years(volumes)
        return f"no deliveries to {name(base['recipient'])} in {base['period']}; the tables have {first} to {last}"
    return None


def _is_whole(rows: pl.DataFrame, volumes: pl.DataFrame) -> bool:
    """Tell whether one of the tables has all suppliers: the recipient's own, or that of all countries."""
    tables = (
        rows.filter(pl.col("kind") == "tiv", pl.col("receipt").is_in(volumes["receipt"].unique().to_list()))
        .group_by("receipt")
        .agg(pl.col("supplier", "recipient").n_unique())
    )
    own = (pl.col("recipient") == 1) & (pl.col("supplier") > 1)
    return not tables.filter(own | (pl.col("supplier") >= _ALL_SUPPLIERS)).is_empty()


def _tables_of(rows: pl.DataFrame) -> int:
    """Count the suppliers whose deliveries were read."""
    return rows.filter(pl.col("kind") == "tiv")["supplier"].n_unique()


def _ranked(used: pl.DataFrame) -> list[str]:
    sums = used.group_by("supplier").agg(pl.col("tiv").sum()).sort(["tiv", "supplier"], descending=[True, False])
    return sums["supplier"].to_list()


def _row(
    base: dict[str, Any], supplier: str, rows: pl.DataFrame, volumes: pl.DataFrame, used: pl.DataFrame, *, whole: bool
) -> dict[str, Any]:
    own, others = used.filter(pl.col("supplier") == supplier), used.filter(pl.col("supplier") != supplier)
    amount, total = float(own["tiv"].sum()), float(used["tiv"].sum())
    unknown = float(used.filter(_unknown())["tiv"].sum())
    row = base | {"supplier": supplier, "amount": amount}
    low, high = _ends(own), _ends(others)
    row["most"] = low[1] / (low[1] + high[0]) if low[1] + high[0] else None
    row["_read"] = _tables_of(rows)
    if not whole and row["_read"] == 1:
        row["most"] = None  # at most all of it: that is no bound
    if whole:
        # of some suppliers' tables a sum is no total, and what unknown ones delivered is not in them
        row |= {"total": total, "unknown": unknown}
        row["share"] = amount / total if total else None
        row["least"] = low[0] / (low[0] + high[1]) if low[0] + high[1] else None
        named = used.filter(~_unknown()).group_by("supplier").agg(pl.col("tiv").sum())
        row["suppliers"] = named.height
        if supplier in named["supplier"]:
            row["rank"] = 1 + named.filter(pl.col("tiv") > amount).height
    row["reason"] = "; ".join(_reasons(row, rows, used, whole=whole)) or None
    row["changes"] = "; ".join(_changes(row, volumes, supplier, _years(rows), whole=whole)) or None
    row["sentence"] = spoken(row, _sentence(row))
    return row


def _ends(rows: pl.DataFrame) -> tuple[float, float]:
    """Sum what may have stood there before rounding."""
    least = rows.select(pl.coalesce("tiv_least", pl.max_horizontal(pl.col("tiv") - 0.5, 0.0)).sum()).item()
    most = rows.select(pl.coalesce("tiv_most", pl.col("tiv") + 0.5).sum()).item()
    return float(least), float(most)


def _reasons(row: dict[str, Any], rows: pl.DataFrame, used: pl.DataFrame, *, whole: bool) -> list[str]:
    out = []
    if not whole:
        few = _tables_of(rows)
        out.append(
            f"these tables hold the deliveries of {number(few)} supplier{'' if few == 1 else 's'}, and not of all: a "
            "sum of these is no total; take the table of the recipient's imports"
        )
    if used["as_of"].null_count():
        out.append("undated: each release revises earlier years")
    if (releases := used["as_of"].drop_nulls().n_unique()) > 1:
        out.append(f"from {number(releases)} releases, each of which revises earlier years: give one")
    if row["_missing"]:
        out.append(f"the tables hold nothing of {runs(row['_missing'])}: the share is not that of the whole window")
    if row.get("total", _THIN) < _THIN:
        out.append(f"{row['total']:,.0f} m TIV in all: so little that one delivery makes the share")
    if (deals := rows.filter(pl.col("kind") == "deal")).height:
        out.append(f"{deals.height:,} deals of a register are beside them and were not used")
    return out


def _changes(
    row: dict[str, Any], volumes: pl.DataFrame, supplier: str, years: tuple[int, int], *, whole: bool
) -> list[str]:
    """Say what other windows give, and what unknown suppliers could."""
    if not whole:
        return []
    first, last = years
    a, b = row["from_year"], row["to_year"]
    windows = [(a - 1, b - 1), (a + 1, b + 1)] + ([(b - 9, b)] if b - a < 9 else [])
    said = []
    for lo, hi in windows:
        if lo < first or hi > last:
            continue
        part = volumes.filter(pl.col("year").is_between(lo, hi))
        total = float(part["tiv"].sum())
        if total:
            own = float(part.filter(pl.col("supplier") == supplier)["tiv"].sum())
            said.append(f"{percent(own / total)} in {years_of(lo, hi)}")
    out = [f"another window gives another share: {listed(said)}"] if said else []
    if row["unknown"] and not row["supplier"].lower().startswith("unknown"):
        out.append(
            f"if all that unknown suppliers delivered was {name(supplier)}'s, it would be "
            f"{percent((row['amount'] + row['unknown']) / row['total'])}"
        )
    return out


def _sentence(row: dict[str, Any]) -> str:
    tables = f"according to {name(row['source'])}"
    tail = "TIV measure military capability, not money"
    if row.get("total") is None:
        return f"{_amount_alone(row, tables)} {tail}."
    of = f"of the major arms delivered to {name(row['recipient'])} in {_in_sentence(row['period'])}"
    own, all_of_it = amounts([row["amount"], row["total"]])
    sums = f"{own} of {all_of_it} million TIV"
    if row.get("share") is None:
        return f"{of} none has a volume, {tables}. {tail}."
    place = ""
    if row.get("rank") is not None:
        rank = "the largest" if row["rank"] == 1 else f"number {row['rank']}"
        place = f", {rank} of {number(row['suppliers'])} named supplier{'' if row['suppliers'] == 1 else 's'}"
    bounds = f"between {percent(row['least'])} and {percent(row['most'])} allowing for rounding"
    said = f"{percent(row['share'])} came from {name(row['supplier'])} ({sums}; {bounds})"
    return f"{of} {said}{place}, {tables}. {tail}."


def _amount_alone(row: dict[str, Any], tables: str) -> str:
    """Say what was delivered where it is no share of anything, for the others' tables were not read."""
    (own,) = amounts([row["amount"]])
    said = (
        f"{name(row['supplier'])} delivered {own} million TIV of major arms to {name(row['recipient'])} in "
        f"{_in_sentence(row['period'])} {tables}. No share can be told: "
    )
    if row["_read"] == 1:
        return f"{said}tables of other suppliers were not read."
    bound = (
        "" if row["most"] is None or row["most"] >= 1 else f"; by those that were it is at most {percent(row['most'])}"
    )
    return f"{said}not all suppliers' tables were read{bound}."


def _in_sentence(period: str) -> str:
    """Close an aside with a comma, where there is one."""
    return f"{period}," if "," in period else period


def _refusal(base: dict[str, Any], supplier: str | None, why: str) -> dict[str, Any]:
    row = base | {"supplier": supplier or "all suppliers", "reason": why}
    row["sentence"] = spoken(
        row, f"no share of {name(row['supplier'])} in arms to {name(row['recipient'])} can be told: {why}."
    )
    return row
