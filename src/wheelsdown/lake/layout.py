"""Where things lie in a lake's folder, and what kind of lake it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from wheelsdown.errors import LakeError

__all__ = ["DAILY", "MONTHLY", "VERSION", "About", "Layout"]

VERSION: Final = 1
"""Of the layout and of the rules that make the index; a lake of another version is refused."""
DAILY: Final = ("positions", "near", "traffic", "receipts", "ledger")
MONTHLY: Final = ("aircraft", "names")
UNDATED: Final = "undated"
REAL, MADE = "real", "SIMULATED"


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What ``lake.json`` says."""

    format: str = "wheelsdown lake"
    version: int = VERSION
    kind: str | None = None
    """`real` or `SIMULATED`; null while the lake is empty. The two never share a lake."""

    def text(self) -> bytes:
        """The file's content."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


@dataclass(frozen=True)
class Layout:
    """Names of files in a lake."""

    root: Path

    @property
    def about(self) -> Path:
        """What kind of lake it is."""
        return self.root / "lake.json"

    @property
    def chain(self) -> Path:
        """What was done, entry by entry."""
        return self.root / "chain.jsonl"

    @property
    def staging(self) -> Path:
        """Unfinished work; nothing in it counts."""
        return self.root / ".staging"

    @property
    def cache(self) -> Path:
        """What may be lost and found again: indexes of archives, places of their members."""
        return self.root / ".cache"

    @property
    def raw(self) -> Path:
        """The very bytes of what was fetched, by their sha256."""
        return self.root / "raw"

    @property
    def checks(self) -> Path:
        """What people found of visits, entry by entry: a chain of its own, which no re-run touches."""
        return self.root / "checks.jsonl"

    @property
    def checking(self) -> Path:
        """One check at a time."""
        return self.root / ".checking"

    @property
    def lock(self) -> Path:
        """Readers share it; who puts new files in place is alone."""
        return self.root / ".lock"

    @property
    def writing(self) -> Path:
        """One writer at a time."""
        return self.root / ".writing"

    def raw_name(self, sha256: str) -> str:
        """Name of kept bytes, inside the lake."""
        return f"raw/{sha256[:2]}/{sha256}"

    def name(self, what: str, day: date | None) -> str:
        """Name of a table's file for a day, inside the lake."""
        if what in MONTHLY:
            return f"{what}/{UNDATED}.parquet" if day is None else f"{what}/{day:%Y-%m}.parquet"
        return f"{what}/{UNDATED}.parquet" if day is None else f"{what}/{day:%Y}/{day.isoformat()}.parquet"

    def path(self, what: str, day: date | None) -> Path:
        """Path of a table's file for a day."""
        return self.root / self.name(what, day)

    def files(self, what: str) -> Iterator[Path]:
        """All files of a table that are there, in order."""
        folder = self.root / what
        if folder.is_dir():
            yield from sorted(p for p in folder.rglob("*.parquet") if not p.name.startswith("."))

    def days(self, what: str = "positions") -> list[date]:
        """Days of which a daily table has a file, in order.

        Raises
        ------
        LakeError
            A file is not named after its day: a copy, or a stranger's.
        """
        return [self._day(what, p) for p in self.files(what) if p.stem != UNDATED]

    def _day(self, what: str, path: Path) -> date:
        with suppress(ValueError):
            day = date.fromisoformat(path.stem)
            if path == self.path(what, day):
                return day
        raise LakeError(f"{path}: is no file of a lake; move it out (wheelsdown verify {self.root} names all of them)")

    def read_about(self) -> About:
        """Read ``lake.json``.

        Raises
        ------
        LakeError
            It is not there, is no such file, or is of another version.
        """
        try:
            raw: Any = self.about.read_bytes()
        except FileNotFoundError as e:
            raise LakeError(f"{self.root}: no lake: it has no lake.json (wheelsdown ingest makes one)") from e
        try:
            about = msgspec.json.decode(raw, type=About)
        except msgspec.DecodeError as e:
            raise LakeError(f"{self.about}: not what a lake's file should be: {e}") from e
        if about.version != VERSION:
            raise LakeError(
                f"{self.root}: a lake of version {about.version}; this wheelsdown reads version {VERSION}: "
                "make it anew with wheelsdown ingest"
            )
        return about
