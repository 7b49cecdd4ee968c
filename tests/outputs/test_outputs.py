"""What each output promises beyond its bytes."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import wheelsdown as wd
from tests.outputs import made
from wheelsdown.errors import OutputError
from wheelsdown.outputs import csv_, guess_table, json_
from wheelsdown.outputs.interface import Extras, Output, is_simulated
from wheelsdown.outputs.paths import Tracks, stretches
from wheelsdown.schema import EVENTS, GAPS, GRADES, LEGS, PROBLEMS, REGISTER, TABLES, VISITS

SUFFIXES = [".csv", ".json", ".xlsx", ".geojson", ".kml", ".parquet"]
KML = {"k": "http://www.opengis.net/kml/2.2", "gx": "http://www.google.com/kml/ext/2.2"}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_text_that_a_spreadsheet_would_run_is_text() -> None:
    rows = rows_of(csv_.to_text(made.visits("readsb"), VISITS, extras=Extras()))
    assert rows[1]["callsign_in"] == '\'=HYPERLINK("x")'
    assert rows[1]["airfield_name"] == "'-1+1"
    assert rows[0]["icao24"] == "001e23"
    assert rows[0]["longitude_deg"] == "-175.9"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])  # noqa: RUF001
def test_every_start_of_a_formula(start: str) -> None:
    frame = made.visits("readsb").with_columns(callsign_in=pl.lit(f"{start}1"))
    assert rows_of(csv_.to_text(frame, VISITS, extras=Extras()))[0]["callsign_in"] == f"'{start}1"


def test_csv_cells() -> None:
    row, other = rows_of(csv_.to_text(made.visits("readsb"), VISITS, extras=Extras()))
    assert row["arrived_utc"] == "2030-01-02T03:28:35Z"
    assert row["latitude_deg"] == "10.0"
    assert row["reasons"] == "on the ground at 03:29 | lost before"
    assert row["rivals"] == ""
    assert other["latitude_deg"] == ""
    assert other["dwell_least_min"] == "2.35"
    assert list(row) == VISITS.names


def test_json_is_one_array_with_nulls_and_lists() -> None:
    rows = json.loads(json_.to_text(made.visits("readsb"), VISITS, extras=Extras()))
    assert [list(r) for r in rows] == [VISITS.names] * 2
    assert rows[1]["arrived_utc"] is None
    assert rows[0]["reasons"] == ["on the ground at 03:29", "lost before"]
    assert json.loads(json_.to_text(VISITS.empty(), VISITS, extras=Extras())) == []


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_every_table_goes_out_empty(tmp_path: Path, table: wd.schema.Table) -> None:
    for suffix in (".csv", ".json", ".xlsx", ".parquet"):
        assert wd.write(table.empty(), tmp_path / f"t{suffix}", table).stat().st_size > 0


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_a_table_is_known_by_its_columns(table: wd.schema.Table) -> None:
    assert guess_table(table.names) is table


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("frame", [made.visits(), made.legs(), made.gaps()], ids=["visits", "legs", "gaps"])
def test_simulated_is_said_in_every_format(tmp_path: Path, suffix: str, frame: pl.DataFrame) -> None:
    path = wd.write(frame, tmp_path / f"x{suffix}", extras=made.extras())
    data = path.read_bytes()
    if suffix == ".xlsx":
        with zipfile.ZipFile(path) as z:
            data = b"".join(z.read(n) for n in z.namelist())
    assert b"SIMULATED" in data
    if suffix == ".csv":
        assert all(r["note"] == "SIMULATED" for r in rows_of(data.decode()))
        assert b"SIMULATED" in (tmp_path / "datapackage.json").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_real_data_do_not_say_simulated(tmp_path: Path, suffix: str) -> None:
    path = wd.write(made.visits("readsb"), tmp_path / f"x{suffix}", extras=made.extras("readsb"))
    data = path.read_bytes()
    if suffix == ".xlsx":
        with zipfile.ZipFile(path) as z:
            data = b"".join(z.read(n) for n in z.namelist())
    assert b"SIMULATED" not in data


def test_simulated_is_seen_in_source_and_receipts() -> None:
    assert is_simulated(made.visits())
    assert not is_simulated(made.visits("readsb"))
    assert is_simulated(made.gaps().with_columns(receipts=pl.lit(["SIMULATED"])))
    assert not is_simulated(VISITS.empty())


def test_xlsx_texts_stay_texts(tmp_path: Path) -> None:
    path = wd.write(made.visits("readsb"), tmp_path / "v.xlsx", extras=made.extras("readsb"))
    with zipfile.ZipFile(path) as z:
        sheet = z.read("xl/worksheets/sheet1.xml").decode()
        strings = z.read("xl/sharedStrings.xml").decode()
        book = z.read("xl/workbook.xml").decode()
    assert "<f>" not in sheet
    assert ">001e23<" in strings
    assert "=HYPERLINK" in strings
    assert "autoFilter" in sheet
    assert 'state="frozen"' in sheet
    assert 'name="Read me"' in book
    assert "not what it carried" in strings
    for texts in GRADES.values():
        assert all(f">{text}<" in strings for text in texts)


def test_xlsx_says_when_a_cell_is_cut_and_refuses_too_many_rows(tmp_path: Path) -> None:
    long = made.visits("readsb").with_columns(airfield_name=pl.lit("x" * 40_000))
    path = wd.write(long, tmp_path / "v.xlsx")
    with zipfile.ZipFile(path) as z:
        assert "[cut here: the cell is full]" in z.read("xl/sharedStrings.xml").decode()
    many = PROBLEMS.empty().clear(1_048_576)
    with pytest.raises(OutputError, match="1,048,575 rows"):
        wd.write(many, tmp_path / "p.xlsx", PROBLEMS)


def geo(tmp_path: Path, frame: pl.DataFrame, extras: Extras) -> list[dict]:  # type: ignore[type-arg]
    path = wd.write(frame, tmp_path / "x.geojson", extras=extras)
    return list(json.loads(path.read_text())["features"])


def test_geojson_no_line_across_silence_or_antimeridian(tmp_path: Path) -> None:
    features = geo(tmp_path, made.legs(), made.extras())
    lines = [f for f in features if f["geometry"]["type"] == "LineString"]
    assert [len(f["geometry"]["coordinates"]) for f in lines] == [3, 2]
    for f in lines:
        lons = [c[0] for c in f["geometry"]["coordinates"]]
        assert max(lons) - min(lons) < 1
    gaps = [f for f in features if f["properties"]["kind"] == "gap"]
    assert gaps
    assert all(f["properties"]["flown"] is False and f["geometry"]["type"] == "MultiPoint" for f in gaps)
    assert {"from_utc", "to_utc"} <= set(gaps[-1]["properties"])


def test_geojson_legs_without_positions_have_no_geometry(tmp_path: Path) -> None:
    (leg,) = geo(tmp_path, made.legs(), Extras())
    assert leg["geometry"] is None
    assert leg["properties"]["destination"] == "ZZZZ"


def test_geojson_points(tmp_path: Path) -> None:
    one, two = geo(tmp_path, made.visits("readsb").fill_nan(None), Extras())
    assert one["geometry"]["coordinates"] == [-175.9, 10.0]
    assert two["geometry"] is None
    (gap,) = geo(tmp_path, made.gaps(), Extras())
    assert gap["properties"]["flown"] is False
    assert gap["geometry"]["type"] == "MultiPoint"


@pytest.mark.parametrize("suffix", [".geojson", ".kml"])
def test_a_table_without_places_cannot_be_drawn(tmp_path: Path, suffix: str) -> None:
    frame = REGISTER.conform(pl.DataFrame({"icao24": ["001e23"], "source": ["made"]}), fill=True)
    with pytest.raises(OutputError, match="no coordinates"):
        wd.write(frame, tmp_path / f"x{suffix}", REGISTER)
    assert list(tmp_path.iterdir()) == []


def test_kml_is_xml_whatever_was_broadcast(tmp_path: Path) -> None:
    path = wd.write(made.visits(), tmp_path / "x.kml", extras=made.extras())
    root = ET.fromstring(path.read_text())  # noqa: S314  our own file
    texts = [d.text or "" for d in root.iterfind(".//k:description", KML)]
    assert any("&lt;script&gt;" in t for t in texts)
    assert not any("<script>" in t for t in texts)
    assert root.findtext(".//k:TimeSpan/k:begin", namespaces=KML) == "2030-01-02T03:28:35Z"


def test_kml_tracks_end_where_nothing_was_received(tmp_path: Path) -> None:
    path = wd.write(made.legs(), tmp_path / "x.kml", extras=made.extras())
    root = ET.fromstring(path.read_text())  # noqa: S314  our own file
    tracks = root.findall(".//gx:Track", KML)
    assert [len(t.findall("gx:coord", KML)) for t in tracks] == [3, 2, 1]
    assert tracks[0].findtext("gx:coord", namespaces=KML) == "179.50000 10.00000 3048"
    assert root.find(".//k:LineString", KML) is None
    assert "barometric" in path.read_text()


def test_stretches_cut_impossible_jumps() -> None:
    track = made.positions().head(3).with_columns(latitude_deg=pl.Series([10.0, 40.0, 40.0]))
    assert [s.height for s in stretches(track, gap_min=5)] == [1, 2]
    assert list(stretches(track.clear(), gap_min=5)) == []


def test_tracks_are_of_one_aircraft() -> None:
    tracks = Tracks(made.positions())
    assert tracks.between({"icao24": "001e23"}, None, None).height == 8
    assert tracks.between({"icao24": "001e23"}, made.minutes(2), made.minutes(3)).height == 2
    assert tracks.between({"icao24": None, "track_id": "nobody"}, None, None).is_empty()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text("old")
    with pytest.raises(OutputError):
        wd.write(REGISTER.conform(pl.DataFrame({"source": ["m"]}), fill=True), path, REGISTER)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.geojson"]


def test_wrong_names_are_refused(tmp_path: Path) -> None:
    frame = made.visits()
    with pytest.raises(OutputError, match=r"\.csv, \.geojson"):
        wd.write(frame, tmp_path / "x.doc")
    with pytest.raises(OutputError, match="does not exist"):
        wd.write(frame, tmp_path / "no" / "x.csv")
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        wd.write(frame, tmp_path / "d.csv")
    with pytest.raises(OutputError, match="no table"):
        wd.write(frame, tmp_path / "x.csv", "landings")
    with pytest.raises(OutputError, match="which table"):
        wd.write(pl.DataFrame({"x": [1]}), tmp_path / "x.csv")


def test_own_columns_and_fewer_columns_are_written(tmp_path: Path) -> None:
    frame = made.visits("readsb").select("visit_id", "grade").with_columns(mine=pl.lit(1))
    rows = rows_of(wd.write(frame, tmp_path / "x.csv").read_text())
    assert list(rows[0]) == ["visit_id", "grade", "mine"]
    package = json.loads((tmp_path / "datapackage.json").read_text())
    assert "added by" in package["resources"][0]["schema"]["fields"][2]["description"]


def test_datapackage_keeps_neighbours_and_leaves_strangers_alone(tmp_path: Path) -> None:
    wd.write(made.visits(), tmp_path / "visits.csv")
    wd.write(made.gaps(), tmp_path / "gaps.csv")
    package = json.loads((tmp_path / "datapackage.json").read_text())
    assert [r["path"] for r in package["resources"]] == ["gaps.csv", "visits.csv"]
    (tmp_path / "datapackage.json").write_text('{"resources": []}')
    wd.write(made.gaps(), tmp_path / "gaps.csv")
    assert (tmp_path / "datapackage.json").read_text() == '{"resources": []}'
    assert (tmp_path / "gaps.datapackage.json").exists()


def test_datapackage_types(tmp_path: Path) -> None:
    wd.write(made.legs(), tmp_path / "legs.csv")
    fields = json.loads((tmp_path / "datapackage.json").read_text())["resources"][0]["schema"]["fields"]
    types = {f["name"]: f["type"] for f in fields}
    assert types["icao24"] == "string"
    assert types["landed_utc"] == "datetime"
    assert types["reasons"] == "string"
    assert set(LEGS.names) <= set(types)


def test_gaps_frame_is_gaps() -> None:
    assert guess_table(made.gaps().columns) is GAPS


def test_outputs_satisfy_the_protocol() -> None:
    from wheelsdown.outputs import output_for, suffixes

    assert suffixes() == sorted(SUFFIXES)
    for suffix in SUFFIXES:
        output = output_for(Path(f"x{suffix}"))
        assert isinstance(output, Output)
        assert output.suffix == suffix


class Txt:
    name, suffix = "txt", ".txt"

    def write(self, frame: pl.DataFrame, table: object, path: Path, *, extras: Extras) -> None:
        path.write_text(str(frame.height))


TXT = Txt()


@dataclass
class Entry:
    name: str
    value: str


def test_another_packages_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry("txt", f"{__name__}:TXT")]
    monkeypatch.setattr("wheelsdown.outputs.entry_points", lambda group: entries)
    assert wd.write(made.visits(), tmp_path / "x.txt").read_text() == "2"
    entries.append(Entry("csv", f"{__name__}:TXT"))
    with pytest.raises(OutputError, match="more than one"):
        wd.write(made.visits(), tmp_path / "x.csv")
    entries[:] = [Entry("txt", f"{__name__}:NONE")]
    with pytest.raises(OutputError, match="cannot be loaded"):
        wd.write(made.visits(), tmp_path / "x.txt")
    entries[:] = [Entry("txt", f"{__name__}:made")]
    with pytest.raises(OutputError, match="is not an output"):
        wd.write(made.visits(), tmp_path / "x.txt")


@pytest.mark.parametrize("suffix", [".csv", ".json", ".xlsx"])
def test_real_events_beside_simulated_visits_are_not_called_simulated(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"event_id": f"e{i}", "kind": "event", "began": date(2030, 3, 1), "source": source, "note": note}
        for i, (source, note) in enumerate([("UCDP GED", "rule: x"), ("SIMULATED list", "rule: x"), ("UCDP GED", None)])
    ]
    frame = EVENTS.conform(pl.DataFrame(rows, schema_overrides={"began": pl.Date}), fill=True)
    path = tmp_path / f"events{suffix}"
    wd.write(frame, path, EVENTS, extras=Extras(simulated=True))
    if suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            assert b'name="events"' in book.read("xl/workbook.xml")
            strings = book.read("xl/sharedStrings.xml").decode()
        assert strings.count("SIMULATED; rule: x") == 1
        assert "<t>rule: x</t>" in strings
        return
    notes = (
        [r["note"] for r in rows_of(path.read_text(encoding="utf-8"))]
        if suffix == ".csv"
        else [r["note"] for r in json.loads(path.read_text(encoding="utf-8"))]
    )
    assert [n or None for n in notes] == ["rule: x", "SIMULATED; rule: x", None]
