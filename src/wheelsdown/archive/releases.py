"""adsb.lol's releases: which day is kept where, found in the lists of its repositories and never by counting years.

Each yearly repository has ``PREFERRED_RELEASES.txt`` (one line a day: the addresses of its parts, commas between),
``ALL_RELEASES.txt`` with every copy, and ``RELEASES.md`` with sizes. Repositories hold days of other years at their
edges, and the same day may be in two. Source: adsblol/globe_history_2023 to _2026, scripts ``update-releases.py`` and
``manifests/update.sh``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Final

from wheelsdown.archive.asking import Asker, TooLargeError, UnavailableError
from wheelsdown.archive.hosts import Host, check_url
from wheelsdown.errors import UsageError

__all__ = ["Index", "Release", "read_index"]

PREFERRED: Final = "PREFERRED_RELEASES.txt"
ALL: Final = "ALL_RELEASES.txt"
SIZES: Final = "RELEASES.md"
_MOST_BYTES: Final = 32 << 20
_FIRST_YEAR: Final = 2023
_MIB: Final = 1 << 20
_STEM: Final = re.compile(r"/(v(\d{4})\.(\d\d)\.(\d\d)-(planes-readsb-([a-z]+)-?(\d*[a-z]*)))\.tar(\.[a-z]{2})?$")
_DAY: Final = re.compile(r"^- (\d{4}-\d\d-\d\d) ")
_SIZE: Final = re.compile(r"\[([\w-]+) \((\d+) MiB\)\]")
_PODS: Final = {"prod": 0, "staging": 1, "test": 2}
_OTHER: Final = 3
_TEMPORARY: Final = 8
_MLAT_ONLY: Final = 9
_FEW: Final = 0.6
_NEIGHBOURS: Final = 7


@dataclass(frozen=True)
class Release:
    """One day as it is kept: its parts in order."""

    day: date
    pod: str
    urls: tuple[str, ...]
    rank: int
    """Lower is better; see `caution`."""

    @property
    def caution(self) -> str:
        """What the user must know of this copy; empty where nothing."""
        if self.rank == _MLAT_ONLY:
            return "only positions by multilateration were published for this day"
        return "only a temporary copy was published for this day" if self.rank == _TEMPORARY else ""

    @property
    def partial(self) -> bool:
        """Whether the copy lacks most aircraft by its nature."""
        return self.rank == _MLAT_ONLY

    @property
    def name(self) -> str:
        """Name of the release, without ``.tar``."""
        return f"v{self.day:%Y.%m.%d}-{self.pod}"


def parse_line(line: str, *, came_from: str | None = None) -> Release | None:
    """Read one line of a list: the parts of one release; None where it is none, or its parts do not follow on.

    Addresses that may not be asked (not https; on this machine, in a far host's list) are taken for none. Parts are
    put in the order of their names.
    """
    parts: dict[str, str] = {}
    stems: dict[str, re.Match[str]] = {}
    for url in (u.strip() for u in line.split(",")):
        if (found := _STEM.search(url)) is None:
            continue
        try:
            check_url(url, came_from=came_from)
        except UsageError:
            continue
        stems[found.group(1)] = found
        parts[found.group(8) or ""] = url
    if len(stems) != 1:
        return None
    found = next(iter(stems.values()))
    try:
        day = date(int(found.group(2)), int(found.group(3)), int(found.group(4)))
    except ValueError:
        return None
    pod, kind = found.group(5), found.group(6)
    rank = _PODS.get(kind, _OTHER)
    if "tmp" in pod:
        rank = _TEMPORARY
    if "mlatonly" in pod:
        rank = _MLAT_ONLY
    return Release(day, pod, tuple(parts[k] for k in sorted(parts)), rank)


def follows_on(release: Release) -> bool:
    """Tell whether the parts begin with the first and none is left out."""
    ends = [u.rsplit(".tar", 1)[1] for u in release.urls]
    if ends == [""]:
        return True
    return ends == [f".{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(len(ends))]


@dataclass
class Index:
    """Every day that the lists name, with its best copy."""

    releases: dict[date, Release] = field(default_factory=dict)
    sizes: dict[tuple[date, str], int] = field(default_factory=dict)
    """Bytes by day and pod, as the lists round them (MiB)."""
    unread: list[str] = field(default_factory=list)
    """Lists that could not be read, and why: a day absent from the others may be in these."""
    notes: list[str] = field(default_factory=list)

    def add(self, lines: Iterable[str], *, came_from: str | None = None) -> None:
        """Take the releases of one list; of two copies of a day the better is kept, of equals the first."""
        for line in lines:
            release = parse_line(line, came_from=came_from)
            if release is None:
                continue
            known = self.releases.get(release.day)
            if known is None or _order(release) < _order(known):
                self.releases[release.day] = release

    def add_sizes(self, lines: Iterable[str]) -> None:
        """Take the sizes of one RELEASES.md."""
        for line in lines:
            if found := _DAY.match(line):
                try:
                    day = date.fromisoformat(found.group(1))
                except ValueError:
                    continue
                for pod, mib in _SIZE.findall(line):
                    self.sizes[day, pod] = int(mib) * _MIB

    def size(self, release: Release) -> int | None:
        """Give a release's size, rounded to MiB; None where no list says it."""
        return self.sizes.get((release.day, release.pod))

    @property
    def newest(self) -> date | None:
        """Newest day kept."""
        return max(self.releases, default=None)

    def doubt(self, day: date) -> str:
        """Say why a day is likely to be incomplete, judged by the size of its neighbours; empty where it is not.

        A day below 60 % of the median of the days within a week on either side. It cannot see a day of right size that
        lacks something, nor a week of damage.
        """
        if (sizes := self._sizes(day)) is None or sizes[0] >= _FEW * sizes[1]:
            return ""
        return f"the day's release has {sizes[0] // _MIB} MiB, its neighbours {int(sizes[1]) // _MIB}"

    def support(self, day: date) -> str:
        """Say what the lists of releases tell for a day's being whole; empty where they tell nothing, or against it."""
        if (sizes := self._sizes(day)) is None or sizes[0] < _FEW * sizes[1]:
            return ""
        return f"the day's release has {sizes[0] // _MIB} MiB, its neighbours {int(sizes[1]) // _MIB}"

    def _sizes(self, day: date) -> tuple[int, float] | None:
        """Give a day's size and the median of its neighbours', in bytes; None where one is not known."""
        release = self.releases.get(day)
        own = None if release is None else self.size(release)
        if release is None or own is None or release.partial:
            return None
        near = [
            s
            for d, r in self.releases.items()
            if d != day and abs((d - day).days) <= _NEIGHBOURS and not r.partial and (s := self.size(r)) is not None
        ]
        return (own, median(near)) if len(near) >= 3 else None


def _order(release: Release) -> tuple[bool, int]:
    return (not follows_on(release), release.rank)


def read_index(asker: Asker, host: Host, today: date, cache: Path | None, *, days: Iterable[date] = ()) -> Index:
    """Read all repositories' lists.

    Parameters
    ----------
    asker : Asker
    host : Host
        With an address for lists.
    today : date
        UTC; repositories up to the next year's are looked for.
    cache : Path, optional
        Folder where lists are kept with their marks, so that an unchanged one is not sent again.
    days : iterable of date
        Wanted days: where the preferred lists lack one, or have only a makeshift copy, all copies are looked through.

    Returns
    -------
    Index
        Lists that could not be read are named in `unread`.
    """
    index = Index()
    years = range(_FIRST_YEAR, today.year + 2)
    for year in years:
        text = _list(asker, host, year, PREFERRED, cache, index, today)
        index.add(text, came_from=host.index_url(year, PREFERRED))
        if text:
            index.add_sizes(_list(asker, host, year, SIZES, cache, index, today))
    wanted = [d for d in days if d <= (index.newest or d)]
    if any((r := index.releases.get(d)) is None or r.rank >= _TEMPORARY or not follows_on(r) for d in wanted):
        for year in years:
            index.add(_list(asker, host, year, ALL, cache, index, today), came_from=host.index_url(year, ALL))
    return index


def _list(asker: Asker, host: Host, year: int, file: str, cache: Path | None, index: Index, today: date) -> list[str]:
    """Give one list's lines; an empty one where there is no such repository."""
    url = host.index_url(year, file)
    kept = _Kept.at(cache, url)
    try:
        answer = asker.get(url, most_bytes=_MOST_BYTES, headers=kept.asks() if kept else None)
    except (UnavailableError, TooLargeError) as e:
        if kept is not None:
            index.notes.append(f"{file} of {year} could not be read ({e}); the copy of an earlier run was used")
            return kept.text.splitlines()
        if file != SIZES:
            index.unread.append(f"{file} of {year}: {e}")
        return []
    if answer.status == 304 and kept is not None:
        return kept.text.splitlines()
    if answer.status == 404:
        if year <= today.year and file == PREFERRED and year < today.year:
            index.unread.append(f"{url}: 404")
        return []
    text = answer.data.decode("utf-8", errors="replace")
    if cache is not None:
        _Kept(text, answer.headers.get("etag"), answer.headers.get("last-modified")).keep(cache, url)
    return text.splitlines()


@dataclass(frozen=True)
class _Kept:
    """A list of an earlier run."""

    text: str
    etag: str | None
    modified: str | None

    def asks(self) -> dict[str, str]:
        headers = {}
        if self.etag:
            headers["If-None-Match"] = self.etag
        if self.modified:
            headers["If-Modified-Since"] = self.modified
        return headers

    @staticmethod
    def _name(url: str) -> str:
        return re.sub(r"[^A-Za-z0-9._-]+", "_", url)[-150:] + ".json"

    @classmethod
    def at(cls, cache: Path | None, url: str) -> _Kept | None:
        if cache is None:
            return None
        try:
            found = json.loads((cache / cls._name(url)).read_text(encoding="utf-8"))
            if found["url"] != url or not isinstance(found["text"], str):
                return None
            return cls(found["text"], found["etag"], found["modified"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # a cache that cannot be read is asked for anew

    def keep(self, cache: Path, url: str) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        path = cache / self._name(url)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        document = {"url": url, "etag": self.etag, "modified": self.modified, "text": self.text}
        part.write_text(json.dumps(document), encoding="utf-8")
        part.replace(path)


def windows(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Join days that follow one another into first and last."""
    first = last = None
    for day in sorted(set(days)):
        if last is not None and (day - last).days == 1:
            last = day
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = day
    if first is not None and last is not None:
        yield first, last
