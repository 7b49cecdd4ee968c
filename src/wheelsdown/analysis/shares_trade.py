"""Shares of partners in trade, with bounds for what no partner is named for, beside what the other side reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.shares_words import amounts, frame_of, held_of, percent, runs, spoken
from wheelsdown.analysis.wording import listed, name, number
from wheelsdown.errors import UsageError
from wheelsdown.schema import TRADE

__all__ = ["trade_share"]

_METHOD: Final = (
    "partner over the world in the reporter's figures; at least that, at most that and all that is allotted to no "
    "partner; beside it what the partner reports of the same flow"
)
_WORLD_CODE: Final = "0"
_NOWHERE_CODES: Final = ("837", "838", "839", "899")
_TAIWAN_CODE: Final = "490"
"""`Other Asia, nes`, which the source uses for one partner."""
_NOWHERE: Final = r"(?i)\bnes\b|not elsewhere specified|unspecified|special categories|free zones|^bunkers"
_OTHER_FLOW: Final = {"import": "export", "export": "import"}
_MEASURES: Final = {"net_kg": ("net weight", "kg"), "value_usd": ("value", "USD")}
_DISAGREE: Final = 0.2
_PERIOD: Final = r"\d{4}(?:\d\d)?"
_MILLION: Final = 1e6
_NAMED: Final = {"weight": "net_kg", "value": "value_usd"}


def trade_share(
    trade: pl.DataFrame,
    *,
    reporter: str,
    partner: str | None = None,
    commodity: str | None = None,
    period: str | None = None,
    flow: str = "import",
    measure: str | None = None,
) -> pl.DataFrame:
    """Tell which share of a country's imports or exports of a commodity a partner has.

    Parameters
    ----------
    trade : frame of TRADE
    reporter : str
        Who reports: name or code, as the source writes it.
    partner : str, optional
        Name or code; None: a row for each partner, the largest first.
    commodity : str, optional
        Code, such as 2709; None where the rows have one only.
    period : str, optional
        2022, 202303, or from and to: 2018-2022, 202301-202312; None: all periods of the rows.
    flow : str
        import or export.
    measure : str, optional
        weight or value. By default weight where every row has one, since prices differ between origins; else value.

    Returns
    -------
    SHARES
        `recipient` is the reporter, `supplier` the partner. A refusal is a row with a reason. Of a window that the rows
        hold in part, `period` names the periods that they hold, and the share is of these.

    Raises
    ------
    UsageError
        There is no such reporter, commodity or period in the rows, several commodities and none named, or a flow or
        measure of another name.

    Notes
    -----
    `least` takes the partner's rows alone, `most` adds what is allotted to no partner (`Areas, nes` and the like).
    Importers value goods with freight and insurance (cif), exporters without (fob), 6 to 10 % apart; where both sides
    differ by more than a fifth of their sum, the sentence says so. No row is no proof of no trade: goods that go
    through other countries or traders are often reported for those, and partners have been taken out of published
    records.
    """
    if flow not in _OTHER_FLOW:
        raise UsageError(f"no flow {flow!r}: one of {', '.join(_OTHER_FLOW)}")
    if measure is not None and measure not in _NAMED:
        raise UsageError(f"no measure {measure!r}: one of {', '.join(_NAMED)}")
    rows = TRADE.conform(trade, fill=True)
    of = _who(rows, "reporter", reporter).filter(pl.col("flow").str.to_lowercase().str.starts_with(flow))
    if of.is_empty():
        raise UsageError(f"no {flow}s reported by {reporter!r}: {_offered(rows['reporter'])}")
    code = _commodity(of, commodity)
    of = _periods(
        of.filter(pl.col("commodity_code").is_null() if code is None else pl.col("commodity_code") == code), period
    )
    mirror = _mirror(rows, of, code, flow)
    periods = of["period"].unique().sort().to_list()
    said, lacking = _said_of(period, periods)
    goods = next(iter(of["commodity"].drop_nulls().to_list()), "goods")
    base: dict[str, Any] = {
        "kind": "trade",
        "recipient": of["reporter"][0],
        "goods": f"{flow}s of {name(goods)}{f' ({code})' if code else ''}",
        "from_year": _year(periods[0]),
        "to_year": _year(periods[-1]),
        "period": said,
        "measure": "value",
        "unit": "USD",
        "as_of": ", ".join(of["as_of"].drop_nulls().unique().sort()) or None,
        "source": ", ".join(of["source"].unique().sort()),
        "receipts": of["receipt"].drop_nulls().unique().sort().to_list(),
        "method": _METHOD,
    }
    of = of.unique(["partner", "partner_code", "period", "value_usd", "net_kg"], maintain_order=True)
    if (why := _refused(of)) is not None:
        row = base | {"supplier": partner or "all partners", "reason": why}
        row["sentence"] = spoken(
            row, f"no share can be told of the {base['goods']} of {name(base['recipient'])}: {why}."
        )
        return frame_of([row])
    by = _NAMED[measure] if measure else _measure(of)
    base |= {"measure": _MEASURES[by][0], "unit": _MEASURES[by][1]}
    total, notes = _total(of, by)
    notes = [*lacking, *notes]
    named = of.filter(~_is_world() & ~_is_nowhere())
    sums = named.group_by("partner").agg(pl.col(by).sum(), pl.col("partner_code").first())
    sums = sums.sort([by, "partner"], descending=[True, False])
    wanted = sums["partner"].to_list() if partner is None else [_partner(rows, partner)]
    return frame_of([_row(base, p, of, sums, mirror, total, by, notes) for p in wanted])


def _row(
    base: dict[str, Any],
    partner: str,
    of: pl.DataFrame,
    sums: pl.DataFrame,
    mirror: pl.DataFrame,
    total: float,
    by: str,
    notes: list[str],
) -> dict[str, Any]:
    own = of.filter(pl.col("partner") == partner)
    amount = float(own[by].sum())
    nowhere = float(of.filter(_is_nowhere())[by].sum())
    row = base | {"supplier": partner, "amount": amount, "total": total, "unknown": nowhere, "suppliers": sums.height}
    reasons = list(notes)
    if total > 0:
        row |= {"share": amount / total, "least": amount / total, "most": min(1.0, (amount + nowhere) / total)}
    if own.is_empty():
        reasons.append(f"no row for {name(partner)}: that is no proof of no trade")
    else:
        row["rank"] = 1 + sums.filter(pl.col(by) > amount).height
    if total > 0 and amount + nowhere > total * 1.001:
        reasons.append("partner and unallotted goods are more than the world's total: the figures do not add up")
    other = mirror.filter(pl.col("reporter") == partner)
    if other.height and other[by].null_count() == 0:
        told = float(other[by].sum())
        row["mirror_amount"] = told
        row["asymmetry"] = abs(amount - told) / (amount + told) if amount + told else 0.0
        row["_mirror_lacks"] = other["period"].n_unique() < of["period"].n_unique()
        if row["_mirror_lacks"]:
            reasons.append(f"{name(partner)} reports on {number(other['period'].n_unique())} of the periods only")
        if row["asymmetry"] > _DISAGREE:
            reasons.append("the two sides disagree by more than a fifth of their sum")
        if told == 0:
            reasons.append("a nought in the partner's figures is no proof of no trade")
    if any(by in (e or []) for e in own["estimated"].to_list()):
        reasons.append(f"the source estimated the {base['measure']}")
    row["reason"] = "; ".join(reasons) or None
    row["changes"] = _changes(row, of, own, by)
    row["sentence"] = spoken(row, _sentence(row))
    return row


def _changes(row: dict[str, Any], of: pl.DataFrame, own: pl.DataFrame, by: str) -> str | None:
    out = []
    if row.get("share") is not None and row["unknown"]:
        out.append(
            f"if all that is allotted to no partner came from {name(row['supplier'])}, the share would be "
            f"{percent(row['most'])}"
        )
    other = "value_usd" if by == "net_kg" else "net_kg"
    if own.height and own[other].null_count() == 0:
        total, _ = _total(of, other)
        if total > 0 and of[other].null_count() == 0:
            out.append(f"by {_MEASURES[other][0]} it is {percent(float(own[other].sum()) / total)}")
    if row.get("mirror_amount") is not None and row["total"]:
        whole = row["total"] - row["amount"] + row["mirror_amount"]
        if whole > 0:
            out.append(f"with what the other side reports it is {percent(row['mirror_amount'] / whole)}")
    return "; ".join(out) or None


def _sentence(row: dict[str, Any]) -> str:
    when = f"{row['period']}," if "," in row["period"] else row["period"]
    of = f"of the {row['goods']} that {name(row['recipient'])} reports for {when}"
    by = f"by {row['measure']}, according to {name(row['source'])}"
    if row.get("share") is None:
        return f"{of} nothing has a {row['measure']}: no share can be told, {by}."
    text = f"{of} {percent(row['share'])} {'is' if row['amount'] else 'are'} {name(row['supplier'])}'s"
    if row["most"] > row["least"]:
        text = f"{of} at least {percent(row['least'])} and at most {percent(row['most'])} are {name(row['supplier'])}'s"
    scale, unit, least = _unit(row)
    figures = [v / scale for v in (row["amount"], row["total"], row.get("mirror_amount")) if v is not None]
    told = amounts(figures, least=least)
    text += f" ({told[0]} {unit} of {told[1]} {unit}), {by}"
    return f"{text}.{_other_side(row, told)}"


def _unit(row: dict[str, Any]) -> tuple[float, str, int]:
    """Give what amounts are told in: so many of the unit, its name, and decimals at least."""
    if row["unit"] == "kg":
        return 1000.0, "t", 0
    return (_MILLION, "million USD", 1) if row["total"] >= _MILLION else (1.0, "USD", 0)


def _other_side(row: dict[str, Any], told: Sequence[str]) -> str:
    """Say what the partner reports of the same flow; both sides agree only where they tell the same."""
    if row.get("asymmetry") is None:
        return ""
    theirs = f"{told[2]} {_unit(row)[1]}"
    if row["_mirror_lacks"]:
        return f" The other side reports {theirs}, on some of the periods only."
    if row["asymmetry"] > _DISAGREE:
        return f" The other side disagrees: it reports {theirs}."
    if told[2] == told[0]:
        return f" The other side agrees: it reports {theirs}."
    by = abs(row["mirror_amount"] / row["amount"] - 1.0)
    more = "more" if row["mirror_amount"] > row["amount"] else "less"
    return f" The other side reports {theirs}, {percent(by)} {more}."


def _said_of(asked: str | None, periods: list[str]) -> tuple[str, list[str]]:
    """Name the periods of a share, and say which of those asked for are not in the rows."""
    if not all(re.fullmatch(_PERIOD, p) for p in periods):
        return asked or listed(periods), []
    held = [int(p) for p in periods]
    found = re.fullmatch(rf"\s*({_PERIOD})\s*(?:-\s*({_PERIOD})?)?\s*", asked or "")
    if not found:
        return runs(held), []
    said, missing = held_of((int(found[1]), int(found[2] or found[1])), held)
    why = [f"the rows hold nothing of {runs(missing)}: the share is not that of all that was asked for"]
    return said, why if missing else []


def _who(rows: pl.DataFrame, column: str, text: str) -> pl.DataFrame:
    """Rows of a country, by its name or its code; leading noughts of codes do not matter."""
    asked = text.strip()
    by_name = pl.col(column).str.strip_chars().str.to_lowercase() == asked.lower()
    by_code = _plain(f"{column}_code") == (asked.lstrip("0") or "0")
    return rows.filter((by_name | by_code).fill_null(value=False))


def _plain(column: str) -> pl.Expr:
    bare = pl.col(column).str.strip_chars().str.strip_chars_start("0")
    return pl.when(bare == "").then(pl.lit("0")).otherwise(bare)


def _partner(rows: pl.DataFrame, text: str) -> str:
    """Give a partner's name as the rows have it; one that no row has keeps the name it was asked by."""
    found = _who(rows, "partner", text)
    named = found["partner"] if found.height else _who(rows, "reporter", text)["reporter"]
    return str(named[0]) if len(named) else text.strip()


