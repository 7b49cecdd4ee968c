"""Bytes that no publisher would write: every reader of context keeps its head, and loses no row without saying so."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources import test_acled, test_comtrade, test_sipri, test_ucdp
from tests.sources.made import write
from wheelsdown.schema import EVENTS, TRADE, TRANSFERS
from wheelsdown.sources.context_cells import CELL_MOST
from wheelsdown.sources.reading_context import ContextReading, context_sources, read_context

GOOD = {
    "acled": test_acled.made({}, {"event_id_cnty": "B2"}),
    "comtrade": test_comtrade.table({}, test_comtrade.WORLD),
    "deaths-by-day": "date,records\n2020-09-27,150\n2020-09-28,59\n",
    "episodes": "name,began,ended,country,source,url,note\nA,2020-09-27,2020-11-10,N,S,U,x\nB,2021-01-01,,,,,\n",
    "sipri-register": test_sipri.PREAMBLE + test_sipri.HEADING + test_sipri.DEALS,
    "sipri-tiv": test_sipri.TIV,
    "sipri-tiv-long": "supplier,recipient,year,value\nN,S,2019,0\nN,S,2020,26\n",
    "ucdp-episodes": "conflict_id,year,gwno_a,start_date2,ep_end,ep_end_date\n1,2001,10,2001-05-01,1,2002-06-01\n",
    "ucdp-ged": test_ucdp.ged({}, {"id": "9002"}),
    "ucdp-months": "isocode,period,fatalities\nAZE,202308,0\nAZE,202309,412\n",
}
ATTACKS = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe\u202c",
    "x" * 10_000,
    "\x00\x07\x1b[2J",
    "\u2028\x85\x0b",
    '"',
    "'; DROP TABLE",
    "NaN",
    "1e999",
    "9" * 400,
)


def test_there_is_a_good_file_of_each_source(tmp_path: Path) -> None:
    assert set(GOOD) == {s.name for s in context_sources()}
    for name, text in GOOD.items():
        reading = read_context(write(tmp_path / f"{name}_v25_1_2025-03-10.csv", text), strict=True)
        assert reading.kinds == (name,)
        assert reading.receipts["positions"][0] == sum(f.height for f in frames(reading)) > 0


def frames(reading: ContextReading) -> list[pl.DataFrame]:
    """Give the three tables."""
    return [reading.events, reading.transfers, reading.trade]


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_a_hostile_cell_costs_no_other_row(tmp_path: Path, name: str, attack: str) -> None:
    lines = GOOD[name].rstrip("\n").split("\n")
    last = lines[-1].split(",")
    path = write(tmp_path / "made.csv", GOOD[name])
    which, want = next((i, f) for i, f in enumerate(frames(read_context(path, as_=name))) if f.height)
    ids = want.columns[0]
    others = want.filter(want["row"] < want["row"].max())[ids].to_list()
    for at in range(len(last)):
        cells = [*last[:at], attack, *last[at + 1 :]]
        write(path, "\n".join([*lines[:-1], ",".join(cells)]) + "\n")
        got = frames(read_context(path, as_=name))[which]
        assert got[ids].to_list()[: len(others)] == others


@pytest.mark.parametrize("name", sorted(GOOD))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_raise_nothing(tmp_path: Path, name: str, data: st.DataObject) -> None:
    raw = bytearray(GOOD[name].encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        if not raw:
            raw = bytearray(b"x")
    path = write(tmp_path / "damaged.csv", bytes(raw))
    for as_ in (None, name):
        reading = read_context(path, as_=as_)
        for frame, table in zip(frames(reading), (EVENTS, TRANSFERS, TRADE), strict=True):
            assert frame.schema == table.schema
            for column in ("source", "receipt", table.names[0]):
                assert frame[column].null_count() == 0
        told = " ".join(reading.problems["reason"])
        assert "the reader failed" not in told, told


def test_cells_longer_than_the_limit_are_cut(tmp_path: Path) -> None:
    text = GOOD["episodes"] + f"C,2021-01-01,,,,,{'y' * (CELL_MOST + 5)}\n"
    reading = read_context(write(tmp_path / "e.csv", text))
    assert reading.events["note"].str.len_chars().max() == CELL_MOST
    assert "cut" in reading.problems["reason"][0]
