from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.charts.made import SVG, desc, fill, marked, of_class, parsed, shown, visit, visits
from wheelsdown.charts import basemap
from wheelsdown.charts.basemap import Box, clip, clip_line, clip_ring
from wheelsdown.charts.labels import Placer
from wheelsdown.charts.map import DISPUTED_NOTE, map_chart, neighbours_map
from wheelsdown.charts.projection import Projection, fit_box, great_circle, west_of
from wheelsdown.charts.svg import NARROW, WIDE, text_width
from wheelsdown.geo import distance_km
from wheelsdown.schema import AIRFIELDS, LEGS, POSITIONS, RUNWAYS


@dataclass(frozen=True)
class Spot:
    code: str
    name: str
    latitude_deg: float
    longitude_deg: float
    country: str | None = None
    rival: bool = False


OVDA = Spot("LLOV", "Ovda", 29.94, 34.936)
RAMON = Spot("LLER", "Ramon", 29.727, 35.014, rival=True)
AQABA = Spot("OJAQ", "Aqaba", 29.612, 35.018, rival=True)
BAKU = Spot("UBBB", "Baku", 40.4675, 50.0467)


def legs(*pairs: tuple[str | None, str | None, str]) -> pl.DataFrame:
    return fill(
        LEGS,
        [
            {"leg_id": str(i), "origin": a, "destination": b, "origin_grade": "observed", "destination_grade": grade}
            for i, (a, b, grade) in enumerate(pairs)
        ],
    )


def area(ring: np.ndarray) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def test_the_region_holds_the_countries_asked_for() -> None:
    found = {name for name, _ in clip(Box(30, 28, 55, 45)).countries}
    assert {"Israel", "Azerbaijan", "Armenia", "Georgia", "Jordan", "Egypt"} <= found
    assert not {"Brazil", "Australia", "Japan"} & found
    assert {"Somaliland", "Kosovo", "Palestine", "Taiwan", "W. Sahara", "N. Cyprus"} <= set(basemap.names())


def test_clipped_land_stays_in_the_box_and_keeps_its_area() -> None:
    box = Box(43, 38, 51, 42)
    clipped = clip(box)
    for _, rings in clipped.countries:
        for ring in rings:
            assert ring[:, 0].min() >= box.west - 1e-9
            assert ring[:, 0].max() <= box.east + 1e-9
            assert ring[:, 1].min() >= box.south - 1e-9
            assert ring[:, 1].max() <= box.north + 1e-9
    for line in (*clipped.borders, *clipped.coasts):
        assert line[:, 0].min() >= box.west - 1e-9
        assert line[:, 1].max() <= box.north + 1e-9
    # cutting a country in two parts loses nothing
    name = "Azerbaijan"
    whole, left, right = (
        sum(area(r) for n, rings in clip(b).countries if n == name for r in rings)
        for b in (Box(40, 36, 54, 44), Box(40, 36, 48, 44), Box(48, 36, 54, 44))
    )
    assert whole == pytest.approx(left + right, rel=1e-9)
    assert whole == pytest.approx(9.0, rel=0.06)  # 86,600 km2 at 40 degrees north


def test_squares_and_lines_are_cut_as_they_should() -> None:
    square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    assert area(clip_ring(square, Box(5, 5, 20, 20))) == pytest.approx(25)
    assert area(clip_ring(square, Box(-5, -5, 20, 20))) == pytest.approx(100)
    assert area(clip_ring(square, Box(2, 3, 4, 6))) == pytest.approx(6)  # the box lies inside
    assert len(clip_ring(square, Box(11, 11, 20, 20))) == 0
    across = np.array([[-5.0, 1], [15, 1], [15, 2], [-5, 2]])
    parts = clip_line(across, Box(0, 0, 10, 10))
    assert [p.tolist() for p in parts] == [[[0, 1], [10, 1]], [[10, 2], [0, 2]]]
    assert clip_line(np.array([[-5.0, -5], [-1, -1]]), Box(0, 0, 10, 10)) == []


