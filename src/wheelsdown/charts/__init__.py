"""Pictures as SVG: rows in, text out; no script, no network, no font from elsewhere.

``from wheelsdown.charts.timeline import timeline`` and so on: `dwell.dwell`, `cadence.cadence_chart`,
`timing.timing_chart`, `shares.shares_chart`, `published.published_chart`, `map.map_chart`, `map.neighbours_map`.

Every function gives one ``<svg role="img">`` with a title and a description that says the finding in words. Marks
name the row that they show, e.g. ``data-from="visits/3/arrived_utc"``, rows from 1 (`rows.ROW`: how a part of a table
keeps its numbers); ticks stand in ``<g class="axis">``. `prefix` begins every id; `width` is the layout in units:
`NARROW` reads on a phone, `WIDE` on a desk, and `fitted` gives both. A page puts `CSS` into its style sheet. Charts of
rows that say SIMULATED say so too.
"""

from wheelsdown.charts.layouts import fitted
from wheelsdown.charts.palette import CSS
from wheelsdown.charts.rows import ROW
from wheelsdown.charts.svg import NARROW, WIDE

__all__ = ["CSS", "NARROW", "ROW", "WIDE", "fitted"]
