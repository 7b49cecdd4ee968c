"""Nobody is said to have been absent from what was not seen: half hours, whole days, files of others. SIMULATED."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.archive import made
from wheelsdown.archive.asking import Asker
from wheelsdown.archive.fleet import Fleet
from wheelsdown.archive.hosts import DEFAULT, choose
from wheelsdown.archive.releases import Release, parse_line
from wheelsdown.archive.ways import Found, StreamWay, TracesWay
from wheelsdown.engines.fetch_day import fetch_day
from wheelsdown.engines.fetch_question import needs, wanted
from wheelsdown.lake import Lake
from wheelsdown.schema import LEDGER
from wheelsdown.sources.day_quality import DayQuality

DAY = date(2023, 9, 2)
WHO = made.LOCALS[0]
STEM = "v2023.09.02-planes-readsb-prod-0"


@dataclass
class Given:
    """A way that has what a test gives it."""

    halves: dict[int, bytes | None] = field(default_factory=dict)
    """None is a half hour that is damaged; those left out are missing."""
    traces_: dict[str, bytes] = field(default_factory=dict)
    lacking: tuple[str, str] | None = None
    name: str = "given"
    notes: list[str] = field(default_factory=list)
    quality: DayQuality | None = None
    origin: str = "made"

    def traces(self, fleet: Fleet) -> Iterator[Found]:
        for a in fleet.addresses:
            data = self.traces_.get(a)
            yield Found(a, "empty" if data is None else "received", data)

    def heatmaps(self, numbers: Sequence[int]) -> Iterator[Found]:
        for n in numbers:
            data = self.halves.get(n)
            status = "received" if data else "damaged" if n in self.halves else "missing"
            yield Found(f"{n:02d}", status, data, "made", None if data else "not in the release")

    def unseen(self) -> tuple[str, str] | None:
        return self.lacking


def ledger_of(path: Path, way: Given, *, traffic: bool = True, **asking: str) -> dict[str, tuple[str, str]]:
    question = wanted(since=DAY, until=DAY, today=DAY + timedelta(days=9), traffic=traffic, **asking)  # type: ignore[arg-type]
    need = needs(question, LEDGER.empty(), "made")[0]
    lake = Lake.open(path / "lake", create=True)
    at = datetime(2023, 9, 9, tzinfo=UTC)
    fetch_day(lake, "made", question, need, way, None, askers=(), now=lambda: at, told=lambda _: None)
    rows = lake.ledger().select("what", "status", "reason").iter_rows()
    return {what: (status, reason or "") for what, status, reason in rows}


@pytest.fixture
def day() -> dict[int, bytes | None]:
    return {n: made.heatmap(DAY, n) for n in range(48)}


@pytest.mark.parametrize("traffic", [True, False])
def test_half_hours_that_did_not_come_are_not_empty(
    tmp_path: Path, day: dict[int, bytes | None], *, traffic: bool
) -> None:
    place = "airfield KMSP"  # nobody is near it
    whole = ledger_of(tmp_path / "whole", Given(day), traffic=traffic, airfield="KMSP")
    assert whole[place][0] == "empty"
    part = Given({n: d for n, d in day.items() if n < 47})
    status, reason = ledger_of(tmp_path / "part", part, traffic=traffic, airfield="KMSP")[place]
    assert status == "damaged"
    assert "1 of 48 half hours missing" in reason


def test_a_half_hour_that_is_cut_off_is_damaged_and_what_came_is_kept(
    tmp_path: Path, day: dict[int, bytes | None]
) -> None:
    whole = day[20] or b""
    got = ledger_of(
        tmp_path, Given(day | {20: whole[: len(whole) - 7]}, {a: made.trace(a, DAY) for a in made.LOCALS}),
        airfield="LLOV",
    )  # fmt: skip
    assert got["airfield LLOV"][0] == got["traffic"][0] == "damaged"
    assert "part of it cannot be read" in got["traffic"][1]
    assert got[WHO][0] == "received"


def test_a_file_of_another_aircraft_or_day_is_not_what_was_asked_for(tmp_path: Path) -> None:
    def status(name: str, data: bytes) -> tuple[str, str]:
        return ledger_of(tmp_path / name, Given(traces_={WHO: data}), traffic=False, icao24=WHO)[WHO]

    assert status("right", made.trace(WHO, DAY))[0] == "received"
    other, before = made.trace(made.LOCALS[1], DAY), made.trace(WHO, DAY - timedelta(days=1))
    for name, data, said in (("who", other, made.LOCALS[1]), ("when", before, "2023-09-01, not of this day")):
        got = status(name, data)
        assert got[0] == "damaged"
        assert said in got[1]


def test_words_looked_for_in_a_day_that_broke_off_are_not_empty(tmp_path: Path) -> None:
    whole = ledger_of(tmp_path / "whole", Given(), traffic=False, operator="SIM NOBODY")
    assert whole["operator SIM NOBODY"][0] == "empty"
    broken = Given(lacking=("failed", "broken off"))
    got = ledger_of(tmp_path / "broken", broken, traffic=False, operator="SIM NOBODY")
    assert got["operator SIM NOBODY"] == ("failed", "0 aircraft; broken off")


def test_a_streamed_day_says_what_of_it_was_not_seen(tmp_path: Path) -> None:
    release = Release(DAY, "planes-readsb-prod-0", (f"https://example.org/{STEM}.tar",), 0)
    way = StreamWay(Asker("made"), release, tmp_path)
    assert way.unseen() is not None
    way.quality = DayQuality(
        trace_files=256, end_reached=True,
        seen_folders={f"{i:02x}" for i in range(256)}, seen_heatmaps={f"{i:02d}" for i in range(48)},
    )  # fmt: skip
    assert way.unseen() is None
    way.quality.seen_folders.discard("66")
    assert way.unseen() == ("damaged", "255 of 256 folders of traces")


def test_a_404_of_a_day_in_doubt_is_no_absence_whatever_else_is_in_its_folder() -> None:
    way = TracesWay(
        Asker("made"), choose(DEFAULT), DAY, DAY + timedelta(days=9), doubt="half as large as its neighbours"
    )
    way._there, way._folders = "a trace", {WHO[-2:]}
    assert way._absence(WHO)[0] == "damaged"


def test_a_far_list_may_not_lead_to_this_machine() -> None:
    line = f"http://127.0.0.1:9/{STEM}/{STEM}.tar"
    assert parse_line(line, came_from="https://raw.githubusercontent.com/x") is None
    assert parse_line(line, came_from="http://localhost:9/list") is not None


@pytest.mark.parametrize(("halves", "status"), [({47}, "empty"), ({24, 0}, "damaged"), (set(), "missing")])
def test_a_404_on_a_day_without_its_last_half_hour_is_no_absence(
    halves: set[int], status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = TracesWay(Asker("made"), choose(DEFAULT), DAY, DAY + timedelta(days=9))
    asked: list[int] = []

    class Answer:
        def __init__(self, status: int) -> None:
            self.status = status

    def head(url: str) -> Answer:
        number = int(url.rpartition("/")[2][:2])
        asked.append(number)
        return Answer(200 if number in halves else 404)

    monkeypatch.setattr(way._asker, "head", head)
    assert way._absence(WHO)[0] == status
    way._absence(WHO)
    assert len(asked) == len(set(asked))  # asked once a day, not once an aircraft
