"""Heatmaps: every trap of the format, by hand vectors and made files."""

from __future__ import annotations

import gzip
import struct
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.heatmaps import T0, header, heatmap, info, position
from tests.sources.made import read as read_one
from tests.sources.made import write
from wheelsdown.schema import POSITIONS
from wheelsdown.sources import load_all, read, readsb_heatmap
from wheelsdown.sources.interface import Report
from wheelsdown.sources.readsb_heatmap import ReadsbHeatmap, read_heatmap
from wheelsdown.sources.readsb_trace import ReadsbTrace


def decode(data):
    report = Report("SIM")
    frame = read_heatmap(data, name="SIM", report=report)
    POSITIONS.conform(frame.drop("row"), fill=True)
    return frame, [p.reason for p in report.problems]


def column(frame, name):
    return frame[name].to_list()


def test_the_hand_vectors():
    head = bytes.fromhex("9d7c7f0e8b010000e803000030750000")
    about = struct.pack("<Ii8s", 0xE40001, (1 << 30) | 20, b"ABCDEFGH")
    other = struct.pack("<Iiihh", (11 << 27) | (1 << 24) | 0xABCDEF, -23500000, -46600000, -123, -1)
    own = struct.pack("<Iiihh", 0xE40001, 50000000, 8500000, -2, 5)
    frame, told = decode(head + about + other + own)
    assert told == []
    first, second = frame.to_dicts()
    assert first["time_utc"] == datetime.fromtimestamp(((395 << 32) + 1000) / 1000, UTC)
    assert (first["icao24"], first["position_source"], first["on_ground"]) == ("~abcdef", "tisb", True)
    assert (first["latitude_deg"], first["longitude_deg"]) == (-23.5, -46.6)
    assert (first["altitude_ft"], first["groundspeed_kt"], first["callsign"], first["squawk"]) == (None,) * 4
    assert (second["icao24"], second["squawk"], second["callsign"]) == ("e40001", "0020", "ABCDEFGH")
    assert (second["altitude_ft"], second["groundspeed_kt"], second["on_ground"]) == (-50.0, 0.5, False)
    assert second["position_source"] == "adsb"
    assert column(frame, "source") == ["readsb-heatmap"] * 2
    assert column(frame, "row") == [3, 4]


def test_southern_latitudes_are_no_info_records():
    places = [(-1e-6, -1e-6), (-89.9, -179.9), (-23.5, 46.6), (0.000001, -180.0), (89.9, 180.0), (-0.5, 0.0)]
    frame, told = decode(heatmap([[position(0xD00000 + i, *p) for i, p in enumerate(places)]]))
    assert [
        (a, b) for a, b in zip(column(frame, "latitude_deg"), column(frame, "longitude_deg"), strict=True)
    ] == places
    assert column(frame, "icao24") == [f"d0000{i}" for i in range(6)]
    assert told == []


def test_what_an_info_record_says_holds_until_the_next_of_that_address():
    a, b, other = 0xD00001, 0xD00002, 0x1D00001
    frame, told = decode(
        heatmap(
            [
                [position(a, 1, 1), info(a, 7654, b"SIM1    "), info(other, 1, b"OTHER\0\0\0"), position(b, 2, 2)],
                [position(a, 1, 1), position(other, 3, 3, kind=11)],
                [info(b, 0, bytes(8)), position(b, 2, 2), position(a, 1, 1)],
                [info(a, 20, b"\0IM2    "), position(a, 1, 1)],
                [
                    info(a, 8888, b"S\xc9\x07\x7fM3\0 "),
                    position(a, 1, 1),
                    info(b, 77, b"SIM4\0\0\0\0"),
                    position(b, 2, 2),
                ],
            ]
        )
    )
    assert told == []
    rows = list(zip(column(frame, "icao24"), column(frame, "callsign"), column(frame, "squawk"), strict=True))
    assert rows == [
        ("d00001", None, None),
        ("d00002", None, None),
        ("d00001", "SIM1", "7654"),
        ("~d00001", "OTHER", "0001"),
        ("d00002", None, None),
        ("d00001", "SIM1", "7654"),
        ("d00001", None, "0020"),
        ("d00001", "S?\x07?M3\0", None),
        ("d00002", "SIM4", "0077"),
    ]
    assert frame["time_utc"].dt.epoch("ms").to_list() == [T0 + 30_000 * i for i in (0, 0, 1, 1, 2, 2, 3, 4, 4)]


