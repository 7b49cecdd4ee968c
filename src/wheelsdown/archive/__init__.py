"""Fetching: what hosts and archives hold, what it costs to ask them, and what came of it."""
