"""POSITIONS as sorted arrays: one track an aircraft (or recording) and provider."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from wheelsdown.schema import POSITION_SOURCES, POSITIONS

__all__ = ["ANONYMOUS", "DEGRADED", "NEEDED", "QUALITY_KNOWN", "SIL_KNOWN", "SIL_ZERO", "Tracks", "prepare"]

NEEDED = (
    "icao24", "track_id", "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "altitude_geom_ft", "on_ground",
    "groundspeed_kt", "track_deg", "vertical_rate_fpm", "callsign", "category", "position_source", "source", "receipt",
    "adsb_version", "nic", "nac_p", "sil",
)  # fmt: skip
"""Columns of POSITIONS that inference reads; the others may be left on disk."""

_LONG = 10_000
ANONYMOUS = "/~"
"""Set between a recording and a non-ICAO address in the name of a track."""
SIL_KNOWN, SIL_ZERO, QUALITY_KNOWN, DEGRADED = 1, 2, 4, 8
"""Bits of `Tracks.low`: version 2 with a sil; sil 0; nic or nac_p known (version 1, 2); nic < 7 or nac_p < 8."""
_NUMBERS = ("altitude_ft", "altitude_geom_ft", "groundspeed_kt", "track_deg", "vertical_rate_fpm")


class Tracks(NamedTuple):
    """Arrays over rows, sorted by track then time, and the tracks themselves."""

    keys: list[tuple[str | None, str | None, str]]  # address, track, source
    first: Any
    t: Any
    lat: Any
    lon: Any
    alt: Any
    geom: Any
    og: Any
    gs: Any
    trk: Any
    vr: Any
    ps: Any
    callsign: Any
    callsigns: list[str]
    receipt: Any
    receipts: list[str]
    surface: Any  # bool a track: broadcasts itself as a surface vehicle or obstacle
    airframe: Any  # bool a track: broadcasts itself as an aircraft
    loose: Any  # bool a track: tied by an anonymous address
    order: Any  # row of the input behind each row here
    low: Any  # what the aircraft says of its own positions: bits of SIL_KNOWN ...; None where nothing is said
    episodes: dict[int, list[tuple[float, float]]]  # when several tracks were heard on one address (split.py)
    part_of: dict[int, int]  # the track that a part was split from


def prepare(positions: pl.DataFrame) -> Tracks:
    """Sort by track and time, drop repeats, and lay the columns out as arrays.

    Rows with an ICAO address are tied by it; rows without one, or with a `~` address, by `track_id`. Providers are kept
    apart, since their clocks differ by up to a minute; their visits are merged later.
    """
    wanted = POSITIONS.schema
    if any(positions.schema.get(c) not in (wanted[c], pl.Categorical) for c in NEEDED):
        positions = POSITIONS.conform(positions, fill=True)
    address, addresses = _codes(positions["icao24"])
    track, names = _codes(positions["track_id"])
    source, sources = _codes(positions["source"])
    callsign, callsigns = _codes(positions["callsign"])
    receipt, receipts = _codes(positions["receipt"])
    address, track, names = _tied(address, addresses, track, names)
    t = positions["time_utc"].dt.epoch("ms").to_numpy()
    order = _order(positions, (address, track, source), t, (callsign, receipt))

    def take(values: Any) -> Any:
        return values if order is None else values[order]

    address, track, source, t = (take(a) for a in (address, track, source, t))
    change = np.zeros(len(t), dtype=bool)
    if len(t):
        change[0] = True
        for key in (address, track, source):
            change[1:] |= key[1:] != key[:-1]
        if order is not None:
            # one moment, one position: of several the first in order stands
            keep = change.copy()
            keep[1:] |= t[1:] != t[:-1]
            order, address, track, source, t, change = (a[keep] for a in (order, address, track, source, t, change))
    first = np.append(np.flatnonzero(change), len(t)).astype(np.int64)
    starts = first[:-1]
    ps, ps_names = _codes(positions["position_source"])
    unknown = len(POSITION_SOURCES) - 1
    known = [POSITION_SOURCES.index(s) if s in POSITION_SOURCES else unknown for s in ps_names]
    og = positions["on_ground"].cast(pl.Int8).fill_null(-1).to_numpy()
    return Tracks(
        [
            (addresses[a] if a >= 0 else None, names[k] if k >= 0 else None, sources[s] if s >= 0 else "unknown")
            for a, k, s in zip(address[starts], track[starts], source[starts], strict=True)
        ],
        first, t / 1000.0,
        take(_floats(positions["latitude_deg"], np.float64)), take(_floats(positions["longitude_deg"], np.float64)),
        np.array(take(_floats(positions["altitude_ft"]))),  # a copy: the kernel blanks impossible ones
         take(_floats(positions["altitude_geom_ft"])), take(og),
        take(_floats(positions["groundspeed_kt"])), take(_floats(positions["track_deg"])),
        take(_floats(positions["vertical_rate_fpm"])),
        np.array([*known, unknown], dtype=np.int8)[take(ps)],
        take(callsign), callsigns, take(receipt), receipts,
        *_categories(positions["category"], take, starts),
        np.array([k >= 0 and ANONYMOUS in names[k] for k in track[starts]], dtype=bool),
        np.arange(len(t)) if order is None else order, _quality(positions, take), {}, {},
    )  # fmt: skip


def _quality(positions: pl.DataFrame, take: Any) -> Any:
    """What the aircraft says of its own positions, as bits; None where no row says anything.

    Version 0 has no such figures: unknown, not bad. NIC 7 and NACp 8 are the least that 14 CFR 91.227 allows. With
    positions that others worked out (multilateration, TIS-B, estimates) the aircraft vouches for nothing.
    """
    names = ("adsb_version", "nic", "nac_p", "sil")
    if positions["adsb_version"].null_count() == positions.height:
        return None
    others = positions["position_source"].cast(pl.String).is_in(["mlat", "tisb", "estimated"])
    own = ~others.fill_null(value=False).to_numpy()
    version, nic, nac, sil = (positions[c].cast(pl.Int8).fill_null(-1).to_numpy() for c in names)
    known = own & (version >= 1) & ((nic >= 0) | (nac >= 0))
    degraded = known & (((nic >= 0) & (nic < 7)) | ((nac >= 0) & (nac < 8)))
    said = own & (version >= 2) & (sil >= 0)
    bits = said * SIL_KNOWN + (said & (sil == 0)) * SIL_ZERO + known * QUALITY_KNOWN + degraded * DEGRADED
    return take(bits.astype(np.int8))


def _tied(address: Any, addresses: list[str], track: Any, names: list[str]) -> tuple[Any, Any, list[str]]:
    """Say for every row what ties it: its address, else its recording (-1 stands for the other)."""
    anonymous = np.array([a.startswith("~") for a in addresses] + [True])
    loose = anonymous[address]
    if not loose.any():
        return address, np.full_like(track, -1), names
    # an anonymous address is an aircraft's for a while only, and several may stand in one recording
    key = track.astype(np.int64) * (len(addresses) + 1) + (address + 1)
    pairs, of_row = np.unique(key[loose], return_inverse=True)
    texts = []
    for k, a in (divmod(int(pair), len(addresses) + 1) for pair in pairs):
        recording = names[k] if k >= 0 else "unnamed"
        texts.append(recording + (ANONYMOUS + addresses[a - 1][1:] if a > 0 else ""))
    ranked = sorted(set(texts))
    rank = {text: i for i, text in enumerate(ranked)}
    own = np.full_like(track, -1)
    own[loose] = np.array([rank[text] for text in texts], dtype=own.dtype)[of_row]
    return np.where(loose, -1, address), own, ranked


def _order(positions: pl.DataFrame, key: tuple[Any, Any, Any], t: Any, rest: tuple[Any, ...]) -> Any:
    """Order of the rows by track and time; None where they lie in it already, each moment once."""
    if len(t) < 2:
        return None
    same = np.ones(len(t) - 1, dtype=bool)
    ahead = np.zeros(len(t) - 1, dtype=bool)
    for k in (codes.view(np.uint32) for codes in key):  # -1 (none) sorts last, as nulls do
        ahead |= same & (k[1:] > k[:-1])
        same &= k[1:] == k[:-1]
    if bool(np.all(ahead | (same & (t[1:] > t[:-1])))):
        return None
    # every column takes part, so that the order of the input cannot matter where two rows claim one moment
    tie = [positions[c].to_numpy() for c in ("latitude_deg", "longitude_deg")]
    tie += [_floats(positions[c]) for c in _NUMBERS]
    tie += [-positions["on_ground"].cast(pl.Int8).fill_null(-1).to_numpy().astype(np.int16)]
    tie += [_codes(positions[c])[0] for c in ("position_source", "category")]
    return np.lexsort([*rest, *reversed(tie), t, *(k.view(np.uint32) for k in reversed(key))])


def _categories(category: pl.Series, take: Any, starts: Any) -> tuple[Any, Any]:
    """Tell which tracks call themselves surface vehicles, and which aircraft (DO-260B sets C; A and B)."""
    none = np.zeros(len(starts), dtype=bool)
    if category.null_count() == len(category) or not len(starts):
        return none, none.copy()
    codes, names = _codes(category)
    said = take(codes)

    def counted(letters: str) -> Any:
        of_kind = np.array([bool(n) and n[0] in letters for n in names] + [False])
        return np.add.reduceat(of_kind[said].astype(np.int64), starts)

    vehicle, aircraft = counted("C"), counted("AB")
    # a vehicle says so every time; a single misread category does not make an aircraft one
    rows = np.diff(starts, append=len(said))
    return (vehicle > aircraft) & (vehicle >= np.minimum(3, rows)), aircraft > vehicle


def _codes(column: pl.Series) -> tuple[Any, list[str]]:
    """Small integers for a text column and what they stand for, in order of the alphabet; -1 is null."""
    if column.null_count() == len(column):
        return np.full(len(column), -1, dtype=np.int32), []
    if len(column) > _LONG and column.dtype == pl.String:
        # tables sorted by aircraft repeat themselves for thousands of rows: code the runs, not the rows
        starts = np.flatnonzero(column.ne_missing(column.shift(1)).to_numpy())
        starts = starts if len(starts) and starts[0] == 0 else np.insert(starts, 0, 0)
        if len(starts) * 20 < len(column):
            codes, texts = _codes(column.gather(starts).cast(pl.Categorical))
            return np.repeat(codes, np.diff(starts, append=len(column))), texts
    coded = column if column.dtype == pl.Categorical else column.cast(pl.Categorical)
    present = coded.drop_nulls().unique()
    texts, stored = present.cast(pl.String).to_list(), present.to_physical().to_numpy()
    ranked = sorted(range(len(texts)), key=texts.__getitem__)
    table = np.full(int(stored.max()) + 2, -1, dtype=np.int32)
    table[stored[ranked]] = np.arange(len(ranked), dtype=np.int32)
    physical = coded.to_physical()
    if physical.null_count():
        physical = physical.fill_null(len(table) - 1)
    return table[physical.to_numpy()], [texts[i] for i in ranked]


def _floats(column: pl.Series, dtype: Any = np.float32) -> Any:
    values = column.fill_null(float("nan")).to_numpy() if column.null_count() else column.to_numpy()
    return values.astype(dtype, copy=False)
