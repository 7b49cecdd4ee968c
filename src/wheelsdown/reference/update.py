"""Replace the airfield table by today's OurAirports, keep the old one, and say what changed.

Downloads go through one function that a caller may replace. The new table lies in a folder of its own; a small file
named ``current`` says which folder is used, and is swapped in one step when everything else is written.
"""

from __future__ import annotations

import hashlib
import ipaddress
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import Message
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

import polars as pl

from wheelsdown.errors import ReferenceDataError, UsageError
from wheelsdown.reference.airfields import CURRENT, current_folder
from wheelsdown.reference.changes import changes_between
from wheelsdown.reference.ourairports import read_airports, read_runways
from wheelsdown.reference.store import ALIAS_SCHEMA, PACKED, Tables, read_tables, write_tables
from wheelsdown.reference.updated import keyword_aliases
from wheelsdown.reference.zones import fill_zones
from wheelsdown.schema import AIRFIELDS

__all__ = ["MAX_DOWNLOAD_BYTES", "URL_BASE", "UpdateReport", "download", "update"]

URL_BASE: Final = "https://davidmegginson.github.io/ourairports-data/"
MAX_DOWNLOAD_BYTES: Final = 128 << 20
_FILES: Final = ("airports.csv", "runways.csv")
_TIMEOUT_S: Final = 60.0
_LEAST_SHARE: Final = 0.5
Fetch = Callable[[str, Path], None]


@dataclass(frozen=True)
class UpdateReport:
    """What an update did."""

    folder: Path
    """Where the new table lies."""
    kept: Path
    """Where the old one lies: the packed one, or the folder of an earlier update."""
    as_of: str | None
    """Date of the new list; null where nothing says it."""
    fields: int
    runways: int
    changes: pl.DataFrame
    """change, code, ident, name, before, after"""
    counts: dict[str, int]
    """Number of rows of `changes` by kind of change; kinds without any are there with 0."""
    problems: pl.DataFrame
    """PROBLEMS: what could not be read of the new list."""


