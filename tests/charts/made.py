"""Rows for charts: small, and made here."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from wheelsdown.schema import SERIES, VISITS
from wheelsdown.table import Table

DAY = timedelta(days=1)
SVG = "{http://www.w3.org/2000/svg}"


def fill(table: Table, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    rows = [{name: row.get(name) for name in table.names} for row in rows]
    return pl.DataFrame(rows, schema=table.schema, orient="row") if rows else table.empty()


def visit(n: int, at: datetime | None, *, grade: str = "observed", **more: Any) -> dict[str, Any]:
    return {
        "visit_id": f"v{n}",
        "airfield": "SIML",
        "place_id": "p",
        "latitude_deg": 30.0,
        "longitude_deg": 35.0,
        "arrived_utc": at,
        "arrived_latest_utc": at or datetime(2023, 9, 1, 2, tzinfo=UTC),
        "dwell_least_min": 100.0 + n,
        "dwell_most_min": 110.0 + n,
        "grade": grade,
        "source": "SIMULATED",
    } | more


def visits(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return fill(VISITS, rows)


def series(
    first: date,
    last: date,
    found: pl.DataFrame | None = None,
    *,
    exposure: Callable[[date], float] = lambda _: 1.0,
    airfield: str | None = "SIML",
) -> pl.DataFrame:
    ids: dict[date, list[str]] = {}
    for row in (found if found is not None else VISITS.empty()).iter_rows(named=True):
        if row["grade"] in ("observed", "inferred"):
            ids.setdefault((row["arrived_utc"] or row["arrived_latest_utc"]).date(), []).append(row["visit_id"])
    days = [first + i * DAY for i in range((last - first).days + 1)]
    return fill(
        SERIES,
        [
            {
                "airfield": airfield,
                "day": day,
                "time_zone": "UTC",
                "visits": len(ids.get(day, [])),
                "exposure": exposure(day),
                "known": True,
                "weaker": 0,
                "visit_ids": ids.get(day, []),
            }
            for day in days
        ],
    )


def parsed(svg: str) -> ET.Element:
    """Parse a chart, and hold it to what every chart must have."""
    root = ET.fromstring(svg)  # noqa: S314 (our own text)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert desc is not None
    assert desc.text
    assert (root.get("aria-labelledby") or "").split() == [title.get("id"), desc.get("id")]
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for used in re.findall(r"url\(#([^)]+)\)", svg):
        assert used in ids
    box = [float(v) for v in (root.get("viewBox") or "").split()]
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "nan")) <= box[2]
        assert 0 <= float(text.get("y", "nan")) <= box[3] + 1
    for word in ("<script", "href=", "http:", "https:", "url(http", "@import", "<image", "foreignObject", "onload"):
        assert word not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    return root


def desc(root: ET.Element) -> str:
    found = root.find(f"{SVG}desc")
    assert found is not None
    return found.text or ""


def shown(root: ET.Element) -> str:
    return "\n".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))


def marked(root: ET.Element, start: str) -> list[str]:
    return [e.get("data-from", "") for e in root.iter() if e.get("data-from", "").startswith(start)]


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in root.iter() if name in (e.get("class") or "").split()]
