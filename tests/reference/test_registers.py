from __future__ import annotations

import gzip
import json
import time
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from wheelsdown.errors import ReferenceDataError, UsageError
from wheelsdown.reference import registers
from wheelsdown.reference.blocks import block_conflict, block_of, blocks, mark_of, normal_tail
from wheelsdown.reference.formats import read_register
from wheelsdown.reference.identify import addresses_of, annotate, identify
from wheelsdown.schema import REGISTER, VISITS

TAR1090 = (
    "600828;4K-AZ40;IL76;00;ILYUSHIN Il-76/82;1985;Sand\\;Sons \\\\ Co;\n"
    "60083C;4KAZ60;IL76;00;;;;\n"
    "613133;4K-78131;IL76;10;ILYUSHIN Il-76/82;;;\n"
    "A00001;;;0010;;;;\n"
    "ZZZZZZ;X;;;;;;\n"
    "600829;short\n"
)
VRS = (
    "\ufeffICAO,Registration,ModelICAO,Manufacturer,Model,ManufacturerAndModel,IsPrivateOperator,Operator,AirlineCode,"
    "SerialNumber,YearBuilt\n"
    '60083C,4K-AZ61,IL76,Ilyushin,Il-76TD,"Ilyushin, Il-76TD",0,Made Cargo,SIM,1,1990\n'
    "400001,,-GND,,,,0,,,,\n"
)


@pytest.fixture
def loaded(tmp_path: Path) -> pl.DataFrame:
    (tmp_path / "aircraft.csv.gz").write_bytes(gzip.compress(TAR1090.encode()))
    (tmp_path / "vrs.csv").write_text(VRS, encoding="utf-8")
    registers.add(tmp_path / "aircraft.csv.gz", as_of="2026-03-01")
    registers.add(tmp_path / "vrs.csv", as_of="2026-01-01")
    return registers.load()


def test_tar1090_escapes_flags_and_broken_rows(tmp_path: Path) -> None:
    path = tmp_path / "aircraft.csv.gz"
    path.write_bytes(gzip.compress(TAR1090.encode()))
    read = read_register(path, as_of="2026-03-01")
    assert read.register.schema == REGISTER.schema
    rows = {r["icao24"]: r for r in read.register.iter_rows(named=True)}
    assert set(rows) == {"600828", "60083c", "613133", "a00001"}
    assert rows["600828"]["operator"] == "Sand;Sons \\ Co"
    assert rows["600828"]["military"] is None
    assert rows["613133"]["military"] is True
    assert "privacy address" in rows["a00001"]["note"]
    assert rows["600828"]["as_of"] == "2026-03-01"
    assert set(read.problems["row"]) == {5, 6}


def test_vrs_has_a_byte_order_mark_and_made_up_types(tmp_path: Path) -> None:
    path = tmp_path / "600.csv"
    path.write_text(VRS, encoding="utf-8")
    read = read_register(path)
    assert read.register["type_name"].to_list() == ["Ilyushin, Il-76TD", None]
    assert read.register["typecode"].to_list() == ["IL76", None]
    assert read.register["as_of"].null_count() == 2
    assert read.register["note"].to_list() == [None, "not an aircraft: type -GND"]


def test_own_csv(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "hex,Tail,Operator,colour,military,as_of\n0x451E23,ab-c,Made Air,red,yes,2020-01-01\n4.5E+25,,x,,,\n,XY-Z,,,,\n"
    )
    read = read_register(path, as_of="2024-05-03")
    assert read.register.select("icao24", "registration", "military", "source", "as_of").rows() == [
        ("451e23", "AB-C", True, "mine.csv", "2020-01-01"),
        (None, "XY-Z", None, "mine.csv", "2024-05-03"),
    ]
    said = read.problems.select("row", "value", "rows_lost").rows()
    assert (None, "colour", 0) in said
    assert (3, "4.5e+25", 1) in said
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ReferenceDataError, match="no column icao24 or registration"):
        read_register(path)


