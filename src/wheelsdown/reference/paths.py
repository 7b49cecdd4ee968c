"""Where the user's own reference data lie: updated airfields, added airfields, loaded registers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["data_directory"]


def data_directory() -> Path:
    r"""Give the user's data folder; it need not exist.

    ``WHEELSDOWN_DATA`` names it; else it is the platform's: ``$XDG_DATA_HOME/wheelsdown`` (``~/.local/share``) on
    Linux, ``~/Library/Application Support/wheelsdown`` on macOS, ``%LOCALAPPDATA%\wheelsdown`` on Windows.
    """
    if named := os.environ.get("WHEELSDOWN_DATA"):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "wheelsdown"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "wheelsdown"
    xdg = os.environ.get("XDG_DATA_HOME", "")
    # the XDG specification says to ignore a relative path
    base = Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".local" / "share"
    return base / "wheelsdown"
