"""A flight that somebody confirmed, alleged or denied, held against the visits of whose aircraft it was said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wheelsdown.analysis.sorting import COUNTED, sort_visits
from wheelsdown.analysis.wording import capital, listed, name, number
from wheelsdown.analysis.wording import window as window_words
from wheelsdown.case.moments import day_or_period, instant, period_ends
from wheelsdown.engines.asked import tail
from wheelsdown.reference.registers import operator_claims
from wheelsdown.schema import VISITS

if TYPE_CHECKING:
    from wheelsdown.case.form import Case, Statement

__all__ = ["SAID", "Against", "Bearing", "claim", "loose", "plain", "spoken_of", "visits_named", "whose"]

SAID: Final = {"confirms": "confirmed", "alleges": "alleged", "denies": "denied"}
"""Stances that claim something, as sentences have them."""
_NOTHING: Final = "No positions are loaded; nothing could be held against it."
_AS_NAMED: Final = "Whose aircraft they are is as registers, logs and call signs have it."
_UNSIGNED: Final = (
    "Whose aircraft they are is as registers and logs have it; call signs were not looked at, for neither the case nor "
    "a loaded register gives a designator of three letters for them."
)
_HOW: Final = {
    "aside": "set aside",
    "rejected": "rejected by a check",
    "twice": "possibly told twice",
    "edge": "at the window's edge",
    "rival": "possibly at another airfield",
}
"""What became of a row that is given and not counted, by its role (`analysis.sorting`)."""
_SHORTEST_ID: Final = 4
_MOST_NAMES: Final = 6
_DESIGNATOR: Final = re.compile(r"[A-Z]{3}")
_GRADES: Final = (*COUNTED, "likely")
_SIGNED: Final = pl.col("callsign_in").str.strip_chars().str.to_uppercase().str.extract(r"^([A-Z]{3})[0-9]")
"""The designator that a call sign begins with."""


@dataclass(frozen=True)
class Bearing:
    """How a statement stands to the visits."""

    code: str
    """Of `schema.BEARINGS`."""
    text: str
    visits: tuple[str, ...] = ()


@dataclass
class Against:
    """The visits that statements are held against."""

    case: Case
    visits: pl.DataFrame
    counted: bool
    operators: pl.DataFrame | None = None
    """Whose designators are whose, as loaded registers have it."""
    _found: dict[tuple[Any, ...], pl.DataFrame] = field(default_factory=dict)

    @property
    def logged(self) -> bool:
        """Whether the visits are what observers wrote down."""
        return bool(self.case.positions.logs)

    def inside(
        self, airfield: str | None, since: dt.datetime, until: dt.datetime, grades: Sequence[str] = COUNTED
    ) -> pl.DataFrame:
        """Give the visits of some grades at a field in a window, none set aside or rejected."""
        return self.bearing(airfield, since, until).filter(_good(grades)).unique("visit_id", maintain_order=True)

    def bearing(self, airfield: str | None, since: dt.datetime, until: dt.datetime) -> pl.DataFrame:
        """Give every row that bears on a field in a window, whatever became of it, with its `_role`."""
        key = (airfield, since, until)
        if key not in self._found:
            rows = sort_visits(self.visits, airfield=airfield, since=since, until=until).all
            self._found[key] = rows.select("visit_id", "grade", "arrived_utc", "_role")
        return self._found[key]

    def whose(self, said: Statement) -> pl.DataFrame:
        """Give the visits of the aircraft that a statement names (`whose`)."""
        return whose(said, self.visits, self.operators)


def _good(grades: Sequence[str]) -> pl.Expr:
    return pl.col("_role").is_in(("counted", "weaker")) & pl.col("grade").is_in(grades)


def plain(text: str) -> str:
    """Write a name so that case, blanks and punctuation do not matter."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def loose(said: Statement) -> tuple[str, ...]:
    """Say what the case leaves open, so that a claim on flights is held against nothing; empty where it does not.

    Returns
    -------
    tuple of str
        Each goes on after "the case".
    """
    out = []
    if not said.windows and not said.visits:
        out.append("names no window of which this was said")
    if not (said.visits or said.all_aircraft or said.names_aircraft):
        out.append("does not say whose aircraft it is about")
    if said.on is None and said.said_from is None:
        out.append("does not say when it was said")
    return tuple(out)


