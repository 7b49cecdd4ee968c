"""Results of cases made by hand, SIMULATED: rich, hostile, not counted, draft."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from tests.analysis.made import frame, visit
from wheelsdown.analysis.cadence import cadence
from wheelsdown.analysis.counting import count
from wheelsdown.analysis.series import series
from wheelsdown.case.form import About, Case
from wheelsdown.case.result import TABLES_OF_A_CASE, CaseResult, Picked
from wheelsdown.schema import AIRFIELDS, RUNWAYS

START = datetime(2031, 9, 1, tzinfo=UTC)
END = datetime(2031, 10, 1, tzinfo=UTC)
FIELD, NEIGHBOUR, HOME, OTHER = "XXSA", "XXSB", "XXSH", "XXSO"
SOURCE = "SIMULATED readsb"
ZONE = "Asia/Jerusalem"
HASH = hashlib.sha256(b"SIMULATED").hexdigest()
RECEIPT = HASH[:16]
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    '=HYPERLINK("http://x.example","7")',
    "\u202egnp.exe\u202c",
    "a" * 10_000,
    "{{ 7 * 7 }}",
    "line one\nline two\t3",
    "&lt;b&gt; 5",
)


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as one of a case's tables; columns that are not named are null."""
    known = TABLES_OF_A_CASE[name]
    for row in rows:
        assert set(row) <= set(known.names), set(row) - set(known.names)
    return pl.DataFrame([{n: r.get(n) for n in known.names} for r in rows], schema=known.schema, orient="row")


def visits() -> pl.DataFrame:
    rows = []
    days = (2, 4, 5, 7, 9, 11, 14, 15, 20, 26)
    grades = ("observed", "observed", "inferred", "observed", "likely", "inferred", "observed", "possible") * 2
    for n, (day, grade) in enumerate(zip(days, grades, strict=False)):
        at = START + timedelta(days=day - 1, hours=(n * 7) % 24, minutes=(n * 13) % 60, seconds=n * 5)
        out = at + timedelta(minutes=95 + 17 * n)
        rows.append(
            visit(
                at,
                n,
                visit_id=f"d0000{n % 3}-{day:04d}",
                icao24=f"d0000{n % 3}",
                registration=f"SIM-{'ABC'[n % 3]}",
                typecode="IL76",
                operator="Simulated Sky Bridge",
                identity_source="SIMULATED fleet list",
                identity_as_of="2031-08-01",
                identity_conflict="another list has IL62" if n == 3 else None,
                callsign_in=f"SIM{400 + n}",
                callsign_out=f"SIM{500 + n}" if n != 4 else None,
                airfield=FIELD,
                airfield_name="Simulated South",
                place_id=FIELD,
                latitude_deg=29.9403,
                longitude_deg=34.9358,
                time_zone=ZONE,
                departed_earliest_utc=out - timedelta(minutes=2),
                departed_utc=out,
                departed_latest_utc=out + timedelta(minutes=4),
                dwell_least_min=93.5 + 17 * n,
                dwell_most_min=99.25 + 17 * n,
                dwell_stayed_min=94.0 + 17 * n,
                grade=grade,
                probability={"observed": 0.997, "inferred": 0.981, "likely": 0.83, "possible": 0.31}[grade],
                basis=f"{grade}, both sides",
                reasons=["lost at 2,100 ft, 6.1 km from runway 20, descending", "aligned with runway 20 within 2 deg"],
                rivals=[NEIGHBOUR] if grade == "possible" else [],
                rivals_probability=[0.4] if grade == "possible" else [],
                excluded=[] if grade == "possible" else [f"{NEIGHBOUR}: 1,400 ft above its path, 25 km away"],
                origin=HOME,
                origin_grade="observed",
                next_stop=OTHER if n % 2 else HOME,
                next_stop_grade="likely",
                integrity=["low_integrity"] if n == 5 else [],
                receipts=[RECEIPT],
                last_before_utc=at - timedelta(minutes=3),
                first_after_utc=out + timedelta(minutes=5),
                checked_by="A. Checker" if n < 2 else None,
                checked_utc=datetime(2031, 10, 5, 9, tzinfo=UTC) if n < 2 else None,
                verdict="confirm" if n < 2 else None,
                check_note="seen on two sites" if n < 2 else None,
                check_state="current" if n < 2 else None,
                source=SOURCE,
            )
        )
    rows[-1] |= {"departed_utc": None, "departed_earliest_utc": None, "departed_latest_utc": None}
    rows[-1] |= {"dwell_most_min": None, "next_stop": None, "next_stop_grade": None}
    return frame(rows)


