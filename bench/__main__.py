"""``python -m bench``: measure accuracy and speed, and print what was found.

A part that cannot be measured here (no truth, no registry for the other tool) says so, and the rest goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench import (
    accuracy,
    bounds,
    calibration,
    decode,
    docs,
    heatmap,
    lakes,
    layout,
    neighbours,
    peers,
    speed,
    world,
    year,
)

PARTS: Final = ("accuracy", "peers", "speed", "heatmap", "decode", "layout", "calibration")
BY_NAME: Final = ("bounds", "neighbours", "world", "year")
"""Parts that take many minutes, the last two gigabytes of disk: measured only when they are asked for by name."""


def _try(name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any] | str:
    print(f"measuring {name}", file=sys.stderr)
    try:
        return measure()
    except (FileNotFoundError, peers.UnavailableError, speed.ChildError) as e:
        return str(e)


def collect(
    parts: list[str],
    folder: Path | None,
    positions: int | None = None,
    *,
    aircraft: int | None = None,
    days: int = year.DAYS,
    keep: bool = False,
    scenarios: int = bounds.SCENARIOS,
) -> dict[str, Any]:
    """Measure the parts asked for; a text in place of a result says why there is none."""
    names = ("accuracy", "peers", "scan", "peer_speed", "heatmap", "decode", "layout", "calibration", *BY_NAME)
    out: dict[str, Any] = dict.fromkeys(names, "not asked for")
    if "accuracy" in parts:
        out["accuracy"] = _try("accuracy", lambda: accuracy.measure(folder=folder))
    if "peers" in parts:
        out["peers"] = _try("the same ends by traffic", lambda: peers.measure(accuracy.reference()[0], folder))
    if "speed" in parts:
        out["scan"] = _try("the command beside a scan", lambda: speed.command_beside_scan(positions or speed.POSITIONS))
        out["peer_speed"] = _try("inference beside traffic", lambda: speed.inference_beside_peer(folder))
    if "heatmap" in parts:
        out["heatmap"] = _try("heatmaps beside a numpy view", heatmap.measure)
    if "decode" in parts:
        out["decode"] = _try("traces beside the usual means", decode.measure)
    if "layout" in parts:
        out["layout"] = _try("bytes a position", lambda: layout.measure(folder))
    if "calibration" in parts:
        out["calibration"] = _try("probabilities beside the truth", lambda: calibration.measure(folder))
    if "bounds" in parts:
        out["bounds"] = _try("bounds over SIMULATED scenarios", lambda: {"records": bounds.measure(scenarios)})
    if "neighbours" in parts:
        out["neighbours"] = _try("neighbours told apart", lambda: {"text": neighbours.measure()[0]})
    if "world" in parts:
        many = (aircraft or world.AIRCRAFT, positions or world.POSITIONS)
        out["world"] = _try("a world day through a lake", lambda: lakes.measure_world(*many, keep=keep))
    if "year" in parts:
        sized = (positions or year.ROWS, days, aircraft or year.AIRCRAFT)
        out["year"] = _try("questions over a year", lambda: lakes.measure_year(*sized, keep=keep))
    return out


def text(results: dict[str, Any]) -> str:
    """Everything that was asked for, as text."""
    ours, other = results["accuracy"], results["peers"]
    shown: list[tuple[str, Any, Callable[[], str]]] = [
        ("Accuracy", ours, lambda: accuracy.report(ours)),
        ("The same ends by traffic 2.13", other, lambda: peers.report(other, ours if isinstance(ours, dict) else None)),
        ("Speed: the whole command beside a plain scan", results["scan"], lambda: speed.report(results["scan"], None)),
        ("Speed: beside traffic", results["peer_speed"], lambda: speed.report(None, results["peer_speed"])),
        ("Speed: heatmaps beside a plain numpy view", results["heatmap"], lambda: heatmap.report(results["heatmap"])),
        ("Speed: traces beside the usual means", results["decode"], lambda: decode.report(results["decode"])),
        ("Bytes a position, beside plain Parquet", results["layout"], lambda: layout.report(results["layout"])),
        ("Probabilities beside the truth", results["calibration"], lambda: calibration.text(results["calibration"])),
        ("Bounds over SIMULATED scenarios", results["bounds"], lambda: bounds.report(results["bounds"]["records"])),
        ("Neighbours told apart", results["neighbours"], lambda: results["neighbours"]["text"]),
        ("A SIMULATED world day through a lake", results["world"], lambda: lakes.report_world(results["world"])),
        ("Two questions over a SIMULATED year", results["year"], lambda: lakes.report_year(results["year"])),
    ]
    blocks = []
    for title, result, write in shown:
        if result == "not asked for":
            continue
        blocks.append(f"== {title}\n" + (f"not measured: {result}" if isinstance(result, str) else write()))
    return "\n\n".join(blocks)


def main(argv: list[str] | None = None) -> int:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "part",
        nargs="*",
        help=f"what to measure: {', '.join(PARTS)}; all these without a name. By name only: {', '.join(BY_NAME)}",
    )
    parser.add_argument("--json", action="store_true", help="machine-readable, on stdout")
    parser.add_argument("--truth", type=Path, help="folder with positions.parquet and truth.csv")
    parser.add_argument("--positions", type=int, help="how many SIMULATED positions to time: speed, world, year")
    parser.add_argument("--aircraft", type=int, help="how many SIMULATED aircraft: world, year")
    parser.add_argument("--days", type=int, default=year.DAYS, help="how many SIMULATED days: year")
    parser.add_argument("--keep", action="store_true", help=f"leave the files of world and year under {peers.CACHE}")
    parser.add_argument("--scenarios", type=int, default=bounds.SCENARIOS, help="how many SIMULATED scenarios: bounds")
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help=f"measure everything and write {docs.PAGE.name} and {calibration.PAGE.name}; with `calibration` alone "
        "only that page",
    )
    options = parser.parse_args(argv)
    unknown = [p for p in options.part if p not in (*PARTS, *BY_NAME)]
    if unknown:
        parser.error(f"{unknown[0]} is not one of {', '.join((*PARTS, *BY_NAME))}")
    one_page = options.write_docs and options.part == ["calibration"]
    parts = list(PARTS) if (options.write_docs and not one_page) or not options.part else options.part
    size = {"aircraft": options.aircraft, "days": options.days, "keep": options.keep}
    results = collect(parts, options.truth, options.positions, **size, scenarios=options.scenarios)
    print(json.dumps(results, indent=1, default=str) if options.json else text(results))
    if options.write_docs:
        if not isinstance(results["calibration"], str):
            print(f"wrote {calibration.write(results['calibration'])}", file=sys.stderr)
        if not one_page:
            print(f"wrote {docs.write(results)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
