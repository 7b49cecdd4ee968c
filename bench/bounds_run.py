"""One scenario: simulate, infer, ask how observable the field was, count, and compare with the truth."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextlib import nullcontext as none
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import numpy as np
import polars as pl

from bench.accuracy import reference
from bench.bounds_match import Matched, match, naive_count
from bench.bounds_settings import FAMILIES, Setting, setting
from wheelsdown.geo import distance_km
from wheelsdown.inference.probability import Calibration

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Tables", "family_fields", "record_of", "run", "tables_of"]

SURE: Final = ("observed", "inferred")
STRONG: Final = ("observed", "inferred", "likely")
SPOOF_KM: Final = 30.0
SPOOF_SLACK: Final = timedelta(minutes=5)
"""Times of visits are estimates, but their bounds hold the silences too: what was sent later made no visit."""
_SHOWN: Final = 25


@dataclass(frozen=True)
class Tags(Calibration):
    """In place of the fitted table, while fitting: in place of a rival's probability the number of its class."""

    names: list[str] = field(default_factory=list)

    def of_rival(self, name: str) -> float | None:
        """Number of a class of rivals, from 0, as a thousandth: small enough to pass for a probability."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name) / 1000.0

    def name_of(self, tag: float) -> str:
        """Give the class that a number stands for."""
        return self.names[round(tag * 1000.0)]


class Tables:
    """Everything made in one scenario; the seconds each step took are in `cpu_s`."""

    def __init__(self, of: Setting) -> None:
        self.setting = of
        self.cpu_s: dict[str, float] = {}
        self.simulated: Any = None
        self.found: Any = None
        self.observability: pl.DataFrame | None = None
        self.counted: pl.DataFrame | None = None
        self.fleet: list[str] = []
        self.tags = Tags({}, {})

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the CPU time of a step."""
        begun = time.process_time()
        yield
        self.cpu_s[name] = round(self.cpu_s.get(name, 0.0) + time.process_time() - begun, 3)


