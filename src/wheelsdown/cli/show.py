"""What a person sees: tables that fit the terminal, problems, and what cannot be concluded."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import polars as pl

    from wheelsdown.engines.local import Progress
    from wheelsdown.engines.result import Result

__all__ = ["footer", "lines", "notes", "printable", "problems", "progress", "say", "table"]

_MOST_PROBLEMS: Final = 20
_MOST_NOTES: Final = 12
_MOST_WIDE: Final = 48
_STEERING: Final = {"Cc", "Cf", "Cs", "Co"}

# In the order shown; a column's number says how early it is given up where the terminal is narrow: 0 last.
_CHOSEN: Final = {
    "VISITS": {
        "visit_id": 7,
        "registration": 5,
        "airfield": 1,
        "arrived_utc": 2,
        "departed_utc": 3,
        "dwell_min": 6,
        "grade": 4,
        "asked_as": 9,
        "origin": 10,
        "next_stop": 11,
        "callsign": 8,
        "operator": 12,
        "typecode": 13,
        "airfield_name": 14,
        "reasons": 15,
    },
    "LEGS": {
        "aircraft": 0,
        "callsign": 5,
        "origin": 1,
        "origin_grade": 6,
        "took_off_utc": 2,
        "destination": 3,
        "destination_grade": 7,
        "landed_utc": 4,
        "first_received_utc": 8,
        "last_received_utc": 9,
        "reasons": 10,
    },
    "GAPS": {
        "aircraft": 0,
        "from_utc": 1,
        "to_utc": 2,
        "duration_min": 3,
        "kind": 4,
        "distance_km": 5,
        "from_altitude_ft": 6,
        "to_altitude_ft": 7,
        "reasons": 8,
    },
}


def printable(text: object) -> str:
    """Replace what could steer a terminal: call signs and file names come from strangers."""
    shown = str(text)
    bad = {c for c in shown if c not in "\n\t" and unicodedata.category(c) in _STEERING}
    return shown.translate(dict.fromkeys(map(ord, bad), "\ufffd"))


def say(text: str) -> None:
    """Talk: to stderr, one paragraph."""
    print(printable(text), file=sys.stderr)


def table(frame: pl.DataFrame, name: str) -> None:
    """Print the columns that fit the terminal, the most telling ones first."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    shown = _shown(frame, name)
    rank = _CHOSEN.get(name, {})
    room = console.width
    columns: set[str] = set()
    for column in sorted(shown.columns, key=lambda c: rank.get(c, 0)):
        values = [len(v) for v in shown[column] if v is not None]
        wide = min(max([len(_title(column)), *values]), _MOST_WIDE) + 2
        if not columns or wide <= room:
            room -= wide
            columns.add(column)
    fitting = [c for c in shown.columns if c in columns]
    out = Table(box=None, pad_edge=False, header_style="bold")
    for column in fitting:
        out.add_column(_title(column), overflow="fold")
    for row in shown.select(fitting).iter_rows():
        out.add_row(*(Text("" if v is None else printable(v)) for v in row))
    console.print(out)
    if "dwell_min" in columns and shown["dwell_min"].str.ends_with("*").any():
        console.file.flush()
        say("* if it did not leave and come back in a silence: another stop would fit")


def _title(column: str) -> str:
    return column.removesuffix("_utc").replace("_", " ")


