"""Results in words: what landed, what probably did, what may have, how far the data reach, and what they cannot show.

Verbs follow the grades: observed and inferred *landed*, likely *probably landed*, possible *may have landed*. A weaker
visit never weakens the sentence about stronger ones. Probabilities stay in the tables. No sentence says what an
aircraft carried, nor why it was not received.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from wheelsdown.analysis.sentences_rests import MOST_NAMES, UNTOLD, as_named, partly_observed, rests, untold
from wheelsdown.analysis.wording import capital, listed, name, number, window

__all__ = ["NEVER_BROADCAST", "UNTOLD", "Telling", "count_sentence", "with_sentences"]

NEVER_BROADCAST: Final = (
    "Aircraft that never broadcast are outside every count; one that stopped broadcasting there may be too."
)
_MADE: Final = "SIMULATED"
_NO_BOUND: Final = "no bound: "


@dataclass(frozen=True)
class Telling:
    """What a sentence must say that no column of COUNTS holds."""

    aircraft: tuple[str, ...] = ()
    """Tails or addresses asked for."""
    operators: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Where it was counted, where not at one airfield: circles asked for."""
    by: tuple[str, ...] = ()
    """What it is split by: a null in such a column is an unknown one."""
    sources: tuple[str, ...] = ()
    """Providers of what was read, for a row without visits."""
    kind: str = "Positions"
    """What the sources gave."""
    simulated: bool = False
    observability: pl.DataFrame | None = None
    """What days observed were taken from: it tells which were observed in part."""


def count_sentence(
    row: Mapping[str, Any], visits: pl.DataFrame | None = None, *, telling: Telling | None = None
) -> str:
    """Say a row of COUNTS in words.

    Parameters
    ----------
    row : mapping
        One row of COUNTS.
    visits : VISITS, optional
        For a single inferred visit, when it was lost and next received; what a person rejected before the evidence
        changed; who names operators and types.
    telling : Telling, optional
        What was asked.

    Returns
    -------
    str
        Several sentences: the count with place, window and zone; what is set aside; best estimate and what cannot be
        ruled out; source, exposure and selection; what no count can hold.
    """
    t = telling or Telling()
    sources = [str(s) for s in row.get("sources") or t.sources]
    made = t.simulated or any(s.startswith(_MADE) for s in sources)
    partly = partly_observed(row, t.observability)
    texts = [
        _main(row, visits, t),
        *_aside(row, t),
        *_rejected_before(row, visits),
        *_estimate(row, partly),
        *_further(row),
        rests(row, [s for s in sources if s], t.kind, partly),
        *untold(row, t.kind),
        *([as_named(row, visits, t.kind)] if _who(row, visits, t).named else []),
        # people see what no receiver hears
        *([NEVER_BROADCAST] if t.kind != "Log" else []),
    ]
    return (f"{_MADE}: " if made else "") + " ".join(texts)


def with_sentences(
    counts: pl.DataFrame, visits: pl.DataFrame | None = None, *, telling: Telling | None = None
) -> pl.DataFrame:
    """Write each row's sentence anew, with what was asked.

    Parameters
    ----------
    counts : COUNTS
    visits : VISITS, optional
    telling : Telling, optional

    Returns
    -------
    COUNTS
    """
    texts = [count_sentence(row, visits, telling=telling) for row in counts.iter_rows(named=True)]
    return counts.with_columns(pl.Series("sentence", texts, dtype=pl.String))


def _main(row: Mapping[str, Any], visits: pl.DataFrame | None, t: Telling) -> str:
    """The count itself: who, where, when, how sure."""
    least, likely, possible = (int(row.get(c) or 0) for c in ("at_least", "likely", "possible"))
    who = _who(row, visits, t)
    where = _where(row, t)
    when = window(row["from_utc"], row["to_utc"], row["time_zone"])
    if least:
        text = f"At least {number(least)} {_flights(who, least)}landed{where} {when}{_how(row, visits, least)}"
        weaker = _weaker(likely, possible, more=" more")
        return f"{text}; {weaker}." if weaker else f"{text}."
    if likely or possible:
        first = likely or possible
        verb = "probably landed" if likely else "may have landed"
        text = f"{capital(number(first))} {_flights(who, first)}{verb}{where} {when}"
        rest = f"; {number(possible)} more may have" if likely and possible else ""
        return f"{text}{rest}. No landing there is observed or inferred."
    of = f" of {_flights(who, 0).strip()}" if _flights(who, 0) else ""
    return f"No landing{of} was received{where} {when}, which is not evidence that none happened."


