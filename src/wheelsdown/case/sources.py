"""Which bytes a case rests on: receipts and inputs by names that mean the same wherever the folder lies; versions."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata, resources
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.case.form import Case
from wheelsdown.case.gathering import BESIDE, Gathered
from wheelsdown.inference import Rules
from wheelsdown.lake import Lake
from wheelsdown.provenance import Receipt, receipt_of, receipts_frame
from wheelsdown.reference.airfields import Airfields

__all__ = [
    "Names", "beside_files", "inputs_of", "named_from", "named_in_case", "names_of", "relabelled", "told_by_name",
    "versions",
]  # fmt: skip

_LIBRARIES: Final = ("numba", "numpy", "polars", "pyarrow", "scipy")
_DIGITS: Final = 16
_OPTIONS: Final = {
    "identity": "identity under [positions] in the case file",
    "checks": "checks under [positions] in the case file",
    "log-map": "log_map under [positions] in the case file",
    "map": "mapping under [positions] in the case file",
    "registers": "registers under [positions] in the case file",
    "airfields": "[[airfield]] in the case file",
}
"""Options of the command line, and where a case file says the same."""
_OPTION: Final = re.compile(rf"--({'|'.join(_OPTIONS)})\b(?!-)(?: FILE| \w+\.(?:csv|toml|jsonl))?")


@dataclass(frozen=True)
class Names:
    """How a dossier names files: from the case file's folder, wherever the run was started and the dossier goes.

    Positions that the run itself makes lie beside the dossier; they go by a name that does not tell where.
    """

    folder: Path
    """That of the case file."""
    made: Path | None = None
    """Folder of positions that the run made."""
    label: str = ""
    """What stands for that folder."""
    dossier: Path | None = None
    """That of the dossier: the same case gives other ones, so that no name may begin there."""

    def of(self, file: str) -> str:
        """Name a file. What has no whole path is named as it is: a lake keeps names as they were when it was filled."""
        path = Path(file)
        if not path.is_absolute():
            return file
        if self.made is not None and path.resolve().is_relative_to(self.made.resolve()):
            return (Path(self.label) / path.resolve().relative_to(self.made.resolve())).as_posix()
        return named_from(path, self.folder)

    def told(self) -> dict[str, str]:
        """Give what stands in sentences for each folder."""
        out: dict[str, str] = {}
        if self.made is not None:
            out |= {str(p): self.label for p in (self.made, self.made.resolve())}
        if self.dossier is not None:
            out |= {str(p): "the dossier's folder" for p in (self.dossier, self.dossier.resolve())}
        return out | {f"{p}{os.sep}": "" for p in (self.folder, self.folder.resolve())}


def names_of(case: Case, gathered: Gathered, dossier: Path) -> Names:
    """Give the names for files of a case."""
    label = f"{case.case.name}{BESIDE}"
    return Names(case.folder, gathered.made, label if gathered.made is not None else "", dossier)


def relabelled(frame: pl.DataFrame, names: Names) -> pl.DataFrame:
    """Name files in the column `file` as seen from the case file's folder.

    Notes
    -----
    An absolute path would tell a reader who ran it, and would make the same inputs give other bytes elsewhere.
    """
    if "file" not in frame.columns or frame.is_empty():
        return frame
    new = {f: names.of(f) for f in frame["file"].drop_nulls().unique().to_list()}
    return frame.with_columns(file=pl.col("file").replace(new))


def told_by_name(notes: Iterable[str], files: Iterable[str], names: Names) -> tuple[str, ...]:
    """Name files in sentences by their names alone: a path tells a reader nothing but who ran it, and where."""
    known = {f: Path(f).name for f in files if Path(f).is_absolute()} | names.told()
    longest = sorted(known, key=len, reverse=True)
    out = []
    for note in notes:
        text = note
        for file in longest:
            text = text.replace(file, known[file])
        out.append(_in_case(text))
    return tuple(dict.fromkeys(out))


def named_in_case(problems: pl.DataFrame) -> pl.DataFrame:
    """Say in the column `remedy` where a case file takes what an option would: its readers type no command."""
    said = {r: _in_case(r) for r in problems["remedy"].drop_nulls().unique().to_list()}
    return problems.with_columns(remedy=pl.col("remedy").replace(said)) if said else problems


def _in_case(text: str) -> str:
    return _OPTION.sub(lambda m: _OPTIONS[m[1]], text)


def named_from(path: Path, folder: Path) -> str:
    """Name a file as seen from a folder; by its name alone where the way leads over the root of the disk.

    Such a way would name people's folders, and be another one for each folder; ``verify --inputs DIR`` finds it again.
    """
    here, there = folder.resolve(), path.resolve()
    if here.anchor != there.anchor or len(Path(os.path.commonpath([here, there])).parts) <= 1:
        return there.name
    return Path(os.path.relpath(there, here)).as_posix()


def beside_files(case: Case, gathered: Gathered) -> list[Receipt]:
    """Hash what was read beside positions, each with what it was read as: a register, a map, an exhibit and so on."""
    options = gathered.options
    named: list[tuple[Path | None, str]] = [
        (gathered.log_map, "map of the log"), (options.identity, "identity list"), (options.mapping, "mapping"),
        (options.checks, "checks"), *((p, "register") for p in options.registers),
        *((case.path(s.archived), "archived copy") for s in case.statement if s.archived),
        *((case.path(e.file), "exhibit") for e in case.exhibit),
    ]  # fmt: skip
    there = {p: kind for p, kind in reversed(named) if p is not None and p.is_file()}
    return [replace(receipt_of(p), format=kind) for p, kind in reversed(there.items())]


def inputs_of(
    receipts: Iterable[pl.DataFrame], beside: Iterable[Receipt], gathered: Gathered, names: Names
) -> dict[str, str]:
    """Give every file read, by its name in the dossier, with its sha256; a lake with its last one.

    Members of archives are not listed: the archive's own hash covers them.
    """
    out: dict[str, str] = {}
    for frame in (*receipts, receipts_frame(beside)):
        for file, sha256 in frame.select("file", "sha256").iter_rows():
            # a lake may name files as they were when it was filled: from here that would be other ones
            if Path(file).is_absolute() and Path(file).is_file():
                out[names.of(file)] = sha256
    lake = gathered.options.lake
    if lake is not None:
        last = Lake.open(lake).chain().last
        if last is not None:
            out[names.of(str(lake))] = last.sha256
    return dict(sorted(out.items()))


def versions(known: Airfields, rules: Rules | None = None) -> Mapping[str, str]:
    """Tell what numbers depend on beside the inputs: the method, the reference data, the libraries.

    Returns
    -------
    mapping
        ``wheelsdown``, ``rules`` and ``probabilities`` (hashes of thresholds and fitted probabilities), ``reference``
        (hash of airfields and runways in use), ``python`` and the libraries.
    """
    packed = resources.files("wheelsdown.inference").joinpath("probabilities.json").read_bytes()
    out = {
        "wheelsdown": metadata.version("wheelsdown"),
        "rules": _short(repr(rules or Rules()).encode()),
        "probabilities": _short(packed),
        "reference": _short(
            b"".join(
                f.write_csv().encode() for f in (known.fields, known.runways.select(sorted(known.runways.columns)))
            )
        ),
        "python": platform.python_version(),
    }
    return out | {name: metadata.version(name) for name in _LIBRARIES}


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
