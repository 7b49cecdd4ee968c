"""Shares in deliveries of arms and in trade, out of the tables of SIPRI and UN Comtrade that the user has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from wheelsdown.analysis.shares import arms_share, trade_share
from wheelsdown.engines.options import Options
from wheelsdown.engines.result import Result
from wheelsdown.errors import UsageError
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.schema import SHARES
from wheelsdown.sources.reading_context import ContextReading, read_context

__all__ = ["sharing"]


def sharing(
    files: str | Path | Sequence[str | Path],
    options: Options | None = None,
    *,
    recipient: str | None = None,
    supplier: str | Sequence[str] | None = None,
    years: str | Sequence[str] | None = None,
    reporter: str | None = None,
    partner: str | Sequence[str] | None = None,
    commodity: str | None = None,
    period: str | Sequence[str] | None = None,
    flow: str = "import",
    measure: str | None = None,
) -> Result:
    """Tell shares of suppliers or of partners.

    Parameters
    ----------
    files : path or paths
        Tables of transfers (SIPRI) or of trade (UN Comtrade), as they were downloaded.
    options : Options, optional
        `strict`, `as_` and `progress` of it.
    recipient, supplier, years
        Of arms: who received, from whom (None: each supplier a row), first and last year, ``2016-2020``.
    reporter, partner, commodity, period, flow, measure
        Of trade: as in `analysis.shares.trade_share`.

    Returns
    -------
    Result
        SHARES, a row a window and supplier or partner. What cannot be told is a row with a reason.

    Raises
    ------
    UsageError
        Neither or both are asked for, the years are missing, or a name does not stand in the tables.
    SourceError
        With `Options.strict`, anything that cannot be read.
    """
    options = options or Options()
    if (recipient is None) == (reporter is None):
        raise UsageError("--recipient asks for arms, --reporter for trade: name one of them")
    windows = [_window(y) for y in _several(years)]
    if recipient is not None and not windows:
        raise UsageError("a share needs its window: add --years 2016-2020. Other years give another share")
    read = read_context(files, as_=options.as_, strict=options.strict, progress=options.progress)
    rows = [SHARES.empty()]
    if recipient is not None:
        if _any(read.transfers, read, "arms transfers", "--recipient"):
            for first, last in windows:
                for one in _several(supplier) or (None,):
                    rows.append(
                        arms_share(read.transfers, recipient=recipient, supplier=one, from_year=first, to_year=last)
                    )
    elif reporter is not None and _any(read.trade, read, "trade", "--reporter"):
        for when in _several(period) or (None,):
            for one in _several(partner) or (None,):
                rows.append(
                    trade_share(
                        read.trade,
                        reporter=reporter,
                        partner=one,
                        commodity=commodity,
                        period=when,
                        flow=flow,
                        measure=measure,
                    )
                )
    table = read.transfers if recipient is not None else read.trade
    return Result(
        table=SHARES,
        frame=pl.concat(rows),
        problems=read.problems,
        receipts=read.receipts,
        notes=read.notes,
        simulated=bool(table["source"].str.starts_with(SIMULATED).any()),
        positions_read=0 if table.is_empty() else None,
        loaded="arms transfers" if recipient is not None else "trade",
    )


def _any(rows: pl.DataFrame, read: ContextReading, what: str, option: str) -> bool:
    """Tell whether there are rows of the kind asked for; where the files hold another kind, that is said."""
    if rows.is_empty() and read.transfers.height + read.trade.height + read.events.height:
        raise UsageError(f"{option}: these files hold no {what}, but {', '.join(read.kinds)}")
    return not rows.is_empty()


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Take one text or several; names of countries hold commas of their own."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _window(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{4})\s*(?:-\s*(\d{4}))?\s*", text)
    if not found:
        raise UsageError(f"--years {text}: write 2016-2020, both years included")
    return int(found[1]), int(found[2] or found[1])
