"""A small case, SIMULATED: what a run gives, and dossiers on disk made of it."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from wheelsdown.case.form import About, Airfield, Case, Statement, Surges, Window
from wheelsdown.case.result import TABLES_OF_A_CASE, CaseResult, Picked
from wheelsdown.dossier.packing import Written, write_dossier
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import COUNTS, EVENTS, FACTS, LEGS, PUBLISHED, STATED, STATEMENTS, SURGES, VISITS

SOURCE = "SIMULATED made_folder.py"
POSITIONS = b"SIMULATED positions\n"
RECEIPT = hashlib.sha256(POSITIONS).hexdigest()[:16]
"""What visits rest on, unless they say otherwise."""
NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
TEXT = """\
[case]
name = "made"
title = "Made Field, September 2030"
question = "How often?"

[[airfield]]
code = "ZZZA"

[[window]]
name = "September"
since = 2030-09-01
until = 2030-09-30
"""
HTML = "<!doctype html><html lang=en><title>SIMULATED</title><p>SIMULATED: two landed.</p></html>\n"
VERSIONS = {"wheelsdown": "0.1.0", "rules": "a1", "reference": "b1", "polars": "2.1.0"}


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2030, 9, day, hour, minute, tzinfo=UTC)


def visit(name: str, day: int, **more: Any) -> dict[str, Any]:
    """Give one visit at noon of a day, two hours long."""
    touch = more.pop("touch", at(day))
    off = touch + timedelta(hours=2)
    row = {
        "visit_id": name,
        "icao24": "d00001",
        "registration": "SIM-A1",
        "operator": "Invented Air Freight",
        "callsign_in": "SIM1",
        "airfield": "ZZZA",
        "place_id": "ZZZA",
        "latitude_deg": 10.0,
        "longitude_deg": 20.0,
        "arrived_earliest_utc": touch - timedelta(minutes=2),
        "arrived_utc": touch,
        "arrived_latest_utc": touch + timedelta(minutes=3),
        "departed_earliest_utc": off - timedelta(minutes=1),
        "departed_utc": off,
        "departed_latest_utc": off + timedelta(minutes=1),
        "dwell_least_min": 116.0,
        "dwell_most_min": 123.0,
        "grade": "observed",
        "reasons": ["on the ground at the field"],
        "origin": "ZZZO",
        "origin_grade": "observed",
        "receipts": [RECEIPT],
        "source": SOURCE,
    }
    return {**row, **more}


def visits(*rows: Mapping[str, Any]) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows), infer_schema_length=None) if rows else VISITS.empty()
    return VISITS.conform(frame, fill=True)


def counts(some: pl.DataFrame) -> pl.DataFrame:
    sure = some.filter(pl.col("grade").is_in(["observed", "inferred"]))
    row = {
        "airfield": "ZZZA",
        "from_utc": at(1, 0),
        "to_utc": datetime(2030, 10, 1, tzinfo=UTC),
        "time_zone": "UTC",
        "at_least": sure.height,
        "best_estimate": float(sure.height),
        "sentence": f"SIMULATED: at least {sure.height} landed at ZZZA.",
        "visit_ids": sure["visit_id"].to_list(),
        "receipts": [RECEIPT],
    }
    return COUNTS.conform(pl.DataFrame([row], infer_schema_length=None), fill=True)


def surges(some: pl.DataFrame, **more: Any) -> pl.DataFrame:
    row = {
        "airfield": "ZZZA",
        "kind": "found",
        "from_utc": at(1, 0),
        "to_utc": datetime(2030, 10, 1, tzinfo=UTC),
        "began": date(2030, 9, 3),
        "ended": date(2030, 9, 5),
        "visits": some.height,
        "p": 0.01,
        "seed": 7,
        "surge": True,
        "sentence": "SIMULATED: more than chance.",
        "visit_ids": some["visit_id"].to_list(),
    }
    return SURGES.conform(pl.DataFrame([{**row, **more}], infer_schema_length=None), fill=True)


def legs() -> pl.DataFrame:
    row = {"leg_id": "SIM-L1", "icao24": "d00001", "callsign": "SIM1", "origin": "ZZZO", "destination": "ZZZA"}
    times = {"first_received_utc": at(3, 9), "last_received_utc": at(3, 11)}
    return LEGS.conform(pl.DataFrame([{**row, **times, "source": SOURCE}]), fill=True)


def statements(words: str = "There was no flight.") -> pl.DataFrame:
    row = {
        "statement_id": "s1",
        "speaker": "An invented speaker",
        "about": ["flight"],
        "stance": "denies",
        "words": words,
        "bearing": "contradicted",
        "visit_ids": ["v1"],
        "sentence": "SIMULATED: these data show what was denied.",
    }
    return STATEMENTS.conform(pl.DataFrame([row]), fill=True)


def published(outcome: str = "agrees") -> pl.DataFrame:
    row = {
        "published_id": "p1",
        "outlet": "An invented paper",
        "window": "September",
        "least": 2,
        "outcome": outcome,
        "sentence": "SIMULATED: the paper has two; these data have two.",
    }
    return PUBLISHED.conform(pl.DataFrame([row]), fill=True)


def stated(**more: str) -> pl.DataFrame:
    """Give the sentences of a page: the finding, and one a section that is named."""
    row = {"stated_id": "finding-1", "section": "finding", "text": "SIMULATED: two landed.", "rests_on": ["counts/1"]}
    rest = [{"stated_id": f"{s}-1", "section": s, "text": text, "rests_on": []} for s, text in more.items()]
    return STATED.conform(pl.DataFrame([row, *rest], schema_overrides={"rests_on": pl.List(pl.String)}))


def events(**more: Any) -> pl.DataFrame:
    row = {"event_id": "e1", "kind": "episode", "name": "SIMULATED escalation", "began": date(2030, 9, 10)}
    return EVENTS.conform(pl.DataFrame([{**row, **more}]), fill=True)


def facts(*names: str) -> pl.DataFrame:
    rows = [{"fact_id": n, "subject": "ZZZA", "name": n, "value": "yes", "source": SOURCE} for n in names]
    return FACTS.conform(pl.DataFrame(rows), fill=True)


def case_of(text: str, file: Path) -> Case:
    """Give a case as loading gives it, without its checks."""
    raw = text.encode()
    return Case(
        case=About(name="made", title=tomllib.loads(text)["case"]["title"], question="How often?"),
        airfield=(Airfield(code="ZZZA"),),
        window=(Window(name="September", since=date(2030, 9, 1), until=date(2030, 9, 30)),),
        surges=Surges(seed=7),
        statement=(Statement(id="s1", speaker="An invented speaker", about=("flight",), stance="denies"),),
        file=file,
        sha256=hashlib.sha256(raw).hexdigest(),
        raw=raw,
    )


def inputs_in(folder: Path, data: bytes = POSITIONS) -> Receipt:
    """Write one file of positions; gives its receipt, by its name as seen from a dossier beside the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "positions.csv"
    file.write_bytes(data)
    return Receipt(f"../{folder.name}/{file.name}", hashlib.sha256(data).hexdigest(), len(data), "made", 3)


