"""One aircraft of one scenario, close up: positions, visits found, visits made, faults put in.

``python -m bench.bounds_look 13 d01405 2024-05-27T20:00 2024-05-27T22:00 [--family held]``
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence

import polars as pl

from bench.bounds_run import tables_of
from bench.bounds_settings import setting

__all__ = ["main"]

_SHOWN = (
    "latitude_deg", "longitude_deg", "altitude_ft", "altitude_geom_ft", "on_ground", "groundspeed_kt", "track_deg",
    "vertical_rate_fpm", "position_source", "nic",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Print everything about the aircraft in the time given."""
    parser = argparse.ArgumentParser(prog="python -m bench.bounds_look", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("icao24")
    parser.add_argument("since", type=dt.datetime.fromisoformat)
    parser.add_argument("until", type=dt.datetime.fromisoformat)
    parser.add_argument("--family", default="held")
    o = parser.parse_args(argv)
    t = tables_of(setting(o.family, o.seed))
    a, b = (x.replace(tzinfo=dt.UTC) for x in (o.since, o.until))
    mine = pl.col("icao24") == o.icao24
    day = dt.timedelta(hours=12)
    near = pl.coalesce("arrived_utc", "departed_utc", "arrived_latest_utc").is_between(a - day, b + day)
    wide = pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=220, tbl_formatting="NOTHING")
    with wide, pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        rows = t.simulated.positions.filter(mine, pl.col("time_utc").is_between(a, b))
        print(rows.select(pl.col("time_utc").dt.strftime("%d %H:%M:%S"), *_SHOWN))
        print("made:", t.simulated.visits.filter(mine, near).select("airfield", "arrived_utc", "departed_utc"))
        print("put in:", t.simulated.faults.filter(mine).drop("note"))
    for v in t.found.visits.filter(mine, near).iter_rows(named=True):
        print(f"found: {v['visit_id']} {v['grade']} at {v['airfield']} [{v['basis']}] rivals {v['rivals']}")
        for end in ("arrived", "departed"):
            print(f"  {end} " + ", ".join(str(v[f"{end}_{w}utc"]) for w in ("earliest_", "", "latest_")))
        print(f"  dwell {v['dwell_least_min']} to {v['dwell_most_min']}; {v['integrity']}; {v['quarantined']}")
        for why in v["reasons"]:
            print(f"    {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
