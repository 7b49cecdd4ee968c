"""UN Comtrade's answers, made here in their true shape."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sources.made import read, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.sources.comtrade import Comtrade
from wheelsdown.sources.reading_context import read_context
from wheelsdown.sources.sharing import may_ship

COLUMNS = (
    "typeCode",
    "freqCode",
    "refPeriodId",
    "refYear",
    "refMonth",
    "period",
    "reporterCode",
    "reporterISO",
    "reporterDesc",
    "flowCode",
    "flowDesc",
    "partnerCode",
    "partnerISO",
    "partnerDesc",
    "partner2Code",
    "partner2ISO",
    "partner2Desc",
    "classificationCode",
    "classificationSearchCode",
    "isOriginalClassification",
    "cmdCode",
    "cmdDesc",
    "aggrLevel",
    "isLeaf",
    "customsCode",
    "customsDesc",
    "mosCode",
    "motCode",
    "motDesc",
    "qtyUnitCode",
    "qtyUnitAbbr",
    "qty",
    "isQtyEstimated",
    "altQtyUnitCode",
    "altQtyUnitAbbr",
    "altQty",
    "isAltQtyEstimated",
    "netWgt",
    "isNetWgtEstimated",
    "grossWgt",
    "isGrossWgtEstimated",
    "cifvalue",
    "fobvalue",
    "primaryValue",
    "legacyEstimationFlag",
    "isReported",
    "isAggregate",
)
FLOW: dict[str, Any] = {
    "typeCode": "C",
    "freqCode": "A",
    "refYear": 2023,
    "period": "2023",
    "reporterCode": 376,
    "reporterISO": "SUD",
    "reporterDesc": "Südland",
    "flowCode": "M",
    "partnerCode": 31,
    "partnerISO": "NOR",
    "partnerDesc": "Norland",
    "partner2Code": 0,
    "classificationCode": "H6",
    "cmdCode": "0270",
    "cmdDesc": "Oils; <b>crude</b>",
    "customsCode": "C00",
    "mosCode": "0",
    "motCode": 0,
    "netWgt": 2_000_000.0,
    "isNetWgtEstimated": False,
    "cifvalue": 1_100.5,
    "fobvalue": 1_000.0,
    "primaryValue": 1_100.5,
    "legacyEstimationFlag": 0,
    "isReported": True,
    "isAggregate": True,
}
WORLD = {"partnerCode": 0, "partnerISO": "W00", "partnerDesc": None, "primaryValue": 5000.0, "cifvalue": None}
NES = {"partnerCode": 899, "partnerISO": "_X ", "partnerDesc": None, "primaryValue": 300.0, "isNetWgtEstimated": True}


def table(*flows: dict[str, Any]) -> str:
    """Write flows in the columns of the export."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows([FLOW | f for f in flows])
    return out.getvalue()


def answer(*flows: dict[str, Any]) -> str:
    """Write flows as the interface answers."""
    return json.dumps({"elapsedTime": "0.1 secs", "count": len(flows), "data": [FLOW | f for f in flows], "error": ""})


@pytest.mark.parametrize("make", [table, answer])
def test_totals_with_world_and_unallocated_partners(tmp_path: Path, make: Any) -> None:
    parts = [{"motCode": 2100}, {"partner2Code": 792}, {"customsCode": "C01"}]
    path = write(tmp_path / "trade_2024-05-01.csv", make({}, WORLD, NES, *parts, {"flowCode": "RM"}))
    rows, report = read(Comtrade(), path)
    assert report.problems == []
    assert rows.select("partner", "partner_code", "value_usd", "valued").rows() == [
        ("Norland", "31", 1100.5, "cif"),
        ("World", "0", 5000.0, "primary"),
        ("Areas, nes", "899", 300.0, "primary"),
    ]
    assert rows["reporter"].unique().to_list() == ["Südland"]
    assert rows["commodity_code"].unique().to_list() == ["0270"]
    assert rows["commodity"][0] == "Oils; <b>crude</b>"
    assert rows["flow"].unique().to_list() == ["import"]
    assert rows["estimated"].to_list() == [[], [], ["net_kg"]]
    assert rows["net_kg"][0] == 2_000_000.0
    assert rows["as_of"].unique().to_list() == ["2024-05-01"]
    assert rows["source"].unique().to_list() == ["UN Comtrade H6"]
    assert report.notes == [
        "3 rows are parts of a total (second partner, transport or customs procedure) and were ignored",
        "1 rows of other flows than import (M) and export (X) were ignored",
    ]


