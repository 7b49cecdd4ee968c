"""Results in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["count_sentence"]


def count_sentence(row: Mapping[str, Any]) -> str:
    """Say a row of COUNTS in a sentence."""
    return f"At least {row['at_least']} landed."
