"""What goes wrong: which flights are spoofed, doubled, sent under a wrong address, or missing.

The signature of spoofing is that of the eastern Mediterranean since 2023: aircraft over the region broadcast positions
at one airport (Beirut, Amman, Cairo), standing, circling, or as a copy of their true track moved there, for minutes up
to the rest of the flight. It comes in spells of hours, so that several aircraft are caught at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.errors import SimulationError
from wheelsdown.geo import distance_km
from wheelsdown.simulate.planning import Chain
from wheelsdown.simulate.ports import World
from wheelsdown.simulate.scenario import Scenario, Spoof
from wheelsdown.simulate.weather import stream

__all__ = ["FAULTS_SCHEMA", "Event", "Troubles", "places_of"]

FAULTS_SCHEMA: Final = {
    "icao24": pl.String(),
    "kind": pl.String(),
    "from_utc": pl.Datetime("ms", "UTC"),
    "to_utc": pl.Datetime("ms", "UTC"),
    "place": pl.String(),
    "note": pl.String(),
}
ACTIVE_SHARE: Final = 0.4
"""Share of the time in which spoofing goes on, unless more flights are to be caught than fly then."""
SPELL_H: Final = (3.0, 12.0)

F64 = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Event:
    """One flight's spoofing."""

    variant: str
    place: str
    begin_s: float
    end_s: float
    silent_from_s: float
    latitude_deg: float
    longitude_deg: float
    elevation_ft: float
    shift_lat: float
    shift_lon: float
    degraded: bool
    dice: F64


def places_of(scenario: Scenario, world: World) -> None:
    """Check that the false places are listed.

    Raises
    ------
    SimulationError
        One is not.
    """
    for n, spoof in enumerate(scenario.faults.spoof):
        if spoof.place not in world.number:
            raise SimulationError(
                f"{spoof.place[:20]!r} is no listed airfield with a runway whose ends are known",
                field=f"faults.spoof[{n}].place",
                remedy="give another code",
            )


