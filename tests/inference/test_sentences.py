"""No sentence says more than the grade, or more than position data can say; names of rows are safe. SIMULATED."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import START, Flight, Runway, sampled
from tests.inference.test_invariants import days
from wheelsdown.inference import Inference
from wheelsdown.inference.explain import explain_visit
from wheelsdown.inference.rows import stable_id
from wheelsdown.reference.airfields import Airfields

RunwayOf = Callable[[str, str], Runway]
S = (pl.col("time_utc") - START).dt.total_seconds()
BANNED = re.compile(r"\b(arms|dark|caused?|suspicious\w*|smuggl\w*|weapons?|linked|secret\w*|proves?)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def many(airfields: Airfields, infer_: Infer) -> tuple[pl.DataFrame, Inference]:
    """Thirty days of three aircraft each, thinned, with silences, some by two providers, some by multilateration."""
    frames = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        one = days(airfields, 100 + seed).with_columns(icao24=f"d{seed:03d}" + pl.col("icao24").str.slice(4))
        if seed % 5 == 1:
            part = one.sample(fraction=0.6, seed=seed).with_columns(pl.col("time_utc") + timedelta(seconds=40))
            one = pl.concat([one, part.with_columns(source=pl.lit("SIMULATED B"))])
        if seed % 5 == 2:
            one = one.with_columns(position_source=pl.lit("mlat"))
        if seed % 5 == 3:
            out = pl.Series(rng.random(one.height) < 0.3)
            one = one.with_columns(latitude_deg=pl.when(out).then(-pl.col("latitude_deg")).otherwise("latitude_deg"))
        frames.append(one)
    positions = pl.concat(frames)
    return positions, infer_(positions, ruled_out=True)


def test_enough_is_said(many: tuple[pl.DataFrame, Inference]) -> None:
    grades = set(many[1].visits["grade"])
    assert grades == {"observed", "inferred", "likely", "possible", "ruled_out"}


def test_no_word_that_position_data_cannot_carry(many: tuple[pl.DataFrame, Inference], airfields: Airfields) -> None:
    positions, found = many
    texts = {t for frame in (found.visits, found.legs, found.gaps) for t in frame["reasons"].explode()}
    texts |= set(found.visits["excluded"].explode().drop_nulls())
    for n, visit in enumerate(found.visits.iter_rows(named=True)):
        if n % 7 == 0:
            told = explain_visit(visit, positions, airfields=airfields.fields, runways=airfields.runways)
            texts |= {told.title, *told.cannot_see, *(why for _, _, why in told.rivals)}
            texts |= {text for name, text in told.facts if name != "airfield"}
    assert len(texts) > 500
    assert not [t for t in texts if BANNED.search(t)]
    assert all(0 < len(t) < 400 and t.isprintable() for t in texts)
    assert not [t for t in texts if re.search(r"\bnan\b|\bNone\b|\?", t)]


def test_visits_claim_no_more_than_their_grade(many: tuple[pl.DataFrame, Inference]) -> None:
    for v in many[1].visits.iter_rows(named=True):
        text = " | ".join(v["reasons"])
        if v["grade"] == "observed":
            assert "on the ground at" in text
            assert not v["rivals"]
        if v["grade"] == "inferred":
            assert "on the ground" not in text
            assert "lost at" in text
            assert "first received at" in text
            assert "a stop fits" in text
            assert not v["rivals"]
        if v["grade"] == "possible":
            assert "every rival in range is excluded" not in text
        if v["grade"] == "ruled_out":
            assert re.search("no stop|jump|received it at", text)
        if v["rivals"]:
            assert "every rival in range is excluded" not in text
        if "also observed" in text:
            assert v["grade"] == "observed"
        assert v["probability"] is None or 0 <= v["probability"] <= 1


def test_legs_name_no_field_in_a_reason_that_they_do_not_name(many: tuple[pl.DataFrame, Inference]) -> None:
    for leg in many[1].legs.iter_rows(named=True):
        for side in ("origin", "destination"):
            reason = next(r for r in leg["reasons"] if r.startswith(f"{side}: "))
            if leg[side] is None:
                assert leg[f"{side}_grade"] is None
                assert "on the ground at" not in reason
                assert re.search("no field|too high|no altitude|does not agree|no listed field|jump|no course", reason)
            else:
                assert leg[side] in reason or "does not agree" in reason or leg[f"{side}_grade"] != "observed"
                assert leg[f"{side}_grade"] in ("observed", "likely", "possible")


def test_names_of_visits_are_the_same_again(many: tuple[pl.DataFrame, Inference], infer_: Infer) -> None:
    """Another order, and other aircraft beside it, change no name."""
    positions, found = many
    one = positions.filter(pl.col("icao24").str.starts_with("d001"))
    again = infer_(one.sample(fraction=1, shuffle=True, seed=4), ruled_out=True)
    expected = found.visits.filter(pl.col("icao24").str.starts_with("d001"))
    assert again.visits["visit_id"].to_list() == expected["visit_id"].to_list()
    legs = found.legs.filter(pl.col("icao24").str.starts_with("d001"))
    assert again.legs["leg_id"].to_list() == legs["leg_id"].to_list()


HOSTILE = [
    "../../etc/passwd", "..\\..\\windows", "C:con", "a/b\x00c", "line\nbreak\r", "\x1b[31mred\x1b[0m",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>", "\u202egnp.exe", "x" * 100_000, " ", "", "~", "%2e%2e%2f", "😀", "--rm -rf",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_recording_id_makes_a_safe_name(name: str, runway: RunwayOf, infer_: Infer) -> None:
    o = runway("LLOV", "20L")
    positions = sampled(Flight().land(o).stand(o, 20).take_off(o).to(o.point(-90), 20_000)).with_columns(
        icao24=pl.lit(None, pl.String), track_id=pl.lit(name)
    )
    found = infer_(positions)
    ids = [*found.visits["visit_id"], *found.legs["leg_id"]]
    assert len(ids) == 3
    assert len(set(ids)) == 3
    for text in ids:
        assert re.fullmatch(r"[\w-]{18,80}", text), text
    # what the source said is kept as it is
    assert found.visits["track_id"].to_list() == [name]
    assert infer_(positions).visits["visit_id"].to_list() == found.visits["visit_id"].to_list()


def test_recordings_that_look_alike_when_made_safe_stay_apart() -> None:
    names = ["a/b", "a\\b", "a:b", "a b", "a-b", "x" * 50, "x" * 51, "x" * 50 + "/"]
    ids = {stable_id(name, 1_693_800_000.0) for name in names}
    assert len(ids) == len(names)


def test_a_name_carries_the_address_and_the_minute() -> None:
    assert re.fullmatch(r"d00001-20230904T0600Z-[0-9a-f]{4}", stable_id("d00001", START.timestamp()))
    assert stable_id("d00001", START.timestamp()) != stable_id("d00001", START.timestamp(), "leg")
    assert stable_id("d00001", None).startswith("d00001-19700101T0000Z-")