def test_operators_are_claims(tmp_path: Path) -> None:
    path = tmp_path / "operators.js"
    path.write_bytes(
        gzip.compress(json.dumps({"AZQ": {"n": "Silk Way Airlines", "c": "Azerbaijan", "r": "SILK LINE"}}).encode())
    )
    registers.add(path, as_of="2026-01-01")
    said = registers.operator_claims(["AZQ4107", "4KAZ60", "AZQABC", "XQZ12"], registers.operators())
    assert said["operator"].to_list() == ["Silk Way Airlines", None, None, None]
    assert said["source"][0] == "tar1090-db operators"
    path.write_text("{}")
    with pytest.raises(ReferenceDataError, match="no list of operators"):
        read_register(path)


def test_added_listed_replaced_removed(tmp_path: Path, data: Path, loaded: pl.DataFrame) -> None:
    assert [c.name for c in registers.installed()] == ["aircraft", "vrs"]
    card, _ = registers.add(tmp_path / "vrs.csv", as_of="2026-04-01")
    assert (card.aircraft, card.as_of) == (2, "2026-04-01")
    assert [c.name for c in registers.installed()] == ["vrs", "aircraft"]
    assert sorted(p.name for p in (data / "registers").iterdir()) == ["aircraft", "vrs"]
    registers.remove("vrs")
    assert registers.load().height == 4
    with pytest.raises(UsageError, match="no register 'vrs' is loaded"):
        registers.remove("vrs")
    with pytest.raises(UsageError, match="is no date"):
        registers.add(tmp_path / "vrs.csv", as_of="yesterday")
    with pytest.raises(UsageError, match="cannot name"):
        registers.add(tmp_path / "vrs.csv", name="../x")


def test_tails_and_addresses_are_found_however_written(loaded: pl.DataFrame) -> None:
    found = identify(["4K-AZ60", "4kaz60", "0x60083C", "600828", "4K AZ40"], loaded)
    assert found.columns == [*REGISTER.names, "query", "found"]
    assert found["found"].all()
    assert found.group_by("query", maintain_order=True).agg("icao24").rows() == [
        ("4K-AZ60", ["60083c"]),
        ("4kaz60", ["60083c"]),
        ("0x60083C", ["60083c", "60083c"]),
        ("600828", ["600828"]),
        ("4K AZ40", ["600828"]),
    ]


def test_conflicts_are_kept(loaded: pl.DataFrame) -> None:
    two = identify(["60083c"], loaded)
    assert two["source"].to_list() == ["tar1090-db", "VRS standing data"]
    assert "VRS standing data (2026-01-01) has 4K-AZ61 for this address" in two["note"][0]
    assert "tar1090-db (2026-03-01) has 4KAZ60 for this address" in two["note"][1]
    assert "operator as of that date" in two["note"][1]
    outside = identify(["4K-78131"], loaded)["note"][0]
    assert outside == (
        "4K-78131 bears Azerbaijan's mark, but address 613133 is outside that block: "
        "it lies in no country's address block"
    )


def test_not_found_is_an_answer(loaded: pl.DataFrame) -> None:
    found = identify(["600bff", "4K-NONE", "~600828", "AZQ4107"], loaded)
    assert not found["found"].any()
    notes = found["note"].to_list()
    assert "address block 600800-600bff suggests Azerbaijan" in notes[0]
    assert "the mark 4K is Azerbaijan's" in notes[1]
    assert "non-ICAO" in notes[2]
    assert "call sign" in notes[3]
    assert "no register is loaded" in identify(["N1"], REGISTER.empty())["note"][0]


def test_addresses_of(loaded: pl.DataFrame) -> None:
    assert addresses_of(["4K-AZ60", "ZZ-ZZZ"], loaded) == {"4K-AZ60": ["60083c"], "ZZ-ZZZ": []}


