"""ADS-B Exchange traces flattened to CSV."""

from __future__ import annotations

from pathlib import Path

from tests.sources.made import read, real, reasons, write
from wheelsdown.sources import read as read_all
from wheelsdown.sources.adsbx_csv import AdsbxCsv

HEAD = "time,lat,lon,altitude,ground_speed,heading,details,alt_geom,nnumber,model,desc,timestamp,ping_time,icao\n"
DETAILS = (
    "\"{'type': 'adsb_icao', 'flight': 'SIM1    ', 'squawk': '0020', 'category': 'A5', "
    "'nic': 8, 'version': 2, 'baro_rate': -64, 'spi': 0}\""
)


def row(time: float, at: str, *, details: str = "", altitude: str = "1000") -> str:
    return f"{time},50.0,8.0,{altitude},100.0,90.0,{details},,SIM-A,B752,BOEING,2025-02-07,{at},e80001\n"


def test_rows_out_of_order_and_details_carried_for_a_short_while(tmp_path: Path) -> None:
    text = (
        HEAD + row(120, "2025-02-07 00:02:00", altitude="ground") + row(60, "2025-02-07 00:01:00.000", details=DETAILS)
    )
    text += row(3600, "2025-02-07 01:00:00")
    rows, report = read(AdsbxCsv(), write(tmp_path / "raw.csv", text))
    assert rows["row"].to_list() == [3, 2, 4]
    assert rows["on_ground"].to_list() == [False, True, False]
    assert rows["callsign"].to_list() == ["SIM1", "SIM1", None]  # an hour later it may have changed
    assert rows.select("squawk", "category", "nic", "adsb_version", "vertical_rate_fpm").row(0) == (
        "0020",
        "A5",
        8.0,
        2.0,
        -64.0,
    )
    assert rows["position_source"].to_list() == ["adsb", "adsb", "unknown"]
    assert not report.problems
    assert report.claims[0].registration == "SIM-A"


def test_a_ping_time_in_another_zone_is_refused_row_by_row(tmp_path: Path) -> None:
    text = HEAD + row(60, "2025-02-07 00:01:00") + row(120, "2025-02-06 19:02:00") + row(180, "2025-02-06 19:03:00")
    rows, report = read(AdsbxCsv(), write(tmp_path / "raw.csv", text))
    assert rows.height == 1
    assert report.problems[0].row == 3
    assert report.problems[0].rows_lost == 2
    assert "UTC" in report.problems[0].reason


def test_details_are_never_evaluated(tmp_path: Path) -> None:
    trap = "\"__import__('os').system('false') or {'flight': 'SIM9    '}\""
    rows, _ = read(AdsbxCsv(), write(tmp_path / "raw.csv", HEAD + row(60, "2025-02-07 00:01:00", details=trap)))
    assert rows["callsign"].to_list() == ["SIM9"]


def test_broken_cells(tmp_path: Path) -> None:
    text = (
        HEAD
        + row(60, "2025-02-07 00:01:00", altitude="high")
        + "1,2,3\n"
        + row(61, "").replace("2025-02-07", "someday")
    )
    rows, report = read(AdsbxCsv(), write(tmp_path / "raw.csv", text))
    assert rows.height == 1
    assert {f for _, f, _ in reasons(report)} == {None, "time", "altitude"}


def test_real_two_days() -> None:
    reading = read_all(real("adsbx_csv"))
    rows = reading.positions
    assert rows.height == 7889
    assert rows["on_ground"].sum() == 1319
    assert rows["time_utc"].is_sorted()
    assert rows["callsign"].null_count() < 50
    assert reading.problems.is_empty()
    assert reading.identities["registration"].to_list() == ["N17104"]
