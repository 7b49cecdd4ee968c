"""Counts of visits: at least, best estimate with interval, and what cannot be ruled out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from wheelsdown.analysis.expected import Weighed, estimate, most_unseen
from wheelsdown.analysis.exposure import Exposure, exposure_of
from wheelsdown.analysis.grouping import GROUPS, Group, groups_of
from wheelsdown.analysis.hidden import Hidden, hidden_visits, place_of, with_doubtful
from wheelsdown.analysis.sentences import Telling, count_sentence
from wheelsdown.analysis.sorting import COUNTED, Sorted, sort_visits
from wheelsdown.analysis.twice import TWICE, told_twice
from wheelsdown.errors import UsageError
from wheelsdown.inference.probability import Fitted, calibration
from wheelsdown.schema import AIRCRAFT_DAYS, COUNTS, GAPS, SELECTIONS

__all__ = ["count"]

_UNTOLD = "these files cannot show how many were missed"
_LEAST_SEEN = 0.5
"""Where fewer may have left a row, most of an estimate would be a guess."""
_PICKED = "files chosen by hand: what was not chosen is not in them"


def count(
    visits: pl.DataFrame,
    *,
    airfield: str | None,
    since: datetime,
    until: datetime,
    airfields: pl.DataFrame,
    runways: pl.DataFrame,
    silences: pl.DataFrame | None = None,
    received: pl.DataFrame | None = None,
    legs: pl.DataFrame | None = None,
    observability: pl.DataFrame | None = None,
    fleet: Collection[str] | None = None,
    selection: str = "all",
    by: Sequence[str] = (),
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """Count visits of a window.

    Parameters
    ----------
    visits : frame of VISITS
        Of the aircraft in question, those with `airfield` among their rivals included; checks applied.
    airfield : str, optional
        Code; None counts visits wherever they were.
    since, until : datetime
        Window of the touchdown, the end not included.
    airfields, runways : frames of AIRFIELDS and RUNWAYS
    silences : frame of GAPS, optional
        Of the aircraft in question; without it nothing is said of what silences could hide.
    received : frame of AIRCRAFT_DAYS, optional
        Of the same: when each was first and last received.
    legs : frame of LEGS, optional
        Of the same: flights whose positions may be false are taken as not received.
    observability : frame of OBSERVABILITY, optional
        Of the airfield; without it, no visits are added for those that left no trace.
    fleet : collection of str, optional
        Addresses named beforehand; by default those of the other tables.
    selection : str
        all, fleet, hand_picked (`schema.SELECTIONS`).
    by : sequence of str
        Of airfield, operator, aircraft, type, origin, and one of day, week, month, year.
    time_zone : str
        IANA zone of the periods and of the sentence.

    Returns
    -------
    COUNTS
        One row a group; without `by` one row.

    Raises
    ------
    UsageError
        The window is empty, or a group or selection is unknown.

    Notes
    -----
    *At least* counts visits graded observed or inferred whose touchdown lies in the window for certain. *Best estimate*
    is for the days observed. *Cannot be ruled out* adds weaker visits, those named elsewhere with this airfield not
    excluded, those at the window's edges, those set aside, and what could have gone unreceived: on days observed no
    more than the chance to be received allows, on others whatever fits into the silences of these aircraft. It cannot
    see aircraft that never broadcast.
    """
    if until <= since:
        raise UsageError("the window is empty: its end is not after its beginning")
    if selection not in SELECTIONS:
        raise UsageError(f"selection {selection!r}: one of {', '.join(SELECTIONS)}")
    if unknown := [b for b in by if b not in GROUPS]:
        raise UsageError(f"--by {unknown[0]}: one of {', '.join(GROUPS)}")
    silences = GAPS.empty() if silences is None else silences
    silences = silences if legs is None else with_doubtful(silences, legs)
    # over all groups: two periods, or two spellings of an operator, must not count one stay each
    visits = told_twice(visits)
    rows = []
    for group in groups_of(visits, airfield=airfield, since=since, until=until, by=by, time_zone=time_zone):
        known = _Known(airfields, runways, silences, received, observability, fleet, selection)
        rows.append(_row(group, known, time_zone))
    return pl.DataFrame(rows, schema=COUNTS.schema, strict=False) if rows else COUNTS.empty()


class _Known:
    """What is known beside the visits."""

    def __init__(
        self,
        airfields: pl.DataFrame,
        runways: pl.DataFrame,
        silences: pl.DataFrame,
        received: pl.DataFrame | None,
        observability: pl.DataFrame | None,
        fleet: Collection[str] | None,
        selection: str,
    ) -> None:
        self.airfields, self.runways = airfields, runways
        self.silences, self.received = silences, AIRCRAFT_DAYS.empty() if received is None else received
        self.silences_known = received is not None
        self.observability = observability
        self.selection = selection
        who = pl.coalesce("icao24", "track_id")
        seen = {*silences.select(who).to_series().drop_nulls(), *self.received.select(who).to_series().drop_nulls()}
        self.fleet = sorted(fleet if fleet is not None else seen)


def _row(group: Group, known: _Known, time_zone: str) -> dict[str, Any]:
    s = sort_visits(group.visits, airfield=group.airfield, since=group.since, until=group.until)
    counted = s.role("counted")
    exposure = exposure_of(known.observability, airfield=group.airfield, since=group.since, until=group.until)
    # set aside is set aside with its grade lowered: with them means as if nothing were held against them
    aside = s.role("aside").filter(
        "_named",
        pl.coalesce("grade_if_believed", "grade").is_in(COUNTED),
        pl.col("_inside") == 1.0,
        pl.col(TWICE).is_null(),
    )
    confirmed = (pl.col("verdict") == "confirm") & (pl.col("check_state") == "current")
    weaker = s.all.filter(pl.col("_role") != "counted")
    row: dict[str, Any] = {
        **group.named,
        "airfield": group.airfield,
        "from_utc": group.since,
        "to_utc": group.until,
        "time_zone": time_zone,
        **{g: s.graded(g) for g in ("observed", "inferred", "likely", "possible")},
        "as_rival": s.role("rival").height,
        "at_edge": s.role("edge").height,
        "quarantined": s.role("aside").height,
        "rejected": s.role("rejected").height,
        "checked": counted.filter(confirmed).height,
        "at_least": counted.height,
        "at_least_with_quarantined": counted.height + aside.height,
        "days_window": exposure.days_window,
        "days_observed": exposure.days_observed,
        "days_not_observed": exposure.days_not_observed,
        "seen_probability": exposure.seen.probability if exposure.seen else None,
        "selection": known.selection,
        "visit_ids": counted["visit_id"].to_list(),
        "other_ids": weaker["visit_id"].to_list(),
        "sources": sorted({*s.all["source"].drop_nulls()}),
        "receipts": sorted({*s.all["receipts"].explode().drop_nulls()}),
    }
    row.update(_further(group, s, exposure, known))
    row.update(_best(group, s, exposure, known))
    row["sentence"] = count_sentence(row, group.visits, telling=Telling(observability=known.observability))
    return row


def _further(group: Group, s: Sorted, exposure: Exposure, known: _Known) -> dict[str, Any]:
    """What cannot be ruled out, and what it is made of."""
    if known.selection == "hand_picked":
        return {"cannot_be_ruled_out": None, "ruled_out_why": [f"refused: {_PICKED}"]}
    parts = [
        (s.role("weaker").height, "weaker visits"),
        (s.role("rival").height, "named elsewhere, this airfield not excluded"),
        (s.role("edge").height, "with a touchdown that may lie outside the window"),
        (s.role("aside").height, "set aside for doubts about them"),
        (s.role("twice").height, "that may be the same stay as another row"),
    ]
    why = [f"{n} {words}" for n, words in parts if n]
    total = sum(n for n, _ in parts)
    if group.refused:
        return {"cannot_be_ruled_out": None, "ruled_out_why": [*why, group.refused]}
    if group.airfield is None:
        return {"cannot_be_ruled_out": None, "ruled_out_why": [*why, "no bound: not counted at one airfield"]}
    if not known.silences_known:
        return {"cannot_be_ruled_out": None, "ruled_out_why": [*why, f"no bound: {_UNTOLD}"]}
    if exposure.unwatched and known.selection == "all":
        text = f"no bound: {exposure.why_unwatched}"
        return {"cannot_be_ruled_out": None, "ruled_out_why": [*why, text]}
    off = _hidden(group, known, s, exposure.unwatched)
    if off.most is None:
        text = f"no bound: {off.why[0]} within {exposure.why_unwatched}"
        return {"cannot_be_ruled_out": None, "ruled_out_why": [*why, text]}
    if off.most:
        why.append(f"{off.most} that fit into {off.silences} silences within {exposure.why_unwatched}")
    missed = 0
    if exposure.seen is not None:
        missed = most_unseen(_on_days(s, exposure), exposure.seen, unseen_spread=calibration().unseen_spread)
        room = _room(group, exposure, known, s)
        missed = missed if room is None else min(missed, room)
        if missed:
            why.append(f"{missed} that may have left no trace although receivers were up")
    return {"cannot_be_ruled_out": total + off.most + missed, "ruled_out_why": why}


def _day() -> pl.Expr:
    return pl.coalesce("arrived_utc", "arrived_latest_utc", "departed_utc").dt.date()


def _on_days(s: Sorted, exposure: Exposure) -> int:
    bearing = ~pl.col("_role").is_in(("rejected", "twice"))
    return s.all.filter(bearing, _day().is_in(list(exposure.observed))).height


def _best(group: Group, s: Sorted, exposure: Exposure, known: _Known) -> dict[str, Any]:
    """Best estimate for the days observed."""
    table = calibration()
    classes: dict[str, tuple[Fitted, float]] = {}
    received, missing, unweighed = 0.0, None, 0
    for v in s.all.filter(~pl.col("_role").is_in(("rejected", "twice"))).with_columns(_on=_day()).to_dicts():
        if v["verdict"] == "confirm" and v["check_state"] == "current" and v["_named"]:
            name, fitted = "confirmed", Fitted(1, 1, 1.0, 0.0)
        elif v["_role"] == "aside":
            # set aside is not false: those of this kind were true so many times of a hundred
            name = f"aside {v['quarantined'].partition(':')[0]}"
            found = table.fitted(name) if v["_named"] else None
            if found is None:
                unweighed += 1
                continue
            fitted = found
        elif v["_named"]:
            name, found = v["basis"] or v["grade"], table.fitted(v["basis"] or v["grade"])
            if found is None:
                missing = name
                continue
            fitted = found
        else:
            p = _rival(v, group.airfield)
            if p is None:
                missing = "rival"
                continue
            spread = table.rivals["rival"].spread if "rival" in table.rivals else 1.0
            name, fitted = f"rival {p:.4f}", Fitted(1, 1, p, spread)
        received += fitted.probability * v["_inside"]
        if v["_on"] in exposure.observed:
            old = classes.get(name, (fitted, 0.0))
            classes[name] = (fitted, old[1] + v["_inside"])
    out: dict[str, Any] = {"best_received": round(received, 3), "best_estimate": None}
    if known.selection == "hand_picked":
        return {**out, "best_why": f"refused: {_PICKED}"}
    if missing is not None:
        return {**out, "best_why": f"no probability was fitted for: {missing}"}
    if exposure.seen is None:
        return {**out, "best_why": exposure.reason or _UNTOLD}
    if exposure.seen.least < _LEAST_SEEN:
        return {**out, "best_why": f"refused: as few as {exposure.seen.least:.0%} of the visits may have left a row"}
    room = _room(group, exposure, known, s)
    total = estimate(
        [Weighed(round(n), f.probability, f.spread, name.startswith("rival ")) for name, (f, n) in classes.items()],
        exposure.seen,
        unseen_spread=table.unseen_spread,
        most_unseen=room,
    )
    why = f"for the {exposure.days_observed:g} of {exposure.days_window:g} days observed"
    return {
        **out,
        "best_estimate": round(total.mean, 2),
        "best_least": total.least,
        "best_most": total.most,
        "best_unseen": round(total.unseen, 3),
        "best_why": why + (f"; {unweighed} set aside are not in it" if unweighed else ""),
    }


def _hidden(group: Group, known: _Known, s: Sorted, days: Collection[date]) -> Hidden:
    place = place_of(group.airfield or "", known.airfields, known.runways)
    return hidden_visits(
        place,
        known.silences,
        known.received,
        since=group.since,
        until=group.until,
        fleet=group.fleet or known.fleet,
        unseen_days=days,
        # what a person rejected, or what another row tells already, takes no place in a silence
        known=s.all.filter(~pl.col("_role").is_in(("rejected", "twice"))),
    )


def _room(group: Group, exposure: Exposure, known: _Known, s: Sorted) -> int | None:
    """How many visits the silences of observed days could hold at all; None: no bound, or not known."""
    if not known.silences_known or group.airfield is None or known.selection == "all":
        return None
    return _hidden(group, known, s, exposure.observed).most


def _rival(v: dict[str, Any], airfield: str | None) -> float | None:
    chances = v["rivals_probability"]
    if chances is None or airfield not in v["rivals"]:
        return None
    found: float | None = chances[v["rivals"].index(airfield)]
    return found
