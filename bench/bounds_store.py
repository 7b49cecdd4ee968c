"""Results of scenarios as they come: one line each, so that a run that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from bench.truth import ROOT

__all__ = ["FOLDER", "fingerprint", "read_lines", "run_all"]

FOLDER: Final = ROOT / "out" / "bounds"
_PARTS: Final = ("inference", "analysis", "simulate", "schema", "geo.py", "table.py")
_OURS: Final = ("bounds_fields", "bounds_match", "bounds_run", "bounds_settings")
_FITTED: Final = "probabilities.json"
Record = dict[str, Any]


def fingerprint(family: str) -> str:
    """Hash everything a result depends on: another version's results are not mixed with these.

    What is fitted on does not depend on what was fitted before.
    """
    package = ROOT / "src" / "wheelsdown"
    files = sorted(
        [p for part in _PARTS for p in ([package / part] if part.endswith(".py") else (package / part).rglob("*"))]
        + [ROOT / "bench" / f"{name}.py" for name in _OURS]
    )
    digest = hashlib.sha256()
    for path in files:
        if path.suffix in (".py", ".json", ".csv") and not (family == "fit" and path.name == _FITTED):
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def read_lines(path: Path) -> Iterator[Record]:
    """Give the records of a file; a last line that was not written to its end is cut off."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as f:
            f.truncate(whole)
    for line in data[:whole].splitlines():
        yield json.loads(line)


def _guarded(work: Callable[[str, int], Record], family: str, seed: int) -> Record:
    try:
        return work(family, seed)
    except Exception:
        # told with its seed and counted as a failure of the run: one scenario does not end a thousand
        return {"family": family, "seed": seed, "error": traceback.format_exc(limit=-6)}


def run_all(
    work: Callable[[str, int], Record],
    family: str,
    seeds: Sequence[int],
    *,
    processes: int = 2,
    path: Path | None = None,
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True),
) -> list[Record]:
    """Run scenarios in processes of their own and keep each result as it comes.

    Parameters
    ----------
    work : callable
        ``work(family, seed)`` gives one record; it must be importable (processes are spawned, not forked).
    family : str
    seeds : sequence of int
    processes : int
        1 runs in this process.
    path : Path, optional
        Lines of JSON; by default under ``out/bounds``, named after the family and `fingerprint`.

    Returns
    -------
    list of dict
        In the order of `seeds`; one that failed holds ``error``.
    """
    path = path or FOLDER / f"{family}-{fingerprint(family)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    wanted = set(seeds)
    done = {r["seed"]: r for r in read_lines(path) if r["seed"] in wanted and "error" not in r}
    left = [s for s in seeds if s not in done]
    say(f"{len(done)} of {len(wanted)} scenarios are in {path}; {len(left)} to run")
    begun = time.monotonic()
    with path.open("a", encoding="utf-8") as f:
        for n, record in enumerate(_results(work, family, left, processes), start=1):
            f.write(json.dumps(record, sort_keys=True) + "\n")
            f.flush()
            done[record["seed"]] = record
            if "error" in record:
                say(f"seed {record['seed']} failed:\n{record['error']}")
            if n % 10 == 0 or n == len(left):
                pace = (time.monotonic() - begun) / n
                say(f"{n} of {len(left)}, {pace:.1f} s each, {pace * (len(left) - n) / 60:.0f} min to go")
        os.fsync(f.fileno())
    return [done[s] for s in seeds]


def _results(work: Callable[[str, int], Record], family: str, seeds: Iterable[int], processes: int) -> Iterator[Record]:
    if processes == 1:
        for seed in seeds:
            yield _guarded(work, family, seed)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_guarded, work, family, s) for s in seeds]):
            yield future.result()
