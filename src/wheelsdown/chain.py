"""The append-only hash chain: each entry names the one before it by its hash."""
