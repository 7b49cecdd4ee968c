"""Surges of visits, with all they rest on: visits, days observed, how the files were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final, Unpack

import polars as pl

from wheelsdown.analysis.blocks import P0, blocks
from wheelsdown.analysis.surges import Declared, surges
from wheelsdown.engines.daily import daily
from wheelsdown.engines.local import Question
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.result import Result
from wheelsdown.errors import UsageError
from wheelsdown.schema import BLOCKS, SERIES, SURGES

__all__ = ["Surging", "declared_of", "surging"]

_PICKED: Final = "hand_picked"


@dataclass(frozen=True)
class Surging:
    """Surges, and beside them the days they were looked for in."""

    surges: Result
    """SURGES."""
    series: Result
    """SERIES: visits and exposure by day."""
    blocks: Result
    """BLOCKS: stretches of steady rate, for a graph."""


def surging(
    what: Input = (),
    options: Options | None = None,
    *,
    declared: Sequence[Declared] = (),
    longest_days: int = 90,
    draws: int = 9999,
    seed: int = 0,
    level: float = 0.05,
    p0: float = P0,
    grades: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    exposure_days: float | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> Surging:
    """Look for stretches of days with more visits than chance allows.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        As in `visits_of`; nothing where `options` name a lake.
    options : Options, optional
        How to read and infer.
    declared, longest_days, draws, seed, level
        As in `analysis.surges.surges`.
    p0 : float
        As in `analysis.blocks.blocks`.
    grades, zone, selection, exposure_days, logs, log_map, **question
        As in `rhythm`. Both ends of the window are needed.

    Returns
    -------
    Surging
        Rows for each airfield; none where nothing could be read.

    Raises
    ------
    UsageError
        The question cannot be understood, the window is not stated, or a declared window is upside down.
    """
    made = daily(
        what,
        options,
        grades=grades,
        zone=zone,
        selection=selection,
        exposure_days=exposure_days,
        logs=logs,
        log_map=log_map,
        **question,
    )
    rows, stretches = [SURGES.empty()], [BLOCKS.empty()]
    how = None
    if exposure_days is not None:
        days = sum(float(s["exposure"].sum()) for s in made.series[:1])
        how = f"{days:g} of {made.series[0].height if made.series else 0} days, as stated, spread evenly"
    for one, days_observed in zip(made.series, made.observed, strict=True):
        frame = surges(
            one,
            what=made.what,
            since=made.since,
            until=made.until,
            time_zone=made.zone,
            declared=declared,
            draws=draws,
            seed=seed,
            longest_days=longest_days,
            level=level,
            selection=made.how.selection,
            exposure_how=how,
            days_observed=days_observed,
            grades=made.grades,
            # where nothing was received, no source says so
            simulated=made.result.simulated,
        )
        if made.how.selection == _PICKED:
            frame = frame.with_columns(reason=pl.format("{}: {}", pl.lit(made.how.why), "reason"))
        rows.append(frame)
        stretches.append(blocks(one, since=made.since, until=made.until, p0=p0))
    frame = pl.concat(rows)
    return Surging(
        replace(made.result, table=SURGES, frame=frame),
        replace(made.result, table=SERIES, frame=pl.concat([SERIES.empty(), *made.series])),
        replace(made.result, table=BLOCKS, frame=pl.concat(stretches)),
    )


def declared_of(texts: Sequence[str]) -> tuple[Declared, ...]:
    """Read windows that the caller names: ``autumn 2020=2020-09-27..2020-11-10@2020-09-01``, both days included.

    The name may be left out, and so may the day of the declaration, after ``@``.

    Raises
    ------
    UsageError
        It is no window.
    """
    out: list[Declared] = []
    for text in texts:
        name, _, days = text.rpartition("=")
        span, at, on = days.partition("@")
        first, _, last = span.partition("..")
        try:
            window = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
            declared = date.fromisoformat(on.strip()) if at else None
        except ValueError as e:
            why = "write NAME=2020-09-27..2020-11-10, both days included, and @2020-09-01 for the day it was declared"
            raise UsageError(f"--declared {text}: {why}") from e
        if window[1] < window[0]:
            raise UsageError(f"--declared {text}: its last day is before its first")
        out.append((name.strip() or span.strip(), *window, declared))
    return tuple(out)
