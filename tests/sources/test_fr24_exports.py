"""Flightradar24's CSV, granular CSV and KML."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.made import cut_gzip, read, real, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.sources.fr24 import flight_id, track_id
from wheelsdown.sources.fr24_csv import Fr24Csv
from wheelsdown.sources.fr24_granular import Fr24Granular
from wheelsdown.sources.fr24_kml import Fr24Kml
from wheelsdown.sources.interface import InputFile, Report

HEAD = "Timestamp,UTC,Callsign,Position,Altitude,Speed,Direction\n"
ROWS = (
    '1700000000,2023-11-14T22:13:20Z,SIM1,"-33.946100,-70.785800",0,12,172\n'
    '1700000060,2023-11-14T22:14:20Z,SIM1,"-33.930000,-70.780000",0,123,172\n'
    '1700000120,2023-11-14T22:15:20Z,SIM1,"-33.900000,-70.770000",1550,180,171\n'
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("JL516_3376ab31.csv", "3376ab31"),
        ("AZQ123_2fd1c2ab.kml", "2fd1c2ab"),
        ("JL516-3376AB31 (1).csv", "3376ab31"),
        ("XX1_c2fde87.kml.gz", "c2fde87"),
        ("3376ab31.json", "3376ab31"),
        ("AZQ123_20230901.csv", None),
        ("AZQ123_20239999.csv", "20239999"),
        ("flight.csv", None),
    ],
)
def test_flight_id(name: str, found: str | None) -> None:
    assert flight_id(name) == found


def test_files_of_one_name_without_an_id_stay_apart() -> None:
    first, second = (pl.Series([datetime(2024, 1, d, tzinfo=UTC)]) for d in (1, 2))
    assert track_id("flight.csv", first) != track_id("flight.csv", second)
    assert track_id("flight.csv", first) == track_id("flight.kml", first)


def test_csv_zero_is_ground_only_when_slow(tmp_path: Path) -> None:
    frame, report = read(Fr24Csv(), write(tmp_path / "SIM1_00ab12cd.csv", HEAD + ROWS))
    assert not report.problems
    assert frame["latitude_deg"].to_list() == [-33.9461, -33.93, -33.9]
    assert frame["longitude_deg"].to_list() == [-70.7858, -70.78, -70.77]
    assert frame["on_ground"].to_list() == [True, None, None]
    assert frame["altitude_ft"].to_list() == [None, None, 1550.0]
    assert frame["time_utc"][0] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert frame["track_id"].unique().to_list() == ["fr24:00ab12cd"]
    assert frame["source"].unique().to_list() == ["SIMULATED flightradar24"]
    real, _ = read(Fr24Csv(), write(tmp_path / "b_00ab12cd.csv", HEAD + ROWS.replace("SIM1", "REAL1", 1)))
    assert real["source"].unique().to_list() == ["flightradar24"]  # one other call sign, and it counts as real


def test_csv_bad_rows_cost_themselves(tmp_path: Path) -> None:
    bad = (
        'soon,,SIM1,"1,2",0,0,0\n1700000180,,SIM1,"here",100,1,1\n1700000181,,SIM1\n'
        '1700000182,,SIM1,"1,2",high,1,1\n"broken\n'
    )
    frame, report = read(Fr24Csv(), write(tmp_path / "a_00ab12cd.csv", HEAD + ROWS + bad))
    assert frame.height == 4
    assert [(r, f) for r, f, _ in reasons(report)] == [
        (7, None),
        (9, None),
        (5, "timestamp"),
        (6, "position"),
        (8, "altitude"),
    ]
    assert frame["altitude_ft"].to_list()[-1] is None


def test_csv_naive_time_is_refused(tmp_path: Path) -> None:
    text = (
        'UTC,Callsign,Position,Altitude\n2023-11-14 22:13:20,SIM1,"1,2",100\n2023-11-14T22:13:21+02:00,SIM1,"1,2",100\n'
    )
    frame, report = read(Fr24Csv(), write(tmp_path / "a.csv", text))
    assert frame["time_utc"].to_list() == [datetime(2023, 11, 14, 20, 13, 21, tzinfo=UTC)]
    assert reasons(report) == [(2, "utc", "a time without a zone")]


def test_csv_semicolons_and_bom(tmp_path: Path) -> None:
    text = "\ufeff" + HEAD.replace(",", ";") + '1700000000;x;SIM1;"-1.5,2.5";100;1;1\n'
    frame, report = read(Fr24Csv(), write(tmp_path / "a.csv", text))
    assert (frame["latitude_deg"][0], frame["longitude_deg"][0]) == (-1.5, 2.5)
    assert not report.problems


def test_csv_truncated_gzip_keeps_the_good_part(tmp_path: Path) -> None:
    lines = "".join(f'{1700000000 + i},x,SIM1,"{i / 1000},{-i / 777}",{i},{i % 97},{i % 360}\n' for i in range(3000))
    frame, report = read(Fr24Csv(), cut_gzip(tmp_path / "a_00ab12cd.csv.gz", (HEAD + lines).encode(), 0.6))
    assert 500 < frame.height < 3000
    assert "gzip" in report.problems[0].reason


def test_csv_without_rows(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no positions"):
        read(Fr24Csv(), write(tmp_path / "a.csv", HEAD))


GRANULAR = (
    "network_time,receiver_time,hex,callsign,latitude,longitude,no_position,altitude,squawk,speed,track,vspeed,"
    "on_ground,flags,position_class,,,\n"
    "2024-01-02 07:41:03Z.515,2024-01-02 07:41:02Z.997,0xFFE001,SIM1,-41.5,-141.6,P,-75,416,401,192,1728,A,4,ADS-B,"
    "P:8,S:ADS-B,GPSA:26075\n"
    "2024-01-02 07:41:04Z.515,1970-01-01 00:00:00Z.000,0xFFE001,,-41.5,-141.6,P,26650,0,0,0,0,A,4,ADS-B,S:MLAT,,,,,\n"
    "2024-01-02 07:41:05Z.515,2024-01-02 03:00:00Z.000,0xFFE001,,-41.5,-141.6,P,0,0,0,90,0,G,4,ADS-B\n"
    "2024-01-02 07:41:06Z.515,2024-01-02 07:41:06Z.100,0xFFE001,,0,0,N,0,0,0,0,0,N,4,ADS-B\n"
)


def test_granular(tmp_path: Path) -> None:
    frame, report = read(Fr24Granular(), write(tmp_path / "g.csv", GRANULAR))
    assert frame.height == 3
    assert frame["time_utc"].dt.strftime("%H:%M:%S%.3f").to_list() == ["07:41:02.997", "07:41:04.515", "07:41:05.515"]
    assert frame["icao24"].unique().to_list() == ["ffe001"]
    assert frame["altitude_ft"].to_list() == [-75.0, 26650.0, 0.0]
    assert frame["altitude_geom_ft"].to_list() == [26075.0, None, None]
    assert frame["on_ground"].to_list() == [False, False, True]
    assert frame["groundspeed_kt"].to_list() == [401.0, None, 0.0]
    assert frame["track_deg"].to_list() == [192.0, None, 90.0]
    assert frame["squawk"].to_list() == ["0416", None, None]
    assert frame["position_source"].to_list() == ["adsb", "mlat", "adsb"]
    assert report.notes == ["1 messages without a position were passed over"]


def placemark(when: str, point: str, words: str) -> str:
    return (
        f"<Placemark><name>x</name><description><![CDATA[<div>{words}</div>]]></description>"
        f"<TimeStamp><when>{when}</when></TimeStamp><Point><coordinates>{point}</coordinates></Point></Placemark>"
    )


def said(altitude: str, speed: int, heading: int) -> str:
    return (
        f"<span><b>Altitude:</b></span> <span>{altitude} ft</span><span><b>Speed:</b></span> <span>{speed} kt</span>"
        f"<span><b>Heading:</b></span> <span>{heading}&deg;</span>"
    )


def kml(*placemarks: str) -> str:
    line = "<Placemark><LineString><coordinates>1,2,3 4,5,6</coordinates></LineString></Placemark>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>SM1/SIM1</name><Folder><name>Route</name>{''.join(placemarks)}</Folder>{line}</Document></kml>"
    )


POINTS = (
    placemark("2023-11-14T22:13:20+00:00", "-70.785800,-33.946100,0", said("0", 12, 172)),
    placemark("2023-11-14T22:14:20+00:00", "-70.780000,-33.930000,0", said("0", 123, 172)),
    placemark("2023-11-14T22:15:20+00:00", "-70.770000,-33.900000,472.44", said("1,550", 180, 171)),
)


def test_kml_equals_the_csv_of_the_same_flight(tmp_path: Path) -> None:
    from_kml, report = read(Fr24Kml(), write(tmp_path / "SIM1_00ab12cd.kml", kml(*POINTS)))
    from_csv, _ = read(Fr24Csv(), write(tmp_path / "SIM1_00ab12cd.csv", HEAD + ROWS))
    assert not report.problems
    columns = [c for c in from_csv.columns if c != "row"]
    assert from_kml.select(columns).equals(from_csv.select(columns))


def test_kml_metres_where_no_feet_are_said(tmp_path: Path) -> None:
    words = "Speed: 3 kt Heading: 98 Altitude: unknown"
    point = placemark("2023-11-14T22:13:20+00:00", "1,2,304.8", words)
    frame, _ = read(Fr24Kml(), write(tmp_path / "a.kml", kml(point)))
    assert frame["altitude_ft"].to_list() == [1000.0]


@pytest.mark.parametrize("evil", ['<!DOCTYPE k [<!ENTITY a "b">]>', "<!doctype k>", "<!ENTITY z 'z'>"])
def test_kml_refuses_entities(tmp_path: Path, evil: str) -> None:
    text = kml(*POINTS).replace("<kml", evil + "<kml", 1)
    with pytest.raises(SourceError, match="document type"):
        read(Fr24Kml(), write(tmp_path / "a.kml", text), detect=False)


def test_kml_cut_off_keeps_the_good_part(tmp_path: Path) -> None:
    whole = kml(*POINTS)
    frame, report = read(Fr24Kml(), write(tmp_path / "a.kml", whole[: whole.index("1,550")]))
    assert frame.height == 2
    assert "ends early" in report.problems[0].reason


def test_kml_lines_only(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no placemark with a time"):
        read(Fr24Kml(), write(tmp_path / "a.kml", kml().replace("SM1", "flightradar24")))


def test_kml_of_others_is_not_claimed() -> None:
    head = b"<kml><Placemark><TimeStamp><when>x</when></TimeStamp><Point/></Placemark></kml>"
    assert not Fr24Kml().detect(head, "a.kml")


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([HEAD.encode(), GRANULAR.encode()[:160], b"<kml>Altitude:Speed:Heading:"])
)
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, junk: bytes, start: bytes) -> None:
    path = write(tmp_path_factory.mktemp("f") / "a_00ab12cd.csv", start + junk)
    for source in (Fr24Csv(), Fr24Granular(), Fr24Kml()):
        file = InputFile(path, Report(str(path)))
        if source.detect(file.head, file.name):
            try:
                list(source.read(file))
            except SourceError:
                continue


def test_real_csv() -> None:
    frame, report = read(Fr24Csv(), real("fr24_csv/JL516_3376ab31.csv"))
    assert (frame.height, report.problems) == (305, [])
    assert frame["on_ground"].sum() == 1
    assert frame["track_id"][0] == "fr24:3376ab31"
    assert (frame["position_source"] == "unknown").all()


def test_real_granular() -> None:
    frame, report = read(Fr24Granular(), real("fr24_csv/JL516_Flightradar24_ADS-B_data_granular.csv"))
    assert (frame.height, report.problems) == (12_374, [])
    assert report.notes == ["5147 messages without a position were passed over"]
    assert frame["icao24"].unique().to_list() == ["8467d8"]
    assert frame["time_utc"].min() > datetime(2024, 1, 2, 7, 40, tzinfo=UTC)  # type: ignore[operator]
    assert frame["altitude_ft"].min() < 0  # type: ignore[operator]
