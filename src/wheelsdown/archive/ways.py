"""Ways to a day's files, alike to the caller: one file an aircraft, or a release streamed (ranges: `ranges_way`)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Protocol

from wheelsdown.archive.asking import Asker, TooLargeError, UnavailableError
from wheelsdown.archive.fleet import Fleet, address_of
from wheelsdown.archive.hosts import Host
from wheelsdown.archive.releases import Release, follows_on
from wheelsdown.archive.streaming import PartStream
from wheelsdown.errors import ArchiveError
from wheelsdown.sources.day_quality import HEATMAP_NAME, HEATMAPS, DayQuality
from wheelsdown.sources.interface import Report
from wheelsdown.sources.tar_members import MEMBER_MOST, TRACE_MOST, members

__all__ = ["Found", "StreamWay", "TracesWay", "Way", "heatmap_member"]

_LAST_HALF: Final = HEATMAPS - 1
_OTHER_HALVES: Final = (24, 0)
_ADDRESS_DIGITS: Final = 6


@dataclass(frozen=True)
class Found:
    """What became of one file: a trace or a heatmap."""

    what: str
    """Address, or number of the half hour with two digits."""
    status: str
    """As in LEDGER: received, empty, missing, expired, failed, damaged."""
    data: bytes | None = None
    origin: str | None = None
    reason: str | None = None


class Way(Protocol):
    """How one day's files are come by."""

    name: str
    notes: list[str]
    quality: DayQuality | None
    """What was seen of the whole day; null where the day was not walked."""
    origin: str

    def traces(self, fleet: Fleet) -> Iterator[Found]:
        """Give a row an address asked for, and one for each further aircraft that fits the fleet's words."""
        ...

    def heatmaps(self, numbers: Sequence[int]) -> Iterator[Found]:
        """Give a row a half hour asked for."""
        ...

    def unseen(self) -> tuple[str, str] | None:
        """Say why not every trace of the day was looked into (status, reason); None where all were, or none had to."""
        ...


def heatmap_member(number: int) -> str:
    """Name of a half hour in a release."""
    return f"./heatmap/{number:02d}.bin.ttf"


