"""What is asked again and what is not; what an absence rests on; fleets out of registers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from tests.archive.conftest import content, run, same, statuses
from tests.archive.made import DayKind, days_between, flies
from tests.archive.server import FLEET, Scenario
from wheelsdown.cli import main
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake

SMALL = DayKind(fill=3, filler_bytes=1500)
DAYS = days_between(date(2023, 9, 1), date(2023, 9, 3))
BROKEN = DAYS[1]


def small(**changes):
    return Scenario(**{"days": DAYS, "kind": SMALL, "split": 1_500_000, "traces": False, **changes})


def asked_for_day(server, day):
    return [p for p in server.stats.paths if f"v{day:%Y.%m.%d}" in p or f"/{day:%Y/%m/%d}/" in p]


@pytest.mark.parametrize("way", ["ranges", "stream"])
def test_a_damaged_day_is_looked_at_and_not_asked_again(serve, tmp_path, way):
    scenario = small(unjoined={BROKEN})
    server = serve(scenario)
    lake = tmp_path / "lake"
    first, _ = run(server, lake, way=way)
    assert "damaged" in set(statuses(first).values())
    before = content(lake)
    server.reset()
    again, _ = run(server, lake, way=way)
    assert (again.days_asked, again.as_before) == (0, (BROKEN,))
    assert any("damaged as before, not asked again (--again does): 2023-09-02" in s for s in again.sentences())
    assert all(p.endswith("bytes=0-0") for p in asked_for_day(server, BROKEN))
    assert again.ledger.is_empty()
    same(before, content(lake))
    # one more aircraft is asked for: only that one, of a day that is still damaged
    more, _ = run(server, lake, way=way, icao24=[*FLEET, "d0dd03"])
    assert {w for d, w in statuses(more) if w != "traffic"} == {"d0dd03"}
    assert statuses(more)[str(BROKEN), "d0dd03"] == "damaged"
    # the user wants it again
    wanted, _ = run(server, lake, way=way, again=True)
    assert wanted.days_asked == 1
    # another way that reads the same files adds nothing; a dry run looks at lists only
    server.reset()
    dry, _ = run(server, lake, way=way, dry_run=True)
    assert dry.as_before == (BROKEN,)
    assert not asked_for_day(server, BROKEN)


def test_a_damaged_day_that_was_mended_is_asked_again(serve, tmp_path):
    scenario = small(unjoined={BROKEN}, marks=False)
    server = serve(scenario)
    lake = tmp_path / "lake"
    run(server, lake, way="ranges")
    scenario.unjoined.clear()
    mended, _ = run(server, lake, way="ranges")
    assert mended.days_asked == 1
    assert "damaged" not in set(statuses(mended).values())
    run(server, tmp_path / "straight", way="ranges")
    same(content(lake), content(tmp_path / "straight"))


def test_where_the_cache_is_lost_or_damaged_the_day_is_asked_once_more(serve, tmp_path):
    server = serve(small(unjoined={BROKEN}))
    lake = tmp_path / "lake"
    run(server, lake, way="ranges")
    kept = lake / ".cache" / "damaged" / "adsb.lol" / f"{BROKEN}.json"
    assert json.loads(kept.read_text())
    for text in ("{", "[]", '{"600866": 3}', ""):
        kept.write_text(text)
        result, _ = run(server, lake, way="ranges")
        assert result.days_asked == 1
        assert run(server, lake, way="ranges")[0].days_asked == 0


def test_a_damaged_trace_is_asked_again_when_it_has_changed_or_another_way_is_wanted(serve, tmp_path):
    address = next(a for a in FLEET if flies(a, DAYS[0]))
    scenario = small(traces=True, days=DAYS[:1], kind=replace(SMALL, corrupt=(address,)))
    server = serve(scenario)
    lake = tmp_path / "lake"
    first, _ = run(server, lake, way="traces")
    assert statuses(first)[str(DAYS[0]), address] == "damaged"
    server.reset()
    again, _ = run(server, lake, way="traces")
    assert again.days_asked == 0
    assert len(asked_for_day(server, DAYS[0])) == 1
    other, _ = run(server, lake, way="ranges")
    assert other.days_asked == 1
    assert {w for _, w in statuses(other)} == {address, "traffic"}


def test_what_an_absence_by_day_traces_rests_on_is_said(serve, tmp_path):
    day = DAYS[0]
    there = next(a for a in FLEET if flies(a, day))
    same_folder = next(f"d3{i:02x}{there[-2:]}" for i in range(256))
    server = serve(small(traces=True, days=days_between(date(2023, 9, 1), date(2023, 9, 5))))
    result, _ = run(server, tmp_path / "lake", way="traces", until=day, icao24=[there, same_folder, "d3abcd"])
    why = dict(result.ledger.select("what", "reason").iter_rows())
    got = {w: s for (_, w), s in statuses(result).items()}
    assert got[same_folder] == got["d3abcd"] == "empty"
    assert f"another trace of folder {there[-2:]}" in why[same_folder]
    assert "folder cd itself was not seen" in why["d3abcd"]
    assert "a trace of that day is there; the day's release has" in why["d3abcd"]
    # nothing but a half hour speaks for the day, and no list is kept
    base = [f"adsb.fi={server.url}"]
    result, _ = run(server, tmp_path / "other", host="adsb.fi", base_url=base, until=day, icao24=["d3abcd"])
    why = dict(result.ledger.select("what", "reason").iter_rows())
    assert why["d3abcd"].startswith(
        "no trace of it on that host; its heatmap 47 of that day is there; folder cd itself was not seen"
    )


@pytest.fixture
def register(tmp_path):
    """A made register: three aircraft of the fleet, two of them of one type and operator."""
    path = tmp_path / "register.csv"
    rows = [
        ("icao24", "registration", "typecode", "operator", "operator_icao", "source", "note"),
        ("600866", "SIM-0866", "IL76", "SIM CARGO", "SMC", "SIMULATED", "SIMULATED"),
        ("d00001", "SIM-0001", "IL76", "SIM CARGO", "SMC", "SIMULATED", "SIMULATED"),
        ("d00a02", "SIM-0A02", "C208", "SIM CARGO", "SMC", "SIMULATED", "SIMULATED"),
        ("d01b03", "SIM-1B03", "IL76", "SIM AIR", "SMA", "SIMULATED", "SIMULATED"),
    ]
    path.write_text("".join(",".join(r) + "\n" for r in rows))
    return path


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ({"operator": "SMC"}, {"600866", "d00001", "d00a02"}),
        ({"operator": "sim cargo", "typecode": "IL76"}, {"600866", "d00001"}),
        ({"typecode": "IL76"}, {"600866", "d00001", "d01b03"}),
        ({"registration": "SIM-0A02"}, {"d00a02"}),
        ({"registration": "SIM0A02", "operator": "SMA"}, {"d00a02", "d01b03"}),
    ],
)
def test_a_fleet_that_a_register_knows_is_asked_by_address(serve, tmp_path, register, words, meant):
    server = serve(small(traces=True, days=DAYS[:1]))
    asked = {**words, "icao24": None, "coverage": False, "registers": [register]}
    result, told = run(server, tmp_path / "lake", **asked)
    assert result.chosen is not None
    assert result.chosen.way == "traces"
    assert {w for _, w in statuses(result)} == meant
    assert all(s == ("received" if flies(a, DAYS[0]) else "empty") for (_, a), s in statuses(result).items())
    assert not told.said("every trace of whole days")
    assert run(server, tmp_path / "lake", **asked)[0].days_asked == 0


def test_a_tail_that_the_register_lacks_is_looked_for_in_the_traces_beside_those_it_knows(serve, tmp_path, register):
    server = serve(small(days=DAYS[:1]))
    unknown = next(a for a in FLEET if flies(a, DAYS[0]) and a not in {"600866", "d00001", "d00a02", "d01b03"})
    tails = ["SIM-0866", f"SIM-{unknown[-4:]}"]
    asked = {"registration": tails, "icao24": None, "coverage": False, "registers": [register]}
    result, told = run(server, tmp_path / "lake", **asked)
    assert told.said("every trace of whole days")
    got = statuses(result)
    assert got[str(DAYS[0]), unknown] == "received"
    assert got[str(DAYS[0]), "600866"] == ("received" if flies("600866", DAYS[0]) else "empty")
    assert {w for _, w in got} == {unknown, "600866", f"registration SIM{unknown[-4:].upper()}"}
    with pytest.raises(UsageError, match="whole days"):
        run(server, tmp_path / "x", way="ranges", **asked)


def test_registers_and_again_by_the_command_line(serve, tmp_path, register, monkeypatch, capsys):
    server = serve(small(unjoined={BROKEN}))
    monkeypatch.setenv("WHEELSDOWN_BASE_URL", f"adsb.lol={server.url}")
    command = ["fetch", "--since", "2023-09-01", "--until", "2023-09-03", "--operator", "SMC", "--type", "IL76"]
    command += ["--registers", str(register), "--lake", str(tmp_path / "lake"), "--way", "ranges"]
    assert main(command) == 0
    ledger = Lake.open(tmp_path / "lake").ledger()
    assert set(ledger["what"]) == {"600866", "d00001", "traffic"}
    capsys.readouterr()
    assert main(command) == 0
    first = capsys.readouterr().err
    damaged = "damaged" in set(ledger.filter(ledger["what"] != "traffic")["status"])
    assert ("damaged as before, not asked again" in first) == damaged
    assert main([*command, "--again"]) == 0
    assert "as before" not in capsys.readouterr().err