@lru_cache(maxsize=4)
def family_fields(family: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the airfields and runways that flights of one family may use: no other family's are among them.

    A name that is none of the families gives all airfields.
    """
    from bench.bounds_fields import pool

    fields, runways = reference()
    if family not in FAMILIES:
        return fields, runways
    codes = [f.code for f in pool(family).fields]
    return fields.filter(pl.col("code").is_in(codes)), runways.filter(pl.col("code").is_in(codes))


def moment(day: date) -> datetime:
    """Midnight UTC at which a day begins."""
    return datetime.combine(day, hour(), tzinfo=UTC)


def tables_of(of: Setting) -> Tables:
    """Run one scenario through everything a user would run."""
    from wheelsdown.analysis.counting import count
    from wheelsdown.analysis.heard import heard
    from wheelsdown.analysis.observability import observability
    from wheelsdown.inference import infer, rows
    from wheelsdown.lake.near import aircraft_days
    from wheelsdown.simulate import simulate

    out = Tables(of)
    fields, runways = reference()
    theirs = family_fields(of.family)
    with out.timed("simulate"):
        out.simulated = simulate(of.scenario, airfields=theirs[0], runways=theirs[1])
    positions = out.simulated.positions
    out.fleet = sorted(out.simulated.fleet.filter(pl.col("operator") == of.operator)["icao24"].to_list())
    with out.timed("infer"), patch.object(rows, "calibration", return_value=out.tags) if of.family == "fit" else none():
        # the whole world's airfields are rivals, as for any user
        out.found = infer(positions, airfields=fields, runways=runways)
    since, until = moment(of.since), moment(of.until)
    with out.timed("observability"):
        out.observability = observability(
            out.found.visits,
            heard(positions, fields.filter(pl.col("code") == of.destination)),
            airfield=of.destination,
            since=of.since,
            until=of.until - timedelta(days=1),
            fleet=out.fleet,
            # an archive knows which days it holds, unless it was copied by someone who did not say
            days=_days_held(out.simulated.days) if of.days_known else None,
        )
    with out.timed("count"):
        mine = pl.col("icao24").is_in(out.fleet)
        out.counted = count(
            out.found.visits.filter(mine),
            airfield=of.destination,
            since=since,
            until=until,
            airfields=fields,
            runways=runways,
            silences=out.found.gaps.filter(mine),
            legs=out.found.legs.filter(mine),
            received=aircraft_days(positions.filter(mine)),
            observability=out.observability,
            fleet=out.fleet,
            selection="fleet",
        )
    return out


def _days_held(days: pl.DataFrame) -> pl.DataFrame:
    day = "day" if "day" in days.columns else "date"
    return days.select(pl.col(day).alias("day"), "state", pl.lit(None, pl.String).alias("reason"))


def run(family: str, seed: int) -> dict[str, Any]:
    """Run one scenario and give its record: plain numbers and texts, for a line of JSON."""
    if family not in FAMILIES:
        raise ValueError(f"{family} is not one of {', '.join(FAMILIES)}")
    return record_of(tables_of(setting(family, seed)))


def record_of(t: Tables) -> dict[str, Any]:
    """Compare what was found in a scenario with its truth."""
    s = t.setting
    truth = t.simulated.visits
    # a flight that was under way when the scenario ends has no true end to be held to
    visits = t.found.visits.filter((pl.col("arrived_latest_utc") < moment(s.scenario.end)).fill_null(value=True))
    # an aircraft that sends another's address did land there: told so, and no visit of the other one
    matched = match(visits, pl.concat([truth, _under_other_addresses(t)]))
    inside = (pl.col("arrived_utc") >= moment(s.since)) & (pl.col("arrived_utc") < moment(s.until))
    asked = truth.filter(inside, pl.col("icao24").is_in(t.fleet), pl.col("airfield") == s.destination)
    assert t.counted is not None  # noqa: S101 - `tables_of` made it
    row = t.counted.row(0, named=True)
    here = reference()[0].filter(pl.col("code") == s.destination)
    fields = _long_fields()
    mine = t.simulated.positions.filter(
        pl.col("icao24").is_in(t.fleet), pl.col("time_utc").is_between(moment(s.since), moment(s.until))
    )
    return {
        "family": s.family,
        "seed": s.seed,
        **s.summary(),
        "positions": t.simulated.positions.height,
        "truth_all": truth.height,
        "truth": asked.height,
        "truth_hidden": _hidden(t, asked),
        "truth_exposed": asked.filter(pl.col("arrived_utc").dt.date().is_in(_exposed(t))).height,
        **{
            k: row[k]
            for k in (
                "at_least", "at_least_with_quarantined", "cannot_be_ruled_out", "ruled_out_why", "best_estimate",
                "best_least", "best_most", "best_received", "best_unseen", "best_why", "days_window", "days_observed",
                "seen_probability", "observed", "inferred", "likely", "possible", "as_rival", "at_edge", "quarantined",
                "sentence",
            )
        },
        "naive": naive_count(mine, s.destination, fields) if here.height else 0,
        **_falses(t, visits, truth, matched),
        **_dwells(visits, truth, matched),
        **_evidence(visits, matched),
        "rivals": _rivals(t, visits, truth, matched) if s.family == "fit" else {},
        "seen": {**_seen(t, asked, visits, matched, truth), "told": _told(t)},
        "cpu_s": t.cpu_s,
    }  # fmt: skip


def _long_fields() -> pl.DataFrame:
    fields, runways = reference()
    usable = runways.filter(pl.col("length_ft") * 0.3048 >= 1000.0)["code"].unique()
    return fields.filter(pl.col("code").is_in(usable.implode()), pl.col("kind") != "closed")


def _exposed(t: Tables) -> list[date]:
    if t.observability is None:
        return []
    told = t.observability.filter(
        pl.col("airfield") == t.setting.destination,
        pl.col("status").is_in(("observed", "partly")),
        pl.col("seen_probability").is_not_null(),
    )
    return told["day"].to_list()


def _spoofed(t: Tables, visit: dict[str, Any]) -> bool:
    """Tell whether false positions were put in for this aircraft at this field, or near it, at this time."""
    known = {r[0]: r[1:] for r in reference()[0].select("code", "latitude_deg", "longitude_deg").iter_rows()}
    first = visit["arrived_earliest_utc"] or visit["arrived_latest_utc"]
    last = visit["departed_latest_utc"] or visit["arrived_latest_utc"]
    for f in t.simulated.faults.filter(pl.col("icao24") == visit["icao24"]).iter_rows(named=True):
        if not f["kind"].startswith("spoof") or f["place"] not in known:
            continue
        near = distance_km(*known[f["place"]], visit["latitude_deg"], visit["longitude_deg"]) < SPOOF_KM
        if near and f["from_utc"] - SPOOF_SLACK <= last and first <= f["to_utc"] + SPOOF_SLACK:
            return True
    return False


def _there(truth: pl.DataFrame, visit: dict[str, Any]) -> bool:
    """Tell whether the aircraft did stand at the field named, within the time that a visit tells of."""
    first = visit["arrived_earliest_utc"] or visit["arrived_latest_utc"]
    last = visit["departed_latest_utc"] or visit["arrived_latest_utc"]
    if visit["airfield"] is None:
        return False
    same = truth.filter(pl.col("icao24") == visit["icao24"], pl.col("airfield") == visit["airfield"])
    return bool(
        same.filter(
            (pl.col("arrived_utc") <= last).fill_null(value=True),
            (pl.col("departed_utc") >= first).fill_null(value=True),
        ).height
    )


def _under_other_addresses(t: Tables) -> pl.DataFrame:
    """True visits once more under the address that was sent, where that was another aircraft's."""
    truth = t.simulated.visits
    out = [truth.clear()]
    for f in t.simulated.faults.filter(pl.col("kind").str.ends_with("address")).iter_rows(named=True):
        sender = f["note"].rsplit(" ", 1)[-1]
        ends = [pl.col(f"{e}_utc").is_between(f["from_utc"], f["to_utc"]) for e in ("arrived", "departed")]
        heard = truth.filter(pl.col("icao24") == sender, pl.any_horizontal(e.fill_null(value=False) for e in ends))
        out.append(heard.with_columns(pl.lit(f["icao24"]).alias("icao24")))
    return pl.concat(out)


def _hidden(t: Tables, asked: pl.DataFrame) -> int:
    """True visits whose touchdown no true position under their own address told of: false ones were sent then."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for f in t.simulated.faults.iter_rows(named=True):
        if f["kind"].startswith("spoof"):
            spans.setdefault(f["icao24"], []).append((f["from_utc"], f["to_utc"]))
        elif f["kind"].endswith("address"):
            spans.setdefault(f["note"].rsplit(" ", 1)[-1], []).append((f["from_utc"], f["to_utc"]))
    ends = asked.select("icao24", "arrived_utc").iter_rows()
    return sum(any(begin <= down <= end for begin, end in spans.get(who, ())) for who, down in ends)


def _falses(t: Tables, visits: pl.DataFrame, truth: pl.DataFrame, matched: Matched) -> dict[str, Any]:
    """Visits graded `likely` or better that were not there."""
    fields = {r[0]: r[1:] for r in reference()[0].select("code", "latitude_deg", "longitude_deg").iter_rows()}
    strong = visits["grade"].is_in(STRONG).to_numpy()
    sure = visits["grade"].is_in(SURE).to_numpy()
    aside = visits["quarantined"].is_not_null().to_numpy()
    fleet = visits["icao24"].is_in(t.fleet).to_numpy()
    out, spoofed = [], 0
    for i in np.flatnonzero(strong & ~aside & (matched.truth_of < 0) & (matched.half_of < 0)).tolist():
        v = visits.row(i, named=True)
        k = int(matched.elsewhere[i])
        other = truth.row(k, named=True) if 0 <= k < truth.height else None
        km = None
        if other is not None and v["airfield"] in fields and other["airfield"] in fields:
            km = round(float(distance_km(*fields[v["airfield"]], *fields[other["airfield"]])), 1)
        # a second row of a stay that was made there is false, but not at a false field
        by_spoof = _spoofed(t, v) and not _there(truth, v)
        spoofed += by_spoof
        out.append(
            {
                "seed": t.setting.seed, "stratum": t.setting.stratum, "visit_id": v["visit_id"], "icao24": v["icao24"],
                "fleet": bool(fleet[i]), "airfield": v["airfield"], "place_id": v["place_id"], "grade": v["grade"],
                "basis": v["basis"], "true_at": None if other is None else other["airfield"], "true_km": km,
                "spoofed": by_spoof, "integrity": v["integrity"], "reasons": v["reasons"],
                "arrived": str(v["arrived_utc"]), "departed": str(v["departed_utc"]),
            }
        )  # fmt: skip
    counts = {
        "sure": int(np.sum(sure & ~aside)),
        "sure_fleet": int(np.sum(sure & ~aside & fleet)),
        "likely": int(np.sum(strong & ~sure & ~aside)),
        "halves": int(np.sum(matched.half_of >= 0)),
        "other_address": int(np.sum(matched.truth_of >= truth.height)),
        "aside": int(np.sum(aside)),
        "aside_true": int(np.sum(aside & (matched.truth_of >= 0))),
    }
    return {**counts, "false": out, "spoofed_likely": spoofed}


def _dwells(visits: pl.DataFrame, truth: pl.DataFrame, matched: Matched) -> dict[str, Any]:
    """Whether dwell intervals of matched visits hold the true dwell, and how wide they are."""
    pairs = [(i, int(k)) for i, k in enumerate(matched.truth_of) if 0 <= k < truth.height]
    true_min = ((truth["departed_utc"] - truth["arrived_utc"]).dt.total_milliseconds() / 60000.0).to_list()
    least, most = visits["dwell_least_min"].to_list(), visits["dwell_most_min"].to_list()
    grades, ids = visits["grade"].to_list(), visits["visit_id"].to_list()
    held = n = opened = 0
    widths, relative, missed = [], [], []
    for i, k in pairs:
        true = true_min[k]
        if true is None:
            continue
        n += 1
        slack = 0.05  # times are kept to the millisecond and estimates to the second
        low = least[i] is None or least[i] <= true + slack
        high = most[i] is None or true <= most[i] + slack
        held += low and high
        if most[i] is None or least[i] is None:
            opened += 1
        else:
            widths.append(most[i] - least[i])
            relative.append((most[i] - least[i]) / max(true, 1.0))
        if not (low and high):
            missed.append({"visit_id": ids[i], "grade": grades[i], "true": true, "least": least[i], "most": most[i]})
    return {
        "dwell": n,
        "dwell_held": held,
        "dwell_open": opened,
        "dwell_width_min": float(np.mean(widths)) if widths else None,
        "dwell_width_relative": float(np.mean(relative)) if relative else None,
        "dwell_missed": missed[:_SHOWN],
    }


def _evidence(visits: pl.DataFrame, matched: Matched) -> dict[str, Any]:
    """How often each class of evidence was right; flights set aside are classes of their own, by the reason."""
    bases: dict[str, list[Any]] = {}
    rows = zip(visits["basis"].to_list(), visits["probability"].to_list(), visits["quarantined"].to_list(), strict=True)
    for i, (basis, p, aside) in enumerate(rows):
        if matched.half_of[i] >= 0:
            continue
        named = (basis or "none", p) if aside is None else (f"aside {aside.partition(':')[0]}", None)
        entry = bases.setdefault(named[0], [0, 0, named[1]])
        entry[0] += 1
        entry[1] += bool(matched.truth_of[i] >= 0)
    return {"bases": bases}


def _seen(
    t: Tables, asked: pl.DataFrame, visits: pl.DataFrame, matched: Matched, truth: pl.DataFrame
) -> dict[str, Any]:
    """How many of the fleet's visits on days observed left a row, and how many did by observability."""
    days = set(_exposed(t))
    index = {v: k for k, v in enumerate(truth["visit_id"].to_list())}
    on = [index[v] for v, day in zip(asked["visit_id"], asked["arrived_utc"].dt.date(), strict=True) if day in days]
    rivals = visits["rivals"].to_list()
    beside = {int(k) for i, k in enumerate(matched.elsewhere) if k >= 0 and t.setting.destination in (rivals[i] or ())}
    return {"n": len(on), "seen": sum(bool(matched.visit_of[k] >= 0) or k in beside for k in on)}


def _told(t: Tables) -> list[float] | None:
    """Give the chance to leave a row that was told for the days observed, with its interval."""
    from wheelsdown.analysis.exposure import exposure_of

    s = t.setting
    told = exposure_of(t.observability, airfield=s.destination, since=moment(s.since), until=moment(s.until)).seen
    return None if told is None else [told.probability, told.least, told.most]


def _rivals(t: Tables, visits: pl.DataFrame, truth: pl.DataFrame, matched: Matched) -> dict[str, list[int]]:
    """How often the stop was at a rival, by class of rival."""
    out: dict[str, list[int]] = {}
    at = truth["airfield"].to_list()
    rows = zip(visits["rivals"], visits["rivals_probability"], visits["quarantined"], strict=True)
    for i, (rivals, tags, aside) in enumerate(rows):
        if rivals is None or tags is None or aside is not None or matched.half_of[i] >= 0:
            continue
        k = int(matched.elsewhere[i])
        true = at[k] if 0 <= k < truth.height else None
        for code, tag in zip(rivals, tags, strict=True):
            entry = out.setdefault(t.tags.name_of(tag), [0, 0])
            entry[0] += 1
            entry[1] += bool(code == true)
    return out
