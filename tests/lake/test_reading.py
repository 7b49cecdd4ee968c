"""A question asked of a lake has the answer that the same rows give when they are read whole. Flights are SIMULATED."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.inference.made import Flight, Runway, runways_of, sampled
from tests.lake.made import Piece, put, receipt
from wheelsdown.engines.local import Options, answers
from wheelsdown.lake import Lake
from wheelsdown.lake.coding import rounded
from wheelsdown.lake.reading import readings
from wheelsdown.reference.airfields import Airfields, load
from wheelsdown.schema import GAPS, LEGS, POSITIONS, VISITS
from wheelsdown.sources.interface import Claim

TABLES = ("visits", "legs", "gaps")
KEYS = {"visits": "visit_id", "legs": "leg_id", "gaps": "from_utc"}
FIELDS = (("LLOV", "20L"), ("UBBB", "16"), ("UDYZ", "09"), ("LTFM", "16R"))
BEGIN = datetime(2023, 9, 1, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def airfields(tmp_path_factory: pytest.TempPathFactory) -> Airfields:
    return load(tmp_path_factory.mktemp("no-user-data"))


@pytest.fixture(scope="module")
def runways(airfields: Airfields) -> list[Runway]:
    out = []
    for code, name in FIELDS:
        known = runways_of(airfields.fields, airfields.runways, code)
        out.append(known.get(name) or next(iter(known.values())))
    return out


def fly(number: int, runways: list[Runway], stays_min: list[float], **options: Any) -> tuple[pl.DataFrame, Flight]:
    """Fly from field to field, stay at each; sampled thinly."""
    f = Flight(icao24=f"d000{number:02x}", callsign=f"SIM{number:03d}", start=BEGIN + timedelta(hours=number % 5))
    f.stand(runways[number % 4], 20)
    for n, stay in enumerate(stays_min):
        here, there = runways[(number + n) % 4], runways[(number + n + 1) % 4]
        f.take_off(here).land(there).stand(there, stay)
    return sampled(f, every_s=20.0, **{"standing_s": 1800.0, **options}), f


def silenced(rows: pl.DataFrame, spans: list[tuple[float, float]]) -> pl.DataFrame:
    """Take out what came between two moments, in hours since the beginning."""
    hours = (pl.col("time_utc") - BEGIN).dt.total_seconds() / 3600.0
    keep = pl.lit(value=True)
    for a, b in spans:
        keep = keep & ~hours.is_between(a, b)
    return rows.filter(keep)


@pytest.fixture(scope="module")
def rows(runways: list[Runway]) -> pl.DataFrame:
    """Seven aircraft over three weeks: stays of ten days heard and unheard, midnights, silences, days apart."""
    day = 24 * 60.0
    frames = [
        fly(1, runways, [40, 600, 90, 3 * day, 60, 1000, 200])[0],
        fly(2, runways, [10 * day, 50, 30])[0],
        silenced(fly(3, runways, [10 * day, 50, 4 * day, 45, 45])[0], [(4, 250), (270, 290)]),
        fly(4, runways, [700.0] * 9, above_ft=2_500.0)[0],
        fly(5, runways, [1100.0] * 12, above_ft=1_200.0, flag=None)[0],
        silenced(fly(6, runways, [500.0] * 14)[0], [(n * 31.0, n * 31.0 + 13.0) for n in range(1, 12)]),
        fly(7, runways, [30.0, 5 * day, 9 * day, 20.0])[0],
    ]
    rng = np.random.default_rng(4)
    whole = pl.concat(frames)
    return rounded(whole.filter(pl.Series(rng.random(whole.height) < 0.97)))


@pytest.fixture(scope="module")
def lake(rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same rows in a lake, a commit an aircraft."""
    pieces = []
    for n, (_, own) in enumerate(sorted(rows.partition_by("icao24", as_dict=True).items())):
        paper = receipt(f"{n}", own.height)
        claim = Claim("made", icao24=own["icao24"][0], registration=f"SIM-{n}", typecode="B38M" if n % 2 else "A320",
                      operator=f"Invented Air {n % 3}", as_of="2023-09-01")  # fmt: skip
        pieces.append(Piece(own, paper, own.clear(), (claim,)))
    return put(tmp_path_factory.mktemp("lake") / "lake", [[p] for p in pieces])


