"""Files of context put together: events, transfers and trade in one reading."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import polars as pl
import pytest

from tests.sources.made import context, write
from wheelsdown.errors import SourceError, UsageError
from wheelsdown.schema import EVENTS, TRADE, TRANSFERS
from wheelsdown.sources.reading import read as read_positions
from wheelsdown.sources.reading_context import context_sources, read_context

MONTHS = "isocode,period,fatalities_UCDP\nAZE,202308,0.0\nAZE,202309,412\n"
TIV = "supplier,recipient,year,value\nNorland,Sudland,2019,0\nNorland,Sudland,2020,26\nunknown,Sudland,2020,3.5\n"


def test_each_file_goes_into_its_table(tmp_path: Path) -> None:
    months, tiv = write(tmp_path / "months.csv", MONTHS), write(tmp_path / "tiv_2022-07-28.csv", TIV)
    reading = read_context([tiv, months], strict=True)
    assert reading.events.schema == EVENTS.schema
    assert reading.transfers.schema == TRANSFERS.schema
    assert reading.trade.schema == TRADE.schema
    assert reading.trade.height == 0
    assert reading.kinds == ("ucdp-months", "sipri-tiv-long")
    assert reading.events.select("event_id", "deaths_best", "row").rows() == [
        ("AZE-202308", 0.0, 2),
        ("AZE-202309", 412.0, 3),
    ]
    assert reading.events["began"].cast(pl.String).to_list() == ["2023-08-01", "2023-09-01"]
    assert reading.events["ended"].cast(pl.String).to_list() == ["2023-08-31", "2023-09-30"]
    assert reading.events["precision_days"].to_list() == [31.0, 30.0]
    assert reading.transfers.select("tiv", "tiv_least", "tiv_most", "as_of").rows() == [
        (0.0, 0.0, 0.5, "2022-07-28"),
        (26.0, 25.5, 26.5, "2022-07-28"),
        (3.5, 3.5, 3.5, "2022-07-28"),
    ]
    receipts = dict(reading.receipts.select("receipt", "positions").rows())
    assert receipts == {reading.events["receipt"][0]: 2, reading.transfers["receipt"][0]: 3}
    assert reading.problems.height == 0


def test_good_rows_stay_beside_bad_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", MONTHS + "AZE,202313,1\n,202301,1\nAZE,202302,many\nAZE,202303,-4\nAZE,1\n")
    reading = read_context([path])
    assert reading.events.height == 2
    assert reading.problems.select("row", "field", "rows_lost").rows() == [
        (4, "period", 1),
        (5, "isocode", 1),
        (6, "fatalities_ucdp", 1),
        (7, "fatalities_ucdp", 1),
        (8, None, 1),
    ]
    with pytest.raises(SourceError, match="row 4, field period"):
        read_context([path], strict=True)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("other.csv", b"a,b\n1,2\n", "known by its heading"),
        ("error.csv", b"<!DOCTYPE html><html>403", "a web page"),
        ("ged251-csv.zip", b"PK\x03\x04abc", "a zip archive"),
        ("year.csv", b"country_id_cy,country_cy,year_cy\n1,Norland,2020\n", "too coarse"),
        ("press.csv", b"period,flow,quantity,unit,value_usd,rank_or_share\n2023,x,1,t,2,3\n", "quoted in the press"),
        ("x.bin", b"\x00\x01\x02\x03", "known by its heading"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_remedy(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    good = write(tmp_path / "good.csv", MONTHS)
    reading = read_context([write(tmp_path / name, data), good])
    assert reading.events.height == 2
    problem = reading.problems.row(0, named=True)
    assert said in problem["reason"]
    assert problem["remedy"]


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "a pipe" in read_context([tmp_path / "pipe.csv"]).problems["reason"][0]


def test_gzip_and_byte_order_marks_and_semicolons(tmp_path: Path) -> None:
    packed = tmp_path / "m.csv"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + MONTHS.replace(",", ";").encode()))
    assert read_context([packed], strict=True).events["deaths_best"].to_list() == [0.0, 412.0]
    wide = write(tmp_path / "wide.csv", MONTHS.encode("utf-16"))
    assert read_context([wide], strict=True).events["deaths_best"].to_list() == [0.0, 412.0]


def test_a_cut_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    whole = "isocode,period,fatalities\n" + "".join(f"X{i:05d},202001,{i}\n" for i in range(5000))
    path = write(tmp_path / "m.csv.gz", gzip.compress(whole.encode())[:-400])
    reading = read_context([path])
    assert 0 < reading.events.height < 5000
    assert "gzip stream is damaged" in " ".join(reading.problems["reason"])


def test_hostile_cells_stay_text(tmp_path: Path) -> None:
    evil = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202eabc\u202c", "x" * 10_000, "a\x07b\x1b[31m"]
    rows = "".join(f'"{e}",Sudland,2020,{i}\n' for i, e in enumerate(evil))
    path = write(tmp_path / "t.csv", "supplier,recipient,year,value\n" + rows + "Nul\0land,Sudland,2020,9\n")
    reading = read_context([path])
    assert reading.transfers["supplier"].to_list() == [*evil[:4], "a b [31m", "Nulland"]
    assert reading.problems["reason"].to_list() == ["1 NUL characters; left out"]


def test_a_huge_cell_costs_itself_and_no_other(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv",
        f'supplier,recipient,year,value\n"{"y" * 200_000}",Sudland,2020,1\n'
        f"{'z' * 200_000},Sudland,2020,2\nA,B,2020,3\n",
    )
    reading = read_context([path])
    assert reading.transfers["tiv"].to_list() == [2.0, 3.0]
    assert reading.transfers["supplier"].str.len_chars().to_list() == [131_072, 1]
    assert sorted(reading.problems["rows_lost"].to_list()) == [0, 1]


def test_rows_of_several_files_are_taken_once_out_of_the_later_release(tmp_path: Path) -> None:
    old = write(tmp_path / "tiv_2021-03-15.csv", "supplier,recipient,year,value\nA,B,2019,10\nA,B,2018,4\n")
    new = write(tmp_path / "tiv_2022-03-14.csv", "supplier,recipient,year,value\nA,B,2019,12\nA,B,2019,1\n")
    copy = write(tmp_path / "z.csv", old.read_bytes())
    reading = read_context([new, old, copy])
    got = reading.transfers.select("year", "tiv", "as_of").rows()
    assert sorted(got) == [(2018, 4.0, "2021-03-15"), (2019, 1.0, "2022-03-14"), (2019, 12.0, "2022-03-14")]
    assert any("taken once" in n for n in reading.notes)
    assert any("a copy of another file" in n for n in reading.notes)
    assert any("2 releases (2021-03-15, 2022-03-14)" in n for n in reading.notes)


def test_a_named_source_reads_whatever_it_is_given(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", MONTHS)
    assert read_context(path, as_="ucdp-months").kinds == ("ucdp-months",)
    with pytest.raises(UsageError, match="yields POSITIONS"):
        read_context(path, as_="readsb-trace")
    with pytest.raises(UsageError, match="no such file"):
        read_context(tmp_path / "absent.csv")
    assert read_context([]).events.height == 0


def test_no_source_of_context_takes_what_another_takes() -> None:
    sources = context_sources()
    files = [p for p in context("").rglob("*.csv*") if p.parts[-2] not in ("airports",) and "aircraft" not in p.parts]
    assert files
    for path in files:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as f:
            head = f.read(1 << 16)
        assert len([s.name for s in sources if s.detect(head, path.name)]) <= 1, path


def test_the_published_share_out_of_the_real_long_table() -> None:
    reading = read_context(context("arms/sipri-exports-processed.csv"))
    to = reading.transfers.filter(recipient="Azerbaijan").filter(pl.col("year").is_between(2016, 2020))
    assert to["tiv"].sum() == 1002
    assert round(100 * to.filter(supplier="Israel")["tiv"].sum() / to["tiv"].sum(), 1) == 69.5
    assert reading.transfers.height == 21_324


def test_real_months_in_both_shapes() -> None:
    both = [
        context("conflict/ucdp_monthly_fatalities_8_countries.csv"),
        context("conflict/ucdp_country_month_fatalities_2010_2024_forecast-a1.csv"),
    ]
    few, many = (read_context(p, strict=True).events for p in both)
    assert (few.height, many.height) == (1440, 31_302)
    joined = few.join(many, on="event_id", suffix="_many")
    assert joined.height == few.height
    assert (joined["deaths_best"] == joined["deaths_best_many"]).all()


@pytest.mark.parametrize(("data", "said"), [(MONTHS, "timing --events"), (TIV, "wheelsdown shares")])
def test_readers_of_positions_say_where_context_goes(tmp_path: Path, data: str, said: str) -> None:
    path = write(tmp_path / "context.csv", data)
    reading = read_positions(path)
    assert reading.positions.height == 0
    problem = reading.problems.row(0, named=True)
    assert "not of positions" in problem["reason"]
    assert said in problem["remedy"]
    with pytest.raises(SourceError, match=said):
        read_positions(path, strict=True)
    with pytest.raises(SourceError, match=said):
        read_positions(path, as_="ucdp-months" if data is MONTHS else "sipri-tiv-long", strict=True)


def test_a_named_source_says_which_column_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", TIV.replace("recipient", "buyer"))
    with pytest.raises(SourceError, match="row 1, field recipient: the heading lacks a column"):
        read_context(path, as_="sipri-tiv-long", strict=True)
