"""readsb heatmaps: every aircraft of half an hour, ``YYYY/MM/DD/heatmap/NN.bin.ttf``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import polars as pl
from isal import isal_zlib

from wheelsdown.schema import POSITIONS
from wheelsdown.sources.heatmap_scan import ENDLESS, MAGIC, scan
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.readsb import POSITION_SOURCE

__all__ = ["HEATMAP_PROVIDER", "ReadsbHeatmap", "read_heatmap"]

HEATMAP_PROVIDER: Final = "readsb-heatmap"
UNPACKED_MOST: Final = 512 << 20
"""Half an hour of the world in slices of 5 s would have some 80 MB."""
_RECORD: Final = 16
_NAME: Final = re.compile(r"^[0-4]\d\.bin\.ttf")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SLOTS: Final = 1 << 17
_FED: Final = 1 << 18
_NO_SQUAWK: Final = (0, 8888)
_NUMBERS: Final = (
    *("adsb_icao", "adsb_icao_nt", "adsr_icao", "tisb_icao", "adsc", "mlat", "other", "mode_s", "adsb_other"),
    *("adsr_other", "tisb_trackfile", "tisb_other", "mode_ac"),
)
_OBTAINED: Final = [POSITION_SOURCE.get(w, w) for w in _NUMBERS] + ["unknown"] * (32 - len(_NUMBERS))


class ReadsbHeatmap:
    """Heatmaps as readsb writes them with ``--heatmap``, and adsb.lol and others publish them."""

    name = "readsb-heatmap"
    table = "POSITIONS"
    card = Card(
        publisher="any readsb network that keeps a history: adsb.lol, ADS-B Exchange, airplanes.live, one's own",
        licence="that of the network: adsb.lol is ODbL 1.0, others ask for permission or forbid republication",
        url="https://github.com/wiedehopf/readsb",
        coverage="where the network's volunteers receive; one file every half hour, 48 a UTC day",
        shows=(
            "one position of each aircraft a slice (mostly 30 s), height in steps of 25 ft, ground flag, ground speed, "
            "call sign, squawk, and how the position was obtained"
        ),
        cannot_show=(
            "times of fixes: a row has the time of its slice, and the fix may lie up to one interval from it. Ground "
            "traffic is badly under-reported, for positions without any height are left out; so an aircraft that is "
            "missing on the ground was not therefore absent. Heights may be geometric where no pressure altitude "
            "came, and nothing marks them. No track, no vertical rate. Before 2022-02-10 nothing tells how positions "
            "were obtained; files that an older readsb wrote after it call all of them adsb. Call sign and squawk are "
            "those last written before, in the same file. Read the traces of an aircraft where they are to be had: "
            "its heatmap rows are the same receptions, and no second source. The format has no room to say that "
            "flights are simulated; heatmaps that wheelsdown simulate writes hold no positions"
        ),
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the mark of the first slice; without one, the file's name beside an index."""
        whole = len(head) // _RECORD * _RECORD
        if not whole:
            return False
        words = np.frombuffer(head, dtype="<u4", count=whole // 4).reshape(-1, 4)
        hits = np.flatnonzero(words[:, 0] == MAGIC)
        if len(hits):
            at_ms = int(words[hits[0], 1]) << 32 | int(words[hits[0], 2])
            return _ms(_EARLIEST) <= at_ms < _ms(_LATEST)
        return _NAME.match(name) is not None and not words[:, 1:].any()

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield the file's positions."""
        yield read_heatmap(file.read_bytes(), name=str(file.path), report=file.report)


def read_heatmap(data: bytes, *, name: str, report: Report) -> pl.DataFrame:
    """Decode one heatmap.

    Parameters
    ----------
    data : bytes
        The file, gzip or already unpacked.
    name : str
        What the file is called in messages.
    report : Report
        Told what is missing or damaged.

    Returns
    -------
    POSITIONS
        Without ``receipt``; in the file's order, with ``row`` (the record, from 1). Not range-checked and not
        deduplicated: `clean` does that. `source` is ``readsb-heatmap``, so that rows never mix with those of traces.

    Notes
    -----
    Source: readsb ``globe_index.c``, ``handleHeatmap``. Times are those of the slice. Call sign and squawk are those of
    the latest info record of the address before the position, in an earlier slice or this one; an info record without
    a call sign ends the one before. Squawk 0000 is also what is written where none was received, and is left empty.
    Records before the first slice are the index and are passed over.
    """
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, name, report)
    count, over = divmod(len(data), _RECORD)
    if over:
        report.problem(
            f"cut off: {len(data)} bytes are not a whole number of records of {_RECORD}",
            row=count + 1,
            remedy="fetch the file again; the whole records were kept",
            rows_lost=1,
        )
    words = np.frombuffer(data, dtype="<u4", count=count * 4).reshape(-1, 4)
    found = _scanned(words)
    _tell(found, count, report)
    return _frame(found)


