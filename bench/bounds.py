"""Do the bounds hold? Random SIMULATED scenarios of known truth through the whole of wheelsdown, scored.

``python -m bench.bounds``        1,000 scenarios held out from fitting (``--scenarios``, ``--first``, ``--processes``)
``python -m bench.bounds fit``    scenarios of the other family and thinned real flights: writes probabilities.json
``python -m bench.bounds one 17`` one scenario held out, with everything that went wrong in it

Results come to ``out/bounds`` line by line: a run that was killed goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench import bounds_fit, bounds_run
from bench.bounds_report import goals_missed, report
from bench.bounds_store import run_all

__all__ = ["FIT_SCENARIOS", "SCENARIOS", "main", "measure", "report"]

SCENARIOS: Final = 1000
FIT_SCENARIOS: Final = 300


def measure(
    scenarios: int = SCENARIOS, *, first: int = 1, processes: int = 2, family: str = "held", path: Path | None = None
) -> list[dict[str, Any]]:
    """Run scenarios and give their records, one a seed, in order.

    Parameters
    ----------
    scenarios : int
    first : int
        First seed; the others follow it.
    processes : int
    family : str
        ``held`` or ``fit``.
    path : Path, optional
        Where the records are kept; by default under ``out/bounds``.
    """
    seeds = range(first, first + scenarios)
    return run_all(bounds_run.run, family, seeds, processes=processes, path=path)


def _one(family: str, seed: int) -> str:
    record = bounds_run.run(family, seed)
    shown = {k: v for k, v in record.items() if k not in ("bases", "rivals", "false")}
    return json.dumps(shown, indent=1, default=str) + "\n\n" + report([record], listed=1000)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.bounds", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", default="run", choices=("run", "fit", "one"))
    parser.add_argument("seed", nargs="?", type=int, help="with `one`")
    parser.add_argument("--scenarios", type=int, help=f"how many ({SCENARIOS}; fit: {FIT_SCENARIOS})")
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--family", choices=("held", "fit"), default="held")
    parser.add_argument("--truth", type=Path, help="folder with positions.parquet and truth.csv, for fit")
    parser.add_argument("--listed", type=int, default=40, help="how many false visits to list")
    parser.add_argument("--json", action="store_true", help="the records, one a line")
    options = parser.parse_args(argv)
    if options.what == "one":
        if options.seed is None:
            parser.error("one: which seed?")
        print(_one(options.family, options.seed))
        return 0
    size = {"first": options.first, "processes": options.processes}
    if options.what == "fit":
        table, path = bounds_fit.fit(
            lambda: measure(options.scenarios or FIT_SCENARIOS, family="fit", **size), options.truth
        )
        print(f"wrote {path}: {len(table['classes'])} classes, {len(table['rivals'])} of rivals", file=sys.stderr)
        return 0
    records = measure(options.scenarios or SCENARIOS, family=options.family, **size)
    if options.json:
        for r in records:
            print(json.dumps(r, sort_keys=True, default=str))
    else:
        print(report(records, listed=options.listed))
    return 1 if goals_missed(records) else 0


if __name__ == "__main__":
    sys.exit(main())
