"""The verb that sets two dossiers of one case side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing
from wheelsdown.cli.parameters import Delivery

__all__ = ["diff"]


@flowing
def diff(
    old: Annotated[Path, Parameter(metavar="OLD")],
    new: Annotated[Path, Parameter(metavar="NEW")],
    *,
    delivery: Delivery | None = None,
) -> int:
    """Name each change between two dossiers of one case, with its cause, and write the correction note.

    Visits are added, withdrawn, no longer asked about, regraded, re-dated or changed; so are the rows of every other
    table. Causes are a check, other bytes, another question or other entry of the case file, another method or other
    reference data: they name what differs, and cannot prove what did it. The note goes to standard error. Both are
    first held against their manifests.

    Parameters
    ----------
    old
        The earlier dossier: its folder, or its evidence.zip.
    new
        The later one.
    """
    from wheelsdown.cli import show
    from wheelsdown.cli.deliver import checked, deliver
    from wheelsdown.dossier.differing import differences

    delivery = checked(delivery, files=(old, new), lake=old)
    checked(delivery, lake=new)
    result, note = differences(old, new)
    show.say(note)
    deliver(result, delivery)
    return 0
