"""Compiled: one pass over the records of a readsb heatmap, carrying call sign and squawk forward for each address."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled

__all__ = ["ENDLESS", "GROUND", "INFO", "MAGIC", "NO_ALTITUDE", "SOURCE_BITS_MS", "scan"]

MAGIC: Final = 0x0E7F7C9D
"""In place of an address: begins a slice."""
INFO: Final = 1 << 30
"""A latitude from here on (compared as a signed number) is none: the record holds squawk and call sign."""
GROUND: Final = -123
NO_ALTITUDE: Final = -124
SOURCE_BITS_MS: Final = 1_644_451_200_000
"""2022-02-10: before, the bits that say how a position was obtained are all 0."""
ENDLESS: Final = -1
"""`scan` was given too few slots."""
_ADDRESS: Final = 0x1FFFFFF  # 24 bits and the one that marks a non-ICAO address
_UNKNOWN: Final = 15
_SPREAD: Final = 2654435761  # Knuth's multiplicative hash, The Art of Computer Programming 3, 6.4
_LESS: Final = 7


@compiled
def scan(
    words: Any,
    earliest_ms: int,
    latest_ms: int,
    slots: int,
    at: Any,
    time_ms: Any,
    aircraft: Any,
    info: Any,
    latitude: Any,
    longitude: Any,
    altitude: Any,
    speed: Any,
    ground: Any,
    obtained: Any,
    addresses: Any,
    squawks: Any,
    callsigns: Any,
    counts: Any,
) -> int:
    """Decode all records after the first slice header.

    Parameters
    ----------
    words : uint32 (n, 4)
        The records.
    earliest_ms, latest_ms : int
        A slice of another time is left out.
    slots : int
        Size of the table of addresses, a power of two; half of it can be filled.
    at, time_ms, aircraft, info, latitude, longitude, altitude, speed, ground, obtained
        Filled, one entry a position: record, ms since 1970, number of the address, number of the info record in force
        (-1 none), degrees, feet (NaN none), knots (NaN none), 1 ground 0 air 2 not known, readsb's source number.
    addresses : uint32 (slots,)
        Filled: the addresses by number.
    squawks, callsigns : uint32 (n,), uint64 (n,)
        Filled: squawk digits and call sign bytes of the distinct info records, by number.
    counts : int64 (5,)
        Filled: addresses, info records kept, slices, slices left out, records in them.

    Returns
    -------
    int
        Positions, or `ENDLESS` if there are more addresses than the table can hold.
    """
    table = np.full(slots, -1, np.int32)
    current = np.full(slots, -1, np.int32)
    mask = np.uint32(slots - 1)
    rows, known, kept = 0, 0, 0
    now = np.int64(0)
    begun: Any = False
    usable: Any = False
    bits: Any = False
    for i in range(words.shape[0]):
        word = words[i, 0]
        if word == MAGIC:
            now = (np.int64(words[i, 1]) << 32) | np.int64(words[i, 2])
            begun = True
            usable = earliest_ms <= now < latest_ms
            bits = now >= SOURCE_BITS_MS
            counts[2] += 1
            if not usable:
                counts[3] += 1
            continue
        if not begun:
            continue  # the index block: where in the file each slice begins
        if not usable:
            counts[4] += 1
            continue
        address = np.uint32(word & np.uint32(_ADDRESS))
        slot = np.uint32((np.uint64(address) * np.uint64(_SPREAD)) >> np.uint64(_LESS)) & mask
        while True:
            number = table[slot]
            if number < 0 or addresses[number] == address:
                break
            slot = (slot + np.uint32(1)) & mask
        if number < 0:
            if known * 2 >= slots:
                return ENDLESS
            number = np.int32(known)
            table[slot] = number
            addresses[known] = address
            known += 1
        first = np.int32(words[i, 1])
        if first >= INFO:
            squawk = words[i, 1] & np.uint32(0xFFFF)
            callsign = np.uint64(words[i, 2]) | (np.uint64(words[i, 3]) << np.uint64(32))
            last = current[number]
            if last < 0 or squawks[last] != squawk or callsigns[last] != callsign:
                squawks[kept] = squawk
                callsigns[kept] = callsign
                current[number] = np.int32(kept)
                kept += 1
            continue
        height = np.int16(np.uint16(words[i, 3] & np.uint32(0xFFFF)))
        fast = np.int16(np.uint16(words[i, 3] >> np.uint32(16)))
        at[rows] = i
        time_ms[rows] = now
        aircraft[rows] = number
        info[rows] = current[number]
        latitude[rows] = first / 1e6
        longitude[rows] = np.int32(words[i, 2]) / 1e6
        altitude[rows] = np.nan if height in (GROUND, NO_ALTITUDE) else np.float32(height) * np.float32(25)
        speed[rows] = np.nan if fast == -1 else np.float32(fast) / np.float32(10)
        ground[rows] = 1 if height == GROUND else 2 if height == NO_ALTITUDE else 0
        obtained[rows] = np.uint8(word >> np.uint32(27)) if bits else np.uint8(_UNKNOWN)
        rows += 1
    counts[0] = known
    counts[1] = kept
    return rows
