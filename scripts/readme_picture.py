"""Draw the README's picture: one real day of one aircraft, as wheelsdown tells it.

    python scripts/readme_picture.py TRACE -o docs/img/day.svg

It draws results (visits, legs, silences), never the recorded positions.
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

import wheelsdown as wd

LEFT, WIDTH, TOP = 90, 860, 60
ROWS = {"on the ground": 0, "in the air": 1, "not received": 2}
FILL = {"observed": "#0072b2", "inferred": "#0072b2", "likely": "#56b4e9", "possible": "url(#hatch)"}


def draw(trace: Path) -> str:
    visits, legs, gaps = wd.visits(trace), wd.legs(trace), wd.gaps(trace)
    start = legs["first_received_utc"].min().replace(minute=0, second=0, microsecond=0)
    end = max(legs["last_received_utc"].max(), visits["arrived_latest_utc"].max()) + timedelta(minutes=45)
    hours = (end - start) / timedelta(hours=1)

    def x(t: datetime) -> float:
        return LEFT + WIDTH * ((t - start) / timedelta(hours=1)) / hours

    def bar(row: str, a: datetime, b: datetime, fill: str, tip: str, *, height: int = 24) -> str:
        y = TOP + ROWS[row] * 46 + (24 - height) / 2
        return (
            f'<rect x="{x(a):.1f}" y="{y:.1f}" width="{max(2.0, x(b) - x(a)):.1f}" height="{height}" fill="{fill}"'
            f' stroke="#1b1b1b" stroke-width="0.6"><title>{escape(tip)}</title></rect>'
        )

    parts: list[str] = []
    for v in visits.iter_rows(named=True):
        a, b = v["arrived_utc"] or start, v["departed_utc"] or end
        where = v["airfield"] or v["place_id"]
        parts.append(bar("on the ground", a, b, FILL[v["grade"]], f"{where}: {v['grade']}"))
        middle = min(max((x(a) + x(b)) / 2, LEFT + 34), LEFT + WIDTH - 30)
        at = f'<text x="{middle:.1f}" text-anchor="middle"'
        parts.append(f'{at} y="{TOP - 24}" font-weight="bold">{escape(where)}</text>')
        parts.append(f'{at} y="{TOP - 9}" class="small">{v["grade"]}</text>')
    for leg in legs.iter_rows(named=True):
        a, b = leg["first_received_utc"], leg["last_received_utc"]
        parts.append(bar("in the air", a, b, "#d9d9d9", "received in the air"))
    for gap in gaps.iter_rows(named=True):
        parts.append(bar("not received", gap["from_utc"], gap["to_utc"], "#fff", f"silence, {gap['kind']}", height=14))
    for row, n in ROWS.items():
        parts.append(f'<text x="{LEFT - 8}" y="{TOP + n * 46 + 16}" text-anchor="end" class="small">{row}</text>')
    axis = TOP + len(ROWS) * 46 + 4
    tick = start
    while tick <= end:
        if tick.hour % 3 == 0:
            at = f"{x(tick):.1f}"
            parts.append(f'<path d="M{at} {TOP}V{axis}" stroke="#bbb" stroke-width="0.5"/>')
            parts.append(f'<text x="{at}" y="{axis + 14}" text-anchor="middle" class="small">{tick:%H:%M}</text>')
        tick += timedelta(hours=1)
    said = "; ".join(f"{v['airfield'] or v['place_id']} {v['grade']}" for v in visits.iter_rows(named=True))
    who = f"{visits['registration'][0] or visits['icao24'][0]}"
    title = f"{who}, {start:%d %B %Y} and after, times in UTC"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {axis + 44}" role="img"'
        ' aria-labelledby="t d" font-family="sans-serif" font-size="14">'
        f'<title id="t">{escape(title)}</title><desc id="d">Visits in order: {escape(said)}.</desc>'
        "<style>.small{font-size:12px;fill:#333}</style>"
        '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#fff"/><line x1="0" y1="0" x2="0" y2="7" stroke="#0072b2" stroke-width="3"/>'
        "</pattern></defs>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}'
        f'<text x="{LEFT}" y="{axis + 34}" class="small">{escape(title)}</text></svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.write_text(draw(options.trace), encoding="utf-8")


if __name__ == "__main__":
    main()
