"""Units: the data keep the field's own (ft, kt, ft/min); prose and formulas may need SI.

A column or parameter says its unit in its name: ``_ft _kt _km _m _min _s _fpm _deg``; ``_utc`` is an aware UTC time.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FPM_PER_MPS", "FT_PER_M", "KM_PER_NM", "KT_PER_MPS", "M_PER_FT", "feet", "kilometres", "knots"]

M_PER_FT: Final = 0.3048
FT_PER_M: Final = 1.0 / M_PER_FT
KM_PER_NM: Final = 1.852
KT_PER_MPS: Final = 3600.0 / 1852.0
FPM_PER_MPS: Final = 60.0 * FT_PER_M


def feet(metres: float) -> float:
    """Metres to feet."""
    return metres * FT_PER_M


def knots(metres_per_second: float) -> float:
    """Metres per second to knots."""
    return metres_per_second * KT_PER_MPS


def kilometres(nautical_miles: float) -> float:
    """Nautical miles to kilometres."""
    return nautical_miles * KM_PER_NM
