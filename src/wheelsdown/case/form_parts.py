"""The tables of a case file, one struct each: what may stand in it, by which name, of which type.

Lengths and times carry their unit in their name. An unknown field is refused. Lists are tuples, days are dates; a time
says its offset, or its table names the zone.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from wheelsdown.case.moments import instant

__all__ = [
    "About",
    "Airfield",
    "Arms",
    "Comparison",
    "Declared",
    "Episode",
    "Events",
    "Exhibit",
    "Fact",
    "Fetch",
    "Fleet",
    "Part",
    "Party",
    "Positions",
    "Published",
    "Rival",
    "Statement",
    "Surges",
    "Timing",
    "Trade",
    "Window",
]

if TYPE_CHECKING:
    Moment = dt.date | dt.datetime
    """A day, or a time."""
    Dated = dt.date | str
    """A day, or a period: ``2023-10``, ``2023``."""
else:
    # msgspec takes no union of date and datetime; `checks.py` holds these fields to their types
    Moment = Any
    Dated = Any

Texts = tuple[str, ...]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a case."""


class About(Part, frozen=True, kw_only=True):
    """``[case]``: what is asked."""

    name: str
    """Short, without blanks: names files."""
    title: str
    question: str
    by: str | None = None
    """Who asks."""
    zone: str = "UTC"
    """Zone of plain days, unless a window names its own."""
    draft_note: str | None = None
    """Why the author keeps it a draft."""


class Fleet(Part, frozen=True, kw_only=True):
    """``[fleet]``: whose visits. Several kinds of name narrow one another; several names of a kind add up."""

    name: str | None = None
    """How sentences call it."""
    operator: Texts = ()
    registration: Texts = ()
    icao24: Texts = ()
    typecode: Texts = ()
    selection: Literal["all", "fleet", "hand_picked"] | None = None
    """How the positions were chosen; without it the ledger of a lake tells, and files count as picked by hand."""

    @property
    def named(self) -> bool:
        """Whether any aircraft is named."""
        return bool(self.operator or self.registration or self.icao24 or self.typecode)


class Fact(Part, frozen=True, kw_only=True):
    """``[[airfield.fact]]``: a sourced fact, or a claim of somebody."""

    name: str
    value: str | int | float
    source: str
    unit: str | None = None
    claim: str | None = None
    """Whose claim it is; without it a plain fact of the source."""
    as_of: Dated | None = None
    url: str | None = None


class Airfield(Part, frozen=True, kw_only=True):
    """``[[airfield]]``: a known code, or a field of one's own with its coordinates."""

    code: str
    name: str | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    elevation_ft: float | None = None
    note: str | None = None
    fact: tuple[Fact, ...] = ()

    @property
    def own(self) -> bool:
        """Whether the case brings its coordinates."""
        return self.latitude_deg is not None and self.longitude_deg is not None


class Window(Part, frozen=True, kw_only=True):
    """``[[window]]``: a period that is counted. Days are included, both of them."""

    name: str
    since: Moment
    until: Moment
    zone: str | None = None
    airfields: Texts = ()
    """Codes; all of the case where none is named."""
    declared: dt.date | None = None
    """Day on which it was declared; without it the window was found afterwards."""
    note: str | None = None

    def ends(self, zone: str) -> tuple[dt.datetime, dt.datetime]:
        """First moment and the moment after the last, aware UTC; `zone` where the window names none."""
        return instant(self.since, self.zone or zone), instant(self.until, self.zone or zone, end=True)


class Fetch(Part, frozen=True, kw_only=True):
    """``[positions.fetch]``: what would be asked of the open archives."""

    lake: str
    hosts: Texts = ()
    icao24: Texts = ()
    since: dt.date
    until: dt.date


class Positions(Part, frozen=True, kw_only=True):
    """``[positions]``: where the positions, or lists of visits, come from."""

    files: Texts = ()
    lake: str | None = None
    logs: Texts = ()
    log_map: str | None = None
    scenario: str | None = None
    """SIMULATED: name of a shipped scenario, or a file."""
    demo: bool = False
    """The recordings of real flights that the demonstration uses."""
    identity: str | None = None
    mapping: str | None = None
    registers: Texts = ()
    checks: str | None = None
    fetch: Fetch | None = None

    @property
    def given(self) -> bool:
        """Whether anything can be counted at all, provided it is there."""
        return bool(self.files or self.lake or self.logs or self.scenario or self.demo)


class Comparison(Part, frozen=True, kw_only=True):
    """``[comparison]``: what stands beside the visits."""

    visitors: bool = True
    """The airfield's other visitors."""
    destinations: bool = True
    """The same aircraft's other destinations."""
    visitors_by: str = "operator"


class Episode(Part, frozen=True, kw_only=True):
    """``[[events.episode]]``: a period of fighting, dated by hand."""

    id: str
    name: str
    began: dt.date
    ended: dt.date | None = None
    country: str | None = None
    source: str
    url: str | None = None
    note: str | None = None


class Events(Part, frozen=True, kw_only=True):
    """``[events]``: outside events that visits are held against."""

    files: Texts = ()
    """Other people's files are not shipped: one that is not there is told, not refused."""
    countries: Texts = ()
    from_: Literal["episodes", "rows"] = msgspec.field(default="episodes", name="from")
    """`episodes` those listed here, else those that the rule makes of the files; `rows` the files' own rows."""
    deaths_least: int = 25
    within_days: int = 7
    quiet_days: int = 90
    month_deaths_least: int = 17
    """Of a calendar month, for sources that give months only."""
    episode: tuple[Episode, ...] = ()


