"""Parts that do not join: each stretch is read as a tar of its own, and gives what streaming gives."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.archive.conftest import QUICK, content, run, same, statuses
from tests.archive.made import DayKind, folder_order
from tests.archive.server import FLEET, SEPTEMBER, Scenario
from wheelsdown.archive.asking import Asker
from wheelsdown.archive.layout import Layout
from wheelsdown.archive.parts import Parts
from wheelsdown.archive.seams import stretches
from wheelsdown.lake import Lake

DAY = date(2023, 9, 11)
MORE = tuple(f"d{i:02x}e{i:02x}" for i in range(0, 256, 9))


def broken(**changes):
    return Scenario(
        **{
            "days": [DAY], "kind": DayKind(fill=6, filler_bytes=3000), "split": 3_500_000, "unjoined": {DAY},
            "traces": False, "fleet": (*FLEET, *MORE), **changes,
        }
    )  # fmt: skip


@pytest.mark.parametrize("order", ["sorted", "hashed", "hashed-daily"])
@pytest.mark.parametrize("heatmaps", ["first", "last"])
def test_ranges_give_what_streaming_gives(serve, tmp_path, order, heatmaps):
    scenario = broken(kind=DayKind(order=order, heatmaps=heatmaps, fill=6, filler_bytes=3000))
    server = serve(scenario)
    ledgers = {}
    for way in ("ranges", "stream"):
        server.reset()
        result, told = run(server, tmp_path / way, way=way)
        ledgers[way] = result
        if way == "ranges":
            assert told.said("does not join")
            assert not told.said("streamed")
            whole = sum(b - a for _, a, b in scenario.assets.values())
            assert server.stats.bytes < whole
    got = statuses(ledgers["ranges"])
    assert got == statuses(ledgers["stream"])
    assert {"received", "damaged"} <= {v for (_, w), v in got.items() if w != "traffic"}
    assert "empty" not in {v for (_, w), v in got.items() if w != "traffic"}
    same(content(tmp_path / "ranges"), content(tmp_path / "stream"))
    why = ledgers["ranges"].ledger.filter((pl.col("status") == "damaged") & (pl.col("what") != "traffic"))["reason"]
    assert why.str.contains(r"\.tar\.ab does not join the part before it").all()
    # what was received lies on both sides of the seam
    order_of = folder_order(order, DAY)
    places = [order_of.index(w[-2:]) for (_, w), v in got.items() if v == "received" and w != "traffic"]
    assert min(places) < 128


def test_what_was_found_of_a_broken_day_is_kept_for_the_next_question(serve, tmp_path):
    server = serve(broken(fleet=FLEET))
    run(server, tmp_path / "one", way="ranges")
    first = server.stats.bytes
    cache = tmp_path / "one" / ".cache"
    assert sorted(p.name for p in (cache / "offsets").iterdir()) == [f"{DAY}.0.parquet", f"{DAY}.1.parquet"]
    server.reset()
    Lake.open(tmp_path / "two", create=True)
    cache.rename(tmp_path / "two" / ".cache")
    run(server, tmp_path / "two", way="ranges")
    assert server.stats.bytes < 0.6 * first  # the half hours are most of what is left
    same(content(tmp_path / "two"), content(tmp_path / "one"))


@pytest.mark.parametrize("split", [3_500_000, 3_500_032, 5_000_192, 2_400_000])
@pytest.mark.parametrize("unjoined", [True, False])
def test_seams_are_told_apart(serve, split, unjoined):
    scenario = broken(split=split, unjoined={DAY} if unjoined else set())
    server = serve(scenario)
    urls = [f"{server.url}/objects/{a}" for a in scenario.assets]
    with Asker("host", patience=QUICK) as asker:
        parts = Parts.measured(asker, urls)
        layout = Layout(parts.key)
        found, faults = stretches(parts, layout, 4096)
        assert bool(faults) == unjoined
        if not unjoined:
            assert [(s.start, s.stop) for s in found] == [(0, parts.total)]
            before = asker.requests
            stretches(parts, layout, 4096)
            assert asker.requests == before  # a seam that is known is not looked at again
            return
        assert "-prod-0.tar.ab does not join" in faults[0]
        for a in found:
            assert (a.start == 0) or parts.read(a.start + 257, a.start + 262) == b"ustar"


def test_the_day_of_september_is_one_of_these():
    assert SEPTEMBER["unjoined"] == DAY
