"""What a person sees: tables that fit the terminal, problems, and what cannot be concluded."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from wheelsdown.cli import chosen

if TYPE_CHECKING:
    import polars as pl

    from wheelsdown.engines.local import Progress
    from wheelsdown.engines.result import Result

__all__ = ["footer", "lines", "notes", "printable", "problems", "progress", "say", "sentences", "table"]

_MOST_PROBLEMS: Final = 20
_MOST_NOTES: Final = 12
_MOST_WIDE: Final = 48
_LEAST_WIDE: Final = 16
_ELASTIC: Final = ("reason", "finding", "remedy", "note", "changed")
"""Columns of sentences, which may be folded into what room there is."""
_STEERING: Final = {"Cc", "Cf", "Cs", "Co"}


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
    shown = chosen.shown(frame, name)
    if name == "VERIFIED" and shown.is_empty():
        return
    rank = chosen.COLUMNS.get(name, {})
    room = console.width
    columns: dict[str, int] = {}
    for column in sorted(shown.columns, key=lambda c: rank.get(c, 0)):
        values = [len(v) for v in shown[column] if v is not None]
        wide = min(max([len(_title(column)), *values]), _MOST_WIDE) + 2
        if column in _ELASTIC and wide > room >= _LEAST_WIDE:
            wide = room
        if not columns or wide <= room:
            room -= wide
            columns[column] = wide - 2
    fitting = [c for c in shown.columns if c in columns]
    out = Table(box=None, pad_edge=False, header_style="bold")
    for column in fitting:
        out.add_column(_title(column), overflow="fold", max_width=columns[column] if column in _ELASTIC else None)
    for row in shown.select(fitting).iter_rows():
        out.add_row(*(Text("" if v is None else printable(v)) for v in row))
    console.print(out)
    if "dwell_min" in columns and shown["dwell_min"].str.ends_with("*").any():
        console.file.flush()
        say("* if it did not leave and come back in a silence: another stop would fit")


def _title(column: str) -> str:
    return chosen.TITLES.get(column) or column.removesuffix("_utc").replace("_", " ")


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


def notes(texts: Iterable[str], files: Iterable[str], *, most: int | None = _MOST_NOTES) -> None:
    """Say what the user should know; a remark on several files is made once, and a flood of remarks is cut."""
    known = set(files)
    grouped: dict[str, list[str]] = {}
    for text in texts:
        file, _, remark = text.partition(": ")
        grouped.setdefault(remark if file in known else text, []).append(file if file in known else "")
    for remark, where in list(grouped.items())[:most]:
        of = f"{where[0]}{f' and {len(where) - 1} more' if len(where) > 1 else ''}: " if where[0] else ""
        say(f"note: {of}{remark}")
    if most is not None and len(grouped) > most:
        say(f"note: {len(grouped) - most} more remarks; the files written hold all of them")


def sentences(frame: pl.DataFrame) -> None:
    """Say results in words: the first twelve, and how many more."""
    for text in frame["sentence"].head(_MOST_NOTES):
        say(text)
    if frame.height > _MOST_NOTES:
        say(f"and {frame.height - _MOST_NOTES} more; the column sentence holds all of them")


def footer(result: Result) -> None:
    """Say how sure the rows are and what they cannot show."""
    if said := list(_sentences(result)):
        say("\n" + " ".join(said))


def _sentences(result: Result) -> Iterator[str]:
    name, rows = result.table.name, result.frame.height
    if name not in chosen.COLUMNS:
        return
    if result.simulated:
        yield "SIMULATED."
    if name in _OF_A_LAKE:
        yield from _OF_A_LAKE[name]
        return
    if name == "VISITS":
        yield _counted(result.frame)
        if "asked_as" in result.frame.columns and (result.frame["asked_as"] == "rival").any():
            rivals = int((result.frame["asked_as"] == "rival").sum())
            yield f"In {rivals} of them the airfield is only a rival that could not be excluded."
    else:
        one = {"LEGS": "leg", "GAPS": "gap"}[name]
        yield f"{rows} {one}{'' if rows == 1 else 's'}."
    yield "A silence is not an absence: where nothing was received, nothing was counted."
    yield "Aircraft that never broadcast are outside every count."
    yield "Position data show where an aircraft was received, not what it carried."
    yield "Times are UTC. -o FILE or --json gives every column, with reasons and receipts."


_OF_A_LAKE: Final = {
    "OBSERVABILITY": (
        "Seen: the chance that a visit leaves a row at the airfield, by all other traffic, and its 95 % interval.",
        "A day that was not observed is no day without visits.",
        "How far the aircraft asked about differ from the others cannot be seen, nor aircraft that never broadcast.",
        "Days are UTC days. -o FILE or --json gives every column, and one row a day.",
    ),
    "COVERAGE": (
        "Counted is what was received near the place, on the ground or no more than 5,000 ft above it.",
        "A nought cannot tell a quiet day from one on which no receiver listened; an empty cell means that nothing is "
        "known of the day.",
        "Heights are pressure altitude less the field's elevation: some hundred feet off.",
        "Where the lake holds chosen files or aircraft, the numbers say nothing on the airfield's traffic.",
        "Aircraft that never broadcast are in no number.",
        "Days are UTC days. -o FILE or --json gives every column, and one row a day.",
    ),
    "LEDGER": (
        "Only received and empty say what flew; the others say that it is not known.",
        "What was asked for one aircraft says nothing of the others; a day without a row was never asked for.",
        "Days are UTC days. -o FILE or --json gives every column.",
    ),
    "VERIFIED": (),
    "CHANGES": (
        "A cause names what differs between the two; it does not prove what did it.",
        "Reasons, probabilities and layout are not compared. -o FILE or --json gives every column.",
    ),
    "COUNTS": (
        "At least counts what was observed or inferred: no weaker visits, none set aside, none rejected.",
        "An empty cell is no nought: --json or -o FILE gives every column, with the reason and the visits behind it.",
    ),
    "CADENCE": (
        "The rhythm is that of visits that were received: where some were not, it was quicker.",
        "The interval supposes that visits come one by one at a steady rate. -o FILE or --json gives every column.",
    ),
    "SURGES": (
        "p allows for the search among all stretches; a window declared before it began has a test of its own.",
        "More visits and better observation look alike where nothing tells of the observation.",
        "-o FILE or --json gives every column, with what would have changed the answer.",
    ),
    "SHARES": (
        "Another window gives another share: never compare shares of different windows.",
        "-o FILE or --json gives every column, with what would have changed the answer.",
    ),
    "AGREEMENT": (
        "Two sources that agree may both be wrong, and what both missed is in neither.",
        "Times are UTC. -o FILE or --json gives every column.",
    ),
    "CHECKS": (
        "Of several checks of one visit the newest counts; all are kept.",
        "Who signs is what was said with --by.",
        "Times are UTC. -o FILE or --json gives every column, with the evidence as it was.",
    ),
}


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