def test_exports_codes_of_data_frames_and_the_old_flag(tmp_path: Path) -> None:
    text = table(
        {"flowCode": "X", "primaryValue": 1000.0, "partner2Code": "0.0", "motCode": "0.0", "legacyEstimationFlag": 6},
        {"flowCode": "X", "partnerCode": "48.0", "partnerDesc": "", "partnerISO": "", "period": "202301"},
    )
    rows, report = read(Comtrade(), write(tmp_path / "t.csv", text.encode("cp1252")))
    assert report.problems == []
    assert rows.select("reporter", "partner", "partner_code", "flow", "valued", "period").rows() == [
        ("Südland", "Norland", "31", "export", "fob", "2023"),
        ("Südland", "code 48", "48", "export", "primary", "202301"),
    ]
    assert rows["estimated"].to_list() == [["net_kg"], []]


def test_a_preview_that_stops_at_500_rows_is_noted(tmp_path: Path) -> None:
    flows = [{"partnerCode": 1000 + i} for i in range(500)]
    _, report = read(Comtrade(), write(tmp_path / "t.json", answer(*flows)))
    assert "exactly 500 rows" in " ".join(report.notes)
    _, report = read(Comtrade(), write(tmp_path / "u.json", answer(*flows[1:])))
    assert "exactly 500 rows" not in " ".join(report.notes)


def test_columns_that_are_missing_are_noted(tmp_path: Path) -> None:
    text = "period,reporterCode,partnerCode,flowCode,cmdCode,primaryValue\n2023,376,31,M,2709,5\n"
    rows, report = read(Comtrade(), write(tmp_path / "t.csv", text))
    assert rows.select("reporter", "partner", "net_kg", "commodity").row(0) == ("code 376", "code 31", None, None)
    assert "nothing in partner2Code, motCode, customsCode" in " ".join(report.notes)


def test_bad_rows_are_told_and_the_good_ones_kept(tmp_path: Path) -> None:
    text = table(
        {},
        {"partnerCode": ""},
        {"period": "2023-2024", "partnerCode": 32},
        {"primaryValue": "n. a.", "partnerCode": 33},
        {"cmdCode": "", "partnerCode": 34},
        {},
        {"partnerCode": 35, "netWgt": -5},
    )
    rows, report = read(Comtrade(), write(tmp_path / "t.csv", text))
    assert rows.select("partner_code", "value_usd", "net_kg").rows() == [
        ("31", 1100.5, 2_000_000.0),
        ("33", None, 2_000_000.0),
        ("35", 1100.5, None),
    ]
    assert sorted(r for r, _, _ in reasons(report)) == [3, 4, 5, 6, 7, 8]
    assert sum(p.rows_lost or 0 for p in report.problems) == 4


def test_no_flows_and_broken_answers(tmp_path: Path) -> None:
    rows, report = read(Comtrade(), write(tmp_path / "e.csv", table()))
    assert rows.height == 0
    assert report.problems == []
    reading = read_context(write(tmp_path / "x.csv", table({"flowCode": "RX"})), strict=True)
    assert reading.trade.height == 0
    with pytest.raises(SourceError, match="broken JSON"):
        read(Comtrade(), write(tmp_path / "b.json", answer({})[:-9]))
    empty = json.dumps({"data": [], "count": 0, "error": "reporterCode partnerCode flowCode"})
    assert "known by its heading" in read_context(write(tmp_path / "n.json", empty)).problems["reason"][0]


def test_its_rows_stay_with_whoever_read_them(tmp_path: Path) -> None:
    rows, _ = read(Comtrade(), write(tmp_path / "t.csv", table({})))
    assert may_ship(rows["source"][0])[0] is False
