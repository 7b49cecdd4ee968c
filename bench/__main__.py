"""``python -m bench``: print what was measured."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench import accuracy


def main(argv: list[str] | None = None) -> int:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=["accuracy", []], help="what to measure; all of it without a name")
    parser.add_argument("--json", action="store_true", help="machine-readable, on stdout")
    parser.add_argument("--truth", type=Path, help="folder with positions.parquet and truth.csv")
    options = parser.parse_args(argv)
    result = accuracy.measure(folder=options.truth)
    print(accuracy.to_json(result) if options.json else accuracy.report(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