def _is_world() -> pl.Expr:
    return ((pl.col("partner").str.to_lowercase() == "world") | (_plain("partner_code") == _WORLD_CODE)).fill_null(
        value=False
    )


def _is_nowhere() -> pl.Expr:
    code = _plain("partner_code")
    named = pl.col("partner").str.contains(_NOWHERE) & (code != _TAIWAN_CODE).fill_null(value=True)
    named &= ~pl.col("partner").str.to_lowercase().str.starts_with("other asia")
    return (named | code.is_in(list(_NOWHERE_CODES)).fill_null(value=False)).fill_null(value=False)


def _commodity(rows: pl.DataFrame, asked: str | None) -> str | None:
    codes = rows["commodity_code"].unique().sort().to_list()
    if asked is None:
        if len(codes) > 1:
            raise UsageError(f"several commodities: name one of {', '.join(str(c) for c in codes[:10])}")
        only: str | None = codes[0]
        return only
    if asked.strip() not in codes:
        raise UsageError(f"no commodity {asked!r} in these rows: {_offered(rows['commodity_code'])}")
    return asked.strip()


def _periods(rows: pl.DataFrame, asked: str | None) -> pl.DataFrame:
    if asked is not None:
        found = re.fullmatch(r"\s*(\d{4}(?:\d\d)?)\s*(?:-\s*(\d{4}(?:\d\d)?))?\s*", asked)
        if found:
            first, last = found[1], found[2] or found[1]
            if len(first) != len(last) or first > last:
                raise UsageError(f"period {asked!r}: write 2022, 202303, 2018-2022 or 202301-202312")
            whole = pl.col("period").str.len_chars() == len(first)
            rows_in = rows.filter(whole & pl.col("period").is_between(pl.lit(first), pl.lit(last)))
        else:
            rows_in = rows.filter(pl.col("period") == asked.strip())
        if rows_in.is_empty():
            raise UsageError(f"no period {asked!r} in these rows: {_offered(rows['period'])}")
        return rows_in
    return rows