def test_the_antimeridian_is_crossed_by_the_smaller_map() -> None:
    assert west_of([174.8, -157.9, 177.4]) == pytest.approx(174.8)
    assert west_of([-10, 20]) == pytest.approx(-10)
    assert west_of([35.0]) == pytest.approx(35.0)
    pacific = clip(Box(170, -30, 200, 0))
    found = {n for n, _ in pacific.countries}
    assert {"Fiji", "Samoa", "Tonga"} <= found
    for _, rings in pacific.countries:
        assert all(r[:, 0].min() >= 170 - 1e-9 and r[:, 0].max() <= 200 + 1e-9 for r in rings)
    spots = [Spot("NZAA", "Auckland", -37.0, 174.79), Spot("PHNL", "Honolulu", 21.32, -157.92)]
    root = parsed(map_chart(spots, legs(("NZAA", "PHNL", "observed")), prefix="m"))
    dots = [float(c.get("cx") or 0) for c in of_class(root, "airfields")[0].findall(f"{SVG}circle")]
    assert dots[0] < dots[1]
    assert dots[1] - dots[0] < NARROW * 0.8
    leg = of_class(root, "leg")[0].get("d") or ""
    assert leg.count("M") == 1


@pytest.mark.parametrize("lon", [0.0, 34.93, 60.0, -157.92, 179.99, -180.0, 180.0])
def test_one_airfield_gives_a_small_map_wherever_it_lies(lon: float) -> None:
    box, _ = fit_box([(29.94, lon)], width=368, shortest=180, tallest=400, least_deg=3.0)
    assert box.east - box.west < 8
    to = Projection(box, 0, 0, 368, 300)
    x, y = to.point(29.94, lon)
    assert (x, y) == (pytest.approx(184, abs=0.1), pytest.approx(150, abs=0.1))
    parsed(map_chart([Spot("SIML", "x", 29.94, lon)], prefix="m"))


def test_russia_and_antarctica_have_no_line_across_the_map() -> None:
    found = clip(Box(-180, -90, 180, 90))
    for line in (*found.borders, *found.coasts):
        assert np.abs(np.diff(line[:, 0])).max(initial=0) < 30
    south = sum(area(r) for n, rings in found.countries if n == "Antarctica" for r in rings)
    assert south > 360 * 8  # closed along the pole


def test_the_packed_map_is_small_and_says_where_it_is_from() -> None:
    from importlib import resources

    folder = resources.files("wheelsdown.charts").joinpath("data")
    data = folder.joinpath("countries-50m.gz").read_bytes()
    assert len(data) < 500_000
    assert data[4:8] == b"\0\0\0\0"  # no time in it: the same bytes each time
    assert b"Natural Earth 4.1.0" in gzip.decompress(data)[:200]
    notice = folder.joinpath("NOTICE.md").read_text()
    assert "world-atlas` 2.0.2" in notice
    assert "public domain" in notice


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_ovda_and_its_neighbours_are_named_without_overlap(width: float) -> None:
    places = fill(AIRFIELDS, [{"code": "UBBG", "latitude_deg": 40.737, "longitude_deg": 46.317}])
    flown = legs(
        ("UBBB", "LLOV", "observed"), ("UBBB", "LLOV", "observed"), ("LLOV", "UBBG", "likely"), ("LLOV", None, "x"),
        ("LLOV", "ZZZZ", "observed"),
    )  # fmt: skip
    found = visits([visit(i, datetime(2023, 9, i, tzinfo=UTC), airfield="LLOV") for i in range(1, 7)])
    root = parsed(map_chart([OVDA, RAMON, AQABA, BAKU], flown, None, found, prefix="m", width=width, places=places))
    group = of_class(root, "airfields")[0]
    boxes = []
    for text in group.findall(f"{SVG}text"):
        x, y = float(text.get("x") or 0), float(text.get("y") or 0)
        boxes.append((x, y - 8, x + text_width(text.text or "", 11.5), y + 1))
    assert {"LLOV", "LLER", "OJAQ", "UBBB", "UBBG", "6 visits"} <= set(shown(root).split("\n"))
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    lines = of_class(root, "leg")
    assert [(p.get("data-from"), p.get("data-rows"), p.get("stroke-dasharray")) for p in lines] == [
        ("legs/3/leg_id", "3", "7 5"),
        ("legs/1/leg_id", "1 2", None),
    ]
    assert "2 legs with an end that is not known, or whose place is not given, not drawn" in desc(root)
    assert DISPUTED_NOTE in desc(root)
    assert DISPUTED_NOTE in shown(root)