def test_heights_and_speeds_and_what_stands_for_none():
    a = 0xD00001
    frame, _ = decode(
        heatmap([[position(a, 1, 1, alt, gs) for alt, gs in
                  [(-123, 0), (-124, -1), (0, 10), (-4, 5500), (1600, -1), (-122, 1)]]])
    )  # fmt: skip
    assert column(frame, "on_ground") == [True, None, False, False, False, False]
    assert column(frame, "altitude_ft") == [None, None, 0.0, -100.0, 40_000.0, -3050.0]
    assert column(frame, "groundspeed_kt") == pytest.approx([0.0, None, 1.0, 550.0, None, 0.1])


def test_how_a_position_was_obtained_is_known_from_february_2022_on():
    words = ["adsb", "adsb", "adsr", "tisb", "adsc", "mlat", "other", "mode_s", "adsb", "adsr", "tisb", "tisb"]
    words += ["mode_s", "unknown", "unknown", "unknown", *["unknown"] * 16]
    records = [position(0xD00001, 1, 1, kind=k) for k in range(32)]
    day = int(datetime(2022, 2, 10, tzinfo=UTC).timestamp() * 1000)
    frame, _ = decode(heatmap([records], start_ms=day))
    assert column(frame, "position_source") == words
    frame, _ = decode(heatmap([records[:1], records[:1]], start_ms=day - 30_000))
    assert column(frame, "position_source") == ["unknown", "adsb"]


def test_the_index_is_passed_over_and_alone_is_told():
    data = heatmap([[position(0xD00001, 1, 1)], [], [position(0xD00001, 1, 2)]])
    frame, told = decode(data)
    assert (frame.height, told) == (2, [])
    frame, told = decode(data[:48])
    assert frame.height == 0
    assert told == ["an index of slices and nothing else: no slice in it"]
    assert decode(b"")[1] == ["empty: no slice in it"]
    assert decode(heatmap([[], []]))[1] == []


def test_damage_is_told_and_the_rest_is_kept():
    data = heatmap([[position(0xD00001, 1, 1)], [position(0xD00001, 1, 2)]])
    frame, told = decode(data[:-3])
    assert frame.height == 1
    assert told[0].startswith(f"cut off: {len(data) - 3} bytes are not a whole number of records")
    frame, told = decode(header(5) + position(0xD00001, 1, 1) + header(T0) + position(0xD00001, 1, 2))
    assert frame.height == 1
    assert told == ["1 of 2 slices have no time between 2000 and 2100"]
    frame, told = decode(header((1 << 64) - 1) + position(0xD00001, 1, 1))
    assert frame.height == 0
    assert len(told) == 1


