"""Runs the command line with timers round the stages of `ingest`: what decodes, what sorts, what writes.

    python -m bench.stages OUT.json ingest WORLD.tar --lake DIR

The timers are put on from outside; nothing of them is in the package. CPU is that of the whole process, its threads
included, so that stages that run side by side would share theirs: they do not.
"""

from __future__ import annotations

import functools
import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

__all__ = ["STAGES", "Clock"]

STAGES: Final = {
    "decode: gzip and JSON to columns": ("wheelsdown.sources.traces:TraceBatch.add",),
    "decode: columns to checked POSITIONS": ("wheelsdown.sources.traces:TraceBatch.take",),
    "spill: rounded, sorted runs on disk": ("wheelsdown.lake.runs:Runs.flush", "wheelsdown.lake.batch:rounded"),
    "receipts and names": (
        "wheelsdown.lake.batch:Batch._file",
        "wheelsdown.lake.batch:Batch._name",
        "wheelsdown.lake.batch:Batch._settle_receipts",
        "wheelsdown.lake.building:merged_receipts",
        "wheelsdown.lake.building:merged_months",
    ),
    "merge: runs read back": ("wheelsdown.lake.runs:Counted.until",),
    "merge: in order, each once": ("wheelsdown.lake.building:each_once",),
    "index: near positions, aircraft": (
        "wheelsdown.lake.building:near_rows",
        "wheelsdown.lake.building:aircraft_days",
    ),
    "write: Parquet": ("wheelsdown.lake.coding:GroupedWriter._write",),
    "commit: hash, sync, rename": ("wheelsdown.lake.batch:commit",),
}
"""Stage to the functions whose own time it is."""


def peak_mib() -> float:
    """Give the peak memory of this process so far."""
    # Linux gives KiB, macOS bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0 if sys.platform != "darwin" else 1024.0**2)


class Clock:
    """CPU and wall seconds by stage; time in an inner stage is not counted in the outer one."""

    def __init__(self) -> None:
        self.cpu_s = dict.fromkeys(STAGES, 0.0)
        self.wall_s = dict.fromkeys(STAGES, 0.0)
        self.peak_mib = dict.fromkeys(STAGES, 0.0)
        """Of the whole process, when the stage was last left; it never falls."""
        self._inside: list[str] = []
        self._since = (time.process_time(), time.perf_counter())

    def _pass(self) -> None:
        """Give the time since the last change to the stage that is running."""
        now = (time.process_time(), time.perf_counter())
        if self._inside:
            self.cpu_s[self._inside[-1]] += now[0] - self._since[0]
            self.wall_s[self._inside[-1]] += now[1] - self._since[1]
            self.peak_mib[self._inside[-1]] = peak_mib()
        self._since = now

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function."""

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            self._pass()
            self._inside.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._pass()
                self._inside.pop()

        return run

    def put_on(self) -> None:
        """Wrap all functions of `STAGES`."""
        for stage, places in STAGES.items():
            for place in places:
                module, _, path = place.partition(":")
                owner: Any = importlib.import_module(module)
                *outer, name = path.split(".")
                for part in outer:
                    owner = getattr(owner, part)
                setattr(owner, name, self.timed(stage, getattr(owner, name)))


def main() -> int:
    """Run one command and write what its stages took."""
    from wheelsdown.cli import main as command

    clock = Clock()
    clock.put_on()
    code = command(sys.argv[2:])
    told = {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "peak_mib": clock.peak_mib, "all_cpu_s": time.process_time()}
    Path(sys.argv[1]).write_text(json.dumps(told))
    return code or 0


if __name__ == "__main__":
    sys.exit(main())
