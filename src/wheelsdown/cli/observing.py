"""The verb that tells what would have been seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery, Reading, files_of, options_of

__all__ = ["observability"]

Texts = list[str] | None


@flowing
def observability(
    *paths: Annotated[Path, Parameter(metavar="PATH")],
    airfield: Annotated[list[str], Parameter(name="--airfield", metavar="CODE")],
    since: Annotated[str | None, Parameter(metavar="DAY")] = None,
    until: Annotated[str | None, Parameter(metavar="DAY")] = None,
    icao24: Annotated[Texts, Parameter(name="--icao24", metavar="HEX", alias="--hex")] = None,
    registration: Annotated[Texts, Parameter(name="--registration", metavar="TAIL")] = None,
    operator: Annotated[Texts, Parameter(name="--operator", metavar="NAME")] = None,
    typecode: Annotated[Texts, Parameter(name="--type", metavar="TYPE")] = None,
    reading: Reading | None = None,
    delivery: Delivery | None = None,
) -> int:
    """Tell for each day whether, and how probably, a visit to an airfield would have been seen.

    Judged from all other traffic: was a receiver up, how low were others followed, at how many known stops were both
    ends received. A day on which nobody was received is no day without visits. Without other traffic nothing can be
    told, and every day says so. Aircraft that never broadcast are in no number.

    Parameters
    ----------
    paths
        Files, folders or globs with all traffic; none with --lake.
    airfield
        By any of its codes. May be repeated.
    since
        From this UTC day on.
    until
        Up to this UTC day, which is included.
    icao24
        Address of the fleet asked about: it is no measure of itself, and is left out. May be repeated.
    registration
        The same by tail.
    operator
        The same by operator: part of its name, or its three-letter designator.
    typecode
        The same by type designator.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import observing

    r = reading or Reading()
    delivery = checked(delivery, r.problems, paths=paths, files=files_of(reading), lake=r.lake)
    with show.progress() as step:
        result = observing.observability(
            paths,
            options_of(reading, step),
            airfield=airfield,
            since=since,
            until=until,
            icao24=icao24,
            registration=registration,
            operator=operator,
            typecode=typecode,
        )
    deliver(result, delivery, problems=r.problems)
    if not result.positions_read:
        show.say("no positions loaded; nothing can be told")
        return 1
    return 0