def whose(said: Statement, visits: pl.DataFrame, operators: pl.DataFrame | None = None) -> pl.DataFrame:
    """Give the visits of the aircraft that a statement names.

    Parameters
    ----------
    said : Statement
    visits : VISITS
    operators : DataFrame, optional
        Whose designators are whose (`reference.registers.operators`).

    Returns
    -------
    DataFrame
        visit_id; `sure`: nothing in the row speaks against its being one of them; `unsigned`: its call sign could not
        be held against the operator's name. All visits where it names none.

    Notes
    -----
    Stricter than a fleet, for a name must not be held to another's flights. An operator's name has to be the whole
    name, as the register or log writes it. A designator of three letters also takes the call sign of the way in. Not
    `sure` is a visit whose name and call sign point to different operators, or on which registers contradict one
    another. Where the case gives no designator, registers say which are the operator's, and which are others'; where
    they say neither, visits of one name whose call signs begin with different designators are not `sure`. It cannot see
    who flew an aircraft on lease under its owner's name and call sign.
    """
    addresses, tails, types = [a.lower() for a in said.icao24], [tail(r) for r in said.registration], said.typecode
    own = _bare("registration")
    rows, unsigned = visits, pl.lit(value=False)
    if addresses:
        rows = rows.filter(pl.col("icao24").is_in(addresses))
    if tails:
        tied = pl.col("track_id").str.strip_prefix("reg:")
        rows = rows.filter(pl.any_horizontal(c.is_in(tails).fill_null(value=False) for c in (own, tied)))
    if types:
        rows = rows.filter(pl.col("typecode").str.to_uppercase().is_in([t.upper() for t in types]))
    registers = said.operator or tails or types
    clear = pl.col("identity_conflict").is_null() if registers else pl.col("visit_id").is_not_null()
    if said.operator:
        wanted = {plain(o) for o in said.operator} - {""}
        names = [o for o in rows["operator"].drop_nulls().unique() if plain(o) in wanted]
        named = pl.col("operator").is_in(names).fill_null(value=False)
        codes = [o.upper() for o in said.operator if _DESIGNATOR.fullmatch(o.upper())]
        called = _SIGNED.is_in(codes).fill_null(value=False)
        other = ~named & pl.col("operator").is_not_null()
        rows = rows.filter(named | called)
        # a tail may be its own call sign: that names nobody
        signed = pl.col("callsign_in").is_not_null() & _bare("callsign_in").ne_missing(own)
        theirs = codes or _codes_of(wanted, operators)
        if theirs:
            other |= signed & ~_SIGNED.is_in(theirs).fill_null(value=False)
        else:
            others = _others(rows.filter(signed)["callsign_in"], operators)
            placed = _SIGNED.is_in(others).fill_null(value=False)
            other, unsigned = other | (signed & placed), signed & ~placed
        clear &= ~other
    return rows.select("visit_id", sure=clear, unsigned=unsigned)


def _codes_of(names: set[str], operators: pl.DataFrame | None) -> list[str]:
    """Give the designators that registers have for names."""
    if operators is None:
        return []
    rows = operators.select("operator", "operator_icao").drop_nulls().unique().sort("operator_icao").iter_rows()
    return [code for called, code in rows if plain(called) in names]


def _others(signs: pl.Series, operators: pl.DataFrame | None) -> list[str]:
    """Give the designators that cannot be held for those of one operator, of which none is known.

    They are those that registers give to others; and all that are left, where they differ: nothing tells which is its.
    """
    found = signs.to_frame("callsign_in").select(_SIGNED).to_series().drop_nulls().unique().sort()
    placed: list[str] = []
    if operators is not None:
        claims = operator_claims([f"{code}1" for code in found], operators).filter(pl.col("operator").is_not_null())
        placed = claims["operator_icao"].unique().sort().to_list()
    left = [code for code in found if code not in placed]
    return placed + left if len(left) > 1 else placed


def _bare(column: str) -> pl.Expr:
    return pl.col(column).str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")


def spoken_of(said: Statement, against: Against) -> tuple[str, ...]:
    """Give the ids of the visits that a statement names."""
    return visits_named(said, against.visits)


def visits_named(said: Statement, visits: pl.DataFrame) -> tuple[str, ...]:
    """Give the ids of those visits of a table that a statement names."""
    ids = visits["visit_id"].to_list() if said.visits else []
    return tuple(dict.fromkeys(i for v in said.visits for i in ids if _begins(i, v)))


