"""The verb that looks for surges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery, Question, Reading, asked_of, files_of, options_of

__all__ = ["surges"]


@flowing
def surges(
    *paths: Annotated[Path, Parameter(metavar="PATH")],
    question: Question | None = None,
    declared: Annotated[list[str] | None, Parameter(name="--declared", metavar="NAME=FROM..TO@DAY")] = None,
    longest: Annotated[int, Parameter(name="--longest", metavar="DAYS")] = 90,
    draws: Annotated[int, Parameter(metavar="N")] = 9999,
    seed: Annotated[int, Parameter(metavar="N")] = 0,
    level: Annotated[float, Parameter(metavar="P")] = 0.05,
    series: Annotated[Path | None, Parameter(name="--series", metavar="FILE")] = None,
    blocks: Annotated[Path | None, Parameter(name="--blocks", metavar="FILE")] = None,
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
    """Find surges: stretches of days with more visits than chance allows, given what was observed.

    Of all stretches the strongest is held against the strongest of series drawn by chance, so that p allows for the
    search. A window that was declared before it began (--declared) has an exact test of its own. Days that were not
    observed are no days without visits. A log cannot tell more visits from more watching, and days before its first row
    and after its last are not taken as watched. Files picked by hand have no surges.

    Parameters
    ----------
    paths
        Files, folders or globs of positions, tables of visits that wheelsdown wrote, or logs that are known by their
        heading; none with --lake or --log.
    declared
        A window that you name, both days included, with the day on which you declared it:
        --declared "the 44 days=2020-09-27..2020-11-09@2020-09-01". Declared later than its first day, or without that
        day, it counts as found afterwards. May be repeated.
    longest
        Longest stretch looked at; 90 days unless given.
    draws
        Series drawn by chance; 9999 unless given.
    seed
        Of the draws; the same seed gives the same rows.
    level
        p at or below which it is called a surge; 0.05 unless given.
    series
        Write visits and exposure by day to this file (.csv, .json, .xlsx, .parquet).
    blocks
        Write stretches of steady rate, for a graph, to this file.
    grade
        Count this grade: observed, inferred, likely, possible. May be repeated; observed and inferred unless given.
    exposure_days
        So many days of the window were observed; otherwise they are judged from other traffic, or all are taken as
        observed (of a log, those from its first row to its last), and the sentence says which.
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
        Time zone of the days, such as Asia/Baku; UTC unless given.
    checks
        File of people's checks; a lake's own are told in any case.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver, say_if_nothing
    from wheelsdown.engines.surging import declared_of, surging
    from wheelsdown.errors import UsageError
    from wheelsdown.outputs import write

    if hand_picked and selection not in (None, "hand_picked"):
        raise UsageError(f"--hand-picked and --selection {selection}: name one")
    problems, lake = (reading.problems, reading.lake) if reading else (None, None)
    files = (*files_of(reading), *(log or ()), log_map, checks)
    delivery = checked(delivery, problems, paths=paths, files=files, lake=lake)
    beside = [p for p in (series, blocks) if p is not None]
    checked(Delivery(output=[*(delivery.output or []), *beside]), problems, paths=paths, files=files, lake=lake)
    with show.progress() as step:
        done = surging(
            paths,
            options_of(reading, step, checks=checks),
            declared=declared_of(declared or ()),
            longest_days=longest,
            draws=draws,
            seed=seed,
            level=level,
            grades=grade,
            zone=zone,
            selection="hand_picked" if hand_picked else selection,
            exposure_days=exposure_days,
            logs=log or (),
            log_map=log_map,
            **asked_of(question),
        )
    show.sentences(done.surges.frame)
    deliver(done.surges, delivery, problems=problems)
    for path, one in ((series, done.series), (blocks, done.blocks)):
        if path is not None:
            write(one.frame, path, one.table, extras=one.extras())
            show.say(f"wrote {path} ({one.frame.height} rows)")
    return say_if_nothing(done.surges)
