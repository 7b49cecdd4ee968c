"""Signing off: a person's check of a visit is entered beside the lake, or in a file, and held against the visit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.checks import CURRENT, EARLIER, GONE, compared, evidence_of, sha256_of
from wheelsdown.engines import local
from wheelsdown.engines.asked import Asked, as_tuple
from wheelsdown.engines.lakes import reading_of_visit
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.parts import Loaded, part_of
from wheelsdown.engines.result import Result
from wheelsdown.engines.signed import kept_in
from wheelsdown.engines.visits_from import visits_of
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.lake import Lake
from wheelsdown.lake.checks import add_checks, name_of, note_of, read_checks, unfinished, verdict_of
from wheelsdown.lake.choosing import all_days
from wheelsdown.lake.verifying import verify_checks
from wheelsdown.reference.identify import annotate
from wheelsdown.schema import CHECKS, VERIFIED, VISITS

__all__ = ["check_visits", "checks", "ids_and_paths", "is_kept", "verify_kept"]

_ID: Final = re.compile(r"[0-9A-Za-z-]+-\d{8}T\d{4}Z-[0-9a-f]{4,8}")
_OF_ADDRESS: Final = re.compile(r"([0-9a-f]{6})-(\d{4})(\d\d)(\d\d)T\d{4}Z")
_ONE: Final = timedelta(days=1)
_SHOWN: Final = 5


def ids_and_paths(words: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Tell ids of visits from files: the first word is an id, or several with commas; further ones by their form.

    Raises
    ------
    UsageError
        No id.
    """
    if not words:
        raise UsageError("name a visit: wheelsdown check-visit VISIT_ID PATH, or VISIT_ID --lake DIR")
    ids = list(as_tuple(words[0]))
    paths = []
    for word in words[1:]:
        if all(_ID.fullmatch(w) for w in word.split(",")) and not Path(word).exists():
            ids += as_tuple(word)
        else:
            paths.append(Path(word))
    return list(dict.fromkeys(ids)), paths


def check_visits(
    visit_ids: str | Iterable[str],
    what: Input = (),
    *,
    by: str,
    verdict: str,
    note: str | None = None,
    checks: Path | None = None,
    options: Options | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    waiting: Callable[[str], None] | None = None,
) -> Result:
    """Enter what a person found of visits: a further entry in a chain, whatever was entered before.

    Parameters
    ----------
    visit_ids : str or several
        Whole ids, or, of files, beginnings that fit one visit only.
    what : path, paths or POSITIONS
        The same input the visits were found in; nothing where `options` name a lake.
    by : str
        Who checked; one line.
    verdict : str
        ``confirm``, ``reject`` or ``unsure``.
    note : str, optional
        Why; 4,000 characters at most.
    checks : path, optional
        File to keep it in; by default ``checks.jsonl`` in the lake, for files ``wheelsdown-checks.jsonl`` in the
        current folder.
    options : Options, optional
        How to read and infer.
    logs : paths
        Observers' logs that the visits stand in.
    log_map : path, optional
        How to read them.
    waiting : callable, optional
        Told if another process has to be waited for.

    Returns
    -------
    Result
        CHECKS: the new entries.

    Raises
    ------
    UsageError
        No visit, or more than one, has such an id; a name, note or verdict that cannot be taken.
    LakeError
        The checks there cannot be believed, or the new ones cannot be written.

    Notes
    -----
    All visits are found before anything is entered. What is kept is the visit's evidence as it was (see
    `wheelsdown.analysis.checks`), so that a later run can say whether, and in what, it has changed. It does not know
    who signs: a name is what the caller says.
    """
    signature = {"by": name_of(by), "verdict": verdict_of(verdict), "note": note_of(note)}
    options = replace(options or Options(), keep_positions=False, ruled_out=True, checks=None)
    path, lock = kept_in(options.lake, checks)
    read_checks(path)  # what cannot be believed is said before anything is read
    lake = lake_of(what, options)
    wanted = as_tuple(visit_ids)
    if lake is None:
        visits = visits_of(what, options, logs=logs, log_map=log_map).visits
        found = [_one(visits, w) for w in wanted]
    else:
        found = [_one(_candidates(lake, w, options), w) for w in wanted]
    bodies = []
    for visit in {v["visit_id"]: v for v in found}.values():
        fields = evidence_of(visit)
        bodies.append(
            {
                **signature,
                "visit_id": visit["visit_id"],
                "grade": visit["grade"],
                "evidence": sha256_of(fields),
                "fields": fields,
                "registration": visit["registration"],
            }
        )
    moved: list[str] = []
    new = add_checks(path, bodies, lock=lock, waiting=waiting, told=moved.append)
    new = new.with_columns(state=pl.lit(CURRENT))
    last = new.row(-1, named=True)
    entries = f"entry {last['entry']}" if new.height == 1 else f"entries {new['entry'][0]} to {last['entry']}"
    told = f"kept in {path}, {entries}; the last hash is {last['sha256']}"
    how = None if options.lake is not None and checks is None else f"--checks {path} shows it with the visits"
    return Result(CHECKS, new, notes=(*moved, *(t for t in (told, how) if t)), simulated=_made(new))


