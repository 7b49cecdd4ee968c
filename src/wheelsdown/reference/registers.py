"""The registers the user has loaded: added, listed, removed, and read together.

Each lies in a folder of its own under ``registers/`` of the data directory, written whole under another name and then
renamed, so that a crash leaves either the old one or the new one.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import ReferenceDataError, UsageError
from wheelsdown.reference.formats import BLOCK_SCHEMA, OPERATOR_SCHEMA, RegisterFiles, read_register
from wheelsdown.reference.paths import data_directory
from wheelsdown.schema import REGISTER

__all__ = [
    "Installed", "add", "blocks", "installed", "load", "operator_claims", "operators", "read_register", "remove",
]  # fmt: skip

_CARD: Final = "card.json"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Installed:
    """A register that was added."""

    name: str
    source: str
    as_of: str | None
    origin: str
    aircraft: int
    operators: int
    blocks: int
    problems: int


def _folder(directory: Path | None) -> Path:
    return (directory or data_directory()) / "registers"


def _checked_date(as_of: str | None) -> str | None:
    if as_of is not None:
        try:
            return date.fromisoformat(as_of).isoformat()
        except ValueError as e:
            raise UsageError(f"--as-of {as_of}: is no date (write it as 2026-03-01)") from e
    return None


def add(
    path: Path,
    *,
    as_of: str | None = None,
    source: str | None = None,
    name: str | None = None,
    directory: Path | None = None,
) -> tuple[Installed, pl.DataFrame]:
    """Read a register and keep it in the data directory; one of the same name is replaced.

    Parameters
    ----------
    path : Path
        File or folder, see `wheelsdown.reference.formats.read_register`.
    as_of : str, optional
        Date of the register, YYYY-MM-DD. The file's date on disk is not taken for it.
    source, name : str, optional
        What rows call it, and the folder it lies in; by default after its form and its file.
    directory : Path, optional
        The user's data directory.

    Returns
    -------
    installed, problems
        What was added; PROBLEMS of its reading.

    Raises
    ------
    ReferenceDataError
        Nothing could be read out of it.
    UsageError
        The date or the name cannot be used.
    """
    as_of = _checked_date(as_of)
    read = read_register(path, source=source, as_of=as_of)
    if not (read.register.height or read.operators.height or read.blocks.height):
        raise ReferenceDataError(f"{path}: no row of a register could be read (see the formats that are known)")
    name = (name or re.sub(r"[^a-z0-9._-]+", "-", path.name.lower().split(".csv")[0])).strip("-._")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a register (use letters, digits, dot and hyphen)")
    sources = pl.concat([f["source"] for f in (read.register, read.operators, read.blocks)]).unique().sort()
    counts = (read.register.height, read.operators.height, read.blocks.height, read.problems.height)
    card = Installed(name, ", ".join(sources), as_of, str(path), *counts)
    _write(_folder(directory) / name, read, card)
    return card, read.problems


def _write(target: Path, read: RegisterFiles, card: Installed) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        # sorted by address: neighbours share digits, and the file halves
        read.register.sort("icao24", "registration", maintain_order=True).write_parquet(made / "register.parquet")
        read.operators.write_parquet(made / "operators.parquet")
        read.blocks.write_parquet(made / "blocks.parquet")
        (made / _CARD).write_text(json.dumps(asdict(card), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
        if target.exists():
            target.rename(old / target.name)
        made.rename(target)
        shutil.rmtree(old)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def installed(directory: Path | None = None) -> list[Installed]:
    """List the registers that were added, newest date first, undated ones last.

    Raises
    ------
    ReferenceDataError
        A folder's card is missing or damaged.
    """
    found = []
    for folder in sorted(_folder(directory).glob("[!.]*/")):
        try:
            found.append(Installed(**json.loads((folder / _CARD).read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError) as e:
            raise ReferenceDataError(f"{folder}: its card cannot be read: {e} (add the register again)") from e
    return sorted(found, key=lambda c: (c.as_of or "", c.name), reverse=True)


def remove(name: str, directory: Path | None = None) -> Installed:
    """Remove a register that was added.

    Raises
    ------
    UsageError
        There is none of this name.
    """
    known = {c.name: c for c in installed(directory)}
    if name not in known:
        raise UsageError(f"no register {name!r} is loaded (loaded: {', '.join(known) or 'none'})")
    shutil.rmtree(_folder(directory) / name)
    return known[name]


def _together(file: str, schema: dict[str, pl.DataType], directory: Path | None) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=schema)]
    for card in installed(directory):
        path = _folder(directory) / card.name / file
        try:
            frames.append(pl.read_parquet(path, schema=schema))
        except (OSError, pl.exceptions.PolarsError) as e:
            raise ReferenceDataError(f"{path}: cannot be read: {e} (add the register again)") from e
    return pl.concat(frames)


def load(directory: Path | None = None, extra: Sequence[Path] = ()) -> pl.DataFrame:
    """Load every register as one REGISTER frame, in the order in which they are believed.

    Parameters
    ----------
    directory : Path, optional
        The user's data directory.
    extra : sequence of Path
        Further registers, read as they are and believed first: an undated file named now is the user's choice.

    Raises
    ------
    ReferenceDataError
        A register is damaged or of no known form.
    """
    return pl.concat(
        [*(read_register(p).register for p in extra), _together("register.parquet", REGISTER.schema, directory)]
    )


def operators(directory: Path | None = None) -> pl.DataFrame:
    """Load the operators of every register; columns as in `wheelsdown.reference.formats.OPERATOR_SCHEMA`."""
    return _together("operators.parquet", OPERATOR_SCHEMA, directory)


def blocks(directory: Path | None = None) -> pl.DataFrame:
    """Load the address blocks of every register: first, last, country, military, source, as_of."""
    return _together("blocks.parquet", BLOCK_SCHEMA, directory)


def operator_claims(callsigns: Sequence[str], known: pl.DataFrame) -> pl.DataFrame:
    """Say whose designator a call sign begins with: a claim of the list, for anybody may send any call sign.

    Parameters
    ----------
    callsigns : sequence of str
        As broadcast, e.g. AZQ4107. Only three letters followed by a digit are read as a designator; a tail sent as a
        call sign is not.
    known : polars.DataFrame
        From `operators`.

    Returns
    -------
    polars.DataFrame
        callsign and the columns of ``known``, one row a claim; a call sign without one has nulls.
    """
    asked = pl.DataFrame({"callsign": list(callsigns)}, schema={"callsign": pl.String})
    sign = pl.col("callsign").str.strip_chars().str.to_uppercase()
    asked = asked.with_columns(sign.str.extract(r"^([A-Z]{3})\d").alias("operator_icao"))
    return asked.join(known, on="operator_icao", how="left", maintain_order="left_right")