def _weaker(likely: int, possible: int, *, more: str) -> str:
    """The weaker ones, after the stronger."""
    out = []
    if likely:
        out.append(f"{number(likely)}{more} probably did")
        more = ""
    if possible:
        out.append(f"{number(possible)}{more} may have")
    return " and ".join(out)


def _how(row: Mapping[str, Any], visits: pl.DataFrame | None, least: int) -> str:
    """How those that landed are known, and how many of them a person has checked."""
    inferred, checked = int(row.get("inferred") or 0), int(row.get("checked") or 0)
    out = ""
    if inferred:
        how = _silence(row, visits) if inferred == 1 else None
        some = "" if least == 1 else "all of them " if inferred >= least else f"{number(inferred)} of them "
        out = f", {some}inferred ({how or 'lost inbound, next received outbound'})"
    if not checked:
        return f"{out}, {'not' if least == 1 else 'none'} checked by a person"
    return f"{out}, {'' if least == 1 else number(checked) + ' '}checked by a person"


def _silence(row: Mapping[str, Any], visits: pl.DataFrame | None) -> str | None:
    """When the one inferred visit was lost and next received."""
    if visits is None:
        return None
    mine = visits.filter(pl.col("visit_id").is_in(list(row.get("visit_ids") or ())), pl.col("grade") == "inferred")
    if mine.height != 1:
        return None
    lost, found = mine["last_before_utc"][0], mine["first_after_utc"][0]
    if lost is None or found is None:
        return None
    zone = ZoneInfo(row["time_zone"])
    return f"lost at {_clock(lost, zone)}, next received at {_clock(found, zone)}"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _flights(who: _Who, n: int) -> str:
    """Name flights where something is said of them; else the number stands alone."""
    if not (who.kind or who.whose):
        return ""
    flights = "flight" if n == 1 else "flights"
    return " ".join(t for t in (who.kind, flights, who.whose) if t) + " "


@dataclass(frozen=True)
class _Who:
    """Whose flights, and of what type."""

    kind: str = ""
    whose: str = ""
    named: bool = False
    """Whether an operator or a type is named, which somebody must have said."""


def _who(row: Mapping[str, Any], visits: pl.DataFrame | None, t: Telling) -> _Who:
    """Whose flights: what the row was split by, else what was asked for."""
    out, kind = [], ""
    if row.get("operator") or "operator" in t.by:
        out.append(f"of {name(row['operator'])}" if row.get("operator") else "of an unknown operator")
    elif t.operators:
        out.append(f"of {_names(t.operators)}")
    if row.get("registration") or row.get("icao24") or "aircraft" in t.by:
        tail = row.get("registration") or row.get("icao24")
        out.append(f"by {name(tail)}" if tail else "by an aircraft without an address")
    elif t.aircraft:
        out.append(f"by {_names(t.aircraft)}")
    if row.get("typecode"):
        kind = name(row["typecode"])
    elif "type" in t.by:
        out.append("of an unknown type")
    elif t.types:
        kind = _names(t.types)
    named = bool(kind or row.get("operator") or (t.operators and "operator" not in t.by))
    if row.get("origin"):
        out.append(f"from {name(row['origin'])}{_how_sure(row, visits)}")
    elif "origin" in t.by:
        out.append("of unknown origin")
    return _Who(kind, " ".join(out), named)


def _how_sure(row: Mapping[str, Any], visits: pl.DataFrame | None) -> str:
    """How sure the origin of those that landed is, where it was not seen."""
    if visits is None:
        return " (how sure that is stands with each visit)"
    ids = list(row.get("visit_ids") or ()) or list(row.get("other_ids") or ())
    grades = visits.filter(pl.col("visit_id").is_in(ids))["origin_grade"]
    counts = {g: int((grades == g).sum()) for g in ("likely", "possible")}
    words = {"likely": "probable", "possible": "only possible"}
    said = [f"{words[g]} for {number(n)}" for g, n in counts.items() if n]
    return f" ({', '.join(said)})" if said else ""


def _names(names: Sequence[str]) -> str:
    some = [name(n) for n in names[:MOST_NAMES]]
    more = len(names) - len(some)
    return listed([*some, f"{number(more)} more"]) if more else listed(some, joint="or")


def _where(row: Mapping[str, Any], t: Telling) -> str:
    if row.get("airfield"):
        return f" at {name(row['airfield'])}"
    if "airfield" in t.by:
        return " at places on no list"
    return f" {_names(t.places)}" if t.places else ""


