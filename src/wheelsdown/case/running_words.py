"""What a case says before its tables: the finding, what can and cannot be said, other explanations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from wheelsdown.analysis.wording import capital, number
from wheelsdown.case.form import Case
from wheelsdown.case.result import TABLES_OF_A_CASE

__all__ = ["Said", "say"]

Frames = Callable[[str], pl.DataFrame]
_END = re.compile(r"(?<=[a-z0-9)\"])\.\s+(?=[A-Z])")
_TOLD = ("cargo", "aircraft that never broadcast", "aircraft that nobody wrote down", "final", "declared window")
"""Conclusions that the page says elsewhere anyway."""
_NEVER = "Aircraft that never broadcast a position are outside every count."
_NOT_WRITTEN = "Aircraft that nobody wrote down are outside every count."


@dataclass(frozen=True)
class Said:
    """Sentences, each resting on rows of the tables."""

    finding: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    rivals: tuple[str, ...]


def say(case: Case, frames: dict[str, pl.DataFrame], *, counted: bool, simulated: bool, logged: bool = False) -> Said:
    """Put the results in words.

    Parameters
    ----------
    case : Case
    frames : mapping
        Tables by their names in `TABLES_OF_A_CASE`.
    counted : bool
        Whether there was anything to count.
    simulated : bool
    logged : bool
        Whether the visits are what observers wrote down.

    Returns
    -------
    Said
        The finding is the first window's; a weaker visit never weakens the sentence about the stronger ones.
    """

    def frame(name: str) -> pl.DataFrame:
        return frames.get(name, TABLES_OF_A_CASE[name].empty())

    mark = "SIMULATED: " if simulated else ""
    if not counted:
        finding = f"{mark}No positions are loaded; nothing could be counted."
        if n := frame("published").height:
            stand = (
                "stands one published count, as a claim" if n == 1 else f"stand {number(n)} published counts, as claims"
            )
            finding += f" Below {stand} of those who published {'it' if n == 1 else 'them'}."
    else:
        finding = _finding(frame("counts"))
    return Said(
        finding,
        _can(frame),
        _cannot(case, frame, counted=counted, logged=logged),
        _rivals(case, frame, mark, logged=logged),
    )


def _first(text: str) -> str:
    parts = _END.split(text, maxsplit=1)
    return parts[0] if parts[0].endswith(".") else f"{parts[0]}."


def _finding(counts: pl.DataFrame) -> str:
    if counts.is_empty():
        return "Nothing could be counted."
    return _first(str(counts["sentence"][0]))


def _can(frame: Frames) -> tuple[str, ...]:
    out = [_first(text) for text in frame("counts")["sentence"]]
    surges = frame("surges").filter(pl.col("surge").fill_null(value=False))
    out += surges["sentence"].to_list()
    out += frame("timing").filter(pl.col("above_chance").fill_null(value=False))["sentence"].to_list()
    out += frame("shares").filter(pl.col("share").is_not_null())["sentence"].to_list()
    said = frame("statements").filter(pl.col("bearing").is_in(["contradicted", "agrees", "at_the_minute"]))
    out += said["sentence"].to_list()
    return tuple(out)


def _cannot(case: Case, frame: Frames, *, counted: bool, logged: bool) -> tuple[str, ...]:
    out = []
    if counted:
        out.append(_NOT_WRITTEN if logged else _NEVER)
        off = frame("observability").filter(pl.col("status") == "not_observed")
        if off.height:
            out.append(
                f"{capital(number(off['day'].n_unique()))} days were not observed: they are no days without visits."
            )
        for name, said in (("surges", "Surges"), ("timing", "Timing")):
            rows = frame(name)
            refused = rows.filter(pl.col("p").is_null(), pl.col("reason").is_not_null())
            if rows.height and refused.height == rows.height:
                out.append(f"{said}: refused: {refused['reason'][0]}.")
            elif (
                rows.height
                and not rows.filter(
                    pl.col("surge" if name == "surges" else "above_chance").fill_null(value=False)
                ).height
            ):
                out += rows.filter(pl.col("p").is_not_null())["sentence"].to_list()[:2]
    out += [
        f"{capital(topic)}{f' ({window})' if window else ''}: {why}"
        for topic, window, answer, why in frame("conclusions").select("topic", "window", "answer", "why").iter_rows()
        if answer == "no" and topic not in _TOLD
    ]
    if case.arms and frame("shares").filter(pl.col("kind") == "arms").is_empty():
        out.append(
            "Shares in deliveries of arms: the tables are not at hand, for their owner does not let others ship them."
        )
    return tuple(dict.fromkeys(out))


def _rivals(case: Case, frame: Frames, mark: str, *, logged: bool) -> tuple[str, ...]:
    out = [f"{r.text} {r.against}" if r.against else f"{r.text} Nothing here speaks against it." for r in case.rival]
    visits = frame("visits")
    if visits.is_empty():
        return tuple(out)
    # those that some window counts, and no others
    strong = visits.filter(pl.col("visit_id").is_in(frame("counts")["visit_ids"].explode().implode()))
    out += [mark + line for line in (_of_log(visits) if logged else _of_positions(visits))]
    conflicts = visits["identity_conflict"].is_not_null().sum()
    out.append(
        f"{mark}Another aircraft: registers contradict one another on {conflicts} of {visits.height} visits."
        if conflicts
        else f"{mark}Another aircraft: no register at hand contradicts the identities; an address can still be wrong."
    )
    checked = strong.filter(pl.col("verdict") == "confirm").height
    whose = "observers" if logged else "method"
    out.append(
        f"{mark}An error of the {whose}: {checked or 'none'} of the {strong.height} counted visits "
        f"{'was' if checked == 1 else 'were'} confirmed by a person."
    )
    return tuple(out)


def _of_positions(visits: pl.DataFrame) -> list[str]:
    """Tell of rivals among airfields, and of positions that may be false."""
    open_ = visits.filter(pl.col("rivals").list.len() > 0)
    aside = visits["quarantined"].is_not_null().sum()
    return [
        f"Another airfield: {open_.height or 'none'} of {visits.height} visits leave another field possible, and none "
        "that does counts in `at least`."
        if open_.filter(pl.col("grade").is_in(["observed", "inferred"])).is_empty()
        else f"Another airfield: {open_.height} of {visits.height} visits leave another possible; each names it.",
        f"False positions: {aside} visits are set aside for doubts."
        if aside
        else "False positions: tests for jumps, false places and shared addresses set no visit aside.",
    ]


def _of_log(visits: pl.DataFrame) -> list[str]:
    """Tell the same of what observers wrote down."""
    aside = visits["quarantined"].is_not_null().sum()
    rows = "1 row is" if aside == 1 else f"{aside or 'no'} rows are"
    return [
        "Another airfield: the log names the field of each row, and nothing else here can test it.",
        f"Errors of the log: {rows} set aside, because they contradict themselves or other rows.",
    ]
