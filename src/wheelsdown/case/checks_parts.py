"""The parts of a case, each held to itself: positions, methods, statements, exhibits, claims."""

from __future__ import annotations

import difflib
import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wheelsdown.analysis.grouping import GROUPS, PERIODS
from wheelsdown.archive.hosts import HOSTS
from wheelsdown.case.moments import instant
from wheelsdown.errors import UsageError
from wheelsdown.schema.context import ABOUT, CREDIBILITY, EXHIBIT_KINDS, RELIABILITY, STANCES
from wheelsdown.simulate.shipped import scenario_path, shipped

if TYPE_CHECKING:
    from pathlib import Path

    from wheelsdown.case.form import Case, Exhibit, Statement, Surges, Timing

__all__ = ["Wrong", "missing", "of_context", "of_methods", "of_positions", "real_names", "real_said", "scenario_file"]

_INVENTED: Final = re.compile(r"[dD][0-9a-fA-F]{5}")
_YEARS: Final = re.compile(r"(\d{4})(?:-(\d{4}))?")
_PERIOD: Final = re.compile(r"\d{4}(?:0[1-9]|1[0-2])?(?:-\d{4}(?:0[1-9]|1[0-2])?)?")
_SILENT: Final = ("declines", "no_answer", "not_yet_asked")
_MOST_DRAWS: Final = 1_000_000
_MOST_COUNT: Final = 10_000_000


@dataclass(frozen=True)
class Wrong:
    """One thing that cannot be."""

    field: str
    reason: str
    remedy: str


def missing(case: Case, written: str) -> bool:
    """Tell whether neither a file nor anything that a glob means is there."""
    path = case.path(written)
    try:
        return not path.exists() and next(glob.iglob(str(path), recursive=True), None) is None  # noqa: PTH207 (the pattern is a whole path)
    except (OSError, ValueError):
        return True


def scenario_file(case: Case) -> Path | None:
    """Give the file of the scenario: one of the package by its name, else a file beside the case.

    Raises
    ------
    UsageError
        There is none.
    """
    written = case.positions.scenario
    if written is None:
        return None
    return scenario_path(written if written in {s.name for s in shipped()} else case.path(written))


def real_names(case: Case) -> tuple[str, ...]:
    """Name what in the fleet is not invented: none of it may stand beside simulated visits.

    Invented are operators, tails and names that begin with SIM, and addresses d00000 to dfffff.
    """
    fleet = case.fleet
    texts = [t for t in (fleet.name, *fleet.operator, *fleet.registration) if t and not _simulated_name(t)]
    return (*texts, *(a for a in fleet.icao24 if not _INVENTED.fullmatch(a)))


def real_said(case: Case) -> Iterator[Wrong]:
    """Find what is not invented among the aircraft that statements are about, as `real_names` does in the fleet."""
    for n, said in enumerate(case.statement):
        named = [(f, t) for f in ("operator", "registration") for t in getattr(said, f) if not _simulated_name(t)]
        named += [("icao24", a) for a in said.icao24 if not _INVENTED.fullmatch(a)]
        for field, text in named:
            yield Wrong(
                f"statement[{n}].{field}",
                f"names {text[:80]!r}, a real one, beside SIMULATED visits",
                "write names and tails that begin with SIM, and addresses d00000 to dfffff",
            )


def _simulated_name(text: str) -> bool:
    return text.upper().startswith("SIM")


