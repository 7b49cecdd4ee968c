"""Runs one command in this process and tells what it took: seconds since the interpreter began, bytes read.

    python -m bench.asking OUT.json visits --lake DIR --icao24 d00000 -o visits.parquet

pandas and scipy are hidden: wheelsdown needs neither, but pyarrow and numba load them where they lie about, as in a
developer's environment, and that takes half a second.
"""

from __future__ import annotations

import importlib.abc
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

_HIDDEN: Final = ("pandas", "scipy")


class _Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        if name.partition(".")[0] in _HIDDEN:
            raise ModuleNotFoundError(f"{name} is hidden from this measurement", name=name)


def _read() -> int | None:
    """Bytes that this process has asked to read, from wherever; None where the system does not count."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar:"))


def main() -> int:
    """Run the command."""
    begin = time.perf_counter()
    sys.meta_path.insert(0, _Hide())
    before = _read()
    import polars
    import pyarrow.parquet

    import wheelsdown.engines.local
    from wheelsdown.cli import main as command

    loaded = time.perf_counter()
    code = command(sys.argv[2:])
    told = {
        "import_s": loaded - begin,
        "run_s": time.perf_counter() - loaded,
        "cpu_s": sum(os.times()[:2]),
        "read": None if before is None else (_read() or 0) - before,
        "versions": [polars.__version__, pyarrow.__version__, wheelsdown.__version__],
    }
    Path(sys.argv[1]).write_text(json.dumps(told))
    return code or 0


if __name__ == "__main__":
    sys.exit(main())
