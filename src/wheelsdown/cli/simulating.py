"""The verb `simulate`: archives of flights that nobody flew, with their truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing

__all__ = ["simulate"]


@flowing
def simulate(
    scenario: Annotated[str | None, Parameter(metavar="SCENARIO")] = None,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], metavar="DIR")] = None,
    formats: Annotated[str, Parameter(metavar="NAMES")] = "traces,jsonl,fr24",
    seed: Annotated[int | None, Parameter(metavar="N")] = None,
    observers: Annotated[str | None, Parameter(metavar="CODE")] = None,
) -> None:
    """Make archives of SIMULATED flights with known truth, in the true formats of readsb and Flightradar24.

    Operators, addresses (d00000 to dfffff), and call signs (SIM and a digit) are invented; airfields are real. Each
    file says from within that it is simulated, and so does everything made from it. Without a scenario, those that come
    with the package are listed. The same scenario and seed give the same bytes on every machine.

    Parameters
    ----------
    scenario
        A TOML file, or the name of a scenario that comes with the package.
    output
        Folder for the archives, truth_visits.csv, truth_legs.csv and fleet.csv; made whole or not at all.
    formats
        Which archives: traces (daily releases), jsonl, fr24; several with commas.
    seed
        Instead of the scenario's own.
    observers
        Also a made observers' log of this airfield, with misses and mistakes (observers.csv); auto takes the field
        where most landed.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import simulating
    from wheelsdown.errors import UsageError

    if scenario is None:
        if output is not None or seed is not None or observers is not None:
            raise UsageError("name a scenario: a TOML file, or one of those that wheelsdown simulate lists")
        deliver(simulating.scenarios(), checked(None))
        return
    if output is None:
        raise UsageError("say where the archives go: -o DIR")
    with show.progress("simulating") as step:
        made = simulating.simulate_archives(
            scenario,
            output,
            formats=[f.strip() for f in formats.split(",") if f.strip()],
            seed=seed,
            observers=observers,
            progress=step,
        )
    for line in simulating.told(made):
        show.say(line)
