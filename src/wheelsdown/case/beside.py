"""What a case reads beside positions: events, transfers, trade; other people's files may be absent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from wheelsdown.analysis.episodes import episodes, rule
from wheelsdown.analysis.shares import arms_share, trade_share
from wheelsdown.case.form import Case
from wheelsdown.errors import UsageError
from wheelsdown.schema import EVENTS, PROBLEMS, RECEIPTS, SHARE_KINDS, SHARES, TRADE, TRANSFERS
from wheelsdown.sources.paths import expand
from wheelsdown.sources.reading_context import read_context

__all__ = ["Tables", "arms_shares", "events_of", "events_rule", "read_tables", "rule_read", "trade_shares"]


@dataclass(frozen=True)
class Tables:
    """Tables of context that were there."""

    events: pl.DataFrame = field(default_factory=EVENTS.empty)
    transfers: pl.DataFrame = field(default_factory=TRANSFERS.empty)
    trade: pl.DataFrame = field(default_factory=TRADE.empty)
    problems: pl.DataFrame = field(default_factory=PROBLEMS.empty)
    receipts: pl.DataFrame = field(default_factory=RECEIPTS.empty)
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Files named in the case that are not there."""


def read_tables(case: Case) -> Tables:
    """Read the files of ``[events]``, ``[[arms]]`` and ``[[trade]]`` that are there, once each.

    Raises
    ------
    UsageError
        A file is no table of context.
    """
    named: list[str] = [*(case.events.files if case.events else ())]
    for part in (*case.arms, *case.trade):
        named += part.files
    written = list(dict.fromkeys(named))
    there, missing = _split(case, written)
    notes = [f"{name} is not there: what it would have given is left out" for name in missing]
    if not there:
        return Tables(notes=tuple(notes), missing=tuple(missing))
    read = read_context(there)
    return Tables(
        read.events,
        read.transfers,
        read.trade,
        read.problems,
        read.receipts,
        (*notes, *read.notes),
        tuple(missing),
    )


def _split(case: Case, written: Iterable[str]) -> tuple[list[Path], list[str]]:
    there: list[Path] = []
    missing: list[str] = []
    for name in written:
        path = case.path(name)
        if any(c in name for c in "*?["):
            found = [p for p in expand([path]) if p.exists()]
            there += found
            if not found:
                missing.append(name)
        elif path.exists():
            there.append(path)
        else:
            missing.append(name)
    return there, missing


def events_of(case: Case, tables: Tables) -> pl.DataFrame:
    """Give the events that visits are held against: the case's own list, else what its rule makes of the files.

    Returns
    -------
    EVENTS
        In order of their first days.
    """
    part = case.events
    if part is None:
        return EVENTS.empty()
    if part.episode:
        rows = [
            {
                "event_id": e.id, "kind": "episode", "name": e.name, "began": e.began, "ended": e.ended,
                "precision_days": 1.0, "country": e.country, "source": e.source, "note": e.note, "url": e.url,
            }
            for e in part.episode
        ]  # fmt: skip
        found = EVENTS.conform(pl.DataFrame(rows, schema_overrides={n: EVENTS.schema[n] for n in rows[0]}), fill=True)
    else:
        found = tables.events
        if part.from_ == "episodes" and not found.is_empty():
            # deaths of several countries named together are those of one conflict
            found = episodes(
                found,
                country=part.countries or None,
                deaths_least=part.deaths_least,
                within_days=part.within_days,
                quiet_days=part.quiet_days,
                month_deaths_least=part.month_deaths_least,
            )
        elif part.countries:
            found = found.filter(pl.col("country").is_in(list(part.countries)))
    return found.sort("began", "event_id")


def events_rule(case: Case) -> str:
    """Say which events they are, and by which rule."""
    part = case.events
    if part is None:
        return "no events"
    if part.episode:
        sources = list(dict.fromkeys(e.source for e in part.episode))
        return f"a list of {len(part.episode)} dated episodes in the case file ({'; '.join(sources)})"
    if part.from_ == "rows":
        return f"rows of {', '.join(part.files)}"
    return rule(
        deaths_least=part.deaths_least,
        within_days=part.within_days,
        quiet_days=part.quiet_days,
        month_deaths_least=part.month_deaths_least,
    )


def rule_read(case: Case, tables: Tables) -> int | None:
    """Count the rows out of which a rule makes the events; None where no rule is used."""
    part = case.events
    if part is None or part.episode or part.from_ != "episodes":
        return None
    return tables.events.height


def arms_shares(case: Case, tables: Tables) -> pl.DataFrame:
    """Give the suppliers' shares that a case asks for, from the tables that are there.

    Returns
    -------
    SHARES
    """
    rows = [SHARES.empty()]
    for part in case.arms:
        if not tables.transfers.is_empty():
            for first, last in part.years:
                try:
                    row = arms_share(
                        tables.transfers, recipient=part.recipient, supplier=part.supplier, from_year=first,
                        to_year=last,
                    )  # fmt: skip
                except UsageError as e:
                    row = _refused("arms", part.recipient, part.supplier, f"{first}-{last}", e)
                rows.append(row)
    return pl.concat(rows)


def trade_shares(case: Case, tables: Tables) -> pl.DataFrame:
    """Give the partners' shares in trade that a case asks for.

    Returns
    -------
    SHARES
    """
    rows = [SHARES.empty()]
    for part in case.trade:
        if not tables.trade.is_empty():
            for period in part.periods:
                try:
                    row = trade_share(
                        tables.trade, reporter=part.reporter, partner=part.partner, commodity=part.commodity,
                        period=period, flow=part.flow,
                    )  # fmt: skip
                except UsageError as e:
                    row = _refused("trade", part.reporter, part.partner, period, e)
                rows.append(row)
    return pl.concat(rows)


def _refused(kind: str, recipient: str, supplier: str, period: str, why: UsageError) -> pl.DataFrame:
    """Keep a share that the tables cannot give as a row with its reason."""
    row = {
        "kind": kind, "recipient": recipient, "supplier": supplier, "goods": SHARE_KINDS[kind], "period": period,
        "measure": "none", "unit": "", "method": "none: refused", "reason": str(why),
        "sentence": f"The share of {supplier} for {recipient} ({period}) cannot be told: {why}.",
        "source": "the tables of the case",
    }  # fmt: skip
    return SHARES.conform(pl.DataFrame([row]), fill=True)