@pytest.fixture(scope="module")
def ask(lake: Lake, rows: pl.DataFrame, airfields: Airfields) -> Callable[..., None]:
    """Ask both and compare: every row, every value."""
    options = Options(keep_positions=False, ruled_out=True, airfields=airfields)
    inside = Options(keep_positions=False, ruled_out=True, airfields=airfields, lake=lake.path)

    def go(tables: tuple[str, ...] = TABLES, *, least: int = 0, **question: Any) -> dict[str, int]:
        whole = answers(rows, tables, options, **question)
        got = answers([], tables, inside, **question)
        for name in tables:
            assert same(whole[name].frame, got[name].frame), difference(name, whole[name].frame, got[name].frame)
            assert got[name].frame.height >= least
        return {name: whole[name].frame.height for name in tables}

    return go


IDENTITY = ["registration", "typecode", "operator", "identity_source", "identity_as_of", "identity_conflict"]


def same(whole: pl.DataFrame, got: pl.DataFrame) -> bool:
    return ordered(whole).equals(ordered(got))


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.drop(IDENTITY, strict=False)
    return frame.sort([c for c, t in frame.schema.items() if not isinstance(t, pl.List)], nulls_last=True)


def difference(name: str, whole: pl.DataFrame, got: pl.DataFrame) -> str:
    a, b = ordered(whole), ordered(got)
    if a.height != b.height:
        return f"{name}: {a.height} rows in the whole, {b.height} out of the lake"
    columns = [c for c in a.columns if a[c].ne_missing(b[c]).any()]
    first = {c: (a.filter(a[c].ne_missing(b[c]))[c][0], b.filter(a[c].ne_missing(b[c]))[c][0]) for c in columns}
    return f"{name}: {first}"


def test_everything(ask: Callable[..., dict[str, int]]) -> None:
    counts = ask()
    assert counts["visits"] > 40
    assert counts["legs"] > 30
    assert counts["gaps"] > 10


def test_in_parts(lake: Lake, rows: pl.DataFrame) -> None:
    """Parts hold aircraft whole, in order, and together every row."""
    parts = list(readings(lake, rows_most=2_000))
    assert len(parts) > 3
    seen = [set(p.positions["icao24"]) for p in parts]
    assert sum(len(s) for s in seen) == len(set.union(*seen))
    together = pl.concat([p.positions for p in parts])
    key = ["icao24", "time_utc"]
    assert together.sort(key).select(key).equals(rows.sort(key).select(key).unique(maintain_order=True))


@pytest.mark.parametrize("code", [c for c, _ in FIELDS])
def test_an_airfield(ask: Callable[..., dict[str, int]], code: str) -> None:
    assert ask(airfield=code)["visits"] > 3


def test_every_airfield_that_is_named_or_a_rival(
    lake: Lake, rows: pl.DataFrame, airfields: Airfields, ask: Callable[..., dict[str, int]]
) -> None:
    whole = answers(rows, ["visits"], Options(keep_positions=False, airfields=airfields))["visits"].frame
    codes = {*whole["airfield"].drop_nulls(), *whole["rivals"].explode().drop_nulls()} - {c for c, _ in FIELDS}
    assert codes
    for code in sorted(codes)[:8]:
        ask(("visits",), airfield=code)


@pytest.mark.parametrize("km", [3, 40, 300])
def test_a_circle(ask: Callable[..., dict[str, int]], km: int, runways: list[Runway]) -> None:
    assert ask(at=f"{runways[0].lat},{runways[0].lon},{km}")["visits"] > 3


def test_one_aircraft_and_several(ask: Callable[..., dict[str, int]]) -> None:
    for number in range(1, 8):
        assert ask(icao24=f"d000{number:02x}")["visits"] > 2
    ask(icao24=["d00001", "d00006"])
    ask(icao24="dfffff")


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2023-09-01", "2023-09-01"),
        ("2023-09-02", "2023-09-03"),
        ("2023-09-05", "2023-09-05"),
        ("2023-09-07", "2023-09-08"),
        ("2023-09-11", "2023-09-12"),
        ("2023-09-12", None),
        (None, "2023-09-02"),
        ("2023-09-03T10:30Z", "2023-09-03T23:00Z"),
    ],
)
def test_windows(ask: Callable[..., dict[str, int]], since: str | None, until: str | None) -> None:
    """Also where the aircraft stood heard, or was silent, for days before or after the window."""
    for number in range(1, 8):
        ask(icao24=f"d000{number:02x}", since=since, until=until)
    ask(("visits",), airfield="LLOV", since=since, until=until)
    ask(("visits",), airfield="UBBB", icao24=["d00002", "d00003", "d00004"], since=since, until=until)


