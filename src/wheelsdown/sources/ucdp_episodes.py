"""Episodes of armed conflict after UCDP and PRIO, one row a conflict and year, as data frames of it are handed on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.schema import EVENTS
from wheelsdown.sources.context_cells import Rows, Telling, frames, names_of, release_in
from wheelsdown.sources.interface import Card, InputFile
from wheelsdown.sources.ucdp import LICENCE, PUBLISHER, URL, version_in

__all__ = ["UcdpEpisodes"]

_NEEDED: Final = {"conflict_id", "year", "gwno_a", "start_date2", "ep_end", "ep_end_date"}
_SIDES: Final = {"side_a": ("gwno_a", "gwno_a_2nd"), "side_b": ("gwno_b", "gwno_b_2nd")}


class UcdpEpisodes:
    """Conflict years, put together into episodes: from the day 25 deaths a year were reached to the end."""

    name = "ucdp-episodes"
    table = EVENTS.name
    card = Card(
        publisher=f"{PUBLISHER}, and Peace Research Institute Oslo (PRIO)",
        licence=LICENCE.replace("Sundberg and Melander 2013, for candidate", "Gleditsch et al. 2002; for candidate"),
        url=URL,
        coverage="state-based conflicts with at least 25 deaths a year, since 1946; parties as Gleditsch-Ward codes of "
        "states where they are states",
        shows="first and last day of each episode of a conflict, and how exactly its beginning is known",
        cannot_show="deaths, escalations inside an episode, the names of parties that are no states; an episode that "
        "spans years of quiet on one front and war on another is one row",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the names of its columns."""
        return set(names_of(head)) >= _NEEDED

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield EVENTS of kind `episode`, one a conflict and beginning, with the `row` of its first year."""
        telling = Telling(file.report)
        version = version_in(file.name)
        source = "UCDP/PRIO Armed Conflict episodes" + (f" {'.'.join(map(str, version))}" if version else "")
        parts = [_years(Rows(f, telling)) for f in frames(file, sorted(_NEEDED))]
        telling.finish()
        if not parts:
            return
        years = pl.concat(parts)
        episodes = years.group_by("conflict", "began", maintain_order=True).agg(
            pl.col("row", "prec", "incompatibility", "type", "gwno_a").first(),
            pl.col(c for columns in _SIDES.values() for c in columns).name.prefix("all_"),
            ended=pl.col("ended").max(),
        )
        if repeated := years.height - episodes.height:
            file.report.notes.append(f"{repeated} rows are further years or parties of an episode and were put into it")
        episodes = episodes.with_columns(
            pl.Series(side, [_parties(row) for row in episodes.select(f"all_{c}" for c in columns).rows()], pl.String)
            for side, columns in _SIDES.items()
        )
        exact = pl.col("prec") == "1"
        yield episodes.select(
            event_id=pl.format("acd:{}:{}", "conflict", "began"),
            kind=pl.lit("episode"),
            name=pl.format("UCDP conflict {}", "conflict"),
            began="began",
            ended="ended",
            precision_days=pl.when(exact).then(1.0),
            country=pl.format("GW {}", "gwno_a"),
            side_a="side_a",
            side_b="side_b",
            violence=pl.concat_str("type", "incompatibility", separator=", ", ignore_nulls=True).replace("", None),
            source=pl.lit(source),
            as_of=pl.lit(release_in(file.name), dtype=pl.String),
            note=pl.concat_str(
                pl.lit("parties by Gleditsch-Ward codes of states"),
                pl.when(~exact).then(pl.format("precision of its beginning in the source: code {}", "prec")),
                pl.when(pl.col("ended").is_null()).then(pl.lit("no end in the table")),
                separator="; ",
                ignore_nulls=True,
            ),
            row="row",
        )


def _parties(lists: tuple[list[str | None], ...]) -> str | None:
    """Codes of all parties of one side, each once."""
    codes = dict.fromkeys(c for one in lists for c in one if c)
    return ", ".join(f"GW {c}" for c in codes) or None


def _years(rows: Rows) -> pl.DataFrame:
    conflict, state = rows.code("conflict_id"), rows.code("gwno_a")
    rows.lose(conflict.is_null(), "conflict_id", "empty", "fill it in")
    rows.lose(state.is_null(), "gwno_a", "empty", "fill it in")
    began, ended = rows.day("start_date2", needed=True), rows.day("ep_end_date")
    rows.lose(ended < began, "ep_end_date", "ends before it begins")
    return rows.frame(
        {
            "conflict": conflict,
            "began": began,
            "ended": ended,
            "prec": rows.code("start_prec2"),
            "incompatibility": rows.text("incompatibility"),
            "type": rows.text("type_of_conflict"),
            **{c: rows.code(c) for columns in _SIDES.values() for c in columns},
        }
    )
