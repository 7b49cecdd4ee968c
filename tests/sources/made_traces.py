"""SIMULATED readsb traces for the tests of the scanner: every legal shape, and ugly ones, out of a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

TYPES = (
    "adsb_icao", "adsb_icao_nt", "adsr_icao", "tisb_icao", "adsc", "mlat", "other", "mode_s", "adsb_other",
    "adsr_other", "tisb_trackfile", "tisb_other", "mode_ac", "unknown",
)  # fmt: skip
SPACES = ("", "", "", "", " ", "\n", "\r\n", "\t ", "  ")
UGLY = (
    "true", "false", "[]", "{}", '"x"', '""', "1e5", "-1E-3", "1e400", "01", "-", "1.", ".5", "+1", "NaN", "Infinity",
    "123456789012345678901234567890", "9007199254740993", "0.12345678901234567", "-0", "-0.0", "0e0", "1e22", "1e23",
    '"\\u0041"', '"caf\u00e9"', '"\ud83d\ude80"', "nul", '"ground"', '"ground', "1e-5", "99999999", "12345678.12345678",
    "null", "[1,2]", '["a",null,[1]]', '{"a":{"b":1}}', "2147483648", "8.5", "-1", "1e2", '"a\tb"', "\x00", "1 2",
    "0.1e1",
)  # fmt: skip


def _number(r: random.Random, least: float, most: float, decimals: int) -> str:
    value = r.uniform(least, most)
    return f"{value:.{r.choice((decimals, decimals, decimals, 0, 1, 7, 9))}f}" if decimals else str(int(value))


def _object(r: random.Random) -> list[tuple[str, str]]:
    """Give keys and values of an aircraft object."""
    flight = r.choice(("SIM1", "SIM12345", "SIM 12  ", "        ", "", " SIM7  ", "@@@@@@@@", "SIM~{}[]"))
    members = [
        ("type", f'"{r.choice(TYPES)}"'),
        ("flight", f'"{flight:8}"' if r.random() < 0.8 else f'"{flight}"'),
        ("alt_geom", _number(r, -500, 40_000, 0)),
        ("ias", _number(r, 0, 400, 0)),
        ("mach", _number(r, 0, 1, 3)),
        ("roll", _number(r, -20, 20, 2)),
        ("nav_heading", _number(r, 0, 360, 2)),
        ("nav_altitude_mcp", "32000"),
        ("squawk", f'"{r.choice(("7700", "0020", "1200", "12", "abcd"))}"'),
        ("emergency", '"none"'),
        ("category", f'"{r.choice(("A1", "A5", "C2"))}"'),
        ("nav_modes", '["autopilot", "vnav","lnav"]'),
        ("nic", str(r.randint(0, 11))),
        ("rc", "186"),
        ("version", str(r.randint(0, 2))),
        ("nac_p", str(r.randint(0, 11))),
        ("sil", str(r.randint(0, 3))),
        ("sil_type", '"perhour"'),
        ("spi", "0"),
        ("alert", "null"),
    ]
    kept = [m for m in members if r.random() < 0.7]
    if r.random() < 0.5:
        r.shuffle(kept)
    if r.random() < 0.1:
        kept.append(r.choice((("nic", "null"), ("flight", "null"), ("type", "null"), ("squawk", '""'))))
    return kept


def _joined(r: random.Random, members: list[tuple[str, str]], tight: bool) -> str:
    gap: Callable[[], str] = (lambda: "") if tight else (lambda: r.choice(SPACES))
    inside = ",".join(f'{gap()}"{k}"{gap()}:{gap()}{v}{gap()}' for k, v in members)
    return "{" + (inside or gap()) + "}"


def trace(seed: int, *, ugliness: float = 0.0, points: int = 12) -> bytes:
    """Make one trace; `ugliness` is the share of points in which one element is not what readsb writes."""
    r = random.Random(seed)  # noqa: S311
    tight = r.random() < 0.5
    width = r.choice((4, 6, 9, 9, 14, 14, 14, 15))
    rows, now = [], r.uniform(0, 50_000)
    for k in range(r.randint(1, points)):
        now += r.choice((0.0, r.uniform(0, 40), r.uniform(0, 3000)))
        height = r.choice((_number(r, -1200, 45_000, 0), '"ground"', "null", "-25"))
        obj = _joined(r, _object(r), tight) if k % 4 == 3 or r.random() < 0.1 else "null"
        cells = [
            f"{now:.2f}",
            f"{r.uniform(-90, 90):.6f}",
            f"{r.uniform(-180, 180):.6f}",
            height,
            r.choice(("null", _number(r, 0, 600, 1))),
            r.choice(("null", _number(r, 0, 360, 1))),
            str(r.choice((0, 0, 0, 1, 2, 3, 4, 8, 9, 12, 10))),
            r.choice(("null", _number(r, -4000, 4000, 0))),
            obj,
            r.choice((f'"{r.choice(TYPES)}"', '"adsb_icao"', "null")),
            r.choice(("null", _number(r, -1200, 45_000, 0))),
            r.choice(("null", _number(r, -4000, 4000, 0))),
            r.choice(("null", "279")),
            r.choice(("null", "-0.9")),
            r.choice(('"receiver"', "null", "7")),
        ][: width if r.random() < 0.97 else r.randint(4, 15)]
        if r.random() < ugliness:
            which = r.randrange(6)
            if which == 0:
                cells[r.randrange(len(cells))] = r.choice(UGLY)
            elif which == 1:
                cells = cells[: r.randint(0, 3)]
            elif which == 2:
                cells += [r.choice(UGLY)] * r.randint(1, 7)
            elif which == 3 and len(cells) > 8:
                ugly = [
                    *_object(r),
                    (r.choice(("flight", "nic", "type", "alt_geom", "ias", "category", "é")), r.choice(UGLY)),
                ]
                r.shuffle(ugly)
                cells[8] = _joined(r, ugly, tight)
            elif which == 4:
                cells[0] = "-" + cells[0]
            else:
                rows.append(r.choice(UGLY))
        rows.append("[" + (", " if not tight and r.random() < 0.5 else ",").join(cells) + "]")
    top: list[tuple[str, str]] = [("icao", f'"{r.choice(("d00001", "~d0000a", "D000FF"))}"')]
    top += [
        m
        for m in (
            ("r", '"4X-SIM"'),
            ("t", '"B744"'),
            ("dbFlags", str(r.choice((0, 1, 9, 256)))),
            ("desc", '"BOEING 747-400 \u00c9"'),
            ("ownOp", '"SIMULATED AIR"'),
            ("year", '"0000"'),
            ("noRegData", "true"),
            ("source", r.choice(('"SIMULATED by a test"', '"someone"', "7"))),
        )
        if r.random() < 0.4
    ]
    top += [("timestamp", r.choice(("1693440000.000", "1693440000", "1738703622.619", "1.6e9", "0.0")))]
    top += [("trace", "[" + (",\n" if tight else " , ").join(rows) + " ]")]
    if r.random() < 0.4:
        r.shuffle(top)
    if r.random() < ugliness:
        extra = r.choice(
            (("icao", "null"), ("timestamp", "null"), ("trace", "[]"), ("x", r.choice(UGLY)), ("icao", '""'))
        )
        top = [m for m in top if m[0] != extra[0] or r.random() < 0.5]
        top.insert(r.randint(0, len(top)), extra)
    return (_joined(r, top, tight) + r.choice(("", "\n", "  \r\n"))).encode("utf-8", "surrogatepass")


def mutated(data: bytes, seed: int) -> bytes:
    """Change, take out, double or cut some bytes."""
    r = random.Random(seed)  # noqa: S311
    noisy = bytearray(data)
    for _ in range(r.choice((1, 1, 1, 2, 5))):
        at = r.randrange(len(noisy))
        how = r.randrange(5)
        if how == 0:
            noisy[at] = r.randrange(256)
        elif how == 1:
            noisy[at] = r.choice(b'0123456789.-,:"[]{}eE \\nul\x00')
        elif how == 2:
            del noisy[at : at + r.choice((1, 1, 2, 9))]
        elif how == 3:
            noisy[at:at] = noisy[at : at + r.choice((1, 3, 40))]
        else:
            del noisy[at + 1 :]
        if not noisy:
            break
    return bytes(noisy)


def simple(points: list[list[Any]], **top: Any) -> bytes:
    """Make a trace of these points as Python writes them."""
    return json.dumps({"icao": "d00001", "timestamp": 1_693_440_000.0, **top, "trace": points}).encode()