def of_positions(case: Case) -> Iterator[Wrong]:
    """Check where positions come from."""
    p = case.positions
    sources = {"files": p.files, "lake": p.lake, "scenario": p.scenario, "demo": p.demo}
    named = [k for k, v in sources.items() if v]
    if len(named) > 1:
        said = " and ".join(named)
        yield Wrong(f"positions.{named[1]}", f"{said} are named", "name one (wheelsdown ingest puts files into a lake)")
    if p.logs and (p.scenario or p.demo or p.lake):
        yield Wrong("positions.logs", "stand beside other positions", "a list of visits is a case of its own")
    if p.log_map and not p.logs:
        yield Wrong("positions.log_map", "says how to read a log, and none is named", "add logs = [...]")
    for field in ("files", "logs", "registers"):
        for n, written in enumerate(getattr(p, field)):
            if missing(case, written):
                where = case.path(written)
                yield Wrong(f"positions.{field}[{n}]", f"{where} is not there", "paths begin at the case file's folder")
    for field in ("log_map", "identity", "mapping", "checks"):
        written = getattr(p, field)
        if written is not None and missing(case, written):
            where = case.path(written)
            yield Wrong(f"positions.{field}", f"{where} is not there", "paths begin at the case file's folder")
    if p.lake and p.fetch is None and missing(case, p.lake):
        yield Wrong(
            "positions.lake", f"{case.path(p.lake)} is not there", "wheelsdown ingest or wheelsdown fetch makes a lake"
        )
    if p.scenario is not None:
        yield from _simulated(case)
    yield from _fetch(case)


def _simulated(case: Case) -> Iterator[Wrong]:
    try:
        scenario_file(case)
    except (UsageError, ValueError, OSError) as e:
        yield Wrong("positions.scenario", str(e), "paths begin at the case file's folder")
    if real := real_names(case):
        yield Wrong(
            "positions.scenario",
            f"simulated flights would stand under a real name: {real[0]}",
            "a real operator never appears with simulated visits: in the fleet write names and tails that begin "
            "with SIM, and addresses d00000 to dfffff",
        )
    yield from real_said(case)
    if case.positions.fetch is not None:
        yield Wrong("positions.fetch", "stands beside a scenario", "take one out: made and real data never mix")


def _fetch(case: Case) -> Iterator[Wrong]:
    fetch = case.positions.fetch
    if fetch is None:
        return
    if case.positions.files or case.positions.demo or case.positions.logs:
        yield Wrong("positions.fetch", "stands beside files", "fetch fills a lake: name `lake`, or take it out")
    if case.positions.lake is None:
        yield Wrong("positions.fetch", "fills a lake that nothing is read from", f'add lake = "{fetch.lake}" above')
    elif case.positions.lake != fetch.lake:
        yield Wrong("positions.fetch.lake", "is another lake than that of [positions]", "name one lake")
    if fetch.since > fetch.until:
        yield Wrong("positions.fetch.until", "is before `since`", "both days are included; the first comes first")
    if not fetch.icao24 and not case.fleet.named and not case.airfield:
        yield Wrong("positions.fetch", "says not what to ask for", "name icao24, or a fleet")
    for n, host in enumerate(fetch.hosts):
        if host not in HOSTS and "://" not in host:
            close = difflib.get_close_matches(host, list(HOSTS), n=1)
            remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join(HOSTS)}; or name an address"
            yield Wrong(f"positions.fetch.hosts[{n}]", f"{host} is no host that is known", remedy)


def of_methods(case: Case) -> Iterator[Wrong]:
    """Check what is compared and tested."""
    splits = [g for g in GROUPS if g not in PERIODS and g != "airfield"]
    if case.comparison.visitors_by not in splits:
        yield Wrong("comparison.visitors_by", f"is {case.comparison.visitors_by!r}", f"one of {', '.join(splits)}")
    for name, part in (("timing", case.timing), ("surges", case.surges)):
        if part is not None:
            yield from _drawn(case, name, part)
    if case.timing is not None:
        t = case.timing
        if case.events is None:
            yield Wrong("timing", "has no events to be held against", "add [events] with files or episodes")
        if not t.windows_days or any(not 1 <= d <= 366 for d in t.windows_days):
            yield Wrong("timing.windows_days", "has to name windows of 1 to 366 days", "windows_days = [7, 14, 30]")
        if len(set(t.windows_days)) != len(t.windows_days):
            yield Wrong("timing.windows_days", "names a window twice", "name each once")
        if not 0 <= t.lag_days <= 366:
            yield Wrong("timing.lag_days", f"is {t.lag_days}", "0 to 366 days between the window and the event")
    if case.surges is not None:
        if not 1 <= case.surges.longest_days <= 3660:
            yield Wrong("surges.longest_days", f"is {case.surges.longest_days}", "1 to 3660 days")
        for n, d in enumerate(case.surges.declared):
            if d.since > d.until:
                yield Wrong(f"surges.declared[{n}].until", "is before `since`", "both days are included")
    yield from _events(case)


