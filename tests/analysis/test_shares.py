"""Shares: SIPRI's published ones from the real tables, and made ones for the ugly cases.

The tables belong to SIPRI and are no part of this repository; where they are absent, those tests are skipped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wheelsdown.analysis.shares import arms_share, trade_share
from wheelsdown.charts.shares import shares_chart
from wheelsdown.errors import UsageError
from wheelsdown.schema import SHARES, TRADE, TRANSFERS
from wheelsdown.sources.reading_context import read_context

ARMS = Path(__file__).resolve().parents[3] / "shared" / "data" / "context" / "arms"


def real(*names: str) -> pl.DataFrame:
    files = [f for n in names for f in sorted(ARMS.glob(n))]
    if not files:
        pytest.skip(f"no tables of arms here: {ARMS} is absent")
    return read_context(files).transfers


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return real("sipri-exports-processed.csv")


@pytest.mark.parametrize(
    ("years", "total", "israel", "russia"),
    [
        ((2014, 2018), 1890, 41.5, 49.2),
        ((2015, 2019), 1310, 60.3, 28.9),
        ((2016, 2020), 1002, 69.5, 16.9),
        ((2017, 2021), 729, 61.2, 22.2),
        ((2011, 2020), 3277, 26.6, 60.0),
    ],
)
def test_the_published_shares(
    table: pl.DataFrame, years: tuple[int, int], total: float, israel: float, russia: float
) -> None:
    for supplier, share in (("Israel", israel), ("Russia", russia)):
        got = arms_share(table, recipient="Azerbaijan", supplier=supplier, from_year=years[0], to_year=years[1])
        row = SHARES.conform(got).row(0, named=True)
        assert (row["total"], round(100 * row["share"], 1)) == (total, share)
        assert row["least"] < row["share"] < row["most"]
        assert f"{share:.1f} % came from {supplier}" in row["sentence"]


def test_what_would_change_the_share_of_arms(table: pl.DataFrame) -> None:
    rows = arms_share(table, recipient="azerbaijan", from_year=2016, to_year=2020)
    assert rows["share"].sum() == pytest.approx(1)
    assert rows["supplier"].to_list()[:2] == ["Israel", "Russia"]
    assert rows["rank"].drop_nulls().to_list() == list(range(1, 9))
    row = rows.row(0, named=True)
    # the years of deliveries as methods of this project have them
    assert row["amount"] == 250 + 151 + 247 + 26 + 22
    for said in ("60.3 % in 2015-2019", "61.2 % in 2017-2021", "26.6 % in 2011-2020", "69.9 %"):
        assert said in row["changes"]
    unknown = rows.filter(pl.col("supplier").str.starts_with("Unknown")).row(0, named=True)
    assert (unknown["rank"], unknown["amount"]) == (None, row["unknown"])
    assert "undated" in row["reason"]
    late = arms_share(table, recipient="Azerbaijan", supplier="Israel", from_year=2019, to_year=2023)
    assert "the tables hold nothing of 2022-2023" in late["reason"][0]


def test_a_share_is_told_for_the_years_that_the_table_holds_and_no_others(table: pl.DataFrame) -> None:
    asked = arms_share(table, recipient="Azerbaijan", supplier="Israel", from_year=2016, to_year=2030)
    row = asked.row(0, named=True)
    held = arms_share(table, recipient="Azerbaijan", supplier="Israel", from_year=2016, to_year=2021)
    assert row["share"] == held["share"][0]
    assert (row["from_year"], row["to_year"]) == (2016, 2021)
    assert row["period"] == "2016-2021, the years of 2016-2030 that the tables hold"
    assert "in 2016-2021, the years of 2016-2030 that the tables hold, " in row["sentence"]
    assert "hold nothing of 2022-2030" in row["reason"]
    assert "2016-2021, the years of 2016-2030 that the tables hold" in shares_chart(asked, prefix="s")


def test_tables_of_some_suppliers_give_no_share() -> None:
    rows = real("raw_tiv/*.csv")
    row = arms_share(rows, recipient="Azerbaijan", supplier="Israel", from_year=2016, to_year=2020).row(0, named=True)
    assert row["share"] is row["rank"] is row["least"] is None
    assert row["total"] is row["unknown"] is None
    assert 0.695 < row["most"] < 0.75
    bound = f"not all suppliers' tables were read; by those that were it is at most {100 * row['most']:.1f} %. "
    assert bound in row["sentence"]
    assert row["as_of"] == "2022-07-28"


def test_the_table_of_one_supplier_is_no_total() -> None:
    rows = pl.DataFrame(
        {
            "kind": ["tiv"] * 2,
            "supplier": ["Aland"] * 2,
            "recipient": ["Norland"] * 2,
            "year": [2016, 2017],
            "tiv": [400.0, 296.0],
            "source": ["a table"] * 2,
            "receipt": ["r1"] * 2,
        }
    )
    tables = TRANSFERS.conform(rows, fill=True)
    row = arms_share(tables, recipient="Norland", supplier="Aland", from_year=2016, to_year=2017).row(0, named=True)
    assert row["amount"] == 696
    assert row["total"] is row["share"] is row["most"] is row["unknown"] is None
    assert row["sentence"] == (
        "Aland delivered 696 million TIV of major arms to Norland in 2016-2017 according to a table. No share can be "
        "told: tables of other suppliers were not read. TIV measure military capability, not money."
    )


@pytest.mark.parametrize("name", ["trade-register_2025*.csv", "trade-register_2026*.csv"])
def test_a_register_is_not_spread_evenly(name: str) -> None:
    row = arms_share(real(name), recipient="Azerbaijan", supplier="Israel", from_year=2016, to_year=2020).row(
        0, named=True
    )
    assert row["share"] is row["amount"] is row["total"] is row["most"] is None
    assert "deals, not volumes by year" in row["reason"]
    assert row["reason"] in row["sentence"]


# made ones


def tiv(supplier: str, year: int, volume: float, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(TRANSFERS.names)
    row |= {"transfer_id": f"{supplier}{year}", "kind": "tiv", "supplier": supplier, "recipient": "Aland"}
    row |= {"year": year, "tiv": volume, "source": "SIMULATED table", "as_of": "2022-01-01", "receipt": "a" * 16}
    return row | more


def transfers(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=TRANSFERS.schema, orient="row")


def test_rounding_and_unknown_suppliers() -> None:
    rows = transfers(tiv("Bland", 2020, 3), tiv("Cland", 2020, 0), tiv("unknown supplier(s)", 2020, 1))
    row = arms_share(rows, recipient="Aland", supplier="bland", from_year=2020, to_year=2020).row(0, named=True)
    assert row["share"] == pytest.approx(0.75)
    assert row["least"] == pytest.approx(2.5 / (2.5 + 0.5 + 1.5))
    assert row["most"] == pytest.approx(3.5 / (3.5 + 0.0 + 0.5))
    assert (row["unknown"], row["rank"], row["suppliers"]) == (1, 1, 2)
    assert row["sentence"].startswith("SIMULATED: ")
    assert "so little that one delivery makes the share" in row["reason"]
    other = arms_share(rows, recipient="Aland", supplier="Cland", from_year=2020, to_year=2020).row(0, named=True)
    assert (other["share"], other["least"]) == (0.0, 0.0)
    assert other["most"] > 0


def test_two_releases_and_no_deliveries() -> None:
    rows = transfers(tiv("Bland", 2020, 300), tiv("Cland", 2020, 300, as_of="2023-01-01"), tiv("Bland", 2010, 5))
    row = arms_share(rows, recipient="Aland", supplier="Bland", from_year=2019, to_year=2020).row(0, named=True)
    assert "two releases" in row["reason"]
    none = arms_share(rows, recipient="Aland", supplier="Bland", from_year=2012, to_year=2015).row(0, named=True)
    assert none["share"] is none["total"] is None
    assert "no deliveries to Aland in 2012-2015" in none["sentence"]
    with pytest.raises(UsageError, match="no transfers to 'Zland'"):
        arms_share(rows, recipient="Zland", from_year=2019, to_year=2020)
    with pytest.raises(UsageError, match="they have Bland and Cland"):
        arms_share(rows, recipient="Aland", supplier="Dland", from_year=2019, to_year=2020)
    with pytest.raises(UsageError, match="after the last"):
        arms_share(rows, recipient="Aland", from_year=2021, to_year=2020)


def flow(partner: str, code: str | None, value: float | None, kg: float | None, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(TRADE.names)
    row |= {"trade_id": f"{partner}{value}{more}", "reporter": "Eland", "reporter_code": "376", "partner": partner}
    row |= {
        "partner_code": code,
        "flow": "import",
        "period": "2022",
        "commodity_code": "2709",
        "commodity": "Crude oil",
    }
    row |= {"value_usd": value, "net_kg": kg, "source": "SIMULATED trade", "receipt": "b" * 16, "estimated": []}
    return row | more


def trade(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=TRADE.schema, orient="row")


ROWS = (
    flow("World", "0", 1000.0, 2000.0),
    flow("Aland", "31", 300.0, 800.0),
    flow("Other Asia, nes", "490", 50.0, 100.0),
    flow("Areas, nes", "899", 400.0, 600.0),
)


def test_goods_of_no_partner_widen_the_share() -> None:
    row = SHARES.conform(trade_share(trade(*ROWS), reporter="376", partner="aland")).row(0, named=True)
    assert (row["measure"], row["unit"]) == ("net weight", "kg")
    assert (row["share"], row["least"], row["most"]) == pytest.approx((0.4, 0.4, 0.7))
    assert (row["unknown"], row["rank"], row["suppliers"]) == (600, 1, 2)
    assert "by value it is 30.0 %" in row["changes"]
    assert "at least 40.0 % and at most 70.0 % are Aland's" in row["sentence"]
    assert row["sentence"].startswith("SIMULATED: ")
    value = trade_share(trade(*ROWS), reporter="Eland", partner="31", measure="value").row(0, named=True)
    assert (value["least"], value["most"]) == pytest.approx((0.3, 0.7))
    # a partner without its weight: value is taken throughout
    missing = trade_share(trade(*ROWS, flow("Gland", "266", 10.0, None)), reporter="Eland", partner="Aland")
    assert missing["measure"][0] == "value"
    assert trade_share(trade(*ROWS), reporter="Eland")["supplier"].to_list() == ["Aland", "Other Asia, nes"]


def test_the_other_side() -> None:
    back = {"reporter": "Aland", "reporter_code": "31", "flow": "export"}
    rows = trade(*ROWS, flow("Eland", "376", 290.0, 500.0, **back))
    row = trade_share(rows, reporter="Eland", partner="Aland").row(0, named=True)
    assert row["mirror_amount"] == 500
    assert row["asymmetry"] == pytest.approx(300 / 1300)
    assert "The other side disagrees" in row["sentence"]
    by_value = trade_share(rows, reporter="Eland", partner="Aland", measure="value").row(0, named=True)
    assert by_value["asymmetry"] == pytest.approx(10 / 590)
    assert "(300 USD of 1,000 USD)" in by_value["sentence"]
    assert "The other side reports 290 USD, 3.3 % less." in by_value["sentence"]
    nought = trade(*ROWS, flow("Eland", "376", 0.0, 0.0, **back))
    row = trade_share(nought, reporter="Eland", partner="Aland").row(0, named=True)
    assert row["asymmetry"] == 1
    assert "no proof of no trade" in row["reason"]


def test_no_row_for_a_partner_and_none_for_the_world() -> None:
    row = trade_share(trade(*ROWS), reporter="Eland", partner="Kland").row(0, named=True)
    assert (row["amount"], row["least"], row["most"], row["rank"]) == (0, 0, pytest.approx(0.3), None)
    assert "no row for Kland" in row["reason"]
    without = trade_share(trade(*ROWS[1:]), reporter="Eland", partner="Aland").row(0, named=True)
    assert without["share"] == pytest.approx(800 / 1500)
    assert "no row for the world" in without["reason"]


def test_rows_that_would_be_counted_twice_are_refused() -> None:
    parts = trade(*ROWS, flow("Aland", "31", 100.0, 200.0))
    row = trade_share(parts, reporter="Eland", partner="Aland").row(0, named=True)
    assert row["share"] is row["amount"] is None
    assert "several rows for one partner" in row["sentence"]
    months = trade(*ROWS, *(r | {"period": "202201"} for r in ROWS))
    assert "name the period" in trade_share(months, reporter="Eland", partner="31")["reason"][0]
    assert trade_share(months, reporter="Eland", partner="31", period="2022")["share"][0] == pytest.approx(0.4)
    # the same row out of two files is one row
    assert trade_share(trade(*ROWS, ROWS[1]), reporter="Eland", partner="31")["share"][0] == pytest.approx(0.4)


def test_several_years() -> None:
    later = [r | {"period": "2023", "net_kg": r["net_kg"] * 2} for r in ROWS]
    row = trade_share(trade(*ROWS, *later), reporter="Eland", partner="31", period="2022-2023").row(0, named=True)
    assert (row["total"], row["share"]) == (6000, pytest.approx(0.4))
    assert (row["from_year"], row["to_year"], row["period"]) == (2022, 2023, "2022-2023")
    assert row["reason"] is None


@pytest.mark.parametrize(
    ("asked", "period", "lacking"),
    [
        ("2021-2025", "2022 and 2024, the years of 2021-2025 that the tables hold", "2021, 2023 and 2025"),
        ("2022-2023", "2022, the only year of 2022-2023 that the tables hold", "2023"),
        (None, "2022 and 2024", None),
        ("2024", "2024", None),
    ],
)
def test_years_that_the_rows_lack_are_named(asked: str | None, period: str, lacking: str | None) -> None:
    rows = trade(*ROWS, *(r | {"period": "2024"} for r in ROWS))
    row = trade_share(rows, reporter="Eland", partner="31", period=asked).row(0, named=True)
    assert row["share"] == pytest.approx(0.4)
    assert row["period"] == period
    assert f"reports for {period}{',' if ',' in period else ''} at least 40.0 %" in row["sentence"]
    assert row["reason"] == (
        lacking and f"the rows hold nothing of {lacking}: the share is not that of all that was asked for"
    )


def test_months_that_the_rows_lack_are_named() -> None:
    rows = trade(*(r | {"period": m} for r in ROWS for m in ("202211", "202212", "202301")))
    row = trade_share(rows, reporter="Eland", partner="31", period="202211-202302").row(0, named=True)
    assert row["period"] == "202211-202301, the months of 202211-202302 that the tables hold"
    assert "hold nothing of 202302" in row["reason"]


def test_the_other_side_agrees_only_where_it_tells_the_same() -> None:
    def said(own: float, other: float) -> str:
        back = {"reporter": "Aland", "reporter_code": "31", "flow": "export"}
        rows = trade(
            flow("World", "0", 1.0, 10_000.0), flow("Aland", "31", 1.0, own), flow("Eland", "376", 1.0, other, **back)
        )
        text: str = trade_share(rows, reporter="Eland", partner="Aland")["sentence"][0]
        return text

    assert "(4.0 t of 10.0 t)" in said(4000, 4500)
    assert "The other side reports 4.5 t, 12.5 % more." in said(4000, 4500)
    assert "The other side agrees: it reports 4 t." in said(4000, 4000)
    assert "The other side disagrees: it reports 0.8 t." in said(4000, 800)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"reporter": "Nowhere"}, "they have Eland"),
        ({"flow": "transit"}, "no flow"),
        ({"measure": "barrels"}, "no measure"),
        ({"commodity": "2710"}, "they have 2709"),
        ({"period": "1999"}, "they have 2022"),
        ({"period": "2023-2020"}, "write 2022"),
    ],
)
def test_wrong_use(more: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        trade_share(trade(*ROWS), **({"reporter": "Eland"} | more))
