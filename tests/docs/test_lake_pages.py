"""What the pages on lakes print runs, on a SIMULATED lake, and gives what they say."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.small_lake import CAME, DAMAGED, LANDED, MISSING, PASS_FT, PASSED, ROUND_MIN, runway, small_lake

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "duckdb.md").read_text()


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that holds a lake called ``lake``."""
    folder = tmp_path_factory.mktemp("beside")
    assert small_lake(folder).simulated
    return folder


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, zone: str = "UTC") -> list[tuple[Any, ...]]:
    monkeypatch.chdir(folder)
    with duckdb.connect() as db:
        db.execute(f"SET TimeZone = '{zone}'")
        return db.execute(blocks("sql")[number]).fetchall()


def test_there_are_five_queries() -> None:
    assert len(blocks("sql")) == 5


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_who_was_on_the_ground(beside: Path, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    rows = asked(beside, monkeypatch, 0, zone=zone)
    assert [(day, who) for day, who, *_ in rows] == [(day, CAME) for day in LANDED]
    for day, _, first, last, positions in rows:
        assert (first.date(), last.date()) == (day, day)
        assert abs((last - first).total_seconds() / 60 - ROUND_MIN) < 1
        assert positions == ROUND_MIN * 6


def test_where_one_aircraft_was(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = asked(beside, monkeypatch, 1)
    times = [r[0] for r in rows]
    assert times == sorted(times)
    assert {t.date() for t in times} == set(LANDED)
    assert all(isinstance(r[1], Decimal) and isinstance(r[2], Decimal) for r in rows)
    assert {r[5] for r in rows} == {"SIM1"}
    standing = [r for r in rows if r[4]]
    assert len(standing) == ROUND_MIN * 6 * len(LANDED)
    assert abs(float(standing[-1][1]) - runway().latitude_deg) < 0.05


def test_how_low(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = asked(beside, monkeypatch, 2)
    assert [r[:2] for r in rows] == [(LANDED[0], 1), (LANDED[1], 2)]
    for _, _, lowest in rows:
        assert 0 < lowest - runway().elevation_ft < PASS_FT / 10


def test_which_days_are_missing(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(beside, monkeypatch, 3) == [
        (DAMAGED, "SIMULATED archive", "*", "damaged", "122 of 256 folders"),
        (MISSING, "SIMULATED archive", "*", "missing", "404"),
    ]


def test_which_files(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wheelsdown.provenance import receipt_of

    rows = asked(beside, monkeypatch, 4)
    assert len(rows) == len(LANDED)
    counted = asked(beside, monkeypatch, 1)
    assert sum(r[3] for r in rows) == len(counted)
    for (file, sha256, *_), day in zip(rows, LANDED, strict=True):
        assert Path(file).name == f"SIMULATED-{CAME}-{day}.parquet"
        assert receipt_of(Path(file)).sha256 == sha256


def test_pandas(beside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(beside)
    [code] = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(code, "duckdb.md", "exec"), names)  # noqa: S102 - the page's own text
    assert CAME in capsys.readouterr().out
    assert names["near"]["latitude_deg"].dtype == "float64"
    assert dict(names["days"]) == {(day, CAME): ROUND_MIN * 6 for day in LANDED}


def test_coordinates_are_numbers_wherever_parquet_is_read(beside: Path) -> None:
    """GDAL makes a real field of a decimal column; pyarrow shows what it sees."""
    for what in ("near", "positions"):
        for path in sorted((beside / "lake" / what).rglob("*.parquet")):
            table = pq.read_table(path)
            for name in ("latitude_deg", "longitude_deg"):
                kind = table.schema.field(name).type
                assert pa.types.is_decimal(kind)
                assert (kind.precision, kind.scale) == (9, 6)
                assert pq.ParquetFile(path).schema.column(table.schema.names.index(name)).physical_type == "INT32"
            assert table.schema.field("time_utc").type == pa.timestamp("ms", tz="UTC")
            way = runway()
            for value in table.column("latitude_deg").cast(pa.float64()).to_pylist():
                assert abs(value - way.latitude_deg) < 1


def test_the_folder_holds_what_the_page_says(beside: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "lake.md").read_text()
    listed = set(re.findall(r"^\| `([a-z]+)[/.]", page, flags=re.MULTILINE))
    there = {p.name.split(".")[0] for p in (beside / "lake").iterdir() if not p.name.startswith(".")}
    assert there <= listed
    assert listed - there <= {"raw", "traffic", "names"}


def test_one_aircraft_is_not_another(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(beside)
    query = blocks("sql")[1].replace(CAME, PASSED)
    with duckdb.connect() as db:
        rows = db.execute(query).fetchall()
    assert rows
    assert not any(r[4] for r in rows)
    assert {r[0].date() for r in rows} == {LANDED[1]}
