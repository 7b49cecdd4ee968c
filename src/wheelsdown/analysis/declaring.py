"""When windows were declared, as their author says, and whether that was before what they are held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from wheelsdown.analysis.wording import day_text
from wheelsdown.errors import UsageError

__all__ = ["Declaration", "day_declared", "of_events", "of_window"]


@dataclass(frozen=True)
class Declaration:
    """What the date of a declaration is worth."""

    before: bool
    """It lies before what the windows are held against."""
    words: str
    """As a clause: ``declared on 1 December 2029, before it began``."""


def of_window(on: date | None, first: date, last: date) -> Declaration:
    """Judge one window of days: it was declared beforehand if that was before its first day.

    Parameters
    ----------
    on : date, optional
        Day of the declaration, as its author says; None: not known.
    first, last : date
        The window, both days included.

    Notes
    -----
    The date is the author's word. It cannot see who had looked at the data by then.
    """
    if on is None:
        return Declaration(before=False, words="named without the day on which it was declared")
    said = f"declared on {day_text(on)}"
    if on < first:
        return Declaration(before=True, words=f"{said}, before it began")
    return Declaration(before=False, words=f"{said}, after it had {'ended' if on > last else 'begun'}")


def of_events(on: date | None, first_event: date | None, last_day: date) -> Declaration:
    """Judge windows round events: they were declared beforehand if that was before the first event.

    Parameters
    ----------
    on : date, optional
        Day of the declaration, as its author says; None: they were not declared.
    first_event : date, optional
        First of the events that visits are held against.
    last_day : date
        Last day of the period.

    Notes
    -----
    As `of_window`.
    """
    if on is None:
        return Declaration(before=False, words="not declared before the data were looked at")
    said = f"declared on {day_text(on)}"
    if on > last_day:
        return Declaration(before=False, words=f"{said}, after the period had ended")
    if first_event is not None and on >= first_event:
        began = f"after the period had begun, and not before the first of these events ({day_text(first_event)})"
        return Declaration(before=False, words=f"{said}, {began}")
    return Declaration(before=True, words=f"{said}, before the first of these events")


def day_declared(on: object) -> date | None:
    """Take the day of a declaration; None and False: there is none.

    Raises
    ------
    UsageError
        It is no day: that windows were declared is worth nothing without the day.
    """
    if on is None or on is False:
        return None
    if isinstance(on, datetime):
        return on.date()
    if isinstance(on, date):
        return on
    raise UsageError(f"declared is {on!r}: give the day on which the windows were declared, as a date, or leave it out")
