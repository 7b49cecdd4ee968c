"""Made tables: SIMULATED, an invented operator, addresses outside the allocated blocks (000000 to 003fff)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from wheelsdown.outputs import Extras
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import GAPS, LEGS, POSITIONS, VISITS

SOURCE = "SIMULATED made.py"
T0 = datetime(2030, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


def minutes(n: float) -> datetime:
    return T0 + timedelta(minutes=n)


def positions(source: str = SOURCE) -> pl.DataFrame:
    """One aircraft eastward over the antimeridian, with a silence of twenty minutes, then a landing."""
    lon = [179.5, 179.7, 179.9, -179.9, -179.7, -176.0, -175.9, -175.9]
    at = [0.0, 1.0, 2.0, 3.0, 4.0, 24.0, 25.0, 26.0]
    return POSITIONS.conform(
        pl.DataFrame(
            {
                "icao24": ["001e23"] * 8,
                "time_utc": [minutes(m) for m in at],
                "latitude_deg": [10.0, 10.0000049, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0],
                "longitude_deg": lon,
                "altitude_ft": [10000.0, 9000.0, 8000.0, 7000.0, 6000.0, 1000.0, None, None],
                "on_ground": [False] * 6 + [True, True],
                "source": [source] * 8,
                "receipt": ["0123456789abcdef"] * 8,
            }
        ),
        fill=True,
    )


def visits(source: str = SOURCE) -> pl.DataFrame:
    """Two visits; the second has texts that a spreadsheet, an XML reader or a browser would run."""
    return VISITS.conform(
        pl.DataFrame(
            {
                "visit_id": ["SIM-1", "SIM-2"],
                "icao24": ["001e23", "~003fff"],
                "operator": ["Invented Air Freight", None],
                "callsign_in": ["SIM1", '=HYPERLINK("x")'],
                "callsign_out": ["SIM2", "<b>&'\x01"],
                "airfield": ["ZZZZ", None],
                "airfield_name": ["Made Field", "-1+1"],
                "place_id": ["ZZZZ", "place_N10.01_W175.89"],
                "latitude_deg": [10.00000449, float("nan")],
                "longitude_deg": [-175.9, -175.9],
                "rivals": [[], ["ZZZA", "ZZZB"]],
                "excluded": [["ZZZA: 40 km from the last position"], None],
                "arrived_earliest_utc": [minutes(24), None],
                "arrived_utc": [minutes(24.5), None],
                "arrived_latest_utc": [minutes(25), minutes(30)],
                "dwell_least_min": [1.0, 2.3456],
                "grade": ["observed", "possible"],
                "reasons": [["on the ground at 03:29", "lost before"], ["<script>alert(1)</script>"]],
                "hidden_visits_most": [0, 3],
                "receipts": [["0123456789abcdef"], ["0123456789abcdef"]],
                "last_before_utc": [minutes(24), None],
                "source": [source, source],
            },
            strict=False,
        ),
        fill=True,
    )


def legs(source: str = SOURCE) -> pl.DataFrame:
    return LEGS.conform(
        pl.DataFrame(
            {
                "leg_id": ["SIM-L1"],
                "icao24": ["001e23"],
                "callsign": ["SIM1"],
                "destination": ["ZZZZ"],
                "destination_grade": ["observed"],
                "landed_utc": [minutes(24.5)],
                "reasons": [["the data begin in flight"]],
                "receipts": [["0123456789abcdef"]],
                "first_received_utc": [minutes(0)],
                "last_received_utc": [minutes(24)],
                "source": [source],
            }
        ),
        fill=True,
    )


def gaps() -> pl.DataFrame:
    return GAPS.conform(
        pl.DataFrame(
            {
                "icao24": ["001e23"],
                "from_utc": [minutes(4)],
                "to_utc": [minutes(24)],
                "duration_min": [20.0],
                "from_latitude_deg": [10.0],
                "from_longitude_deg": [-179.7],
                "to_latitude_deg": [10.0],
                "to_longitude_deg": [-176.0],
                "distance_km": [405.0],
                "implied_speed_kt": [656.05],
                "kind": ["stop_fits"],
                "reasons": [["20 minutes without a position"]],
                "receipts": [["0123456789abcdef"]],
            }
        ),
        fill=True,
    )


def extras(source: str = SOURCE, **more: object) -> Extras:
    receipt = Receipt("SIMULATED.csv" if "SIMULATED" in source else "a.csv", "0123456789abcdef" * 4, 99, "made", 8)
    return Extras(positions=positions(source), receipts=receipts_frame([receipt]), **more)  # type: ignore[arg-type]
