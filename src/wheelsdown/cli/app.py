"""The verbs. Each is one call of the function of the same name; the help is made from these docstrings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from wheelsdown import __version__
from wheelsdown.cli import (
    cases,
    checking,
    counting,
    differing,
    fetching,
    lakes,
    observing,
    rhythms,
    running,
    sharing,
    simulating,
    surging,
    timing,
)
from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery, Question, Reading, asked_of, files_of, options_of
from wheelsdown.cli.references import reference

__all__ = ["app"]

Paths = Annotated[Path, Parameter(metavar="PATH")]

app = App(
    name="wheelsdown",
    help=(
        "Tell from public flight tracks which aircraft came to an airfield, from where, for how long, and how sure "
        "that is. Rows go to standard output, everything else to standard error. Position data show where an aircraft "
        "was received, not what it carried."
    ),
    version=f"wheelsdown {__version__}",
    help_format="plaintext",
    default_parameter=Parameter(negative=(), show_default=False),
    suppress_keyboard_interrupt=False,
)
app.command(reference)
for verb in (
    fetching.fetch,
    lakes.ingest,
    lakes.coverage,
    observing.observability,
    lakes.ledger,
    lakes.verify,
    checking.check_visit,
    checking.checks,
    counting.count,
    rhythms.cadence,
    rhythms.agree,
    surging.surges,
    timing.timing,
    sharing.shares,
    cases.check,
    differing.diff,
    simulating.simulate,
    running.run,
):
    app.command(verb)


@app.command
@flowing
def visits(
    *paths: Paths,
    question: Question | None = None,
    ruled_out: bool = False,
    checks: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Find visits: a landing, a dwell and a take-off at one place, by one aircraft, each with a grade and reasons.

    Grades: observed, inferred, likely, possible, and with --ruled-out also passes without a stop. A stop wholly inside
    a silence is not seen; an aircraft that never broadcast is not there at all.

    Parameters
    ----------
    paths
        Files, folders or globs; none with --lake.
    ruled_out
        Also low passes, go-arounds and touch-and-goes, with their reasons.
    checks
        Say who checked them, as this file keeps it (see check-visit). A lake's own checks are told in any case.
    """
    return _table("visits", paths, question, reading, delivery, ruled_out=ruled_out, checks=checks)


@app.command
@flowing
def legs(
    *paths: Paths,
    question: Question | None = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Find legs: take-off to next landing. An end that was not seen and cannot be inferred stays empty, with a reason.

    Parameters
    ----------
    paths
        Files, folders or globs; none with --lake.
    """
    return _table("legs", paths, question, reading, delivery)


@app.command
@flowing
def gaps(
    *paths: Paths,
    question: Question | None = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Find silences: times in which an aircraft was not received. That says nothing on why.

    With --airfield, a silence with one end within 50 km of it.

    Parameters
    ----------
    paths
        Files, folders or globs; none with --lake.
    """
    return _table("gaps", paths, question, reading, delivery)


@app.command
@flowing
def integrity(
    *paths: Paths,
    question: Question | None = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Find what can be wrong with positions: jumps, false places, two aircraft on one address, poor figures of its own.

    One row a flight and doubt, with what was measured. `quarantined` says that counts leave the flight out; nothing is
    deleted. With --airfield, what was found within 50 km of it.

    Parameters
    ----------
    paths
        Files, folders or globs; none with --lake.
    """
    return _table("integrity", paths, question, reading, delivery)


@app.command
@flowing
def explain(
    visit_id: Annotated[str, Parameter(metavar="VISIT_ID")],
    *paths: Paths,
    checks: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    reading: Reading | None = None,
    json: bool = False,
) -> None:
    """Print what a fact-checker needs to know of one visit.

    The last positions before and the first after, heights above the field, each rival and why it stays or falls, the
    source files, a public link to the track, and what these data cannot show.

    Parameters
    ----------
    visit_id
        Id of the visit, or its beginning; several with commas.
    paths
        The files the visit was found in; none with --lake.
    checks
        Say who checked it, as this file keeps it (see check-visit). A lake's own checks are told in any case.
    json
        Print one JSON array.
    """
    from wheelsdown.cli.explanation import print_explanations
    from wheelsdown.cli.show import progress
    from wheelsdown.engines import local

    with progress() as step:
        found = local.explain(visit_id, paths, options=options_of(reading, step, checks=checks))
    print_explanations(found, as_json=json)


@app.command
@flowing
def identify(
    *names: Annotated[str, Parameter(metavar="TAIL-OR-HEX")],
    registers: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None,
    delivery: Delivery | None = None,
) -> None:
    """Look up tails and addresses in all loaded registers: every claim with its source, date and conflicts.

    A register says what it said on its date. Not found is an answer.

    Parameters
    ----------
    names
        Registrations (hyphens do not matter) or 24-bit addresses of six hex digits.
    registers
        Another aircraft register. May be repeated.
    """
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.cli.lists import identified

    delivery = checked(delivery, files=registers or ())
    deliver(identified(names, registers or ()), delivery)


@app.command
@flowing
def sources(*, delivery: Delivery | None = None) -> None:
    """List the formats that can be read: who publishes them, under which terms, what they show and what they cannot."""
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.cli.lists import source_cards

    deliver(source_cards(), checked(delivery))


@app.command
@flowing
def demo(
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], metavar="DIR")] = Path("out"),
    wheel: Annotated[Path | None, Parameter(metavar="FILE")] = None,
) -> None:
    """Find the visits in a dozen recordings of real flights, and explain one.

    The recordings come from the Python package traffic 2.13 (28 MB, downloaded with pip once and kept). They belong to
    OpenSky Network and others; none of them is part of wheelsdown.

    Parameters
    ----------
    output
        Folder for the tables and maps.
    wheel
        The package's file, if you have it already.
    """
    from wheelsdown.cli.demonstration import demonstrate

    demonstrate(output, wheel)


def _table(
    what: str,
    paths: tuple[Path, ...],
    question: Question | None,
    reading: Reading | None,
    delivery: Delivery | None,
    *,
    ruled_out: bool = False,
    checks: Path | None = None,
) -> int:
    from wheelsdown.cli.deliver import checked, deliver, draws, say_if_nothing
    from wheelsdown.cli.show import progress
    from wheelsdown.engines import local

    problems = reading.problems if reading else None
    lake = reading.lake if reading else None
    delivery = checked(delivery, problems, paths=paths, files=(*files_of(reading), checks), lake=lake)
    with progress() as step:
        options = options_of(reading, step, ruled_out=ruled_out, checks=checks, keep_positions=draws(delivery))
        result = local.answers(paths, [what], options, **asked_of(question))[what]
    deliver(result, delivery, problems=problems)
    return say_if_nothing(result, ruled_out=ruled_out)
