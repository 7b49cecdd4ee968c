"""SIMULATED flights made by hand, in the shape that `simulate` gives: two aircraft, Baku and Ovda, three days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from tests.inference.made import Flight, runways_of, sampled
from wheelsdown.inference import Inference, infer
from wheelsdown.reference.airfields import Airfields, load
from wheelsdown.reference.store import PACKED
from wheelsdown.schema import REGISTER

DAYS = (date(2030, 1, 1), date(2030, 1, 2), date(2030, 1, 3))


@dataclass(frozen=True)
class Flown:
    """As `wheelsdown.simulate.Simulated`."""

    positions: pl.DataFrame
    legs: pl.DataFrame
    visits: pl.DataFrame
    fleet: pl.DataFrame
    days: pl.DataFrame

    def but(self, **changes: Any) -> Flown:
        return replace(self, **changes)


def states(*state: str) -> pl.DataFrame:
    return pl.DataFrame({"date": list(DAYS), "state": list(state)})


def fields() -> Airfields:
    return load(PACKED)


def inferred(positions: pl.DataFrame) -> Inference:
    known = fields()
    return infer(positions, airfields=known.fields, runways=known.runways)


def _one(icao24: str, sign: str, begin: datetime) -> pl.DataFrame:
    known = fields()
    baku = runways_of(known.fields, known.runways, "UBBB")["16"]
    ovda = runways_of(known.fields, known.runways, "LLOV")["02R"]
    flight = Flight(icao24, f"{sign}A", begin)
    flight.stand(baku, 10.0).take_off(baku).land(ovda).called(f"{sign}B").stand(ovda, 150.0).take_off(ovda)
    flight.land(baku).called(f"{sign}C").stand(baku, 300.0).take_off(baku).land(ovda).stand(ovda, 60.0)
    rows = sampled(flight, every_s=9.0, standing_s=240.0, ground_altitude=False)
    # a silence high up, so that there is a gap to tell of
    since = pl.col("time_utc") - begin
    return rows.filter(~since.is_between(timedelta(minutes=70), timedelta(minutes=90)))


def kept_by_archives(rows: pl.DataFrame) -> pl.DataFrame:
    """Round as archives do: hundredths of a second, millionths of a degree, tenths of knots and degrees."""
    hundredths = (pl.col("time_utc").dt.epoch("ms") // 10 * 10).cast(pl.Datetime("ms", "UTC"))
    return rows.with_columns(
        hundredths.alias("time_utc"),
        pl.col("latitude_deg", "longitude_deg").round(6),
        pl.col("groundspeed_kt", "track_deg").round(1),
        pl.col("vertical_rate_fpm").round(0),
    )


def flown() -> Flown:
    rows = pl.concat(
        [
            _one("d00101", "SIM10", datetime(2030, 1, 1, 5, tzinfo=UTC)),
            _one("d00202", "SIM20", datetime(2030, 1, 1, 20, tzinfo=UTC)),
        ]
    ).with_columns(
        source=pl.lit("SIMULATED readsb"),
        squawk=pl.lit("2000"),
        category=pl.lit("A5"),
        adsb_version=pl.lit(2, pl.Int32),
        nic=pl.lit(8, pl.Int32),
        nac_p=pl.lit(9, pl.Int32),
        sil=pl.lit(3, pl.Int32),
        altitude_geom_ft=pl.col("altitude_ft") + 150.0,
    )
    positions = kept_by_archives(rows)
    found = inferred(positions)
    fleet = pl.DataFrame(
        {
            "icao24": ["d00101", "d00202"],
            "registration": ["SIM-AB1", "SIM-AB2"],
            "typecode": ["IL76", "IL76"],
            "operator": ["SIMULATED Air Bridge", "Invented Cargo"],
            "source": ["SIMULATED fleet"] * 2,
        }
    )
    return Flown(
        positions, found.legs, found.visits, REGISTER.conform(fleet, fill=True), states("whole", "whole", "whole")
    )
