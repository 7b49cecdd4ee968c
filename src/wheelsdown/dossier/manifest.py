"""The manifest of a dossier: every file in it and everything it rests on, by sha256; and what else it was made from.

The manifest holds no time of day, no machine and no user: two runs over the same inputs give the same bytes. Its own
sha256 is the one number to note elsewhere: whoever holds it can tell whether any file was changed, even where somebody
changed the manifest with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from wheelsdown.errors import SourceError

if TYPE_CHECKING:
    from wheelsdown.case.result import CaseResult

__all__ = [
    "CASE",
    "CRATE",
    "INPUTS_FROM",
    "MANIFEST",
    "MOST_BYTES",
    "PAGE",
    "README",
    "RUN",
    "ZIP",
    "Case",
    "Input",
    "LeftOut",
    "Listed",
    "Manifest",
    "decode",
    "encode",
    "seeds_of",
]

MANIFEST: Final = "manifest.json"
RUN: Final = "run.json"
ZIP: Final = "evidence.zip"
PAGE: Final = "dossier.html"
README: Final = "README.txt"
CASE: Final = "case.toml"
CRATE: Final = "ro-crate-metadata.json"
INPUTS_FROM: Final = "inputs_from"
"""In `run.json`: first parts of names of inputs, and the way from the dossier's folder to what they stand for; the
empty one is the case file's folder."""
MOST_BYTES: Final = 64 << 20
"""A manifest larger than this is not read."""
FORMAT: Final = 1
_MADE_BY: Final = "wheelsdown"
_KIND: Final = "dossier"


class Listed(msgspec.Struct, frozen=True):
    """One file of the folder."""

    path: str
    """Inside the folder, with slashes."""
    bytes: int
    sha256: str


class Input(msgspec.Struct, frozen=True):
    """One file, or one lake, that was read."""

    path: str
    """As seen from the case file's folder; it is never used as a name to write to."""
    kind: str
    """`file`, or `lake`, whose hash is the last one of its chain."""
    sha256: str
    bytes: int | None = None
    receipt: str | None = None
    """What rows carry."""


class Case(msgspec.Struct, frozen=True):
    """The case file."""

    title: str
    path: str
    """As seen from the folder it lies in."""
    sha256: str


class LeftOut(msgspec.Struct, frozen=True):
    """Rows that may not be handed on."""

    table: str
    source: str
    rows: int
    why: str


class Manifest(msgspec.Struct, frozen=True):
    """What a dossier consists of."""

    made_by: str
    kind: str
    format: int
    simulated: bool
    case: Case
    files: list[Listed]
    """Every file of the folder but the manifest, `run.json` and `evidence.zip`; sorted by path."""
    inputs: list[Input]
    left_out: list[LeftOut] = []
    windows: list[str] = []
    """Name of the window behind each row of `counts`."""
    finding: str = ""
    draft: list[str] = []
    """Why it is a draft; empty: it is none."""
    versions: dict[str, str] = {}
    seeds: list[int] = []


def new(
    *,
    simulated: bool,
    case: Case,
    files: Iterable[Listed],
    inputs: Iterable[Input],
    left_out: Iterable[LeftOut],
    result: CaseResult,
) -> Manifest:
    """Make a manifest, its lists in one order whatever order they came in."""
    return Manifest(
        _MADE_BY,
        _KIND,
        FORMAT,
        simulated,
        case,
        sorted(files, key=lambda f: f.path),
        sorted(inputs, key=lambda i: (i.path, i.sha256)),
        sorted(left_out, key=lambda r: (r.table, r.source)),
        list(result.windows),
        result.finding,
        list(result.draft),
        dict(sorted(result.versions.items())),
        seeds_of(result),
    )


def seeds_of(result: CaseResult) -> list[int]:
    """List the seeds that numbers of this case were drawn with."""
    asked = (result.case.surges, result.case.timing)
    found = {part.seed for part in asked if part is not None}
    for _, _, frame in result.tables():
        if "seed" in frame.columns:
            found |= {int(n) for n in frame["seed"].drop_nulls().unique()}
    return sorted(found)


def encode(manifest: Manifest) -> bytes:
    """Write a manifest as JSON, one value a line."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode(data: bytes, file: str) -> Manifest:
    """Read a manifest.

    Raises
    ------
    SourceError
        It is no manifest of a dossier, or one of a later form.
    """
    try:
        found = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as e:
        raise SourceError(file, f"is no manifest of a dossier: {e}", remedy="take another copy of the dossier") from e
    if found.made_by != _MADE_BY or found.kind != _KIND:
        raise SourceError(file, "is no manifest of a dossier", remedy="name a folder that wheelsdown run wrote")
    if found.format > FORMAT:
        raise SourceError(
            file, f"is of form {found.format}; this version reads form {FORMAT}", remedy="use a newer wheelsdown"
        )
    return found
