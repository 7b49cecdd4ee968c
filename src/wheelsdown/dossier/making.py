"""Makes the dossier of a case: the page, and the folder it lies in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from wheelsdown.case.result import CaseResult
from wheelsdown.dossier.leaving import shareable
from wheelsdown.dossier.packing import Written, write_dossier
from wheelsdown.dossier.page import made

__all__ = ["make"]


def make(
    result: CaseResult, folder: str | Path, *, positions: pl.DataFrame | None = None, now: datetime | None = None
) -> Written:
    """Write the dossier of a case: page, tables, maps, case file, manifest and zip.

    Parameters
    ----------
    result : CaseResult
        What was answered.
    folder : path
        Made if it is not there. An earlier dossier in it is replaced, once the new one is whole.
    positions : POSITIONS, optional
        To draw legs and tracks along; by default those of the result.
    now : datetime, optional
        When it was made; only ``run.json`` says so.

    Returns
    -------
    Written
        Where it lies, and the sha256 of its manifest: note it elsewhere.

    Raises
    ------
    OutputError
        The folder holds something else, or cannot be written.
    """
    shown, left_out = shareable(result)
    page = made(shown)
    along = shown.positions if positions is None else positions
    return write_dossier(shown, page.html, page.stated, folder, positions=along, left_out=left_out, now=now)