def claim(said: Statement, against: Against, begin: dt.datetime | None) -> Bearing:
    """Hold a confirmed, alleged or denied flight against the visits it speaks of.

    Parameters
    ----------
    said : Statement
        Its stance is one of `SAID`.
    against : Against
    begin : datetime, optional
        When it was said, where the time is known.
    """
    who = f"{capital(name(said.speaker))} {SAID[said.stance]} flights"
    if not against.counted:
        return Bearing("not_tested", f"{who}. {_NOTHING}")
    if why := loose(said):
        return Bearing("not_tested", f"{who}; the case {listed(why)}, so nothing is held against it.")
    if said.all_aircraft:
        fleet = against.case.fleet
        of = f" of {name(fleet.name)}" if fleet.name else " of its fleet" if fleet.named else ""
        who += f"; the case takes that to be about every aircraft{of}"
    denied = said.stance == "denies"
    where, here = _scope(said, against, _before(against.case, said, begin))
    if where is None:
        return Bearing(
            "not_tested",
            f"{who}. No part of the window it speaks of lies before it was said for certain, as the case has it: "
            "nothing is held against it.",
        )
    theirs = against.whose(said)
    sure = theirs.filter("sure")["visit_id"].implode()
    given = here.filter(pl.col("visit_id").is_in(theirs["visit_id"].implode()))
    held = given.filter(_good(_GRADES if denied else COUNTED)).unique("visit_id", maintain_order=True)
    unsure = held.filter(~pl.col("visit_id").is_in(sure))
    found = held.filter(pl.col("visit_id").is_in(sure))
    of = _of_whom(said)
    named = said.operator or said.registration or said.typecode
    unsigned = theirs.filter("unsigned")["visit_id"].is_in(found["visit_id"].implode()).any()
    rest = [_UNSIGNED if unsigned else _AS_NAMED] if named and found.height else []
    if unsure.height:
        one = unsure.height == 1
        rest.append(
            f"{capital(_visits(unsure.height))} there {'is' if one else 'are'} held against nothing: registers, logs "
            f"or call signs contradict one another on whose {'it is' if one else 'they are'}."
        )
    when = "".join(f" {part}" for part in (of, where) if part)
    if found.is_empty():
        if theirs.is_empty() and of:
            rest.append("No visit in these data is given as one of theirs.")
        weaker = given.filter(~pl.col("visit_id").is_in(held["visit_id"].implode()))
        rest += _given(weaker, denied=denied)
        elsewhere = set(spoken_of(said, against)) - set(given["visit_id"])
        rest += _elsewhere(elsewhere)
        if given.is_empty() and not elsewhere:
            absent = "does not bear the denial out" if denied else "says nothing against it"
            rest.append(f"That they were not {'written down' if against.logged else 'received'} {absent}.")
        grades = "observed, inferred or likely" if denied else "observed or inferred"
        text = f"{who}. These data show none{when} that was {grades} and came before the statement."
        return Bearing("not_tested", " ".join([text, *rest]))
    if denied:
        return _denied(who, when, found, rest)
    n = found.height
    inferred = found.filter(pl.col("grade") == "inferred").height
    by = f", {number(inferred)} of them inferred" if inferred and n > 1 else ", inferred" if inferred else ""
    text = f"{who}. These data show at least {_visits(n)}{when}{by}."
    return Bearing("agrees", " ".join([text, *rest]), tuple(found["visit_id"]))


def _denied(who: str, when: str, found: pl.DataFrame, rest: Sequence[str]) -> Bearing:
    """Hold a denial against visits: only those that were observed contradict it, and the others are told apart."""
    observed = found.filter(pl.col("grade") == "observed")
    weaker = found.filter(pl.col("grade") != "observed")
    n, likely = weaker.height, weaker.filter(pl.col("grade") == "likely").height
    by = "" if not likely else " as likely" if likely == n else f" ({number(likely)} of them likely)"
    it = "it" if n == 1 else "them"
    if observed.is_empty():
        text = f"{who}. These data infer {_visits(n)}{when}{by}, which is not the same as having observed {it}."
        told = [text, "That does not contradict the denial.", *rest]
        return Bearing("not_contradicted", " ".join(told), tuple(weaker["visit_id"]))
    were = "was" if observed.height == 1 else "were"
    text = f"{who}. These data show at least {_visits(observed.height)}{when} that {were} observed."
    if n:
        text += f" They infer {number(n)} more{by}, which is not the same and contradicts nothing."
    return Bearing("contradicted", " ".join([text, *rest]), tuple(observed["visit_id"]))


