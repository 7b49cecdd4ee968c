"""SIPRI's tables in the shapes in which they really come."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest

from tests.sources.made import context, read, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.sources.sharing import may_ship
from wheelsdown.sources.sipri_register import SipriRegister
from wheelsdown.sources.sipri_tiv import SipriTiv
from wheelsdown.sources.sipri_tiv_long import SipriTivLong

REGISTERS = ("arms/trade-register_2025-03_ColasDroin.csv", "arms/trade-register_2026-02_Aditya-1711.csv")
PREAMBLE = """Transfers of major conventional arms from All countries  to All countries . Deals with deliveries \
made for the year range 'Not specified' to 'Not specified'
A '?' in a column indicates uncertain data.
SIPRI trend-indicator values (TIVs) are in millions.

Source: SIPRI Arms Transfers Database (c) SIPRI.
Data generated: 13 Mar 2025 10:02:49 AM
"""
HEADING = (
    "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,Number delivered, ,"
    "Year(s) of delivery,status,Comments,SIPRI TIV per unit,SIPRI TIV for total order,SIPRI TIV of delivered weapons\n"
)
DEALS = (
    "Sudland,Norland,2017,?,6,?,X-1 Bücker,trainer aircraft,6,,2018; 2019,New,aid; 3-year lease,4.5,27,27\n"
    "Sudland,unknown supplier(s),2024,,,?,Y-2,SAM,0,,,New,,0.5,,0\n"
    "Rebels*,Norland,2015,,3,,Z-3,UAV,3,?,2016,Second hand,cut by a line break\r\n,3,9,9\n"
    "Sudland,Norland,2015,,1,,W-4,tank,1,,2016,New,last,2,2,2\n"
)
PADDED = "Rebels*,Norland,2015,,3,,Z-3,UAV,3,?,2016,Second hand,cut by a line break,,,\n,3,9,9,,,,,,,,,,,,\n"
TITLE = '"TIV of arms exports from Norland, 2018-2021",,,,,\n'
TIV = (
    TITLE + "Figures are SIPRI Trend Indicator Values (TIVs) expressed in millions.,,,,,\n,,,,,\n"
    "Generated: 28 July 2022,,,,,\n,,,,,\n,2018,2019,2020,2021,Total\n"
    "Sudland,0,,26,4,30\nRebels**,,,,1,1\nUnknown recipient(s),2,,,,2\n,,,,,\nTotal,2,,26,5,33\n"
)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-8"])
def test_a_register_below_its_preamble(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "register.csv", (PREAMBLE + HEADING + DEALS).encode(encoding))
    deals, report = read(SipriRegister(), path)
    assert report.problems == []
    assert deals.height == 4
    first = deals.row(0, named=True)
    assert first["weapon"] == "X-1 Bücker"
    assert first["uncertain"] == ["order_year", "number_ordered"]
    assert first["delivery_years"] == ["2018", "2019"]
    assert (first["order_year"], first["number_ordered"], first["tiv_ordered"], first["tiv"]) == (2017, 6.0, 27.0, 27.0)
    assert deals["row"].to_list() == [8, 9, 10, 12]
    assert deals["as_of"].unique().to_list() == ["2025-03-13"]
    assert deals["source"].unique().to_list() == ["SIPRI trade register, 2025-03-13"]
    second = deals.row(1, named=True)
    assert (second["number_ordered"], second["tiv_ordered"], second["tiv"]) == (None, None, 0.0)
    assert second["delivery_years"] == []
    assert second["uncertain"] == ["number_ordered"]
    third = deals.row(2, named=True)
    assert (third["comments"], third["tiv_per_unit"], third["tiv"]) == ("cut by a line break", 3.0, 9.0)


def test_a_cut_record_that_was_padded_to_full_width(tmp_path: Path) -> None:
    whole = write(tmp_path / "a_2026-02.csv", HEADING + DEALS.replace("\r\n,3,9,9", ",3,9,9"))
    padded = write(tmp_path / "b_2026-02.csv", HEADING + "".join(DEALS.splitlines(keepends=True)[:2]) + PADDED)
    one, told = read(SipriRegister(), whole)
    two, told_too = read(SipriRegister(), padded)
    assert told.problems == told_too.problems == []
    assert one.drop("row").head(3).equals(two.drop("row"))
    assert one["as_of"][0] == "2026-02"


def test_a_register_that_a_data_frame_wrote(tmp_path: Path) -> None:
    heading = HEADING.replace("Number ordered, ,", "Number ordered, .1,").replace("delivered, ,", "delivered, .2,")
    row = "Sudland,Norland,2020.0,?,12.0,?,TB-9,armed UAV,12.0,?,2020,New,,2.4,28.8,28.8\n"
    deals, report = read(SipriRegister(), write(tmp_path / "r.csv", heading + row))
    assert report.problems == []
    assert deals.select("order_year", "number_delivered", "tiv").row(0) == (2020, 12.0, 28.8)
    assert deals["uncertain"][0].to_list() == ["order_year", "number_ordered", "number_delivered"]
    assert deals["as_of"].to_list() == [None]
    assert any("no date of release" in n for n in report.notes)


def test_quotes_semicolons_and_records_that_say_the_same(tmp_path: Path) -> None:
    text = HEADING.replace(",", ";") + 'Sudland;Norland;2020;;1;;"A;1";tank;1;;2020;New;"two\nlines";1;1;1\n' * 2
    deals, report = read(SipriRegister(), write(tmp_path / "r_2025-03-13.csv", text))
    assert report.problems == []
    assert deals["weapon"].to_list() == ["A;1", "A;1"]
    assert deals["comments"].to_list() == ["two lines", "two lines"]
    assert deals["transfer_id"][1] == deals["transfer_id"][0] + ":2"


def test_what_is_broken_is_told_by_row(tmp_path: Path) -> None:
    bad = (
        "Sudland,Norland,20x7,,6,,X,tank,6,,2018,New,,1,6,6\n"
        "Sudland,Norland,2017,!,6,,X,tank,6,,2018,New,,1,6,6\n"
        "nonsense,1\n"
        ",Norland,2017,,6,,X,tank,6,,2018,New,,1,6,6\n"
        "Sudland,Norland,2017,,6,,X,tank,6,,2018,New,no volumes\n"
        "Sudland,Norland,2017,,6,,X,tank,6,,2018,New,,1,6,6,7\n"
    )
    deals, report = read(SipriRegister(), write(tmp_path / "r.csv", HEADING + bad))
    assert sorted(reasons(report)) == sorted(
        [
            (2, "Year of order", "not a number; left empty"),
            (3, "order_year", "a marker that is no question mark"),
            (4, None, "a record of 2 cells, not 16"),
            (5, "Recipient", "empty"),
            (6, None, "cut off: its volumes are missing; left empty"),
            (7, None, "a record of 17 cells, not 16"),
        ]
    )
    assert deals["row"].to_list() == [2, 3, 6]
    assert deals["tiv"].to_list() == [6.0, 6.0, None]


def test_a_heading_without_its_marker_columns_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", HEADING.replace(", ,", ","))
    with pytest.raises(SourceError, match="13 columns, not 16"):
        read(SipriRegister(), path)


@pytest.mark.parametrize("path", REGISTERS)
def test_both_real_registers_without_losing_a_record(path: str) -> None:
    raw = context(path).read_bytes()
    # counted without the reader: a record begins with two names and the year of its order
    starts = len(re.findall(rb"(?m)^[^,\r\n]+,[^,\r\n]+,(?:19|20)\d\d,", raw))
    deals, report = read(SipriRegister(), context(path))
    assert deals.height == starts > 29_000
    assert report.problems == []
    # and a second time: whole lines of 16 cells, and the halves of those that are cut
    text = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "latin-1")
    body = [r for r in csv.reader(io.StringIO(text.replace("\r\n", "\n"))) if len(r) > 3]
    at = next(i for i, r in enumerate(body) if r[0] == "Recipient")
    heads = [r for r in body[at + 1 :] if r[0]]
    tails = [r for r in body[at + 1 :] if not r[0]]
    assert (len(heads), len(tails)) == (deals.height, 4)
    assert deals["recipient"].to_list() == [r[0] for r in heads]
    assert deals["supplier"].to_list() == [r[1] for r in heads]
    volumes = [float(r[15]) for r in heads if len(r) == 16 and r[15]] + [float(r[3]) for r in tails]
    assert deals["tiv"].sum() == pytest.approx(sum(volumes), abs=1e-6)
    assert deals["tiv"].null_count() == 0
    marks = sum(r[3] == "?" for r in heads), sum(r[5] == "?" for r in heads), sum(r[9] == "?" for r in heads)
    marked = deals["uncertain"].explode().value_counts()
    counts = dict(marked.drop_nulls().rows())
    assert (counts["order_year"], counts["number_ordered"], counts["number_delivered"]) == marks
    assert deals["transfer_id"].is_unique().all()


def test_real_registers_say_when_they_were_made() -> None:
    assert read(SipriRegister(), context(REGISTERS[0]))[0]["as_of"].unique().to_list() == ["2025-03-13"]
    assert read(SipriRegister(), context(REGISTERS[1]))[0]["as_of"].unique().to_list() == ["2026-02"]
    extract, report = read(SipriRegister(), context("extracts/sipri_register_2026-02_recipient_AZE.csv"))
    whole = read(SipriRegister(), context(REGISTERS[1]))[0].filter(recipient="Azerbaijan")
    assert report.problems == []
    assert extract.height == whole.height == 115
    assert extract["tiv"].sum() == pytest.approx(whole["tiv"].sum())
    assert extract["order_year"].sort().equals(whole["order_year"].sort())


def test_an_export_of_volumes(tmp_path: Path) -> None:
    rows, report = read(SipriTiv(), write(tmp_path / "t.csv", TIV))
    assert report.problems == []
    assert rows.select("supplier", "recipient", "year", "tiv", "tiv_least", "tiv_most", "row").rows() == [
        ("Norland", "Sudland", 2018, 0.0, 0.0, 0.5, 7),
        ("Norland", "Sudland", 2020, 26.0, 25.5, 26.5, 7),
        ("Norland", "Sudland", 2021, 4.0, 3.5, 4.5, 7),
        ("Norland", "Rebels**", 2021, 1.0, 0.5, 1.5, 8),
        ("Norland", "Unknown recipient(s)", 2018, 2.0, 1.5, 2.5, 9),
    ]
    assert rows["as_of"].unique().to_list() == ["2022-07-28"]


@pytest.mark.parametrize("title", ["imports to Sudland, 2018-2021", "imports by Sudland", "exports to Sudland"])
def test_a_table_of_a_recipient(tmp_path: Path, title: str) -> None:
    text = TIV.replace("exports from Norland, 2018-2021", title).replace("Sudland,0", "Norland,0")
    rows, _ = read(SipriTiv(), write(tmp_path / "t.csv", text))
    assert rows["recipient"].unique().to_list() == ["Sudland"]
    assert rows["supplier"].unique(maintain_order=True).to_list() == ["Norland", "Rebels**", "Unknown recipient(s)"]


def test_a_table_of_all_or_without_years_is_refused(tmp_path: Path) -> None:
    everyone = write(tmp_path / "a.csv", TIV.replace("from Norland", "from All countries"))
    with pytest.raises(SourceError, match="names one side only"):
        read(SipriTiv(), everyone)
    with pytest.raises(SourceError, match="no line of years"):
        read(SipriTiv(), write(tmp_path / "b.csv", TITLE + "Sudland,0,,26\n"))


def test_cells_that_are_no_volumes_cost_themselves(tmp_path: Path) -> None:
    bad = TIV.replace("Sudland,0,,26,4,30", "Sudland,0,,many,-4,30")
    rows, report = read(SipriTiv(), write(tmp_path / "t.csv", bad))
    assert reasons(report) == [(7, "2020", "not a volume"), (7, "2021", "not a volume")]
    assert rows["tiv"].to_list() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("code", ["ISR", "RUS", "TUR", "BLR"])
def test_real_exports_hold_what_the_long_table_holds(code: str) -> None:
    path = context(f"arms/raw_tiv/TIV-Export-{code}-1950-2021.csv")
    rows, report = read(SipriTiv(), path)
    assert report.problems == []
    # against the table's own totals: rounding leaves half a million open in each cell
    line = next(r for r in csv.reader(path.open(encoding="utf-8")) if r[0] == "Total")
    years = next(r for r in csv.reader(path.open(encoding="utf-8")) if r[-1] == "Total")
    for year, total in zip(years[1:-1], line[1:-1], strict=True):
        cells = rows.filter(pl.col("year") == int(year))
        assert cells["tiv_least"].sum() - 0.5 <= float(total or 0) <= cells["tiv_most"].sum() + 0.5
    long, _ = read(SipriTivLong(), context("arms/sipri-exports-processed.csv"))
    both = rows.join(long, on=["supplier", "recipient", "year"], suffix="_long")
    assert both.height > 0.9 * rows.height
    assert (both["tiv"] == both["tiv_long"]).mean() > 0.99


def test_rows_of_sipri_stay_with_whoever_read_them(tmp_path: Path) -> None:
    rows, _ = read(SipriTiv(), write(tmp_path / "t.csv", TIV))
    allowed, why = may_ship(rows["source"][0])
    assert not allowed
    assert "SIPRI" in why
    assert may_ship("ACLED")[0] is False
    assert may_ship("UCDP GED 25.1") == (True, "")