def test_a_window_on_everything(ask: Callable[..., dict[str, int]]) -> None:
    """A stay or a silence that outlasts the window by ten days is told whole."""
    for day in range(1, 14, 2):
        ask(since=f"2023-09-{day:02d}", until=f"2023-09-{day:02d}")


def test_by_tail_type_and_operator(lake: Lake, airfields: Airfields) -> None:
    """What files said of identity chooses aircraft: compared with the whole lake's answer, filtered."""
    inside = Options(keep_positions=False, airfields=airfields, lake=lake.path)
    whole = answers([], TABLES, inside)
    visits = whole["visits"].frame
    assert visits["registration"].null_count() == 0
    for question, wanted in (
        ({"registration": "SIM-1"}, pl.col("registration") == "SIM-1"),
        ({"registration": "sim1"}, pl.col("registration") == "SIM-1"),
        ({"typecode": "b38m"}, pl.col("typecode") == "B38M"),
        ({"operator": "Invented Air 2"}, pl.col("operator") == "Invented Air 2"),
        ({"operator": "SIM"}, pl.col("callsign_in").str.starts_with("SIM") | pl.col("callsign_out").is_not_null()),
        ({"typecode": "A320", "icao24": "d00001"}, (pl.col("icao24") == "d00001") & (pl.col("typecode") == "A320")),
        ({"typecode": "A320", "airfield": "LLOV"}, (pl.col("airfield") == "LLOV") & (pl.col("typecode") == "A320")),
    ):
        got = answers([], ["visits"], inside, **question)["visits"].frame  # type: ignore[arg-type]
        expected = visits.filter(wanted)
        if "airfield" in question:
            got = got.filter(pl.col("asked_as") == "airfield").with_columns(asked_as=pl.lit(None, dtype=pl.String))
        assert got.height > 1, question
        assert ordered(got).equals(ordered(expected)), question


def test_the_schema_of_answers(lake: Lake, airfields: Airfields) -> None:
    got = answers([], TABLES, Options(keep_positions=False, airfields=airfields, lake=lake.path), icao24="dfffff")
    for name, table in zip(TABLES, (VISITS, LEGS, GAPS), strict=True):
        assert got[name].frame.height == 0
        assert table.conform(got[name].frame).columns == table.names


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Thirty SIMULATED days of 60 aircraft that fly about without landing."""
    rng = np.random.default_rng(3)
    lake = Lake.open(tmp_path_factory.mktemp("month") / "lake", create=True)
    begin = int(datetime(2023, 9, 1, tzinfo=UTC).timestamp() * 1000)
    n, each = 60, 800
    for d in range(30):
        with lake.batch() as batch:
            time = begin + d * 86_400_000 + np.tile(np.arange(each) * 100_000, n) + rng.integers(0, 50_000, n * each)
            batch.add(
                POSITIONS.conform(
                    pl.DataFrame(
                        {
                            "icao24": np.repeat([f"d1{i:04x}" for i in range(n)], each),
                            "time_utc": pl.Series(time).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
                            "latitude_deg": rng.uniform(-60, 60, n * each),
                            "longitude_deg": rng.uniform(-180, 180, n * each),
                            "altitude_ft": rng.uniform(30_000, 40_000, n * each).astype(np.float32),
                            "source": ["SIMULATED"] * (n * each),
                        }
                    ),
                    fill=True,
                )
            )
            batch.commit()
    return lake


def _read_bytes(path: str, icao24: str) -> tuple[int, int]:
    from wheelsdown.lake.choosing import of_aircraft

    lake = Lake.open(path)
    next(readings(lake, of_aircraft(lake, ["dfffff"])))  # what is loaded once

    def so_far() -> int:
        text = Path("/proc/self/io").read_text()
        return int(next(x for x in text.splitlines() if x.startswith("rchar")).split()[1])

    before = so_far()
    (reading,) = readings(lake, of_aircraft(lake, [icao24], date(2023, 9, 10), date(2023, 9, 10)))
    return so_far() - before, reading.positions.height


def test_little_is_read(month: Lake) -> None:
    """One aircraft on one day of thirty: the bytes read are a small part of the whole."""
    if not Path("/proc/self/io").exists():
        pytest.skip("this system does not count the bytes read")
    whole = sum(p.stat().st_size for p in month.layout.files("positions"))
    read, rows = _read_bytes(str(month.path), "d10011")
    assert 0 < rows < 30 * 800
    assert rows % 800 == 0
    assert read < whole * 0.35, f"{read} of {whole} bytes"
