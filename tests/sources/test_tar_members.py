"""Walking tars: the same members as tarfile, and what is damaged, told with its byte."""

from __future__ import annotations

import io
import itertools
import random
import re
import struct
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.tars import name_of, release, tar
from wheelsdown.sources.day_quality import DayQuality
from wheelsdown.sources.interface import Report
from wheelsdown.sources.tar_header import unsafe
from wheelsdown.sources.tar_members import Member, Part, find_header, members, parse_header

FORMS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
noise = random.Random(1).randbytes  # noqa: S311


def walk(stream, wanted=lambda name: True, **more):
    report, quality = Report("day.tar"), DayQuality()
    if isinstance(stream, bytes):
        stream = io.BytesIO(stream)
    got = list(members(stream, wanted=wanted, report=report, quality=quality, **more))
    return got, report, quality


def files(got):
    return [(m.name, data) for m, data in got if m.kind == "file"]


def told(report):
    return [p.reason for p in report.problems]


@pytest.mark.parametrize("form", FORMS)
def test_the_members_are_those_of_tarfile_with_their_places(form):
    made = [("./", None), ("./a.json", b"x" * 700), ("./traces/66/", None), ("./empty", b""), ("./z", b"y" * 512)]
    data = tar(made, form=form)
    got, report, quality = walk(data)
    assert [(m.name.rstrip("/"), d) for m, d in got] == [(n.rstrip("/"), d) for n, d in made]
    assert [m.kind for m, _ in got] == ["folder", "file", "folder", "file", "file"]
    for m, d in got:
        assert d is None or data[m.data_offset : m.data_offset + m.size] == d
        assert parse_header(data[m.header_offset :], m.header_offset) == m
    assert not report.problems
    assert quality.end_reached
    assert quality.bytes == len(data)
    assert quality.damage == []


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_large_sizes_are_read(form):
    long = "./" + "/".join(["folder" * 5] * 10) + "/träce.json"
    data = tar([(long, b"1"), ("./b", b"2")], form=form)
    got, report, _ = walk(data)
    assert files(got) == [(long, b"1"), ("./b", b"2")]
    assert got[0][0].header_offset == 0
    assert got[0][0].data_offset > 512
    assert not report.problems
    info = tarfile.TarInfo("./huge")
    info.size = 9 << 30  # beyond eleven octal digits
    assert parse_header(info.tobuf(tarfile.GNU_FORMAT)) == Member("./huge", 0, 512, 9 << 30)


def test_a_size_in_a_pax_header_counts_for_files_only():
    def pax(**records):
        info = tarfile.TarInfo("./real")
        info.pax_headers = records
        return info.tobuf(tarfile.PAX_FORMAT)

    body = b"abc" + bytes(509)
    data = pax(size="3") + body + tar([("./next", b"n")])
    got, report, _ = walk(data)
    assert files(got) == [("./real", b"abc"), ("./next", b"n")]
    folder = tarfile.TarInfo("./folder")
    folder.type, folder.pax_headers = tarfile.DIRTYPE, {"size": "700"}
    got, report, _ = walk(folder.tobuf(tarfile.PAX_FORMAT) + tar([("./next", b"n")]))
    assert [m.name for m, _ in got] == ["./folder/", "./next"]
    assert not report.problems


def test_what_is_not_wanted_is_passed_over_and_counted():
    made = release(["600866"])
    asked = []

    def wanted(name):
        asked.append(name)
        return name == name_of("600866")

    got, report, quality = walk(tar(made), wanted)
    assert [n for n, d in files(got) if d is not None] == [name_of("600866")]
    assert len(asked) == 256 + 48 + 1
    assert (quality.folders, quality.trace_files, quality.heatmaps) == (256, 256, 48)
    assert quality.verdict() == ("received", None)
    assert not report.problems


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_header_costs_one_member(form):
    made = [(f"./{i}", noise(1500)) for i in range(5)]
    data = bytearray(tar(made, form=form))
    at = [m.header_offset for m, _ in walk(bytes(data))[0]]
    data[at[2] + 3] ^= 1
    got, report, quality = walk(bytes(data))
    assert files(got) == made[:2] + made[3:]
    assert told(report)[0] == f"the header at byte {at[2]} is damaged"
    assert "to the next header could not be read" in told(report)[1]
    assert quality.end_reached
    assert quality.verdict()[0] == "damaged"
    assert f"byte {at[2]}" in quality.verdict()[1]


