"""Draw the README's picture: one real day of one aircraft, as wheelsdown tells it.

    python scripts/readme_picture.py TRACE -o docs/img/day.svg

It draws results (visits, legs, silences), never the recorded positions.
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import wheelsdown as wd

LEFT, WIDTH, TOP = 90, 860, 60
ROWS = {"on the ground": 0, "in the air": 1, "not received": 2}
FILL = {"observed": "#0072b2", "inferred": "#0072b2", "likely": "#56b4e9", "possible": "url(#hatch)"}


def last_on_ground(visit: dict[str, Any]) -> datetime:
    """Give the last position on the ground of a stay whose end was not received; two minutes at least, to be seen."""
    came: datetime = visit["arrived_utc"]
    return came + timedelta(minutes=max(2.0, visit["dwell_stayed_min"] or 0.0))


def draw(trace: Path) -> str:
    visits, legs, gaps = wd.visits(trace), wd.legs(trace), wd.gaps(trace)
    start = legs["first_received_utc"].min().replace(minute=0, second=0, microsecond=0)
    stays = [
        (v, v["arrived_utc"] or start, v["departed_utc"] or last_on_ground(v)) for v in visits.iter_rows(named=True)
    ]
    end = max(legs["last_received_utc"].max(), *(b for _, _, b in stays)) + timedelta(minutes=45)
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
    for v, a, b in stays:
        where = v["airfield"] or v["place_id"]
        parts.append(bar("on the ground", a, b, FILL[v["grade"]], f"{where}: {v['grade']}"))
        middle = min(max((x(a) + x(b)) / 2, LEFT + 34), LEFT + WIDTH - 30)
        at = f'<text x="{middle:.1f}" text-anchor="middle"'
        parts.append(f'{at} y="{TOP - 24}" font-weight="bold">{escape(where)}</text>')
        parts.append(f'{at} y="{TOP - 9}" class="small">{v["grade"]}</text>')
        if v["departed_utc"] is None:
            y = TOP + 12
            parts.append(
                f'<path d="M{x(b) + 2:.1f} {y}h16m-5 -4l5 4l-5 4" stroke="#1b1b1b" fill="none"/>'
                f'<text x="{min(x(b) + 2, LEFT + WIDTH - 36):.1f}" y="{TOP + 39}" text-anchor="middle" class="small">'
                "not seen to leave</text>"
            )
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
            if tick.hour == 0:
                parts.append(f'<text x="{at}" y="{axis + 29}" text-anchor="middle" class="small">{tick:%d %b}</text>')
        tick += timedelta(hours=1)
    said = "; ".join(f"{v['airfield'] or v['place_id']} {v['grade']}" for v in visits.iter_rows(named=True))
    for n, grade in enumerate(g for g in FILL if g in set(visits["grade"])):
        at = LEFT + WIDTH - 90 * (n + 1)
        parts.append(
            f'<rect x="{at}" y="{axis + 38}" width="18" height="11" fill="{FILL[grade]}" stroke="#1b1b1b"'
            f' stroke-width="0.6"/><text x="{at + 24}" y="{axis + 48}" class="small">{grade}</text>'
        )
    who = f"{visits['registration'][0] or visits['icao24'][0]}"
    title = f"{who}, {start:%d %B %Y} and after, times in UTC"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {axis + 60}" role="img"'
        ' aria-labelledby="t d" font-family="sans-serif" font-size="14">'
        f'<title id="t">{escape(title)}</title><desc id="d">Visits in order: {escape(said)}.</desc>'
        "<style>.small{font-size:12px;fill:#333}</style>"
        '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#fff"/><line x1="0" y1="0" x2="0" y2="7" stroke="#0072b2" stroke-width="3"/>'
        "</pattern></defs>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}'
        f'<text x="{LEFT}" y="{axis + 48}" class="small">{escape(title)}</text></svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.write_text(draw(options.trace), encoding="utf-8")


if __name__ == "__main__":
    main()
