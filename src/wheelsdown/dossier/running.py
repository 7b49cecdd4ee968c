"""A case file in, a dossier out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from wheelsdown.case.gathering import Fetcher
from wheelsdown.case.result import CaseResult
from wheelsdown.case.running import run_case
from wheelsdown.dossier import make
from wheelsdown.dossier.packing import Written, check_target
from wheelsdown.engines.options import Progress

__all__ = ["run"]


def run(
    path: str | Path,
    folder: str | Path,
    *,
    offline: bool = False,
    fetcher: Fetcher | None = None,
    told: Callable[[str], None] = lambda _: None,
    progress: Progress | None = None,
    wheel: Path | None = None,
    today: date | None = None,
) -> tuple[CaseResult, Written]:
    """Answer a case and write its dossier.

    Parameters
    ----------
    path : path
        The case file.
    folder : path
        Where the dossier goes; an earlier one in it is replaced, anything else is refused before anything is run.
    offline, fetcher, told, progress, wheel, today
        As in `wheelsdown.case.running.run_case`.

    Returns
    -------
    CaseResult, Written

    Raises
    ------
    CaseError, UsageError, SourceError, LakeError, SimulationError, ReferenceDataError, OutputError
    """
    target = check_target(folder)
    result = run_case(
        path, target, offline=offline, fetcher=fetcher, told=told, progress=progress, wheel=wheel, today=today
    )
    return result, make(result, target)
