"""The demonstration as it is told on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import polars as pl

from wheelsdown import demo, outputs
from wheelsdown.cli import show
from wheelsdown.cli.explanation import print_explanations
from wheelsdown.engines import local
from wheelsdown.provenance import receipt_of
from wheelsdown.schema import GRADES

__all__ = ["demonstrate"]

_MOST_VISITS: Final = 6
_TIME: Final = "%Y-%m-%d %H:%M"
_FILES: Final = {
    "visits": (".csv", ".xlsx", ".json", ".geojson", ".kml", ".parquet"),
    "legs": (".csv", ".geojson", ".kml"),
    "gaps": (".csv",),
}


def demonstrate(output: Path, wheel: Path | None) -> None:
    """Fetch the recordings, print their visits by recording, explain one, write tables and maps."""
    show.say("fetching the recordings (traffic 2.13, once) ...")
    package = demo.fetch(wheel)
    show.say(f"{package.file}: {package.bytes} bytes, sha256 {package.sha256}")
    output.mkdir(parents=True, exist_ok=True)
    folder = output / "recordings"
    folder.mkdir(exist_ok=True)
    paths = demo.unpack(Path(package.file), [s.member for s in demo.SAMPLES], folder)
    with show.progress() as step:
        found = local.answers(paths, ["visits", "legs", "gaps"], local.Options(progress=step, ruled_out=True))
    result = found["visits"]
    for sample, path in zip(demo.SAMPLES, paths, strict=True):
        _print_sample(path, sample.tells, result.frame, receipt_of(path).receipt)
    chosen = _telling(result.frame)
    if chosen is not None:
        visit_id, receipt = chosen
        files = [path for path in paths if receipt_of(path).receipt == receipt]
        sys.stdout.write(f"\nwheelsdown explain {visit_id} {' '.join(map(str, files))}\n\n")
        print_explanations(local.explain(visit_id, files), as_json=False)
    show.problems(result.problems)
    show.notes(result.notes, result.receipts["file"])
    for name, suffixes in _FILES.items():
        for suffix in suffixes:
            written = outputs.write(
                found[name].frame, output / f"{name}{suffix}", found[name].table, extras=found[name].extras()
            )
            show.say(f"wrote {written}")
    show.footer(result)


def _print_sample(path: Path, tells: str, visits: pl.DataFrame, receipt: str) -> None:
    """Print a recording's visits with grades and reasons; of many, the counts and the first few."""
    sys.stdout.write(f"\n{path}: {tells}\n")
    own = visits.filter(pl.col("receipts").list.contains(receipt))
    if own.is_empty():
        sys.stdout.write("  no visit\n")
    landings_first = own.sort(pl.col("grade") == "ruled_out", maintain_order=True)
    for visit in landings_first.head(_MOST_VISITS).iter_rows(named=True):
        who = visit["registration"] or visit["icao24"] or visit["track_id"] or "unknown aircraft"
        place = visit["airfield"] or visit["place_id"] or "a place that cannot be told"
        name = f" {visit['airfield_name']}" if visit["airfield_name"] else ""
        sys.stdout.write(show.printable(f"  {visit['grade']:<9} {who} at {place}{name}: {_when(visit)}\n"))
        reasons = "; ".join(visit["reasons"] or [])
        sys.stdout.write(show.printable(f"            {visit['visit_id']}: {reasons}\n"))
    if own.height > _MOST_VISITS:
        grades = ", ".join(f"{n} {grade}" for grade, n in own["grade"].value_counts(sort=True).iter_rows())
        fields = (
            own["airfield"].drop_nulls().value_counts(sort=True).sort("count", "airfield", descending=[True, False])
        )
        places = ", ".join(f"{code} {n}" for code, n in fields.head(_MOST_VISITS).iter_rows())
        sys.stdout.write(f"  ... {own.height} in all: {grades}; most at {places}\n")


def _when(visit: dict[str, Any]) -> str:
    """Tell the times with the verb that the grade allows; a time that was not received is an interval."""
    grade = visit["grade"]
    weak = grade not in ("observed", "inferred")
    if grade == "ruled_out":
        passed = visit["arrived_utc"] or visit["departed_utc"]
        return f"passed {f'at {passed:{_TIME}} UTC' if passed else 'at an unknown time'}"
    # the outer bound of an end that is not there is only when the aircraft was first or last received
    arrived = _moment(visit, "arrived", between=weak) if visit["arrived_utc"] or visit["arrived_earliest_utc"] else None
    departed = (
        _moment(visit, "departed", between=weak) if visit["departed_utc"] or visit["departed_latest_utc"] else None
    )
    verb = "landed" if grade == "observed" else GRADES[grade][1]
    there = {"likely": "probably there", "possible": "may have been there"}.get(grade, "there")
    came = f"{verb} {arrived}" if arrived else f"{there} when the data begin"
    return f"{came}, {f'left {departed}' if departed else 'not seen to leave'} (UTC)"


def _moment(visit: dict[str, Any], end: str, *, between: bool) -> str:
    best, first, last = (visit[f"{end}{of}_utc"] for of in ("", "_earliest", "_latest"))
    if between and first and last and f"{first:{_TIME}}" != f"{last:{_TIME}}":
        return f"between {first:{_TIME}} and {last:{'%H:%M' if first.date() == last.date() else _TIME}}"
    return f"at {best or first or last:{_TIME}}"


def _telling(visits: pl.DataFrame) -> tuple[str, str] | None:
    """Choose the visit to explain, and its file: of those that rest on one file, the one with most rivals excluded."""
    landed = visits.filter(
        pl.col("grade") != "ruled_out", pl.col("arrived_utc").is_not_null(), pl.col("receipts").list.len() == 1
    )
    if landed.is_empty():
        return None
    weighed = landed.with_columns(n=pl.col("excluded").list.len().fill_null(0))
    first = weighed.sort("n", "visit_id", descending=[True, False]).row(0, named=True)
    return first["visit_id"], first["receipts"][0]