class TracesWay:
    """One request an aircraft and day, of a host that offers ``globe_history``."""

    name = "traces"

    def __init__(self, asker: Asker, host: Host, day: date, today: date, *, doubt: str = "", support: str = "") -> None:
        self._asker, self._host, self._day = asker, host, day
        self._expired = host.retention_days is not None and day < today - timedelta(days=host.retention_days)
        self._doubt, self._support = doubt, support
        self._there = ""
        self._ended: bool | None = None
        """Whether the day's last half hour is there; None where not asked, or where the host has no half hours."""
        self._looked = False
        self._folders: set[str] = set()
        self.notes: list[str] = []
        self.quality: DayQuality | None = None
        self.origin = host.day_url(day)

    def traces(self, fleet: Fleet) -> Iterator[Found]:
        """Ask for each address; what is not there is told once it is known whether the day is there at all."""
        absent: list[str] = []
        for address in fleet.addresses:
            url = self._host.trace_url(self._day, address)
            found = self._one(address, url, TRACE_MOST)
            if found is None:
                absent.append(address)
            else:
                yield found
        for address in absent:
            status, reason = self._absence(address)
            yield Found(address, status, None, self._host.trace_url(self._day, address), reason)

    def heatmaps(self, numbers: Sequence[int]) -> Iterator[Found]:
        """Ask for each half hour."""
        for number in numbers:
            url = self._host.heatmap_url(self._day, number)
            found = self._one(f"{number:02d}", url, MEMBER_MOST)
            yield found or Found(f"{number:02d}", "expired" if self._expired else "missing", None, url, "404")

    def _one(self, what: str, url: str, most: int) -> Found | None:
        try:
            answer = self._asker.get(url, most_bytes=most)
        except (UnavailableError, TooLargeError) as e:
            return Found(what, "failed", None, url, str(e))
        if answer.status != 200:
            return None
        if answer.data.lstrip()[:1] != b"<":  # a page that says "not found" with a 200 shows nothing
            self._there = self._there or ("a trace" if len(what) == _ADDRESS_DIGITS else f"its heatmap {what}")
            if len(what) == _ADDRESS_DIGITS:
                self._folders.add(what[-2:])
            elif what == f"{_LAST_HALF:02d}":
                self._ended = True
        if answer.data[:2] != b"\x1f\x8b":
            note = (
                f"{self._host.name} unpacked what it stores: receipts are of the bytes that came, not of the archive's"
            )
            if note not in self.notes:
                self.notes.append(note)
        return Found(what, "received", answer.data, url)

    def _absence(self, address: str) -> tuple[str, str | None]:
        """Say what a 404 means: nothing flew only if the host has other files of that day, and what that rests on.

        It cannot see a folder that is missing from a day of usual size, unless another of its traces was asked for.
        """
        in_doubt = "damaged", f"404, but the day is likely to be incomplete: {self._doubt}"
        if self._doubt and self._there:
            return in_doubt
        try:
            self._looked_for_life()
        except UnavailableError as e:
            return "failed", f"404, and whether the host has this day could not be asked: {e}"
        if not self._there and self._expired:
            return "expired", f"{self._host.name} keeps {self._host.retention_days} days"
        if not self._there:
            return "missing", "the host has no file of this day"
        if self._doubt:
            return in_doubt
        if self._ended is False:
            return "damaged", "404, but the host has not the day's last half hour: it may be cut off"
        folder = address[-2:]
        if folder in self._folders:
            return "empty", f"no trace of it on that host, where another trace of folder {folder} is"
        rests = "; ".join(x for x in (f"{self._there} of that day is there", self._support) if x)
        return "empty", f"no trace of it on that host; {rests}; folder {folder} itself was not seen"

    def unseen(self) -> None:
        """Aircraft are asked for by address only."""

    def _looked_for_life(self) -> None:
        """Look, once, whether the day is there to its end: for its last half hour, or else for any."""
        if self._looked or self._ended:
            return
        if self._is_there(_LAST_HALF):
            self._ended = True
        elif any(self._is_there(n) for n in _OTHER_HALVES):
            self._ended = False
        self._looked = True

    def _is_there(self, number: int) -> bool:
        there = self._asker.head(self._host.heatmap_url(self._day, number)).status == 200
        if there:
            self._there = self._there or f"its heatmap {number:02d}"
        return there