def test_gzip_whatever_the_name_says_also_cut_off_or_damaged():
    data = heatmap([[position(0xD00000 + i, i / 100, -i / 100) for i in range(5000)]])
    packed = gzip.compress(data, mtime=0)
    assert decode(packed)[0].equals(decode(data)[0])
    frame, told = decode(packed[: len(packed) // 2])
    assert 100 < frame.height < 5000
    assert "cut off after" in told[0]
    bad = bytearray(packed)
    bad[len(bad) // 2 :] = b"\xff" * (len(bad) - len(bad) // 2)
    frame, told = decode(bytes(bad))
    assert "damaged after" in told[0]


def test_a_bomb_is_unpacked_to_a_limit_only(monkeypatch):
    monkeypatch.setattr(readsb_heatmap, "UNPACKED_MOST", 1 << 20)
    frame, told = decode(gzip.compress(heatmap([[position(0xD00001, 1, 1)] * 200_000])))
    assert told == [f"unpacks to more than {1 << 20} bytes; the rest was left out"]
    assert frame.height == (1 << 16) - 2


def test_more_addresses_than_expected_are_all_kept(monkeypatch):
    monkeypatch.setattr(readsb_heatmap, "_SLOTS", 4)
    many = [position(0xD00000 + i * 7919 % 100_000, 1, 1) for i in range(300)]
    frame, told = decode(heatmap([many, many]))
    assert told == []
    assert frame["icao24"].to_list() == [f"{0xD00000 + i * 7919 % 100_000:06x}" for i in range(300)] * 2


def test_through_the_reading_of_files(tmp_path):
    data = heatmap([[info(0xD00001, 20, b"SIM1    "), position(0xD00001, -23.5, -46.6), position(0xD00002, -95, 1),
                     position(0x1D00003, 1, 1, kind=11)]])  # fmt: skip
    path = write(tmp_path / "17.bin.ttf", gzip.compress(data))
    got = read(path)
    assert got.positions["icao24"].to_list() == ["d00001", "~d00003"]
    assert got.problems["reason"].to_list() == ["latitude outside -90 to 90"]
    assert got.problems["row"].to_list() == [5]
    assert got.receipts["format"].to_list() == ["readsb-heatmap"]
    assert got.positions["receipt"].n_unique() == 1
    assert set(got.positions["source"]) == {"readsb-heatmap"}


def test_detection_by_content():
    source = ReadsbHeatmap()
    data = heatmap([[position(0xD00001, 1, 1)]] * 60)
    assert [s.name for s in load_all() if s.detect(data, "data")] == ["readsb-heatmap"]
    assert not source.detect(header(5), "00.bin.ttf")
    assert source.detect(data[: 60 * 16], "00.bin.ttf")
    assert not source.detect(data[: 60 * 16], "data")
    assert not source.detect(b"", "00.bin.ttf")
    assert not source.detect(b'{"icao":"d00001","trace":[]}', "00.bin.ttf")
    assert not ReadsbTrace().detect(data, "00.bin.ttf")


def test_the_source_reads_a_plain_file(tmp_path):
    path = write(tmp_path / "00.bin.ttf", heatmap([[position(0xD00001, 1, 1)]]))
    frame, report = read_one(ReadsbHeatmap(), path)
    assert frame.height == 1
    assert not report.problems


records = st.one_of(
    st.builds(
        position,
        st.integers(0, (1 << 25) - 1),
        st.floats(-90, 90),
        st.floats(-180, 180),
        st.integers(-124, 5000),
        st.integers(-1, 9000),
        st.integers(0, 31),
    ),
    st.builds(info, st.sampled_from([0xD00001, 0xD00002, 0x1D00001]), st.integers(0, 7777), st.binary(max_size=8)),
    st.builds(position, st.sampled_from([0xD00001, 0xD00002, 0x1D00001]), st.just(-1.0), st.just(-2.0)),
)


def by_hand(data: bytes) -> list[tuple]:
    """The format read the slow way."""
    out, said, now = [], {}, None
    for at in range(0, len(data), 16):
        word, lat, lon, alt, _ = struct.unpack_from("<Iiihh", data, at)
        address = word & 0x1FFFFFF
        if word == 0x0E7F7C9D:
            now = (lat << 32) | (lon & 0xFFFFFFFF)
        elif now is not None and lat >= 1 << 30:
            callsign = data[at + 8 : at + 16]
            text = "".join(chr(c) if c <= 0x7E else "?" for c in callsign.rstrip(b"\0")) if callsign[0] else ""
            said[address] = (text.strip() or None, f"{lat & 0xFFFF:04d}" if lat & 0xFFFF else None)
        elif now is not None:
            name = f"{'~' if address >> 24 else ''}{address & 0xFFFFFF:06x}"
            height = None if alt in (-123, -124) else alt * 25.0
            ground = {-123: True, -124: None}.get(alt, False)
            out.append((name, now, lat / 1e6, lon / 1e6, height, ground, *said.get(address, (None, None))))
    return out


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(records, max_size=12), max_size=5))
def test_made_files_read_as_by_hand(slices):
    data = heatmap(slices)
    frame, _ = decode(data)
    columns = ["icao24", "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "on_ground", "callsign", "squawk"]
    got = frame.select(columns).with_columns(pl.col("time_utc").dt.epoch("ms"))
    assert got.rows() == by_hand(data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.booleans(), st.booleans())
def test_random_bytes_never_crash(data, begun, packed):
    data = header(T0) + data if begun else data
    frame, told = decode(gzip.compress(data)[:-1] if packed else data)
    assert frame.height <= len(data) // 16
    assert told or begun
    if begun:
        assert ReadsbHeatmap().detect(data, "x")


def test_compiled_and_plain_code_give_the_same_rows(monkeypatch):
    own = position(0xD00001, -1, 1)
    least = position(0xFFFFFF, -90, -180, -32768, -32768, 31)
    most = position(0x1FFFFFF, 90, 180, 32767, 32767, 16)
    said, odd = info(0xD00001, 20, b"SIM1    "), info(0xD00001, 65535, b"\xff" * 8)
    data = heatmap([[said, least, own], [most, own, odd], [own]])
    compiled, _ = decode(data)
    monkeypatch.setattr(readsb_heatmap, "scan", getattr(readsb_heatmap.scan, "py_func", readsb_heatmap.scan))
    plain, _ = decode(data)
    assert compiled.equals(plain)
    assert compiled.height == 5