def test_tracks_are_dashed_across_silences() -> None:
    start = datetime(2023, 9, 1, tzinfo=UTC)
    minutes = [*range(0, 60, 5), *range(180, 240, 5)]
    frame = fill(
        POSITIONS,
        [
            {"icao24": "d00001", "time_utc": start + timedelta(minutes=m), "latitude_deg": 40.4 - m * 0.04,
             "longitude_deg": 50.0 - m * 0.06, "source": "SIMULATED"}
            for m in minutes
        ],
    )  # fmt: skip
    root = parsed(map_chart([OVDA, BAKU], None, frame, prefix="m"))
    track, silence = of_class(root, "track")[0], of_class(root, "silence")[0]
    assert (track.get("d") or "").count("M") == 2
    assert (silence.get("d") or "").count("M") == 1
    assert silence.get("stroke-dasharray")
    assert not track.get("stroke-dasharray")
    assert "not received" in shown(root)


def test_a_great_circle_is_the_shortest_way() -> None:
    way = great_circle(40.64, -73.78, 35.55, 139.78)
    steps = distance_km(way[:-1, 1], way[:-1, 0], way[1:, 1], way[1:, 0])
    assert float(np.sum(steps)) == pytest.approx(float(distance_km(40.64, -73.78, 35.55, 139.78)), rel=1e-6)
    assert way[:, 1].max() > 65  # over Alaska
    assert np.abs(np.diff(way[:, 0])).max() < 20
    assert great_circle(10, 20, 10, 20).shape == (2, 2)


def test_neighbours_tell_distances_and_how_parallel_the_runways_are() -> None:
    runways = fill(
        RUNWAYS,
        [
            {"code": "LLOV", "le_ident": "02L", "he_ident": "20R", "le_latitude_deg": 29.928,
             "le_longitude_deg": 34.928, "he_latitude_deg": 29.953, "he_longitude_deg": 34.940},
            {"code": "LLER", "le_ident": "01", "he_ident": "19", "le_latitude_deg": 29.711, "le_longitude_deg": 35.009,
             "he_latitude_deg": 29.743, "he_longitude_deg": 35.018},
            {"code": "LLER", "le_ident": "x", "he_ident": "y", "closed": True, "le_latitude_deg": 29.7,
             "le_longitude_deg": 35.0, "he_latitude_deg": 29.71, "he_longitude_deg": 35.01},
            {"code": "OJAQ", "le_ident": "01", "he_ident": "19"},
        ],
    )  # fmt: skip
    root = parsed(neighbours_map([OVDA, RAMON, AQABA, BAKU], runways, prefix="n"))
    assert marked(root, "runways/") == ["runways/1/le_ident", "runways/2/le_ident"]
    assert "LLER Ramon, 25 km away: runways 01/19 along 14 degrees, 3.7 km" in desc(root)
    assert "LLOV Ovda: runways 02L/20R along 23 degrees, 3 km" in desc(root)
    assert "OJAQ Aqaba, 37 km away: no runway with known ends" in desc(root)
    assert "UBBB" not in shown(root)


def test_labels_that_find_no_room_are_left_out_and_never_overlap() -> None:
    placer = Placer((0, 0, 200, 100))
    placed = [placer.place(100, 50, ["CODE", "A name"], 11.5) for _ in range(40)]
    rects = [p.rect for p in placed if p]
    assert 3 < len(rects) < 40
    for i, a in enumerate(rects):
        assert min(a) >= 0
        assert a[2] <= 200
        assert a[3] <= 100
        for b in rects[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
