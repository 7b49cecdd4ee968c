"""What a damaged day rested on, so that it is asked again only when the archive's files have changed.

A day whose parts do not join stays so until the archive mends it. Beside the ledger, in the lake's cache, lies what was
asked: addresses with size and mark. If the cache is lost the day is asked once more, and nothing else happens.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

from wheelsdown.archive.asking import Mark, UnavailableError
from wheelsdown.engines.fetch_question import Need

__all__ = ["Rested", "remember", "unchanged"]

Look = Callable[[str], Mark]


class Rested(msgspec.Struct, frozen=True):
    """What one damaged row of the ledger rested on."""

    doubt: str
    """What the lists of releases said against the day."""
    of_release: bool
    """Its files are the parts of a release."""
    marks: dict[str, Mark]
    """By address."""

    @property
    def told_apart(self) -> bool:
        """Whether a change of any of its files would show."""
        return bool(self.marks) and all(m.tells for m in self.marks.values())


def _path(cache: Path, source: str, day: date) -> Path:
    return cache / "damaged" / source / f"{day.isoformat()}.json"


def _read(path: Path) -> dict[str, Rested]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Rested])
    except (OSError, msgspec.DecodeError):
        return {}  # a cache that is absent or damaged: the day is asked again


def remember(
    cache: Path,
    source: str,
    day: date,
    ledger: pl.DataFrame,
    files: Mapping[str, Sequence[str]],
    *,
    doubt: str,
    release: Sequence[str],
    marks: Mapping[str, Mark],
) -> None:
    """Keep what the damaged rows of a day rested on; forget the others that were asked.

    Parameters
    ----------
    cache : Path
    source : str
    day : date
    ledger : LEDGER
        Rows of this day that were just asked.
    files : mapping
        Addresses of the files that each of them rests on, where they were asked file by file.
    doubt : str
        See `Rested`.
    release : sequence of str
        Addresses of the day's parts where these were read; empty where it was asked file by file.
    marks : mapping
        Marks by address, as they were when they were read.
    """
    path = _path(cache, source, day)
    old = _read(path)
    kept = {w: r for w, r in old.items() if w not in set(ledger["what"])}
    for what in ledger.filter(pl.col("status") == "damaged")["what"]:
        urls = release or files.get(what, ())
        if urls and all(u in marks for u in urls):
            kept[what] = Rested(doubt, bool(release), {u: marks[u] for u in urls})
    if kept == old:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(msgspec.json.encode(kept))
    part.replace(path)


def unchanged(
    cache: Path,
    source: str,
    needs: Iterable[Need],
    ledger: pl.DataFrame,
    *,
    release_of: Callable[[date], Sequence[str]],
    doubt_of: Callable[[date], str],
    look: Look | None,
    way: str | None,
) -> dict[date, frozenset[str]]:
    """Find what was damaged when it was asked before, and still would be: nothing of it has changed.

    Parameters
    ----------
    cache, source
        As in `remember`.
    needs : iterable of Need
        Days that would be asked.
    ledger : LEDGER
    release_of : callable
        Gives the addresses of a day's release now, in order.
    doubt_of : callable
        Gives what the lists say against a day now.
    look : callable or None
        Gives a file's mark now: a small request each. Without it only lists and addresses are compared.
    way : str or None
        The way the user wants: what was read another way is asked again.

    Returns
    -------
    dict
        What need not be asked, by day.

    Notes
    -----
    A file that was replaced by one of the same size without a mark (ETag, Last-Modified) is not noticed.
    """
    rows = ledger.filter((pl.col("source") == source) & (pl.col("status") == "damaged"))
    damaged: dict[date, set[str]] = {}
    for day, what in rows.select("day", "what").iter_rows():
        damaged.setdefault(day, set()).add(what)
    seen: dict[str, bool] = {}

    def same(url: str, mark: Mark) -> bool:
        if url not in seen:
            try:
                seen[url] = look is None or look(url) == mark
            except UnavailableError:
                seen[url] = False  # it is asked in earnest, and the ledger says why it failed
        return seen[url]

    found: dict[date, frozenset[str]] = {}
    for need in needs:
        release, doubt = set(release_of(need.day)), doubt_of(need.day)
        kept = _read(_path(cache, source, need.day)) if need.day in damaged else {}
        as_before = set()
        for what in damaged.get(need.day, set()) & set(kept):
            rested = kept[what]
            other_way = way is not None and (way != "traces") != rested.of_release
            replaced = rested.of_release and set(rested.marks) != release
            if other_way or replaced or rested.doubt != doubt or not rested.told_apart:
                continue
            if all(same(u, m) for u, m in rested.marks.items()):
                as_before.add(what)
        if as_before:
            found[need.day] = frozenset(as_before)
    return found