def result(folder: Path, some: pl.DataFrame | None = None, *, text: str = TEXT, **more: Any) -> CaseResult:
    """Give what a run of the made case gives; its input files lie in `folder`.

    Frames that are given by the names of tables take the place of the made ones.
    """
    receipt = more.pop("receipt", None) or inputs_in(folder)
    file = folder / "case.toml"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    case = case_of(text, file)
    some = visits(visit("v1", 3), visit("v2", 5)) if some is None else some
    tables = {k: more.pop(k) for k in list(more) if k in TABLES_OF_A_CASE}
    frames = {
        "counts": counts(some),
        "visits": some,
        "surges": surges(some),
        "statements": statements(),
        "published": published(),
        "legs": legs(),
        "receipts": receipts_frame(
            [receipt, Receipt(f"../{folder.name}/case.toml", case.sha256, len(case.raw), "case")]
        ),
        **tables,
    }
    made = CaseResult(
        case=case,
        file=file,
        sha256=case.sha256,
        frames=frames,
        windows=("September",),
        airfields=(Picked("ZZZA", "Made Field", 10.0, 20.0),),
        finding=f"SIMULATED: at least {int(frames['counts']['at_least'].head(1).sum())} landed at ZZZA.",
        simulated=True,
        inputs={receipt.file: receipt.sha256, f"../{folder.name}/case.toml": case.sha256},
        versions=VERSIONS,
    )
    return replace(made, **more)


def dossier(folder: Path, made: CaseResult, **more: Any) -> Written:
    html, sentences = more.pop("html", HTML), more.pop("sentences", None)
    return write_dossier(
        made, html, stated() if sentences is None else sentences, folder, now=more.pop("now", NOW), **more
    )
