"""What a page says of a count beside its numbers: why one is lacking, and why visits are not counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wheelsdown.analysis.sorting import sort_visits

if TYPE_CHECKING:
    from wheelsdown.case.result import CaseResult

__all__ = ["Others", "lacking_bound", "lacking_estimate", "others"]

_REFUSED: Final = "refused"
_BOUNDLESS: Final = "no bound"
_NOT_GIVEN: Final = "not given"
_WHY: Final = {
    "likely": "probably landed; only observed and inferred visits count",
    "possible": "may have landed; only observed and inferred visits count",
    "edge": "the touchdown may lie outside the window",
    "rival": "named elsewhere, with this airfield not excluded",
    "twice": "may be the same stay as another row",
    "aside": "set aside for doubts about what it rests on",
    "rejected": "rejected by a person",
}
"""Why a visit is not counted, in the order in which a page says it."""
_ELSE: Final = "for what the visit itself says"


@dataclass(frozen=True)
class Others:
    """Visits that bear on a count and are not in it, for one reason."""

    why: str
    ids: tuple[str, ...]


def lacking_estimate(why: str | None) -> str:
    """Say of a best estimate that is null what it is: ``none`` would be read as zero."""
    return _REFUSED if (why or "").startswith(_REFUSED) else _NOT_GIVEN


def lacking_bound(why: Sequence[str] | None) -> str:
    """Say of `cannot_be_ruled_out` that is null what it is: ``no bound`` only where there is none."""
    said = list(why or ())
    return next((word for word in (_REFUSED, _BOUNDLESS) if any(w.startswith(word) for w in said)), _NOT_GIVEN)


def others(result: CaseResult, row: int) -> list[Others]:
    """Give the visits that a count names and does not count, by why.

    Parameters
    ----------
    result : CaseResult
    row : int
        Of `counts`, from 1.

    Returns
    -------
    list of Others
        Every id of `other_ids` once; each by the role that it has in the count (`analysis.sorting.sort_visits`).
    """
    count = result.frame("counts").row(row - 1, named=True)
    ids = list(dict.fromkeys(count["other_ids"] or ()))
    roles: dict[str, str] = {}
    if ids:
        sorted_ = sort_visits(
            result.frame("visits"), airfield=count["airfield"], since=count["from_utc"], until=count["to_utc"]
        )
        for visit, role, grade in sorted_.all.select("visit_id", "_role", "grade").iter_rows():
            roles[visit] = grade if role == "weaker" else role
    out = [Others(said, tuple(i for i in ids if roles.get(i) == role)) for role, said in _WHY.items()]
    out.append(Others(_ELSE, tuple(i for i in ids if roles.get(i) not in _WHY)))
    return [o for o in out if o.ids]
