"""What is compared of each table of two dossiers: how its rows are told apart, and which columns say nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wheelsdown.outputs.cells import JOINT

__all__ = ["KEPT", "MADE_OF_INPUTS", "NOT_COMPARED", "STATED", "Kept", "alike", "same"]

_ROW_OF_FILE: Final = re.compile(r"^(logged by .*): row \d+ of .*$")
"""Where in a file a visit was written down (`sources.visit_log`): each row above that is added or taken moves it."""


@dataclass(frozen=True)
class Kept:
    """How rows of a table are told apart; every other column is compared."""

    keys: tuple[str, ...]
    dates: tuple[str, ...] = ()
    """A change of these is a re-dating."""


_COUNTED: Final = ("window", "airfield", "operator", "icao24", "registration", "typecode", "origin", "period")

KEPT: Final = {
    "counts": Kept(_COUNTED),
    "cadence": Kept(("airfield", "what")),
    "surges": Kept(("airfield", "what", "kind", "name"), ("began", "ended")),
    "timing": Kept(("airfield", "what", "measure", "window_days", "lag_days")),
    "shares": Kept(("kind", "recipient", "supplier", "goods", "period", "measure")),
    "published": Kept(("published_id",), ("published_on",)),
    "statements": Kept(("statement_id",), ("said_on", "said_period", "said_from_utc", "said_to_utc", "asked_on")),
    "exhibits": Kept(("exhibit_id",), ("taken_utc",)),
    "events": Kept(("event_id",), ("began", "ended")),
    "facts": Kept(("fact_id",), ("as_of",)),
    "conclusions": Kept(("topic", "window")),
    "visitors": Kept(_COUNTED),
    "destinations": Kept(_COUNTED),
    "series": Kept(("airfield", "day")),
    "blocks": Kept(("airfield", "began_utc"), ("ended_utc",)),
    "epoch": Kept(("airfield", "lag_days")),
    "observability": Kept(("airfield", "day")),
    "integrity": Kept(("icao24", "track_id", "flag", "from_utc"), ("to_utc",)),
    "legs": Kept(("leg_id",)),
    "gaps": Kept(("icao24", "track_id", "from_utc"), ("to_utc",)),
    "ledger": Kept(("source", "day", "what")),
    "problems": Kept(("file", "row", "field")),
}
"""Every table of a dossier but three: `visits` and `stated` are matched by more than a key, and `receipts` is what was
read, which tells the cause of a change. Those that stand behind the others come last."""

STATED: Final = "stated"
"""Sentences of the page that are no cell of another table."""

NOT_COMPARED: Final = frozenset(
    {"receipt", "receipts", "row", "retrieved_utc", "asked_utc", "requests", "rests_on", "stated_id"}
)
"""Columns that say which bytes, when they were asked for, and which row of another table: no statement of fact."""

MADE_OF_INPUTS: Final = frozenset({"finding", "draft", "sources", "repeat", "versions", "footer"})
"""Sections of the page that are told elsewhere: the finding and the draft by themselves, hashes and versions as
causes."""


def same(value: str) -> str:
    """Give one value of a cell as it is compared: without the row of a file that it stood in."""
    return _ROW_OF_FILE.sub(r"\1", value)


def alike(before: str | None, after: str | None) -> bool:
    """Tell whether two cells say the same."""
    if before is None or after is None or before == after:
        return before == after
    return [same(v) for v in before.split(JOINT)] == [same(v) for v in after.split(JOINT)]