def observability() -> pl.DataFrame:
    rows = []
    for n in range(30):
        off = n in (16, 17, 22)
        rows.append(
            {
                "airfield": FIELD,
                "day": date(2031, 9, 1) + timedelta(days=n),
                "status": "not_observed" if off else "observed",
                "reason": "no aircraft below FL200 within 100 km was received" if off else None,
                "aircraft_heard": 0 if off else 40,
                "hours_heard": 0 if off else 24,
                "arrivals_known": 40,
                "arrivals_seen": 38,
                "seen_probability": None if off else 0.95,
                "seen_least": None if off else 0.83,
                "seen_most": None if off else 0.99,
                "counted_probability": None if off else 0.9,
            }
        )
    return table("observability", *rows)


def statements() -> pl.DataFrame:
    ids = visits()["visit_id"].to_list()
    return table(
        "statements",
        {
            "statement_id": "s1",
            "speaker": "Spokesman of the Simulated Ministry",
            "role": "spokesman",
            "party": "Simulated Ministry",
            "about": ["flight"],
            "stance": "denies",
            "words": "No such flight landed there on 4 September.",
            "said_on": date(2031, 9, 12),
            "place": "press briefing",
            "outlet": "Simulated Gazette",
            "url": "https://gazette.example/2031/09/12/briefing",
            "question": "Did an aircraft of Simulated Sky Bridge land there in the 14 days before?",
            "asked_on": date(2031, 9, 10),
            "deadline": date(2031, 9, 12),
            "archived": "briefing.html",
            "archived_sha256": HASH,
            "reliability": "B",
            "credibility": "4",
            "bearing": "contradicted",
            "visit_ids": ids[1:2],
            "sentence": "A flight was denied that these data show: a landing on 4 September 2031, graded observed.",
        },
        {
            "statement_id": "s2",
            "speaker": "Adviser",
            "about": ["cargo"],
            "stance": "explains",
            "words": "Fruits and vegetables; it could be other items as well.",
            "said_period": "September 2031",
            "said_from_utc": datetime(2031, 9, 7, 18, 0, tzinfo=UTC),
            "said_to_utc": datetime(2031, 9, 7, 18, 45, tzinfo=UTC),
            "outlet": "Simulated Radio",
            "bearing": "at_the_minute",
            "visit_ids": ids[3:4],
            "sentence": "During the interview another aircraft touched down. Position data can test nothing of cargo.",
        },
        {
            "statement_id": "s3",
            "speaker": "Simulated Sky Bridge",
            "party": "Simulated Sky Bridge",
            "about": ["cargo", "purpose"],
            "stance": "not_yet_asked",
            "bearing": "beside",
            "sentence": "It has not been asked yet.",
        },
    )


SURGE = {
    "airfield": FIELD,
    "what": "Simulated Sky Bridge",
    "from_utc": START,
    "to_utc": END,
    "time_zone": ZONE,
    "kind": "found",
    "began": date(2031, 9, 2),
    "ended": date(2031, 9, 11),
    "days_observed": 10.0,
    "visits": 5,
    "expected": 2.59,
    "visits_total": 7,
    "exposure_total_days": 27.0,
    "exposure_how": "days on which other traffic was received",
    "rate_ratio": 4.25,
    "ratio_least": 0.7,
    "ratio_most": 44.6,
    "llr": 1.52,
    "p": 0.3412,
    "p_poisson": 0.3412,
    "p_fixed": 0.0621,
    "declared": False,
    "longest_days": 15,
    "draws": 9999,
    "seed": 7,
    "level": 0.05,
    "surge": False,
    "method": "temporal scan with exposure (Kulldorff 1997)",
    "changes": "two more visits in the window would have made p smaller than 0.05",
    "sentence": "From 2 to 11 September 2031 there were 5 visits where 2.6 were to be expected; some window of up to "
    "15 days is as full as this by chance in 34 of 100 such months, so it is not called a surge.",
}

