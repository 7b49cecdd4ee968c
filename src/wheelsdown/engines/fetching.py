"""Fetches days of world archives into a lake: says what it costs, takes the cheaper way, keeps a ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, TypedDict, Unpack

import polars as pl

from wheelsdown.archive.asking import Asker, Mark, Patience
from wheelsdown.archive.hosts import KEYED, Host, bases, choose, is_loopback
from wheelsdown.archive.layout import Layout
from wheelsdown.archive.plan import WAYS, Cost, cheapest, costs
from wheelsdown.archive.ranges_way import RangesWay
from wheelsdown.archive.releases import Index, Release, read_index
from wheelsdown.archive.ways import StreamWay, TracesWay, Way
from wheelsdown.engines.asked import as_tuple
from wheelsdown.engines.fetch_before import remember, unchanged
from wheelsdown.engines.fetch_day import DayDone, fetch_day, ledger_frame
from wheelsdown.engines.fetch_question import TRAFFIC, Need, Wanted, needs, wanted
from wheelsdown.engines.fetched import Fetched, Moving
from wheelsdown.engines.keyed_fetching import fetch_keyed, tails_of
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.schema import LEDGER, PROBLEMS

__all__ = ["Asking", "Fetched", "Moving", "fetch"]

_FINAL_HOURS: Final = 2
_PUBLISHED_DAYS: Final = 7
_NEIGHBOURS: Final = 5
_OWN_MACHINE: Final = Patience(first_s=0.05, most_s=2.0, jitter_s=0.05, timeout_s=20.0)
_NOTHING: Final = frozenset({"missing", "failed", "expired"})


class Asking(TypedDict, total=False):
    """Which aircraft, places and days; as in every verb."""

    since: str | date | datetime | None
    until: str | date | datetime | None
    icao24: str | Iterable[str] | None
    registration: str | Iterable[str] | None
    operator: str | Iterable[str] | None
    typecode: str | Iterable[str] | None
    airfield: str | Iterable[str] | None
    at: str | Iterable[str] | None


def _ignore(_: object) -> None:
    """Nobody listens."""


def fetch(
    lake: Path,
    *,
    host: str | None = None,
    way: str | None = None,
    dry_run: bool = False,
    coverage: bool = True,
    again: bool = False,
    base_url: Sequence[str] = (),
    airfields: Sequence[Path] = (),
    registers: Sequence[Path] = (),
    patience: Patience | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    told: Callable[[str], None] = _ignore,
    progress: Callable[[Moving], None] = _ignore,
    **asking: Unpack[Asking],
) -> Fetched:
    """Fetch aircraft, whole, and the low traffic around them, day by day, into a lake.

    Days that the lake's ledger answers are not asked again; everything else is. A run that is stopped, or killed, loses
    the running day only: the same command goes on.

    Parameters
    ----------
    lake : Path
        Made if it is not there.
    host : str, optional
        Whom to ask; adsb.lol if not given. Others have to be named. `opensky`, `opensky-trino` and `fr24` ask for the
        user's own credentials, are asked by address only, and give no traffic around.
    way : str, optional
        `traces`, `ranges` or `stream`; the cheapest that can answer if not given.
    dry_run : bool
        Only say what it would cost: nothing but lists is asked for, and the lake is not touched.
    coverage : bool
        Keep the low traffic of all aircraft near the places asked for and near those where the fleet was.
    again : bool
        Ask again for what was damaged, even where the archive has not changed it.
    base_url : sequence of str
        NAME=URL: other addresses of hosts (a mirror, a server for tests).
    airfields, registers : sequence of Path
        Airfields and registers of the user's own.
    patience : Patience, optional
        How often and how long is waited.
    now : callable
        Clock, aware UTC.
    told, progress : callable
        Told sentences; told how far it is.
    **asking
        `since`, `until`, `icao24`, `registration`, `operator`, `typecode`, `airfield`, `at`.

    Returns
    -------
    Fetched

    Raises
    ------
    UsageError
        The question, host or way cannot be used.
    LakeError
        The lake cannot be opened or written; days done before stay.
    ArchiveError
        Credentials or an extra are wanting, or the credentials are refused; days done before stay.
    """
    if way is not None and way not in WAYS:
        raise UsageError(f"--way {way}: one of {', '.join(WAYS)}")
    mirrors = bases(base_url)
    card = None if host in KEYED else choose(host, mirrors)
    today = now().date()
    # hosts with a key give no traffic of others
    traffic = coverage and card is not None
    question = wanted(today=today, traffic=traffic, airfields=airfields, extra_registers=registers, **asking)
    if card is None:
        if way is not None:
            raise UsageError(f"--way {way}: {host} is asked in one way only")
        named = as_tuple(asking.get("registration"))
        return fetch_keyed(
            lake, host or "", question, tails=tails_of(question.fleet.addresses, named, registers),
            base_url=mirrors.get(host or ""), dry_run=dry_run, patience=patience, now=now, told=told, progress=progress,
        )  # fmt: skip
    for line in (*card.card(), *question.notes):
        told(line)
    if question.fleet.by_word:
        told("what no register knows is looked for in every trace of whole days (or add a register first)")
    exists = (lake / "lake.json").exists()
    opened = None if dry_run and not exists else Lake.open(lake, create=not dry_run, waiting=told)
    run = _Run(card, question, opened, now, told, progress, patience)
    with run:
        return run.go(way, dry_run=dry_run, again=again)


@dataclass
class _Run:
    """One run: the host, the question, the lake, and what is learnt on the way."""

    host: Host
    question: Wanted
    lake: Lake | None
    now: Callable[[], datetime]
    told: Callable[[str], None]
    progress: Callable[[Moving], None]
    patience: Patience | None
    index: Index | None = None
    shares: dict[str, float] = field(default_factory=dict)
    done: int = 0
    of: int = 0
    expected: int = 0
    day: date | None = None

    def __enter__(self) -> _Run:
        near = is_loopback(self.host.traces.partition("//")[2].partition("/")[0].rpartition(":")[0])
        patience = self.patience or (_OWN_MACHINE if near else Patience())
        self.traces = Asker(f"{self.host.name} (day traces)", self.host.per_second, patience, self.told, self._moved)
        self.releases = Asker(f"{self.host.name} (releases)", self.host.per_second, patience, self.told, self._moved)
        self._open = ExitStack()
        self._open.enter_context(self.traces)
        self._open.enter_context(self.releases)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _moved(self, _: int) -> None:
        self.progress(Moving(self.day, self.done, self.of, self.traces.bytes + self.releases.bytes, self.expected))

    @property
    def cache(self) -> Path | None:
        return None if self.lake is None else self.lake.layout.cache

    def go(self, way: str | None, *, dry_run: bool, again: bool) -> Fetched:
        """Plan, then fetch day after day."""
        ledger = LEDGER.empty() if self.lake is None else self.lake.ledger()
        open_days = needs(self.question, ledger, self.host.name)
        result = Fetched([], None, LEDGER.empty(), PROBLEMS.empty(), dry=dry_run)
        result.days_answered_before = len(self.question.days) - len(open_days)
        askable, told_before = self._split(open_days)
        if askable and self.host.index:
            cache = None if self.cache is None else self.cache / "lists"
            self.index = read_index(self.releases, self.host, self.now().date(), cache, days=[n.day for n in askable])
            for note in (*self.index.notes, *(f"{what} could not be read" for what in self.index.unread)):
                self.told(note)
        if not again and (before := self._damaged_before(askable, ledger, way, dry_run=dry_run)):
            result.as_before = tuple(sorted(before))
            open_days = needs(self.question, ledger, self.host.name, before)
            askable, told_before = self._split(open_days)
        result.days_asked = len(open_days)
        result.plan = [] if not askable else costs(
            self.host, [n.day for n in askable], self.index,
            aircraft=len(self.question.fleet.addresses), fields=len(self.question.places),
            halves=self.question.traffic, by_word=self.question.fleet.by_word,
        )  # fmt: skip
        result.chosen = self._chosen(result.plan, way) if askable else None
        for cost in result.plan:
            self.told(("* " if cost is result.chosen else "  ") + cost.sentence())
        if dry_run:
            result.unasked = tuple((n.day, status) for n, status, _ in told_before)
        elif self.lake is not None:
            self.expected = result.chosen.bytes if result.chosen else 0
            self._fetch(self.lake, ledger, result, askable, told_before)
        result.requests = self.traces.requests + self.releases.requests
        result.bytes = self.traces.bytes + self.releases.bytes
        return result

    def _damaged_before(
        self, askable: Sequence[Need], ledger: pl.DataFrame, way: str | None, *, dry_run: bool
    ) -> dict[date, frozenset[str]]:
        """Find what was damaged before and has not changed since."""
        if self.cache is None:
            return {}
        index = self.index or Index()

        def look(url: str) -> Mark:
            return (self.traces if url.startswith(self.host.traces) else self.releases).look(url)

        return unchanged(
            self.cache, self.host.name, askable, ledger, doubt_of=index.doubt, look=None if dry_run else look, way=way,
            release_of=lambda day: r.urls if (r := index.releases.get(day)) is not None else (),
        )  # fmt: skip

    def _chosen(self, plan: Sequence[Cost], way: str | None) -> Cost | None:
        if way is None:
            if not plan and self.question.fleet.by_word:
                raise UsageError("no register names these aircraft, and this host has no whole days to look through")
            return cheapest(plan)
        for cost in plan:
            if cost.way == way:
                return cost
        why = "looks for aircraft by words only in whole days" if self.question.fleet.by_word else "does not offer it"
        raise UsageError(f"--way {way}: {self.host.name} {why}")

    def _split(self, open_days: Sequence[Need]) -> tuple[list[Need], list[tuple[Need, str, str]]]:
        """Set apart the days that need not be asked for: before the archive begins, or not over yet."""
        askable, rest = [], []
        for need in open_days:
            if self.host.first_day is not None and need.day < self.host.first_day:
                rest.append((need, "no_archive", f"open archives begin on {self.host.first_day}"))
            elif self.now() < _final(need.day):
                rest.append((need, "pending", "the day is not over, or was not written to its end"))
            else:
                askable.append(need)
        return askable, rest

    def _fetch(
        self,
        lake: Lake,
        ledger: pl.DataFrame,
        result: Fetched,
        askable: Sequence[Need],
        rest: Sequence[tuple[Need, str, str]],
    ) -> None:
        frames = [LEDGER.empty()]
        if rest:
            unasked = pl.concat([self._row(n, status, why) for n, status, why in rest])
            with lake.batch() as batch:
                batch.add_ledger(unasked)
                batch.commit()
            frames.append(unasked)
        self.of = len(askable)
        chosen = result.chosen.way if result.chosen else ""
        problems = [PROBLEMS.empty()]
        for need in askable:
            self.day = need.day
            self._moved(0)
            near = pl.concat([ledger, *frames])
            for done in self._one_day(lake, need, chosen, near):
                frames.append(done.ledger)
                problems += done.problems
            self.done += 1
        self._moved(0)
        # a day asked by a second way has two rows: the lake keeps the better, and so does the account
        every = pl.concat(frames)
        sure = every.with_columns(_sure=pl.col("status").is_in(["received", "empty"]))
        kept = sure.sort("_sure", "asked_utc", maintain_order=True).unique(["day", "what"], keep="last")
        result.ledger = kept.drop("_sure").sort("day", "what")
        result.problems = pl.concat(problems)

    def _one_day(self, lake: Lake, need: Need, chosen: str, ledger: pl.DataFrame) -> list[DayDone]:
        """Fetch a day by the way chosen; by the next one where that host has nothing of the day."""
        release = None if self.index is None else self.index.releases.get(need.day)
        if chosen != "traces" and release is None:
            absent = self._row(need, *self._not_released(need.day))
            with lake.batch() as batch:
                batch.add_ledger(absent)
                batch.commit()
            return [DayDone(absent)]
        order = [chosen, *(["ranges"] if chosen == "traces" and release is not None else [])]
        done: list[DayDone] = []
        for name in order:
            self.traces.marks.clear()
            self.releases.marks.clear()
            with ExitStack() as stack:
                way, whole = self._way(name, need, release, ledger, stack)
                found = fetch_day(
                    lake, self.host.name, self.question, need, way, whole,
                    askers=(self.traces, self.releases), now=self.now, told=self.told,
                )  # fmt: skip
                if isinstance(way, RangesWay):
                    self.shares |= way.shares
            done.append(found)
            if self.cache is not None:
                remember(
                    self.cache, self.host.name, need.day, found.ledger, found.files,
                    doubt="" if self.index is None else self.index.doubt(need.day),
                    release=() if name == "traces" or release is None else release.urls,
                    marks=self.traces.marks | self.releases.marks,
                )  # fmt: skip
            if not set(found.ledger.filter(pl.col("what") != TRAFFIC)["status"]) <= _NOTHING:
                break
        return done

    def _way(
        self, name: str, need: Need, release: Release | None, ledger: pl.DataFrame, stack: ExitStack
    ) -> tuple[Way, Way | None]:
        doubt = "" if self.index is None else self.index.doubt(need.day)
        if name == "traces" or release is None or self.cache is None:
            support = "" if self.index is None else self.index.support(need.day)
            today = self.now().date()
            return TracesWay(self.traces, self.host, need.day, today, doubt=doubt, support=support), None
        stream = StreamWay(
            self.releases,
            release,
            self.cache / "passing",
            doubt=doubt,
            neighbours=_neighbours(ledger, self.host, need.day),
        )
        stack.callback(stream.close)
        if name == "stream":
            return stream, None
        offsets = self.cache / "offsets"
        if not self.shares:
            self.shares = _known_shares(offsets, need.day)
        return RangesWay(self.releases, release, offsets, stream, prior=self.shares, doubt=doubt), stream

    def _not_released(self, day: date) -> tuple[str, str]:
        """Say what it means that no list names a day."""
        index = self.index or Index()
        if index.unread:
            return "failed", f"in none of the lists, but not all could be read: {index.unread[0]}"
        newest = index.newest
        recent = day > self.now().date() - timedelta(days=_PUBLISHED_DAYS)
        if recent and newest is not None and day > newest:
            return "pending", f"not yet published; the newest day is {newest}"
        return "missing", "in none of the lists of releases"

    def _row(self, need: Need, status: str, reason: str) -> pl.DataFrame:
        """Make the ledger's rows of a day that was not asked for."""
        whats = [*need.fleet.addresses, *need.terms, *([TRAFFIC] if self.question.traffic else [])]
        return ledger_frame(
            {
                "source": self.host.name, "day": need.day, "what": what, "status": status, "reason": reason,
                "asked_utc": self.now(), "requests": 0, "bytes": 0,
            }
            for what in whats
        )  # fmt: skip