def _visits(**columns: list[str | None]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    frame = pl.DataFrame({"visit_id": [str(i) for i in range(height)], **columns})
    return VISITS.conform(frame, fill=True)


def test_annotate_fills_and_keeps_conflicts(loaded: pl.DataFrame) -> None:
    visits = _visits(
        icao24=["60083c", "613133", None, "abcdef", "600828", "a00001"],
        track_id=[None, None, "reg:4KAZ40", None, None, None],
        registration=[None, None, None, None, "4K-OTHER", None],
    )
    got = annotate(visits, loaded)
    assert got.schema == VISITS.schema
    first, outside, tied, unknown, other, private = got.iter_rows(named=True)
    assert (first["registration"], first["typecode"], first["identity_as_of"]) == ("4KAZ60", "IL76", "2026-03-01")
    assert first["operator"] is None  # the other register's operator belongs to another tail
    assert first["identity_conflict"] == "VRS standing data (2026-01-01) has 4K-AZ61 for this address"
    assert "outside that block" in outside["identity_conflict"]
    assert (tied["registration"], tied["operator"]) == ("4K-AZ40", "Sand;Sons \\ Co")
    assert tied["icao24"] is None
    assert unknown["registration"] is None
    assert unknown["identity_source"] is None
    assert other["registration"] == "4K-OTHER"
    assert other["typecode"] is None
    assert other["identity_conflict"] == "tar1090-db (2026-03-01) has 4K-AZ40 for this address"
    assert private["identity_source"] is None


def test_the_users_identity_file_is_believed_first(loaded: pl.DataFrame) -> None:
    mine = REGISTER.conform(
        pl.DataFrame({"icao24": ["60083c"], "registration": ["4K-MINE"], "source": ["identity file who.csv"]}),
        fill=True,
    )
    got = annotate(_visits(icao24=["60083c"]), pl.concat([loaded, mine])).row(0, named=True)
    assert (got["registration"], got["identity_source"]) == ("4K-MINE", "identity file who.csv")
    assert "has 4KAZ60" in got["identity_conflict"]


def test_annotate_without_registers_or_visits() -> None:
    assert annotate(_visits(icao24=["abcdef"]), REGISTER.empty())["registration"].to_list() == [None]
    assert annotate(VISITS.empty(), REGISTER.empty()).is_empty()


def test_blocks_are_whole_and_in_order() -> None:
    table = blocks()
    assert all(a.last < b.first for a, b in pairwise(table))
    assert block_of("600800").country == "AZ"
    assert block_of("600BFF").country == "AZ"
    assert block_of("600c00") is None
    assert block_of("~60083c") is None
    assert block_of("201000").country == "NA"


@pytest.mark.parametrize(
    ("tail", "mark"),
    [("4KAZ60", "4K"), ("N123AB", "N"), ("JA801A", "JA"), ("G-ABCD", "G"), ("GABCD", None), ("D-479", None),
     ("ST-03", None), ("ZZ177", None), ("VP-CAA", "VP"), ("9XR-WF", "9XR"), ("A4O-BA", "A4O"), ("", None)],
)  # fmt: skip
def test_marks(tail: str, mark: str | None) -> None:
    found = mark_of(tail)
    assert (found.prefix if found else None) == mark
    assert normal_tail("4k-az 60") == "4KAZ60"
    assert block_conflict("400000", "VP-CAA") is None


def test_blocks_agree_with_vrs(shared: Path) -> None:
    read = read_register(shared / "aircraft" / "vrs-standing-data" / "code-blocks")
    own = {"BM", "KY", "FK", "MS", "IM", "GG", "AW", "HK", "MO", "XA", "XB", "XC"}  # territories and organisations
    differing = []
    for first, last, country in read.blocks.select("first", "last", "country").iter_rows():
        ours = {b.country if (b := block_of(a)) else None for a in (first, last)}
        if country not in own and ours != {country}:
            differing.append((first, last, country, ours))
    # single military addresses that VRS gives to another state than the block's
    assert differing == [("38203b", "38203b", "IT", {"FR"}), ("4951b4", "4951b4", "BE", {"PT"})]


def test_military_ranges_lie_inside_one_block(shared: Path) -> None:
    ranges = json.loads((shared / "aircraft" / "ranges.json").read_text())["military"]
    assert all(block_of(first) == block_of(last) is not None for first, last in ranges)


@pytest.mark.slow
def test_whole_registers(shared: Path) -> None:
    registers.add(shared / "aircraft" / "tar1090-db_flat.csv.gz", as_of="2026-10-01")
    registers.add(shared / "aircraft" / "vrs-standing-data", as_of="2026-08-01")
    registers.add(shared / "aircraft" / "operators.js")
    assert sum(c.aircraft for c in registers.installed()) == 636_345
    began = time.perf_counter()
    found = identify(["4KAZ60", "4K-78131"], registers.load())
    assert time.perf_counter() - began < 2
    assert found["icao24"].to_list() == ["60083c", "613133"]
    conflicts = sum(
        block_conflict(a, r) is not None
        for a, r in registers.load().select("icao24", "registration").drop_nulls().iter_rows()
    )
    assert conflicts < 1_000
