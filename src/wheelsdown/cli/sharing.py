"""The verb of shares in arms and trade."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery

__all__ = ["shares"]


@flowing
def shares(
    *files: Annotated[Path, Parameter(metavar="FILE")],
    recipient: Annotated[str | None, Parameter(name="--recipient", metavar="COUNTRY", group="Arms")] = None,
    supplier: Annotated[list[str] | None, Parameter(name="--supplier", metavar="COUNTRY", group="Arms")] = None,
    years: Annotated[list[str] | None, Parameter(name="--years", metavar="FROM-TO", group="Arms")] = None,
    reporter: Annotated[str | None, Parameter(name="--reporter", metavar="COUNTRY", group="Trade")] = None,
    partner: Annotated[list[str] | None, Parameter(name="--partner", metavar="COUNTRY", group="Trade")] = None,
    commodity: Annotated[str | None, Parameter(name="--commodity", metavar="CODE", group="Trade")] = None,
    period: Annotated[list[str] | None, Parameter(name="--period", metavar="PERIOD", group="Trade")] = None,
    flow: Annotated[str, Parameter(name="--flow", metavar="WHICH", group="Trade")] = "import",
    measure: Annotated[str | None, Parameter(name="--measure", metavar="WHICH", group="Trade")] = None,
    as_: Annotated[str | None, Parameter(name="--as", metavar="NAME")] = None,
    strict: bool = False,
    problems: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    delivery: Delivery | None = None,
) -> int:
    """Tell shares in deliveries of arms (SIPRI) or in trade (UN Comtrade), out of tables that you have downloaded.

    Another window is another share: 60 and 69 % were both published for the same two countries. Deals of a trade
    register are not spread over years, since that gives other shares. Bounds allow for rounding, or for goods that are
    allotted to no partner; where the other side's figures are at hand, they stand beside.

    Parameters
    ----------
    files
        SIPRI's tables of trend-indicator values, or UN Comtrade's rows, as downloaded (docs/how-to/context.md).
    recipient
        Who received arms, as the table writes it.
    supplier
        From whom. May be repeated; every supplier unless given.
    years
        First and last year, both included: 2016-2020. May be repeated.
    reporter
        Who reports the trade: name or code.
    partner
        The other side: name or code. May be repeated; every partner unless given.
    commodity
        Code of goods, such as 2709.
    period
        2022, 202303, 2018-2022 or 202301-202312. May be repeated; all periods together unless given.
    flow
        import or export; import unless given.
    measure
        weight or value; weight where every row has one, else value, unless given.
    as_
        Read every file as this format (see wheelsdown sources) instead of telling by content.
    strict
        Stop at the first thing that cannot be read, instead of listing it and going on.
    problems
        Write everything that could not be read to this file (.csv, .json, .xlsx, .parquet).
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver, say_if_nothing
    from wheelsdown.engines.options import Options
    from wheelsdown.engines.sharing import sharing

    delivery = checked(delivery, problems, paths=files)
    with show.progress() as step:
        done = sharing(
            files,
            Options(as_=as_, strict=strict, progress=step),
            recipient=recipient,
            supplier=supplier,
            years=years,
            reporter=reporter,
            partner=partner,
            commodity=commodity,
            period=period,
            flow=flow,
            measure=measure,
        )
    show.sentences(done.frame)
    deliver(done, delivery, problems=problems)
    return say_if_nothing(done)
