"""Sources: one file a format, and the reading that puts them together."""
