"""What people said, held against the visits: only a flight that was denied and observed is a contradiction."""

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
from wheelsdown.case.copies import copy_of
from wheelsdown.case.moments import day_or_period, instant, period_ends
from wheelsdown.schema import STATEMENTS, VISITS

if TYPE_CHECKING:
    from wheelsdown.case.form import Case, Statement

__all__ = ["LONGEST_MINUTE", "draft", "statements"]

LONGEST_MINUTE: Final = dt.timedelta(hours=1)
"""A touchdown that is known less exactly than this falls into no interview."""
_SILENT: Final = ("declines", "no_answer", "not_yet_asked")
_SAID: Final = {"confirms": "confirmed", "alleges": "alleged", "denies": "denied"}
_BESIDE: Final = {
    "cargo": "what the aircraft carried",
    "purpose": "why the flights were made",
    "policy": "what a government does or wants",
}
_NOTHING: Final = "No positions are loaded; nothing could be held against it."
_SHORTEST_ID: Final = 4
_SHORTEST_NAME: Final = 5


@dataclass(frozen=True)
class _Bearing:
    code: str
    text: str
    visits: tuple[str, ...] = ()


@dataclass
class _Against:
    """The visits that statements are held against."""

    case: Case
    visits: pl.DataFrame
    counted: bool
    _found: dict[tuple[Any, ...], pl.DataFrame] = field(default_factory=dict)

    def inside(
        self, airfield: str | None, since: dt.datetime, until: dt.datetime, grades: Sequence[str] = COUNTED
    ) -> pl.DataFrame:
        """Give the visits of some grades at a field in a window, none set aside or rejected."""
        key = (airfield, since, until)
        if key not in self._found:
            rows = sort_visits(self.visits, airfield=airfield, since=since, until=until).all
            here = rows.filter(pl.col("_role").is_in(("counted", "weaker")))
            self._found[key] = here.select("visit_id", "grade", "arrived_utc").unique("visit_id", maintain_order=True)
        return self._found[key].filter(pl.col("grade").is_in(grades))


def statements(case: Case, visits: pl.DataFrame | None = None, *, counted: bool = True) -> pl.DataFrame:
    """Tell how each statement of a case stands to its visits.

    Parameters
    ----------
    case : Case
    visits : VISITS, optional
        The case's own: of its fleet, wherever they were found.
    counted : bool
        Whether there were positions at all; without them nothing is held against anything.

    Returns
    -------
    STATEMENTS
        In the order of the case file.

    Notes
    -----
    The rule. `contradicted`: the statement is about flights, denies them, and names windows (or visits) in which these
    data show a visit that is observed, with its whole touchdown interval inside the window, before the statement was
    made, at an airfield it speaks of, not set aside and not rejected. Visits there that are only inferred or likely are
    told, and contradict nothing. `agrees`: the same rule for flights that were confirmed or alleged, where inferred
    visits are enough. `at_the_minute`: a touchdown, known to an hour or better, overlaps the time at which it
    was said. `silence`: no comment, no answer, not asked. `not_tested`: about flights, and nothing above holds; that a
    visit is not in these data never bears a denial out. `beside`: about cargo, purpose or policy, which position data
    cannot test. Reliability of the source and credibility of what it says are the author's judgement and change
    nothing here (Admiralty code; Berkeley Protocol 2022 on keeping them apart).
    """
    frame = VISITS.empty() if visits is None else visits
    against = _Against(case, frame, counted and visits is not None)
    rows = [_row(case, said, against) for said in case.statement]
    return pl.DataFrame(rows, schema=STATEMENTS.schema, orient="row")


def draft(case: Case) -> tuple[str, ...]:
    """Say why a case is a draft: parties that it names and that nobody has asked; empty where it is none.

    An operator named in the fleet is a party as well. A party counts as asked where its ``[[party]]``, or a statement
    of it, says when it was asked.
    """
    asked = [s.party or s.speaker for s in case.statement if s.asked_on is not None]
    out = [
        f"{name(p.name)} is named and has not been asked"
        for p in case.party
        if p.asked_on is None and not _named(p.name, asked)
    ]
    listed_ = [p.name for p in case.party]
    for said in case.statement:
        if said.stance == "not_yet_asked" and not _named(said.party or said.speaker, listed_):
            out.append(f"{name(said.party or said.speaker)} has not been asked")
    if case.fleet.operator and not _operator_asked(case, [*listed_, *asked]):
        out.append(f"{name(case.fleet.operator[0])} is named as the operator, and nothing says that it was asked")
    if case.case.draft_note:
        out.append(case.case.draft_note)
    return tuple(dict.fromkeys(out))


def _named(who: str, names: Sequence[str]) -> bool:
    """Tell whether somebody is among names: letters, not case or punctuation, decide."""
    return _plain(who) in {_plain(other) for other in names}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _operator_asked(case: Case, names: Sequence[str]) -> bool:
    """Tell whether one of those asked is the operator: a designator stands for the name that sentences use."""
    called = [_plain(c) for c in (*case.fleet.operator, *([case.fleet.name] if case.fleet.name else []))]
    parties = [_plain(n) for n in names]
    return any(c == p or (len(p) >= _SHORTEST_NAME and p in c) for c in called for p in parties)