def _drawn(case: Case, name: str, part: Timing | Surges) -> Iterator[Wrong]:
    if not 0 < part.level < 0.5:
        yield Wrong(f"{name}.level", f"is {part.level:g}", "a chance level between 0 and 0.5, usually 0.05")
    if not 99 <= part.draws <= _MOST_DRAWS:
        yield Wrong(f"{name}.draws", f"is {part.draws}", f"99 to {_MOST_DRAWS:,}, usually 9999")
    if not 0 <= part.seed < 2**63:
        yield Wrong(f"{name}.seed", f"is {part.seed}", "a whole number from 0")
    if (part.since is None) != (part.until is None):
        yield Wrong(name, "has one end of its period only", f"add {'since' if part.since is None else 'until'}")
    elif (
        part.since is not None
        and part.until is not None
        and instant(part.since, case.case.zone) >= instant(part.until, case.case.zone, end=True)
    ):
        yield Wrong(f"{name}.until", "is before `since`", "both days are included; the first comes first")


def _events(case: Case) -> Iterator[Wrong]:
    events = case.events
    if events is None:
        return
    if not events.files and not events.episode:
        yield Wrong("events", "names neither files nor episodes", "add files = [...] or [[events.episode]]")
    if events.from_ == "rows" and not events.files:
        yield Wrong("events.from", "says rows, and no files are named", 'add files = [...], or write "episodes"')
    for name, least in (("deaths_least", 0), ("within_days", 0), ("quiet_days", 0)):
        value = getattr(events, name)
        if not least <= value <= _MOST_COUNT:
            yield Wrong(f"events.{name}", f"is {value}", f"a whole number from {least}")
    for n, episode in enumerate(events.episode):
        if episode.ended is not None and episode.ended < episode.began:
            yield Wrong(f"events.episode[{n}].ended", "is before `began`", "both days are included")


def of_context(case: Case) -> Iterator[Wrong]:
    """Check shares, statements, exhibits, parties and published claims."""
    for n, arms in enumerate(case.arms):
        if not arms.windows:
            yield Wrong(f"arms[{n}].windows", "names no years", 'windows = ["2016-2020"]')
        for m, text in enumerate(arms.windows):
            years = _YEARS.fullmatch(text)
            if not years or int(years[2] or years[1]) < int(years[1]):
                yield Wrong(f"arms[{n}].windows[{m}]", f"is {text!r}", 'write first and last year: "2016-2020"')
    for n, trade in enumerate(case.trade):
        if not trade.periods:
            yield Wrong(f"trade[{n}].periods", "names no period", 'periods = ["2022"]')
        for m, text in enumerate(trade.periods):
            if not _PERIOD.fullmatch(text):
                yield Wrong(f"trade[{n}].periods[{m}]", f"is {text!r}", 'write "2022", "202209" or "2020-2022"')
    for n, said in enumerate(case.statement):
        yield from _statement(f"statement[{n}]", said)
    for n, exhibit in enumerate(case.exhibit):
        yield from _exhibit(f"exhibit[{n}]", exhibit)
    for n, party in enumerate(case.party):
        if party.answered_on is not None and (party.asked_on is None or party.answered_on < party.asked_on):
            yield Wrong(f"party[{n}].answered_on", "is not after `asked_on`", "say when the party was asked")
    for n, claim in enumerate(case.published):
        at = f"published[{n}]"
        for name, number in (("least", claim.least), ("most", claim.most)):
            if number is not None and not 0 <= number <= _MOST_COUNT:
                yield Wrong(f"{at}.{name}", f"is {number}", "a count is 0 or more")
        if claim.least is not None and claim.most is not None and claim.most < claim.least:
            yield Wrong(f"{at}.most", "is below `least`", "a plain number n is least = n, most = n")
        if claim.every_days is not None and not 0 < claim.every_days <= 36_600:
            yield Wrong(f"{at}.every_days", f"is {claim.every_days:g}", 'days between visits; "every other day" is 2')
        if all(v is None for v in (claim.least, claim.most, claim.every_days, claim.words, claim.note)):
            yield Wrong(at, "says nothing", "add least, most, every_days or words")