def test_a_damaged_last_header_still_reaches_the_end():
    data = bytearray(tar([("./0", b"0"), ("./1", b"1")]))
    data[1024] ^= 1
    got, report, quality = walk(bytes(data))
    assert files(got) == [("./0", b"0")]
    assert quality.end_reached
    assert "to the end of what is there" in told(report)[1]


@pytest.mark.parametrize("keep", [100, 512, 600, 2048, 2100, 2500, 3583])
def test_a_cut_off_archive_says_what_is_missing(keep):
    data = tar([("./0", noise(1000)), ("./1", noise(1000)), ("./2", noise(1000))])
    got, report, quality = walk(data[:keep])
    whole = {100: 0, 512: 0, 600: 0, 2048: 1, 2100: 1, 2500: 1, 3583: 2}[keep]
    assert [n for n, _ in files(got)] == [f"./{i}" for i in range(whole)]
    assert not quality.end_reached
    assert len(report.problems) == 1
    assert "cut off" in told(report)[0]
    assert "the end of the archive was not reached" in quality.verdict()[1]


def test_a_member_cut_off_is_named_with_what_is_there():
    _, report, _ = walk(tar([("./0", noise(1000))])[:900])
    assert told(report) == ["cut off inside ./0: 388 of its 1000 bytes are there, up to byte 900"]
    assert "fetch it again" in report.problems[0].remedy


def test_nothing_at_all_is_told():
    got, report, quality = walk(b"")
    assert (got, told(report)) == ([], ["empty: there is no archive in it"])
    assert not quality.end_reached


def test_bytes_after_the_end_are_ignored_by_name_and_a_second_archive_is_told():
    one = tar([("./0", b"0")])
    got, report, quality = walk(one + b"rubbish")
    assert (len(got), told(report), quality.end_reached) == (1, [], True)
    assert "after the end mark were ignored" in report.notes[0]
    got, report, quality = walk(one + tar([("./1", b"1")]))
    assert len(got) == 1
    assert "further members follow the end mark" in told(report)[0]
    assert quality.verdict()[0] == "damaged"
    hole = bytearray(tar([(f"./{i}", noise(400)) for i in range(9)]))
    hole[1024:3072] = bytes(2048)
    _, report, _ = walk(bytes(hole))
    assert "further members follow the end mark" in told(report)[0]


def test_one_block_of_zeros_is_no_end():
    one, two = tar([("./0", b"0")])[:1024], tar([("./1", b"1")])
    got, report, quality = walk(one + bytes(512) + two)
    assert [n for n, _ in files(got)] == ["./0", "./1"]
    assert told(report) == ["a block of zeros at byte 1024 is no end mark"]
    assert quality.end_reached
    _, report, quality = walk(one + bytes(512))
    assert not quality.end_reached
    assert "the end mark is missing" in told(report)[0]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/passwd", "absolute"),
        ("../../up", r"\.\."),
        ("./traces/../../x", r"\.\."),
        ("./a\\b", "backslash"),
        ("C:evil", "absolute"),
        ("./a\x1b[2J", "control"),
        ("./a\nb", "control"),
    ],
)
def test_hostile_names_are_left_out_and_told(name, why):
    data = tar([(name, b"evil"), ("./good", b"g"), (name, b"evil")], form=tarfile.PAX_FORMAT)
    got, report, quality = walk(data)
    assert files(got) == [("./good", b"g")]
    assert len(report.problems) == 1
    assert "(2 members, the first is shown)" in told(report)[0]
    assert report.problems[0].value.isprintable()
    assert re.search(why, told(report)[0])
    assert quality.verdict()[0] == "damaged"


