"""The scenarios that come with the package, and how a scenario is found and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from wheelsdown.errors import UsageError

__all__ = ["Shipped", "scenario_path", "shipped", "with_seed"]

_FOLDER: Final = "scenarios"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Shipped:
    """One scenario of the package."""

    name: str
    tells: str
    """What it is for: the comment at the head of the file."""
    path: Path


def shipped() -> list[Shipped]:
    """List the scenarios of the package, by name."""
    folder = Path(str(resources.files("wheelsdown.simulate").joinpath(_FOLDER)))
    return [Shipped(p.stem, _head(p.read_text(encoding="utf-8")), p) for p in sorted(folder.glob("*.toml"))]


def _head(text: str) -> str:
    """Read the comment lines that a file begins with as one paragraph."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    return " ".join(lines)


def scenario_path(given: str | Path) -> Path:
    """Find the file of a scenario: the user's own, or one of the package by its name.

    Raises
    ------
    UsageError
        There is no such file, and no scenario of the package has this name.
    """
    path = Path(given).expanduser()
    own = {s.name: s.path for s in shipped()}
    if _NAME.fullmatch(str(given)) and str(given) in own:
        return own[str(given)]
    if not path.is_file():
        raise UsageError(f"{given}: no such scenario; name a TOML file, or one of {', '.join(own)}")
    return path


def with_seed(text: str, seed: int) -> str:
    """Set the seed in a scenario's text: what is kept beside the archives makes them again."""
    line = f"seed = {seed}"
    lines = text.splitlines(keepends=True)
    first_table = next((i for i, one in enumerate(lines) if one.lstrip().startswith("[")), len(lines))
    for i in range(first_table):
        if re.match(r"\s*[\"']?seed[\"']?\s*=", lines[i]):
            comment = re.search(r"\s*#.*$", lines[i].rstrip("\r\n"))
            lines[i] = line + (comment.group() if comment else "") + "\n"
            return "".join(lines)
    at = next((i for i, one in enumerate(lines) if not one.startswith("#") and one.strip()), len(lines))
    return "".join([*lines[:at], line + "\n", *lines[at:]])
