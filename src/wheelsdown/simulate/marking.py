"""What every simulated file says of itself, and what may not be written as simulated."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from wheelsdown.errors import SimulationError

__all__ = ["SAYS", "SIMULATED", "Owners", "check_made_up", "owner"]

SIMULATED: Final = "SIMULATED"
"""Written as ``desc`` into each trace and aircraft object; readers know such files by it."""
SAYS: Final = "SIMULATED: no real aircraft made these flights. Aircraft, operators and call signs are invented."
_FREE: Final = r"^~?d[0-9a-f]{5}$"
_SIGN: Final = "^SIM[0-9]"


def owner(operator: str | None) -> str:
    """Name an operator so that its name begins with SIMULATED."""
    name = (operator or "invented operator").strip()
    return name if name.startswith(SIMULATED) else f"{SIMULATED} {name}"


class Owners:
    """What a database would say of each address: the keys that readsb writes into headers and objects.

    Parameters
    ----------
    fleet : REGISTER
        Of several rows of an address the first counts, as in a database that knows one aircraft an address.
    """

    def __init__(self, fleet: pl.DataFrame) -> None:
        known = fleet.filter(pl.col("icao24").is_not_null()).unique("icao24", keep="first", maintain_order=True)
        self._of = {row["icao24"]: row for row in known.iter_rows(named=True)}

    def keys(self, address: str) -> dict[str, Any]:
        """Give ``r, t, dbFlags, desc, ownOp``; what is not known is left out, the mark never."""
        row = self._of.get(address, {})
        out: dict[str, Any] = {}
        for key, name in (("r", "registration"), ("t", "typecode")):
            if row.get(name):
                out[key] = row[name]
        if out:
            out["dbFlags"] = 0
        return {**out, "desc": SIMULATED, "ownOp": owner(row.get("operator"))}


def check_made_up(positions: pl.DataFrame) -> None:
    """Refuse to write as simulated what may be of real aircraft.

    Raises
    ------
    SimulationError
        A row has an address outside d00000 to dfffff, a call sign that does not begin with SIM and a digit, or a
        provider that does not say SIMULATED.
    """
    rules = (
        ("icao24", pl.col("icao24").str.contains(_FREE).fill_null(value=False), "an address from d00000 to dfffff"),
        ("callsign", pl.col("callsign").str.contains(_SIGN).fill_null(value=True), "SIM and a digit, or none"),
        ("source", pl.col("source").str.starts_with(SIMULATED).fill_null(value=False), "a provider with SIMULATED"),
    )
    for field, good, wanted in rules:
        if (bad := positions.filter(~good)).height:
            raise SimulationError(
                f"{bad.height} positions are {bad[field][0]!r}", field=field, remedy=f"simulated ones have {wanted}"
            )
