"""What the positions at hand can answer, window by window, before any of them is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from wheelsdown.analysis.exposure import utc_days
from wheelsdown.analysis.wording import listed, number
from wheelsdown.archive.hosts import HOSTS
from wheelsdown.case.checks_parts import missing, real_names, scenario_file
from wheelsdown.case.places import with_own
from wheelsdown.engines.asked import Asked
from wheelsdown.engines.ledgers import some_days
from wheelsdown.engines.local import as_wanted
from wheelsdown.engines.options import Options
from wheelsdown.engines.selecting import chosen_how
from wheelsdown.errors import CaseError
from wheelsdown.lake import Lake
from wheelsdown.reference.airfields import load as load_airfields
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.sources.log_mapping import LogMapping
from wheelsdown.sources.visit_log import SIMULATED, VisitLog

if TYPE_CHECKING:
    from wheelsdown.case.form import Case, Window

__all__ = ["At", "Said", "at_hand", "of_windows", "of_years"]

_KNOWN: Final = ("received", "empty")
_PICKED: Final = "hand_picked"
_NONE: Final = "no positions are loaded; nothing could be counted"
_SAY: Final = 'if nothing was left out, say so: selection = "fleet" or "all" under [fleet]'
_MOST_YEARS: Final = 400
_HEAD: Final = 1 << 16
_ENDS: Final = {"origin": "where aircraft came from", "next_stop": "where they went"}


@dataclass(frozen=True)
class Said:
    """One row of CONCLUSIONS."""

    topic: str
    window: str | None
    answer: str
    why: str
    remedy: str | None = None

    def row(self) -> dict[str, Any]:
        """Give it as the table has it."""
        return {
            "topic": self.topic,
            "window": self.window,
            "answer": self.answer,
            "why": self.why,
            "remedy": self.remedy,
        }


@dataclass(frozen=True)
class At:
    """What is at hand."""

    given: bool
    """Whether there is anything to count in."""
    why: str = ""
    """Why there is not."""
    remedy: str | None = None
    log: bool = False
    """A list that observers kept, or none but a list."""
    picked: bool = False
    """Chosen by hand, in one window at least: no tests."""
    picked_why: str = ""
    picked_remedy: str | None = None
    fleet_only: bool = False
    """Nobody but the fleet was looked for."""
    lake: Lake | None = None
    scenario: Scenario | None = None
    selected: dict[str, tuple[str, str]] | None = None
    """Of a lake: window to selection and why."""
    noted: frozenset[str] = frozenset()
    """Of a log: which of its ends of flights, `origin` and `next_stop`, the logs have a column for."""
    simulated: bool = False
    """They say SIMULATED: no archive of real flights holds their days."""


def of_years(spans: tuple[tuple[int, int], ...]) -> set[int]:
    """Give all years of windows, both ends included."""
    return {y for a, b in spans for y in range(a, min(b, a + _MOST_YEARS) + 1)}


def at_hand(case: Case) -> At:
    """Look at what a case names as its positions.

    Raises
    ------
    LakeError, SimulationError
        It cannot be opened.
    SourceError
        The map of a log is wrong.
    CaseError
        A real name would stand with the flights of a SIMULATED lake.
    """
    p = case.positions
    if p.scenario:
        path = scenario_file(case)
        return At(given=True, scenario=None if path is None else Scenario.from_toml(path))
    if p.logs:
        how = case.fleet.selection
        maps = _maps(case)
        noted = frozenset(end for end in _ENDS if maps and all(end in m.columns for m in maps))
        if how is None:
            why = "a list of visits does not say what was left out"
            log = At(given=True, log=True, picked=True, picked_why=why, picked_remedy=_SAY)
        else:
            log = At(given=True, log=True, picked=how == _PICKED, picked_why="the list was picked by hand")
        return replace(log, noted=noted, simulated=any(SIMULATED in m.source for m in maps))
    if p.lake:
        return _lake(case, p.lake)
    if p.files or p.demo:
        chosen = case.fleet.selection
        why, remedy = "the files were picked by hand", None
        if p.demo:
            why = "the recordings were picked by hand, for what they show"
        elif chosen is None:
            why = "files do not say what was left out; they are taken as picked by hand"
            remedy = _SAY
        picked = chosen in (None, _PICKED)
        return At(given=True, picked=picked, picked_why=why, picked_remedy=remedy, fleet_only=chosen == "fleet")
    remedy = "name files, a lake, logs or a scenario under [positions]"
    return At(given=False, why=_NONE, remedy=remedy)


def _maps(case: Case) -> list[LogMapping]:
    """Give the map of each log at hand; of one that none fits, none: reading it will say so."""
    p = case.positions
    own = None if p.log_map is None or missing(case, p.log_map) else case.path(p.log_map)
    log = VisitLog() if own is None else VisitLog.from_toml(own)
    if log.mapping is not None:
        return [log.mapping]
    out = []
    for path in case.paths(p.logs):
        if path.is_file():
            with path.open("rb") as f:
                head = f.read(_HEAD)
            out.append(log.mapping_for(head) if log.detect(head, path.name) else None)
    return [m for m in out if m is not None]


def _lake(case: Case, written: str) -> At:
    fetch = "run the case with network, or: wheelsdown fetch" if case.positions.fetch else "wheelsdown ingest or fetch"
    path = case.path(written)
    if missing(case, written) or not (path / "lake.json").exists():
        return At(given=False, why=_NONE, remedy=f"there is no lake at {written} yet: {fetch} fills it")
    lake = Lake.open(path)
    if lake.simulated and (real := real_names(case)):
        raise CaseError(
            f"the lake holds SIMULATED flights, and the fleet has a real name: {real[0]}",
            file=str(case.file),
            field="positions.lake",
            remedy="a real operator never appears with simulated visits: name an invented one, or another lake",
        )
    if not lake.days():
        return At(given=False, why=_NONE, remedy=f"the lake at {written} is empty: {fetch} fills it")
    selected = _selected(case, lake)
    picked = any(how == _PICKED for how, _ in selected.values())
    why = next((w for how, w in selected.values() if how == _PICKED), "")
    ledger = lake.ledger()
    everybody = ledger.filter((pl.col("what") == "*") | pl.col("what").str.starts_with("airfield ")).height
    return At(
        given=True,
        picked=picked,
        picked_why=why,
        picked_remedy="fetch the days that are lacking",
        fleet_only=everybody == 0,
        lake=lake,
        selected=selected,
        simulated=lake.simulated,
    )


def _selected(case: Case, lake: Lake) -> dict[str, tuple[str, str]]:
    """Tell of each window how its positions were chosen, as the count itself will."""
    options = Options(registers=[p for p in case.paths(case.positions.registers) if p.exists()])
    known = with_own(case, load_airfields())
    fleet = case.fleet
    out = {}
    for window in case.window:
        since, until = case.ends(window)
        wanted: Asked = as_wanted(
            known,
            {
                "airfield": list(case.airfields_of(window)),
                "icao24": list(fleet.icao24),
                "registration": list(fleet.registration),
                "operator": list(fleet.operator),
                "typecode": list(fleet.typecode),
                "since": since,
                "until": until,
            },
        )
        how = chosen_how(lake, wanted, since, until, fleet.selection, options).of_case()
        out[window.name] = (how.selection, how.why)
    return out


def of_windows(case: Case, at: At, today: dt.date | None) -> Iterator[Said]:
    """Tell of each window what can be counted in it, and what no open archive covers."""
    for window in case.window:
        ahead = None if at.scenario is not None or at.simulated else _future(case, window, today)
        if ahead is not None:
            yield ahead
        if not at.given:
            yield Said("count", window.name, "no", at.why, at.remedy)
        elif at.lake is not None:
            yield from _of_lake(case, window, at)
        elif at.scenario is not None:
            yield _of_scenario(case, window, at.scenario)
        else:
            yield from _of_files(window, at)
        if at.simulated:
            why = "these flights are SIMULATED: no archive of real flights holds any of them"
            yield Said("open archive", window.name, "no", why)
        elif at.scenario is None and not case.positions.demo and (ahead is None or ahead.answer != "no"):
            yield from _archive(case, window, today)
            yield from _fetch(case, window)
        yield _declared(window)
    if at.given and at.log:
        yield _ends_of_log(at)
        yield Said("dwell", None, "partly", "only as exact as the list's own times, and for rows with both of them")
    elif at.given:
        yield Said(
            "origin and next stop", None, "partly", "as far as the flights were received: an end not seen is empty"
        )
        yield Said("dwell", None, "yes", "as an interval, at least and at most, for every visit that is found")


def _ends_of_log(at: At) -> Said:
    """Tell whether a log says where aircraft came from and went: nothing beside it can test what it says."""
    topic, help_ = "origin and next stop", "positions of the same days"
    has = [said for end, said in _ENDS.items() if end in at.noted]
    lacks = [said for end, said in _ENDS.items() if end not in at.noted]
    if not has:
        return Said(topic, None, "no", f"the list has no column for {listed(lacks, joint='or')}", help_)
    why = f"{listed(has)}: as the list's writers noted it, where they did; nothing here tests it"
    if lacks:
        why += f"; it has no column for {listed(lacks)}"
    return Said(topic, None, "partly", why, help_)


def _of_files(window: Window, at: At) -> Iterator[Said]:
    if at.log:
        why = "what observers wrote down: at least so many; how many they missed cannot be told"
        yield Said("count", window.name, "partly", why, "hold it against a second, independent source (agree)")
    elif at.picked:
        why = f"at least so many; best estimate and what cannot be ruled out are refused: {at.picked_why}"
        yield Said("count", window.name, "partly", why, at.picked_remedy)
    else:
        why = "with bounds; that nothing was left out is the case's word, and a day without data is no zero"
        yield Said("count", window.name, "yes", why)


def _of_lake(case: Case, window: Window, at: At) -> Iterator[Said]:
    """Tell which days of a window the ledger holds."""
    if at.lake is None or at.selected is None:
        return
    days = utc_days(*case.ends(window))
    ledger = at.lake.ledger().filter(pl.col("day").is_in(days), pl.col("what") != "traffic")
    known = set(ledger.filter(pl.col("status").is_in(_KNOWN))["day"]) | (set(at.lake.days()) & set(days))
    asked = set(ledger["day"]) | known
    never = [d for d in days if d not in asked]
    lacking = [d for d in days if d in asked and d not in known]
    parts = [f"the ledger holds {len(known)} of {len(days)} {_named(case, window)}"]
    if lacking:
        statuses = ledger.filter(pl.col("day").is_in(lacking))["status"].unique().sort().to_list()
        parts.append(f"{some_days(lacking)}: {', '.join(statuses)}")
    if never:
        parts.append(f"{some_days(never)}: never asked for")
    answer = "yes" if len(known) == len(days) else "partly" if known else "no"
    how, why = at.selected[window.name]
    if answer != "no" and how == _PICKED:
        answer = "partly"
        parts.append(f"best estimate and what cannot be ruled out are refused: {why}")
    remedy = None if answer == "yes" else "fetch the days that are lacking; those not had stay out of every rate"
    yield Said("count", window.name, answer, "; ".join(parts), remedy)


def _of_scenario(case: Case, window: Window, scenario: Scenario) -> Said:
    days = utc_days(*case.ends(window))
    flown = [d for d in days if scenario.start <= d < scenario.end]
    made = f"SIMULATED flights from {scenario.start} to {scenario.end - dt.timedelta(days=1)}"
    if not flown:
        return Said("count", window.name, "no", f"{made}: none of the window's days", "name a window of those days")
    if len(flown) < len(days):
        why = f"{made}: {number(len(flown))} of the window's {number(len(days))} days"
        return Said("count", window.name, "partly", why, "name a window of those days")
    return Said("count", window.name, "yes", f"{made}: of no real aircraft")


def _archive(case: Case, window: Window, today: dt.date | None) -> Iterator[Said]:
    """Tell which days of a window no open archive covers: those before it begins, and those that are not over."""
    begins = {h.name: h.first_day for h in HOSTS.values() if h.permitted and not h.refused and h.first_day is not None}
    if not begins:
        return
    host, first = min(begins.items(), key=lambda b: b[1])
    days = utc_days(*case.ends(window))
    before = [d for d in days if d < first]
    begin = f"the open archive that may be asked ({host}) begins on {first.isoformat()}"
    if len(before) == len(days):
        why = f"{begin}: no day of this window is in it; not observed, never zero"
        yield Said("open archive", window.name, "no", why, "files from a keeper of older data, or observers' logs")
    elif before:
        why = f"{begin}: {some_days(before)} of this window are not in it; not observed, never zero"
        yield Said("open archive", window.name, "partly", why, "files from a keeper of older data for those days")
    elif ahead := [] if today is None else [d for d in days if d >= today]:
        is_ = "is" if len(ahead) == 1 else "are"
        why = f"{begin}: {some_days(ahead)} {is_} not over, and in no archive"
        yield Said("open archive", window.name, "partly", why, "run it again afterwards")
    else:
        yield Said("open archive", window.name, "yes", f"{begin}: all days of this window came after")


def _fetch(case: Case, window: Window) -> Iterator[Said]:
    """Tell which days of a window the case would ask an archive for."""
    fetch = case.positions.fetch
    if fetch is None:
        return
    days = utc_days(*case.ends(window))
    asks = [d for d in days if fetch.since <= d <= fetch.until]
    if len(asks) == len(days):
        return
    answer = "partly" if asks else "no"
    many = number(len(asks)) if asks else "none"
    why = f"[positions.fetch] asks for {many} of the window's {number(len(days))} {_named(case, window)}"
    yield Said("fetch", window.name, answer, why, "widen since and until of [positions.fetch], as far as archives go")


def _named(case: Case, window: Window) -> str:
    """Name days of ledgers and archives, where a reader would take them for those of the window."""
    return "days" if case.zone_of(window) == "UTC" else "UTC days"


def _own_days(case: Case, window: Window) -> list[dt.date]:
    """Days of a window in its own zone: in UTC one far from it touches a day more."""
    zone = ZoneInfo(case.zone_of(window))
    since, until = (end.astimezone(zone) for end in case.ends(window))
    first, last = since.date(), (until - dt.timedelta(microseconds=1)).date()
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def _future(case: Case, window: Window, today: dt.date | None) -> Said | None:
    """Tell which days of a window are not over; they are days in its zone, as those that were asked for."""
    days = _own_days(case, window)
    ahead = [] if today is None else [d for d in days if d >= today]
    if not ahead:
        return None
    why = f"{some_days(ahead)} {'is' if len(ahead) == 1 else 'are'} not over yet"
    return Said("window", window.name, "partly" if len(ahead) < len(days) else "no", why, "run it again afterwards")


def _declared(window: Window) -> Said:
    if window.declared is None:
        why = "not declared beforehand: it was chosen with what was known, and a test on it says so"
        return Said("declared window", window.name, "no", why)
    last = window.until.date() if isinstance(window.until, dt.datetime) else window.until
    told = f"declared on {window.declared.isoformat()}, as the case says"
    if window.declared > last:
        return Said("declared window", window.name, "partly", f"{told}: after it had ended")
    return Said("declared window", window.name, "yes", told)
