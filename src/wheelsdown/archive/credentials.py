"""The user's own keys: from the environment, else from a file that only the user can read.

They are held in objects that do not show them, and enter no log, ledger, error or receipt.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wheelsdown.errors import ArchiveError
from wheelsdown.reference.paths import data_directory

__all__ = ["Fr24Key", "OpenskyKeys", "credentials_file", "fr24_key", "opensky_keys"]

_OPENSKY: Final = {"client_id": "OPENSKY_CLIENT_ID", "client_secret": "OPENSKY_CLIENT_SECRET"}
_FR24: Final = {"api_token": "FR24_API_TOKEN"}
_MOST_BYTES: Final = 1 << 16
_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,4096}")
_OTHERS: Final = 0o077


@dataclass(frozen=True)
class OpenskyKeys:
    """Client credentials of an OpenSky account."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Fr24Key:
    """Token of a subscription to Flightradar24's API."""

    api_token: str = field(repr=False)


def credentials_file() -> Path:
    """``credentials.toml`` in the user's data folder; it need not exist."""
    return data_directory() / "credentials.toml"


def opensky_keys(*, environ: Mapping[str, str] | None = None, file: Path | None = None) -> OpenskyKeys:
    """Find OpenSky's ``client_id`` and ``client_secret``.

    The environment (``OPENSKY_CLIENT_ID``, ``OPENSKY_CLIENT_SECRET``) goes before the table ``[opensky]`` of the file.

    Raises
    ------
    ArchiveError
        There are none, one is missing, or others than the user can read the file.
    """
    return OpenskyKeys(
        **_find(
            "opensky",
            "OpenSky",
            _OPENSKY,
            "make an API client on your OpenSky account page",
            os.environ if environ is None else environ,
            file or credentials_file(),
        )
    )


def fr24_key(*, environ: Mapping[str, str] | None = None, file: Path | None = None) -> Fr24Key:
    """Find Flightradar24's token: ``FR24_API_TOKEN``, else ``api_token`` in the table ``[fr24]`` of the file.

    Raises
    ------
    ArchiveError
        There is none, or others than the user can read the file.
    """
    return Fr24Key(
        **_find(
            "fr24",
            "Flightradar24",
            _FR24,
            "a subscription to its API gives one",
            os.environ if environ is None else environ,
            file or credentials_file(),
        )
    )


def _find(
    table: str, host: str, names: Mapping[str, str], where: str, environ: Mapping[str, str], file: Path
) -> dict[str, str]:
    found = {key: environ[variable].strip() for key, variable in names.items() if environ.get(variable, "").strip()}
    said = "the environment"
    if not found:
        found, said = _from_file(table, names, file), f"[{table}] of {file}"
    missing = [key for key in names if key not in found]
    if missing:
        have = f"{said} gives no {' and no '.join(missing)}" if found else "no credentials found"
        raise ArchiveError(
            f"{host}: {have} ({where}; then set {' and '.join(names.values())}, "
            f"or write {' and '.join(names)} under [{table}] in {file}, readable by you alone)"
        )
    for key, value in found.items():
        if not _PLAIN.fullmatch(value):
            raise ArchiveError(f"{host}: {key} in {said} holds blanks or characters that no key has")
    return found


def _from_file(table: str, names: Mapping[str, str], file: Path) -> dict[str, str]:
    try:
        with file.open("rb") as f:
            about = os.fstat(f.fileno())
            if os.name == "posix" and stat.S_IMODE(about.st_mode) & _OTHERS:
                raise ArchiveError(f"{file}: others can read it; it holds keys (chmod 600 {file})")
            data = f.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as e:
        if isinstance(e, ArchiveError):
            raise
        raise ArchiveError(f"{file}: cannot be read: {e.strerror or type(e).__name__}") from None
    if len(data) > _MOST_BYTES:
        raise ArchiveError(f"{file}: larger than {_MOST_BYTES} bytes; is it the file of credentials?")
    try:
        document = tomllib.loads(data.decode())
    except ValueError:
        # the parser's message may quote the line, and with it a key
        raise ArchiveError(f"{file}: not valid TOML in UTF-8") from None
    section = document.get(table)
    if not isinstance(section, dict):
        return {}
    return {k: section[k].strip() for k in names if isinstance(section.get(k), str) and section[k].strip()}
