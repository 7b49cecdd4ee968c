"""Flightradar24's playback JSON, historical positions, flight list and API."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.made import cut_gzip, read, real, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.sources.fr24_api import Fr24Api
from wheelsdown.sources.fr24_history import Fr24FlightList, Fr24History
from wheelsdown.sources.fr24_json import Fr24Json
from wheelsdown.sources.interface import InputFile, Report
from wheelsdown.sources.reading import read as read_all


def point(i: int, feet: object = 1000, **more: object) -> dict[str, Any]:
    return {
        "latitude": -10.0 - i / 100,
        "longitude": -20.0,
        "altitude": {"feet": feet, "meters": 0},
        "speed": {"kts": 150, "kmh": 0},
        "verticalSpeed": {"fpm": -700},
        "heading": 180,
        "squawk": "416",
        "timestamp": 1_700_000_000 + i,
        "ems": None,
        **more,
    }


def playback(track: object) -> str:
    flight = {
        "identification": {"id": "00AB12CD", "callsign": "SIM1"},
        "aircraft": {"model": {"code": "IL76"}, "identification": {"modes": "FFE001", "registration": "SIM-001"}},
        "airline": {"name": "Simulated Air", "code": {"icao": "SIM"}},
        "airport": {"origin": {"code": {"icao": "ZZAA"}}, "destination": None},
        "track": track,
    }
    return json.dumps({"result": {"response": {"timestamp": 1_700_100_000, "data": {"flight": flight}}}})


def test_playback(tmp_path: Path) -> None:
    ems = {"ts": 1_700_000_002, "altGPS": 1234}
    still = point(1, 0, speed={"kts": 20}, verticalSpeed={"fpm": 0})
    track = [point(0, 0), still, point(2, ems=ems, squawk="0"), point(3, ems=ems | {"ts": 1_700_000_900})]
    frame, report = read(Fr24Json(), write(tmp_path / "x.json", playback(track)))
    assert not report.problems
    assert frame["on_ground"].to_list() == [None, True, None, None]
    assert frame["altitude_ft"].to_list() == [None, None, 1000.0, 1000.0]
    assert frame["altitude_geom_ft"].to_list() == [None, None, 1234.0, None]
    assert frame["squawk"].to_list() == ["0416", "0416", None, "0416"]
    assert frame["track_id"][0] == "fr24:00ab12cd"
    claim = report.claims[0]
    assert (claim.icao24, claim.registration, claim.as_of) == ("ffe001", "SIM-001", "2023-11-16")
    assert claim.note == "labelled ZZAA to ?; a label is no evidence"


def test_playback_bad_points(tmp_path: Path) -> None:
    track = [point(0), point(1, latitude="x"), point(2, timestamp="2023-11-14 10:00:00"), point(3, "high"), 7, {}]
    frame, report = read(Fr24Json(), write(tmp_path / "x.json", playback(track)))
    assert frame["row"].to_list() == [1, 4, 5, 6]
    assert set(reasons(report)) == {
        (2, "latitude", "not a number"),
        (3, "timestamp", "a time without a zone"),
        (4, "feet", "not a number"),
    }


def test_playback_truncated_gzip(tmp_path: Path) -> None:
    path = cut_gzip(tmp_path / "x.json", playback([point(i) for i in range(2000)]).encode(), 0.7)
    frame, report = read(Fr24Json(), path)
    assert 500 < frame["latitude_deg"].drop_nulls().len() < 2000
    assert len(report.problems) == 2


@pytest.mark.parametrize("track", [None, [], "x"])
def test_playback_without_track(tmp_path: Path, track: object) -> None:
    with pytest.raises(SourceError, match="no track"):
        read(Fr24Json(), write(tmp_path / "x.json", playback(track)))


HISTORY = "snapshot_id,altitude,heading,latitude,longitude,radar_id,speed,squawk\n"
FLIGHTS = "flight_id,aircraft_id,reg,equip,callsign,flight,schd_from,schd_to,real_to,reserved\n"


def test_history_with_its_list(tmp_path: Path) -> None:
    write(tmp_path / "20170205_flights.csv", FLIGHTS + "77,16769025,SIM001,IL76,SIM1,X1,AAA,BBB,BBB,NA\n")
    (tmp_path / "p").mkdir()
    rows = "1486321236,0,0,-51.8,-8.4,19667,11,0\n1486321397,500,343,-51.8,-8.5,1299,23,4096\n"
    rows += "1486321399,500,343,-51.8,-8.5,1299,23,9\n"
    frame, report = read(Fr24History(), write(tmp_path / "p" / "20170205_77.csv", HISTORY + rows))
    assert frame["squawk"].to_list() == [None, "1000", None]
    assert frame["on_ground"].to_list() == [True, None, None]
    assert frame["callsign"].unique().to_list() == ["SIM1"]
    assert frame["track_id"].unique().to_list() == ["fr24:77"]
    assert report.notes[0].startswith("call sign from 20170205_flights.csv (receipt ")
    listed, told = read(Fr24FlightList(), tmp_path / "20170205_flights.csv")
    assert listed.is_empty()
    claim = told.claims[0]
    assert (claim.icao24, claim.registration, claim.track_id, claim.as_of) == (
        "ffe001",
        "SIM001",
        "fr24:77",
        "2017-02-05",
    )


def test_history_without_its_list(tmp_path: Path) -> None:
    frame, report = read(
        Fr24History(), write(tmp_path / "20170205_77.csv", HISTORY + "1486321236,0,0,51.8,-8.4,1,11,0\n")
    )
    assert frame["callsign"].to_list() == [None]
    assert not report.notes
    other, _ = read(Fr24History(), write(tmp_path / "some.csv", HISTORY + "1486321236,0,0,51.8,-8.4,1,11,0\n"))
    assert other["track_id"][0].startswith("fr24:some@")


TRACK = {
    "timestamp": "2023-11-14T22:13:20Z",
    "lat": -1.5,
    "lon": -2.5,
    "alt": 0,
    "gspeed": 140,
    "vspeed": -640,
    "track": 10,
    "squawk": "0416",
    "callsign": "SIM1",
    "source": "ADSB",
}


def test_api_tracks(tmp_path: Path) -> None:
    points = [
        TRACK,
        TRACK | {"alt": 900, "source": "ESTIMATED"},
        TRACK | {"timestamp": "2023-11-14T22:13:21", "source": "?"},
    ]
    points.append(TRACK | {"source": "MLAT", "lat": None})
    path = write(tmp_path / "t.json", json.dumps([{"fr24_id": "00AB12CD", "tracks": points}]))
    frame, report = read(Fr24Api(), path)
    assert frame["position_source"].to_list() == ["adsb", "estimated", "mlat"]
    assert frame["on_ground"].to_list() == [None, None, None]
    assert frame["track_id"].unique().to_list() == ["fr24:00ab12cd"]
    assert reasons(report) == [(3, "timestamp", "a time without a zone")]


def test_api_positions_name_the_aircraft(tmp_path: Path) -> None:
    row = TRACK | {"fr24_id": "00ab12cd", "hex": "FFE001", "reg": "SIM-001", "type": "IL76", "operating_as": "SIM"}
    row |= {"orig_icao": "ZZAA", "flight": None}
    frame, report = read(Fr24Api(), write(tmp_path / "p.json", json.dumps({"data": [row]})))
    assert frame["icao24"].to_list() == ["ffe001"]
    assert (report.claims[0].registration, report.claims[0].operator_icao) == ("SIM-001", "SIM")


def test_api_csv_equals_its_json(tmp_path: Path) -> None:
    header, cells = ",".join(TRACK), ",".join(str(v) for v in TRACK.values())
    from_csv, _ = read(Fr24Api(), write(tmp_path / "SIM1_00ab12cd.csv", f"{header}\n{cells}\n"))
    path = write(tmp_path / "t.json", json.dumps([{"fr24_id": "00ab12cd", "tracks": [TRACK]}]))
    from_json, _ = read(Fr24Api(), path)
    columns = [c for c in from_csv.columns if c != "row"]
    assert from_csv.select(columns).equals(from_json.select(columns))


def test_api_summary_names_the_aircraft_of_tracks(tmp_path: Path) -> None:
    flight = {"fr24_id": "00AB12CD", "hex": "D00001", "reg": "SIM-001", "first_seen": "2026-01-01T00:00:00"}
    strange = [{"fr24_id": "x", "first_seen": None}, {"hex": "D00002", "first_seen": ""}, {**flight, "fr24_id": 7}]
    summary = write(tmp_path / "summary.json", json.dumps({"data": [flight, *strange]}))
    frame, report = read(Fr24Api(), summary)
    assert frame.is_empty()
    (claim,) = report.claims
    assert (claim.track_id, claim.icao24, claim.registration) == ("fr24:00ab12cd", "d00001", "SIM-001")
    point = {"timestamp": "2026-01-01T00:00:00Z", "lat": 1.0, "lon": 2.0, "alt": 100, "gspeed": 1, "source": "ADSB"}
    write(tmp_path / "tracks.json", json.dumps([{"fr24_id": "00ab12cd", "tracks": [point]}]))
    both = read_all(tmp_path)
    assert both.positions["icao24"].to_list() == ["d00001"]
    assert both.problems.is_empty()


def test_api_empty(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no positions"):
        read(Fr24Api(), write(tmp_path / "t.json", '[{"fr24_id":"a","tracks":[]}]'))


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=8)
)
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, junk: object) -> None:
    folder = tmp_path_factory.mktemp("f")
    texts = [playback([point(0), junk, point(1, altitude=junk, timestamp=junk)]), playback(junk)]
    texts += [
        json.dumps([{"fr24_id": junk, "tracks": [TRACK | {"lat": junk, "source": junk, "timestamp": junk}, junk]}])
    ]
    texts += [json.dumps({"data": [{"fr24_id": 1, "lat": 1, "lon": 2, "timestamp": 1_700_000_000, "reg": junk}]})]
    for i, text in enumerate([*texts, *(t[: len(t) // 2] for t in texts)]):
        path = write(folder / f"{i}.json", text)
        for source in (Fr24Json(), Fr24Api()):
            file = InputFile(path, Report(str(path)))
            if source.detect(file.head, file.name):
                try:
                    list(source.read(file))
                except SourceError:
                    continue


@pytest.mark.parametrize(
    ("name", "points", "address"),
    [("2ce4f83f", 871, "ae503d"), ("3376ab31", 305, "8467d8"), ("34a8254b", 1249, "4b1901")],
)
def test_real_playback(name: str, points: int, address: str) -> None:
    frame, report = read(Fr24Json(), real(f"fr24_json/{name}.json"))
    assert (frame.height, report.problems) == (points, [])
    assert frame["icao24"].unique().to_list() == [address]
    assert (frame["position_source"] == "unknown").all()


def test_real_history() -> None:
    folder = real("fr24_history")
    rows = 0
    for path in sorted(folder.glob("*/*.csv")):
        frame, report = read(Fr24History(), path)
        rows += frame.height
        assert not report.problems
        assert frame["callsign"].null_count() == 0
        assert (frame["position_source"] == "unknown").all()  # no stretch of real flight is suspected
    assert rows == 4439
    _, report = read(Fr24FlightList(), folder / "20170205_flights.csv")
    assert {c.registration: c.icao24 for c in report.claims}["OKYBA"] == "49d2fd"
    assert datetime.fromisoformat(report.claims[0].as_of or "").replace(tzinfo=UTC).year == 2017
