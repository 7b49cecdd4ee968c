"""What people said, held against the visits: only a flight that was denied and observed is a contradiction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wheelsdown.analysis.wording import capital, listed, name, number
from wheelsdown.case.checks_parts import real_said
from wheelsdown.case.claims import SAID, Against, Bearing, claim, plain, spoken_of
from wheelsdown.case.copies import copy_of
from wheelsdown.case.moments import day_or_period, instant
from wheelsdown.errors import CaseError
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.schema import STATEMENTS, VISITS

if TYPE_CHECKING:
    from wheelsdown.case.form import Case, Statement

__all__ = ["LONGEST_MINUTE", "LONGEST_TALK_H", "draft", "statements"]

LONGEST_MINUTE: Final = dt.timedelta(hours=1)
"""A touchdown that is known less exactly than this falls into no interview."""
LONGEST_TALK_H: Final = 4
"""Into a longer time a touchdown falls by itself: it is none of one interview."""
_SILENT: Final = ("declines", "no_answer", "not_yet_asked")
_BESIDE: Final = {
    "cargo": "what the aircraft carried",
    "purpose": "why the flights were made",
    "policy": "what a government does or wants",
}
_SHORTEST_NAME: Final = 5


def statements(
    case: Case,
    visits: pl.DataFrame | None = None,
    *,
    counted: bool = True,
    simulated: bool | None = None,
    operators: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Tell how each statement of a case stands to its visits.

    Parameters
    ----------
    case : Case
    visits : VISITS, optional
        The case's own: of its fleet, wherever they were found.
    counted : bool
        Whether there were positions at all; without them nothing is held against anything.
    simulated : bool, optional
        Whether what was read is SIMULATED; else the case's scenario and the visits' sources tell.
    operators : DataFrame, optional
        Whose designators are whose, as registers have it. Of SIMULATED call signs they say nothing.

    Returns
    -------
    STATEMENTS
        In the order of the case file.

    Raises
    ------
    CaseError
        A statement names a real operator or aircraft, and the visits are SIMULATED.

    Notes
    -----
    The rule. `contradicted`: the statement is about flights, denies them, and names windows (or visits) in which these
    data show a visit that is observed, of the aircraft that it names, with its whole touchdown interval inside the
    window and before the day (or period, or time) in which it was said began, at an airfield it speaks of, not set
    aside and not rejected. `not_contradicted`: such visits are inferred or likely only. `agrees`: the same rule for
    flights that were confirmed or alleged, where inferred visits are enough. `at_the_minute`: a touchdown, known to an
    hour or better, overlaps the time at which it was said, `LONGEST_TALK_H` at most. `silence`: no comment, no
    answer, not asked. `not_tested`: about flights, and nothing above holds, for want of a visit, or because the case
    does not say whose aircraft, when, or in which window; that a visit is not in these data never bears a denial out,
    and is said only where no row of theirs stands there, whatever its grade and whether it was set aside.
    `beside`: about cargo, purpose or policy, which position data cannot test. Reliability of the source and credibility
    of what it says are the author's judgement and change nothing here (Admiralty code; Berkeley Protocol 2022 on
    keeping them apart).
    """
    frame = VISITS.empty() if visits is None else visits
    if simulated is None:
        simulated = bool(case.positions.scenario) or any(s.startswith(SIMULATED) for s in frame["source"].drop_nulls())
    if simulated and (wrong := next(real_said(case), None)):
        raise CaseError(wrong.reason, file=str(case.file), field=wrong.field, remedy=wrong.remedy)
    against = Against(case, frame, counted and visits is not None, None if simulated else operators)
    rows = [_row(case, said, against, f"{SIMULATED}: " if simulated else "") for said in case.statement]
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
    return plain(who) in {plain(other) for other in names}


def _operator_asked(case: Case, names: Sequence[str]) -> bool:
    """Tell whether one of those asked is the operator: a designator stands for the name that sentences use."""
    called = [plain(c) for c in (*case.fleet.operator, *([case.fleet.name] if case.fleet.name else []))]
    parties = [plain(n) for n in names]
    return any(c == p or (len(p) >= _SHORTEST_NAME and p in c) for c in called for p in parties)