TIMED = {
    "airfield": FIELD,
    "from_utc": START,
    "to_utc": END,
    "time_zone": ZONE,
    "events_from": "dated list of the case, 2 events",
    "measure": "before",
    "window_days": 7,
    "lag_days": 0,
    "declared": True,
    "events": 2,
    "events_with": 2,
    "expected": 1.62,
    "visits": 7,
    "visits_in": 4,
    "days_in": 13.0,
    "visits_out": 3,
    "p": 0.614,
    "draws": 9999,
    "seed": 7,
    "level": 0.05,
    "above_chance": False,
    "method": "event coincidence analysis, circular shift within the year (Donges and others 2016)",
    "changes": "nothing: every event had a visit",
    "sentence": "2 of 2 events had a visit in the 7 days before; 1.6 were to be expected by chance (p 0.61).",
}


@cache
def rich() -> CaseResult:
    """Give a SIMULATED case with something in every section; a draft."""
    found, seen = visits(), observability()
    window = {"airfield": FIELD, "since": START, "until": END}
    counted = [
        count(
            found,
            airfield=FIELD,
            since=since,
            until=until,
            airfields=AIRFIELDS.empty(),
            runways=RUNWAYS.empty(),
            observability=seen,
            selection="fleet",
            time_zone=ZONE,
        )
        for since, until in ((START, START + timedelta(days=17)), (START, END))
    ]
    counts = pl.concat(counted)
    daily = series(found, observability=seen, time_zone=ZONE, selection="fleet", **window)
    rate = cadence(found, observability=seen, time_zone=ZONE, selection="fleet", what="Simulated Sky Bridge", **window)
    ids = found["visit_id"].to_list()
    frames = {
        "counts": counts,
        "visits": found,
        "cadence": rate,
        "series": daily,
        "observability": seen,
        "surges": table(
            "surges",
            SURGE | {"visit_ids": ids[:6]},
            SURGE
            | {
                "kind": "declared",
                "name": "before the 12th",
                "p": 0.0004567,
                "declared": True,
                "draws": None,
                "seed": None,
                "longest_days": None,
                "surge": True,
            },
        ),
        "blocks": table(
            "blocks",
            {
                "airfield": FIELD,
                "began_utc": START,
                "ended_utc": END,
                "visits": 7,
                "days_observed": 27.0,
                "rate_per_day": 0.2593,
                "p0": 0.05,
            },
        ),
        "events": table(
            "events",
            *(
                {
                    "event_id": f"e{d}",
                    "kind": "episode",
                    "name": f"Simulated escalation {n}",
                    "began": date(2031, 9, d),
                    "ended": date(2031, 9, d + 1),
                    "deaths_best": 12.0 * n,
                    "source": "SIMULATED list",
                    "as_of": "2031-10-01",
                }
                for n, d in ((1, 8), (2, 18))
            ),
        ),
        "timing": table("timing", TIMED | {"visit_ids": ids[:4]}),
        "epoch": table(
            "epoch",
            *(
                {
                    "airfield": FIELD,
                    "lag_days": d,
                    "rate_per_day": 0.2 + 0.01 * d,
                    "band_least": 0.0,
                    "band_most": 0.9,
                    "events": 2,
                }
                for d in range(-10, 11)
            ),
        ),
        "shares": table(
            "shares",
            {
                "kind": "arms",
                "recipient": "Simulated Republic",
                "supplier": "Simulated Kingdom",
                "goods": "major arms",
                "from_year": 2026,
                "to_year": 2030,
                "period": "2026-30",
                "measure": "TIV of deliveries",
                "unit": "m TIV",
                "amount": 696.0,
                "total": 1002.0,
                "unknown": 3.0,
                "share": 0.6946,
                "least": 0.689,
                "most": 0.7,
                "rank": 1,
                "suppliers": 9,
                "as_of": "2031-03-10",
                "method": "SIPRI trend-indicator values",
                "changes": "another release",
                "source": "SIMULATED table",
                "receipts": [RECEIPT],
                "sentence": "Simulated Kingdom supplied 69.5 % of major arms delivered in 2026-30.",
            },
        ),
        "statements": statements(),
        "exhibits": table(
            "exhibits",
            {
                "exhibit_id": "x1",
                "kind": "photo",
                "shows": "an Il-76 on the apron, tail SIM-A",
                "file": "apron.jpg",
                "sha256": HASH,
                "bytes": 123456,
                "taken_utc": datetime(2031, 9, 2, 2, 0, tzinfo=UTC),
                "made_by": "Spotter",
                "licence": "with permission",
                "reliability": "C",
                "credibility": "2",
                "visit_id": ids[0],
                "sentence": "The photograph was made while this visit was on the ground; it does not change its grade.",
            },
        ),
        "published": table(
            "published",
            {
                "published_id": "p1",
                "outlet": "Simulated Gazette",
                "published_on": "2031-10-05",
                "url": "https://gazette.example/six",
                "words": "at least six flights landed",
                "airfield": FIELD,
                "from_utc": START,
                "to_utc": START + timedelta(days=17),
                "time_zone": ZONE,
                "window": "1 to 17 September 2031",
                "least": 6,
                "rests_on": "a flight tracking site",
                "at_least": counts["at_least"][0],
                "best_estimate": counts["best_estimate"][0],
                "cannot_be_ruled_out": counts["cannot_be_ruled_out"][0],
                "days_observed": counts["days_observed"][0],
                "outcome": "agrees",
                "sentence": "Simulated Gazette: at least 6; these data: at least 6.",
                "visit_ids": ids[:6],
            },
        ),
        "visitors": counts.with_columns(operator=pl.lit("Simulated Sky Bridge")),
        "destinations": counts.with_columns(airfield=pl.lit(OTHER)),
        "integrity": table(
            "integrity",
            {
                "icao24": "d00002",
                "callsign": "SIM405",
                "flag": "low_integrity",
                "from_utc": START,
                "to_utc": END,
                "positions": 14,
                "share": 0.02,
                "quarantined": False,
                "reason": "nic below 5 in 14 positions",
                "source": SOURCE,
            },
        ),
        "facts": table(
            "facts",
            *(
                {
                    "fact_id": f"{FIELD}-{name}",
                    "subject": FIELD,
                    "name": name,
                    "value": value,
                    "unit": unit,
                    "claim": claim,
                    "source": "SIMULATED directory",
                    "as_of": "2031-01-01",
                    "url": "https://dir.example/xxsa",
                }
                for name, value, unit, claim in (
                    ("runway", "02/20, 3000 x 45", "m", None),
                    ("elevation", "1492", "ft", None),
                    ("use", "military base", None, "the directory"),
                )
            ),
            {
                "fact_id": "op",
                "subject": "Simulated Sky Bridge",
                "name": "fleet",
                "value": "3 Il-76",
                "source": "its page",
            },
        ),
        "conclusions": table(
            "conclusions",
            {
                "topic": "count",
                "window": "September 2031",
                "answer": "partly",
                "why": "3 of 30 days were not observed",
                "remedy": "another archive for those days",
            },
            {"topic": "cargo", "answer": "no", "why": "position data cannot test it"},
        ),
        "ledger": table(
            "ledger",
            {
                "source": "adsb.lol",
                "day": date(2031, 9, 17),
                "what": "*",
                "status": "missing",
                "reason": "the day is not in the release list",
                "asked_utc": END,
            },
        ),
        "problems": table(
            "problems",
            {
                "file": "log.csv",
                "row": 12,
                "field": "arrived",
                "value": "25:61",
                "reason": "no time of day",
                "remedy": "write HH:MM",
                "rows_lost": 1,
            },
        ),
        "receipts": table(
            "receipts",
            {
                "receipt": RECEIPT,
                "sha256": HASH,
                "file": "SIMULATED/2031-09.parquet",
                "bytes": 1234567,
                "format": "positions",
                "positions": 54321,
            },
        ),
    }
    sentence = counts["sentence"][0]
    return CaseResult(
        case=_case(),
        file=Path("cases/airlift-simulated.toml"),
        sha256=hashlib.sha256(b"case").hexdigest(),
        frames=frames,
        windows=("1 to 17 September 2031", "September 2031"),
        airfields=(
            Picked(FIELD, "Simulated South", 29.9403, 34.9358, 1492.0, "XX", ZONE),
            Picked(NEIGHBOUR, "Simulated North", 29.7237, 35.0114, 288.0, "XX", ZONE, rival=True),
            Picked(HOME, "Simulated Home", 40.4675, 50.0467, 10.0, "XY", "Asia/Baku", rival=True),
        ),
        draft=("Simulated Sky Bridge has not been asked (statement s3).",),
        finding=sentence,
        can=("An aircraft landed on each of 6 days between 1 and 17 September 2031, and left the same day.",),
        cannot=("Whether anything landed on 17, 18 and 23 September 2031: nothing was received.", "Why they came."),
        rivals=("They landed at XXSB, 25 km away: excluded for 9 of 10 visits by height above its path.",),
        notes=("Times of 1 visit are those of a log.",),
        simulated=True,
        inputs={"SIMULATED/2031-09.parquet": HASH, "cases/airlift-simulated.toml": "c" * 64},
        versions={"wheelsdown": "0.1.0", "rules": "7", "polars": "2.1.0"},
    )