def _row(case: Case, said: Statement, against: _Against) -> dict[str, Any]:
    begin, end = _said(case, said)
    bearing = _bearing(said, against, begin, end)
    copy = copy_of(case, said.archived, said.archived_sha256) if said.archived else None
    day, period = day_or_period(said.on)
    told = [bearing.text, *([copy.trouble] if copy and copy.trouble else [])]
    told += [f"Note: {said.note}"] if said.note else []
    return {
        "statement_id": said.id,
        "speaker": said.speaker,
        "role": said.role,
        "party": said.party,
        "about": list(said.about),
        "stance": said.stance,
        "words": said.words,
        "gist": said.gist,
        "said_on": day,
        "said_period": period,
        "said_from_utc": begin,
        "said_to_utc": end,
        "place": said.place,
        "outlet": said.outlet,
        "url": said.url,
        "question": said.question,
        "asked_on": said.asked_on,
        "deadline": said.deadline,
        "archived": copy.name if copy else None,
        "archived_sha256": copy.sha256 if copy else None,
        "reliability": said.reliability,
        "credibility": said.credibility,
        "bearing": bearing.code,
        "visit_ids": list(bearing.visits) or None,
        "sentence": " ".join(told),
    }


def _said(case: Case, said: Statement) -> tuple[dt.datetime | None, dt.datetime | None]:
    if said.said_from is None:
        return None, None
    zone = said.zone or case.case.zone
    begin = instant(said.said_from, zone)
    return begin, begin if said.said_to is None else instant(said.said_to, zone)


def _until(case: Case, said: Statement, end: dt.datetime | None) -> dt.datetime | None:
    """Give the moment after which a statement cannot speak of flights; None where its day is not known."""
    if end is not None:
        return end
    day, period = day_or_period(said.on)
    if day is None and period is not None:
        ends = period_ends(period)
        day = ends[1] if ends else None
    return None if day is None else instant(day, said.zone or case.case.zone, end=True)


def _bearing(said: Statement, against: _Against, begin: dt.datetime | None, end: dt.datetime | None) -> _Bearing:
    claim = _claim(said, against, end) if "flight" in said.about and said.stance in _SAID else None
    minute = _minute(said, against, begin, end)
    rest = _untestable(said)
    if claim is not None and claim.code == "contradicted":
        also = [minute.text] if minute else []
        return _Bearing(claim.code, " ".join([claim.text, *also, *rest]), claim.visits)
    if minute is not None:
        also = [claim.text] if claim and claim.visits else []
        return _Bearing(minute.code, " ".join([minute.text, *also, *rest]), minute.visits)
    if said.stance in _SILENT:
        bearing = "not_asked" if said.stance == "not_yet_asked" else "silence"
        return _Bearing(bearing, _silence(said), _spoken_of(said, against))
    if claim is not None:
        return _Bearing(claim.code, " ".join([claim.text, *rest]), claim.visits)
    if "flight" in said.about:
        text = f"{capital(name(said.speaker))} neither confirmed nor denied a flight."
        return _Bearing("beside" if rest else "not_tested", " ".join([text, *rest]), _spoken_of(said, against))
    return _Bearing("beside", " ".join(rest), _spoken_of(said, against))


def _untestable(said: Statement) -> list[str]:
    parts = [_BESIDE[a] for a in said.about if a in _BESIDE]
    if not parts:
        return []
    also = "also " if "flight" in said.about else ""
    return [f"It is {also}about {listed(parts)}: position data cannot test that."]


def _silence(said: Statement) -> str:
    who = capital(name(said.speaker))
    if said.stance == "not_yet_asked":
        return f"{who} has not been asked: nothing can be concluded from that."
    asked = f" on {said.asked_on.isoformat()}" if said.asked_on else ""
    if said.stance == "declines":
        put = f" when asked{asked}" if asked else ""
        return f"{who} declined to comment{put}: that is neither a confirmation nor a denial."
    by = f" by {said.deadline.isoformat()}" if said.deadline else ""
    return f"{who} was asked{asked} and has not answered{by}: that is neither a confirmation nor a denial."


def _spoken_of(said: Statement, against: _Against) -> tuple[str, ...]:
    ids = against.visits["visit_id"].to_list()
    return tuple(dict.fromkeys(i for v in said.visits for i in ids if _begins(i, v)))


def _begins(visit_id: str, written: str) -> bool:
    return visit_id == written or (len(written) >= _SHORTEST_ID and visit_id.startswith(written))


