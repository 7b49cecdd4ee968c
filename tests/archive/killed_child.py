"""What runs in the process that is killed. Imported once, so that each process begins at once."""

from __future__ import annotations

from pathlib import Path

from wheelsdown.archive.asking import Patience
from wheelsdown.engines.fetching import fetch


def go(lake: str, url: str, way: str, since: str, until: str) -> None:
    """Fetch as the command does."""
    from tests.archive.server import FLEET

    quick = Patience(attempts=4, first_s=0.01, most_s=0.02, jitter_s=0.01, longest_wish_s=5.0, timeout_s=10.0)
    fetch(Path(lake), since=since, until=until, icao24=FLEET[:4], way=way, base_url=[f"adsb.lol={url}"], patience=quick)
