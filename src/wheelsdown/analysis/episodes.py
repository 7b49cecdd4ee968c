"""Episodes of fighting out of events, months and dated lists, by a rule that is stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

import polars as pl

from wheelsdown.analysis.episodes_found import (
    Found,
    Rule,
    by_days,
    by_months,
    dated,
    deaths_by_day,
    deaths_by_month,
    rolled,
)
from wheelsdown.analysis.wording import listed, number
from wheelsdown.errors import UsageError
from wheelsdown.schema import EVENTS

__all__ = ["DAYS", "MONTHS", "Steady", "described", "episodes", "rule", "steady"]

DAYS: Final = (25, 7, 90)
"""Deaths, within so many days, new after so many quiet days: the rule over events unless another is given."""
MONTHS: Final = 17
"""Deaths of a month: the rule over months unless another is given."""
_SHARE: Final = 0.01
_SIMULATED: Final = "SIMULATED"


@dataclass(frozen=True)
class Steady:
    """Between which thresholds a rule gives the same beginnings, and what the next ones would change."""

    kind: str
    """``event`` or ``month``: whose threshold."""
    above: float
    """With so many deaths the answer is another; with any threshold above it, it is not. 0: down to the lowest."""
    most: float
    """Highest threshold with the same beginnings."""
    added: tuple[date, ...]
    """Beginnings that `above` would add or move."""
    dropped: tuple[date, ...]
    """Beginnings that a threshold above `most` would drop or move."""

    def words(self) -> str:
        """Say it."""
        what = "deaths a month" if self.kind == "month" else "deaths within the span"
        said = f"the same episodes begin with any threshold above {self.above:g} and up to {self.most:g} {what}"
        if self.added:
            said += f"; {self.above:g} would add or move {self._dates(self.added)}"
        if self.dropped:
            said += f"; more than {self.most:g} would drop or move {self._dates(self.dropped)}"
        return said

    def _dates(self, days: Sequence[date]) -> str:
        return listed([f"{d:%Y-%m}" if self.kind == "month" else f"{d}" for d in days])


def episodes(
    events: pl.DataFrame,
    *,
    deaths_least: float = DAYS[0],
    within_days: int = DAYS[1],
    quiet_days: int = DAYS[2],
    month_deaths_least: float = MONTHS,
    quiet_months: int = 1,
    tail_share: float = _SHARE,
    country: str | Sequence[str] | None = None,
) -> pl.DataFrame:
    """Make episodes of fighting out of events.

    Parameters
    ----------
    events : frame of EVENTS
        Rows of kind ``event`` are judged by days, those of kind ``month`` by months, and those of kind ``episode`` are
        a dated list. Where there is something to judge, the list gives days and names to the episodes that the rule
        finds, and adds none; alone it is taken as it is.
    deaths_least, within_days : float, int
        An episode begins where so many deaths fall within so many days: on the first day of the shortest run of days
        that reaches the number.
    quiet_days : int
        It is a new one where the rule was not met on so many days before.
    month_deaths_least : float
        Over months: so many deaths in a calendar month.
    quiet_months : int
        It is a new one after so many months below that.
    tail_share : float
        A month that follows belongs to the episode while it has the number of deaths, and at least this share of those
        of the deadliest month so far.
    country : str or several, optional
        As the source writes it (``AZE``, ``Azerbaijan``), in any case; deaths of several are added up. None: each
        country by itself. Dated lists are taken whole.

    Returns
    -------
    EVENTS
        Of kind ``episode``, in order of their beginning. Where only the month is known, `began` is its first day and
        `precision_days` is 30. `note` states the rule.

    Raises
    ------
    UsageError
        A threshold is out of range, or no event is of the countries named.

    Notes
    -----
    The rule over events (25 deaths in 7 days, new after 90 quiet ones) was fixed before any data were looked at. The
    threshold over months was not: 17 was chosen knowing the five episodes of 2016 to 2023 between Armenia and
    Azerbaijan that newspapers count. On the deaths of the two countries added up, as UCDP's months have them, the same
    five come with any threshold above 15 and up to 19. At 15 November 2021 is a sixth, above 19 July 2020 is none.
    `steady` computes that range for any data. The share of 1 % ends the war of 2020 in November; without it 27 deaths
    of December would lengthen it, which moves no beginning. A rule knows deaths that were counted, and nothing else.
    """
    given = Rule(deaths_least, within_days, quiet_days, month_deaths_least, quiet_months, tail_share)
    frame = EVENTS.conform(events)
    parts = _parts(frame, country)
    lists = frame.filter(pl.col("kind") == "episode")
    if not parts:
        return lists.unique("event_id", keep="first", maintain_order=True).sort("began", "event_id")
    found = [f for part in parts for f in _found(part, given)]
    rows = [_row(f, dated(f, lists), given) for f in found]
    return EVENTS.conform(pl.DataFrame(rows, schema=EVENTS.schema, orient="row")).sort("began", "event_id")


def rule(
    *,
    deaths_least: float = DAYS[0],
    within_days: int = DAYS[1],
    quiet_days: int = DAYS[2],
    month_deaths_least: float = MONTHS,
    quiet_months: int = 1,
    tail_share: float = _SHARE,
    kinds: Sequence[str] = ("event", "month"),
) -> str:
    """State the rule in words; `kinds` says what it is used on.

    Raises
    ------
    UsageError
        A threshold is out of range.
    """
    given = Rule(deaths_least, within_days, quiet_days, month_deaths_least, quiet_months, tail_share)
    parts = []
    if "event" in kinds:
        parts.append(
            f"{given.deaths_least:g} deaths or more within {_n(given.within_days, 'day')}, new after "
            f"{_n(given.quiet_days, 'day')} in which that was not so"
        )
    if "month" in kinds:
        parts.append(
            f"{given.month_deaths_least:g} deaths or more in a calendar month, new after "
            f"{_n(given.quiet_months, 'month')} with fewer, going on while a month has as many and at least "
            f"{100 * given.tail_share:g} % of the deadliest month's"
        )
    return "; by months: ".join(parts) if len(parts) > 1 else "".join(parts) or "as the list has them"


def steady(
    events: pl.DataFrame,
    *,
    kind: str = "month",
    deaths_least: float = DAYS[0],
    within_days: int = DAYS[1],
    quiet_days: int = DAYS[2],
    month_deaths_least: float = MONTHS,
    quiet_months: int = 1,
    tail_share: float = _SHARE,
    country: str | Sequence[str] | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Steady:
    """Tell between which thresholds the same episodes begin, and what the next ones would add and drop.

    Parameters
    ----------
    events, country, and the rule
        As in `episodes`.
    kind : str
        ``event`` or ``month``: whose threshold.
    since, until : date, optional
        Only episodes that begin on these days, both included, are compared.

    Returns
    -------
    Steady

    Raises
    ------
    UsageError
        As in `episodes`; or there are no rows of that kind.
    """
    frame = EVENTS.conform(events).filter(pl.col("kind") == kind)
    parts = _parts(frame, country)
    if not parts:
        raise UsageError(f"no rows of kind {kind}: there is no threshold to vary")

    def begins(threshold: float) -> set[date]:
        least = (threshold, month_deaths_least) if kind == "event" else (deaths_least, threshold)
        given = Rule(least[0], within_days, quiet_days, least[1], quiet_months, tail_share)
        days = {f.began for part in parts for f in _found(part, given)}
        return {d for d in days if (since is None or d >= since) and (until is None or d <= until)}

    used = deaths_least if kind == "event" else month_deaths_least
    now = begins(used)
    sums = sorted({s for part in parts for s in _sums(part, within_days) if s > 0})
    above, most = 0.0, used
    added: set[date] = set()
    dropped: set[date] = set()
    # between two sums that occur every threshold finds the same
    for s in reversed([s for s in sums if s < used]):
        if (then := begins(s)) != now:
            above, added = s, then - now or now - then
            break
    for s in [s for s in sums if s >= used]:
        if (then := begins(s)) != now:
            dropped = now - then or then - now
            break
        most = s
    return Steady(kind, above, most, _sorted(added), _sorted(dropped))


def described(
    events: pl.DataFrame,
    *,
    deaths_least: float = DAYS[0],
    within_days: int = DAYS[1],
    quiet_days: int = DAYS[2],
    month_deaths_least: float = MONTHS,
    quiet_months: int = 1,
    tail_share: float = _SHARE,
    country: str | Sequence[str] | None = None,
    since: date | None = None,
    until: date | None = None,
) -> str:
    """Say which episodes they are: out of what, by which rule, and what other thresholds would make of them.

    Parameters
    ----------
    events, country, and the rule
        As in `episodes`.
    since, until : date, optional
        As in `steady`.

    Raises
    ------
    UsageError
        As in `episodes`.
    """
    frame = EVENTS.conform(events)
    given = Rule(deaths_least, within_days, quiet_days, month_deaths_least, quiet_months, tail_share)
    judged = _parts(frame, country)
    kinds = [k for k in ("event", "month") if any((part["kind"] == k).any() for part in judged)]
    lists = frame.filter(pl.col("kind") == "episode")
    sources = {s for part in [*judged, lists] for s in part["source"].unique()}
    named = [country] if isinstance(country, str) else list(country or ())
    of = f" of {listed(named)}" if named else ""
    said = f"episodes{of} in {'; '.join(sorted(sources))}: {rule(**asdict(given), kinds=kinds)}"
    for kind in kinds:
        varied = steady(frame, kind=kind, **asdict(given), country=country, since=since, until=until)
        said += f"; by {kind}s {varied.words()}"
    return said


def _sorted(days: set[date]) -> tuple[date, ...]:
    return tuple(sorted(days))


def _n(n: int, what: str) -> str:
    return f"{number(n)} {what}{'' if n == 1 else 's'}"


def _parts(frame: pl.DataFrame, country: str | Sequence[str] | None) -> list[pl.DataFrame]:
    """Rows that are judged together: those of the countries named, or of each country by itself.

    Raises
    ------
    UsageError
        None is of the countries named.
    """
    counted = frame.filter(pl.col("kind") != "episode")
    if counted.is_empty():
        return []
    if country is None:
        return counted.partition_by("country", maintain_order=True)
    names = [country] if isinstance(country, str) else list(country)
    wanted = [n.strip().casefold() for n in names]
    of = pl.col("country").str.to_lowercase().is_in(wanted)
    kept = counted.filter(of.fill_null(value=False))
    if kept.is_empty():
        there = counted["country"].drop_nulls().unique().sort().to_list()[:12]
        raise UsageError(f"no event of {listed(names, joint='or')}: the files write {', '.join(there) or 'no country'}")
    return [kept]


def _found(part: pl.DataFrame, given: Rule) -> list[Found]:
    """What the rule finds by days, and by months what it does not."""
    days = by_days(part.filter(pl.col("kind") == "event"), given)
    months = by_months(part.filter(pl.col("kind") == "month"), given)
    return days + [m for m in months if not any(d.began <= m.ended and m.began <= d.ended for d in days)]


def _sums(part: pl.DataFrame, within_days: int) -> list[float]:
    months = part.filter(pl.col("kind") == "month")
    out = list(deaths_by_month(months).values()) if not months.is_empty() else []
    events = part.filter(pl.col("kind") == "event")
    return out + ([float(s) for s in rolled(deaths_by_day(events), within_days)] if not events.is_empty() else [])


def _row(found: Found, lists: pl.DataFrame, given: Rule) -> dict[str, object]:
    """Write an episode, dated by the list where it has one."""
    rows = found.rows
    words = rule(**asdict(given), kinds=(found.kind,))
    countries = rows["country"].drop_nulls().unique().sort().to_list()
    sources = sorted(rows["source"].unique().to_list(), key=lambda s: (not s.startswith(_SIMULATED), s))
    note = [f"rule: {words}"]
    if found.kind == "month":
        note.append("only its month is known")
    else:
        note.append("an event of several days is booked on its first day")
    if found.unknown:
        note.append(f"{number(found.unknown)} row{' says' if found.unknown == 1 else 's say'} no deaths, taken as none")
    row: dict[str, object] = {
        "event_id": f"episode-{'+'.join(countries)}-{found.began:%Y-%m-%d}",
        "kind": "episode",
        "name": f"fighting from {found.began:%Y-%m}" + (f" ({', '.join(countries)})" if countries else ""),
        "began": found.began,
        "ended": found.ended,
        "precision_days": 30.0 if found.kind == "month" else found.precision,
        "country": ", ".join(countries) or None,
        "deaths_best": found.deaths,
        "source": "; ".join(sources),
        "as_of": rows["as_of"].max(),
        "url": rows["url"].drop_nulls().first(),
        "receipt": rows["receipt"].drop_nulls().first(),
        "row": rows["row"].drop_nulls().first(),
    }
    if not lists.is_empty():
        first = lists.row(0, named=True)
        note[1:2] = [f"dated by {first['source']}"]
        if lists.height > 1:
            others = ", ".join(f"{d}" for d in lists["began"].to_list()[1:])
            note.append(f"the list has others in it, which the rule does not tell apart: {others}")
        row |= {k: first[k] for k in ("event_id", "name", "began", "ended", "url")}
        row["precision_days"] = first["precision_days"] if first["precision_days"] is not None else 1.0
        row["source"] = "; ".join([*sources, first["source"]])
        if first["source"].startswith(_SIMULATED):
            row["source"] = "; ".join([first["source"], *sources])
    return dict.fromkeys(EVENTS.names) | row | {"note": "; ".join(note)}