def _claim(said: Statement, against: _Against, end: dt.datetime | None) -> _Bearing:
    """Hold a confirmed, alleged or denied flight against the visits it speaks of."""
    case = against.case
    who = f"{capital(name(said.speaker))} {_SAID[said.stance]} flights"
    if not against.counted:
        return _Bearing("not_tested", f"{who}. {_NOTHING}")
    if not said.windows and not said.visits:
        return _Bearing(
            "not_tested", f"{who}; the case names no window of which this was said, so nothing is held against it."
        )
    until = _until(case, said, end)
    denied = said.stance == "denies"
    where, found = _scope(said, against, until, (*COUNTED, "likely") if denied else COUNTED)
    when = f" {where}" if where else ""
    if found.is_empty():
        absent = "does not bear the denial out" if denied else "says nothing against it"
        grades = "observed, inferred or likely" if denied else "observed or inferred"
        text = f"{who}. These data show none{when} that was {grades} and came before the statement."
        return _Bearing("not_tested", f"{text} That they were not received {absent}.")
    if denied:
        return _denied(who, when, found)
    n = found.height
    inferred = found.filter(pl.col("grade") == "inferred").height
    by = f", {number(inferred)} of them inferred" if inferred and n > 1 else ", inferred" if inferred else ""
    text = f"{who}. These data show at least {_visits(n)}{when}{by}."
    return _Bearing("agrees", text, tuple(found["visit_id"]))


def _denied(who: str, when: str, found: pl.DataFrame) -> _Bearing:
    """Hold a denial against visits: only those that were observed contradict it, and the others are told apart."""
    observed = found.filter(pl.col("grade") == "observed")
    weaker = found.filter(pl.col("grade") != "observed")
    n, likely = weaker.height, weaker.filter(pl.col("grade") == "likely").height
    by = "" if not likely else " as likely" if likely == n else f" ({number(likely)} of them likely)"
    it = "it" if n == 1 else "them"
    if observed.is_empty():
        text = f"{who}. These data infer {_visits(n)}{when}{by}, which is not the same as having observed {it}."
        return _Bearing("not_tested", f"{text} That does not contradict the denial.", tuple(weaker["visit_id"]))
    text = f"{who}. These data show at least {_visits(observed.height)}{when} that {_were(observed.height)} observed."
    if n:
        text += f" They infer {number(n)} more{by}, which is not the same and contradicts nothing."
    return _Bearing("contradicted", text, tuple(observed["visit_id"]))


def _visits(n: int) -> str:
    return f"{number(n)} {'visit' if n == 1 else 'visits'}"


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _scope(
    said: Statement, against: _Against, until: dt.datetime | None, grades: Sequence[str]
) -> tuple[str, pl.DataFrame]:
    """Give in words where and when a statement speaks of, and the visits of these grades there."""
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
            frames.append(against.inside(code, begin, after, grades))
    empty = VISITS.empty().select("visit_id", "grade", "arrived_utc")
    found = pl.concat(frames).unique("visit_id", maintain_order=True) if frames else empty
    if said.visits:
        found = found.filter(
            pl.Series([any(_begins(i, v) for v in said.visits) for i in found["visit_id"]], dtype=pl.Boolean)
        )
        return "among those it speaks of", found.sort("arrived_utc", "visit_id")
    at = "" if "anywhere" in places or not places else f"at {listed([name(p) for p in places], joint='or')} "
    return f"{at}{listed(list(windows), joint='or')}".strip(), found.sort("arrived_utc", "visit_id")


def _minute(said: Statement, against: _Against, begin: dt.datetime | None, end: dt.datetime | None) -> _Bearing | None:
    """Find touchdowns that fall into the time at which something was said."""
    if begin is None or end is None or not against.counted or said.stance == "not_yet_asked":
        return None
    case = against.case
    wide = dt.timedelta(days=2)
    codes: tuple[str | None, ...] = said.airfields or tuple(a.code for a in case.airfield) or (None,)
    ids = [i for c in codes for i in against.inside(c, begin - wide, end + wide)["visit_id"]]
    early, late = pl.col("arrived_earliest_utc"), pl.col("arrived_latest_utc")
    rows = against.visits.filter(
        pl.col("visit_id").is_in(list(dict.fromkeys(ids))), early <= end, late >= begin, late - early <= LONGEST_MINUTE
    ).sort("arrived_utc", "visit_id")
    if rows.is_empty():
        return None
    when = f"between {_clock(begin)} and {_clock(end)}" if end > begin else f"at {_clock(begin)}"
    text = [f"It was said {when}."]
    for v in rows.select("callsign_in", "airfield", "grade", "arrived_earliest_utc", "arrived_latest_utc").iter_rows():
        callsign, airfield, grade, first, last = v
        sure = begin <= first and last <= end
        text.append(_touchdown(callsign, airfield, grade, first, last, sure=sure))
    text.append("That says when, and nothing on why.")
    return _Bearing("at_the_minute", " ".join(text), tuple(rows["visit_id"]))


def _touchdown(
    callsign: str | None, airfield: str | None, grade: str, first: dt.datetime, last: dt.datetime, *, sure: bool
) -> str:
    who = name(callsign) if callsign else "An aircraft"
    verb = "touched down" if sure else "may have touched down in that time:"
    how = f"{verb}{f' at {airfield}' if airfield and sure else ''} between {_clock(first)} and {_clock(last)}"
    return f"{who} {how}{f' at {airfield}' if airfield and not sure else ''} ({grade})."


def _clock(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
