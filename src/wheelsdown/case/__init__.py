"""The question as a file, and everything the data at hand answer to it."""
