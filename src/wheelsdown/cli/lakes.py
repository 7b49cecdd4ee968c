"""The verbs of a lake: put files in, tell what was received near a place; and check every byte, of a dossier too."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery

__all__ = ["coverage", "ingest", "ledger", "verify"]

Lake = Annotated[Path, Parameter(name="--lake", metavar="DIR")]


@flowing
def ingest(
    *paths: Annotated[Path, Parameter(metavar="PATH")],
    lake: Lake,
    identity: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    mapping: Annotated[Path | None, Parameter(name="--map", metavar="FILE")] = None,
    as_: Annotated[str | None, Parameter(name="--as", metavar="NAME")] = None,
    problems: Annotated[Path | None, Parameter(metavar="FILE")] = None,
) -> int:
    """Put files of any known format into a lake: a folder that answers questions over months of data in seconds.

    Daily releases as tar files, split or not, are streamed and need no unpacking. Files that are in the lake already
    are passed over, so that a run that was stopped is simply started again. Simulated and real data never share a lake.

    Parameters
    ----------
    paths
        Files, folders or globs.
    lake
        The lake's folder; made if it is not there.
    identity
        CSV that says which aircraft a file belongs to: file, registration or icao24.
    mapping
        TOML that says how to read a table of another form: columns, units, time zone.
    as_
        Read every file as this format (see wheelsdown sources) instead of telling by content.
    problems
        Write everything that could not be read to this file (.csv, .json, .xlsx, .parquet).
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked
    from wheelsdown.engines import lakes
    from wheelsdown.outputs import write
    from wheelsdown.schema import PROBLEMS

    checked(None, problems, paths=paths, files=(identity, mapping), lake=lake)
    with show.progress() as step:
        done = lakes.ingest(paths, lake, identity=identity, mapping=mapping, as_=as_, progress=step, waiting=show.say)
    found = done.problem_rows()
    if problems is not None:
        write(found, problems, PROBLEMS)
    show.problems(found, problems)
    show.notes(done.notes, done.names, most=None)
    for line in lakes.told(done, lake):
        show.say(line)
    return 1 if not done.positions and not done.known else 0


@flowing
def coverage(
    *,
    lake: Lake,
    airfield: Annotated[list[str] | None, Parameter(name="--airfield", metavar="CODE")] = None,
    at: Annotated[list[str] | None, Parameter(name="--at", metavar="LAT,LON,KM", allow_leading_hyphen=True)] = None,
    since: Annotated[str | None, Parameter(metavar="DAY")] = None,
    until: Annotated[str | None, Parameter(metavar="DAY")] = None,
    radius_km: Annotated[float | None, Parameter(metavar="KM")] = None,
    airfields: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None,
    delivery: Delivery | None = None,
) -> int:
    """Tell for each day what was received near an airfield: how low, by how many aircraft, and what is not known.

    A day without data is a row that says why. An aircraft that never broadcast, or that no receiver heard, is in no
    number.

    Parameters
    ----------
    lake
        The lake's folder.
    airfield
        By any of its codes. May be repeated.
    at
        Within KM kilometres of a point: --at 29.94,34.93,25.
    since
        From this UTC day on.
    until
        Up to this UTC day, which is included.
    radius_km
        Distance from the airfield; 25 unless given.
    airfields
        TOML with airfields of your own. May be repeated.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import lakes

    delivery = checked(delivery, files=airfields or (), lake=lake)
    result = lakes.coverage(
        lake, airfield=airfield, at=at, since=since, until=until, radius_km=radius_km, airfields=airfields or ()
    )
    deliver(result, delivery)
    if result.frame.is_empty():
        show.say(f"{lake}: no day in it, and none was ever asked for; name days with --since and --until")
    return 0


@flowing
def ledger(
    *,
    lake: Lake,
    since: Annotated[str | None, Parameter(metavar="DAY")] = None,
    until: Annotated[str | None, Parameter(metavar="DAY")] = None,
    status: Annotated[list[str] | None, Parameter(name="--status", metavar="STATUS")] = None,
    delivery: Delivery | None = None,
) -> int:
    """Tell what was asked of archives, day by day, and what came of it: which days are missing, damaged or pending.

    Only the statuses received and empty say what flew. A day without a row was never asked for.

    Parameters
    ----------
    lake
        The lake's folder.
    since
        From this UTC day on.
    until
        Up to this UTC day, which is included.
    status
        Only rows of this status: received, empty, missing, pending, expired, failed, damaged, no_archive. May be
        repeated, or hold several with commas.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import ledgers

    delivery = checked(delivery, lake=lake)
    result = ledgers.ledger(lake, since=since, until=until, status=status)
    deliver(result, delivery)
    if result.frame.is_empty():
        show.say(f"{lake}: its ledger has no such row: nothing of the kind was asked for")
    return 0


@flowing
def verify(
    path: Annotated[Path, Parameter(name=["--path", "--lake"], metavar="DIR")],
    *,
    deep: bool = False,
    inputs: Annotated[list[Path] | None, Parameter(metavar="DIR")] = None,
    delivery: Delivery | None = None,
) -> int:
    """Check that a lake, a dossier or a file of checks is what it was, byte by byte, and what a dossier rests on.

    Exit code 1 if anything is amiss. Note the last hash of a lake's chain, or the sha256 of a dossier's manifest,
    elsewhere: it tells whether the whole was made anew. An input of a dossier that is not found is told as not checked,
    and is no fault: the exit code is 0 where nothing else is amiss. So is a missing evidence.zip in a folder that was
    unpacked from one.

    Parameters
    ----------
    path
        The lake's folder, the dossier's folder or its evidence.zip, or a file of checks.
    deep
        Of a lake, also make the index anew from the positions and compare; takes longer.
    inputs
        Of a dossier: a folder in or below which its inputs lie now, found by their bytes under whatever name. May be
        repeated.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.dossier import verifying

    delivery = checked(delivery, lake=path)
    with show.progress("checking") as step:
        result, faults = verifying.verify(path, deep=deep, beside=inputs or (), progress=step)
    deliver(result, delivery)
    show.say(verifying.verdict(result))
    return 1 if faults else 0