def _given(rows: pl.DataFrame, *, denied: bool) -> list[str]:
    """Tell of visits that stand in the data and are held against nothing, by what became of them."""
    ways: dict[str, str] = {}
    for visit, grade, role in rows.select("visit_id", "grade", "_role").iter_rows():
        ways.setdefault(visit, _HOW.get(role, f"only {grade}"))
    if not ways:
        return []
    counts = {how: list(ways.values()).count(how) for how in sorted(set(ways.values()))}
    how = next(iter(counts)) if len(counts) == 1 else listed([f"{number(n)} {how}" for how, n in counts.items()])
    bears = "contradicts nothing" if denied else "neither bears it out nor speaks against it"
    stand = "stands" if len(ways) == 1 else "stand"
    return [f"{capital(_visits(len(ways)))} there {stand} in these data, {how}: that {bears}."]


def _elsewhere(ids: set[str]) -> list[str]:
    """Tell of visits that a statement names and that do not lie where it is held against them."""
    if not ids:
        return []
    stand = "stands" if len(ids) == 1 else "stand"
    return [
        f"{capital(_visits(len(ids)))} that it names {stand} in these data, but not as of those aircraft, in those "
        "windows and before the statement for certain: held against nothing."
    ]


def _visits(n: int) -> str:
    return f"{number(n)} {'visit' if n == 1 else 'visits'}"


def _of_whom(said: Statement) -> str:
    """Name in words whose aircraft a statement is about; empty where it names none."""
    parts = [_some(said.operator)] if said.operator else []
    parts += [f"the aircraft {_some(list_)}" for list_ in (said.registration, said.icao24) if list_]
    parts += [f"type {_some(said.typecode)}"] if said.typecode else []
    return f"of {', '.join(parts)}" if parts else ""


def _some(names: Sequence[str]) -> str:
    shown = [name(n) for n in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return listed([*shown, f"{number(more)} more"] if more else shown, joint="or")


def _begins(visit_id: str, written: str) -> bool:
    return visit_id == written or (len(written) >= _SHORTEST_ID and visit_id.startswith(written))


def _before(case: Case, said: Statement, begin: dt.datetime | None) -> dt.datetime | None:
    """Give the moment before which a flight certainly came before the statement; None where nothing says when.

    Of a day or period this is its beginning: nothing tells that what happened within it happened first.
    """
    day, period = day_or_period(said.on)
    ends = (day, day) if day else period_ends(period) if period else None
    if ends is None:
        return begin
    zone = said.zone or case.case.zone
    first, after = instant(ends[0], zone), instant(ends[1], zone, end=True)
    # a time that is later than the day named is taken for neither: the earlier is certain
    return begin if begin is not None and begin < after else first


def _scope(said: Statement, against: Against, until: dt.datetime | None) -> tuple[str | None, pl.DataFrame]:
    """Give in words where and when a statement speaks of, and all rows that bear on it, with their `_role`.

    None in place of words: no part of it lies before `until`.
    """
    case = against.case
    frames: list[pl.DataFrame] = []
    places: dict[str, None] = {}
    windows: dict[str, None] = {}
    for window in [case.window_named(w) for w in said.windows] or case.window:
        begin, after = case.ends(window)
        after = after if until is None else min(after, until)
        if begin >= after:
            continue
        windows[window_words(begin, after, case.zone_of(window))] = None
        codes: tuple[str | None, ...] = said.airfields or case.airfields_of(window) or (None,)
        for code in codes:
            places[code or "anywhere"] = None
            frames.append(against.bearing(code, begin, after))
    if not frames:
        return None, VISITS.empty().select("visit_id", "grade", "arrived_utc")
    found = pl.concat(frames).sort("arrived_utc", "visit_id", maintain_order=True)
    if said.visits:
        spoken = [any(_begins(i, v) for v in said.visits) for i in found["visit_id"]]
        return "among those it speaks of", found.filter(pl.Series(spoken, dtype=pl.Boolean))
    at = "" if "anywhere" in places else f"at {listed([name(p) for p in places], joint='or')} "
    return f"{at}{listed(list(windows), joint='or')}".strip(), found
