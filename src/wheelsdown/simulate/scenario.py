"""What is to be simulated: a scenario, from keyword arguments or from a TOML file.

Every field has a default but the ones that say what flies where. Lengths carry their unit in their name. An unknown
field is refused, so that a slip of the pen is not a scenario of its own.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal, Self

import msgspec

from wheelsdown.errors import SimulationError
from wheelsdown.simulate.checks import check
from wheelsdown.tomltext import decode, line_of

__all__ = [
    "Around",
    "Behaviour",
    "Coverage",
    "Faults",
    "Fleet",
    "Noise",
    "Receiver",
    "Sampling",
    "Scenario",
    "Spoof",
    "Traffic",
]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a scenario."""


class Fleet(_Part, frozen=True, kw_only=True):
    """Aircraft of one invented operator that fly between their home and the destinations."""

    typecode: str
    """ICAO type designator; `simulate.TYPES` lists those that can fly."""
    home: str | list[str]
    """Airfield code(s); each aircraft belongs to one of them, in turn."""
    destinations: dict[str, float]
    """Airfield code to weight: where the visits go."""
    operator: str = "SIMULATED Air Bridge"
    """Invented: SIMULATED, and a name that is no real operator's."""
    aircraft: int = 3
    visits: int | None = None
    """Visits to the destinations in all; else `per_day`."""
    per_day: float = 1.0
    """Visits to the destinations a day, all destinations together."""
    dwell_h: tuple[float, float] = (2.5, 0.4)
    """Hours on the ground at a destination: median, and spread as the standard deviation of its logarithm."""
    rhythm: Literal["poisson", "regular", "surge"] = "poisson"
    surge_days: tuple[float, float] = (0.4, 0.6)
    """With `surge`: from and to, as shares of the period."""
    surge_factor: float = 6.0
    """With `surge`: how many times the rate inside it."""
    arrive_utc_h: tuple[float, float] = (0.0, 24.0)
    """Hours of the UTC day between which arrivals are planned; (22, 4) runs over midnight."""
    overnight_share: float = 0.05
    """Share of the visits that stay until the next morning (04 to 08 UTC)."""
    hop_share: float = 0.0
    """Chance of a hop to a neighbour within the stay: the destination is left, and visited again afterwards."""
    hop_to: list[str] = []
    """Fields of such hops; empty: the nearest usable ones within `hop_km`."""
    hop_km: float = 60.0
    onward_share: float = 0.0
    """Share of the visits that fly on to another destination before they go home."""
    transponder_off_share: float = 0.0
    """Share of the visits with the transponder off, as `transponder_off` says."""
    transponder_off: Literal["around_destination", "en_route", "parked"] = "around_destination"
    off_km: float = 150.0
    """With `around_destination`: within this distance of it, on the way in and out."""
    parked_on_share: float = 0.15
    """Share of the stops with the transponder left on while parked."""
    mlat_share: float = 0.0
    """Share of the aircraft without ADS-B positions: located by multilateration only."""
    version0_share: float = 0.3
    """Share of the aircraft with ADS-B version 0 (no nac_p, no sil)."""


class Traffic(_Part, frozen=True, kw_only=True):
    """Other traffic of some airfields: arrivals and departures, by aircraft based there and elsewhere."""

    airfields: list[str]
    per_day: float = 6.0
    """Visits a day at each of the fields."""
    types: list[str] = msgspec.field(default_factory=lambda: ["A320", "B738", "E190", "AT76"])
    based_share: float = 0.3
    """Share of the aircraft at home at the field; the others come and go."""
    remote_km: tuple[float, float] = (200.0, 900.0)
    """How far the other ends of their flights lie; they are real airfields."""
    turnround_h: tuple[float, float] = (1.2, 0.5)
    """Hours on the ground: median, and standard deviation of the logarithm."""
    training_share: float = 0.0
    """Share of the flights that make low approaches without landing at one of the fields before they go on."""
    mlat_share: float = 0.0
    version0_share: float = 0.05


class Receiver(_Part, frozen=True, kw_only=True):
    """One receiver."""

    latitude_deg: float
    longitude_deg: float
    height_ft: float = 100.0
    """Antenna above the ground around it."""
    range_km: float = 350.0
    uptime: float = 1.0
    """Share of the time it runs."""
    ground_ft: float | None = None
    """Elevation of the ground around it; unset: that of the scenario's field nearest to it."""


class Around(_Part, frozen=True, kw_only=True):
    """Receivers put around a field at random."""

    airfield: str
    count: int = 3
    km: tuple[float, float] = (5.0, 80.0)
    height_ft: tuple[float, float] = (30.0, 300.0)
    range_km: float = 350.0
    uptime: float = 1.0


class Coverage(_Part, frozen=True, kw_only=True):
    """What can be received."""

    perfect: bool = False
    """Everything is received everywhere, on the ground too: receivers and floors are not asked."""
    receivers: list[Receiver] = []
    around: list[Around] = []
    mask_deg: float = 1.0
    """Terrain: each receiver's horizon stands up to this angle, differently in each direction."""
    floors: dict[str, float] = {}
    """Airfield code to feet above the field: within `floor_km` nothing below that is received."""
    floor_km: float = 60.0
    loss: float = 0.15
    """Chance that a position near a receiver is lost; it grows with the distance."""
    fading: float = 0.02
    """Share of the time in which an aircraft is not heard for a minute or two, whoever could."""
    outages_per_day: float = 0.0
    """Of each receiver, beside its `uptime`."""
    outage_h: float = 2.0
    """Mean length of an outage."""
    down_days_share: float = 0.0
    """Chance that a receiver is down for a whole UTC day."""
    surface: bool = True
    """Whether positions on the ground can be received (line of sight, and within `surface_km` of a receiver)."""
    surface_km: float = 25.0


