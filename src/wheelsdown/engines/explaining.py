"""What a fact-checker needs to know of one visit, out of files or a lake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from wheelsdown.engines.asked import as_tuple
from wheelsdown.engines.lakes import reading_of_visit
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.parts import Loaded, is_simulated, reading_of
from wheelsdown.engines.signed import kept_of, unfinished_of
from wheelsdown.errors import UsageError
from wheelsdown.inference import infer
from wheelsdown.inference.explain import Explanation, explain_visit
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.identify import annotate
from wheelsdown.sources import Reading

__all__ = ["explain"]


def explain(visit_ids: str | Iterable[str], what: Input = (), *, options: Options | None = None) -> list[Explanation]:
    """Tell what a fact-checker needs to know of visits: what was received, which rivals fall and why, which files.

    Parameters
    ----------
    visit_ids : str or several
        Whole ids, or beginnings that fit one visit only.
    what : path, paths or POSITIONS
        The same input the visits were found in.
    options : Options, optional
        How to read and infer.

    Returns
    -------
    list of Explanation
        In the order asked.

    Raises
    ------
    UsageError
        No visit, or more than one, has such an id.
    """
    options = options or Options()
    known = airfields_of(options)
    lake = lake_of(what, options)
    if lake is None:
        return _explain(reading_of(what, options), as_tuple(visit_ids), known, options)
    out: list[Explanation] = []
    with lake.steady():
        for wanted in as_tuple(visit_ids):
            out += _explain(reading_of_visit(lake, wanted), [wanted], known, options)
    return out


def _explain(reading: Reading, visit_ids: Sequence[str], known: Airfields, options: Options) -> list[Explanation]:
    simulated = is_simulated(reading.positions)
    found = infer(reading.positions, airfields=known.fields, runways=known.runways, rules=options.rules, ruled_out=True)
    visits = annotate(found.visits, Loaded.of(options).beside(reading))
    checks = kept_of(options)
    out = []
    for wanted in visit_ids:
        visit = _one(visits, wanted)
        told = explain_visit(
            visit, reading.positions, airfields=known.fields, runways=known.runways, rules=options.rules
        )
        title = f"{SIMULATED} {told.title}" if simulated else told.title
        facts = [*told.facts, *_checked(checks, visit["visit_id"]), *(("checked", t) for t in unfinished_of(options))]
        out.append(replace(told, title=title, facts=facts, sources=_files(visit, reading.receipts) or told.sources))
    return out


def _checked(checks: pl.DataFrame, visit_id: str) -> list[tuple[str, str]]:
    """Tell who checked it, whatever has changed since: the oldest first."""
    rows = checks.filter(pl.col("visit_id") == visit_id)
    return [
        (
            "checked",
            f"{r['by']}, {r['checked_utc']:%Y-%m-%d %H:%M} UTC: {r['verdict']}, when it was graded {r['grade']}"
            + (f" ({' '.join(r['note'].split())})" if r["note"] else ""),
        )
        for r in rows.iter_rows(named=True)
    ]


def _files(visit: dict[str, Any], receipts: pl.DataFrame) -> list[str]:
    """Name the files that a visit rests on, each with its whole hash."""
    rows = receipts.filter(pl.col("receipt").is_in(visit["receipts"] or [])).sort("file")
    return [f"{r['file']}, {r['bytes']} bytes, sha256 {r['sha256']}" for r in rows.iter_rows(named=True)]


def _one(found: pl.DataFrame, wanted: str) -> dict[str, Any]:
    hits = found.filter(pl.col("visit_id") == wanted)
    if hits.is_empty():
        hits = found.filter(pl.col("visit_id").str.starts_with(wanted))
    if hits.height == 1:
        return hits.row(0, named=True)
    if hits.is_empty():
        some = ", ".join(found["visit_id"].head(5)) or "none"
        raise UsageError(f"no visit {wanted} in these data; {found.height} were found, the first: {some}")
    raise UsageError(f"{wanted} fits {hits.height} visits: {', '.join(hits['visit_id'].head(5))}; give more of the id")
