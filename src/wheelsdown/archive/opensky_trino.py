"""OpenSky's database (Trino): state vectors of each second since 2013, through ``pyopensky``.

It is an extra (``pip install wheelsdown[opensky]``), and OpenSky gives access on application only.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from wheelsdown.archive.answers import (
    Answer,
    Cost,
    KeyedHost,
    NotAskedError,
    address,
    day_bounds,
    decode,
    nothing_of,
    received,
)
from wheelsdown.errors import ArchiveError, UsageError
from wheelsdown.sources.opensky import card_of
from wheelsdown.sources.opensky_vectors import OpenskyVectors

__all__ = ["FIRST_DAY", "HOST", "Client", "connect", "fetch_day", "hours_query", "plan", "positions_query"]

FIRST_DAY: Final = date(2013, 1, 1)
HOST: Final = KeyedHost(
    "opensky-trino",
    card_of(
        "Position, both altitudes, speed, direction, vertical rate and ground flag, each second, since 2013.",
        "How a position was obtained. On the ground the speed is often an old one.",
    ),
    rates="two questions at once and two waiting; one question a day here, bounded by its hours. Abuse ends in a ban",
    needs="access granted by OpenSky, and pyopensky's own settings or OPENSKY_USERNAME and OPENSKY_PASSWORD",
)

_ORIGIN: Final = "trino://trino.opensky-network.org/minio/osky/state_vectors_data4"
_COLUMNS: Final = (
    "time",
    "icao24",
    "lat",
    "lon",
    "velocity",
    "heading",
    "vertrate",
    "callsign",
    "onground",
    "squawk",
    "baroaltitude",
    "geoaltitude",
    "lastposupdate",
    "lastcontact",
)
_SECONDS_A_QUERY: Final = 60.0
_MOST_ADDRESSES: Final = 500


class Client(Protocol):
    """What is used of ``pyopensky.trino.Trino``."""

    def query(self, query: str, cached: bool = True) -> Any:
        """Give the rows as a pandas DataFrame."""
        ...


def connect() -> Client:
    """Make the client of ``pyopensky``, with its token.

    Raises
    ------
    ArchiveError
        The extra is not installed, there are no credentials, or they are refused.
    """
    try:
        # imported here: it is an extra, and it reads settings and makes folders when it is imported
        from pyopensky import config  # noqa: PLC0415
        from pyopensky.trino import Trino  # noqa: PLC0415
    except ImportError:
        raise ArchiveError("OpenSky's database needs pyopensky (pip install wheelsdown[opensky])") from None
    if config.trino_username is None or config.trino_password is None:
        raise ArchiveError(
            "OpenSky's database: no username and password (set OPENSKY_USERNAME and OPENSKY_PASSWORD, or write them "
            f"into {config.opensky_config_file})"
        )
    client = Trino()
    try:
        token = client.token()
    except Exception as e:
        raise ArchiveError(f"OpenSky's token service cannot be asked: {type(e).__name__}") from None
    if token is None:
        # pyopensky would go on and open a browser
        raise ArchiveError("OpenSky refuses the username and password for its database")
    made: Client = client
    return made


def positions_query(day: date, icao24s: Sequence[str]) -> str:
    """Give the one question of a day: bounded by `hour`, without rows that only repeat what was lost.

    Raises
    ------
    UsageError
        There is no address, one is none, or there are too many.
    """
    asked = sorted({address(a) for a in icao24s})
    if not 0 < len(asked) <= _MOST_ADDRESSES:
        raise UsageError(f"{len(asked)} addresses: one question holds 1 to {_MOST_ADDRESSES}")
    listed = ", ".join(f"'{a}'" for a in asked)
    return (
        f"SELECT {', '.join(_COLUMNS)}\n"
        "FROM state_vectors_data4\n"
        f"WHERE {_hours(day)}\n"
        f"  AND icao24 IN ({listed})\n"
        "  AND lat IS NOT NULL AND lon IS NOT NULL\n"
        "  AND time - lastcontact <= 15\n"
        "ORDER BY icao24, time"
    )


def hours_query(day: date) -> str:
    """Give the question which hours of a day the database holds."""
    return f"SELECT DISTINCT hour\nFROM state_vectors_data4\nWHERE {_hours(day)}\nORDER BY hour"


def fetch_day(
    day: date,
    icao24s: Iterable[str],
    *,
    client: Client | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Answer]:
    """Ask for the positions of aircraft on one UTC day: one question for all, and one for the hours there are.

    Parameters
    ----------
    day
        UTC day.
    icao24s
        Addresses.
    client
        ``pyopensky.trino.Trino`` or what behaves so; one for a whole fetch keeps its token. None makes one.
    now
        Clock, aware UTC.

    Returns
    -------
    list
        One answer an address: `received`; `empty` (all 24 hours are there, it is not); `damaged` or `missing` (hours
        are not there); `pending`; `no_archive` before 2013; `failed`.

    Raises
    ------
    ArchiveError
        The extra or the credentials are wanting.

    Notes
    -----
    The database gives rows and no file. The receipt is of a Parquet file of these rows, made here; it is one for all
    addresses of the day. An hour that is there may still be thin: receivers come and go.
    """
    asked = list(dict.fromkeys(address(a) for a in icao24s))
    at = now()
    if not asked:
        return []
    if day < FIRST_DAY:
        return nothing_of(HOST.name, day, asked, "no_archive", "OpenSky's database begins in 2013", at)
    if day >= at.date():
        return nothing_of(HOST.name, day, asked, "pending", "the day is not over", at)
    asking = client if client is not None else connect()
    try:
        hours = len(_rows(asking, hours_query(day)))
        table = _rows(asking, positions_query(day, asked))
    except NotAskedError as e:
        return nothing_of(HOST.name, day, asked, "failed", e.reason, at)
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(None), sink, compression="zstd")
    name = f"opensky/vectors/{day:%Y-%m-%d}.parquet"
    decoded = decode([received(name, sink.getvalue(), origin=_ORIGIN, at=now())], OpenskyVectors())
    ready = day + timedelta(days=1) < at.date()
    answers: list[Answer] = []
    for i, a in enumerate(asked):
        own = decoded.positions.filter(pl.col("icao24") == a)
        status, reason = _judge(own.height, hours, ready=ready)
        answers.append(
            Answer(
                HOST.name,
                day,
                a,
                status,
                reason,
                at,
                own,
                decoded.files,
                (),
                decoded.problems if i == 0 else decoded.problems.clear(),
                # what was asked for all is counted once
                2 if i == 0 else 0,
                table.nbytes if i == 0 else 0,
                _ORIGIN,
            )
        )
    return answers


def plan(days: Sequence[date], icao24s: Sequence[str], *, now: datetime) -> Cost:
    """Say what a question costs: two queries a day for all aircraft. OpenSky counts no credits here."""
    open_days = {d for d in days if FIRST_DAY <= d < now.date()} if icao24s else set()
    return Cost(
        HOST.name,
        2 * len(open_days),
        None,
        2 * len(open_days) * _SECONDS_A_QUERY / 3600,
        ("a minute a query is assumed; OpenSky's queue decides",) if open_days else (),
    )


def _hours(day: date) -> str:
    start, end = (int(t.timestamp()) for t in day_bounds(day))
    return f"hour >= {start} AND hour < {end}"


def _rows(client: Client, query: str) -> pa.Table:
    try:
        # never out of pyopensky's own cache: the answer of a day may have grown since
        frame = client.query(query, cached=False)
    except Exception as e:
        # pyopensky lets through what SQLAlchemy, trino and httpx raise; it ends in the ledger, not in silence
        first = _without_keys((str(e).splitlines() or [""])[0])[:160]
        raise NotAskedError(f"the database did not answer: {type(e).__name__}: {first}") from e
    return pa.Table.from_pandas(frame, preserve_index=False)


def _without_keys(text: str) -> str:
    """Take the user's password out of what a library says."""
    config = sys.modules.get("pyopensky.config")
    for secret in (os.environ.get("OPENSKY_PASSWORD"), getattr(config, "trino_password", None)):
        text = text.replace(secret, "(held back)") if secret else text
    return text


def _judge(rows: int, hours: int, *, ready: bool) -> tuple[str, str | None]:
    if hours < 24 and not ready:
        return "pending", f"the database holds {hours} of 24 hours so far; ask again"
    if not hours:
        return "missing", "the database holds no hour of that day"
    if hours < 24:
        return "damaged", f"the database holds {hours} of 24 hours"
    return ("received", None) if rows else ("empty", None)
