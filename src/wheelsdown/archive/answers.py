"""What a host with a key answered for one aircraft and UTC day, and what asking it costs."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.archive.hosts import check_url
from wheelsdown.errors import ArchiveError, UsageError
from wheelsdown.provenance import Receipt
from wheelsdown.schema import LEDGER, LEDGER_STATUS, POSITIONS, PROBLEMS
from wheelsdown.sources.interface import Card, Claim, Source
from wheelsdown.sources.reading import gather

__all__ = [
    "Answer",
    "Cost",
    "Decoded",
    "KeyedHost",
    "NotAskedError",
    "Received",
    "address",
    "day_bounds",
    "decode",
    "ledger_frame",
    "nothing_of",
    "received",
    "safe_root",
]

_ADDRESS: Final = re.compile(r"[0-9a-f]{6}")


class NotAskedError(Exception):
    """A question could not be put, or was refused: it becomes a row `failed` and never leaves this package."""

    def __init__(self, reason: str, ask_again_utc: datetime | None = None) -> None:
        self.reason = reason
        self.ask_again_utc = ask_again_utc
        super().__init__(reason)


@dataclass(frozen=True)
class KeyedHost:
    """A host that asks for the user's own credentials: who it is, its terms, its rates, what it needs."""

    name: str
    """As in `LEDGER.source`."""
    card: Card
    rates: str
    needs: str

    def lines(self) -> list[str]:
        """Say whose data these are and under which terms, before anything is asked."""
        return [
            f"{self.name}: {self.card.publisher}. {self.card.licence} ({self.card.url}).",
            f"{self.name}: {self.rates}.",
            f"{self.name}: needs {self.needs}.",
        ]


@dataclass(frozen=True)
class Received:
    """One thing a host sent: its bytes and their receipt."""

    receipt: Receipt
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What became of one question, and what came.

    `positions` may reach over the ends of the day: a flight comes whole. The ledger counts those of the day.
    """

    source: str
    day: date
    what: str
    status: str
    reason: str | None
    asked_utc: datetime
    positions: pl.DataFrame = field(default_factory=POSITIONS.empty)
    files: tuple[Received, ...] = ()
    claims: tuple[Claim, ...] = ()
    problems: pl.DataFrame = field(default_factory=PROBLEMS.empty)
    requests: int = 0
    bytes: int = 0
    origin: str | None = None
    ask_again_utc: datetime | None = None
    """Not before then, where the host says so."""

    def __post_init__(self) -> None:
        if self.status not in LEDGER_STATUS:
            raise UsageError(f"status {self.status!r} is none of {', '.join(LEDGER_STATUS)}")

    @property
    def receipts(self) -> list[Receipt]:
        """Receipts of all that came."""
        return [f.receipt for f in self.files]


@dataclass(frozen=True)
class Cost:
    """What a question would cost, before it is put."""

    host: str
    requests: int
    credits: dict[str, int] | None
    """Credits by the host's own buckets; None where its prices are not known."""
    hours: float
    notes: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say it."""
        bill = ", ".join(f"{n:,} credits ({bucket})" for bucket, n in (self.credits or {}).items())
        parts = [f"about {self.requests:,} requests", bill or "credits not known", f"{self.hours:.1f} hours"]
        return f"{self.host}: {', '.join(parts)}" + (f" ({'; '.join(self.notes)})" if self.notes else "")


@dataclass(frozen=True)
class Decoded:
    """What a reader made of received files."""

    positions: pl.DataFrame
    """POSITIONS, checked, each once."""
    problems: pl.DataFrame
    """PROBLEMS."""
    claims: tuple[Claim, ...]
    files: tuple[Received, ...]
    """The files given, their receipts now with format and number of positions."""


def address(text: str) -> str:
    """Give an address in its one form.

    Raises
    ------
    UsageError
        It is not six hex digits. Non-ICAO addresses (``~``) cannot be asked for: these hosts keep none.
    """
    found = text.strip().lower()
    if not _ADDRESS.fullmatch(found):
        raise UsageError(f"{text[:80]!r} is not an address of six hex digits")
    return found


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Start of a UTC day, and of the next."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + timedelta(days=1)


def safe_root(url: str) -> str:
    """Give a base URL without its last slash; a key is sent over TLS only, or to this machine.

    Raises
    ------
    ArchiveError
        The URL would send the key in clear.
    """
    try:
        check_url(url)
    except UsageError as e:
        raise ArchiveError(f"a key is sent over https only: {e}") from e
    return url.rstrip("/")


def received(name: str, raw: bytes, *, origin: str, at: datetime) -> Received:
    """Make the receipt of bytes that came."""
    digest = hashlib.sha256(raw).hexdigest()
    return Received(Receipt(name, digest, len(raw), retrieved_utc=at, origin=origin), raw)


def decode(files: Sequence[Received], source: Source) -> Decoded:
    """Read received bytes as files of a known format are read: ranges checked, repeats merged, recordings tied.

    Parameters
    ----------
    files
        Names of receipts are relative and were made by the caller, never by the host.
    source
        The reader.
    """
    with tempfile.TemporaryDirectory(prefix="wheelsdown-") as folder:
        at: dict[Path, Received] = {}
        for number, one in enumerate(files):
            path = Path(folder) / str(number) / Path(one.receipt.file).name
            path.parent.mkdir()
            path.write_bytes(one.raw)
            at[path] = one
        reading = gather(list(at), [source], forced=True, known={path: one.receipt for path, one in at.items()})
        names = {str(path): one.receipt.file for path, one in at.items()}
    known = {r["sha256"]: (r["format"], r["positions"]) for r in reading.receipts.iter_rows(named=True)}
    told: list[Received] = []
    for one in files:
        form, rows = known.get(one.receipt.sha256, (None, None))
        told.append(one if form is None else Received(one.receipt.read_as(form, rows or 0), one.raw))
    return Decoded(
        reading.positions,
        reading.problems.with_columns(pl.col("file").replace(names)),
        tuple(Claim(**row) for row in reading.identities.iter_rows(named=True)),
        tuple(told),
    )


def nothing_of(
    host: str, day: date, icao24s: Iterable[str], status: str, reason: str, asked_utc: datetime
) -> list[Answer]:
    """Answer for addresses about which the host was not asked, because the day itself decides."""
    return [Answer(host, day, a, status, reason, asked_utc) for a in icao24s]


def ledger_frame(answers: Iterable[Answer]) -> pl.DataFrame:
    """Answers as rows of LEDGER."""
    rows = [
        {
            "source": a.source,
            "day": a.day,
            "what": a.what,
            "status": a.status,
            "reason": a.reason,
            "asked_utc": a.asked_utc,
            "requests": a.requests,
            "bytes": a.bytes,
            "positions": a.positions.filter(pl.col("time_utc").dt.date() == a.day).height if a.files else None,
            "origin": a.origin,
        }
        for a in answers
    ]
    schema = {name: LEDGER.schema[name] for name in (rows[0] if rows else ())}
    return LEDGER.conform(pl.DataFrame(rows, schema=schema), fill=True)