def test_names_are_confined():
    assert unsafe("./traces/66/trace_full_600866.json") is None
    assert unsafe("./a..b/..c") is None
    assert "control" in str(unsafe("a\0b"))


def test_a_nul_in_a_pax_name_is_hostile():
    record = b"20 path=./a\0/../b\n"
    record = str(len(record)).encode() + record[2:]
    head = tarfile.TarInfo("./PaxHeader")
    head.type, head.size = tarfile.XHDTYPE, len(record)
    data = head.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0") + tar([("./x", b"x"), ("./y", b"y")])
    got, report, _ = walk(data)
    assert files(got) == [("./y", b"y")]
    assert "control character" in told(report)[0]


def test_large_members_are_passed_over_and_told():
    data = tar([(name_of("d00001"), bytes(3000)), ("./big", bytes(3000)), ("./small", b"s")])
    got, report, quality = walk(data, max_member_bytes=2999)
    assert files(got) == [(name_of("d00001"), None), ("./big", None), ("./small", b"s")]
    assert len(told(report)) == 2
    assert "has 3000 bytes, more than the 2999" in told(report)[0]
    assert quality.damage_count == 2


def test_a_header_that_promises_more_than_there_is_takes_no_memory():
    info = tarfile.TarInfo(name_of("d00001"))
    info.size = 1 << 40
    got, report, _ = walk(info.tobuf(tarfile.GNU_FORMAT) + bytes(2000))
    assert not got
    assert "2000 of its 1099511627776 bytes" in told(report)[-1]
    long = tarfile.TarInfo("././@LongLink")
    long.type, long.size = tarfile.GNUTYPE_LONGNAME, 2 << 20
    got, report, _ = walk(long.tobuf(tarfile.GNU_FORMAT) + bytes(2 << 20) + tar([("./x", b"x")]))
    assert files(got) == [("./x", b"x")]
    assert "long name of 2097152 bytes" in told(report)[0]


def test_links_and_devices_are_given_by_name_only():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"./{kind.decode()}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    got, report, quality = walk(out.getvalue())
    assert [(m.kind, d) for m, d in got] == [("link", None), ("link", None), ("device", None)]
    assert not report.problems
    assert quality.trace_files == 0


def test_parts_that_join_are_one_archive():
    made = [(f"./{i}", noise(1500)) for i in range(6)]
    data = tar(made)
    for cut in (1, 512, 700, 2048, 2100, 4000, len(data) - 600):
        parts = [Part("day.tar.aa"), data[:cut], Part("day.tar.ab"), data[cut:]]
        got, report, quality = walk(parts)
        assert files(got) == made
        assert not report.problems
        assert quality.end_reached


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("lost", [1, 100, 511, 513, 3000])
def test_a_part_that_does_not_join_costs_what_lies_at_the_seam_only(asked, lost):
    made = [(f"./{i:02d}", noise(1500)) for i in range(20)]
    data = tar(made)
    cut = 9 * 2048 + 900
    got, report, quality = walk(
        [Part("day.tar.aa"), data[: cut - lost], Part("day.tar.ab"), data[cut:]], lambda name: asked
    )
    names = [n for n, _ in files(got)]
    left_out = {n for n, _ in made} - set(names)
    assert left_out <= {"./07", "./08", "./09"}
    assert "./09" in left_out
    assert all(d == dict(made)[n] for n, d in files(got) if d is not None)
    assert "day.tar.ab does not join the part before it" in told(report)[0]
    assert "byte 0 of day.tar.ab" in told(report)[0]
    assert quality.end_reached
    assert quality.verdict()[0] == "damaged"