class Troubles:
    """The faults of a scenario, and what was put in."""

    def __init__(self, scenario: Scenario, world: World, midnight_ms: int) -> None:
        self.scenario, self.world, self.midnight_ms = scenario, world, midnight_ms
        self.rows: list[dict[str, Any]] = []
        places_of(scenario, world)
        self._active = [self._spells(n, s) for n, s in enumerate(scenario.faults.spoof)]
        self._elev = world.fields["elev"].to_numpy()

    def _spells(self, n: int, spoof: Spoof) -> Any:
        """Hours in which spoofing goes on."""
        hours = self.scenario.days * 24
        want = max(ACTIVE_SHARE, spoof.share)
        on = np.ones(hours, dtype=np.bool_)
        if want >= 1.0:
            return on
        rng = stream(self.scenario.seed, 80, n)
        at, state = 0.0, bool(rng.random() < want)
        while at < hours:
            length = rng.uniform(*SPELL_H) * (1.0 if state else (1.0 - want) / want)
            on[int(at) : int(at + length) + 1] = state
            at, state = at + length, not state
        return on

    def add(self, address: int, kind: str, begin_s: float, end_s: float, place: str | None, note: str) -> None:
        """Write down a fault."""
        # times of positions are rounded: theirs must not fall outside
        margin = max(0.05, self.scenario.sampling.time_step_s)
        to_ms = [self.midnight_ms + round(s * 1000.0) for s in (begin_s - margin, end_s + margin)]
        self.rows.append(
            {"icao24": f"{address:06x}", "kind": kind, "from": to_ms[0], "to": to_ms[1], "place": place, "note": note}
        )

    def events(self, chain: Chain, rows: F64, flown: int) -> list[Event]:
        """Which flights of one aircraft are spoofed, and how.

        Parameters
        ----------
        chain : Chain
        rows : array
            Its true positions.
        flown : int
            Flights completed.
        """
        found: list[Event] = []
        taken: set[int] = set()
        for n, spoof in enumerate(self.scenario.faults.spoof):
            dice = stream(self.scenario.seed, 81, n, *chain.key).random((max(1, len(chain.legs)), 16))
            chance = spoof.share / max(ACTIVE_SHARE, spoof.share)
            k = self.world.number[spoof.place]
            lat, lon = float(self.world.lat[k]), float(self.world.lon[k])
            if not (dice[:, 0] < chance).any():
                continue
            north = (rows[:, 1] - lat) * 111.195
            east = ((rows[:, 2] - lon + 180.0) % 360.0 - 180.0) * 111.195 * np.cos(np.radians(lat))
            km = np.hypot(north, east)
            within = (rows[:, 7] == 0.0) & (km >= spoof.within_km[0]) & (km <= spoof.within_km[1])
            within &= rows[:, 3] < spoof.below_ft
            hour = np.minimum((rows[:, 0] / 3600.0).astype(np.int64), len(self._active[n]) - 1)
            within &= self._active[n][hour]
            leg = rows[:, 8].astype(np.int64)
            for j in np.flatnonzero(dice[:, 0] < chance):
                mine = np.flatnonzero(within & (leg == j))
                if not len(mine) or int(j) in taken:
                    continue
                taken.add(int(j))
                found.append(self._event(spoof, chain, rows, mine, leg, int(j), dice[j], (lat, lon, k), flown))
        return sorted(found, key=lambda e: e.begin_s)

    def _event(
        self, spoof: Spoof, chain: Chain, rows: F64, mine: Any, leg: Any, j: int, d: F64, at: tuple[float, float, int],
        flown: int,
    ) -> Event:  # fmt: skip
        lat, lon, k = at
        variant = spoof.variants[int(d[1] * len(spoof.variants))]
        # anywhere within reach; rather late: most are caught coming down
        first = mine[int(len(mine) * (1.0 - (1.0 - d[2]) ** 2) * 0.98)]
        begin = float(rows[first, 0])
        lasts = 60.0 * (spoof.minutes[0] + (spoof.minutes[1] - spoof.minutes[0]) * d[3] * d[3])
        whole = np.flatnonzero(leg == j)
        air = whole[rows[whole, 7] == 0.0]
        landed = j < flown
        end = begin + lasts
        if d[4] < spoof.until_parked_share and landed:
            # until it stands and the transponder is switched off
            after = np.flatnonzero((leg == j) & (rows[:, 0] > rows[air[-1], 0]))
            end = float(rows[after[-1], 0]) + 1200.0 if len(after) else end
        end = min(end, float(rows[-1, 0]) + 60.0)
        silent = begin - (120.0 + 420.0 * d[6]) if d[5] < spoof.silence_share else begin
        # the copy is moved so that the true end of the flight lies at the false place
        near = landed and distance_km(lat, lon, rows[air[-1], 1], rows[air[-1], 2]) < spoof.within_km[1] + 100.0
        ref = air[-1] if near and d[7] < 0.7 else first
        event = Event(
            variant, spoof.place, begin, end, max(silent, float(rows[air[0], 0])), lat, lon, float(self._elev[k]),
            lat - float(rows[ref, 1]), lon - float(rows[ref, 2]), bool(d[8] < spoof.degraded_share), d,
        )  # fmt: skip
        note = {"static": "stood at the place", "circling": "circled it", "shifted": "the true track moved there"}[
            variant
        ]
        self.add(chain.address, f"spoof_{variant}", begin, end, spoof.place, f"SIMULATED spoofing: {note}")
        return event

    def frame(self) -> pl.DataFrame:
        """What was put in."""
        times = {
            f"{c}_utc": pl.Series([r[c] for r in self.rows], dtype=pl.Int64)
            .cast(pl.Datetime("ms"))
            .dt.replace_time_zone("UTC")
            for c in ("from", "to")
        }
        texts = {c: [r[c] for r in self.rows] for c in ("icao24", "kind", "place", "note")}
        frame = pl.DataFrame({**texts, **times}, schema_overrides={c: pl.String() for c in texts})
        return frame.select(*FAULTS_SCHEMA).sort("from_utc", "icao24", "kind")
