"""Finds sources: those of this package, and those that other packages register."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from wheelsdown.errors import UsageError
from wheelsdown.sources.interface import Source

__all__ = ["GROUP", "load", "load_all", "names"]

GROUP: Final = "wheelsdown.sources"

# Also in pyproject.toml, where other packages look for examples; this list lets a checkout work that is not installed.
IN_TREE: Final = {
    "fr24-api": "wheelsdown.sources.fr24_api:Fr24Api",
    "fr24-csv": "wheelsdown.sources.fr24_csv:Fr24Csv",
    "fr24-flights": "wheelsdown.sources.fr24_history:Fr24FlightList",
    "fr24-granular": "wheelsdown.sources.fr24_granular:Fr24Granular",
    "fr24-history": "wheelsdown.sources.fr24_history:Fr24History",
    "fr24-json": "wheelsdown.sources.fr24_json:Fr24Json",
    "fr24-kml": "wheelsdown.sources.fr24_kml:Fr24Kml",
    "opensky-states": "wheelsdown.sources.opensky_states:OpenskyStates",
    "opensky-tracks": "wheelsdown.sources.opensky_states:OpenskyTracks",
    "opensky-vectors": "wheelsdown.sources.opensky_vectors:OpenskyVectors",
    "traffic": "wheelsdown.sources.traffic_json:TrafficJson",
    "adsbx-csv": "wheelsdown.sources.adsbx_csv:AdsbxCsv",
    "readsb-json": "wheelsdown.sources.readsb_json:ReadsbJson",
    "readsb-trace": "wheelsdown.sources.readsb_trace:ReadsbTrace",
    "readsb-heatmap": "wheelsdown.sources.readsb_heatmap:ReadsbHeatmap",
    "readsb-release": "wheelsdown.sources.release_tar:ReadsbRelease",
    "positions": "wheelsdown.sources.positions_table:PositionsTable",
    "mapped": "wheelsdown.sources.mapped:MappedTable",
    "visit-log": "wheelsdown.sources.visit_log:VisitLog",
    "visits": "wheelsdown.sources.visits_table:VisitsTable",
    "sipri-tiv-long": "wheelsdown.sources.sipri_tiv_long:SipriTivLong",
    "ucdp-months": "wheelsdown.sources.ucdp_months:UcdpMonths",
    "sipri-tiv": "wheelsdown.sources.sipri_tiv:SipriTiv",
    "sipri-register": "wheelsdown.sources.sipri_register:SipriRegister",
    "ucdp-ged": "wheelsdown.sources.ucdp_ged:UcdpGed",
    "ucdp-episodes": "wheelsdown.sources.ucdp_episodes:UcdpEpisodes",
    "deaths-by-day": "wheelsdown.sources.deaths_by_day:DeathsByDay",
    "episodes": "wheelsdown.sources.episodes_list:EpisodesList",
    "acled": "wheelsdown.sources.acled:Acled",
    "comtrade": "wheelsdown.sources.comtrade:Comtrade",
}


@cache
def _places() -> dict[str, str]:
    places = dict(IN_TREE)
    for point in entry_points(group=GROUP):
        if places.setdefault(point.name, point.value) != point.value:
            raise UsageError(
                f"two sources are named {point.name}: {places[point.name]} and {point.value}; uninstall or rename one"
            )
    return dict(sorted(places.items()))


def names() -> list[str]:
    """Name all sources, in order, without loading any."""
    return list(_places())


@cache
def load(name: str) -> Source:
    """Load one source by its name.

    Raises
    ------
    UsageError
        There is no source of that name, or its module cannot be imported.
    """
    places = _places()
    if name not in places:
        raise UsageError(f"no source named {name!r}: one of {', '.join(places)}")
    module, _, attribute = places[name].partition(":")
    try:
        source = getattr(import_module(module), attribute)()
    except (ImportError, AttributeError) as e:
        raise UsageError(f"the source {name} ({places[name]}) cannot be loaded: {e}") from e
    if not isinstance(source, Source):
        raise UsageError(f"{places[name]} is not a source: it lacks a name, a table, a card, detect or read")
    return source


def load_all() -> list[Source]:
    """Load every source, in order of their names."""
    return [load(n) for n in names()]
