"""Writes a dossier: the page, the tables, the case file, a manifest of every byte, and all of it in one zip.

The folder is made beside its place and put there when it is whole. Two runs over the same inputs give the same bytes
in everything but ``run.json``, which says when it was made. (What zlib packs, the workbook and the zip, is the same for
the same build of zlib.)
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from wheelsdown.case.result import CaseResult
from wheelsdown.case.sources import named_from
from wheelsdown.dossier import manifest as manifests
from wheelsdown.dossier.crate import crate
from wheelsdown.dossier.manifest import (
    CASE,
    CRATE,
    INPUTS_FROM,
    MANIFEST,
    PAGE,
    README,
    RUN,
    ZIP,
    Input,
    LeftOut,
    Listed,
)
from wheelsdown.dossier.opening import Packed, opened
from wheelsdown.dossier.swapping import staged
from wheelsdown.errors import OutputError, SourceError
from wheelsdown.outputs import Extras, is_simulated, write
from wheelsdown.outputs.xlsx import write_book
from wheelsdown.provenance import RECEIPT_DIGITS, receipt_of
from wheelsdown.schema import STATED
from wheelsdown.table import Table

__all__ = ["BOOK", "TABLES", "Written", "check_target", "write_dossier"]

TABLES: Final = "tables"
BOOK: Final = "tables.xlsx"
_DRAWN: Final = {"visits": (".geojson", ".kml"), "legs": (".geojson", ".kml")}
_CHAIN: Final = "chain.jsonl"
_BLOCK: Final = 1 << 20
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Written:
    """What was written."""

    folder: Path
    page: Path
    """The HTML file."""
    zip: Path
    manifest_sha256: str
    """Note it elsewhere: it tells whether anything was changed since, the manifest included."""
    files: tuple[str, ...]
    """Every file, by its path in the folder."""
    left_out: tuple[LeftOut, ...] = ()


def write_dossier(
    result: CaseResult,
    html: str,
    stated: pl.DataFrame,
    folder: str | Path,
    *,
    positions: pl.DataFrame | None = None,
    left_out: Sequence[LeftOut] = (),
    now: datetime | None = None,
) -> Written:
    """Write a dossier whole, or not at all.

    Parameters
    ----------
    result : CaseResult
        What was answered.
    html : str
        The page.
    stated : STATED
        What the page says, and what it rests on.
    folder : path
        Made if it is not there. An earlier dossier in it is replaced; anything else is refused.
    positions : POSITIONS, optional
        To draw legs and tracks along.
    left_out : sequence of LeftOut
        Rows that are in none of the tables, because they may not be handed on (`leaving.shareable`).
    now : datetime, optional
        When it was made.

    Returns
    -------
    Written

    Raises
    ------
    OutputError
        The folder holds something else, or cannot be written; an earlier dossier is as it was.
    """
    target = check_target(folder)
    frames = [frame for _, _, frame in result.tables()]
    simulated = result.simulated or any(is_simulated(f) for f in frames)
    extras = Extras(
        positions=positions,
        notes=result.notes,
        simulated=simulated,
        logged=result.logged,
        zones=result.zones,
        draft=result.draft,
    )
    try:
        with staged(target) as new:
            files, digest = _fill(new, target, result, html, stated, extras, tuple(left_out), now or datetime.now(UTC))
    except OSError as e:
        why = e.strerror or str(e)
        raise OutputError(f"{target}: cannot be written: {why}; name a folder on a disk that can be written") from e
    return Written(target, target / PAGE, target / ZIP, digest, files, tuple(left_out))


def check_target(folder: str | Path) -> Path:
    """Give a folder's true place, and refuse one that must not be replaced.

    Parameters
    ----------
    folder : path
        Absent, empty, or an earlier dossier, unchanged.

    Returns
    -------
    pathlib.Path
        Absolute; the folder above it exists.

    Raises
    ------
    OutputError
        It is a file, the folder one is in, holds something that no dossier left there, or cannot be made.
    """
    folder = Path(folder)
    target = folder.expanduser().resolve()
    if target.is_file():
        raise OutputError(f"{folder} is a file; name a folder")
    if Path.cwd().resolve().is_relative_to(target):
        raise OutputError(f"{folder} is the folder you are in, or above it; name one below it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise OutputError(f"{folder}: cannot be made: {e.strerror or e}; name another folder") from e
    if not target.is_dir():
        return target
    with opened(target) as there:
        names = sorted({*there.members, *(name for name, _ in there.faults)})
        if not names and not any(p.is_dir() for p in target.iterdir()):
            return target
        foreign = _foreign(there, names)
    if foreign:
        some = ", ".join(repr(n) for n in foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        raise OutputError(
            f"{folder} holds what no dossier left there as it is now: {some}; move it away, or name another folder"
        )
    return target


def _foreign(there: Packed, names: Sequence[str]) -> list[str]:
    """List what is not an earlier dossier's, or was changed since: nobody's work is written over."""
    if MANIFEST not in there.members:
        return list(names) or ["folders without files"]
    try:
        due = {f.path: f.sha256 for f in there.manifest().files}
        own = {MANIFEST, RUN, ZIP}
        return [n for n in names if n not in own and (n not in there.members or due.get(n) != there.sha256(n))]
    except SourceError:
        return list(names)


def _fill(
    new: Path,
    target: Path,
    result: CaseResult,
    html: str,
    stated: pl.DataFrame,
    extras: Extras,
    left_out: tuple[LeftOut, ...],
    now: datetime,
) -> tuple[tuple[str, ...], str]:
    """Write every file into an empty folder; gives their names and the manifest's sha256."""
    (new / PAGE).write_text(html, encoding="utf-8", newline="\n")
    title = result.case.case.title
    (new / README).write_text(_read_me(result, title, extras), encoding="utf-8", newline="\n")
    raw = _case_bytes(result)
    (new / CASE).write_bytes(raw)
    sheets: list[tuple[str, Table, pl.DataFrame]] = [*result.tables(), ("stated", STATED, stated)]
    folder = new / TABLES
    folder.mkdir()
    for name, table, frame in sheets:
        write(frame, folder / f"{name}.csv", table, extras=extras)
        for suffix in _DRAWN.get(name, ()):
            write(frame, new / f"{name}{suffix}", table, extras=extras)
    write_book(sheets, new / BOOK, extras=extras)
    if (folder / "receipts.csv").exists():
        shutil.copyfile(folder / "receipts.csv", new / "receipts.csv")
    base = result.base or target
    inputs = _inputs(result, base)
    described = _listed(new)
    (new / CRATE).write_bytes(crate(result, title, described, inputs, extras=extras))
    made = manifests.new(
        simulated=extras.simulated,
        case=manifests.Case(title, named_from(result.file, base), hashlib.sha256(raw).hexdigest()),
        files=_listed(new),
        inputs=inputs,
        left_out=left_out,
        result=result,
    )
    text = manifests.encode(made)
    (new / MANIFEST).write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    _zip(new)
    about: dict[str, Any] = {
        "note": "About this run only; no evidence, and in no hash. Note manifest_sha256 elsewhere.",
        "simulated": extras.simulated_note if extras.simulated else False,
        **({"draft": extras.draft_note} if extras.draft else {}),
        # the way to the inputs is the run's own: in the manifest it would make each folder another dossier
        INPUTS_FROM: _ways(result, target),
        "made_utc": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "manifest_sha256": digest,
        "evidence_sha256": receipt_of(new / ZIP).sha256,
        "python": ".".join(map(str, sys.version_info[:3])),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }
    (new / RUN).write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n")
    return tuple(f.path for f in _listed(new)), digest


