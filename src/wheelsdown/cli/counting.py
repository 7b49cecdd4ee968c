"""The verb that counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery, Question, Reading, asked_of, files_of, options_of

__all__ = ["count"]

_Files = list[Path] | None


@flowing
def count(
    *paths: Annotated[Path, Parameter(metavar="PATH")],
    by: Annotated[list[str] | None, Parameter(name="--by", metavar="WHAT")] = None,
    zone: Annotated[str | None, Parameter(name="--zone", metavar="ZONE")] = None,
    selection: Annotated[str | None, Parameter(name="--selection", metavar="HOW")] = None,
    hand_picked: Annotated[bool, Parameter(name="--hand-picked")] = False,
    checks: Annotated[Path | None, Parameter(name="--checks", metavar="FILE")] = None,
    log: Annotated[_Files, Parameter(name="--log", metavar="FILE")] = None,
    log_map: Annotated[Path | None, Parameter(name="--log-map", metavar="FILE")] = None,
    question: Question | None = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Count visits: at least so many, a best estimate, and how many more cannot be ruled out; also in words.

    At least: observed and inferred, the touchdown in the window for certain, not set aside, not rejected by a person.
    Best estimate and what cannot be ruled out need to know what was not received; files picked by hand cannot tell.
    Aircraft that never broadcast are outside every count.

    Parameters
    ----------
    paths
        Files, folders or globs: recordings, visits that were written before, or an observers' log; none with --lake.
    by
        Split by airfield, operator, aircraft, type, origin, and one of day, week, month, year. May be repeated, or
        hold several with commas. Several airfields are counted apart in any case.
    zone
        Time zone of plain days in --since and --until, of periods and of the sentences, such as Asia/Jerusalem; UTC
        unless given.
    selection
        How the aircraft were chosen: all (everyone was recorded), fleet (those named here, looked for on every day),
        hand_picked. Otherwise files are taken as picked by hand, and a lake unless its ledger has every day.
    hand_picked
        Short for --selection hand_picked.
    checks
        Count what this file says people confirmed or rejected (see check-visit). A lake's own checks count in any
        case.
    log
        Observers' log, a table of arrivals and departures. May be repeated.
    log_map
        TOML that says what the log's columns are.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver, say_if_nothing
    from wheelsdown.engines.counting import counts
    from wheelsdown.errors import UsageError

    if hand_picked and selection not in (None, "hand_picked"):
        raise UsageError(f"--hand-picked and --selection {selection}: give one of the two")
    problems = reading.problems if reading else None
    lake = reading.lake if reading else None
    files = (*files_of(reading), checks, *(log or ()), log_map)
    delivery = checked(delivery, problems, paths=paths, files=files, lake=lake)
    with show.progress() as step:
        result = counts(
            paths,
            options_of(reading, step, checks=checks),
            by=by,
            zone=zone,
            selection="hand_picked" if hand_picked else selection,
            logs=log or (),
            log_map=log_map,
            **asked_of(question),
        )
    show.sentences(result.frame)
    deliver(result, delivery, problems=problems)
    return say_if_nothing(result)
