"""Two sources of visits, read and held against one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Unpack

import polars as pl

from wheelsdown.analysis.agree import agree
from wheelsdown.engines.asked import as_tuple
from wheelsdown.engines.local import Question, as_wanted
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.result import Result
from wheelsdown.engines.selecting import chosen_how
from wheelsdown.engines.visits_from import VisitsFrom, believed, visits_of
from wheelsdown.engines.windows import window, zone_of
from wheelsdown.errors import UsageError
from wheelsdown.schema import AGREED, AGREEMENT

__all__ = ["Compared", "compare"]

_SPARE: Final = timedelta(days=3)


@dataclass(frozen=True)
class Compared:
    """What came of a comparison."""

    summary: Result
    """AGREED, one row."""
    each: Result
    """AGREEMENT, a row a visit."""


def compare(
    first: Input,
    second: Input = (),
    options: Options | None = None,
    *,
    names: Sequence[str] = (),
    window_min: float = 90.0,
    apart_min: float = 15.0,
    zone: str | None = None,
    independent: bool | None = None,
    selection: str | Sequence[str] | None = None,
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> Compared:
    """Compare two sources of visits of the same aircraft and places.

    Parameters
    ----------
    first, second : path, paths, POSITIONS or VISITS
        Each as in `visits_of`: positions, a table of visits, an observers' log. Where `options` name a lake, that is
        the second, and `second` is empty.
    options : Options, optional
        How to read and infer.
    names : two str, optional
        What sentences call them; else their files are named.
    window_min, apart_min, independent
        As in `wheelsdown.analysis.agree.agree`.
    zone : str, optional
        IANA zone of plain days in the window and of the sentence.
    selection : str or two, optional
        How both, or each, were chosen: all, fleet or hand_picked. Without it files are taken as picked by hand, and a
        lake unless its ledger says that every day of the window was asked for: no total is estimated then.
    log_map : path, optional
        How to read the log that is one of them.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`, asked of both. Without a
        window it is that of the days both cover.

    Returns
    -------
    Compared

    Raises
    ------
    UsageError
        Simulated visits are compared with real ones, or the question cannot be understood.
    """
    options = replace(options or Options(), ruled_out=False)
    options = replace(options, airfields=airfields_of(options), keep_positions=False)
    if options.lake is not None and (isinstance(second, pl.DataFrame) or second):
        raise UsageError("two sources and --lake: with a lake, which is the second, name one")
    if options.lake is None and not isinstance(second, pl.DataFrame) and not second:
        raise UsageError("one source is named: name the second, or a lake with --lake")
    named = zone_of(zone)
    since, until = window(question.get("since"), question.get("until"), named)
    wide: Question = {
        **question,
        "since": None if since is None else since - _SPARE,
        "until": None if until is None else until + _SPARE,
    }
    sides = [
        _side(first, replace(options, lake=None), log_map, wide),
        _side(second, options, log_map if options.lake is None else None, wide),
    ]
    made = {r.simulated for _, r in sides if not r.frame.is_empty()}
    if len(made) > 1:
        raise UsageError("one source is SIMULATED, the other is not; they cannot be compared")
    default = _names(first, second, options, [f for f, _ in sides])
    unread = [
        f"{called}: nothing of it could be read"
        for called, (f, r) in zip(default, sides, strict=True)
        if r.positions_read == 0 and f.kind != "lake"
    ]
    chosen = _chosen(as_tuple(selection), options, since, until, question)
    called = list(names) or default
    if len(called) != 2 or called[0] == called[1]:
        raise UsageError("two different names are needed, one for each source: --names FIRST,SECOND")
    agreed, each = agree(
        sides[0][1].frame,
        sides[1][1].frame,
        first_name=called[0],
        second_name=called[1],
        window_min=window_min,
        apart_min=apart_min,
        since=since,
        until=until,
        time_zone=named,
        independent=independent,
        first_selection=chosen[0],
        second_selection=chosen[1],
    )
    results = [r for _, r in sides]
    whole = Result(
        table=AGREED,
        frame=agreed,
        problems=pl.concat([r.problems for r in results]).unique(maintain_order=True),
        receipts=pl.concat([r.receipts for r in results]).unique(maintain_order=True),
        notes=(*unread, *dict.fromkeys(n for r in results for n in r.notes)),
        simulated=any(r.simulated for r in results),
        # held against nothing, every visit of the other would be one that this source missed
        positions_read=0 if unread else None,
        loaded="visits",
    )
    if unread:
        whole = replace(whole, frame=AGREED.empty())
        return Compared(whole, replace(whole, table=AGREEMENT, frame=AGREEMENT.empty()))
    return Compared(whole, replace(whole, table=AGREEMENT, frame=each))


def _chosen(
    said: tuple[str, ...], options: Options, since: datetime | None, until: datetime | None, question: Question
) -> tuple[str, str]:
    """Tell how each was chosen; in doubt it was picked by hand."""
    if len(said) > 2:
        raise UsageError("--selection: one for both sources, or two with a comma")
    if said:
        return said[0], said[-1]
    if options.lake is None:
        return "hand_picked", "hand_picked"
    wanted = as_wanted(airfields_of(options), {**question, "since": since, "until": until})
    return "hand_picked", chosen_how(lake_of((), options), wanted, since, until, None, options).selection


def _side(what: Input, options: Options, log_map: Path | None, question: Question) -> tuple[VisitsFrom, Result]:
    """Read one side; the mapping of a log is used where the side is that log, and passed over where it is not."""
    found = visits_of(what, options, log_map=log_map, needs_log=False, **question)
    result = believed(found, options)
    # a rival's row is no visit of the airfield asked for, but it may be the same visit as one in the other list
    return found, result


def _names(first: Input, second: Input, options: Options, found: Sequence[VisitsFrom]) -> list[str]:
    out = []
    for what, lake, one in ((first, None, found[0]), (second, options.lake, found[1])):
        if lake is not None:
            out.append(lake.name or str(lake))
        elif isinstance(what, pl.DataFrame):
            out.append(" and ".join(one.sources) or "no visits")
        else:
            paths = [what] if isinstance(what, str | Path) else list(what)
            out.append(Path(paths[0]).name + (f" and {len(paths) - 1} more" if len(paths) > 1 else ""))
    if out[0] == out[1]:
        out = [str(first), str(second)] if str(first) != str(second) else [out[0], f"{out[1]} (again)"]
    return out
