"""The verb `run`: a case answered, as a dossier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing

__all__ = ["run"]


@flowing
def run(
    case: Annotated[Path, Parameter(metavar="CASE.toml")],
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], metavar="DIR")],
    offline: bool = False,
    wheel: Annotated[Path | None, Parameter(metavar="FILE")] = None,
) -> int:
    """Answer a case and write its dossier: one page, the tables behind it, and everything that is needed to check it.

    The page holds the finding, what can and cannot be said, visits with grades and reasons, surges and timing with
    their chance levels, statements, published counts, sources with hashes. The same inputs give the same bytes;
    run.json alone says when. Where nothing could be counted the page says so. wheelsdown check tells beforehand what a
    case can answer; wheelsdown verify tells afterwards whether anything was changed.

    Parameters
    ----------
    case
        The case file; those in cases/ show how it is written.
    output
        Folder for the dossier; an earlier dossier in it is replaced, anything else is refused.
    offline
        Ask no archive, even where the case names one.
    wheel
        The package with the demonstration's recordings, for cases that use them.
    """
    from datetime import UTC, datetime

    from wheelsdown.cli import show
    from wheelsdown.dossier.running import run as run_it

    today = datetime.now(UTC).date()
    with show.progress() as step:
        result, written = run_it(case, output, offline=offline, told=show.say, progress=step, wheel=wheel, today=today)
    show.problems(result.frame("problems"))
    print(show.printable(result.finding))
    if result.draft:
        show.say(f"DRAFT: {'; '.join(result.draft)}")
    show.say(f"wrote {written.page}, {written.zip} and {len(written.files)} files in all")
    show.say(f"sha256 of the manifest, to be noted elsewhere: {written.manifest_sha256}")
    return 0
