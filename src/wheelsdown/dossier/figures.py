"""The charts of a page, each from the rows of its tables."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup

from wheelsdown.charts import ROW, fitted
from wheelsdown.charts.cadence import cadence_chart
from wheelsdown.charts.dwell import dwell
from wheelsdown.charts.map import map_chart
from wheelsdown.charts.neighbours import neighbours_map
from wheelsdown.charts.published import published_chart
from wheelsdown.charts.shares import shares_chart
from wheelsdown.charts.timeline import timeline
from wheelsdown.charts.timing import timing_chart

if TYPE_CHECKING:
    from wheelsdown.case.result import CaseResult

__all__ = ["Figures", "figures"]


_WORDS = re.compile(r"<(?:title|desc)[^>]*>([^<]*)</")


class Figures:
    """Charts as HTML; none where there are no rows to draw."""

    def __init__(self, result: CaseResult) -> None:
        self._result = result

    def timelines(self) -> list[tuple[str | None, Markup]]:
        """One chart an airfield: its code, and the chart."""
        series = self._rows("series")
        out = []
        for n, airfield in enumerate(series["airfield"].unique(maintain_order=True).to_list(), start=1):
            here = pl.col("airfield").eq_missing(airfield)
            chart = fitted(
                timeline,
                series.filter(here),
                visits=self._rows("visits").filter(here),
                surges=self._rows("surges").filter(here),
                events=self._rows("events"),
                statements=self._rows("statements"),
                prefix=f"timeline-{n}",
            )
            out.append((airfield, _named(chart, "series visits surges events statements")))
        return out

    def map(self) -> Markup:
        """Airfields, and legs where there are any."""
        if not self._result.airfields:
            return Markup("")
        return self._drawn(
            map_chart,
            self._result.airfields,
            names="legs visits",
            prefix="map",
            legs=self._rows("legs"),
            # the numbers on a map are those that were counted
            visits=self._rows("visits").filter(pl.col("visit_id").is_in(self._counted())),
        )

    def _counted(self) -> list[str]:
        return self._result.frame("counts")["visit_ids"].explode().drop_nulls().unique().to_list()

    def neighbours(self) -> Markup:
        """The first airfield with those near it, and their runways: how easily one is taken for another."""
        if not self._result.airfields:
            return Markup("")
        first = self._result.airfields[0]
        told = self._rows("facts").filter(
            pl.col("subject") == first.code, pl.col("name").str.starts_with("distance to ")
        )
        near = {str(name).split(" ")[2] for name in told["name"]}
        beside = [a for a in self._result.airfields[1:] if a.code in near]
        if not beside:
            return Markup("")
        return self._drawn(
            neighbours_map,
            [first, *beside],
            self._result.runways,
            names="facts",
            prefix="neighbours",
            simulated=self._result.simulated,
        )

    @staticmethod
    def words(chart: Markup) -> list[str]:
        """Title and description of a chart, which the page states too: each once."""
        return list(dict.fromkeys(unescape(t) for t in _WORDS.findall(str(chart))))

    def dwell(self) -> Markup:
        """Time on the ground of each visit."""
        return self._of("visits", dwell, "dwell")

    def cadence(self) -> Markup:
        """How often visits came."""
        return self._of("cadence", cadence_chart, "cadence")

    def timing(self) -> Markup:
        """Events with a visit, against chance."""
        if self._result.frame("timing").is_empty():
            return Markup("")
        return self._drawn(
            timing_chart, self._rows("timing"), self._rows("epoch"), names="timing epoch", prefix="timing"
        )

    def shares(self) -> Markup:
        """Shares with their bounds."""
        return self._of("shares", shares_chart, "shares")

    def published(self) -> Markup:
        """Published counts, and these data beside them."""
        return self._of("published", published_chart, "published")

    def _of(self, table: str, draw: Any, prefix: str) -> Markup:
        frame = self._rows(table)
        return Markup("") if frame.is_empty() else self._drawn(draw, frame, names=table, prefix=prefix)

    def _rows(self, table: str) -> pl.DataFrame:
        """Rows with their numbers, so that a mark in a chart still names the row of the whole table."""
        return self._result.frame(table).with_row_index(ROW, offset=1)

    @staticmethod
    def _drawn(draw: Any, *tables: Any, names: str, prefix: str, **how: Any) -> Markup:
        return _named(fitted(draw, *tables, prefix=prefix, **how), names)


def _named(chart: str, names: str) -> Markup:
    """Name the tables that a chart is drawn from, so that its numbers can be found."""
    return Markup(f'<div data-tables="{names}">{chart}</div>')  # noqa: S704 - charts escape their texts


def figures(result: CaseResult) -> Figures:
    """Make the charts of a case."""
    return Figures(result)
