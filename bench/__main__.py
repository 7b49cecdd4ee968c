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

from bench import accuracy, decode, docs, heatmap, peers, speed

PARTS: Final = ("accuracy", "peers", "speed", "heatmap", "decode")


def _try(name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any] | str:
    print(f"measuring {name}", file=sys.stderr)
    try:
        return measure()
    except (FileNotFoundError, peers.UnavailableError, speed.ChildError) as e:
        return str(e)


def collect(parts: list[str], folder: Path | None, positions: int) -> dict[str, Any]:
    """Measure the parts asked for; a text in place of a result says why there is none."""
    names = ("accuracy", "peers", "scan", "peer_speed", "heatmap", "decode")
    out: dict[str, Any] = dict.fromkeys(names, "not asked for")
    if "accuracy" in parts:
        out["accuracy"] = _try("accuracy", lambda: accuracy.measure(folder=folder))
    if "peers" in parts:
        out["peers"] = _try("the same ends by traffic", lambda: peers.measure(accuracy.reference()[0], folder))
    if "speed" in parts:
        out["scan"] = _try("the command beside a scan", lambda: speed.command_beside_scan(positions))
        out["peer_speed"] = _try("inference beside traffic", lambda: speed.inference_beside_peer(folder))
    if "heatmap" in parts:
        out["heatmap"] = _try("heatmaps beside a numpy view", heatmap.measure)
    if "decode" in parts:
        out["decode"] = _try("traces beside the usual means", decode.measure)
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
    parser.add_argument("part", nargs="*", help=f"what to measure: {', '.join(PARTS)}; all without a name")
    parser.add_argument("--json", action="store_true", help="machine-readable, on stdout")
    parser.add_argument("--truth", type=Path, help="folder with positions.parquet and truth.csv")
    parser.add_argument("--positions", type=int, default=speed.POSITIONS, help="how many SIMULATED positions to time")
    parser.add_argument("--write-docs", action="store_true", help=f"measure everything and write {docs.PAGE.name}")
    options = parser.parse_args(argv)
    unknown = [p for p in options.part if p not in PARTS]
    if unknown:
        parser.error(f"{unknown[0]} is not one of {', '.join(PARTS)}")
    parts = list(PARTS) if options.write_docs or not options.part else options.part
    results = collect(parts, options.truth, options.positions)
    print(json.dumps(results, indent=1, default=str) if options.json else text(results))
    if options.write_docs:
        print(f"wrote {docs.write(results)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
