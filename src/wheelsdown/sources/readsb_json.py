"""readsb and dump1090 JSON: ``aircraft.json``, v2 API answers, history chunks, and one object a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import Card, Claim, InputFile
from wheelsdown.sources.jsontext import BROKEN, document
from wheelsdown.sources.readsb import POSITION_SOURCE, database_claim, numbers, provider, texts
from wheelsdown.sources.tables import kind_of

__all__ = ["ReadsbJson"]

_BLOCK: Final = 100_000
_LISTS: Final = ("aircraft", "ac")
_MS_FROM: Final = 1e11  # a count of seconds this large lies in the year 5138
_PLACEHOLDER: Final = frozenset({"flight", "now"})
_NOT_SAID: Final = "N/A"
_TAXI_MOST_KT: Final = 50.0

_Row = tuple[int, float, dict[str, Any]]


class ReadsbJson:
    """What a receiver or an API shows of all aircraft at one moment, or of one aircraft a line."""

    name = "readsb-json"
    table = "POSITIONS"
    card = Card(
        publisher="any readsb, tar1090 or dump1090 receiver; the APIs of adsb.lol, adsb.fi, airplanes.live",
        licence="that of the receiver or network: adsb.lol is ODbL 1.0, others are for personal or non-commercial use",
        url="https://github.com/wiedehopf/readsb/blob/dev/README-json.md",
        coverage="where the receiver or network receives, at the moments it was asked",
        shows="the last known position of each aircraft, at the time of its fix: `now` less `seen_pos`",
        cannot_show=(
            "what happened between two snapshots. Positions guessed from the receiver's place (rr_lat, rr_lon) and the "
            "lastPosition of aircraft no longer located are not read. An empty list does not show that nothing flew. "
            "Rows with `gscp` come from the logger adsb_actions: its `flight` may be the registration, and its 0 "
            "stands for ground, for no height and for no speed alike"
        ),
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise objects with `hex`, in a list named aircraft or ac, in `files`, or one a line with `now`."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start.startswith(b"{"):
            return False
        if re.search(rb'"(?:aircraft|ac)"\s*:\s*\[\s*(?:\]|\{[^{}]*"hex"\s*:)', head):
            return b'"icao24"' not in head[:4096]
        if re.match(rb'\{\s*"files"\s*:\s*\[\s*(?:\]|\{)', start):
            return True
        return re.search(rb'"hex"\s*:', head) is not None and re.search(rb'"now"\s*:', head) is not None

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield the aircraft that have a position.

        Raises
        ------
        SourceError
            It is no such JSON, or does not say the time.
        """
        tally = _Tally()
        rows: list[_Row] = []
        claims: dict[Claim, None] = {}
        for row in _lines(file, tally) if kind_of(file.head) == "lines" else _whole(file, tally):
            rows.append(row)
            if len(rows) >= _BLOCK:
                yield _frame(rows, file, claims)
                rows = []
        if rows:
            yield _frame(rows, file, claims)
        file.report.claims.extend(claims)
        tally.tell(file)


class _Tally:
    """What was ignored by name."""

    def __init__(self) -> None:
        self.placeholders = self.unplaced = 0
        self.broken: dict[str, tuple[int, int, str]] = {}

    def bad(self, reason: str, row: int, value: object) -> None:
        count, first, shown = self.broken.get(reason, (0, row, str(value)[:80]))
        self.broken[reason] = (count + 1, first, shown)

    def tell(self, file: InputFile) -> None:
        if self.placeholders:
            file.report.notes.append(f"{self.placeholders} placeholder rows without an aircraft were ignored")
        if self.unplaced:
            file.report.notes.append(f"{self.unplaced} rows of aircraft without a position were ignored")
        for reason, (count, row, value) in self.broken.items():
            more = f" ({count} rows, the first is shown)" if count > 1 else ""
            file.report.problem(reason + more, row=row, value=value, rows_lost=count)


def _whole(file: InputFile, tally: _Tally) -> Iterator[_Row]:
    whole = document(file, (b"]}", b"]}]}"))
    if not isinstance(whole, dict):
        raise SourceError(str(file.path), "no object with a list of aircraft")
    number = 0
    if isinstance(whole.get("files"), list):
        for part in whole["files"]:
            number += 1
            if isinstance(part, dict) and _seconds(part.get("now")) is not None:
                yield from _snapshot(part, number, tally)
            else:
                tally.bad("a snapshot without its time", number, part)
        return
    if _seconds(whole.get("now")) is None:
        raise SourceError(
            str(file.path),
            "does not say the time it was taken",
            field="now",
            remedy="fetch it again; it may be cut off",
        )
    yield from _snapshot(whole, 1, tally)


def _lines(file: InputFile, tally: _Tally) -> Iterator[_Row]:
    for number, line in file.lines():
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line)
        except BROKEN as e:
            tally.bad(
                f"broken line: {re.sub(r' [(]byte [0-9]+[)]', '', str(e))}",
                number,
                line[:80].decode("utf-8", "replace"),
            )
            continue
        if not isinstance(one, dict) or _seconds(one.get("now")) is None:
            tally.bad("a line without the time `now`", number, one)
            continue
        yield from _snapshot(one, number, tally, by_line=True)


