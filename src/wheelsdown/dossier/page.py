"""The dossier of a case as one HTML file: no script, no network, every number with the cell it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
import polars as pl

from wheelsdown.charts import CSS as CHART_CSS
from wheelsdown.charts.map import DISPUTED_NOTE
from wheelsdown.dossier.cells import Cells
from wheelsdown.dossier.figures import figures
from wheelsdown.dossier.grounds import grounds
from wheelsdown.dossier.links import trace_pages
from wheelsdown.dossier.marks import Marks
from wheelsdown.dossier.page_counts import lacking_bound, lacking_estimate, others
from wheelsdown.dossier.stating import Stating
from wheelsdown.dossier.words import ABOUT_LABELS, LOG_GLOSSES, LOG_METHODS, METHODS, SECTIONS
from wheelsdown.outputs.interface import SIMULATED, Extras
from wheelsdown.schema import (
    ABOUT,
    BEARINGS,
    CREDIBILITY,
    EXHIBIT_KINDS,
    GRADES,
    INTEGRITY_FLAGS,
    LEDGER_STATUS,
    OBSERVED_STATUS,
    RELIABILITY,
    SELECTIONS,
    STANCES,
    SURGE_KINDS,
)

if TYPE_CHECKING:
    from wheelsdown.case.result import CaseResult

__all__ = ["MOST", "Page", "made", "page", "stated"]

MOST = 400
"""So many rows of a table are printed; the page says how many more its file holds."""

_GLOSSES: Mapping[str, Mapping[str, str]] = {
    "about": ABOUT,
    "bearing": BEARINGS,
    "credibility": CREDIBILITY,
    "exhibit": EXHIBIT_KINDS,
    "flag": INTEGRITY_FLAGS,
    "grade": {k: rule for k, (rule, _) in GRADES.items()},
    "verb": {k: verb for k, (_, verb) in GRADES.items()},
    "ledger": LEDGER_STATUS,
    "observed": OBSERVED_STATUS,
    "reliability": RELIABILITY,
    "selection": SELECTIONS,
    "stance": STANCES,
    "surge": SURGE_KINDS,
}


@dataclass(frozen=True)
class Page:
    """A dossier's page, and the sentences on it that are no cell of another table."""

    html: str
    stated: pl.DataFrame
    """STATED; its file is ``stated.csv`` beside the other tables."""


def made(result: CaseResult) -> Page:
    """Make the page of a case together with the sentences it states.

    Parameters
    ----------
    result : CaseResult
        Tables of the case, with what can be said of them.

    Returns
    -------
    Page
        One HTML text that loads nothing, and STATED. The same result gives the same bytes: the time of the run is not
        on the page.

    Notes
    -----
    It selects and judges nothing: every number in text and tables is a cell of a table, rounded for the eye, and names
    it (``data-from="counts/1/at_least"``); a chart names its tables (``data-tables``). Text from others (call signs,
    statements, file names) is escaped and set apart from the direction of the text around it. Of long tables the first
    `MOST` rows are printed.
    """
    cells, stating = Cells(result), Stating()
    marks = Marks(cells, stating)
    extras = Extras(logged=result.logged, zones=result.zones)
    order = _by_time(result.frame("visits"))[:MOST]
    marks.shown_visits = frozenset(order)
    html = (
        _environment()
        .get_template("page.html")
        .render(
            result=result,
            case=result.case.case,
            file_name=result.file.name,
            most=MOST,
            order=order,
            sections=SECTIONS,
            methods=_methods(result),
            limits=extras.limits,
            simulated_word=SIMULATED,
            simulated_note=extras.simulated_note,
            about_labels=ABOUT_LABELS,
            gloss={**_GLOSSES, **LOG_GLOSSES} if result.logged else _GLOSSES,
            css=_style(),
            chart_css=CHART_CSS,
            figure=figures(result),
            grounds=lambda text: grounds(text, result),
            trace_pages=trace_pages,
            below=_below(result),
            shows=lambda section: _shows(section, result),
            facts=_facts(result),
            other_subjects=_other_subjects(result),
            bare_airfields=[a.code for a in result.airfields if (a.rival or a.end) and a.code not in _facts(result)],
            disputed_note=DISPUTED_NOTE,
            further_inputs=_further_inputs(result),
            ahead="window" in result.frame("conclusions")["topic"],
            others=lambda row: others(result, row),
            lacking_estimate=lacking_estimate,
            lacking_bound=lacking_bound,
            **marks.functions(),
        )
    )
    return Page(html=html, stated=stating.frame())


