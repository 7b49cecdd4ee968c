"""The case file: every field, and every error with its line."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import typing
from pathlib import Path

import msgspec
import pytest

from tests.case.made import FULL, SHORT, case, write
from wheelsdown.case import form_parts
from wheelsdown.case.form import Form
from wheelsdown.case.loading import load, load_text
from wheelsdown.errors import CaseError


def test_a_full_case_is_read_field_by_field(tmp_path: Path) -> None:
    path = write(tmp_path)
    got = load(path)
    assert got.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert got.raw == path.read_bytes()
    assert got.fleet.icao24 == ("d00001", "d00002")
    assert got.airfield[0].fact[0].value == 3000
    assert got.airfield[1].own
    assert got.events is not None
    assert got.events.from_ == "episodes"
    assert got.events.episode[0].began == dt.date(2023, 9, 16)
    assert got.arms[0].years == ((2016, 2020), (2019, 2019))
    assert got.path("photo.jpg") == tmp_path / "photo.jpg"
    assert got.airfields_of(got.window[0]) == ("LLOV",)
    assert got.airfields_of(got.window[1]) == ("LLOV", "XSIM")
    assert got.longest is got.window[0]
    assert got.ends(got.window[0]) == (dt.datetime(2023, 9, 1, tzinfo=dt.UTC), dt.datetime(2023, 9, 16, tzinfo=dt.UTC))
    assert got.ends(got.window[1]) == (
        dt.datetime(2023, 9, 20, 15, tzinfo=dt.UTC),
        dt.datetime(2023, 9, 21, 3, tzinfo=dt.UTC),
    )


def test_days_are_days_of_the_cases_zone(tmp_path: Path) -> None:
    got = load(write(tmp_path, FULL.replace('zone = "UTC"\nairfields', "airfields")))
    assert got.ends(got.window[0])[0] == dt.datetime(2023, 8, 31, 21, tzinfo=dt.UTC)


def test_every_field_stands_in_the_full_case(tmp_path: Path) -> None:
    """A field that is added without a test of it is found here."""
    got = load(write(tmp_path))
    written: set[str] = set()

    def walk(part: msgspec.Struct) -> None:
        for info in msgspec.structs.fields(part):
            value = getattr(part, info.name)
            if value != info.default or info.required:
                written.add(f"{type(part).__name__}.{info.name}")
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, msgspec.Struct):
                    walk(one)

    walk(got)
    known = {
        f"{n}.{f.name}"
        for n in form_parts.__all__
        if n != "Part"
        for f in msgspec.structs.fields(getattr(form_parts, n))
    }
    same_as_default = {"Comparison.visitors", "Trade.flow", "Events.from_"}
    left_out = {"Positions.files", "Positions.logs", "Positions.log_map", "Positions.scenario", "Positions.demo"}
    # no statement names its aircraft and means all of them
    either = {"Statement.all_aircraft"}
    assert known - written == same_as_default | left_out | either


WRONG = [
    ('name = "short"', 'name = "A Case!"', 2, "case.name", "small letters"),
    ('name = "short"', 'nane = "short"', 2, "case", "did you mean name?"),
    ('name = "short"', "name = 3", 2, "case.name", "put it in quotes"),
    ('title = "A short case"\n', "", 1, "case", "add title"),
    ('question = "How many?"', 'question = " "', 4, "case.question", "is empty"),
    ('question = "How many?"', 'question = "Q"\nzone = "Mars/Olympus"', 5, "case.zone", "IANA"),
    ("[fleet]", "[fleets]", 6, None, "did you mean fleet?"),
    ('operator = ["SIM Air Bridge"]', 'operator = "SIM Air Bridge"', 7, "fleet.operator", "in brackets"),
    ('operator = ["SIM Air Bridge"]', 'operator = [""]', 7, "fleet.operator[0]", "is empty"),
    ('operator = ["SIM Air Bridge"]', 'icao24 = ["xyz"]', 7, "fleet.icao24[0]", "six hex digits"),
    ('operator = ["SIM Air Bridge"]', 'name = "SIM"', 6, "fleet", "names no aircraft"),
    ('operator = ["SIM Air Bridge"]', 'selection = "fleet"', 7, "fleet.selection", "none is named"),
    ('operator = ["SIM Air Bridge"]', 'selection = "fleets"', 7, "fleet.selection", "did you mean fleet?"),
    ("[[airfield]]", "[airfield]", 9, "airfield", "two pairs"),
    ('code = "LLOV"', 'code = "VDA"', 10, "airfield[0].code", 'write code = "LLOV"'),
    ('code = "LLOV"', 'code = "LLOQ9"', 10, "airfield[0].code", "no airfield bears this code"),
    ('code = "LLOV"', 'code = "X"\nlatitude_deg = 1.0', 9, "airfield[0]", "add longitude_deg"),
    ('code = "LLOV"', 'code = "X"\nlatitude_deg = 91\nlongitude_deg = 1', 9, "airfield[0]", "cannot be"),
    ('code = "LLOV"', 'code = "X"\nlatitude_deg = nan\nlongitude_deg = 1', 11, "airfield[0].latitude_deg", "a number"),
    ('code = "LLOV"', 'code = "LLOV"\nelevation_ft = 9', 11, "airfield[0].elevation_ft", "without coordinates"),
    ('code = "LLOV"', 'code = "LLOV"\n[[airfield]]\ncode = "LLOV"', 12, "airfield[1].code", "stands twice"),
    ("until = 2023-09-15", "until = 2023-08-15", 15, "window[0].until", "before `since`"),
    ("until = 2023-09-15", "until = 2023-09-15T10:00:00", 15, "window[0].until", "without its zone"),
    ("until = 2023-09-15", 'until = "2023-09-15"', 15, "window[0].until", "without quotes"),
    ("until = 2023-09-15", "until = 0001-01-01", 15, "window[0].until", "years are"),
    ("until = 2023-09-15", "until = 2023-09-31", 15, None, "is not TOML"),
    ("until = 2023-09-15", 'until = 2023-09-15\nairfields = ["LLER"]', 16, "window[0].airfields[0]", "known: LLOV"),
    ("until = 2023-09-15", 'until = 2023-09-15\nnote = """a\nb"""\nnoted = 1', 18, "window[0]", "did you mean note?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "field", "says"), WRONG)
def test_an_error_names_line_field_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, field: str | None, says: str
) -> None:
    assert SHORT.count(old) == 1
    with pytest.raises(CaseError) as e:
        load(write(tmp_path, SHORT.replace(old, new)))
    assert (e.value.line, e.value.field) == (line, field)
    assert says in str(e.value)
    assert e.value.remedy
    assert e.value.file == str(tmp_path / "case.toml")


ADDED = [
    ('[positions]\nfiles = ["nowhere.csv"]', "positions.files[0]", "is not there"),
    ('[positions]\nfiles = ["no\\u0000where.csv"]', "positions.files[0]", "is not there"),
    ('[positions]\nlake = "nowhere"', "positions.lake", "makes a lake"),
    ('[positions]\nlake = "lake"\nfiles = ["identity.csv"]', "positions.lake", "name one"),
    ('[positions]\nlake = "lake"\nlogs = ["identity.csv"]', "positions.logs", "a case of its own"),
    ('[positions]\nlog_map = "mapping.toml"', "positions.log_map", "add logs"),
    ('[positions]\nscenario = "nowhere"', "positions.scenario", "no such scenario"),
    ('[positions]\n[positions.fetch]\nlake = "l"\nsince = 2023-01-01\nuntil = 2023-01-02', "positions.fetch", "lake ="),
    (
        '[positions]\nlake = "m"\n[positions.fetch]\nlake = "l"\nsince = 2023-01-01\nuntil = 2023-01-02',
        "positions.fetch.lake",
        "name one lake",
    ),
    (
        '[positions]\nlake = "l"\n[positions.fetch]\nhosts = ["adsb.lob"]\nlake = "l"\n'
        "since = 2023-01-01\nuntil = 2023-01-02",
        "positions.fetch.hosts[0]",
        "did you mean adsb.lol?",
    ),
    ('[comparison]\nvisitors_by = "colour"', "comparison.visitors_by", "operator"),
    ("[timing]\nseed = 1", "timing", "add [events]"),
    ("[events]\ndeaths_least = 3", "events", "neither files nor episodes"),
    (
        '[events]\nfrom = "rows"\n[[events.episode]]\nid = "a"\nname = "A"\nbegan = 2023-01-01\nsource = "s"',
        "events.from",
        "no files",
    ),
    ("[surges]\nlevel = 5", "surges.level", "between 0 and 0.5"),
    ("[surges]\ndraws = 3", "surges.draws", "99 to"),
    ("[surges]\nseed = -1", "surges.seed", "from 0"),
    ("[surges]\nsince = 2023-01-01", "surges", "add until"),
    ("[surges]\nlongest_days = 0", "surges.longest_days", "1 to 3660"),
    ('[[arms]]\nrecipient = "A"\nsupplier = "B"\nwindows = ["2020-2016"]', "arms[0].windows[0]", "first and last"),
    ('[[arms]]\nrecipient = "A"\nsupplier = "B"\nwindows = []', "arms[0].windows", "names no years"),
    (
        '[[trade]]\nreporter = "A"\npartner = "B"\ncommodity = "27"\nperiods = ["last year"]',
        "trade[0].periods[0]",
        '"2022"',
    ),
    ('[[party]]\nname = "A"\nanswered_on = 2023-01-01', "party[0].answered_on", "when the party was asked"),
    ('[[party]]\nname = "A"\n[[party]]\nname = "A"', "party[1].name", "stands twice"),
    ('[[published]]\nid = "a"\noutlet = "O"', "published[0]", "says nothing"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = 3\nmost = 2', "published[0].most", "below `least`"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = -3', "published[0].least", "0 or more"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = 3\nsince = 2023-01-01', "published[0]", "add until"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = 3\nwindow = "first hal"', "published[0].window", "first half?"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = 3\non = "last week"', "published[0].on", "2023-10"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = 3\non = 2023-01-01T10:00:00Z', "published[0].on", "2023-10"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = 3\non = "2023-13"', "published[0].on", "no such day"),
    ('[[published]]\nid = "a"\noutlet = "O"\nleast = 3\nurl = "javascript:alert(1)"', "published[0].url", "https://"),
    ('[[published]]\nid = "a"\noutlet = "O"\nevery_days = 0', "published[0].every_days", "every other day"),
    ('[[exhibit]]\nid = "a"\nkind = "foto"\nfile = "f"\nshows = "s"\nvisit = "v"', "exhibit[0].kind", "photo?"),
    ('[[exhibit]]\nid = "a"\nkind = "photo"\nfile = "f"\nshows = "s"', "exhibit[0]", "tied to nothing"),
    ('[[exhibit]]\nid = "a"\nkind = "photo"\nfile = "f"\nshows = "s"\nairfield = "LLOV"', "exhibit[0]", "give both"),
    (
        '[[exhibit]]\nid = "a"\nkind = "photo"\nfile = "f"\nshows = "s"\nvisit = "v"\nsha256 = "abc"',
        "exhibit[0].sha256",
        "64 hex digits",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("more", "field", "says"), ADDED)
def test_an_error_in_a_part_names_it(tmp_path: Path, more: str, field: str, says: str) -> None:
    with pytest.raises(CaseError) as e:
        case(tmp_path, more)
    assert e.value.field == field
    assert e.value.line is not None
    assert e.value.line > SHORT.count("\n")
    assert says in str(e.value)


SAID = '[[statement]]\nid = "a"\nspeaker = "S"\nabout = ["flight"]\nstance = "confirms"\nwords = "yes"\n'
STATEMENTS = [
    ('"confirms"', '"confirm"', "statement[0].stance", "did you mean confirms?"),
    ('["flight"]', '["flights"]', "statement[0].about[0]", "did you mean flight?"),
    ('["flight"]', "[]", "statement[0].about", "flight, cargo"),
    ('words = "yes"\n', "", "statement[0]", "neither words nor gist"),
    ('words = "yes"', 'words = "yes"\nreliability = "Z"', "statement[0].reliability", "completely reliable"),
    ('words = "yes"', 'words = "yes"\ncredibility = "9"', "statement[0].credibility", "confirmed by other"),
    ('words = "yes"', 'words = "yes"\nwindows = ["spring"]', "statement[0].windows[0]", "known: first half"),
    ('words = "yes"', 'words = "yes"\nairfields = ["LLER"]', "statement[0].airfields[0]", "known: LLOV"),
    ('words = "yes"', 'words = "yes"\nicao24 = ["x"]', "statement[0].icao24[0]", "six hex digits"),
    ('words = "yes"', 'words = "yes"\noperator = "S"', "statement[0].operator", "in brackets"),
    ('words = "yes"', 'words = "yes"\nall_aircraft = "yes"', "statement[0].all_aircraft", "true or false"),
    ('words = "yes"', 'words = "yes"\nall_aircraft = 1', "statement[0].all_aircraft", "true or false"),
    ('words = "yes"', 'words = "yes"\nall_aircraft = true\noperator = ["S"]', "statement[0].all_aircraft", "not both"),
    ('words = "yes"', 'words = "yes"\nsaid_to = 2023-01-01T10:00:00Z', "statement[0].said_to", "without `said_from`"),
    ('words = "yes"', 'words = "yes"\nsaid_from = 2023-01-01T10:00:00', "statement[0].said_from", "without its zone"),
    ('words = "yes"', 'words = "yes"\nsaid_from = 2023-01-01', "statement[0].said_from", "day, time and offset"),
    (
        'words = "yes"',
        'words = "yes"\nsaid_from = 2023-01-01T10:00:00Z\nsaid_to = 2023-01-01T09:00:00Z',
        "statement[0].said_to",
        "before `said_from`",
    ),
    ('"confirms"', '"not_yet_asked"\nasked_on = 2023-01-01', "statement[0].stance", "`asked_on` is given"),
    ('words = "yes"', 'words = "yes"\nasked_on = 2023-01-02\ndeadline = 2023-01-01', "statement[0].deadline", "time"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "says"), STATEMENTS)
def test_an_error_in_a_statement_names_it(tmp_path: Path, old: str, new: str, field: str, says: str) -> None:
    assert case(tmp_path, SAID).statement[0].words == "yes"
    with pytest.raises(CaseError) as e:
        case(tmp_path, SAID.replace(old, new))
    assert e.value.field == field
    assert says in str(e.value)


@pytest.mark.parametrize(
    "named",
    ['operator = ["Silk Way Airlines"]', 'registration = ["4K-AZ100"]', 'icao24 = ["600864"]',
     'typecode = ["IL76"]\nname = "Silk Way"'],
)  # fmt: skip
def test_a_real_name_never_stands_with_simulated_flights(tmp_path: Path, named: str) -> None:
    text = SHORT.replace('operator = ["SIM Air Bridge"]', named) + '[positions]\nscenario = "small"\n'
    with pytest.raises(CaseError) as e:
        load(write(tmp_path, text))
    assert e.value.field == "positions.scenario"
    assert "real name" in str(e.value)
    assert case(tmp_path, '[positions]\nscenario = "small"\n').positions.scenario == "small"


def test_without_fleet_and_airfield_nothing_is_asked(tmp_path: Path) -> None:
    text = SHORT.replace('[fleet]\noperator = ["SIM Air Bridge"]\n', "").replace('[[airfield]]\ncode = "LLOV"\n', "")
    with pytest.raises(CaseError, match="neither aircraft nor airfields"):
        load(write(tmp_path, text))


def test_without_a_window_nothing_is_counted(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="the same visits make another rate"):
        load(write(tmp_path, SHORT[: SHORT.index("[[window]]")]))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "missing required field `case`"),
        (b"\xff\xfe[case]", "not UTF-8"),
        (b"[case\n", "is not TOML"),
        (b"x = " + b"[" * 5000 + b"]" * 5000, "nested too deep"),
        (b"#" * ((1 << 20) + 1), "1 MiB"),
        (b"case = 1\n", "Expected `object`"),
    ],
)
def test_what_is_no_case_is_refused(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(raw)
    with pytest.raises(CaseError) as e:
        load(path)
    assert says in str(e.value)
    assert e.value.file == str(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"nothing\.toml: cannot be read"):
        load(tmp_path / "nothing.toml")
    with pytest.raises(CaseError, match="cannot be read"):
        load(tmp_path)


def test_hostile_texts_are_kept_as_texts_and_capped(tmp_path: Path) -> None:
    hostile = "\\u202e\\u0000\\u001b[31m<script>=cmd|' /C calc'!A0"
    got = case(tmp_path, f'[[rival]]\ntext = "{hostile}"\n')
    assert got.rival[0].text == "\u202e\x00\x1b[31m<script>=cmd|' /C calc'!A0"
    assert len(case(tmp_path, f'[[rival]]\ntext = "{"x" * 20_000}"\n').rival[0].text) == 20_000
    with pytest.raises(CaseError, match="20,001 characters") as e:
        case(tmp_path, f'[[rival]]\ntext = "{"x" * 20_001}"\n')
    assert (e.value.field, e.value.line) == ("rival[0].text", SHORT.count("\n") + 2)
    with pytest.raises(CaseError, match="more than 200 characters"):
        case(tmp_path, f"{'k' * 201} = 1\n")


def test_other_peoples_tables_may_be_absent(tmp_path: Path) -> None:
    got = load(write(tmp_path))
    assert not got.path(got.arms[0].files[0]).exists()
    assert not got.path(got.trade[0].files[0]).exists()


def test_a_text_loads_as_its_file_does(tmp_path: Path) -> None:
    path = write(tmp_path, SHORT)
    assert load_text(SHORT, path) == load(path)
    with pytest.raises(CaseError, match="line 1"):
        load_text("[case", path)


def test_no_field_of_the_loaded_case_can_be_written_in_the_file(tmp_path: Path) -> None:
    for field in ("file", "sha256", "raw"):
        with pytest.raises(CaseError, match="unknown field"):
            load(write(tmp_path, f'{field} = "x"\n{SHORT}'))


def test_types_resolve() -> None:
    assert set(typing.get_type_hints(Form)) == set(Form.__struct_fields__)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join("a" + f"{i}.a" * 30 + " = 1" for i in range(9000)),
        "x = [" + "1," * 400_000 + "]",
        "[[window]]\n" * 80_000,
        "a = '" + "x" * 900_000 + "'",
        "x = " + "[" * 200 + "]" * 200,
    ],
    ids=["deep keys", "long list", "many tables", "long text", "deep list"],
)
def test_a_hostile_file_is_refused_in_a_moment(tmp_path: Path, text: str) -> None:
    path = tmp_path / "case.toml"
    path.write_text(text)
    begin = time.monotonic()
    with pytest.raises(CaseError):
        load(path)
    assert time.monotonic() - begin < 20
