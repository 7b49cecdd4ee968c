"""The verbs of rhythm and comparison: how often, and whether two sources agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery, Question, Reading, asked_of, files_of, options_of

__all__ = ["agree", "cadence"]


@flowing
def cadence(
    *paths: Annotated[Path, Parameter(metavar="PATH")],
    question: Question | None = None,
    grade: Annotated[list[str] | None, Parameter(name="--grade", metavar="GRADE")] = None,
    exposure_days: Annotated[float | None, Parameter(metavar="DAYS")] = None,
    log: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None,
    log_map: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    selection: Annotated[str | None, Parameter(metavar="HOW")] = None,
    hand_picked: bool = False,
    zone: Annotated[str | None, Parameter(metavar="ZONE")] = None,
    checks: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Tell how often visits came: rate with its exact interval, one every so many days, days with a visit.

    Both ends of the window are needed: the same visits make another rhythm over another window. "Every other day" is
    borne out only if two days lie in the interval and it ends at three. Files picked by hand have no rhythm.

    Parameters
    ----------
    paths
        Files, folders or globs of positions, tables of visits that wheelsdown wrote, or logs that are known by their
        heading; none with --lake or --log.
    grade
        Count this grade: observed, inferred, likely, possible. May be repeated; observed and inferred unless given.
    exposure_days
        So many days of the window were observed; otherwise they are judged from other traffic, or all are taken as
        observed, and the sentence says which.
    log
        Observers' log, a table of arrivals and departures. May be repeated.
    log_map
        TOML that says what the log's columns are.
    selection
        How the files were chosen: all (nothing was left out), fleet (these aircraft were looked for on every day), or
        hand_picked. Files are taken as picked by hand unless this says otherwise.
    hand_picked
        The same as --selection hand_picked.
    zone
        Time zone of plain days in the window and of days with a visit, such as Asia/Baku; UTC unless given.
    checks
        File of people's checks; a lake's own are told in any case.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver, say_if_nothing
    from wheelsdown.engines.rhythm import rhythm
    from wheelsdown.errors import UsageError

    if hand_picked and selection not in (None, "hand_picked"):
        raise UsageError(f"--hand-picked and --selection {selection}: name one")
    problems, lake = (reading.problems, reading.lake) if reading else (None, None)
    files = (*files_of(reading), *(log or ()), log_map, checks)
    delivery = checked(delivery, problems, paths=paths, files=files, lake=lake)
    with show.progress() as step:
        result = rhythm(
            paths,
            options_of(reading, step, checks=checks),
            grades=grade,
            zone=zone,
            selection="hand_picked" if hand_picked else selection,
            exposure_days=exposure_days,
            logs=log or (),
            log_map=log_map,
            **asked_of(question),
        )
    show.sentences(result.frame)
    deliver(result, delivery, problems=problems)
    return say_if_nothing(result)


@flowing
def agree(
    first: Annotated[Path, Parameter(metavar="FIRST")],
    second: Annotated[Path | None, Parameter(metavar="SECOND")] = None,
    *,
    question: Question | None = None,
    log_map: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    names: Annotated[str | None, Parameter(metavar="FIRST,SECOND")] = None,
    minutes: Annotated[float, Parameter(metavar="MINUTES")] = 90.0,
    apart: Annotated[float, Parameter(metavar="MINUTES")] = 15.0,
    independent: bool = False,
    dependent: bool = False,
    selection: Annotated[str | None, Parameter(metavar="HOW")] = None,
    summary: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    zone: Annotated[str | None, Parameter(metavar="ZONE")] = None,
    checks: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Hold two sources of visits against one another: in both, in one only, told differently.

    Visits are matched one to one, by aircraft, place and time. What both missed is in neither; only for lists that do
    not rest on the same receivers is a total estimated, over rows that are observed or inferred, and it is a lower
    estimate. Rows that contradict themselves, were set aside, or may tell a stay a second time are listed and left out.

    Parameters
    ----------
    first
        A file, folder or glob of positions, a table of visits that wheelsdown wrote, or an observers' log.
    second
        The same; none with --lake, which is the second then.
    log_map
        TOML that says what the columns of a log are.
    names
        What to call the two: --names "the spotters' log,adsb.lol".
    minutes
        Touchdowns of one visit lie no farther apart, or their intervals overlap; 90 unless given.
    apart
        Times farther apart than this are told as a discrepancy; 15 unless given.
    independent
        The two miss visits independently of one another, whatever they rest on.
    dependent
        They do not.
    selection
        How both were chosen: all (nothing was left out), fleet (these aircraft were looked for on every day), or
        hand_picked; or how each was, with a comma. Files are taken as picked by hand unless this says otherwise, and no
        total is estimated then.
    summary
        Write the row of totals to this file (.csv, .json, .xlsx, .parquet); -o takes a row a visit.
    zone
        Time zone of plain days in the window and of the sentence; UTC unless given.
    checks
        File of people's checks; a lake's own are told in any case.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver, say_if_nothing
    from wheelsdown.engines.agreeing import compare
    from wheelsdown.errors import UsageError
    from wheelsdown.outputs import write

    if independent and dependent:
        raise UsageError("--independent and --dependent: name one")
    problems, lake = (reading.problems, reading.lake) if reading else (None, None)
    paths = [p for p in (first, second) if p is not None]
    files = (*files_of(reading), log_map, checks)
    delivery = checked(delivery, problems, paths=paths, files=files, lake=lake)
    checked(Delivery(output=[summary]) if summary else None, paths=paths, files=files, lake=lake)
    with show.progress() as step:
        done = compare(
            first,
            second or (),
            options_of(reading, step, checks=checks),
            names=[n.strip() for n in names.split(",")] if names else (),
            window_min=minutes,
            apart_min=apart,
            zone=zone,
            independent=True if independent else False if dependent else None,
            selection=selection,
            log_map=log_map,
            **asked_of(question),
        )
    show.sentences(done.summary.frame)
    deliver(done.each, delivery, problems=problems)
    if summary is not None:
        write(done.summary.frame, summary, done.summary.table, extras=done.summary.extras())
        show.say(f"wrote {summary} ({done.summary.frame.height} row{'s' if done.summary.frame.is_empty() else ''})")
    return say_if_nothing(done.each)
