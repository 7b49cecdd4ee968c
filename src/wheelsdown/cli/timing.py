"""The verb that holds visits against the dates of outside events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery, Question, Reading, asked_of, files_of, options_of

__all__ = ["timing"]


@flowing
def timing(
    *paths: Annotated[Path, Parameter(metavar="PATH")],
    events: Annotated[list[Path], Parameter(name="--events", metavar="FILE")],
    question: Question | None = None,
    country: Annotated[list[str] | None, Parameter(name="--country", metavar="NAME")] = None,
    episodes: Annotated[str | None, Parameter(name="--episodes", metavar="DEATHS,DAYS,QUIET")] = None,
    month_episodes: Annotated[str | None, Parameter(name="--month-episodes", metavar="DEATHS,QUIET")] = None,
    window: Annotated[list[int] | None, Parameter(name="--window", metavar="DAYS")] = None,
    lag: Annotated[int, Parameter(name="--lag", metavar="DAYS")] = 0,
    measure: Annotated[list[str] | None, Parameter(name="--measure", metavar="WHICH")] = None,
    declared: Annotated[str | None, Parameter(name="--declared", metavar="DAY")] = None,
    draws: Annotated[int, Parameter(metavar="N")] = 9999,
    seed: Annotated[int, Parameter(metavar="N")] = 0,
    level: Annotated[float, Parameter(metavar="P")] = 0.05,
    regime: Annotated[list[str] | None, Parameter(name="--regime", metavar="DAY")] = None,
    epoch: Annotated[Path | None, Parameter(name="--epoch", metavar="FILE")] = None,
    events_out: Annotated[Path | None, Parameter(name="--events-out", metavar="FILE")] = None,
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
    """Hold visits against the dates of outside events: how many had a visit in the days before or after, and by chance.

    Chance is measured by shifting the visits in time, within each calendar year and along the days observed. Where
    several windows or measures are compared, the p that allows for all of them is the one to quote. With a handful of
    events even all of them may come by chance; the column changes says how many it would have taken. Files picked by
    hand have no chance level.

    Parameters
    ----------
    paths
        Files, folders or globs of positions, tables of visits that wheelsdown wrote, or logs that are known by their
        heading; none with --lake or --log.
    events
        Table of events or of months (UCDP, ACLED), or a list of episodes: name, began, ended. May be repeated.
    country
        Only events of this country, as its table writes it. May be repeated; for episodes their deaths are added up.
    episodes
        Put events together to episodes first: so many deaths within so many days, new after so many quiet days. The
        rule laid down before any data were looked at is 25,7,90.
    month_episodes
        The same for tables of months: so many deaths in a month, new after so many months with fewer; 17,1 where
        --episodes is given alone.
    window
        Days before and after the first day of an event. May be repeated; 7, 14 and 30 unless given.
    lag
        Days between window and event; with 1 the day of the event itself is no part of it.
    measure
        before, after, around or rate_before. May be repeated; before, after and rate_before unless given.
    declared
        Day on which you declared windows, lag and measures. It counts only where it lies before the first event.
        Without it they count as chosen after a look at the data: the standard windows are tried as well, p allows for
        all, and the sentence says so.
    draws
        Shifts of the visits; 9999 unless given.
    seed
        Of the shifts; the same seed gives the same rows.
    level
        p at or below which it is said to be more than chance; 0.05 unless given.
    regime
        First day of another regime of coverage, another feed or receiver: visits are not shifted across it. May be
        repeated.
    epoch
        Write mean visits a day from 60 days before to 60 days after events to this file (.csv, .json, .xlsx, .parquet).
    events_out
        Write the events that visits were held against to this file.
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
    from wheelsdown.engines.timing import day_of, rule_of, told
    from wheelsdown.errors import UsageError
    from wheelsdown.outputs import write

    if hand_picked and selection not in (None, "hand_picked"):
        raise UsageError(f"--hand-picked and --selection {selection}: name one")
    problems, lake = (reading.problems, reading.lake) if reading else (None, None)
    files = (*files_of(reading), *(log or ()), log_map, checks, *events)
    delivery = checked(delivery, problems, paths=paths, files=files, lake=lake)
    beside = [p for p in (epoch, events_out) if p is not None]
    checked(Delivery(output=[*(delivery.output or []), *beside]), problems, paths=paths, files=files, lake=lake)
    with show.progress() as step:
        done = told(
            paths,
            options_of(reading, step, checks=checks),
            events=events,
            country=country,
            windows_days=window or (7, 14, 30),
            lag_days=lag,
            measures=measure,
            declared=None if declared is None else day_of(declared, "--declared"),
            draws=draws,
            seed=seed,
            level=level,
            regimes=[day_of(d) for d in regime or ()],
            with_epoch=epoch is not None,
            grades=grade,
            zone=zone,
            selection="hand_picked" if hand_picked else selection,
            exposure_days=exposure_days,
            logs=log or (),
            log_map=log_map,
            **rule_of(episodes, month_episodes),
            **asked_of(question),
        )
    show.sentences(done.timing.frame)
    deliver(done.timing, delivery, problems=problems)
    for path, one in ((epoch, done.epoch), (events_out, done.events)):
        if path is not None:
            write(one.frame, path, one.table, extras=one.extras())
            show.say(f"wrote {path} ({one.frame.height} rows)")
    return say_if_nothing(done.timing)