class StreamWay:
    """A release from its first byte to its last; what is wanted is picked out while it passes."""

    name = "stream"

    def __init__(
        self,
        asker: Asker,
        release: Release,
        scratch: Path,
        *,
        doubt: str = "",
        neighbours: Sequence[int] = (),
    ) -> None:
        self._asker, self._release, self._scratch = asker, release, scratch
        self._doubt, self._neighbours = doubt or release.caution, neighbours
        self._spool: tempfile.TemporaryDirectory[str] | None = None
        self._have: set[str] = set()
        self._failed = ""
        self._looked = False
        self.notes: list[str] = []
        self.quality: DayQuality | None = None
        self.origin = release.urls[0]

    def traces(self, fleet: Fleet) -> Iterator[Found]:
        """Pass over the day once; heatmaps are put aside on the way."""
        asked = set(fleet.addresses)
        seen: set[str] = set()

        def wanted(name: str) -> bool:
            address = address_of(name)
            if address is not None:
                return address in asked or fleet.by_word
            return _is_new_heatmap(name, self._have)

        for name, data in self._pass(wanted):
            address = address_of(name)
            if address is None:
                self._put_aside(name, data)
            elif address not in seen and (address in asked or fleet.fits(data)):
                seen.add(address)
                yield Found(address, "received", data, f"{self.origin}#{name}", self._release.caution or None)
        for address in fleet.addresses:
            if address not in seen:
                status, reason = self._absence(address)
                yield Found(address, status, None, self.origin, reason)

    def heatmaps(self, numbers: Sequence[int]) -> Iterator[Found]:
        """Give what was put aside; without an earlier pass the day is read up to where its heatmaps end."""
        if not self._looked:
            self._until_heatmaps_end()
        for number in numbers:
            label, name = f"{number:02d}", heatmap_member(number)
            if label in self._have and self._spool is not None:
                data = (Path(self._spool.name) / label).read_bytes()
                yield Found(label, "received", data, f"{self.origin}#{name}")
            elif self._failed:
                yield Found(label, "failed", None, self.origin, self._failed)
            else:
                yield Found(label, "missing", None, self.origin, "not in the release")

    def close(self) -> None:
        """Remove what was put aside."""
        if self._spool is not None:
            self._spool.cleanup()
            self._spool = None

    def unseen(self) -> tuple[str, str] | None:
        """Judge the day that passed: who was not in it may be in what did not pass."""
        if self._failed:
            return "failed", self._failed
        status, why = (self.quality or DayQuality()).verdict(self._neighbours)
        if self._doubt or status != "received":
            return "damaged", self._doubt or why or status
        return None

    def _until_heatmaps_end(self) -> None:
        begun = False
        for name, data in self._pass(lambda n: HEATMAP_NAME.fullmatch(n) is not None, also_others=True):
            if HEATMAP_NAME.fullmatch(name):
                begun = True
                self._put_aside(name, data)
            elif begun and len(self._have) == HEATMAPS:
                self.quality = None  # broken off: the day was not seen
                return

    def _pass(self, wanted: Callable[[str], bool], *, also_others: bool = False) -> Iterator[tuple[str, bytes]]:
        self._looked = True
        report = Report(self._release.name)
        quality = DayQuality()
        stream = PartStream(self._asker, self._release.urls, complete=follows_on(self._release))
        try:
            with stream:
                for member, data in members(stream, wanted=wanted, report=report, quality=quality):
                    if data is not None:
                        yield member.name, data
                    elif also_others:
                        yield member.name, b""
        except (UnavailableError, ArchiveError) as e:
            self._failed = str(e)
        else:
            self._failed = ""
        self.quality = quality

    def _put_aside(self, name: str, data: bytes) -> None:
        found = HEATMAP_NAME.fullmatch(name)
        if found is None:
            return
        if self._spool is None:
            self._scratch.mkdir(parents=True, exist_ok=True)
            self._spool = tempfile.TemporaryDirectory(prefix="heatmaps-", dir=self._scratch)
        (Path(self._spool.name) / found.group(1)).write_bytes(data)
        self._have.add(found.group(1))

    def _absence(self, address: str) -> tuple[str, str | None]:
        """Say what it means that a trace did not pass by."""
        unseen = self.unseen()
        if unseen is None or self._failed or self._doubt:
            return unseen or ("empty", None)
        quality = self.quality or DayQuality()
        if 0 < quality.heatmaps < HEATMAPS:
            return unseen  # the network itself was down for part of the day
        thin = self._neighbours and DayQuality.verdict(_thin(quality), self._neighbours)[0] == "damaged"
        whole = quality.end_reached and not quality.damage_count and address[-2:] in quality.seen_folders and not thin
        return ("empty", None) if whole else unseen


def _thin(quality: DayQuality) -> DayQuality:
    """A day with nothing amiss but its number of traces."""
    return DayQuality(
        trace_files=quality.trace_files,
        end_reached=True,
        seen_folders={f"{i:02x}" for i in range(256)},
        seen_heatmaps={f"{i:02d}" for i in range(HEATMAPS)},
    )


def _is_new_heatmap(name: str, have: set[str]) -> bool:
    found = HEATMAP_NAME.fullmatch(name)
    return found is not None and found.group(1) not in have
