"""The verb `fetch`: days of world archives into a lake."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Question

if TYPE_CHECKING:
    from wheelsdown.engines.fetching import Moving

__all__ = ["fetch"]


@flowing
def fetch(
    *,
    lake: Annotated[Path, Parameter(name="--lake", metavar="DIR")],
    question: Question | None = None,
    host: Annotated[str | None, Parameter(metavar="NAME")] = None,
    way: Annotated[str | None, Parameter(metavar="WAY")] = None,
    dry_run: bool = False,
    without_coverage: bool = False,
    again: bool = False,
    base_url: Annotated[list[str] | None, Parameter(metavar="NAME=URL")] = None,
    airfields: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None,
    registers: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None,
    problems: Annotated[Path | None, Parameter(metavar="FILE")] = None,
) -> int:
    """Fetch aircraft, day by day, out of a world archive into a lake, with the low traffic around them.

    First it says whose data these are, what each way would cost, and takes the cheapest. Days that are in the lake
    already are not asked again, so that a run that was stopped is simply started again. The lake's ledger keeps what
    was asked and what came: a day that could not be had is never a day on which nothing flew.

    With --airfield or --at and no aircraft, every aircraft that was low there is fetched.

    Parameters
    ----------
    lake
        The lake's folder; made if it is not there.
    host
        Whom to ask: adsb.lol (open data, the default), airplanes.live, adsb.fi or theairtraffic (personal use, ask them
        first); opensky, opensky-trino or fr24 (with your own credentials; aircraft by name only, no traffic around).
    way
        traces (one request an aircraft and day), ranges (parts of daily releases) or stream (daily releases whole).
    dry_run
        Only say what it would cost.
    without_coverage
        Leave out the low traffic of other aircraft. Then nobody can say what was missed.
    again
        Ask again for what was damaged, even where the archive has not changed it since.
    base_url
        Another address of a host, such as a mirror. May be repeated.
    airfields
        TOML with airfields of your own. May be repeated.
    registers
        Another aircraft register. May be repeated.
    problems
        Write everything that could not be read to this file (.csv, .json, .xlsx, .parquet).
    """
    from wheelsdown.cli import INTERRUPTED, show
    from wheelsdown.cli.deliver import checked
    from wheelsdown.engines import fetching
    from wheelsdown.outputs import write
    from wheelsdown.schema import PROBLEMS

    q = question or Question()
    checked(None, problems, files=(*(airfields or ()), *(registers or ())), lake=lake)
    try:
        with _bar() as (step, say):
            done = fetching.fetch(
                lake, host=host, way=way, dry_run=dry_run, coverage=not without_coverage, again=again,
                base_url=base_url or (), airfields=airfields or (), registers=registers or (), told=say, progress=step,
                since=q.since, until=q.until, icao24=q.icao24, registration=q.registration, operator=q.operator,
                typecode=q.typecode, airfield=q.airfield, at=q.at,
            )  # fmt: skip
    except KeyboardInterrupt:
        show.say("interrupted: the running day was dropped, the days before it are in the lake; run it again to go on")
        return INTERRUPTED
    if problems is not None:
        write(done.problems, problems, PROBLEMS)
    show.problems(done.problems, problems)
    for sentence in done.sentences():
        show.say(sentence)
    return int(done.failed)


@contextmanager
def _bar() -> Iterator[tuple[Callable[[Moving], None], Callable[[str], None]]]:
    """Draw bytes, rate and days on stderr, on a terminal only; sentences go above the bar."""
    from wheelsdown.cli import show

    if not sys.stderr.isatty():
        yield (lambda _: None), show.say
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("fetching", total=None)

        def step(at: Moving) -> None:
            where = f"{at.day} ({at.done} of {at.of} days)" if at.day else "fetching"
            bar.update(task, description=where, completed=at.bytes, total=max(at.expected, at.bytes) or None)

        def say(text: str) -> None:
            console.print(show.printable(text), markup=False, highlight=False)

        yield step, say