def _final(day: date) -> datetime:
    """When a day is written to its end: readsb closes it about an hour after midnight."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return midnight + timedelta(hours=_FINAL_HOURS)


def _neighbours(ledger: pl.DataFrame, host: Host, day: date) -> list[int]:
    """Count the traces of days close by that were seen to their end."""
    rows = ledger.filter((pl.col("source") == host.name) & pl.col("end_reached").fill_null(value=False))
    rows = rows.filter((pl.col("day") != day) & ((pl.col("day") - day).dt.total_days().abs() <= _NEIGHBOURS))
    counts = rows.group_by("day").agg(pl.col("trace_files").max(), pl.col("folders").max())
    return counts.filter(pl.col("folders") == 256).sort("day")["trace_files"].drop_nulls().to_list()


def _known_shares(offsets: Path, day: date) -> dict[str, float]:
    """Give where folders lay on the day nearest to this one of which places are kept."""
    best: tuple[int, Path] | None = None
    for path in sorted(offsets.glob("*.parquet")) if offsets.is_dir() else ():
        try:
            away = abs((date.fromisoformat(path.stem) - day).days)
        except ValueError:
            continue
        if best is None or away < best[0]:
            best = (away, path)
    layout = Layout.load(best[1]) if best is not None else None
    return layout.shares() if layout is not None else {}
