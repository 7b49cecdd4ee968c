"""Prints explanations of visits, for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from wheelsdown.cli.show import lines, printable

if TYPE_CHECKING:
    import polars as pl

    from wheelsdown.inference.explain import Explanation

__all__ = ["as_lines", "print_explanations"]


def print_explanations(explanations: Iterable[Explanation], *, as_json: bool) -> None:
    """Print to stdout: plain text, or one JSON array."""
    if as_json:
        import msgspec

        texts = ("\n" + msgspec.json.encode(_as_dict(e)).decode() for e in explanations)
        sys.stdout.write("[" + ",".join(texts) + "\n]\n")
        return
    for number, e in enumerate(explanations):
        sys.stdout.write(("\n\n" if number else "") + "\n".join(printable(line) for line in as_lines(e)) + "\n")


def as_lines(e: Explanation) -> Iterator[str]:
    """Set an explanation as lines of text."""
    yield e.title
    yield "=" * len(e.title)
    yield from lines([(name, text) for name, text in e.facts])
    for title, frame in (("Last received before", e.before), ("First received after", e.after)):
        yield ""
        yield f"{title}:"
        yield from _positions(frame)
    yield ""
    yield "Airfields considered:"
    yield from lines(list(e.rivals)) if e.rivals else ["  none in reach"]
    for title, texts in (
        ("Rests on", e.sources),
        ("Look for yourself", e.links),
        ("What cannot be seen", e.cannot_see),
    ):
        if texts:
            yield ""
            yield f"{title}:"
            yield from (f"  {text}" for text in texts)


def _positions(frame: pl.DataFrame) -> Iterator[str]:
    """Set positions in columns; what is the same in every row is said once."""
    import polars as pl

    if frame.is_empty():
        yield "  nothing in these data"
        return
    texts = _cells(frame)
    full = [c for c in texts.columns if texts[c].null_count() < texts.height]
    same = [c for c in full if frame[c].dtype == pl.String and texts[c].n_unique() == 1]
    shown = [c for c in full if c not in same]
    head = tuple(c.replace("_utc", " UTC") for c in shown)
    yield from lines([head, *(tuple("" if v is None else v for v in row) for row in texts.select(shown).iter_rows())])
    if same:
        yield f"  in each row: {', '.join(f'{c} {texts[c][0]}' for c in same)}"


def _cells(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    from wheelsdown.outputs import table_of
    from wheelsdown.outputs.cells import as_text, rounded
    from wheelsdown.schema import POSITIONS

    texts = as_text(rounded(frame, table_of(frame, POSITIONS)), join_lists=True)
    # Whole feet, knots and degrees, and tenths of a kilometre, are what the eye needs here.
    ends = {"_ft": 0, "_kt": 0, "_fpm": 0, "track_deg": 0, "_km": 1}
    places = {c: n for c in texts.columns for end, n in ends.items() if c.endswith(end)}
    short = [pl.col(c).round(n).cast(pl.Float64 if n else pl.Int64).alias(c) for c, n in places.items()]
    return texts.with_columns(short).select(pl.all().cast(pl.String))


def _as_dict(e: Explanation) -> dict[str, Any]:
    return {
        "title": e.title,
        "facts": [{"fact": name, "text": text} for name, text in e.facts],
        "before": _records(e.before),
        "after": _records(e.after),
        "rivals": [{"code": code, "verdict": verdict, "why": why} for code, verdict, why in e.rivals],
        "sources": list(e.sources),
        "links": list(e.links),
        "cannot_see": list(e.cannot_see),
    }


def _records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    from wheelsdown.outputs import table_of
    from wheelsdown.outputs.cells import as_text, rounded
    from wheelsdown.schema import POSITIONS

    return as_text(rounded(frame, table_of(frame, POSITIONS)), join_lists=False).to_dicts()