def _snapshot(one: dict[str, Any], number: int, tally: _Tally, *, by_line: bool = False) -> Iterator[_Row]:
    """Take a snapshot apart, or a line that is a single aircraft."""
    now = _seconds(one.get("now"))
    listed = next((one[k] for k in _LISTS if isinstance(one.get(k), list)), None)
    if now is None:
        return
    if listed is None and "hex" not in one:
        # some loggers write such a line when nothing was heard
        if one.keys() <= _PLACEHOLDER and one.get("flight") in (_NOT_SAID, None):
            tally.placeholders += 1
        else:
            tally.bad("neither an aircraft nor a list of them", number, one)
        return
    for i, aircraft in enumerate([one] if listed is None else listed, 1):
        at = number if by_line else i
        if not isinstance(aircraft, dict):
            tally.bad("not an aircraft", at, aircraft)
        elif aircraft.get("lat") is None or aircraft.get("lon") is None:
            tally.unplaced += 1
        else:
            yield at, now, aircraft


def _seconds(now: Any) -> float | None:
    """Read `now`: seconds in files, milliseconds in the v2 API."""
    if type(now) not in {int, float} or not 0 < now < 1e15:
        return None
    return now / 1000 if now > _MS_FROM else float(now)


def _merged(aircraft: dict[str, Any]) -> dict[str, Any]:
    """Put the details some loggers keep apart beside the rest."""
    more = aircraft.get("flightdict")
    return {**more, **aircraft} if isinstance(more, dict) else aircraft


def _without_zeros(
    height: pl.Series, speed: pl.Series, logged: pl.Series, file: InputFile
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Undo the zeros of adsb_actions, which writes 0 for `ground`, for no height and for no speed.

    Returns
    -------
    tuple
        Heights and speeds without these zeros, and which rows are on the ground: those without a height that move
        slower than anything flies. A row with neither height nor speed says nothing of it.
    """
    unsaid = logged & (height.fill_null(0.0) == 0.0)
    still = logged & (speed == 0.0).fill_null(value=False)
    taxiing = unsaid & ~still & (speed <= _TAXI_MOST_KT).fill_null(value=False)
    if unsaid.any():
        file.report.notes.append(
            f"{int(unsaid.sum())} rows with height 0, which adsb_actions writes for ground and for no height: "
            f"{int(taxiing.sum())} at up to {_TAXI_MOST_KT:.0f} kt were taken for ground, the others left open"
        )
    return height.set(unsaid, None), speed.set(still, None), taxiing


def _obtained(aircraft: dict[str, Any]) -> str | None:
    """Tell how the position was obtained: the lists name the fields that came over MLAT or TIS-B."""
    for key in ("mlat", "tisb"):
        fields = aircraft.get(key)
        if isinstance(fields, list) and "lat" in fields:
            return key
    word = aircraft.get("type")
    if type(word) is str:
        return POSITION_SOURCE.get(word, word)
    # dump1090 lists what is not ADS-B and has no word for what is
    return "adsb" if isinstance(aircraft.get("mlat"), list) and isinstance(aircraft.get("tisb"), list) else None


def _frame(rows: list[_Row], file: InputFile, claims: dict[Claim, None]) -> pl.DataFrame:
    at = [number for number, _, _ in rows]
    flying = [_merged(a) for _, _, a in rows]
    report = file.report

    def get(*keys: str) -> list[Any]:
        """Take the first of the keys that is there: newer names first."""
        if len(keys) == 1:
            return [a.get(keys[0]) for a in flying]
        return [next((a[k] for k in keys if a.get(k) is not None), None) for a in flying]

    def number(name: str, *keys: str) -> pl.Series:
        return numbers(name, get(*(keys or (name,))), report, at)

    def word(name: str) -> pl.Series:
        column = texts(name, get(name)).str.strip_chars()
        return pl.select(pl.when((column != "") & (column != _NOT_SAID)).then(column)).to_series()

    seen: set[str] = set()
    for (_, now, _), aircraft in zip(rows, flying, strict=True):
        address = aircraft.get("hex")
        if (
            isinstance(address, str)
            and address not in seen
            and ("r" in aircraft or "t" in aircraft or "dbFlags" in aircraft)
        ):
            seen.add(address)
            if claim := database_claim(aircraft, "readsb aircraft database, as of writing", now):
                claims[claim] = None
    heights = [
        None if h == "0" and "gscp" in a else h for h, a in zip(get("alt_baro", "altitude"), flying, strict=True)
    ]
    ground = pl.Series("ground", [h == "ground" for h in heights], dtype=pl.Boolean)
    height = numbers("alt_baro", [None if h == "ground" else h for h in heights], report, at)
    speed = number("gs", "gs", "speed", "gscp")
    height, speed, taxiing = _without_zeros(
        height, speed, pl.Series(["gscp" in a for a in flying], dtype=pl.Boolean), file
    )
    ground |= taxiing
    age = number("seen_pos").fill_null(0.0)
    taken = pl.Series("now", [n for _, n, _ in rows], dtype=pl.Float64)
    return pl.DataFrame({"row": pl.Series(at, dtype=pl.Int64)}).with_columns(
        icao24=texts("icao24", get("hex")),
        time_utc=((taken - age) * 1000)
        .round()
        .cast(pl.Int64, strict=False)
        .cast(pl.Datetime("ms"))
        .dt.replace_time_zone("UTC"),
        latitude_deg=number("lat"),
        longitude_deg=number("lon"),
        altitude_ft=height,
        altitude_geom_ft=number("alt_geom"),
        on_ground=pl.when(ground | height.is_not_null()).then(ground),
        groundspeed_kt=speed,
        track_deg=number("track"),
        vertical_rate_fpm=number("baro_rate", "baro_rate", "vert_rate", "geom_rate"),
        callsign=word("flight"),
        squawk=word("squawk"),
        category=word("category"),
        position_source=pl.Series([_obtained(a) for a in flying], dtype=pl.String),
        adsb_version=number("version"),
        nic=number("nic"),
        nac_p=number("nac_p"),
        sil=number("sil"),
        source=pl.Series([provider(a) for a in flying], dtype=pl.String),
    )