def _mirror(rows: pl.DataFrame, of: pl.DataFrame, code: str | None, flow: str) -> pl.DataFrame:
    """What others report of their trade with the reporter, in the same periods."""
    back = rows.filter(
        pl.col("flow").str.to_lowercase().str.starts_with(_OTHER_FLOW[flow]),
        pl.col("period").is_in(of["period"].unique().to_list()),
        pl.col("commodity_code").eq_missing(pl.lit(code, dtype=pl.String)),
        pl.col("partner").str.to_lowercase() == str(of["reporter"][0]).lower(),
    )
    return back.unique(["reporter", "period", "value_usd", "net_kg"], maintain_order=True)


def _refused(of: pl.DataFrame) -> str | None:
    if of["period"].str.len_chars().n_unique() > 1:
        return "years and months stand side by side and would be counted twice: name the period"
    if of.select("partner", "partner_code", "period").is_duplicated().any():
        return (
            "several rows for one partner and period differ, by route, mode or customs procedure: keep the rows of "
            "totals only"
        )
    if of["value_usd"].null_count() and of["net_kg"].null_count():
        return "neither value nor net weight is given in every row"
    return None


def _measure(of: pl.DataFrame) -> str:
    # a nought of weight beside a value is a weight that was not reported
    weight = of["net_kg"]
    missing = weight.null_count() or of.filter((pl.col("net_kg") == 0) & (pl.col("value_usd") > 0)).height
    return "value_usd" if missing else "net_kg"


def _total(of: pl.DataFrame, by: str) -> tuple[float, list[str]]:
    """Sum the world's rows; of periods without one, the partners."""
    world = of.filter(_is_world())
    rest = of.filter(~pl.col("period").is_in(world["period"].unique().to_list()))
    notes = []
    if rest.height:
        n = rest["period"].n_unique()
        notes.append(
            f"no row for the world in {number(n)} period{'' if n == 1 else 's'}: the total is that of the partners at "
            "hand, and the share too high where some are missing"
        )
    return float(world[by].sum()) + float(rest[by].sum()), notes


def _year(period: str) -> int | None:
    return int(period[:4]) if re.match(r"\d{4}", period) else None


def _offered(values: pl.Series) -> str:
    names = [str(v) for v in values.drop_nulls().unique().sort().to_list()]
    return f"they have {listed([name(n) for n in names[:10]]) or 'none'}{' and others' if len(names) > 10 else ''}"