class Timing(Part, frozen=True, kw_only=True):
    """``[timing]``: windows before and after events."""

    windows_days: tuple[int, ...] = (7, 14, 30)
    lag_days: int = 0
    declared: dt.date | None = None
    """Day on which the windows were declared; it counts only before the first event. Without it they were chosen with
    the data at hand."""
    draws: int = 9999
    seed: int = 0
    level: float = 0.05
    since: Moment | None = None
    until: Moment | None = None


class Declared(Part, frozen=True, kw_only=True):
    """``[[surges.declared]]``: a window that the author names."""

    name: str
    since: dt.date
    until: dt.date
    declared: dt.date | None = None
    """Day on which it was declared; it counts only before `since`. Without it the window was found afterwards."""


class Surges(Part, frozen=True, kw_only=True):
    """``[surges]``: how to look for windows with more visits than chance allows."""

    longest_days: int = 90
    draws: int = 9999
    seed: int = 0
    level: float = 0.05
    since: Moment | None = None
    until: Moment | None = None
    declared: tuple[Declared, ...] = ()


class Filed(Part, frozen=True, kw_only=True):
    """A table that rests on other people's files."""

    files: Texts = ()
    """One that is not there is told, not refused."""


class Arms(Filed, frozen=True, kw_only=True):
    """``[[arms]]``: a supplier's share in deliveries of major arms."""

    recipient: str
    supplier: str
    windows: Texts
    """Years, both included: ``2016-2020``."""

    @property
    def years(self) -> tuple[tuple[int, int], ...]:
        """First and last year of each window."""
        ends = (w.split("-") for w in self.windows)
        return tuple((int(e[0]), int(e[-1])) for e in ends)


class Trade(Filed, frozen=True, kw_only=True):
    """``[[trade]]``: a partner's share in trade with a commodity."""

    reporter: str
    partner: str
    commodity: str
    """Code of goods, as text: ``2709``."""
    periods: Texts
    flow: Literal["import", "export"] = "import"


class Statement(Part, frozen=True, kw_only=True):
    """``[[statement]]``: what somebody said, or did not say."""

    id: str
    speaker: str
    about: Texts
    """Of `schema.ABOUT`: flight, cargo, purpose, policy."""
    stance: str
    """Of `schema.STANCES`."""
    role: str | None = None
    party: str | None = None
    words: str | None = None
    gist: str | None = None
    on: Dated | None = None
    said_from: dt.datetime | None = None
    said_to: dt.datetime | None = None
    zone: str | None = None
    """Of the day `on`, and of `said_from` and `said_to` where they are written without an offset."""
    place: str | None = None
    outlet: str | None = None
    url: str | None = None
    question: str | None = None
    asked_on: dt.date | None = None
    deadline: dt.date | None = None
    archived: str | None = None
    """File with the archived copy."""
    archived_sha256: str | None = None
    reliability: str | None = None
    credibility: str | None = None
    visits: Texts = ()
    """Ids of visits it speaks of, or their beginnings."""
    windows: Texts = ()
    """Names of windows it speaks of."""
    airfields: Texts = ()
    """Codes of the airfields it speaks of; all of the case where none is named."""
    operator: Texts = ()
    """Whose aircraft it is about; this and the next three as in `Fleet`, but an operator by its whole name."""
    registration: Texts = ()
    icao24: Texts = ()
    typecode: Texts = ()
    all_aircraft: bool = False
    """It is about every aircraft of the case's fleet."""
    note: str | None = None

    @property
    def names_aircraft(self) -> bool:
        """Whether it names any aircraft."""
        return bool(self.operator or self.registration or self.icao24 or self.typecode)


class Party(Part, frozen=True, kw_only=True):
    """``[[party]]``: somebody whom the case names, and who is to be asked."""

    name: str
    asked_on: dt.date | None = None
    answered_on: dt.date | None = None
    note: str | None = None


class Exhibit(Part, frozen=True, kw_only=True):
    """``[[exhibit]]``: a photo, image, document or note."""

    id: str
    kind: str
    """Of `schema.EXHIBIT_KINDS`."""
    file: str
    shows: str
    sha256: str | None = None
    """Where it is given, the file must have it."""
    taken: Moment | None = None
    zone: str | None = None
    """Of `taken` and `time` where they are written without an offset."""
    made_by: str | None = None
    licence: str | None = None
    url: str | None = None
    reliability: str | None = None
    credibility: str | None = None
    visit: str | None = None
    """Id of the visit, or its beginning; else `airfield` and `time`."""
    airfield: str | None = None
    time: dt.datetime | None = None


class Published(Part, frozen=True, kw_only=True):
    """``[[published]]``: a count that somebody published."""

    id: str
    outlet: str
    on: Dated | None = None
    url: str | None = None
    words: str | None = None
    airfield: str | None = None
    what: str | None = None
    """Whose visits, as the outlet has it."""
    attributed: Texts = ()
    """Several attributions that do not go together: all are kept."""
    window: str | None = None
    """Name of a window of the case; else `since` and `until`."""
    since: Moment | None = None
    until: Moment | None = None
    zone: str | None = None
    least: int | None = None
    most: int | None = None
    every_days: float | None = None
    """One visit every so many days ("every other day": 2)."""
    rests_on: str | None = None
    note: str | None = None


class Rival(Part, frozen=True, kw_only=True):
    """``[[rival]]``: another explanation that the author wants printed."""

    text: str
    against: str | None = None
