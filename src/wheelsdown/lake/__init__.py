"""The store: Parquet, one file a day, with its index and receipts beside it."""

from __future__ import annotations

from wheelsdown.lake.store import Lake

__all__ = ["Lake"]
