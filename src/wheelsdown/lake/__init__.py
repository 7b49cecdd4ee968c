"""The store: Parquet, one file a day, with its index and receipts beside it."""
