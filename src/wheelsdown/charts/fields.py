"""What a map needs to know of an airfield."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Field"]


class Field(Protocol):
    """An airfield: `case.result.Picked` is one, and so is any record with these names."""

    @property
    def code(self) -> str:
        """ICAO code, else the list's."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def latitude_deg(self) -> float:
        """Latitude."""
        ...

    @property
    def longitude_deg(self) -> float:
        """Longitude."""
        ...

    @property
    def country(self) -> str | None:
        """ISO code of its country."""
        ...

    @property
    def rival(self) -> bool:
        """Not asked about, but a rival or neighbour of one that is."""
        ...