def _coded(at: str, value: str | None, codes: Mapping[str, str]) -> Iterator[Wrong]:
    """Hold a word to a list of words."""
    if value is None or value in codes:
        return
    close = difflib.get_close_matches(value.lower(), list(codes), n=1)
    said = "; ".join(f"{k} {v}" for k, v in codes.items())
    yield Wrong(at, f"is {value[:80]!r}", f"did you mean {close[0]}?" if close else f"one of: {said}")


def _judged(at: str, part: Any) -> Iterator[Wrong]:
    yield from _coded(f"{at}.reliability", part.reliability, RELIABILITY)
    yield from _coded(f"{at}.credibility", part.credibility, CREDIBILITY)


def _statement(at: str, said: Statement) -> Iterator[Wrong]:
    yield from _coded(f"{at}.stance", said.stance, STANCES)
    yield from _judged(at, said)
    if not said.about:
        yield Wrong(f"{at}.about", "is empty", f"one or more of {', '.join(ABOUT)}")
    for n, word in enumerate(said.about):
        yield from _coded(f"{at}.about[{n}]", word, ABOUT)
    if said.words is None and said.gist is None and said.stance not in _SILENT:
        yield Wrong(at, "has neither words nor gist", "quote the words, or give the gist in your own")
    if said.stance == "not_yet_asked" and said.asked_on is not None:
        yield Wrong(f"{at}.stance", "says not_yet_asked, and `asked_on` is given", "write no_answer, declines, or ...")
    if said.said_to is not None and said.said_from is None:
        yield Wrong(f"{at}.said_to", "is given without `said_from`", "give both, or `said_from` alone")
    if said.said_from is not None and said.said_to is not None:
        zone = said.zone or "UTC"
        if instant(said.said_from, zone) > instant(said.said_to, zone):
            yield Wrong(f"{at}.said_to", "is before `said_from`", "the first moment comes first")
    if said.all_aircraft and said.names_aircraft:
        yield Wrong(
            f"{at}.all_aircraft",
            "is true, and some aircraft are named",
            "say whose aircraft it is about, or all: not both",
        )
    if said.asked_on is not None and said.deadline is not None and said.deadline < said.asked_on:
        yield Wrong(f"{at}.deadline", "is before `asked_on`", "give time to answer")


def _exhibit(at: str, exhibit: Exhibit) -> Iterator[Wrong]:
    yield from _coded(f"{at}.kind", exhibit.kind, EXHIBIT_KINDS)
    yield from _judged(at, exhibit)
    placed = exhibit.airfield is not None or exhibit.time is not None
    if exhibit.visit is not None and placed:
        yield Wrong(f"{at}.visit", "is named, and airfield or time are too", "give the visit, or airfield and time")
    elif placed and (exhibit.airfield is None or exhibit.time is None):
        yield Wrong(at, "gives one of airfield and time only", "give both, or the visit")
    elif exhibit.visit is None and not placed:
        yield Wrong(at, "is tied to nothing", "add visit = the visit's id, or airfield and time")
