"""A lake: positions of many days in one folder, with an index of places, receipts, a ledger and a chain of hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Self

import polars as pl

from wheelsdown import chain
from wheelsdown.errors import LakeError
from wheelsdown.lake.batch import Batch
from wheelsdown.lake.building import NAMES, read_whole
from wheelsdown.lake.commit import commit, pending, recover, state, sweep
from wheelsdown.lake.files import locked
from wheelsdown.lake.layout import MADE, UNDATED, About, Layout
from wheelsdown.schema import LEDGER, RECEIPTS

__all__ = ["Lake"]


class Lake:
    """A folder of Parquet files that opens in DuckDB, pandas and QGIS as it is.

    Made by `open`; written through `batch`; read through `wheelsdown.lake.reading`.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._chain = chain.Chain()

    def chain(self) -> chain.Chain:
        """Read the chain; what was read before is not read again."""
        self._chain = chain.read(self.layout.chain, self._chain)
        return self._chain

    @property
    def path(self) -> Path:
        """The folder."""
        return self.layout.root

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False, waiting: Callable[[str], None] | None = None) -> Self:
        """Open a lake, or make an empty one.

        What a killed process left unfinished is finished first.

        Parameters
        ----------
        path : path
            The folder.
        create : bool
            Make it if it is not there, or empty.
        waiting : callable, optional
            Told if another process has to be waited for.

        Raises
        ------
        LakeError
            No lake, one of another version, or a folder that holds something else.
        """
        layout = Layout(Path(path).expanduser())
        try:
            if not layout.about.exists():
                recover(layout)  # it may have been killed while it was made
            if not layout.about.exists() and create:
                cls._make(layout, waiting)
            layout.read_about()
            recover(layout)
        except LakeError:
            raise
        except OSError as e:
            raise LakeError(f"{layout.root}: cannot be opened: {e.strerror or e}") from e
        return cls(layout)

    @staticmethod
    def _make(layout: Layout, waiting: Callable[[str], None] | None) -> None:
        if layout.root.exists() and not layout.root.is_dir():
            raise LakeError(f"{layout.root}: is a file; a lake is a folder")
        begun = {layout.chain.name} if not chain.read(layout.chain).entries else set()
        names = {p.name for p in layout.root.iterdir()} if layout.root.is_dir() else set()
        if any(not n.startswith(".") for n in names - begun):
            raise LakeError(f"{layout.root}: holds other things and is no lake; name an empty folder or a new one")
        layout.root.mkdir(parents=True, exist_ok=True)
        with locked(layout.writing, waiting=waiting):
            if layout.about.exists():
                return  # another process was quicker
            stage = layout.staging / "new"
            stage.mkdir(parents=True, exist_ok=True)
            new = stage / "lake.json"
            new.write_bytes(About().text())
            commit(layout, stage, {"lake.json": new}, {"did": "made"})
            stage.rmdir()

    def about(self) -> About:
        """Say what kind of lake it is."""
        return self.layout.read_about()

    @property
    def simulated(self) -> bool:
        """Whether the positions are simulated."""
        return self.about().kind == MADE

    def batch(self) -> Batch:
        """Begin to gather what is to go in."""
        return Batch(self)

    @contextmanager
    def steady(self, *, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
        """Keep what is read from changing meanwhile: writers wait before they put new files in place."""
        while True:
            with locked(self.layout.lock, shared=True, waiting=waiting):
                if not pending(self.layout):
                    yield
                    return
            recover(self.layout)  # a writer was killed since the lake was opened

    def tidy(self) -> None:
        """Remove what dead processes left in the staging folder."""
        with locked(self.layout.writing):
            recover(self.layout)
            sweep(self.layout)

    def days(self) -> list[date]:
        """UTC days with positions, in order."""
        return self.layout.days("positions")

    def inputs(self) -> dict[str, str]:
        """Give the files that are in the lake whole: sha256 to name."""
        return {i["sha256"]: i["file"] for entry in self.chain().entries for i in entry.body.get("inputs", [])}

    def hashes(self) -> dict[str, str]:
        """Give the sha256 that each file must have, after the chain."""
        return state(self.chain())

    def ledger(self) -> pl.DataFrame:
        """Give what was asked of archives and what came of it: LEDGER, by day, source and what."""
        frames = [read_whole(p, LEDGER) for p in self.layout.files("ledger")]
        return pl.concat([LEDGER.empty(), *frames]).sort("day", "source", "what")

    def receipts(self, days: list[date] | None = None) -> pl.DataFrame:
        """Give the receipts of all files, or of some days': RECEIPTS, one row a hash.

        `positions` counts the rows of all days given.
        """
        if days is None:
            paths = list(self.layout.files("receipts"))
        else:
            paths = [p for p in (self.layout.path("receipts", d) for d in days) if p.exists()]
        frames = [read_whole(p, RECEIPTS) for p in paths]
        return (
            pl.concat([RECEIPTS.empty(), *frames])
            .group_by("sha256")
            .agg(pl.exclude("positions").first(), pl.col("positions").sum())
            .select(RECEIPTS.names)
            .sort("file", "sha256")
        )

    def names(self, *, since: date | None = None, until: date | None = None) -> pl.DataFrame:
        """Give what files said of identities in these months, and in files without a day: REGISTER and `track_id`."""
        first, last = f"{since:%Y-%m}" if since else "", f"{until:%Y-%m}" if until else "9999"
        months = [p for p in self.layout.files("names") if p.stem != UNDATED and first <= p.stem <= last]
        frames = [read_whole(p, NAMES) for p in [*months, self.layout.path("names", None)]]
        return pl.concat([NAMES.empty(), *frames]).unique(maintain_order=True)