@cache
def not_counted() -> CaseResult:
    """Give a case without positions, final: published claims, statements and episodes only."""
    whole = rich()
    empty = {n: TABLES_OF_A_CASE[n].empty() for n in ("counts", "visits")}
    claim = whole.frame("published").with_columns(
        at_least=pl.lit(None, pl.Int32),
        best_estimate=pl.lit(None, pl.Float64),
        visit_ids=pl.lit([], pl.List(pl.String)),
        cannot_be_ruled_out=pl.lit(None, pl.Int32),
        days_observed=pl.lit(None, pl.Float64),
        outcome=pl.lit("not_counted"),
        sentence=pl.lit("Simulated Gazette: at least 6; these data: none could be counted."),
    )
    claim = TABLES_OF_A_CASE["published"].conform(claim)
    said = (
        whole.frame("statements")
        .head(2)
        .with_columns(
            bearing=pl.lit("not_tested"),
            visit_ids=pl.lit([], pl.List(pl.String)),
            sentence=pl.lit("These data hold no visit it could be held against."),
        )
    )
    kept = {n: whole.frame(n) for n in ("events", "facts", "conclusions", "shares")}
    return replace(
        whole,
        frames={**empty, **kept, "published": claim, "statements": said},
        windows=(),
        draft=(),
        rivals=(),
        finding="No positions are loaded; nothing could be counted.",
        can=(),
        simulated=False,
        counted=False,
        notes=(),
        cannot=("How many aircraft landed: no positions are loaded.",),
        inputs={},
        airfields=whole.airfields[:2],
    )


