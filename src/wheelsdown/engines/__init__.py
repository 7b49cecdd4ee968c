"""Who runs the pure functions."""
