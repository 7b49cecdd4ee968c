"""Fetches days of hosts that ask for a key into a lake: the aircraft alone, without the traffic around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.archive.answers import Answer, address, ledger_frame, nothing_of
from wheelsdown.archive.asking import Patience
from wheelsdown.archive.keyed import Asking, Keyed, keyed
from wheelsdown.engines.fetch_question import SURE, WITHOUT_TRAFFIC, Need, Wanted, needs
from wheelsdown.engines.fetched import Fetched, Moving
from wheelsdown.errors import ArchiveError, UsageError
from wheelsdown.lake import Lake
from wheelsdown.reference import registers
from wheelsdown.reference.blocks import normal_tail
from wheelsdown.schema import LEDGER, PROBLEMS

__all__ = ["fetch_keyed", "tails_of"]

_AGAIN: Final = re.compile(r"ask again after (\d{4}-\d\d-\d\d \d\d:\d\d) UTC")
_NO_ADDRESS: Final = (
    "this host is asked by address, and no loaded register has one "
    "(wheelsdown reference add, --registers FILE, or --icao24)"
)


def tails_of(addresses: Sequence[str], named: Sequence[str], extra: Sequence[Path] = ()) -> dict[str, tuple[str, ...]]:
    """Give the registrations that registers have for addresses, as they write them.

    Those that the user named come first, then the order in which registers are believed.

    Raises
    ------
    ReferenceDataError
        A register cannot be read.
    """
    loaded = registers.load(extra=extra)
    rows = loaded.filter(pl.col("icao24").is_in(list(addresses)) & pl.col("registration").is_not_null())
    mine = {normal_tail(t) for t in named}
    found: dict[str, dict[str, str]] = {}
    for icao24, tail in rows.select("icao24", "registration").iter_rows():
        found.setdefault(icao24, {}).setdefault(normal_tail(tail), tail)
    return {
        icao24: tuple(tail for _, tail in sorted(tails.items(), key=lambda item: item[0] not in mine))
        for icao24, tails in found.items()
    }


def fetch_keyed(
    lake: Path,
    host: str,
    question: Wanted,
    *,
    tails: Mapping[str, Sequence[str]],
    base_url: str | None,
    dry_run: bool,
    patience: Patience | None,
    now: Callable[[], datetime],
    told: Callable[[str], None],
    progress: Callable[[Moving], None],
) -> Fetched:
    """Fetch aircraft day by day from a host that asks for the user's credentials.

    As with open archives: what the ledger answers is not asked again, a day is committed whole (first the data, then
    the ledger that says they are there), and a run that is stopped or killed loses the running day only.

    Parameters
    ----------
    lake : Path
        Made if it is not there.
    host : str
        One of `archive.hosts.KEYED`.
    question : Wanted
        Only its addresses are asked for; its words become rows `failed` that say why.
    tails : mapping
        From `tails_of`.
    base_url : str or None
        Another address of the host.
    dry_run : bool
        Only say what it would cost. Needs no credentials.
    patience, now, told, progress
        As in `fetching.fetch`.

    Returns
    -------
    Fetched

    Raises
    ------
    UsageError
        No aircraft is named, or an address that such hosts do not keep.
    ArchiveError
        Credentials or the extra are wanting, or are refused. What was answered before is in the lake.
    LakeError
        The lake cannot be opened or written; days done before stay.
    """
    asked = keyed(host, tails=tails, base_url=base_url, patience=patience, now=now)
    addresses = question.fleet.addresses
    for a in addresses:
        address(a)
    if question.by_place:
        raise UsageError(f"--host {host}: name aircraft (--icao24, --registration); who was at a place it does not say")
    if not addresses:
        raise UsageError(f"--host {host}: {', '.join(question.terms)}: {_NO_ADDRESS}")
    for line in (*asked.host.lines(), *question.notes, *asked.notes(addresses)):
        told(line)
    told(f"{asked.host.name}: gives no traffic around the aircraft, so that nobody can say what was missed")
    exists = (lake / "lake.json").exists()
    ledger = Lake.open(lake, waiting=told).ledger() if exists else LEDGER.empty()
    open_days = needs(question, asked.standing(ledger), asked.host.name)
    result = Fetched(
        [], None, LEDGER.empty(), PROBLEMS.empty(), len(open_days), len(question.days) - len(open_days), dry=dry_run
    )
    if not open_days:
        return result
    lacking = [a for a in addresses if any(a in n.fleet.addresses for n in open_days)]
    result.keyed_plan = asked.plan([n.day for n in open_days if n.fleet.addresses], lacking, now())
    told(result.keyed_plan.sentence())
    if not dry_run:
        run = _Run(asked, open_days, now, told, progress, result)
        run.left_alone(ledger)
        run.go(lake)
    return result


@dataclass
class _Run:
    """One run: the conversation, and how long the host wants to be left alone."""

    asked: Keyed
    open_days: Sequence[Need]
    now: Callable[[], datetime]
    told: Callable[[str], None]
    progress: Callable[[Moving], None]
    result: Fetched
    closed: datetime | None = None
    frames: list[pl.DataFrame] = field(default_factory=lambda: [LEDGER.empty()])
    problems: list[pl.DataFrame] = field(default_factory=lambda: [PROBLEMS.empty()])

    def left_alone(self, ledger: pl.DataFrame) -> None:
        """Find in the ledger whether the host asked, in an earlier run, not to be asked before a time to come."""
        mine = ledger.filter((pl.col("source") == self.asked.host.name) & (pl.col("status") == "failed"))
        for reason in mine["reason"].drop_nulls().unique().sort():
            if found := _AGAIN.search(reason):
                self._close(datetime.fromisoformat(found.group(1)).replace(tzinfo=UTC))

    def _close(self, until: datetime) -> None:
        if until > self.now() and (self.closed is None or until > self.closed):
            self.closed = until
            self.told(f"{self.asked.host.name}: {_again(until)}; until then nothing more is asked of it")

    def go(self, path: Path) -> None:
        """Ask day after day."""
        with ExitStack() as stack:
            # before the lake is made: without credentials nothing is touched
            asking = None if self.closed else stack.enter_context(self.asked.open())
            lake = Lake.open(path, create=True, waiting=self.told)
            try:
                for number, need in enumerate(self.open_days):
                    self._moved(need.day, number)
                    self._day(lake, need, asking)
                self._moved(None, len(self.open_days))
            finally:
                self.result.ledger = pl.concat(self.frames).sort("day", "what")
                self.result.problems = pl.concat(self.problems)

    def _moved(self, day: date | None, number: int) -> None:
        self.progress(Moving(day, number, len(self.open_days), self.result.bytes, 0))

    def _day(self, lake: Lake, need: Need, asking: Asking | None) -> None:
        """Ask for one day and commit it; where the credentials are refused, what came before that is kept."""
        at = self.now()
        answers = nothing_of(self.asked.host.name, need.day, need.terms, "failed", _NO_ADDRESS, at)
        try:
            for i in range(0, len(need.fleet.addresses), self.asked.group):
                group = need.fleet.addresses[i : i + self.asked.group]
                if self.closed is not None and (asking is None or self.now() < self.closed):
                    reason = f"not asked: {_again(self.closed)}"
                    answers += nothing_of(self.asked.host.name, need.day, group, "failed", reason, self.now())
                    continue
                if asking is None:
                    raise AssertionError("a host that may be asked has been opened")
                came = asking(need.day, group)
                answers += came
                for a in came:
                    if a.ask_again_utc is not None:
                        self._close(a.ask_again_utc)
        except ArchiveError:
            self._keep(lake, answers)
            raise
        self._keep(lake, answers)

    def _keep(self, lake: Lake, answers: Sequence[Answer]) -> None:
        """Commit the data, then the ledger: killed in between, the next run asks again and adds nothing twice."""
        if not answers:
            return
        if any(a.files for a in answers):
            with lake.batch() as batch:
                for a in answers:
                    for f in a.files:
                        batch.keep_raw(f.receipt, f.raw)
                    batch.add(a.positions, receipts=a.receipts, claims=a.claims)
                batch.commit()
        rows = ledger_frame([_marked(a) for a in answers])
        with lake.batch() as batch:
            batch.add_ledger(rows)
            batch.commit()
        self.frames.append(rows)
        self.problems += [a.problems for a in answers]
        self.result.requests += sum(a.requests for a in answers)
        self.result.bytes += sum(a.bytes for a in answers)


def _again(until: datetime) -> str:
    return f"ask again after {until:%Y-%m-%d %H:%M} UTC"


def _marked(answer: Answer) -> Answer:
    """Say in the ledger that the surroundings are not kept, so that an open archive is asked for them."""
    if answer.status not in SURE:
        return answer
    said = f"{WITHOUT_TRAFFIC} (this host gives none)"
    return replace(answer, reason="; ".join(x for x in (answer.reason, said) if x))
