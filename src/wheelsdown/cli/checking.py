"""The verbs of signing off: enter a check of a visit, list the checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery, Reading, files_of, options_of

__all__ = ["check_visit", "checks"]

Logs = Annotated[list[Path] | None, Parameter(name="--log", metavar="FILE")]
LogMap = Annotated[Path | None, Parameter(name="--log-map", metavar="FILE")]
File = Annotated[Path | None, Parameter(name="--checks", metavar="FILE")]


@flowing
def check_visit(
    *words: Annotated[str, Parameter(metavar="VISIT_ID-OR-PATH")],
    by: Annotated[str, Parameter(name="--by", metavar="NAME")],
    verdict: Annotated[str, Parameter(name="--verdict", metavar="VERDICT")],
    note: Annotated[str | None, Parameter(name="--note", metavar="TEXT", allow_leading_hyphen=True)] = None,
    checks: File = None,
    log: Logs = None,
    log_map: LogMap = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> None:
    """Sign a visit off: keep beside the lake, or in a file, who checked it and what was found.

    Each check is an entry in a chain of hashes. None is overwritten, by a later check or by a re-run: the newest
    counts, all are kept. When the visit's evidence changes, the check is told as one on earlier evidence.

    Parameters
    ----------
    words
        Ids of visits, then the files they were found in; no files with --lake.
    by
        Who checked.
    verdict
        confirm, reject or unsure.
    note
        Why: what was looked at. 4,000 characters at most.
    checks
        Keep it in this file; otherwise in the lake, or in wheelsdown-checks.jsonl in the current folder.
    log
        Observers' log that the visits stand in. May be repeated.
    log_map
        TOML that says what the log's columns are.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import checking

    ids, paths = checking.ids_and_paths(words)
    lake = reading.lake if reading else None
    delivery = checked(delivery, paths=paths, files=(checks, *(log or ()), log_map, *files_of(reading)), lake=lake)
    with show.progress() as step:
        done = checking.check_visits(
            ids,
            paths,
            by=by,
            verdict=verdict,
            note=note,
            checks=checks,
            options=options_of(reading, step),
            logs=log or (),
            log_map=log_map,
            waiting=show.say,
        )
    deliver(done, delivery)


@flowing
def checks(
    *paths: Annotated[Path, Parameter(metavar="PATH")],
    checks: File = None,
    compare: bool = False,
    log: Logs = None,
    log_map: LogMap = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> None:
    """List all checks of visits: who, when, which verdict, on what evidence.

    Parameters
    ----------
    paths
        Find the visits anew in these files, and say which checks are on earlier evidence.
    checks
        File of checks; otherwise the lake's, or wheelsdown-checks.jsonl in the current folder.
    compare
        With --lake: find the visits anew, and say which checks are on earlier evidence and what has changed.
    log
        Observers' log that the visits stand in, to compare with. May be repeated.
    log_map
        TOML that says what the log's columns are.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import checking

    lake = reading.lake if reading else None
    delivery = checked(delivery, paths=paths, files=(checks, *(log or ()), log_map, *files_of(reading)), lake=lake)
    with show.progress() as step:
        found = checking.checks(
            paths,
            checks=checks,
            compare=compare,
            options=options_of(reading, step),
            logs=log or (),
            log_map=log_map,
        )
    deliver(found, delivery)