def checks(
    what: Input = (),
    *,
    checks: Path | None = None,
    compare: bool = False,
    options: Options | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
) -> Result:
    """List all checks, newest last; on request held against the visits as they are today.

    Parameters
    ----------
    what : path, paths or POSITIONS
        The input the visits were found in, to compare with; nothing where `options` name a lake.
    checks : path, optional
        File of checks, as in `check_visits`.
    compare : bool
        Find the visits anew in the lake, and say of each check whether its evidence is still the same. Files named
        are compared with in any case.
    options : Options, optional
        How to read and infer.
    logs, log_map
        As in `check_visits`.

    Returns
    -------
    Result
        CHECKS.

    Raises
    ------
    UsageError
        There is no such file.
    LakeError
        The checks cannot be believed.
    """
    options = replace(options or Options(), keep_positions=False, ruled_out=True, checks=None)
    path, _ = kept_in(options.lake, checks)
    lake = None if options.lake is None else lake_of(what, options)
    if not path.exists() and (lake is None or checks is not None):
        raise UsageError(f"{path}: no such file of checks; name it with --checks, or a lake with --lake")
    kept = read_checks(path)
    if lake is None and (isinstance(what, pl.DataFrame) or what or logs):
        compare = True
    elif compare and lake is None:
        raise UsageError("--compare: name the files the visits were found in, or --lake")
    if not compare or kept.is_empty():
        return Result(CHECKS, kept, notes=_last(kept, path), simulated=_made(kept))
    visits = visits_of(what, options, logs=logs, log_map=log_map).visits if lake is None else _all(lake, kept, options)
    told = compared(visits, kept)
    return Result(CHECKS, told, notes=(*_last(kept, path), *_states(told)), simulated=_made(kept))


def is_kept(path: Path) -> bool:
    """Tell whether a file can only be meant as one of checks: lines of JSON, or a name that says so."""
    if not path.is_file():
        return False
    with path.open("rb") as f:
        return f.read(1) == b"{" or path.suffix == ".jsonl"


def verify_kept(path: Path) -> tuple[Result, int]:
    """Check a file of checks that lies in no lake; gives VERIFIED and how many faults there are.

    Raises
    ------
    LakeError
        It cannot be read.
    """
    try:
        found = verify_checks(path)
    except OSError as e:
        raise LakeError(f"{path}: cannot be read: {e.strerror or e}") from e
    faults = int((found["finding"] != "good").sum())
    return Result(VERIFIED, found, simulated=not faults and _made(read_checks(path))), faults


def _last(kept: pl.DataFrame, path: Path) -> tuple[str, ...]:
    torn = unfinished(path)
    doubt = () if torn is None else (torn,)
    if kept.is_empty():
        return (*doubt, f"{path}: no checks yet")
    entries = "1 entry" if kept.height == 1 else f"{kept.height} entries"
    return (*doubt, f"{path}: {entries}, the last hash is {kept['sha256'][-1]}")


def _states(told: pl.DataFrame) -> list[str]:
    counts = dict(told["state"].value_counts().iter_rows())
    words = {
        EARLIER: "on earlier evidence: the visit has changed since (column changed)",
        GONE: "of a visit that is no more in these data",
    }
    return [f"{counts[s]} of {told.height} checks {text}" for s, text in words.items() if s in counts]


def _made(kept: pl.DataFrame) -> bool:
    return bool(kept["source"].str.starts_with("SIMULATED").any())


def _all(lake: Lake, kept: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Find the visits of every aircraft that was checked."""
    frames = [VISITS.empty()]
    addressed = kept.filter(pl.col("icao24").is_not_null())
    for address in addressed["icao24"].unique().sort():
        frames.append(local.answers((), ["visits"], options, icao24=address)["visits"].frame)
    rest = kept.filter(pl.col("icao24").is_null())
    if rest.height:
        frames.append(_unaddressed(lake, rest["visit_id"][0], options))
    return pl.concat(frames)


def _candidates(lake: Lake, wanted: str, options: Options) -> pl.DataFrame:
    """Find the visits of a lake among which one is looked for, exactly as the verb `visits` finds them."""
    part = _OF_ADDRESS.match(wanted)
    if part is None:
        return _unaddressed(lake, wanted, options)
    try:
        day = date(int(part[2]), int(part[3]), int(part[4]))
    except ValueError as e:
        raise UsageError(f"{wanted}: no such visit: {part[2]}-{part[3]}-{part[4]} is no day") from e
    near = local.answers((), ["visits"], options, icao24=part[1], since=day - _ONE, until=day + _ONE)["visits"].frame
    if (near["visit_id"] == wanted).any():
        return near
    # an id may be named after the take-off, and the touchdown lie days before
    return local.answers((), ["visits"], options, icao24=part[1])["visits"].frame


def _unaddressed(lake: Lake, visit_id: str, options: Options) -> pl.DataFrame:
    """Find all visits of recordings without an ICAO address."""
    if not all_days(lake).filter(pl.col("icao24").is_null() | pl.col("icao24").str.starts_with("~")).height:
        return VISITS.empty()
    known, loaded = airfields_of(options), Loaded.of(options)
    with lake.steady():
        reading = reading_of_visit(lake, visit_id)
    part = part_of(reading, Asked(), ["visits"], known, loaded, options)
    return annotate(part.found.visits, loaded.beside(reading))


def _one(found: pl.DataFrame, wanted: str) -> dict[str, Any]:
    hits = found.filter(pl.col("visit_id") == wanted)
    if hits.is_empty():
        hits = found.filter(pl.col("visit_id").str.starts_with(wanted))
    if hits.height == 1:
        return hits.row(0, named=True)
    some = ", ".join((hits if hits.height else found)["visit_id"].head(_SHOWN)) or "none"
    if hits.is_empty():
        raise UsageError(f"no visit {wanted} in these data; {found.height} were found, the first: {some}")
    raise UsageError(f"{wanted} fits {hits.height} visits: {some}; give more of the id")
