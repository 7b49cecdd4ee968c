"""Sources: one file a format, and the reading that puts them together."""

from wheelsdown.sources.frames import read_frame
from wheelsdown.sources.parts import read_in_parts
from wheelsdown.sources.reading import Reading, read
from wheelsdown.sources.registry import load, load_all, names

__all__ = ["Reading", "load", "load_all", "names", "read", "read_frame", "read_in_parts"]
