"""The verbs of a case: say what it can conclude."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery

__all__ = ["check"]

CaseFile = Annotated[Path, Parameter(metavar="CASE.toml")]


@flowing
def check(case: CaseFile, *, delivery: Delivery | None = None) -> None:
    """Say before any run what a case can and cannot conclude from the data at hand, and what would help.

    Looks at what is there: files, the days of the lake's ledger, tables of events, arms and trade, archived copies,
    exhibits. Reads no positions and asks no archive. A window that no open archive covers is named; so is a party that
    was not asked, for whom the case stays a draft. A wrong case file is told with line, field and remedy (exit 2).

    Parameters
    ----------
    case
        The question as TOML.
    """
    from datetime import UTC, datetime

    from wheelsdown.case.checking import check as conclusions
    from wheelsdown.cli.deliver import checked, deliver

    delivery = checked(delivery, files=(case,))
    deliver(conclusions(case, today=datetime.now(UTC).date()), delivery)
