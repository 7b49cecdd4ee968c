"""TOML with the line of each field, which tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from wheelsdown.errors import SimulationError

__all__ = ["decode", "line_of"]

MOST_BYTES: Final = 1 << 20
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def decode(path: Path) -> tuple[str, dict[str, Any]]:
    """Read a TOML file; give its text and its content."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as e:
        raise SimulationError(
            f"cannot be read: {e.strerror or e}", file=str(path), remedy="name a scenario file"
        ) from None
    if len(raw) > MOST_BYTES:
        raise SimulationError("longer than a scenario can be (1 MiB)", file=str(path), remedy="name a scenario file")
    try:
        text = raw.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        raise SimulationError("is not UTF-8 text", file=str(path), remedy="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as e:
        found = re.search(r"line (\d+)", str(e))
        raise SimulationError(
            f"is not TOML: {e}", file=str(path), line=int(found[1]) if found else None, remedy="see docs/simulation.md"
        ) from None


def line_of(text: str, field: str, message: str = "") -> int | None:
    """Find the line of a field such as ``fleets[1].dwell_h``; of an unknown key, the line where it stands.

    Parameters
    ----------
    text : str
        The file.
    field : str
        Path of the field as msgspec writes it; ``[...]`` stands for a key or an index it does not name.
    message : str
        What is wrong; a name in backticks in it is looked for inside the field.
    """
    keys: list[tuple[str | None, str]] = [(m[1], m[2] or "") for m in _STEP.finditer(field)]
    unknown = re.search(r"unknown field `([^`]+)`", message)
    if unknown:
        keys.append((unknown[1], ""))
    lines = text.splitlines()
    at: int | None = None
    begin, name = 0, ""
    for key, index in keys:
        if key is None:
            if index.isdigit():
                # tables of an array of tables; a list within a line stays where its key stands
                head = re.compile(rf"\s*\[\[\s*(?:[\w.]+\.)?{re.escape(name)}\s*\]\]")
                heads = [n for n, line in enumerate(lines) if head.match(line)]
                if int(index) < len(heads):
                    at = begin = heads[int(index)]
            continue
        name = key
        plain = re.escape(key)
        pattern = re.compile(rf"\s*(?:\[+\s*(?:[\w.]+\.)?{plain}\s*\]+|\"?{plain}\"?\s*(?:=|\.))")
        found = next((n for n in range(begin, len(lines)) if pattern.match(lines[n])), None)
        if found is not None:
            at = begin = found
    return None if at is None else at + 1