def _loopback(host: str | None) -> bool:
    if host is None:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_url(url: str) -> None:
    """Let only https through, and http to this machine itself (tests)."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(parts.hostname)):
        raise UsageError(f"{url}: only https is fetched (or take the files from a folder with --from DIR)")


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        _check_url(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def download(url: str, to: Path, *, max_bytes: int = MAX_DOWNLOAD_BYTES) -> None:
    """Fetch one file over https, at most ``max_bytes`` of it.

    Raises
    ------
    UsageError
        The address, or one it leads on to, is not https (http is allowed to this machine only).
    ReferenceDataError
        It cannot be fetched, is cut off, or is larger than allowed; nothing is left at ``to``.
    """
    _check_url(url)
    opener = urllib.request.build_opener(_CheckedRedirects)
    request = urllib.request.Request(url, headers={"User-Agent": "wheelsdown"})  # noqa: S310 - checked above
    remedy = "try again later, or fetch the file yourself and use --from DIR"
    size = 0
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer, to.open("wb") as f:
            promised = answer.headers.get("Content-Length")
            while block := answer.read(1 << 16):
                size += len(block)
                if size > max_bytes:
                    raise ReferenceDataError(f"{url}: larger than {max_bytes} bytes ({remedy})")
                f.write(block)
            if promised is not None and promised.isdigit() and int(promised) != size:
                raise ReferenceDataError(f"{url}: cut off after {size} of {promised} bytes ({remedy})")
    except (OSError, urllib.error.URLError) as e:
        to.unlink(missing_ok=True)
        raise ReferenceDataError(f"{url}: cannot be fetched: {e} ({remedy})") from e
    except ReferenceDataError:
        to.unlink(missing_ok=True)
        raise


def _given(folder: Path) -> tuple[Path, Path]:
    found = []
    for name in _FILES:
        match = [p for p in (folder / name, folder / f"{name}.gz") if p.is_file()]
        if not match:
            raise ReferenceDataError(
                f"{folder}: holds no {name} (nor {name}.gz) (OurAirports offers both for download)"
            )
        found.append(match[0])
    return found[0], found[1]


def _read(airports: Path, runways: Path, as_of: str | None, known: pl.DataFrame) -> tuple[Tables, pl.DataFrame]:
    """Turn the two CSVs into tables; time zones come from the table they replace."""
    fields, problems = read_airports(airports, as_of=as_of)
    lines, more = read_runways(runways, fields, as_of=as_of)
    aliases = keyword_aliases(fields, "OurAirports keywords", as_of).cast(dict(ALIAS_SCHEMA))  # type: ignore[arg-type]
    zones = known.select("ident", "time_zone").drop_nulls().unique("ident", keep="first", maintain_order=True)
    fields = AIRFIELDS.conform(fields.drop("time_zone", "keywords").join(zones, on="ident", how="left"))
    return Tables(fill_zones(fields, known).sort("code"), lines, aliases), pl.concat([problems, more])


def update(
    directory: Path,
    *,
    from_dir: Path | None = None,
    url_base: str = URL_BASE,
    fetch: Fetch = download,
    as_of: str | None = None,
) -> UpdateReport:
    """Replace the user's airfield table by a newer OurAirports.

    Parameters
    ----------
    directory : Path
        The user's data directory; the table goes to ``airfields/DATE`` in it. Older folders stay.
    from_dir : Path, optional
        Folder with ``airports.csv`` and ``runways.csv``, plain or gzip; nothing is fetched.
    url_base : str
        Where the two files are, with a slash at its end.
    fetch : callable
        ``fetch(url, path)`` stores one file.
    as_of : str, optional
        Date of the list, YYYY-MM-DD. By default the day of the download; null with ``from_dir``, for the files do not
        say it.

    Returns
    -------
    UpdateReport

    Raises
    ------
    ReferenceDataError
        Not fetched, not readable, or less than half the old list: then nothing is changed.
    UsageError
        The date or the address cannot be used.
    """
    if as_of is not None:
        try:
            as_of = date.fromisoformat(as_of).isoformat()
        except ValueError as e:
            raise UsageError(f"--as-of {as_of}: is no date (write it as 2026-03-01)") from e
    kept = current_folder(directory) or PACKED
    old = read_tables(kept)
    home = directory / "airfields"
    home.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
    try:
        if from_dir is None:
            as_of = as_of or datetime.now(UTC).date().isoformat()
            for name in _FILES:
                fetch(url_base + name, scratch / name)
            files = (scratch / _FILES[0], scratch / _FILES[1])
        else:
            files = _given(from_dir)
        # the packed table knows zones that a table of an earlier update may have lost
        zones = pl.concat([old.fields, read_tables(PACKED).fields]) if kept != PACKED else old.fields
        new, problems = _read(*files, as_of, zones)
        if new.fields.height < _LEAST_SHARE * old.fields.height:
            raise ReferenceDataError(
                f"the new list has {new.fields.height} airfields, the old one {old.fields.height}: it looks cut off "
                "(fetch it again; nothing was changed)"
            )
        made = scratch / "tables"
        made.mkdir()
        write_tables(made, new)
        digest = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(made.iterdir()))).hexdigest()[:8]
        folder = home / f"{as_of or 'undated'}-{digest}"
        if not folder.is_dir():
            made.rename(folder)
        pointer = scratch / CURRENT
        pointer.write_text(folder.name + "\n", encoding="utf-8")
        pointer.replace(home / CURRENT)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    changes = changes_between(old, new)
    counts = dict.fromkeys(("added", "removed", "moved", "renamed", "code", "kind", "runways"), 0)
    counts |= dict(changes.group_by("change").len().iter_rows())
    return UpdateReport(folder, kept, as_of, new.fields.height, new.runways.height, changes, counts, problems)