def _read_me(result: CaseResult, title: str, extras: Extras) -> str:
    """Say first what must be known of the folder by whoever opens the zip and no page."""
    lines = [
        *extras.warnings,
        title,
        result.finding,
        f"{PAGE} is the page; {TABLES}/ holds every table behind it; {MANIFEST} lists the sha256 of every file here "
        "and of every file it rests on. `wheelsdown verify` checks them.",
        *extras.limits,
    ]
    # a title may have any sign in it, and no line of it may pass for another one
    return "\n\n".join(" ".join(line.split()) for line in lines if line) + "\n"


def _case_bytes(result: CaseResult) -> bytes:
    """Give the bytes of the case file as they were read: it may have been changed since the run began.

    Raises
    ------
    OutputError
        They are not at hand any more.
    """
    raw = result.case.raw or result.file.read_bytes()
    if hashlib.sha256(raw).hexdigest() != result.sha256:
        raise OutputError(f"{result.file}: was changed while the case ran; run it again")
    return raw


def _ways(result: CaseResult, target: Path) -> dict[str, str]:
    """Tell where names of inputs begin, as seen from the dossier's folder; no way leads over the root of the disk."""
    roots = {**({} if result.base is None else {"": result.base}), **result.beside}
    seen = {name: named_from(place, target) for name, place in sorted(roots.items())}
    return {n: way for n, way in seen.items() if os.path.normpath(target / way) == str(roots[n].resolve())}


def _inputs(result: CaseResult, base: Path) -> list[Input]:
    receipts = result.frame("receipts").select("file", "sha256", "bytes")
    sizes = {(file, sha): size for file, sha, size in receipts.iter_rows()}
    return [
        Input(
            path,
            "lake" if (path, sha) not in sizes and _is_lake(path, base) else "file",
            sha,
            sizes.get((path, sha)),
            sha[:RECEIPT_DIGITS],
        )
        for path, sha in sorted(result.inputs.items())
    ]


def _is_lake(path: str, base: Path) -> bool:
    try:
        # the folder may not be there yet, and then no path leads through it
        return (Path(os.path.normpath(base / path)) / _CHAIN).is_file()
    except (OSError, ValueError):
        return False


def _listed(folder: Path) -> list[Listed]:
    out = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        receipt = receipt_of(path)
        out.append(Listed(path.relative_to(folder).as_posix(), receipt.bytes, receipt.sha256))
    return sorted(out, key=lambda f: f.path)


def _zip(folder: Path) -> None:
    """Pack everything there into evidence.zip: one order, one date, so that the same content gives the same bytes."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    with zipfile.ZipFile(folder / ZIP, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for name in names:
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            info.file_size = os.stat(folder / name).st_size  # noqa: PTH116  decides the form of the header
            with (folder / name).open("rb") as f, packed.open(info, "w") as member:
                shutil.copyfileobj(f, member, _BLOCK)
