"""How files of simulated flights say so in formats that were made for real ones.

Nothing is taken for simulated by its address alone: receivers hear junk, and addresses of no state among it.
"""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["SIMULATED", "all_calls_made_up", "simulated"]

SIMULATED: Final = "SIMULATED"
"""Written as ``desc`` in readsb's objects, where the aircraft's type stands in words."""
_MADE_UP: Final = "^SIM[0-9]"


def simulated(provider: str) -> str:
    """Name a provider whose rows are simulated."""
    return f"{SIMULATED} {provider}"


def all_calls_made_up(callsigns: pl.Series) -> bool:
    """Tell whether every row has a call sign of simulated flights: SIM and a digit.

    It is the only mark that a Flightradar24 CSV or KML has room for. One row with another call sign, or with none, and
    the file counts as real.
    """
    return len(callsigns) > 0 and bool(callsigns.str.contains(_MADE_UP).fill_null(value=False).all())
