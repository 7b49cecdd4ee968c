"""What is to go into a lake: gathered in a staging folder, then committed day by day."""

from __future__ import annotations

import shutil
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from wheelsdown.errors import LakeError, TableError
from wheelsdown.lake import building
from wheelsdown.lake.coding import rounded
from wheelsdown.lake.commit import ALIVE, commit, pending, recover, sha256_of, sound, sweep
from wheelsdown.lake.files import BusyError, held, locked, settle
from wheelsdown.lake.footers import KEYS, remember
from wheelsdown.lake.layout import MADE, REAL, About
from wheelsdown.lake.near import traffic_rows
from wheelsdown.lake.runs import Runs
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import LEDGER, POSITIONS, RECEIPTS
from wheelsdown.sources.interface import Claim

if TYPE_CHECKING:
    from wheelsdown.lake.store import Lake

__all__ = ["Batch", "Committed"]


class Committed:
    """What a commit did."""

    def __init__(self) -> None:
        self.days: list[date] = []
        """Days whose files changed."""
        self.unchanged: list[date] = []
        """Days that held everything already."""
        self.positions = 0
        """Positions of the changed days, after merging."""


class Batch:
    """Rows on their way into a lake. Use it as a context: leaving it removes what was not committed.

    Nothing of the lake changes before `commit`; each day is committed whole or not at all.
    """

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.layout = lake.layout
        self._begin(uuid.uuid4().hex)
        self._receipts: dict[date | None, list[pl.DataFrame]] = defaultdict(list)
        self._names: dict[str | None, list[pl.DataFrame]] = defaultdict(list)
        self._ledger: list[pl.DataFrame] = []
        self._raw: dict[str, Path] = {}
        self._made: bool | None = None
        self._alive: Any = None

    def _begin(self, name: str) -> None:
        self.folder = self.layout.staging / name
        self._positions = Runs(self.folder / "positions", "icao24")
        self._traffic = Runs(self.folder / "traffic", "place_cell")

    def __enter__(self) -> Self:
        with _told(self.layout.root):
            while self._alive is None:
                self.folder.mkdir(parents=True)
                try:
                    alive = held(self.folder / ALIVE)
                except (BusyError, FileNotFoundError):
                    alive = None  # a process that sweeps took it for a dead one's
                if alive is not None and (self.folder / ALIVE).exists():
                    self._alive = alive
                else:
                    self._begin(uuid.uuid4().hex)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._alive is None:
            return
        try:
            # files that are entered in the chain and not in place yet are all there is of them
            if not pending(self.layout, self.folder, self.lake.chain()):
                shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            self._alive.close()

    def add(self, positions: pl.DataFrame, *, receipts: Iterable[Receipt] = (), claims: Iterable[Claim] = ()) -> None:
        """Add positions, and what they rest on.

        Parameters
        ----------
        positions : frame of POSITIONS
            Checked; any order, any days.
        receipts : iterable of Receipt
            Of the files the rows came from; also of files that gave no row.
        claims : iterable of Claim
            What the files said of identities.

        Raises
        ------
        TableError
            The frame is not POSITIONS.
        LakeError
            Simulated and real positions would share the lake, or the disk is full.
        """
        positions = POSITIONS.conform(positions)
        if bad := [c for c in ("time_utc", "latitude_deg", "longitude_deg") if positions[c].null_count()]:
            raise TableError(POSITIONS.name, bad[0], "null", "a value: check the rows first")
        self._of_one_kind(positions["source"])
        with _told(self.layout.root):
            self._positions.add(rounded(positions))
        self._file(positions, list(receipts))
        self._name(positions, list(claims))

    def add_traffic(self, frame: pl.DataFrame, *, receipts: Iterable[Receipt] = ()) -> None:
        """Add positions of other traffic near places: kept apart, for `coverage`; nothing is inferred from them.

        Parameters
        ----------
        frame : columns of POSITIONS
            At least time_utc, latitude_deg, longitude_deg and source.
        receipts : iterable of Receipt
        """
        self._of_one_kind(frame["source"])
        with _told(self.layout.root):
            self._traffic.add(traffic_rows(rounded(frame)))
        self._file(frame, list(receipts))

    def keep_raw(self, receipt: Receipt, data: bytes) -> None:
        """Keep the very bytes that a receipt names, under their hash."""
        name = self.layout.raw_name(receipt.sha256)
        if name in self._raw or (self.layout.root / name).exists():
            return
        path = self.folder / f"raw-{receipt.sha256}"
        with _told(self.layout.root):
            path.write_bytes(data)
        if sha256_of(path)[0] != receipt.sha256:
            raise LakeError(f"{receipt.file}: the bytes to keep are not those of the receipt {receipt.receipt}")
        self._raw[name] = path

    def add_ledger(self, frame: pl.DataFrame) -> None:
        """Add rows of LEDGER."""
        self._ledger.append(LEDGER.conform(frame, fill=True))

    def commit(
        self,
        *,
        inputs: Iterable[Receipt] = (),
        progress: Callable[[date, int, int], None] | None = None,
        waiting: Callable[[str], None] | None = None,
    ) -> Committed:
        """Put everything into the lake, day by day; each day whole or not at all.

        Parameters
        ----------
        inputs : iterable of Receipt
            Files that are in the lake whole after this: they need not be read again.
        progress : callable, optional
            Called before each day with the day, its number and how many there are.
        waiting : callable, optional
            Told if another process has to be waited for.

        Returns
        -------
        Committed

        Raises
        ------
        LakeError
            The disk is full, or the lake is damaged. The days committed before stay; the running one is as it was.
        """
        done = Committed()
        ledger = pl.concat([LEDGER.empty(), *self._ledger])
        self._settle_receipts()
        with _told(self.layout.root):
            spilled = {*self._positions.days(), *self._traffic.days()}
        days: list[date] = sorted({*spilled, *ledger["day"].unique(), *(d for d in self._receipts if d)})
        for number, day in enumerate(days, start=1):
            if progress is not None:
                progress(day, number, len(days))
            with _told(self.layout.root), self._writing(waiting):
                self._commit_day(day, ledger.filter(pl.col("day") == day), done, waiting)
        with _told(self.layout.root), self._writing(waiting):
            self._commit_rest(list(inputs), waiting)
        return done

    @contextmanager
    def _writing(self, waiting: Callable[[str], None] | None) -> Iterator[None]:
        with locked(self.layout.writing, waiting=waiting):
            recover(self.layout, self.lake.chain())
            sweep(self.layout)
            yield

    def _of_one_kind(self, source: pl.Series) -> None:
        if not len(source):
            return
        made = source.str.starts_with(MADE).fill_null(value=False)
        some, every = bool(made.any()), bool(made.all())
        if some and not every:
            raise LakeError("some positions are SIMULATED, the others are not; they never share a lake")
        known = {REAL: False, MADE: True}.get(self.lake.about().kind or "")
        for kind in (known, self._made):
            if kind is not None and kind != some:
                here, there = (MADE, REAL) if some else (REAL, MADE)
                raise LakeError(
                    f"{self.layout.root}: holds {there} positions, these are {here}; they never share a lake: "
                    "name another folder"
                )
        self._made = some

    def _kind_file(self, stage: Path) -> dict[str, Path]:
        """Say in ``lake.json`` what kind of lake it has become, once the first positions go in.

        Raises
        ------
        LakeError
            Another process has put the other kind in since.
        """
        about = self.layout.read_about()
        if self._made is None:
            return {}
        kind = MADE if self._made else REAL
        if about.kind is not None:
            if about.kind != kind:
                raise LakeError(
                    f"{self.layout.root}: holds {about.kind} positions, these are {kind}; they never share a lake: "
                    "name another folder"
                )
            return {}
        path = stage / "lake.json"
        path.write_bytes(About(kind=kind).text())
        return {"lake.json": path}

    def _file(self, frame: pl.DataFrame, receipts: list[Receipt]) -> None:
        """Enter receipts under the days of their rows; those without rows are undated."""
        if not receipts:
            return
        rows = receipts_frame(receipts)
        counts = (
            frame.group_by("receipt", pl.col("time_utc").dt.date().alias("day")).len()
            if "receipt" in frame.columns
            else pl.DataFrame(schema={"receipt": pl.String, "day": pl.Date, "len": pl.UInt32})
        )
        dated = rows.join(counts, on="receipt", how="left").with_columns(positions=pl.col("len").cast(pl.Int64))
        for (day,), group in dated.partition_by("day", as_dict=True).items():
            self._receipts[day].append(group.select(RECEIPTS.names))

    def _settle_receipts(self) -> None:
        """Give a file that came in pieces one receipt a day, and none without a day if any of its rows has one."""
        with_rows: set[str] = set()
        for day, frames in self._receipts.items():
            if day is not None:
                whole = pl.concat(frames)
                once = whole.group_by("sha256", maintain_order=True).agg(
                    pl.exclude("positions").first(), pl.col("positions").sum()
                )
                self._receipts[day] = [once.select(RECEIPTS.names)]
                with_rows.update(once["sha256"])
        if undated := self._receipts.pop(None, None):
            rest = pl.concat(undated).filter(~pl.col("sha256").is_in(list(with_rows)))
            if rest.height:
                self._receipts[None] = [rest.with_columns(positions=pl.lit(0, dtype=pl.Int64))]

    def _name(self, positions: pl.DataFrame, claims: list[Claim]) -> None:
        if not claims:
            return
        first = positions["time_utc"].dt.date().min()
        here = first.strftime("%Y-%m") if isinstance(first, date) else None
        rows = {tuple(getattr(c, n) for n in building.NAMES.names) for c in claims}
        said = pl.DataFrame(list(rows), schema=building.NAMES.schema, orient="row")
        # by the claim's own date, so that it does not matter in which batch it came
        said = said.with_columns(_month=pl.col("as_of").str.slice(0, 7).fill_null(pl.lit(here, dtype=pl.String)))
        for (month,), group in said.partition_by("_month", as_dict=True).items():
            self._names[month].append(group.drop("_month").unique())

    def _commit_day(
        self, day: date, ledger: pl.DataFrame, done: Committed, waiting: Callable[[str], None] | None
    ) -> None:
        stage = self.folder / f"day-{day.isoformat()}"
        stage.mkdir(exist_ok=True)
        files = self._kind_file(stage)
        receipts = building.receipts_of(self._receipts.pop(day, []))
        merge = ["receipts"] if receipts.height else []
        merge += ["ledger"] if ledger.height else []
        merge += ["traffic"] if self._traffic.rows(day) else []
        merge += ["names"] if f"{day:%Y-%m}" in self._names else []
        there = self._there(day, receipts)
        merge += ["positions", "aircraft"] if self._positions.rows(day) and not there else []
        sound(self.layout, [self.layout.name(what, day) for what in merge], self.lake.hashes())

        def store(what: str, frame: pl.DataFrame) -> None:
            path = stage / f"{what}.parquet"
            building.stored(frame, path)
            files[self.layout.name(what, day)] = path

        rows = None
        if self._positions.rows(day) and not there:
            built = building.build_positions(self.layout, day, self._positions, stage)
            files[self.layout.name("positions", day)] = stage / "positions.parquet"
            files[self.layout.name("near", day)] = stage / "near.parquet"
            store("aircraft", building.merged_months(self.layout, "aircraft", day, built.aircraft))
            rows = built.rows
        if self._traffic.rows(day):
            building.build_traffic(self.layout, day, self._traffic, stage)
            files[self.layout.name("traffic", day)] = stage / "traffic.parquet"
        if receipts.height:
            store("receipts", building.merged_receipts(self.layout, day, receipts))
        if ledger.height:
            store("ledger", building.merged_ledger(self.layout, day, ledger))
        month = f"{day:%Y-%m}"
        if said := self._names.pop(month, []):
            store("names", building.merged_months(self.layout, "names", day, pl.concat(said)))
        for name, path in self._raw_of(receipts):
            files[name] = path
        body = {"did": "day", "day": day.isoformat()}
        if self._positions.rows(day):
            body["added"] = self._positions.mark(day)
        entry = commit(self.layout, stage, files, body, before=self.lake.chain(), waiting=waiting)
        if rows is not None:
            for what in ("positions", "near"):
                remember(self.layout, self.layout.path(what, day), KEYS[what])
        shutil.rmtree(stage, ignore_errors=True)
        self._positions.drop(day)
        self._traffic.drop(day)
        if entry is None:
            done.unchanged.append(day)
        else:
            done.days.append(day)
            done.positions += rows or 0

    def _there(self, day: date, receipts: pl.DataFrame) -> bool:
        """Tell whether the lake holds all these rows of that day already: the same were added in one commit."""
        mark = self._positions.mark(day)
        before = (e.body for e in self.lake.chain().entries)
        if not any(b.get("added") == mark and b.get("day") == day.isoformat() for b in before):
            return False
        old = building.read_whole(self.layout.path("receipts", day), RECEIPTS).filter(pl.col("positions") > 0)
        new = receipts.group_by("receipt").agg(pl.col("positions").sum())
        if not self.layout.path("positions", day).exists() or new["positions"].sum() != self._positions.rows(day):
            return False
        return new.join(old, on=["receipt", "positions"], how="anti").is_empty()

    def _raw_of(self, receipts: pl.DataFrame) -> Iterator[tuple[str, Path]]:
        for sha256 in receipts["sha256"].unique().sort():
            name = self.layout.raw_name(sha256)
            if (path := self._raw.pop(name, None)) is not None:
                yield name, path

    def _commit_rest(self, inputs: list[Receipt], waiting: Callable[[str], None] | None) -> None:
        """Commit what belongs to no day: undated receipts and names, kept bytes, and which files are in whole."""
        stage = self.folder / "rest"
        stage.mkdir(exist_ok=True)
        files = self._kind_file(stage)
        months = [None if m is None else date.fromisoformat(f"{m}-01") for m in self._names]
        merge = [self.layout.name("names", m) for m in months]
        merge += [self.layout.name("receipts", None)] if self._receipts.get(None) else []
        sound(self.layout, merge, self.lake.hashes())
        if undated := self._receipts.get(None):
            path = stage / "receipts.parquet"
            building.stored(building.merged_receipts(self.layout, None, pl.concat(undated)), path)
            files[self.layout.name("receipts", None)] = path
        for number, (month, said) in enumerate(sorted(self._names.items(), key=lambda i: i[0] or "")):
            when = None if month is None else date.fromisoformat(f"{month}-01")
            path = stage / f"names-{number}.parquet"
            building.stored(building.merged_months(self.layout, "names", when, pl.concat(said)), path)
            files[self.layout.name("names", when)] = path
        files.update(self._raw)
        for path in self._raw.values():
            settle(path)
        known = self.lake.inputs()
        new = sorted({r.sha256: r.file for r in inputs if r.sha256 not in known}.items())
        body = {"did": "inputs", "inputs": [{"sha256": s, "file": f} for s, f in new], "always": bool(new)}
        commit(self.layout, stage, files, body, before=self.lake.chain(), waiting=waiting)
        self._names.clear()
        self._raw.clear()


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """Turn trouble with the disk into an error that says what stands."""
    try:
        yield
    except LakeError:
        raise
    except (OSError, pl.exceptions.ComputeError) as e:
        if isinstance(e, pl.exceptions.ComputeError) and "os error" not in str(e).lower():
            raise
        why = getattr(e, "strerror", None) or str(e)
        raise LakeError(
            f"{root}: cannot be written to: {why}; what was committed before is as it was "
            "(make room and run the same command again)"
        ) from e