class Sampling(_Part, frozen=True, kw_only=True):
    """What an archive keeps of what was received."""

    kind: Literal["readsb", "snapshot", "all"] = "readsb"
    """`readsb`: points where track or height change, else at intervals; `snapshot`: everything at one moment every
    `snapshot_min` minutes; `all`: every position of the model (about 3 to 15 s)."""
    cruise_s: float = 45.0
    """Longest interval in level straight flight."""
    low_s: float = 12.0
    """Longest interval below 10,000 ft and in turns."""
    ground_s: float = 20.0
    """Longest interval while taxiing; parked three times as long."""
    snapshot_min: float = 30.0
    altitude_step_ft: float = 25.0
    time_step_s: float = 0.01
    decimals: int = 6
    """Of latitude and longitude: 5 or 6."""


class Noise(_Part, frozen=True, kw_only=True):
    """Errors of what is broadcast."""

    qnh_hpa: tuple[float, float] = (990.0, 1035.0)
    """Pressure at sea level wanders between these, by day and field."""
    position_m: float = 10.0
    """Standard deviation of positions."""
    ground_flag: Literal["present", "absent", "glitches"] = "present"
    glitch_share: float = 0.002
    """With `glitches`: share of the positions whose ground flag is wrong."""
    stale_share: float = 0.02
    """Share of the positions with the speed, track and rate of the one before."""
    geometric_share: float = 0.8
    """Share of the aircraft that send a geometric altitude."""
    mlat_legs_share: float = 0.0
    """Share of the flights with a stretch of multilateration instead of ADS-B."""
    mlat_m: tuple[float, float] = (100.0, 1000.0)
    """Standard deviation of such positions, drawn for each flight."""
    wrong_altitude_share: float = 0.0
    """Share of the positions with a false altitude."""


class Behaviour(_Part, frozen=True, kw_only=True):
    """How flights differ from plain ones. Shares are of flights."""

    go_around_share: float = 0.004
    """33,000 in 9 million landings (Monstein and others 2022)."""
    diversion_share: float = 0.001
    """Missed approaches, then a landing at the nearest usable field."""
    holding_share: float = 0.03
    sid_share: float = 0.6
    """Departures by a first waypoint off the direct way; some of them turn by more than 90 degrees."""
    level_share: float = 0.5
    """Descents with a level stretch on the way, beside the one before the final."""
    final_km: tuple[float, float] = (8.0, 25.0)
    """Length of the aligned final."""
    straight_in_share: float = 0.6
    """Of the arrivals from ahead of the runway, those that fly straight in."""
    upper_wind_kt: tuple[float, float] = (10.0, 70.0)
    """At 36,000 ft."""
    surface_wind_kt: tuple[float, float] = (3.0, 18.0)


class Spoof(_Part, frozen=True, kw_only=True):
    """Satellite navigation led astray: aircraft appear at a false place (Beirut, Amman, Cairo)."""

    place: str = "OLBA"
    """Code of the airfield where they seem to be."""
    share: float = 0.1
    """Of the flights that come within reach."""
    within_km: tuple[float, float] = (30.0, 400.0)
    """A flight can be caught while it is this far from the false place."""
    below_ft: float = 45000.0
    """And below this height."""
    variants: list[Literal["static", "circling", "shifted"]] = msgspec.field(
        default_factory=lambda: ["static", "circling", "shifted"]
    )
    """At the place with some jitter; circling it; the true track, moved there, down to the ground."""
    minutes: tuple[float, float] = (4.0, 40.0)
    """How long it lasts."""
    until_parked_share: float = 0.2
    """Share that lasts until the aircraft is parked."""
    silence_share: float = 0.3
    """Share that begins after a silence of some minutes instead of a jump."""
    degraded_share: float = 0.5
    """Share whose nic and nac_p fall."""


class Faults(_Part, frozen=True, kw_only=True):
    """What goes wrong."""

    spoof: list[Spoof] = []
    duplicate_addresses: int = 0
    """Pairs of aircraft that fly under one address on the same day."""
    wrong_address_legs: int = 0
    """Flights under another aircraft's address."""
    missing_days: list[dt.date] = []
    half_days: list[dt.date] = []
    """Only the first half of the UTC day is there."""


class Scenario(_Part, frozen=True, kw_only=True):
    """A scenario of SIMULATED flights."""

    name: str
    start: dt.date
    days: int
    seed: int = 1
    fleets: list[Fleet] = []
    others: list[Traffic] = []
    coverage: Coverage = Coverage(perfect=True)
    sampling: Sampling = Sampling()
    noise: Noise = Noise()
    behaviour: Behaviour = Behaviour()
    faults: Faults = Faults()

    def __post_init__(self) -> None:
        check(self)

    @property
    def end(self) -> dt.date:
        """The first day after the period."""
        return self.start + dt.timedelta(days=self.days)

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a scenario.

        Parameters
        ----------
        path : str or Path
            A TOML file whose tables and keys are the fields of these structs.

        Raises
        ------
        SimulationError
            The file cannot be read; or a field is unknown, missing, or has a value that cannot be: names file, line,
            field and remedy.
        """
        path = Path(path)
        text, _, document = decode(path, SimulationError, what="a scenario", see="see docs/simulation.md")
        try:
            return msgspec.convert(document, cls)
        except msgspec.ValidationError as e:
            reason, _, where = str(e).partition(" - at `$")
            field, remedy = where.rstrip("`").lstrip("."), "see docs/simulation.md"
            if isinstance(e.__cause__, SimulationError):
                reason, field, remedy = e.__cause__.reason, e.__cause__.field or "", e.__cause__.remedy
            raise SimulationError(
                reason, file=str(path), field=field or None, line=line_of(text, field, reason), remedy=remedy
            ) from None
