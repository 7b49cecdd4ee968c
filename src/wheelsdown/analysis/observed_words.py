"""Reasons in OBSERVABILITY, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from wheelsdown.analysis.seen import Known

__all__ = [
    "WEAK_ENDS",
    "deaf_reason",
    "half_reason",
    "none_heard",
    "none_low",
    "outage_reason",
    "too_few",
    "too_little",
]

WEAK_ENDS: Final = "told from stops of others that are no more than possible"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def too_little(others: int, days: int) -> str:
    """Say that too few others were received for a measure."""
    return f"little other traffic in these data ({_count(others, 'aircraft-hour')} in {_count(days, 'day')})"


def none_heard(usual: float, radius_km: float, ceiling_ft: float, why: str | None) -> str:
    """Say that nobody was received."""
    where = f"within {radius_km:g} km below FL{ceiling_ft / 100:03.0f}"
    chance = f", where {usual:.0f} a day are usual" if usual >= 1.0 else ""
    rare = "; so few are usual that chance may have done it" if usual < 7.0 else ""
    return f"no other aircraft received {where}{chance}{rare}" + (f"; {why}" if why else "")


def none_low(usual: Any, why: str | None) -> str:
    """Say that others were received, and none of them low."""
    low = f"others were received high or far away only; low there {float(sum(usual)):.0f} a day are usual"
    return low + (f"; {why}" if why else "")


def half_reason(why: str | None) -> str:
    """Say that the archive holds part of the day."""
    return why or "the archive holds a part of this day only"


def outage_reason(down: Sequence[int], usual: Any) -> str:
    """Name the hours in which nobody was received though others usually are."""
    expected = sum(float(usual[h]) for h in down)
    usually = f", in which {expected:.0f} other aircraft are usual" if expected >= 1.5 else ""
    return f"nothing received {_hours(down)} UTC{usually}"


def deaf_reason(hours: Sequence[int]) -> str:
    """Name the hours in which nobody is ever received."""
    return f"nothing is ever received {_hours(hours)} UTC: quiet hours, or receivers that are off"


def _hours(hours: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for hour in hours:
        if runs and hour == runs[-1][1] + 1:
            runs[-1][1] = hour
        else:
            runs.append([hour, hour])
    return ", ".join(f"{a:02d}:00 to {b + 1:02d}:00" for a, b in runs)


def too_few(known: Known) -> str:
    """Say how many ends of others there were."""
    arrivals, departures = _count(known.arrivals.known, "arrival"), _count(known.departures.known, "departure")
    return (
        "others were received near the field, but too few stops there are known from one end to tell how often the "
        f"other was received ({arrivals}, {departures}; five of each and ten in all are needed)"
    )