def _shown(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Make texts of the columns worth showing; columns without a single value are left out."""
    import polars as pl

    from wheelsdown.outputs import guess_table, table_of
    from wheelsdown.outputs.cells import as_text, rounded
    from wheelsdown.schema import TABLES

    of = TABLES.get(name) or guess_table(frame.columns)
    wide = as_text(rounded(frame, table_of(frame, of)), join_lists=True)
    have = set(wide.columns)
    if {"icao24", "track_id"} <= have:
        wide = wide.with_columns(aircraft=pl.coalesce("icao24", "track_id"))
    if {"airfield", "place_id"} <= have:
        wide = wide.with_columns(airfield=pl.coalesce("airfield", "place_id"))
    if {"callsign_in", "callsign_out"} <= have:
        wide = wide.with_columns(callsign=pl.coalesce("callsign_in", "callsign_out"))
    if "dwell_least_min" in have:
        # outward, so that what is shown still holds
        least = pl.coalesce("dwell_stayed_min", "dwell_least_min").floor().cast(pl.Int64).cast(pl.String)
        most = pl.col("dwell_most_min").ceil().cast(pl.Int64).cast(pl.String)
        wide = wide.with_columns(
            dwell_min=pl.when(most.is_null() & least.is_not_null())
            .then(pl.format("{} or more", least))
            .when(least == most)
            .then(least)
            .otherwise(pl.format("{} to {}", least, most))
        )
        if "hidden_visits_most" in have:
            # null is "no bound"
            others = pl.when(pl.col("hidden_visits_most") == 0).then(pl.lit("")).otherwise(pl.lit("*"))
            wide = wide.with_columns(pl.col("dwell_min") + others)
    for end in ("origin", "next_stop", "destination"):
        if {end, f"{end}_grade"} <= have:
            # without room for the grade, a question mark must carry it
            weak = pl.col(f"{end}_grade") == "possible"
            wide = wide.with_columns(pl.when(weak).then(pl.col(end) + "?").otherwise(pl.col(end)).alias(end))
    times = [n for n in wide.columns if n.endswith("_utc")]
    # To the minute: the seconds are in every file.
    wide = wide.with_columns(pl.col(times).str.replace("T", " ").str.slice(0, 16))
    chosen = [c for c in _CHOSEN.get(name, tuple(frame.columns)) if c in wide.columns]
    texts = wide.select(pl.col(chosen).cast(pl.String))
    return texts.select(c for c in chosen if texts[c].null_count() < texts.height or texts.height == 0)


def problems(frame: pl.DataFrame, written: Any = None) -> None:
    """List on stderr what could not be read: the first twenty, and how many more."""
    if frame.is_empty():
        return
    things = "1 thing" if frame.height == 1 else f"{frame.height} things"
    say(f"{things} could not be read; the rest was:")
    for p in frame.head(_MOST_PROBLEMS).iter_rows(named=True):
        where = p["file"] + (f", row {p['row']}" if p["row"] is not None else "")
        where += f", {p['field']}" if p["field"] else ""
        value = f" [{p['value']}]" if p["value"] else ""
        remedy = f" ({p['remedy']})" if p["remedy"] else ""
        say(f"  {where}: {p['reason']}{value}{remedy}")
    if frame.height > _MOST_PROBLEMS and written is None:
        say(f"  and {frame.height - _MOST_PROBLEMS} more; --problems FILE writes all")
    if written is not None:
        say(f"  all of them are in {written}")


def notes(texts: Iterable[str], files: Iterable[str]) -> None:
    """Say what the user should know; a remark on several files is made once, and a flood of remarks is cut."""
    known = set(files)
    grouped: dict[str, list[str]] = {}
    for text in texts:
        file, _, remark = text.partition(": ")
        grouped.setdefault(remark if file in known else text, []).append(file if file in known else "")
    for remark, where in list(grouped.items())[:_MOST_NOTES]:
        of = f"{where[0]}{f' and {len(where) - 1} more' if len(where) > 1 else ''}: " if where[0] else ""
        say(f"note: {of}{remark}")
    if len(grouped) > _MOST_NOTES:
        say(f"note: {len(grouped) - _MOST_NOTES} more remarks; the files written hold all of them")


def footer(result: Result) -> None:
    """Say how sure the rows are and what they cannot show."""
    if result.table.name not in _CHOSEN:
        return
    say("\n" + " ".join(_sentences(result)))


def _sentences(result: Result) -> Iterator[str]:
    if result.simulated:
        yield "SIMULATED."
    if result.table.name == "VISITS":
        yield _counted(result.frame)
        if "asked_as" in result.frame.columns and (result.frame["asked_as"] == "rival").any():
            rivals = int((result.frame["asked_as"] == "rival").sum())
            yield f"In {rivals} of them the airfield is only a rival that could not be excluded."
    else:
        yield f"{result.frame.height} {result.table.name.lower()}."
    yield "A silence is not an absence: where nothing was received, nothing was counted."
    yield "Aircraft that never broadcast are outside every count."
    yield "Position data show where an aircraft was received, not what it carried."
    yield "Times are UTC. -o FILE or --json gives every column, with reasons and receipts."


def _counted(visits: pl.DataFrame) -> str:
    """Count arrivals apart from stops of which no arrival was received, and both apart from passes."""
    import polars as pl

    passed = pl.col("grade") == "ruled_out"
    arrived = pl.any_horizontal(pl.col("arrived_utc", "arrived_earliest_utc").is_not_null())
    stops = visits.filter(~passed)
    texts = []
    for group, one, more in (
        (stops.filter(arrived), "arrival", "arrivals"),
        (stops.filter(~arrived), "seen only leaving or already there", "seen only leaving or already there"),
    ):
        if group.height:
            counts = dict(group["grade"].value_counts().iter_rows())
            grades = ", ".join(f"{counts[g]} {g}" for g in _GRADES if g in counts)
            texts.append(f"{group.height} {one if group.height == 1 else more} ({grades})")
    said = f"{stops.height} {'visit' if stops.height == 1 else 'visits'}{': ' if texts else ''}{', '.join(texts)}."
    if passes := visits.height - stops.height:
        said += f" {passes} {'pass' if passes == 1 else 'passes'} without a stop."
    return said


_GRADES: Final = ("observed", "inferred", "likely", "possible")


@contextmanager
def progress(doing: str = "reading") -> Iterator[Progress | None]:
    """Draw a bar on stderr while files are read, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(name: str, number: int, total: int) -> None:
            bar.update(task, description=printable(name)[-60:], completed=number - 1, total=total)

        yield step


def lines(rows: Sequence[tuple[str, ...]], *, indent: str = "  ") -> Iterator[str]:
    """Set rows of texts in columns."""
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        yield (indent + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))).rstrip()
