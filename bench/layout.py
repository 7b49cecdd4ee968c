"""Bytes per position on real recordings: in the lake's layout, beside plain Parquet of the same rows and columns.

Plain is what polars writes when asked for nothing: zstd, floats as floats, its own row groups. The lake's is a day's
file of positions, its footer included; the small tables beside it are told apart. Both hold the same rows, each
recording's whole, days in files of their own on either side.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow.parquet as pq

from bench import truth
from wheelsdown.lake import Lake
from wheelsdown.schema import POSITIONS

__all__ = ["KINDS", "measure", "of_rows", "report"]

FLIGHT: Final = truth.ROOT / ".." / "shared" / "data" / "flight"
KINDS: Final = {
    "readsb traces": ("readsb_trace",),
    "readsb JSON lines": ("readsb_jsonl",),
    "OpenSky": ("opensky_json",),
    "ADS-B Exchange CSV": ("adsbx_csv",),
    "Flightradar24": ("fr24_csv", "fr24_json", "fr24_history"),
}
"""Kind of recording to its folders."""


def _by_column(path: Path) -> dict[str, int]:
    meta = pq.read_metadata(path)
    out: dict[str, int] = defaultdict(int)
    for group in range(meta.num_row_groups):
        row_group = meta.row_group(group)
        for i in range(meta.num_columns):
            column = row_group.column(i)
            out[column.path_in_schema] += column.total_compressed_size
    return out


def of_rows(positions: pl.DataFrame) -> dict[str, Any]:
    """Write rows both ways and weigh them.

    Parameters
    ----------
    positions : frame of POSITIONS

    Returns
    -------
    dict
        ``rows`` (after repeated ones are merged), ``days``, bytes of ``lake``, ``plain``, ``near`` (index of places)
        and ``rest`` (aircraft, receipts), and bytes by column.
    """
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(Path(folder) / "lake", create=True)
        with lake.batch() as batch:
            batch.add(positions)
            batch.commit()
        sizes = {what: sum(p.stat().st_size for p in lake.layout.files(what)) for what in ("positions", "near")}
        rest = sum(p.stat().st_size for what in ("aircraft", "receipts", "names") for p in lake.layout.files(what))
        ours: dict[str, int] = defaultdict(int)
        theirs: dict[str, int] = defaultdict(int)
        plain = rows = 0
        for day in lake.days():
            path = lake.layout.path("positions", day)
            whole = pl.read_parquet(path, glob=False).select(pl.col(n).cast(t) for n, t in POSITIONS.schema.items())
            rows += whole.height
            other = Path(folder) / "plain.parquet"
            whole.write_parquet(other)
            plain += other.stat().st_size
            for mine, of in ((ours, path), (theirs, other)):
                for name, size in _by_column(of).items():
                    mine[name] += size
        return {
            "rows": rows,
            "days": len(lake.days()),
            "lake": sizes["positions"],
            "plain": plain,
            "near": sizes["near"],
            "rest": rest,
            "columns": {n: (ours[n], theirs[n]) for n in POSITIONS.names},
        }


def _recordings(kind: str) -> pl.DataFrame:
    from wheelsdown.sources import read

    folders = [FLIGHT / name for name in KINDS[kind] if (FLIGHT / name).is_dir()]
    return read(folders).positions if folders else POSITIONS.empty()


def measure(folder: Path | None = None) -> dict[str, Any]:
    """Weigh the real recordings at hand, kind by kind, and the flights of known truth.

    Parameters
    ----------
    folder : path, optional
        Where the truth lies.

    Raises
    ------
    FileNotFoundError
        There are no real recordings here.
    """
    frames = {kind: _recordings(kind) for kind in KINDS}
    place = truth.find(folder)
    if place is not None:
        frames["truth"] = truth.load(place)[0]
    frames = {kind: frame for kind, frame in frames.items() if frame.height}
    if not frames:
        raise FileNotFoundError(f"no real recordings: neither {FLIGHT} nor truth")
    return {"kinds": {kind: of_rows(frame) for kind, frame in frames.items()}}


def _sum(kinds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {
        n: sum(k[n] for k in kinds.values()) for n in ("rows", "days", "lake", "plain", "near", "rest")
    }
    out["columns"] = {
        n: tuple(sum(k["columns"][n][i] for k in kinds.values()) for i in (0, 1)) for n in POSITIONS.names
    }
    return out


def report(found: dict[str, Any]) -> str:
    """Write what was weighed as text."""
    kinds = {**found["kinds"], "in all": _sum(found["kinds"])}
    lines = [
        "bytes a position, footers and row groups included; real recordings",
        f"{'':22}{'positions':>11}{'files':>7}{'lake':>9}{'plain':>9}{'ratio':>7}{'near':>9}{'rest':>9}",
    ]
    for kind, k in kinds.items():
        each = [k[n] / k["rows"] for n in ("lake", "plain", "near", "rest")]
        lines.append(
            f"{kind:22}{k['rows']:>11,}{k['days']:>7}{each[0]:>9.2f}{each[1]:>9.2f}{each[0] / each[1]:>7.2f}"
            f"{each[2]:>9.2f}{each[3]:>9.2f}"
        )
    lines += ["", f"{'column, in all':22}{'lake':>9}{'plain':>9}"]
    rows = kinds["in all"]["rows"]
    columns = sorted(kinds["in all"]["columns"].items(), key=lambda c: -c[1][0])
    lines += [f"{name:22}{ours / rows:>9.3f}{theirs / rows:>9.3f}" for name, (ours, theirs) in columns]
    return "\n".join(lines)
