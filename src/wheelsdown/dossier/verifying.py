"""Checks a dossier against its manifest, and what it rests on where that is still at hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.analysis.wording import name as printable
from wheelsdown.dossier.manifest import CASE, MANIFEST, RUN, ZIP, Manifest
from wheelsdown.dossier.opening import Packed, is_dossier, opened, safe
from wheelsdown.dossier.resting import Row, inputs
from wheelsdown.dossier.swapping import settle
from wheelsdown.engines import checking, lakes
from wheelsdown.engines.result import Result
from wheelsdown.errors import LakeError, SourceError
from wheelsdown.lake.layout import Layout
from wheelsdown.schema import VERIFIED

__all__ = ["NOT_CHECKED", "verdict", "verify", "verify_dossier"]

Progress = Callable[[str, int, int], None]
_GOOD: Final = "good"
NOT_CHECKED: Final = "not checked"
_COPY: Final = "take another copy of the dossier, or run the case again"
_UNPACKED: Final = "not here, and no fault: this folder is what it holds"
_NOTED: Final = "compare this sha256 with one that was noted elsewhere: it stands for the whole dossier"


def verify(
    path: str | Path, *, deep: bool = False, beside: Sequence[Path] = (), progress: Progress | None = None
) -> tuple[Result, int]:
    """Check a lake, a dossier or a file of checks, whichever it is; gives VERIFIED and how many faults there are.

    Parameters
    ----------
    path : path
        A lake's folder, a dossier's folder, an evidence.zip, or a file of checks.
    deep : bool
        Of a lake, also make the index anew and compare.
    beside : sequence of paths
        Of a dossier: folders in or below which its inputs lie now.
    progress : callable, optional
        Called before each file.

    Raises
    ------
    LakeError
        It is none of them, or a file of checks that cannot be read.
    SourceError
        It is no dossier that can be read.
    """
    where = Path(path).expanduser()
    if checking.is_kept(where):
        return checking.verify_kept(where)
    settle(where)
    if not is_dossier(where):
        layout = Layout(where)
        if not layout.chain.exists() and not layout.about.exists():
            raise LakeError(f"{where}: no lake, and no dossier: it has neither chain.jsonl nor {MANIFEST}")
        return lakes.verify(where, deep=deep, progress=progress)
    found = verify_dossier(where, beside=beside, progress=progress)
    with opened(where) as packed:
        simulated = packed.manifest().simulated
    faults = int((~found["finding"].is_in([_GOOD, NOT_CHECKED])).sum())
    return Result(VERIFIED, found, simulated=simulated), faults


def verify_dossier(path: str | Path, *, beside: Sequence[Path] = (), progress: Progress | None = None) -> pl.DataFrame:
    """Check that a dossier is what was written, and that what it rests on is what was read.

    Parameters
    ----------
    path : path
        Its folder, or an evidence.zip. Of a folder, the members of the zip in it are checked too. Nothing is unpacked.
    beside : sequence of paths
        Folders in or below which inputs lie now, under whatever name; then they are looked for where they were read
        from. Links are not followed.
    progress : callable, optional
        Called before each file with its name, its number from 1, and how many there are.

    Returns
    -------
    VERIFIED
        One row a file and finding, faults first, then what could not be checked. An input that is not there any more
        is ``not checked`` and no fault; nor is a missing ``evidence.zip`` where the folder is what was in it. The row
        of ``manifest.json`` has its sha256.

    Raises
    ------
    SourceError
        It is no dossier, or its manifest cannot be read.

    Notes
    -----
    It can tell that a file was altered, added or taken away since the manifest was written, and that an input file or a
    lake was. It cannot tell whether the manifest was made anew with everything in it: compare its sha256 with one noted
    elsewhere. It does not count again: run the case again and use ``wheelsdown diff`` for that.
    """
    where = Path(path).expanduser()
    with opened(where) as packed:
        due = packed.manifest()
        rows = list(_findings(packed, due, progress))
        rows += inputs(due, where, beside, progress)
    frame = pl.DataFrame(rows, schema=VERIFIED.schema, orient="row")
    rank = pl.col("finding").replace_strict({_GOOD: 2, NOT_CHECKED: 1}, default=0, return_dtype=pl.Int8)
    return frame.sort(rank, "file", maintain_order=True)


def _findings(packed: Packed, due: Manifest, progress: Progress | None) -> Iterator[Row]:
    digest = packed.sha256(MANIFEST)
    yield MANIFEST, _GOOD, _NOTED, None, digest, None
    content = list(_content(packed, due, progress))
    yield from content
    if packed.archive is None:
        yield from _zip(packed, due, digest, agrees=all(row[1] == _GOOD for row in content))


def _content(packed: Packed, due: Manifest, progress: Progress | None) -> Iterator[Row]:
    """Check every file that the manifest lists, and look for others."""
    for name, why in packed.faults:
        yield name, why, _COPY, None, None, None
    listed = {f.path: f for f in due.files}
    if len(listed) < len(due.files):
        yield MANIFEST, "lists a file twice", _COPY, None, None, None
    if CASE not in listed or listed[CASE].sha256 != due.case.sha256:
        yield (
            CASE,
            "the manifest names another case file than the one in the folder",
            _COPY,
            due.case.sha256,
            None,
            None,
        )
    for number, (name, file) in enumerate(sorted(listed.items()), start=1):
        if progress is not None:
            progress(name, number, len(listed))
        if not safe(name):
            yield name, "the manifest lists a name that leads out of the folder", _COPY, file.sha256, None, None
        elif name not in packed.members:
            yield name, "is missing", _COPY, file.sha256, None, None
        elif packed.members[name] != file.bytes:
            why = f"differs from what was written: {packed.members[name]} bytes, not {file.bytes}"
            yield name, why, _COPY, file.sha256, None, None
        else:
            yield _one(packed, name, file.sha256)
    own = {MANIFEST} if packed.archive is not None else {MANIFEST, RUN, ZIP}
    for name in sorted(packed.members.keys() - listed.keys() - own):
        yield (
            name,
            "was not written by the run: it is not in the manifest",
            "move it out of the folder",
            None,
            None,
            None,
        )


def _one(packed: Packed, name: str, due: str) -> Row:
    try:
        have = packed.sha256(name)
    except SourceError as e:
        return name, e.reason, _COPY, due, None, None
    if have != due:
        return name, "differs from what was written: altered or damaged since", _COPY, due, have, None
    return name, _GOOD, None, due, have, None


def _zip(packed: Packed, due: Manifest, digest: str, *, agrees: bool) -> Iterator[Row]:
    """Check the zip in the folder: the same files, the same manifest. Whoever unpacks one has no zip in the folder."""
    if ZIP not in packed.members:
        yield (
            (ZIP, NOT_CHECKED, _UNPACKED, None, None, None) if agrees else (ZIP, "is missing", _COPY, None, None, None)
        )
        return
    try:
        with opened(packed.where / ZIP) as inner:
            found = [r for r in _content(inner, due, None) if r[1] != _GOOD]
            if MANIFEST not in inner.members or hashlib.sha256(inner.read(MANIFEST)).hexdigest() != digest:
                found.append((MANIFEST, "is not the manifest that lies in the folder", _COPY, digest, None, None))
    except SourceError as e:
        yield ZIP, e.reason, _COPY, None, None, None
        return
    for name, why, remedy, committed, have, entry in found:
        yield f"{ZIP}/{name}", why, remedy, committed, have, entry
    if not found:
        yield ZIP, _GOOD, None, None, packed.sha256(ZIP), None


def verdict(result: Result) -> str:
    """Say in one sentence what a check of a lake, a dossier or a file of checks found."""
    manifest = result.frame.filter(pl.col("file") == MANIFEST)
    if manifest.is_empty():
        return lakes.verdict(result)
    wrong = result.frame.filter(~pl.col("finding").is_in([_GOOD, NOT_CHECKED]))
    if wrong.height:
        some = "; ".join(f"{f}: {why}" for f, why in wrong.select("file", "finding").head(5).iter_rows())
        return f"{wrong.height} of {result.frame.height} findings are faults: {some}"
    missing = (result.frame["finding"] == NOT_CHECKED) & (result.frame["file"] != ZIP)
    gone = result.frame.filter(missing)["file"].to_list()
    rest = f". NOT CHECKED: {_not_checked(gone)}" if gone else ""
    digest = manifest.filter(pl.col("sha256").is_not_null())["sha256"][0]
    good = int((result.frame["finding"] == _GOOD).sum())
    return (
        f"{good} files are as they were{rest}. The manifest's sha256 is {digest}: compare it with one noted elsewhere"
    )


def _not_checked(gone: Sequence[str]) -> str:
    """Say that the dossier is whole and what it rests on was not seen."""
    some = ", ".join(printable(g) for g in gone[:3]) + (f" and {len(gone) - 3} more" if len(gone) > 3 else "")
    if len(gone) == 1:
        return f"an input that it rests on ({some}) was not found. Name the folder that holds it with --inputs"
    return f"{len(gone)} inputs that it rests on ({some}) were not found. Name the folders that hold them with --inputs"
