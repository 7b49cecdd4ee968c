"""A fleet fetched day by day, by each way: the same rows, the same ledger, the same bytes kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.archive import made
from tests.archive.conftest import content, run, same, statuses
from tests.archive.made import DayKind, days_between, flies
from tests.archive.server import FLEET, SEPTEMBER, Scenario, september
from wheelsdown.cli import main
from wheelsdown.engines.fetching import fetch
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.lake import Lake

SMALL = DayKind(fill=3, filler_bytes=1500)
THREE = days_between(date(2023, 9, 1), date(2023, 9, 3))


def small(**changes):
    return Scenario(**{"days": THREE, "kind": SMALL, "split": 1_500_000, **changes})


def expected(day: date, address: str, *, way: str) -> str:
    if day == SEPTEMBER["missing"]:
        return "missing"
    if day == SEPTEMBER["half"] and int(address[-2:], 16) >= 122 and way != "traces":
        return "damaged"
    if day == SEPTEMBER["unjoined"] and way == "traces":
        return "received" if flies(address, day) else "empty"
    if day == SEPTEMBER["corrupt"] and address == "d00001" and flies(address, day):
        return "damaged"
    return "received" if flies(address, day) else "empty"


def test_the_fleet_of_september_by_the_command_line_with_ranges_and_streamed(serve, tmp_path, monkeypatch, capsys):
    """The first "done when": right rows, right ledger, no byte lost; a tenth of the bytes by ranges."""
    scenario = september(traces=False)
    server = serve(scenario)
    monkeypatch.setenv("WHEELSDOWN_BASE_URL", f"adsb.lol={server.url}")
    moved = {}
    for way in ("ranges", "stream"):
        server.reset()
        lake = tmp_path / way
        command = ["fetch", "--since", "2023-09-01", "--until", "2023-09-17"]
        assert main([*command, "--icao24", ",".join(FLEET), "--lake", str(lake), "--way", way]) == 0
        moved[way] = server.stats.bytes
        said = capsys.readouterr().err
        assert "Open Database License" in said
        assert "missing, the archive does not have them: 2023-09-05" in said
        ledger = Lake.open(lake).ledger()
        assert ledger.filter(pl.col("what") != "traffic").height == 17 * len(FLEET)
        for day, what, status, reason in ledger.select("day", "what", "status", "reason").iter_rows():
            if day == SEPTEMBER["unjoined"] and what != "traffic":
                assert status in {"received", "damaged"}
                assert status == "received" or "tar.ab does not join the part before it" in reason
                continue
            if what == "traffic":
                continue
            assert status == expected(day, what, way=way), (day, what, status, reason)
        flown = [(d, a) for d in scenario.days for a in FLEET if expected(d, a, way=way) == "received"]
        flown = [f for f in flown if f[0] != SEPTEMBER["unjoined"]]
        raw = {p.name for p in Lake.open(lake).layout.raw.rglob("*") if p.is_file()}
        for day, address in flown:
            assert hashlib.sha256(made.trace(address, day)).hexdigest() in raw
            rows = pl.read_parquet(Lake.open(lake).layout.path("positions", day)).filter(pl.col("icao24") == address)
            assert rows.height == len(made.points(address, day))
            assert set(rows["source"]) == {made.SOURCE}
    same(content(tmp_path / "ranges"), content(tmp_path / "stream"))
    ledgers = [Lake.open(tmp_path / w).ledger().select("day", "what", "status") for w in ("ranges", "stream")]
    assert ledgers[0].sort("day", "what").equals(ledgers[1].sort("day", "what"))

    assert moved["ranges"] <= 0.1 * moved["stream"], moved


@pytest.mark.parametrize("order", ["sorted", "hashed"])
def test_ranges_move_at_most_a_tenth_of_streaming(serve, tmp_path, order):
    server = serve(Scenario(kind=DayKind(order=order), traces=False))
    result, _ = run(server, tmp_path / "lake", way="ranges")
    whole = sum(b - a for _, a, b in server.scenario.assets.values())
    assert server.stats.bytes <= whole / 10
    assert set(result.ledger["status"]) == {"received", "empty"}
    # the places found are kept: the same aircraft once more, in a new lake with the old places, cost far less
    Path(tmp_path / "lake" / ".cache").rename(tmp_path / "cache")
    first = server.stats.bytes
    server.reset()
    Lake.open(tmp_path / "again", create=True)
    Path(tmp_path / "cache").rename(tmp_path / "again" / ".cache")
    run(server, tmp_path / "again", way="ranges")
    assert server.stats.bytes < 0.5 * first
    same(content(tmp_path / "lake"), content(tmp_path / "again"))


def test_a_member_longer_than_a_probe_beside_a_folder_is_no_reason_to_stream(serve, tmp_path):
    server = serve(Scenario(days=THREE, kind=DayKind(fill=10, filler_bytes=8000), traces=False))
    _, told = run(server, tmp_path / "lake", way="ranges")
    assert not told.said("not by ranges")
    assert server.stats.bytes < 0.2 * sum(b - a for _, a, b in server.scenario.assets.values())


def test_all_ways_give_the_same_lake(serve, tmp_path):
    server = serve(small())
    for way in ("traces", "ranges", "stream"):
        result, _ = run(server, tmp_path / way, way=way)
        assert not result.failed
        assert {v for k, v in statuses(result).items() if k[1] != "traffic"} == {"received", "empty"}
    same(content(tmp_path / "traces"), content(tmp_path / "ranges"))
    same(content(tmp_path / "traces"), content(tmp_path / "stream"))
    traffic = pl.read_parquet(Lake.open(tmp_path / "traces").layout.path("traffic", THREE[0]))
    assert set(traffic["icao24"]) == set(made.LOCALS)


def test_what_is_answered_is_not_asked_again(serve, tmp_path):
    server = serve(small(missing={THREE[1]}))
    run(server, tmp_path / "lake", way="traces")
    before = content(tmp_path / "lake")
    server.reset()
    result, _ = run(server, tmp_path / "lake", way="traces")
    assert result.days_asked == 1
    assert result.days_answered_before == 2
    assert not any("/2023/09/01/" in p or "/2023/09/03/" in p for p in server.stats.paths)
    same(before, content(tmp_path / "lake"))


def test_without_coverage_is_said_and_asked_again_when_it_is_wanted(serve, tmp_path):
    server = serve(small())
    result, _ = run(server, tmp_path / "lake", way="ranges", coverage=False)
    assert "traffic" not in set(result.ledger["what"])
    assert result.ledger["reason"].str.contains("traffic around it was not kept").all()
    again, _ = run(server, tmp_path / "lake", way="ranges", coverage=False)
    assert again.days_asked == 0
    run(server, tmp_path / "lake", way="ranges")
    run(server, tmp_path / "straight", way="ranges")
    same(content(tmp_path / "lake"), content(tmp_path / "straight"))


def test_who_was_low_at_an_airfield(serve, tmp_path):
    server = serve(small())
    for way in ("traces", "ranges", "stream"):
        result, _ = run(server, tmp_path / way, way=way, icao24=None, airfield="LLOV")
        got = statuses(result)
        for day in THREE:
            assert got[str(day), "airfield LLOV"] == "received"
            assert {w for d, w in got if d == str(day)} == {*made.LOCALS, "airfield LLOV", "traffic"}
        again, _ = run(server, tmp_path / way, way=way, icao24=None, airfield="LLOV")
        assert again.days_asked == 0
    same(content(tmp_path / "traces"), content(tmp_path / "ranges"))
    same(content(tmp_path / "traces"), content(tmp_path / "stream"))


def test_by_the_words_of_a_trace_where_no_register_knows(serve, tmp_path):
    server = serve(small())
    for words in ({"operator": "SIM CARGO", "typecode": "IL76"}, {"registration": "SIM-0866"}, {"operator": "SIM"}):
        lake = tmp_path / next(iter(words.values())).replace(" ", "")
        result, told = run(server, lake, icao24=None, coverage=False, **words)
        assert result.chosen is not None
        assert result.chosen.way == "stream"
        assert told.said("every trace of whole days")
        found = {w for (_, w), s in statuses(result).items() if s == "received" and len(w) == 6}
        want = {"600866"} if "registration" in words else {*FLEET, *made.LOCALS}
        assert found == want
        assert run(server, lake, icao24=None, coverage=False, **words)[0].days_asked == 0
    with pytest.raises(UsageError, match="whole days"):
        run(server, tmp_path / "x", icao24=None, operator="SIM CARGO", way="traces")


def test_days_before_the_archive_and_days_not_over_are_named(serve, tmp_path):
    server = serve(small(days=[date(2024, 1, 31)], traces=False))
    result, _ = run(server, tmp_path / "lake", since="2023-02-14", until="2023-02-16", way="ranges")
    got = statuses(result)
    assert got["2023-02-14", "600866"] == got["2023-02-15", "600866"] == "no_archive"
    assert got["2023-02-16", "600866"] == "missing"
    assert any("no open archive covers 2023-02-14 to 2023-02-15" in s for s in result.sentences())
    result, _ = run(server, tmp_path / "lake", since="2024-02-01", until="2024-02-01", way="ranges")
    assert statuses(result)["2024-02-01", "600866"] == "pending"


def test_a_dry_run_touches_nothing_but_lists(serve, tmp_path):
    server = serve(small())
    result, told = run(server, tmp_path / "lake", dry_run=True)
    assert {c.way for c in result.plan} == {"traces", "ranges", "stream"}
    assert told.said("requests")
    assert told.said("Open Database License")
    assert not (tmp_path / "lake").exists()
    assert all("/main/" in p for p in server.stats.paths)


def test_hosts_that_must_be_named_and_hosts_that_are_not_asked(tmp_path):
    with pytest.raises(UsageError, match="terms forbid"):
        fetch(tmp_path, since="2023-09-01", until="2023-09-01", icao24="600866", host="adsbexchange")
    with pytest.raises(UsageError, match="unknown"):
        fetch(tmp_path, since="2023-09-01", until="2023-09-01", icao24="600866", host="nobody")
    with pytest.raises(UsageError, match="only https"):
        fetch(tmp_path, since="2023-09-01", icao24="600866", base_url=["adsb.lol=http://192.0.2.1"])
    with pytest.raises(UsageError, match="which aircraft"):
        fetch(tmp_path, since="2023-09-01", until="2023-09-01")


def test_a_personal_host_is_asked_for_traces_and_old_days_are_expired(serve, tmp_path):
    server = serve(small())
    base = [f"theairtraffic={server.url}"]
    result, told = run(server, tmp_path / "lake", host="theairtraffic", base_url=base)
    assert told.said("personal")
    assert set(result.ledger["source"]) == {"theairtraffic"}
    assert "received" in set(result.ledger["status"])
    gone, _ = run(
        server, tmp_path / "lake", host="theairtraffic", base_url=base, since="2023-08-01", until="2023-08-01"
    )
    assert statuses(gone)["2023-08-01", "600866"] == "expired"


def test_simulated_traffic_does_not_enter_a_real_lake(serve, tmp_path):
    server = serve(small())
    lake = tmp_path / "lake"
    Lake.open(lake, create=True)
    about = lake / "lake.json"
    about.write_text(about.read_text().replace('"kind": null', '"kind": "real"'))
    with pytest.raises(LakeError, match="never share"):
        run(server, lake, way="traces")
    assert Lake.open(lake).ledger().is_empty()


def test_a_day_much_smaller_than_its_neighbours_does_not_say_that_nothing_flew(serve, tmp_path):
    days = days_between(date(2023, 9, 1), date(2023, 9, 5))
    kind = DayKind(fill=8, filler_bytes=3000)
    thin = replace(kind, fill=1, filler_bytes=500)
    server = serve(Scenario(days=days, kind=kind, kinds={days[2]: thin}))
    for way in ("traces", "ranges", "stream"):
        result, _ = run(server, tmp_path / way, way=way)
        got = statuses(result)
        for address in FLEET:
            want = "received" if flies(address, days[2]) else "damaged"
            assert got[str(days[2]), address] == want, way


@pytest.mark.parametrize("way", ["ranges", "stream"])
def test_a_missing_part_is_damage(serve, tmp_path, way):
    server = serve(small(traces=False, absent_parts={"v2023.09.02-planes-readsb-prod-0.tar.ab"}))
    result, _ = run(server, tmp_path / "lake", way=way)
    got = {k[1]: v for k, v in statuses(result).items() if k[0] == "2023-09-02"}
    assert "damaged" in got.values()
    assert "empty" not in got.values()


def test_a_dry_run_names_what_no_archive_covers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--since", "2022-01-01", "--until", "2022-01-31", "--icao24", "600866", "--dry-run"]
    assert main(["fetch", "--lake", str(tmp_path / "lake"), *asked]) == 0
    said = capsys.readouterr().err
    assert "no open archive covers 2022-01-01 to 2022-01-31" in said
    assert "nothing is left to ask for" in said
    assert not (tmp_path / "lake").exists()