def _aside(row: Mapping[str, Any], t: Telling) -> list[str]:
    """What was received and is not counted, each with its reason."""
    out = []
    least = int(row["at_least"])
    field = name(row["airfield"]) if row.get("airfield") else "the place"
    more = " more" if least or row.get("likely") or row.get("possible") else ""
    if n := int(row.get("as_rival") or 0):
        out.append(f"For {number(n)}{more}, named elsewhere, {field} could not be excluded.")
    if n := int(row.get("at_edge") or 0):
        lies = "its touchdown" if n == 1 else "their touchdowns"
        out.append(
            f"{capital(number(n))}{more} {'is' if n == 1 else 'are'} not counted: {lies} may lie outside the window."
        )
    if n := int(row.get("quarantined") or 0):
        whole = int(row.get("at_least_with_quarantined") or least)
        believed = f"; if {'it is' if n == 1 else 'they are'} believed all the same, at least {number(whole)}"
        counted = believed if whole > least else ""
        are = "is" if n == 1 else "are"
        what = "the positions" if t.kind == "Positions" else "what is written"
        out.append(f"{capital(number(n))} {are} set aside for doubts about {what}{counted}.")
    if n := int(row.get("rejected") or 0):
        out.append(f"A person rejected {number(n)}: {'it is' if n == 1 else 'they are'} not counted.")
    return out


def _rejected_before(row: Mapping[str, Any], visits: pl.DataFrame | None) -> list[str]:
    """What is counted although a person rejected it, for the evidence has changed since."""
    if visits is None or visits["verdict"].null_count() == visits.height:
        return []
    before = (pl.col("verdict") == "reject") & (pl.col("check_state") != "current")
    n = visits.filter(pl.col("visit_id").is_in(list(row.get("visit_ids") or ())), before.fill_null(value=False)).height
    if not n:
        return []
    which = f"{capital(number(n))} of these" if int(row["at_least"]) > 1 else "This one"
    was, it = ("was", "it") if n == 1 else ("were", "each")
    return [f"{which} {was} rejected by a person on other evidence than today's: check {it} again."]


def _estimate(row: Mapping[str, Any], partly: float) -> list[str]:
    """The best estimate, where it says more than `at least`."""
    mean, least, most = (row.get(c) for c in ("best_estimate", "best_least", "best_most"))
    if mean is None or least is None or most is None or math.ceil(most) <= int(row["at_least"]):
        return []
    low, high = math.floor(least), math.ceil(most)
    if (row.get("days_observed") or 0.0) >= row["days_window"] - 0.05:
        # on the same days, a sentence that begins with "at least six" does not go on with "between five"
        low = max(low, int(row["at_least"]))
    middle = min(max(round(mean), low), high)
    whole = " in whole or in part" if partly >= 0.05 else ""
    known = f"Best estimate for the days observed{whole}, if {_alike(row)}"
    if low == 0:
        return [f"{known}: {f'about {number(middle)}' if middle else 'none'}, between none and {number(high)}."]
    between = "" if low == high else f", between {number(low)} and {number(high)}"
    return [f"{known}: {number(middle) if low == high else f'about {number(middle)}'}{between}."]


def _alike(row: Mapping[str, Any]) -> str:
    """What everything said of visits not received supposes."""
    return "all aircraft were received alike" if row["selection"] == "all" else "these were received as others were"


def _further(row: Mapping[str, Any]) -> list[str]:
    """What cannot be ruled out."""
    if row["selection"] == "hand_picked":
        return []
    n = row.get("cannot_be_ruled_out")
    if n is not None:
        least = int(row["at_least"])
        if n == 0:
            # a nought that rests on how others were received, and not on time and distance alone
            alike = f", if {_alike(row)}" if row.get("seen_probability") is not None else ""
            return [f"Nothing further is left open by these data{alike}."]
        beyond = f"Beyond {'this one' if least == 1 else f'these {number(least)}'}, up to" if least else "Up to"
        return [f"{beyond} {number(n)} {'more ' if least else ''}cannot be ruled out."]
    why = [name_long(w.removeprefix(_NO_BOUND)) for w in row.get("ruled_out_why") or () if w.startswith(_NO_BOUND)]
    why = [w for w in why if capital(w) + "." != UNTOLD]
    return [f"How many more there were has no bound: {'; '.join(why)}."] if why else []


def name_long(text: str) -> str:
    """Keep a reason as it is, in one line."""
    return " ".join(text.split())
