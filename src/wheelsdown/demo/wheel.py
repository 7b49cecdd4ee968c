"""Fetches the package that holds the recordings, and takes single files out of it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from wheelsdown.errors import SourceError
from wheelsdown.provenance import Receipt, receipt_of

__all__ = ["cache_directory", "fetch", "unpack"]

REQUIREMENT: Final = "traffic==2.13"
_NAME: Final = "traffic-2.13-py3-none-any.whl"
_SHA256: Final = "5e0cd61d931d03103294361542188f08f959a55e862d5cba80ab61291021e66c"
_UNDER: Final = PurePosixPath("traffic/data/samples")
_MOST_BYTES: Final = 32 << 20
_WAIT_S: Final = 900


def cache_directory() -> Path:
    """Give the folder where the package is kept: ``$XDG_CACHE_HOME/wheelsdown``, by default ``~/.cache/wheelsdown``."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    # the XDG specification says to ignore a relative path
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "wheelsdown"


def fetch(wheel: Path | None = None, *, cache: Path | None = None) -> Receipt:
    """Find the package's file, downloading it with pip if it is not there yet.

    Parameters
    ----------
    wheel : Path, optional
        The file, if the user has it.
    cache : Path, optional
        Where to look first, and to keep it.

    Returns
    -------
    Receipt
        The file with its hash.

    Raises
    ------
    SourceError
        It cannot be downloaded, or is not the file this demonstration was written for.
    """
    if wheel is None:
        wheel = (cache or cache_directory()) / _NAME
        if not wheel.is_file():
            _download(wheel.parent)
    if not wheel.is_file():
        raise SourceError(
            str(wheel), "there is no such file", remedy="give the wheel of traffic 2.13 with --wheel FILE"
        )
    receipt = receipt_of(wheel)
    if receipt.sha256 != _SHA256:
        raise SourceError(
            str(wheel),
            f"is not the wheel of traffic 2.13: its sha256 is {receipt.sha256}, not {_SHA256}",
            remedy="delete it and run again",
        )
    return receipt


def _download(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), REQUIREMENT]
    remedy = "check the network, or download the wheel elsewhere and give it with --wheel FILE"
    try:
        done = subprocess.run(  # noqa: S603  fixed arguments, no shell
            command, capture_output=True, text=True, timeout=_WAIT_S, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as e:
        raise SourceError(REQUIREMENT, f"the download took more than {_WAIT_S} s", remedy=remedy) from e
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        why = said[-1] if said else "no reason given"
        raise SourceError(REQUIREMENT, f"pip could not download it: {why}", remedy=remedy)


def unpack(wheel: Path, members: Iterable[str], into: Path) -> list[Path]:
    """Take recordings out of the wheel.

    Parameters
    ----------
    wheel : Path
    members : paths under ``traffic/data/samples``
    into : Path
        An existing folder. Each file goes straight into it, under its own last name.

    Returns
    -------
    list of Path
        In the order of `members`.

    Raises
    ------
    SourceError
        The wheel is damaged, lacks a member, or a member is larger than 32 MiB or leads out of the folder.
    """
    out = []
    try:
        with zipfile.ZipFile(wheel) as z:
            for member in members:
                path = PurePosixPath(member)
                if path.is_absolute() or ".." in path.parts or "\\" in member:
                    raise SourceError(str(wheel), f"{member} leads out of the folder of recordings")
                with z.open(str(_UNDER / path)) as f:
                    data = f.read(_MOST_BYTES + 1)
                if len(data) > _MOST_BYTES:
                    raise SourceError(str(wheel), f"{member} is larger than {_MOST_BYTES} bytes")
                target = into / path.name
                target.write_bytes(data)
                out.append(target)
    except KeyError as e:
        raise SourceError(str(wheel), f"holds no such recording: {e.args[0]}") from e
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as e:
        raise SourceError(str(wheel), f"is damaged: {e}", remedy="download it again") from e
    return out
