"""Texts and names from strangers, through every file of a dossier: they appear as text and do nothing. SIMULATED."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import polars as pl
import pytest

from tests.dossier import made_folder as made
from wheelsdown.cli import main
from wheelsdown.dossier import diff, make, verify_dossier
from wheelsdown.dossier.opening import safe
from wheelsdown.dossier.packing import Written
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import FACTS, PROBLEMS

TEXTS = {
    "script": "<script>alert(1)</script>",
    "image": "\"'><img src=x onerror=alert(1)>",
    "style": "</style></title></textarea><svg onload=alert(1)>",
    "entity": "&lt;b&gt; &#60; ]]> <!-- <![CDATA[",
    "formula": "=cmd|' /C calc'!A0",
    "link": '=HYPERLINK("http://example.invalid";"x")',
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(1)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "wide": "\uff1d1+1",
    "right to left": "\u202egnp.exe\u202c \u2067x\u2069",
    "control": "a\x00b\x01c\x1b[2Jd\x7fe\x85f\ufffeg",
    "lines": 'one\ntwo\r\n"three", four',
    "template": "{{7*7}} {% raw %} ${7*7} %s {0}",
    "address": "javascript:alert(1)",
    "path": "../../../etc/passwd\x00.csv",
    "joint": "a | b",
    "long": "<b>=1\u202e" + "x" * 10_000,
}
ILLEGAL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "�")
"""What XML 1.0 cannot hold."""


def hostile(folder: Path, text: str) -> made.CaseResult:
    """Give a case in which everything that a stranger may write is the text."""
    seen = made.visit(
        text,
        3,
        registration=text,
        typecode=text,
        operator=text,
        identity_source=text,
        identity_conflict=text,
        callsign_in=text,
        callsign_out=text,
        airfield_name=text,
        origin=text,
        next_stop=text,
        rivals=[text, text],
        excluded=[f"ZZZB: {text}"],
        reasons=[text],
        integrity=[text],
        check_note=text,
        checked_by=text,
        verdict="confirm",
        quarantined=text,
    )
    some = made.visits(seen, made.visit("v2", 5, icao24=text, track_id=text, airfield=text, place_id=text))
    statements = made.statements(text).with_columns(
        speaker=pl.lit(text), question=pl.lit(text), url=pl.lit(text), archived=pl.lit(text), sentence=pl.lit(text)
    )
    facts = pl.DataFrame({"fact_id": ["f"], "subject": ["ZZZA"], "name": [text], "value": [text]})
    receipt = Receipt(text, "c" * 64, 9, text, 1, origin=text)
    case = made.result(
        folder,
        some,
        statements=statements,
        published=made.published().with_columns(outlet=pl.lit(text), words=pl.lit(text), url=pl.lit(text)),
        facts=FACTS.conform(facts, fill=True),
        problems=PROBLEMS.conform(
            pl.DataFrame({"file": [text], "field": [text], "value": [text], "reason": [text]}), fill=True
        ),
        legs=made.legs().with_columns(callsign=pl.lit(text), origin=pl.lit(text)),
        receipts=receipts_frame([receipt]),
        inputs={text: "c" * 64},
        windows=(text,),
        finding=text,
        notes=(text,),
        can=(text,),
        cannot=(text,),
        rivals=(text,),
        draft=(text,),
        versions={**made.VERSIONS, text: text},
    )
    about = msgspec.structs.replace(case.case.case, title=text, question=text, by=text, draft_note=text)
    return replace(case, case=msgspec.structs.replace(case.case, case=about))


@pytest.fixture(scope="module", params=TEXTS)
def packed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Written]:
    folder = tmp_path_factory.mktemp("hostile")
    text = TEXTS[request.param]
    return text, make(hostile(folder / "in", text), folder / "out", now=made.NOW)


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def cells(path: Path) -> Iterator[str]:
    for row in rows(path):
        yield from row.values()


def test_only_the_files_that_are_due_are_written(packed: tuple[str, Written]) -> None:
    _, done = packed
    above = done.folder.parent
    assert sorted(p.name for p in above.iterdir()) == ["in", "out"]
    assert sorted(p.relative_to(done.folder).as_posix() for p in done.folder.rglob("*") if p.is_file()) == sorted(
        done.files
    )
    with zipfile.ZipFile(done.zip) as z:
        assert all(safe(n) for n in z.namelist())
        assert set(z.namelist()) == set(done.files) - {"run.json", "evidence.zip"}
    assert set(verify_dossier(done.folder)["finding"]) == {"good", "not checked"}


def test_csv_cells_are_text(packed: tuple[str, Written]) -> None:
    text, done = packed
    for path in (done.folder / "tables").glob("*.csv"):
        assert not [c for c in cells(path) if _runs(c)], path.name
    shown = f"'{text}" if _runs(text) else text
    visit = rows(done.folder / "tables" / "visits.csv")[0]
    assert visit["callsign_in"] == visit["operator"] == visit["visit_id"] == shown
    assert visit["rivals"].removeprefix("'") == f"{text} | {text}"
    assert rows(done.folder / "tables" / "statements.csv")[0]["words"] == shown
    assert rows(done.folder / "receipts.csv")[0]["file"] == shown
    package = json.loads((done.folder / "tables" / "datapackage.json").read_text())
    assert text in package["resources"][0]["notes"]


def _runs(cell: str) -> bool:
    """Tell whether a spreadsheet may take a cell for a formula."""
    return cell.startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")) and not _number(cell)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_workbook_holds_no_formula_and_no_link(packed: tuple[str, Written]) -> None:
    text, done = packed
    with zipfile.ZipFile(done.folder / "tables.xlsx") as z:
        names = z.namelist()
        assert not [n for n in names if "externalLink" in n or "vba" in n.lower() or "hyperlink" in n.lower()]
        assert not [n for n in names if "worksheets/_rels" in n]
        sheets = [ET.fromstring(z.read(n)) for n in names if n.startswith("xl/worksheets/")]  # noqa: S314
        strings = z.read("xl/sharedStrings.xml")
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert len(sheets) > 10
    for sheet in sheets:
        assert not list(sheet.iter(f"{space}f"))
        assert not list(sheet.iter(f"{space}hyperlink"))
    said = ["".join(t.text or "" for t in si.iter(f"{space}t")) for si in ET.fromstring(strings)]  # noqa: S314
    assert any(_unescaped(s) == _unix(text) for s in said)


def _unescaped(cell: str) -> str:
    """Undo how a workbook writes what XML cannot hold: _x0001_."""
    for n in (*range(32), 0x7F, 0x85, 0xFFFE, 0xFFFF):
        cell = cell.replace(f"_x{n:04X}_", chr(n))
    return _unix(cell)


def _unix(text: str) -> str:
    """Every XML reader takes the line ends of another system for its own."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_kml_is_well_formed_and_holds_no_other_element(packed: tuple[str, Written]) -> None:
    text, done = packed
    benign = {
        "kml",
        "Document",
        "name",
        "description",
        "Style",
        "IconStyle",
        "LineStyle",
        "color",
        "width",
        "Placemark",
    }
    benign |= {"TimeSpan", "begin", "end", "styleUrl", "ExtendedData", "Data", "value", "Point", "coordinates"}
    for name in ("visits.kml", "legs.kml"):
        tree = ET.fromstring((done.folder / name).read_bytes())  # noqa: S314
        assert {e.tag.rpartition("}")[2] for e in tree.iter()} <= benign
        values = {
            d.get("name"): "".join(v.text or "" for v in d) for d in tree.iter("{http://www.opengis.net/kml/2.2}Data")
        }
        key = "callsign_in" if name == "visits.kml" else "callsign"
        shown = next(
            "".join(v.text or "" for v in d)
            for d in tree.iter("{http://www.opengis.net/kml/2.2}Data")
            if d.get("name") == key
        )
        assert shown == _unix(text.translate(ILLEGAL)), values.keys()
        # Google Earth takes a description for HTML: marks must be escaped once more
        for d in tree.iter("{http://www.opengis.net/kml/2.2}Placemark"):
            said = d.find("{http://www.opengis.net/kml/2.2}description")
            assert said is None or "<" not in (said.text or "")