def _row(case: Case, said: Statement, against: Against, mark: str) -> dict[str, Any]:
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
        "sentence": mark + " ".join(told),
    }


def _said(case: Case, said: Statement) -> tuple[dt.datetime | None, dt.datetime | None]:
    if said.said_from is None:
        return None, None
    zone = said.zone or case.case.zone
    begin = instant(said.said_from, zone)
    return begin, begin if said.said_to is None else instant(said.said_to, zone)


def _bearing(said: Statement, against: Against, begin: dt.datetime | None, end: dt.datetime | None) -> Bearing:
    held = claim(said, against, begin) if "flight" in said.about and said.stance in SAID else None
    minute = _minute(said, against, begin, end)
    untestable = _untestable(said, against)
    rest = [*_too_long(against, begin, end), *untestable]
    if held is not None and held.code == "contradicted":
        also = [minute.text] if minute else []
        return Bearing(held.code, " ".join([held.text, *also, *rest]), held.visits)
    if minute is not None:
        also = [held.text] if held and held.visits else []
        return Bearing(minute.code, " ".join([minute.text, *also, *rest]), minute.visits)
    if said.stance in _SILENT:
        bearing = "not_asked" if said.stance == "not_yet_asked" else "silence"
        return Bearing(bearing, _silence(said), spoken_of(said, against))
    if held is not None:
        return Bearing(held.code, " ".join([held.text, *rest]), held.visits)
    if "flight" in said.about:
        text = f"{capital(name(said.speaker))} neither confirmed nor denied a flight."
        return Bearing("beside" if untestable else "not_tested", " ".join([text, *rest]), spoken_of(said, against))
    return Bearing("beside", " ".join(rest), spoken_of(said, against))


def _untestable(said: Statement, against: Against) -> list[str]:
    parts = [_BESIDE[a] for a in said.about if a in _BESIDE]
    if not parts:
        return []
    also = "also " if "flight" in said.about else ""
    what = "a log" if against.logged else "position data"
    return [f"It is {also}about {listed(parts)}: {what} cannot test that."]


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


def _too_long(against: Against, begin: dt.datetime | None, end: dt.datetime | None) -> list[str]:
    """Say why no touchdown is held against a time that is no interview's."""
    if begin is None or end is None or not against.counted or end - begin <= dt.timedelta(hours=LONGEST_TALK_H):
        return []
    return [
        f"It was said between {_clock(begin)} and {_clock(end)}: that is longer than {number(LONGEST_TALK_H)} hours, "
        "so no touchdown is shown as one of the time at which it was said."
    ]


def _minute(said: Statement, against: Against, begin: dt.datetime | None, end: dt.datetime | None) -> Bearing | None:
    """Find touchdowns that fall into the time at which something was said."""
    if begin is None or end is None or not against.counted or said.stance == "not_yet_asked":
        return None
    if _too_long(against, begin, end):
        return None
    case = against.case
    wide = dt.timedelta(days=2)
    codes: tuple[str | None, ...] = said.airfields or tuple(a.code for a in case.airfield) or (None,)
    ids = {i for c in codes for i in against.inside(c, begin - wide, end + wide)["visit_id"]}
    if said.names_aircraft:
        ids &= set(against.whose(said).filter("sure")["visit_id"])
    early, late = pl.col("arrived_earliest_utc"), pl.col("arrived_latest_utc")
    rows = against.visits.filter(
        pl.col("visit_id").is_in(sorted(ids)), early <= end, late >= begin, late - early <= LONGEST_MINUTE
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
    return Bearing("at_the_minute", " ".join(text), tuple(rows["visit_id"]))


def _touchdown(
    callsign: str | None, airfield: str | None, grade: str, first: dt.datetime, last: dt.datetime, *, sure: bool
) -> str:
    who = name(callsign) if callsign else "An aircraft"
    verb = "touched down" if sure else "may have touched down in that time:"
    how = f"{verb}{f' at {airfield}' if airfield and sure else ''} between {_clock(first)} and {_clock(last)}"
    return f"{who} {how}{f' at {airfield}' if airfield and not sure else ''} ({grade})."


def _clock(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