@pytest.mark.parametrize("asked", [True, False])
def test_a_missing_part_in_the_middle_and_at_the_start(asked):
    made = [(f"./{i:02d}", noise(1500)) for i in range(20)]
    data = tar(made)
    a, b = 9 * 2048 + 900, 14 * 2048 + 900
    got, report, quality = walk(
        [Part("d.tar.aa"), data[:a], Part("d.tar.ac", joins=False), data[b:]], lambda name: asked
    )
    assert [n for n, _ in files(got)] == [n for n, _ in made[:9] + made[15:]]
    assert "cut off inside ./09" in told(report)[0]
    assert "the part before d.tar.ac is missing" in told(report)[1]
    assert quality.end_reached
    got, report, _ = walk([Part("d.tar.ab", joins=False), data[b:]], lambda name: asked)
    assert [n for n, _ in files(got)] == [n for n, _ in made[15:]]
    assert "the part before d.tar.ab is missing" in told(report)[0]
    assert "from byte 0 of d.tar.ab" in told(report)[1]


def test_finding_headers_in_a_range_of_bytes():
    data = tar([("./0", noise(1500)), ("./1", noise(10))])
    assert find_header(data) == 0
    assert find_header(data, 1, step=1) == 2048
    assert find_header(data, 512) == 2048
    assert find_header(data[100:], 412) == 2048 - 100
    assert find_header(data[100:], 0) == -1
    assert find_header(b"ustar" * 1000) == -1
    assert parse_header(data[:511]) is None
    assert parse_header(bytes(512)) is None
    signed = bytearray(tarfile.TarInfo("n\xe4me").tobuf(tarfile.GNU_FORMAT, "latin-1"))
    total = sum(struct.unpack("512b", bytes(signed[:148]) + b" " * 8 + bytes(signed[156:])))
    signed[148:156] = b"%06o\0 " % total
    assert parse_header(bytes(signed)) is not None


names = st.lists(
    st.text("abcdefghij_é-.", min_size=1, max_size=60).filter(lambda s: s.strip(".") != ""), min_size=1, max_size=4
).map("/".join)
sets = st.lists(st.tuples(names, st.binary(max_size=1600)), max_size=8)


@settings(max_examples=120, deadline=None)
@given(sets, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), st.lists(st.integers(0, 20_000), max_size=6))
def test_random_members_and_splits_are_those_of_tarfile(made, form, cuts):
    data = tar(made, form=form)
    edges = [0, *sorted({c for c in cuts if c < len(data)}), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(edges)]
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        theirs = [(m.name, m.offset, m.offset_data, m.size) for m in archive]
    for stream in (pieces, [x for i, p in enumerate(pieces) for x in (Part(str(i)), p)]):
        got, report, quality = walk(stream)
        assert [(m.name, m.header_offset, m.data_offset, m.size) for m, _ in got] == theirs
        assert files(got) == made
        assert not report.problems
        assert quality.end_reached


@settings(max_examples=150, deadline=None)
@given(
    sets,
    st.lists(st.tuples(st.integers(0, 15_000), st.binary(min_size=1, max_size=600)), max_size=4),
    st.lists(st.tuples(st.integers(0, 15_000), st.booleans()), max_size=4),
    st.booleans(),
)
def test_damage_never_stops_the_walk_and_never_makes_members_up(made, damage, cuts, asked):
    data = bytearray(tar(made))
    for at, what in damage:
        data[at : at + len(what)] = what
    edges = dict(sorted(dict(cuts).items()))
    stream, before = [Part("aa")], 0
    for at, joins in edges.items():
        stream += [bytes(data[before:at]), Part(f"x{at}", joins)]
        before = at
    stream.append(bytes(data[before:]))
    got, report, quality = walk(stream, lambda name: asked)
    assert all(m.size == len(d) for m, d in got if d is not None)
    if not quality.end_reached:
        assert report.problems
    assert quality.bytes >= 0


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_random_bytes_are_told_and_never_crash(data):
    got, report, _ = walk(data)
    assert not got
    assert report.problems
