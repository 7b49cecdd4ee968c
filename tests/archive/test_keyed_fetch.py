"""`fetch` from hosts that ask for a key, against servers on this machine. All flights are SIMULATED."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.archive import test_fr24, test_opensky, test_opensky_trino
from tests.archive.conftest import content, same
from tests.archive.keyed_server import Asked, Clock, Server, serving
from tests.archive.keyed_server import Told as Reply
from tests.archive.test_fr24 import Flight, Radar
from tests.archive.test_opensky import Sky, at
from wheelsdown.archive import fr24, opensky, opensky_trino
from wheelsdown.archive.answers import Answer
from wheelsdown.archive.asking import Patience
from wheelsdown.archive.keyed import Fr24
from wheelsdown.cli import main
from wheelsdown.engines import keyed_fetching
from wheelsdown.engines.fetched import Fetched
from wheelsdown.engines.fetching import fetch
from wheelsdown.errors import ArchiveError, UsageError
from wheelsdown.lake import Lake
from wheelsdown.schema import LEDGER

QUICK = Patience(attempts=2, first_s=0.0, most_s=0.0, jitter_s=0.0, longest_wish_s=60.0)
SECRETS = (test_opensky.SECRET, test_fr24.TOKEN)
DAY = date(2026, 11, 10)
DAYS = [DAY + timedelta(days=i) for i in range(3)]
A, B = "d00001", "d00002"
NO_TRAFFIC = "the traffic around it was not kept (this host gives none)"
needs_fr24 = pytest.mark.skipif(find_spec("fr24sdk") is None, reason="the extra wheelsdown[fr24] is not installed")


@dataclass
class Mirror:
    """OpenSky and its token service behind one address, as `--base-url` names it."""

    sky: Sky

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.endswith("/openid-connect/token"):
            return self.sky(Asked(asked.method, "/token", asked.query, asked.headers, asked.form))
        return self.sky(asked)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as s:
        yield s


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSKY_CLIENT_ID", "simulated-client")
    monkeypatch.setenv("OPENSKY_CLIENT_SECRET", test_opensky.SECRET)
    monkeypatch.setenv("FR24_API_TOKEN", test_fr24.TOKEN)


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(f"icao24,registration,typecode\n{A},{test_fr24.TAIL_A},IL76\n{B},{test_fr24.TAIL_B},IL76\n")
    return path


def flown(day: date = DAY) -> Sky:
    """Two aircraft; one of them over midnight between the first two days."""
    return Sky(
        [
            (A, at(day, 6), at(day, 8)),
            (A, at(day, 23), at(day, 26)),
            (B, at(day, 30), at(day, 31)),
        ]
    )


def today() -> date:
    return datetime.now(UTC).date()


def run(server: Server, lake: Path, host: str = "opensky", **asked: Any) -> tuple[Fetched, list[str]]:
    told: list[str] = []
    asking: dict[str, Any] = {
        "host": host, "since": DAYS[0], "until": DAYS[-1], "icao24": [A, B], "base_url": [f"{host}={server.url}"],
        "now": Clock().now, "patience": QUICK, "told": told.append,
    }  # fmt: skip
    return fetch(lake, **{**asking, **asked}), told


def rows_of(lake: Path) -> pl.DataFrame:
    opened = Lake.open(lake)
    every = pl.concat([pl.read_parquet(p) for p in opened.layout.files("positions")])
    return every.select("icao24", "time_utc", "latitude_deg", "longitude_deg").sort("icao24", "time_utc")


def read_by(answers: list[Answer]) -> pl.DataFrame:
    every = pl.concat([a.positions for a in answers]).select("icao24", "time_utc", "latitude_deg", "longitude_deg")
    return every.unique().sort("icao24", "time_utc")


def equal(lake: Path, answers: list[Answer]) -> None:
    """The lake keeps coordinates as integers of a ten-millionth of a degree or coarser."""
    got, want = rows_of(lake), read_by(answers)
    assert want.height
    assert got.select("icao24", "time_utc").equals(want.select("icao24", "time_utc"))
    for column in ("latitude_deg", "longitude_deg"):
        assert (got[column] - want[column]).abs().max() <= 1e-6  # type: ignore[operator]


def no_secret(folder: Path, *texts: str) -> None:
    files = [p for p in folder.rglob("*") if p.is_file()]
    for secret in (*SECRETS, "Bearer", "token-1"):
        assert not [p for p in files if secret.encode() in p.read_bytes() or secret in p.name]
        assert not [t for t in texts if secret in t]


def statuses(ledger: pl.DataFrame) -> dict[tuple[date, str], str]:
    return {(d, w): s for d, w, s in ledger.select("day", "what", "status").iter_rows()}


def test_opensky_into_a_lake(server: Server, tmp_path: Path) -> None:
    server.answer = Mirror(flown())
    result, told = run(server, tmp_path / "lake")
    asked = [(a.path, tuple(sorted(a.query.items()))) for a in server.asked if a.method == "GET"]
    with test_opensky.session(server, Clock(), flown()) as s:
        answers = [a for d in DAYS for a in opensky.fetch_day(d, [A, B], session=s)]
    equal(tmp_path / "lake", answers)
    lake = Lake.open(tmp_path / "lake")
    ledger = lake.ledger()
    assert ledger.sort("day", "what").equals(result.ledger)
    assert ledger.columns == LEDGER.names
    assert statuses(ledger) == {(a.day, a.what): a.status for a in answers}
    assert statuses(ledger)[DAYS[1], A] == "received"  # the flight over midnight
    assert statuses(ledger)[DAYS[0], B] == "empty"
    assert ledger.filter(pl.col("what") == "traffic").is_empty()
    assert ledger["reason"].str.contains(NO_TRAFFIC, literal=True).all()
    assert ledger["source"].unique().to_list() == ["opensky-rest"]
    assert dict(ledger.group_by("what").agg(pl.col("positions").sum()).iter_rows()) == {A: 6, B: 3}
    # every list and track is asked for once, though the days share them
    assert len(asked) == len(set(asked)) == 4 * 2 + 3
    assert result.requests == ledger["requests"].sum() == len(asked) + 1  # and the token
    # the very bytes are kept, and the chain holds
    raw = {p.name for p in lake.layout.raw.rglob("*") if p.is_file()}
    assert {f.receipt.sha256 for a in answers for f in a.files} == raw
    for words in ("opensky-rest: needs", "credits (tracks)", "nobody can say what was missed"):
        assert any(words in line for line in told)
    assert main(["verify", "--lake", str(tmp_path / "lake")]) == 0
    no_secret(tmp_path / "lake", *told)


def test_what_is_answered_is_not_asked_again(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer = Mirror(flown())
    run(server, tmp_path / "lake")
    before, count = content(tmp_path / "lake"), len(server.asked)
    monkeypatch.delenv("OPENSKY_CLIENT_ID")  # nothing is asked, and so no key is needed
    monkeypatch.delenv("OPENSKY_CLIENT_SECRET")
    again, _ = run(server, tmp_path / "lake")
    assert len(server.asked) == count
    assert (again.days_asked, again.days_answered_before, again.failed) == (0, 3, False)
    same(before, content(tmp_path / "lake"))


def test_a_stopped_run_loses_the_running_day_only(server: Server, tmp_path: Path) -> None:
    server.answer = Mirror(flown())
    run(server, tmp_path / "whole")

    def stop(at: Any) -> None:
        if at.done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(server, tmp_path / "lake", progress=stop)
    assert set(Lake.open(tmp_path / "lake").ledger()["day"]) == {DAYS[0]}
    assert not list((tmp_path / "lake").rglob("raw-*"))
    again, _ = run(server, tmp_path / "lake")
    assert again.days_answered_before == 1
    same(content(tmp_path / "whole"), content(tmp_path / "lake"))


def test_broken_off_between_data_and_ledger_it_asks_again_and_adds_nothing_twice(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = Mirror(flown())
    run(server, tmp_path / "whole")
    with monkeypatch.context() as broken:

        def fails(_: Any) -> pl.DataFrame:
            raise KeyboardInterrupt

        broken.setattr(keyed_fetching, "ledger_frame", fails)
        with pytest.raises(KeyboardInterrupt):
            run(server, tmp_path / "lake")
    assert Lake.open(tmp_path / "lake").ledger().is_empty()
    assert rows_of(tmp_path / "lake").height == 6
    again, _ = run(server, tmp_path / "lake")
    assert again.days_answered_before == 0
    same(content(tmp_path / "whole"), content(tmp_path / "lake"))


def test_killed_in_the_middle_of_a_day(server: Server, tmp_path: Path) -> None:
    reached, mirror = threading.Event(), Mirror(flown(today() - timedelta(days=9)))
    released = threading.Event()

    def slow(asked: Asked) -> Reply:
        if sum("/flights/" in a.path for a in server.asked) == 5:  # the first question of the second day
            reached.set()
            released.wait(30)
        return mirror(asked)

    server.answer = slow
    lake = tmp_path / "lake"
    first = today() - timedelta(days=9)
    command = [
        "fetch", "--host", "opensky", "--since", str(first), "--until", str(first + timedelta(days=2)),
        "--icao24", f"{A},{B}", "--lake", str(lake), "--base-url", f"opensky={server.url}",
    ]  # fmt: skip
    program = "import sys; from wheelsdown.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *command],
        stderr=subprocess.DEVNULL,
    )
    try:
        assert reached.wait(60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        released.set()
    assert set(Lake.open(lake).ledger()["day"]) == {first}
    server.answer = mirror
    assert main(command) == 0
    assert set(Lake.open(lake).ledger()["status"]) == {"received", "empty"}
    assert main(["verify", "--lake", str(lake)]) == 0
    no_secret(lake)


def test_dry_run_needs_no_key_and_asks_nothing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("OPENSKY_CLIENT_ID", "OPENSKY_CLIENT_SECRET", "FR24_API_TOKEN"):
        monkeypatch.delenv(name)
    since = today() - timedelta(days=4)
    for host, words in {
        "opensky": ("needs OPENSKY_CLIENT_ID", "credits (flights)", "credits (tracks)", "hours", "requests"),
        "opensky-trino": ("access granted by OpenSky", "requests", "hours"),
        "fr24": ("needs FR24_API_TOKEN", "requests", "price list", f"{A}: no loaded register has a registration"),
    }.items():
        command = ["fetch", "--host", host, "--since", str(since), "--icao24", A, "--lake", str(tmp_path / "lake")]
        assert main([*command, "--dry-run"]) == 0
        said = capsys.readouterr().err
        assert [w for w in words if w not in said] == []
    assert not (tmp_path / "lake").exists()
    assert not server.asked


@pytest.mark.parametrize(
    ("host", "remedy"),
    [
        ("opensky", "set OPENSKY_CLIENT_ID and OPENSKY_CLIENT_SECRET"),
        pytest.param("fr24", "set FR24_API_TOKEN", marks=needs_fr24),
    ],
)
def test_without_credentials_one_sentence_says_what_to_do(
    host: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("OPENSKY_CLIENT_ID", "OPENSKY_CLIENT_SECRET", "FR24_API_TOKEN"):
        monkeypatch.delenv(name)
    assert main(["fetch", "--host", host, "--since", "2026-11-10", "--icao24", A, "--lake", str(tmp_path / "l")]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("wheelsdown: ")
    assert remedy in last
    assert not (tmp_path / "l").exists()


@pytest.mark.parametrize(("host", "extra"), [("opensky-trino", "pyopensky"), ("fr24", "fr24sdk")])
def test_without_the_extra_one_sentence_says_what_to_install(
    host: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, extra, None)
    assert main(["fetch", "--host", host, "--since", "2023-09-01", "--icao24", A, "--lake", str(tmp_path / "l")]) == 1
    assert "pip install wheelsdown[" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "l").exists()


def test_refused_credentials_keep_what_came_and_are_not_quoted(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror, seen = Mirror(flown()), 0

    def shut(asked: Asked) -> Reply:
        nonlocal seen
        seen += "/flights/" in asked.path
        return (
            Reply(401, {"error": asked.headers.get("authorization")})
            if seen > 2 and "/api/" in asked.path
            else mirror(asked)
        )

    server.answer = shut
    with pytest.raises(ArchiveError, match="refuses the token") as caught:
        run(server, tmp_path / "lake")
    assert statuses(Lake.open(tmp_path / "lake").ledger()) == {(DAYS[0], A): "received"}
    assert rows_of(tmp_path / "lake").height == 6
    no_secret(tmp_path / "lake", str(caught.value))

    server.answer = mirror
    monkeypatch.setenv("OPENSKY_CLIENT_SECRET", "another-simulated-secret")
    command = ["fetch", "--host", "opensky", "--since", "2026-11-10", "--until", "2026-11-10", "--icao24", B]
    command += ["--lake", str(tmp_path / "lake"), "--base-url", f"opensky={server.url}"]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "refuses the credentials" in said
    assert "another-simulated-secret" not in said


def test_a_long_wait_is_told_kept_and_respected(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = today() - timedelta(days=9)
    sky = flown(first)
    sky.before = [Reply(429, b"", {"X-Rate-Limit-Retry-After-Seconds": "7200"})]
    server.answer = Mirror(sky)
    lake = tmp_path / "lake"
    command = [
        "fetch", "--host", "opensky", "--since", str(first), "--until", str(first + timedelta(days=1)),
        "--icao24", f"{A},{B}", "--lake", str(lake), "--base-url", f"opensky={server.url}",
    ]  # fmt: skip
    assert main(command) == 1
    said = capsys.readouterr().err
    until = datetime.now(UTC) + timedelta(hours=2)
    assert any(f"ask again after {until - timedelta(minutes=m):%Y-%m-%d %H:%M} UTC" in said for m in (0, 1))
    assert len(server.paths()) == 2  # the token, and one question
    ledger = Lake.open(lake).ledger()
    assert set(ledger["status"]) == {"failed"}
    assert ledger.height == 4
    assert ledger["reason"].str.contains("ask again after").all()
    assert ledger["requests"].sum() == 2
    # before that time nobody is asked, afterwards everything
    assert main(command) == 1
    assert "until then nothing more is asked" in capsys.readouterr().err
    assert len(server.paths()) == 2
    later = lambda: datetime.now(UTC) + timedelta(hours=3)  # noqa: E731
    result, _ = run(server, lake, since=first, until=first + timedelta(days=1), now=later)
    assert not result.failed
    assert set(Lake.open(lake).ledger()["status"]) == {"received", "empty"}


def test_windows_that_the_host_does_not_keep_are_named(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = Mirror(Sky())
    command = ["fetch", "--host", "opensky", "--since", "2024-05-01", "--until", "2024-05-03", "--icao24", A]
    assert main([*command, "--lake", str(tmp_path / "lake"), "--base-url", f"opensky={server.url}"]) == 0
    assert "expired, older than the host keeps: 2024-05-01 to 2024-05-03" in capsys.readouterr().err
    assert set(Lake.open(tmp_path / "lake").ledger()["status"]) == {"expired"}
    assert not server.asked

    client = test_opensky_trino.StandIn([])
    monkeypatch.setattr(opensky_trino, "connect", lambda: client)
    command = ["fetch", "--host", "opensky-trino", "--since", "2012-12-30", "--until", "2013-01-01", "--icao24", A]
    assert main([*command, "--lake", str(tmp_path / "lake")]) == 0
    assert "no open archive covers 2012-12-30 to 2012-12-31" in capsys.readouterr().err
    assert len(client.asked) == 2


def test_the_database_into_a_lake(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = test_opensky_trino.row
    client = test_opensky_trino.StandIn([row(A, 10), row(A, 11), row(B, 3600)])
    made: list[object] = []
    monkeypatch.setattr(opensky_trino, "connect", lambda: made.append(1) or client)
    asked = {"since": test_opensky_trino.DAY, "until": test_opensky_trino.DAY, "icao24": [A, B, "d00003"]}
    result, told = run(server, tmp_path / "lake", "opensky-trino", base_url=[], **asked)
    answers = opensky_trino.fetch_day(test_opensky_trino.DAY, [A, B, "d00003"], client=client, now=Clock().now)
    equal(tmp_path / "lake", answers)
    lake = Lake.open(tmp_path / "lake")
    day = test_opensky_trino.DAY
    assert statuses(lake.ledger()) == {(day, A): "received", (day, B): "received", (day, "d00003"): "empty"}
    # one file for all: one receipt, with all its rows
    assert lake.receipts().select("receipt", "positions").rows() == [(answers[0].files[0].receipt.receipt, 3)]
    assert result.requests == 2
    assert any("a minute a query is assumed" in line for line in told)
    run(server, tmp_path / "lake", "opensky-trino", base_url=[], **asked)
    assert made == [1]
    with pytest.raises(UsageError, match="pyopensky's own settings"):
        run(server, tmp_path / "lake", "opensky-trino")


def test_what_the_database_says_is_kept_without_the_password(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENSKY_PASSWORD", test_opensky.SECRET)
    client = test_opensky_trino.StandIn([], error=RuntimeError(f"no route to trino://sim:{test_opensky.SECRET}@host"))
    monkeypatch.setattr(opensky_trino, "connect", lambda: client)
    result, told = run(server, tmp_path / "lake", "opensky-trino", base_url=[], icao24=[A])
    assert result.failed
    assert result.ledger["reason"].str.contains("held back").all()
    no_secret(tmp_path / "lake", *told, *result.ledger["reason"])


@needs_fr24
def test_flightradar24_into_a_lake(server: Server, tmp_path: Path, register: Path) -> None:
    flights = [
        Flight("aaaa0001", test_fr24.TAIL_A, A, 6, 8), Flight("aaaa0002", test_fr24.TAIL_A, A, 23, 26),
        Flight("bbbb0001", test_fr24.TAIL_B, B, 30, 31),
    ]  # fmt: skip
    server.answer = Radar(flights)
    lake = tmp_path / "lake"
    result, told = run(server, lake, "fr24", registers=[register], icao24=[A], registration="simb")
    count = len(server.asked)
    calls = test_fr24.talk(server, Clock(), Radar(flights))
    tails = {A: test_fr24.TAIL_A, B: test_fr24.TAIL_B}
    answers = [a for d in DAYS for a in fr24.fetch_day(d, tails, session=calls)]
    calls.calls.close()
    equal(lake, answers)
    ledger = Lake.open(lake).ledger()
    assert statuses(ledger) == {(a.day, a.what): a.status for a in answers}
    assert set(ledger["source"]) == {"flightradar24-api"}
    assert ledger.filter(pl.col("what") == B)["reason"].str.contains("asked as SIM-B", literal=True).all()
    assert f"{B}: asked as SIM-B" in told
    assert result.requests == count
    tracks = [a.query["flight_id"] for a in server.asked[:count] if a.path == "/api/flight-tracks"]
    assert sorted(tracks) == ["aaaa0001", "aaaa0002", "bbbb0001"]  # each paid for once
    run(server, lake, "fr24", registers=[register])
    assert len(server.asked) == 2 * count  # the session above asked as much; the second run nothing
    no_secret(lake, *told)
    assert main(["verify", "--lake", str(lake)]) == 0


@needs_fr24
def test_an_answer_holds_for_the_registration_it_was_asked_by(server: Server, tmp_path: Path, register: Path) -> None:
    server.answer = Radar([Flight("aaaa0001", "SIM-NEW", A, 6, 8)])
    asked = {"icao24": [A], "until": DAY}
    first, _ = run(server, tmp_path / "lake", "fr24", registers=[register], **asked)
    assert first.ledger["status"].to_list() == ["empty"]
    other = tmp_path / "later.csv"
    other.write_text(f"icao24,registration,typecode\n{A},SIM-NEW,IL76\n")
    again, told = run(server, tmp_path / "lake", "fr24", registers=[other, register], **asked)
    assert again.ledger["status"].to_list() == ["received"]
    assert any("registers also say SIM-A" in line for line in told)
    assert Lake.open(tmp_path / "lake").ledger()["reason"].to_list() == [f"asked as SIM-NEW; {NO_TRAFFIC}"]


@needs_fr24
def test_flightradar24_that_wants_to_be_left_alone_is(server: Server, tmp_path: Path, register: Path) -> None:
    server.answer = lambda _: Reply(429, {"message": "slow"}, {"Retry-After": "7200"})
    result, told = run(server, tmp_path / "lake", "fr24", registers=[register])
    assert len(server.asked) == 1
    assert result.failed
    assert result.ledger["reason"].str.contains("ask again after 2026-11-21 08:00 UTC", literal=True).all()
    again, _ = run(server, tmp_path / "lake", "fr24", registers=[register])
    assert again.failed
    assert len(server.asked) == 1
    no_secret(tmp_path / "lake", *told)


@needs_fr24
def test_an_unknown_registration_is_a_row_with_its_reason(server: Server, tmp_path: Path, register: Path) -> None:
    server.answer = Radar([Flight("aaaa0001", test_fr24.TAIL_A, A, 6, 8)])
    asked = {"icao24": [A, "d00009"], "registration": "SIM-Z", "until": DAY, "registers": [register]}
    result, told = run(server, tmp_path / "lake", "fr24", **asked)
    ledger = {w: (s, r) for w, s, r in result.ledger.select("what", "status", "reason").iter_rows()}
    assert ledger[A][0] == "received"
    assert ledger["d00009"][0] == ledger["registration SIMZ"][0] == "failed"
    assert "asked by registration" in ledger["d00009"][1]
    assert "asked by address" in ledger["registration SIMZ"][1]
    assert not any("whole days" in line for line in told)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"icao24": None, "at": "10,20,5"}, "name aircraft"),
        ({"icao24": None, "registration": "SIM-Z"}, "asked by address"),
        ({"way": "traces"}, "one way only"),
        ({"base_url": ["opensky=http://far.example"]}, "only https"),
        ({"host": "openski"}, "opensky-trino, fr24"),
    ],
)
def test_questions_that_cannot_be_put(server: Server, tmp_path: Path, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        run(server, tmp_path / "lake", **asked)
    assert not (tmp_path / "lake").exists()


def test_no_register_leaves_the_ledger_standing() -> None:
    host = Fr24(None, None, Clock().now)
    assert host.standing(LEDGER.empty()).equals(LEDGER.empty())
    assert host.notes([A]) == [
        f"{A}: no loaded register has a registration for it, and this host is asked by registration"
    ]