def test_geojson_and_other_json_parse(packed: tuple[str, Written]) -> None:
    text, done = packed
    visits = json.loads((done.folder / "visits.geojson").read_bytes())
    assert [f["properties"]["callsign_in"] for f in visits["features"]] == [text, "SIM1"]
    assert visits["features"][0]["properties"]["reasons"] == [text]
    legs = json.loads((done.folder / "legs.geojson").read_bytes())
    assert legs["features"][0]["properties"]["callsign"] == text
    manifest = json.loads((done.folder / "manifest.json").read_bytes())
    assert (manifest["case"]["title"], manifest["finding"], manifest["inputs"][0]["path"]) == (text, text, text)
    crate = {e["@id"]: e for e in json.loads((done.folder / "ro-crate-metadata.json").read_bytes())["@graph"]}
    assert all(safe(i.removesuffix("/")) or i == "./" for i in crate)
    assert crate["#input-" + "c" * 64]["name"] == text
    assert json.loads((done.folder / "run.json").read_bytes())["manifest_sha256"] == done.manifest_sha256


class Tags(HTMLParser):
    """Collects what a page consists of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def parsed(path: Path) -> Tags:
    page = Tags()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Tags:
    """Give the page of the same case with a harmless text."""
    folder = tmp_path_factory.mktemp("plain")
    return parsed(make(hostile(folder / "in", "plain"), folder / "out", now=made.NOW).page)


def test_page_holds_no_element_that_a_text_brought(packed: tuple[str, Written], plain: Tags) -> None:
    text, done = packed
    page = parsed(done.page)
    assert page.tags <= plain.tags | {"span", "bdi"}
    assert not page.tags & {"script", "iframe", "object", "embed", "form", "base"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    for name, value in page.attributes:
        if name in ("href", "src", "xlink:href", "action"):
            assert value.startswith(("#", "https://", "http://")), value
    said = "".join(page.said)
    shown = text.translate({0: "\ufffd"})
    assert shown in said or _unix(shown) in said or _bare(text) in _bare(said)


def _bare(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf") and c != "\ufffd")


def test_a_diff_of_them_is_text(
    packed: tuple[str, Written], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, done = packed
    old = made.dossier(tmp_path / "old", made.result(tmp_path / "in")).folder
    found = diff(old, done.folder)
    assert found.height > 3
    assert found["sentence"].str.len_chars().max() < 30_000  # type: ignore[operator]
    assert not [s for s in found.filter(pl.col("table") == "visits")["sentence"] if _steers(s)]
    assert main(["diff", str(old), str(done.folder), "-o", str(tmp_path / "c.csv")]) == 0
    _, err = capsys.readouterr()
    assert not [c for c in err if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t"]
    assert not [c for c in cells(tmp_path / "c.csv") if _runs(c)]
    assert main(["verify", str(done.folder)]) == 0
    _, err = capsys.readouterr()
    assert not [c for c in err if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t"]
    assert text


def _steers(text: str) -> bool:
    return any(unicodedata.category(c) in ("Cc", "Cf") for c in text)


def test_a_text_longer_than_a_cell_is_cut_in_the_workbook_only(tmp_path: Path) -> None:
    long: Any = "x" * 40_000
    done = made.dossier(tmp_path / "out", made.result(tmp_path / "in", statements=made.statements(long)))
    assert rows(done.folder / "tables" / "statements.csv")[0]["words"] == long
    with zipfile.ZipFile(done.folder / "tables.xlsx") as z:
        assert b"[cut here: the cell is full]" in z.read("xl/sharedStrings.xml")