@cache
def hostile() -> CaseResult:
    """Give the rich case with every free text replaced by one that means harm."""
    whole = rich()
    frames = dict(whole.frames)
    n = len(HOSTILE)

    def bad(name: str, *columns: str) -> pl.DataFrame:
        rows = frames[name].height
        return frames[name].with_columns(
            pl.Series(c, [HOSTILE[(i + k) % n] for i in range(rows)]) for k, c in enumerate(columns)
        )

    frames["visits"] = bad("visits", "callsign_in", "callsign_out", "registration", "operator", "check_note")
    frames["visits"] = frames["visits"].with_columns(reasons=pl.lit(list(HOSTILE)))
    three = pl.concat([frames["statements"]] * 3)
    frames["statements"] = three
    frames["statements"] = bad("statements", "words", "speaker", "question", "url", "sentence", "archived", "gist")
    frames["statements"] = frames["statements"].with_columns(url=pl.lit("javascript:alert(3)"))
    frames["receipts"] = pl.concat([frames["receipts"]] * n)
    frames["receipts"] = bad("receipts", "file", "origin")
    frames["problems"] = bad("problems", "file", "value", "reason")
    frames["exhibits"] = bad("exhibits", "shows", "file", "sentence")
    frames["facts"] = bad("facts", "value", "claim", "name")
    return replace(whole, frames=frames, finding=HOSTILE[0], can=HOSTILE, rivals=HOSTILE, draft=HOSTILE)


def _case() -> Case:
    return Case(
        case=About(
            name="airlift-simulated",
            title="An airlift to Simulated South, September 2031",
            question="How often did Simulated Sky Bridge land at Simulated South between 1 and 30 September 2031?",
            zone=ZONE,
        ),
        file=Path("cases/airlift-simulated.toml"),
        sha256=hashlib.sha256(b"case").hexdigest(),
    )
