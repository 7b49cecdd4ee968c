"""Gaps, legs and visits: pure functions over POSITIONS."""