class _Scanned:
    """What `scan` fills; see there."""

    def __init__(self, words: Any, slots: int) -> None:
        n = len(words)
        self.columns = (
            *(np.empty(n, t) for t in (np.uint32, np.int64, np.int32, np.int32, np.float64, np.float64)),
            *(np.empty(n, t) for t in (np.float32, np.float32, np.uint8, np.uint8)),
        )
        self.addresses = np.zeros(slots, np.uint32)
        self.squawks = np.empty(n, np.uint32)
        self.callsigns = np.empty(n, np.uint64)
        self.counts = np.zeros(5, np.int64)
        about = (self.addresses, self.squawks, self.callsigns, self.counts)
        self.rows = int(scan(words, _ms(_EARLIEST), _ms(_LATEST), slots, *self.columns, *about))


def _scanned(words: Any) -> _Scanned:
    slots = _SLOTS
    while (found := _Scanned(words, slots)).rows == ENDLESS:
        slots *= 4  # bounded: there are no more than 2**25 addresses
    return found


def _tell(found: _Scanned, records: int, report: Report) -> None:
    _, _, slices, unusable, lost = (int(c) for c in found.counts)
    if not slices:
        what = "an index of slices and nothing else" if records else "empty"
        report.problem(f"{what}: no slice in it", remedy="fetch the file again; it was not written to its end")
    elif unusable:
        report.problem(
            f"{unusable} of {slices} slices have no time between 2000 and 2100",
            remedy="damaged: fetch the file again; the other slices were kept",
            rows_lost=lost,
        )


def _frame(found: _Scanned) -> pl.DataFrame:
    at, time_ms, aircraft, info, latitude, longitude, altitude, speed, ground, obtained = (
        c[: found.rows] for c in found.columns
    )
    known, kept = int(found.counts[0]), int(found.counts[1])
    spoken = pl.Series(info)
    spoken = spoken.set(spoken < 0, None) if found.rows and int(info.min()) < 0 else spoken
    flag = pl.Series(ground)
    out = pl.DataFrame(
        {
            "icao24": _addresses(found.addresses[:known]).gather(pl.Series(aircraft)),
            "time_utc": pl.Series(time_ms).cast(pl.Datetime("ms", "UTC")),
            "latitude_deg": pl.Series(latitude),
            "longitude_deg": pl.Series(longitude),
            "altitude_ft": pl.Series(altitude, nan_to_null=True),
            "on_ground": (flag == 1).set(flag == 2, None) if found.rows and int(ground.max()) > 1 else flag == 1,
            "groundspeed_kt": pl.Series(speed, nan_to_null=True),
            "callsign": _callsigns(found.callsigns[:kept]).gather(spoken),
            "squawk": _squawks(found.squawks[:kept]).gather(spoken),
            "position_source": pl.Series(_OBTAINED).gather(pl.Series(obtained)),
            "source": pl.repeat(HEATMAP_PROVIDER, found.rows, dtype=pl.String, eager=True),
        }
    )
    whole = POSITIONS.conform(out, fill=True).drop("receipt")
    return whole.with_columns(row=pl.Series(at).cast(pl.Int64) + 1)


def _addresses(keys: Any) -> pl.Series:
    return pl.Series([f"{'~' if k >> 24 else ''}{k & 0xFFFFFF:06x}" for k in keys.tolist()], dtype=pl.String)


def _callsigns(packed: Any) -> pl.Series:
    """Eight bytes to text; none where the first is 0."""
    letters = packed.astype("<u8").view(np.uint8).reshape(-1, 8).copy()
    letters[letters[:, 0] == 0] = 0
    letters[letters > 0x7E] = ord("?")
    texts = letters.view("S8").ravel().tolist()
    return pl.Series([t.decode("ascii").strip() or None for t in texts], dtype=pl.String)


def _squawks(digits: Any) -> pl.Series:
    """Decimal digits to text; impossible codes are left for the checks to report, save those that stand for none."""
    return pl.Series([None if d in _NO_SQUAWK else f"{d:04d}" for d in digits.tolist()], dtype=pl.String)


def _unpacked(data: bytes, name: str, report: Report) -> bytes:
    """Unpack gzip as far as it goes, up to `UNPACKED_MOST`."""
    parts: list[bytes] = []
    total = 0
    view = memoryview(data)
    stream = isal_zlib.decompressobj(wbits=31)
    try:
        for start in range(0, len(data), _FED):
            piece = stream.decompress(view[start : start + _FED], UNPACKED_MOST + 1 - total)
            parts.append(piece)
            total += len(piece)
            if stream.eof or total > UNPACKED_MOST:
                break
    except isal_zlib.error as e:  # type: ignore[misc]
        report.problem(
            f"the gzip stream is damaged after {total} bytes: {e}",
            remedy="fetch the file again; what could be unpacked was kept",
        )
        return b"".join(parts)
    if total > UNPACKED_MOST:
        report.problem(
            f"unpacks to more than {UNPACKED_MOST} bytes; the rest was left out",
            remedy=f"no honest heatmap is that large: where does {name} come from?",
        )
        return b"".join(parts)[:UNPACKED_MOST]
    if not stream.eof:
        report.problem(
            f"the gzip stream is cut off after {total} bytes",
            remedy="fetch the file again; what could be unpacked was kept",
        )
    return b"".join(parts)


def _ms(when: datetime) -> int:
    return int(when.timestamp()) * 1000
