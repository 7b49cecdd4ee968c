"""What the readers of UCDP share: who publishes it, versions, codes."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DAYS_OF", "LICENCE", "PLACES", "PUBLISHER", "URL", "VIOLENCE", "version_in"]

PUBLISHER: Final = "Uppsala Conflict Data Program (UCDP), Uppsala University"
LICENCE: Final = "CC BY 4.0; cite Sundberg and Melander 2013, for candidate events Hegre et al. 2020 too"
URL: Final = "https://ucdp.uu.se/downloads/"
VIOLENCE: Final = {"1": "State-based violence", "2": "Non-state violence", "3": "One-sided violence"}
DAYS_OF: Final = {"1": 1.0, "2": 6.0, "3": 7.0, "4": 31.0, "5": 366.0}
"""`date_prec` to days within which the event took place."""
PLACES: Final = {
    "1": "exact place",
    "2": "within about 25 km",
    "3": "second-order administrative unit",
    "4": "first-order administrative unit",
    "5": "along a line, or fuzzy",
    "6": "country",
    "7": "at sea or in the air",
}
"""`where_prec` in words."""
_VERSION: Final = re.compile(r"(?<![A-Za-z])[vV]_?(\d{2})(?:[._](\d{1,2}))?(?:[._](\d{1,2}))?(?:[._](\d{1,2}))?(?!\d)")


def version_in(name: str) -> tuple[int, ...] | None:
    """Version in a file's name: ``GEDEvent_v25_1.csv`` is (25, 1), ``v26_0_3`` the candidate events of March 2026."""
    found = _VERSION.search(name)
    return tuple(int(p) for p in found.groups() if p is not None) if found else None
