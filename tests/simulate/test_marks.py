"""Files of simulated flights are known by the mark inside them, and everything made from them says SIMULATED."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import pty
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.simulate.flown import DAYS, Flown
from wheelsdown.engines import lakes, local
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.simulate.archives import write_archives
from wheelsdown.simulate.release import release_name
from wheelsdown.sources import read
from wheelsdown.sources.made_up import all_calls_made_up

TRACE = {
    "icao": "d00101",
    "timestamp": 1893456000.0,
    "trace": [[60.0 * n, 40.0 + n / 50, 50.0, 30000, 400.0, 10.0, 0, 0, None, "adsb_icao"] for n in range(9)],
}
REAL = "readsb"
MADE = "SIMULATED readsb"


def trace(**header: Any) -> bytes:
    return json.dumps({**header, **TRACE} | header, separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def archives(made: Flown, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives")
    write_archives(made, folder)
    return folder


@pytest.mark.parametrize(
    ("header", "source"),
    [
        ({"desc": "SIMULATED", "ownOp": "SIMULATED Air Bridge"}, MADE),
        ({"desc": "SIMULATED"}, MADE),
        ({"source": "SIMULATED by somebody"}, "SIMULATED by somebody"),
        ({}, REAL),  # an address of no state alone proves nothing: receivers hear such junk
        ({"desc": "ILYUSHIN IL-76"}, REAL),
        ({"ownOp": "SIMULATED FLIGHT TRAINING LTD"}, REAL),
        ({"desc": "SIMULATED?"}, REAL),
        ({"desc": ["SIMULATED"]}, REAL),
        ({"r": "SIMULATED", "t": "SIM"}, REAL),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_trace_is_known_by_its_header(tmp_path: Path, header: dict[str, Any], source: str, *, strict: bool) -> None:
    data = trace(**header)
    if strict:  # an escape is for the strict decoder
        data = data.replace(b'"icao"', b'"note":"\\u0041","icao"', 1)
    (tmp_path / "trace_full_d00101.json").write_bytes(gzip.compress(data))
    reading = read(tmp_path)
    assert reading.positions["source"].unique().to_list() == [source]
    assert reading.positions.height == 9


def test_where_the_mark_stands_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(json.dumps({**TRACE, "desc": "SIMULATED"}).encode())
    assert read(tmp_path).positions["source"].unique().to_list() == [MADE]


def test_what_a_marked_trace_says_of_its_aircraft_is_marked(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(trace(desc="SIMULATED", r="SIM-AB1", t="IL76", ownOp="SIMULATED Air Bridge"))
    claim = read(tmp_path).identities.row(0, named=True)
    assert claim["source"] == "SIMULATED readsb trace database, as of writing"
    assert claim["operator"] == "SIMULATED Air Bridge"


def test_marked_and_unmarked_each_by_its_own(tmp_path: Path) -> None:
    (tmp_path / "trace_full_d00101.json").write_bytes(trace(desc="SIMULATED"))
    (tmp_path / "trace_full_4b1234.json").write_bytes(trace(icao="4b1234"))
    found = read(tmp_path).positions.group_by("icao24").agg(pl.col("source").unique()).sort("icao24")
    assert found.rows() == [("4b1234", [REAL]), ("d00101", [MADE])]
    with pytest.raises(UsageError, match="SIMULATED"):
        local.visits(tmp_path)


def test_an_unmarked_trace_in_a_simulated_release_is_real(archives: Path, tmp_path: Path) -> None:
    name = release_name(DAYS[0])
    with tarfile.open(archives / "releases" / name) as old, tarfile.open(tmp_path / name, "w") as new:
        for member in old.getmembers():
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
        data = gzip.compress(trace(icao="4b1234"))
        info = tarfile.TarInfo("./traces/34/trace_full_4b1234.json")
        info.size = len(data)
        new.addfile(info, io.BytesIO(data))
    found = read(tmp_path).positions.select("icao24", "source").unique().sort("icao24")
    assert found.rows() == [("4b1234", REAL), ("d00101", MADE), ("d00202", MADE)]
    with pytest.raises(UsageError, match="SIMULATED"):
        local.visits(tmp_path)


def test_each_json_line_by_its_own(tmp_path: Path) -> None:
    one = {"now": 1893456000.0, "hex": "d00101", "lat": 40.0, "lon": 50.0, "alt_baro": 3000, "type": "adsb_icao"}
    lines = [one | {"desc": "SIMULATED"}, one | {"hex": "d00102"}, one | {"hex": "4b1234", "flight": "SIM123"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = read(tmp_path).positions.select("icao24", "source").sort("icao24")
    assert found.rows() == [("4b1234", REAL), ("d00101", MADE), ("d00102", REAL)]


def test_every_json_line_written_has_the_mark(archives: Path) -> None:
    for path in (archives / "jsonl").iterdir():
        for line in gzip.decompress(path.read_bytes()).splitlines():
            said = json.loads(line)
            assert said["desc"] == "SIMULATED"
            assert said["ownOp"].startswith("SIMULATED")


@pytest.mark.parametrize(
    ("signs", "simulated"),
    [(["SIM1", "SIM2AB"], True), (["SIM1", None], False), (["SIM1", "AZQ1"], False), (["SIMBA1"], False), ([], False),
     (["XSIM1"], False), (["SIM"], False)],
)  # fmt: skip
def test_call_signs(signs: list[str | None], *, simulated: bool) -> None:
    assert all_calls_made_up(pl.Series(signs, dtype=pl.String)) is simulated


def test_an_export_says_why_it_counts_as_simulated(archives: Path) -> None:
    reading = read(archives / "fr24")
    assert reading.positions["source"].unique().to_list() == ["SIMULATED flightradar24"]
    assert any("Star Air" in note for note in reading.notes)


def test_ground_of_simulated_exports_is_called_derived(archives: Path) -> None:
    options = local.Options(identity=archives / "fr24_identity.csv")
    frame = local.answers(archives / "fr24", ["visits"], options)["visits"].frame
    said = " ".join(r for reasons in frame["reasons"] for r in reasons)
    assert "by altitude 0 and a low speed" in said
    assert "by its own ground flag" not in said


def test_heatmaps_hold_nothing_that_could_pass_for_real(archives: Path, tmp_path: Path) -> None:
    with tarfile.open(archives / "releases" / release_name(DAYS[0])) as tar:
        for name in (n for n in tar.getnames() if n.endswith(".ttf")):
            (tmp_path / name.rpartition("/")[2]).write_bytes(tar.extractfile(name).read())  # type: ignore[union-attr]
    reading = read(tmp_path)
    assert reading.positions.is_empty()
    assert reading.problems.is_empty()
    assert reading.receipts["format"].unique().to_list() == ["readsb-heatmap"]


@pytest.mark.parametrize("kind", ["releases", "jsonl", "fr24"])
def test_every_output_says_so(archives: Path, tmp_path: Path, kind: str) -> None:
    from wheelsdown.outputs import write

    found = local.answers(archives / kind, ["visits", "legs", "gaps"], local.Options(keep_positions=True))
    for name, result in found.items():
        assert result.simulated
        assert result.frame.height > 0
        assert result.frame["source"].str.starts_with("SIMULATED").all()
        for suffix in (".csv", ".xlsx", ".json", ".geojson", ".kml", ".parquet"):
            path = write(result.frame, tmp_path / f"{name}{suffix}", result.table, extras=result.extras())
            assert says(path, result.frame.height), path


def says(path: Path, rows: int) -> bool:
    """Whether a file says SIMULATED: in every row where it has rows."""
    if path.suffix == ".csv":
        read_back = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        return len(read_back) == rows and all("SIMULATED" in r["note"] for r in read_back)
    if path.suffix == ".json":
        listed = json.loads(path.read_text())
        return len(listed) == rows and all("SIMULATED" in json.dumps(r) for r in listed)
    if path.suffix == ".geojson":
        whole = json.loads(path.read_text())
        return whole["simulated"] is True and all("SIMULATED" in json.dumps(f) for f in whole["features"])
    if path.suffix == ".kml":
        head, *placemarks = path.read_text().split("<Placemark")
        return len(placemarks) >= rows > 0 and all("SIMULATED" in p for p in (head, *placemarks))
    if path.suffix == ".parquet":
        frame, notes = pl.read_parquet(path), pl.read_parquet_metadata(path)["wheelsdown.notes"]
        return "SIMULATED" in notes and bool(frame["source"].str.starts_with("SIMULATED").all())
    with zipfile.ZipFile(path) as book:
        texts = b"".join(book.read(n) for n in book.namelist() if n.endswith(".xml"))
        return b'name="' in texts and texts.count(b"SIMULATED") >= 3 and b"SIMULATED" in book.read("xl/workbook.xml")


def test_the_terminal_says_so(archives: Path, tmp_path: Path) -> None:
    parent, child = pty.openpty()
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from wheelsdown.cli import main; sys.exit(main())",
            "visits",
            str(archives / "releases"),
            "--airfield",
            "LLOV",
        ],
        stdout=child,
        stderr=subprocess.PIPE,
        env=os.environ | {"COLUMNS": "100", "WHEELSDOWN_DATA": str(tmp_path)},
        timeout=300,
        check=True,
    )
    os.close(child)
    shown = b""
    while True:
        try:
            block = os.read(parent, 1 << 16)
        except OSError:
            break
        if not block:
            break
        shown += block
    assert b"LLOV" in shown
    assert b"SIMULATED" in shown + run.stderr


@pytest.mark.parametrize("kind", ["releases", "jsonl", "fr24"])
def test_a_lake_takes_one_kind_only(archives: Path, tmp_path: Path, kind: str) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "trace_full_4b1234.json").write_bytes(trace(icao="4b1234"))
    lakes.ingest([real], tmp_path / "lake")
    before = sorted(p.relative_to(tmp_path) for p in (tmp_path / "lake").rglob("*.parquet"))
    with pytest.raises(LakeError, match="SIMULATED"):
        lakes.ingest([archives / kind], tmp_path / "lake")
    assert sorted(p.relative_to(tmp_path) for p in (tmp_path / "lake").rglob("*.parquet")) == before
    lakes.ingest([archives / kind], tmp_path / "made")
    with pytest.raises(LakeError, match="SIMULATED"):
        lakes.ingest([real], tmp_path / "made")
    assert local.visits(lake=tmp_path / "made").height > 0


def test_a_simulated_release_is_a_received_day_in_the_ledger(archives: Path, tmp_path: Path) -> None:
    lakes.ingest([archives / "releases"], tmp_path / "lake")
    from wheelsdown.lake import Lake

    ledger = Lake.open(tmp_path / "lake").ledger()
    assert ledger.filter(what="*")["status"].to_list() == ["received"] * 3