def page(result: CaseResult) -> str:
    """Give the page of a case as one HTML text; see `made`."""
    return made(result).html


def stated(result: CaseResult) -> pl.DataFrame:
    """Give STATED: the sentences of the page that are no cell of another table; see `made`."""
    return made(result).stated


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("wheelsdown.dossier"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _style() -> str:
    return resources.files("wheelsdown.dossier").joinpath("templates/dossier.css").read_text(encoding="utf-8")


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "timeline": ("series", "events"),
    "rhythm": ("visits", "cadence"),
    "statements": ("statements",),
    "exhibits": ("exhibits",),
    "published": ("published",),
    "others": ("visitors", "destinations"),
}
"""Sections that are left out where these tables have no row."""


def _shows(section: str, result: CaseResult) -> bool:
    """Tell whether a section has something to say; a test that was asked for says so even if it found nothing."""
    if section in ("surges", "timing", "shares"):
        return section in result.frames
    if section == "map":
        return bool(result.airfields)
    if section == "airfields":
        return bool(result.airfields) or _any_rows(result, "facts")
    if section == "rivals":
        return bool(result.rivals)
    return section not in _NEEDS or _any_rows(result, *_NEEDS[section])


def _any_rows(result: CaseResult, *tables: str) -> bool:
    return any(not result.frame(t).is_empty() for t in tables)


def _methods(result: CaseResult) -> list[tuple[str, str]]:
    """Give headings and texts of the methods whose tables have rows; of a log, what holds for it."""
    own = LOG_METHODS if result.logged else {}
    return [(h, own.get(h, said)) for h, tables, said in METHODS if not tables or _any_rows(result, *tables)]


def _facts(result: CaseResult) -> dict[str, list[int]]:
    """Rows of FACTS, from 1, by what they are about."""
    out: dict[str, list[int]] = {}
    for i, subject in enumerate(result.frame("facts")["subject"].to_list(), start=1):
        out.setdefault(subject, []).append(i)
    return out


def _other_subjects(result: CaseResult) -> list[str]:
    """Give what facts are about and is no airfield on the map, in their order."""
    return [s for s in _facts(result) if s not in {a.code for a in result.airfields}]


def _below(result: CaseResult) -> dict[str, list[int]]:
    """Rows, from 1, of long tables that say that something was not as wished."""
    return {
        "observability": _rows(result.frame("observability"), "status", ("observed",)),
        "ledger": _rows(result.frame("ledger"), "status", ("received", "empty")),
    }


def _rows(frame: pl.DataFrame, column: str, good: Iterable[str]) -> list[int]:
    kept = set(good)
    return [i for i, v in enumerate(frame[column].to_list(), start=1) if v not in kept]


def _by_time(visits: pl.DataFrame) -> list[int]:
    """Rows of VISITS, from 1, by time of touchdown; one that was not seen to arrive stands where it was first seen."""
    numbered = visits.with_row_index("row", offset=1)
    at = pl.coalesce("arrived_utc", "arrived_latest_utc", "departed_earliest_utc", "departed_utc")
    return numbered.sort(at, "row", nulls_last=True)["row"].to_list()


def _further_inputs(result: CaseResult) -> list[tuple[str, str]]:
    """Files read that have no receipt of their own: a lake by its last hash, the case file."""
    frame = result.frame("receipts")
    known: set[Any] = set(frame["sha256"].to_list())
    return sorted((name, sha256) for name, sha256 in result.inputs.items() if sha256 not in known)
