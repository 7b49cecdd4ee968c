"""The verb `reference`: what the answers are looked up in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery

__all__ = ["reference"]

reference = App(name="reference", help="Airfields, runways and aircraft registers: show, list, add, remove, update.")


@reference.command
@flowing
def show(
    *codes: Annotated[str, Parameter(metavar="CODE")],
    runways: bool = False,
    airfields: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None,
    delivery: Delivery | None = None,
) -> None:
    """Look up airfields by any code they go by: ICAO, IATA, GPS, local, the list's ident, or a former code.

    Parameters
    ----------
    codes
        Codes, such as LLOV.
    runways
        Give the runways instead.
    airfields
        TOML with airfields of your own. May be repeated.
    """
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import references
    from wheelsdown.engines.result import Result
    from wheelsdown.schema import RUNWAYS

    delivery = checked(delivery, files=airfields or ())
    fields, strips = references.show(codes, airfields or ())
    deliver(Result(RUNWAYS, strips) if runways else Result(references.SHOWN, fields), delivery)


@reference.command(name="list")
@flowing
def list_(*, delivery: Delivery | None = None) -> None:
    """List the airfield table and the registers in use, each with its source and date."""
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import references
    from wheelsdown.engines.result import Result

    delivery = checked(delivery)
    deliver(Result(references.REFERENCES, references.listed()), delivery)


@reference.command
@flowing
def add(
    path: Annotated[Path, Parameter(metavar="FILE")],
    *,
    as_of: Annotated[str | None, Parameter(metavar="DATE")] = None,
    source: Annotated[str | None, Parameter(metavar="TEXT")] = None,
    name: Annotated[str | None, Parameter(metavar="NAME")] = None,
) -> None:
    """Keep an aircraft register, or a TOML file with airfields of your own, for every later run.

    Parameters
    ----------
    path
        A register (VRS standing data, tar1090-db, or a CSV with icao24 and registration), or a TOML file.
    as_of
        Date of the register, YYYY-MM-DD. Without it the register counts as undated.
    source
        What rows call the register.
    name
        What it is called in reference list.
    """
    from wheelsdown.cli import show as talk
    from wheelsdown.engines import references
    from wheelsdown.reference import registers

    if path.suffix.lower() == ".toml":
        target, count = references.add_airfields(path)
        talk.say(f"kept {count} airfields in {target}")
        return
    card, problems = registers.add(path, as_of=as_of, source=source, name=name)
    talk.problems(problems)
    talk.say(
        f"kept {card.name}: {card.aircraft} aircraft, {card.operators} operators, {card.blocks} address blocks, "
        f"{'as of ' + card.as_of if card.as_of else 'undated (give --as-of DATE)'}"
    )


@reference.command
@flowing
def remove(name: Annotated[str, Parameter(metavar="NAME")]) -> None:
    """Forget a register, or a file of your own airfields, that was added.

    Parameters
    ----------
    name
        Its name in reference list, or the name of the airfields' file.
    """
    from wheelsdown.cli import show as talk
    from wheelsdown.engines import references

    talk.say(f"removed {references.remove(name)}")


@reference.command
@flowing
def update(
    *,
    from_: Annotated[Path | None, Parameter(name="--from", metavar="DIR")] = None,
    as_of: Annotated[str | None, Parameter(metavar="DATE")] = None,
    delivery: Delivery | None = None,
) -> None:
    """Replace the airfield table by today's OurAirports, keep the old one, and print what changed.

    Parameters
    ----------
    from_
        Folder with airports.csv and runways.csv; nothing is downloaded then.
    as_of
        Date of these files, YYYY-MM-DD.
    """
    from wheelsdown.cli import show as talk
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.engines import references
    from wheelsdown.engines.result import Result
    from wheelsdown.reference.paths import data_directory
    from wheelsdown.reference.update import update as replace_table

    delivery = checked(delivery, paths=[from_] if from_ else ())
    report = replace_table(data_directory(), from_dir=from_, as_of=as_of)
    deliver(Result(references.CHANGES, report.changes, problems=report.problems), delivery)
    counts = ", ".join(f"{n} {change}" for change, n in report.counts.items() if n)
    talk.say(
        f"{report.fields} airfields, {report.runways} runways, as of {report.as_of or 'an unknown date'}; "
        f"changed: {counts or 'nothing'}; the old table is kept in {report.kept}"
    )
