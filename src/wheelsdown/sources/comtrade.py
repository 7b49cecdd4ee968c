"""UN Comtrade's flows of goods, in CSV or as its interface answers in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import TRADE
from wheelsdown.sources.context_cells import Rows, Telling, frames, names_of, release_in
from wheelsdown.sources.interface import Card, InputFile
from wheelsdown.sources.tables import json_records, kind_of, records_frame

__all__ = ["Comtrade"]

_NEEDED: Final = ("reporterCode", "partnerCode", "flowCode", "cmdCode", "period", "primaryValue")
_READ: Final = (
    *_NEEDED,
    "typeCode",
    "classificationCode",
    "classificationSearchCode",
    "reporterISO",
    "reporterDesc",
    "partnerISO",
    "partnerDesc",
    "partner2Code",
    "motCode",
    "customsCode",
    "cmdDesc",
    "netWgt",
    "isNetWgtEstimated",
    "legacyEstimationFlag",
    "cifvalue",
    "fobvalue",
)
_LOWER: Final = {c.lower(): c for c in _READ}
_TOTALS: Final = {"partner2code": "0", "motcode": "0", "customscode": "C00"}
"""Only rows with these are summed: the others are parts of them."""
_FLOWS: Final = {"M": "import", "X": "export"}
_GOODS: Final = "C"
_WORLD: Final = "0"
_NAMES: Final = {_WORLD: "World", "899": "Areas, nes"}
_PREVIEW: Final = 500
_LEGACY_WEIGHT: Final = ("4", "6")
"""`legacyEstimationFlag` where the net weight was estimated, alone or with the quantity."""
_CLOSE: Final = 1e-6
_VALUE_MOST: Final = 1e15


class Comtrade:
    """Flows by reporter, partner, commodity and period; parts of a total are ignored by name."""

    name = "comtrade"
    table = TRADE.name
    card = Card(
        publisher="United Nations Statistics Division, UN Comtrade",
        licence="UN Comtrade's terms: rows are not to be handed on; sums and shares may be published with the source. "
        "wheelsdown ships none",
        url="https://comtradeplus.un.org/",
        coverage="what reporting states declared; states leave out partners and revise. Asked without a key the answer "
        "stops at 500 rows",
        shows="value and net weight of imports and exports by partner and code of goods, with what was estimated; rows "
        "of the total only (partner2Code 0, motCode 0, customsCode C00)",
        cannot_show="flows that a state does not report or puts under `Areas, nes`; where goods bought through a third "
        "country come from; small consignments",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the names of its columns, or of its JSON fields."""
        if kind_of(head) in ("json", "lines"):
            return all(f'"{n}"'.encode() in head for n in _NEEDED)
        return {n.lower() for n in _NEEDED} <= set(names_of(head))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield TRADE rows that are totals, with `row`.

        Raises
        ------
        SourceError
            The file is broken JSON, or holds no list of flows.
        """
        telling = Telling(file.report)
        as_of = release_in(file.name)
        if as_of is None:
            file.report.notes.append("no date in the file's name: when it was retrieved is not known")
        total = parts = other = 0
        seen: set[str] = set()
        for frame in _frames(file):
            total += frame.height
            missing = [_LOWER[c] for c in _TOTALS if c not in frame.columns or not frame[c].count()]
            if missing:
                file.report.notes.append(f"nothing in {', '.join(missing)}: every row was taken for a total of it")
            whole = _totals(frame)
            parts += frame.height - whole.height
            flows = whole.filter(pl.col("flowcode").str.strip_chars().str.to_uppercase().is_in(list(_FLOWS)))
            other += whole.height - flows.height
            yield _trade(Rows(flows, telling), as_of, seen)
        telling.finish()
        if parts:
            file.report.notes.append(
                f"{parts} rows are parts of a total (second partner, transport or customs procedure) and were ignored"
            )
        if other:
            file.report.notes.append(f"{other} rows of other flows than import (M) and export (X) were ignored")
        if total == _PREVIEW:
            file.report.notes.append(
                f"exactly {_PREVIEW} rows, where answers without a key stop: rows may be missing; ask for less"
            )


def _frames(file: InputFile) -> Iterator[pl.DataFrame]:
    if kind_of(file.head) not in ("json", "lines"):
        yield from frames(file, [c.lower() for c in _NEEDED])
        return
    try:
        blocks = list(json_records(file, "data"))
    except SourceError as e:
        if e.field != "data":
            raise
        blocks = list(json_records(file))
    for block in blocks:
        yield records_frame(block, _READ).rename(str.lower)


def _totals(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows that are no part of another; a column that is missing or empty throughout tells nothing."""
    for column, whole in _TOTALS.items():
        if column in frame.columns and frame[column].count():
            cell = pl.col(column).str.strip_chars().str.replace(r"^(\d+)\.0+$", "$1").str.to_uppercase()
            frame = frame.filter((cell == whole).fill_null(value=False))
    return frame


def _trade(rows: Rows, as_of: str | None, seen: set[str]) -> pl.DataFrame:
    height = rows.cells.height
    codes = {c: rows.code(c) for c in ("reportercode", "partnercode", "period")}
    for column, cells in codes.items():
        rows.lose(cells.is_null(), column, "empty", "fill it in")
    goods = rows.named("cmdcode")
    rows.lose(~codes["period"].str.contains(r"^\d{4}(\d{2})?$"), "period", "no period", "write YYYY or YYYYMM")
    flow = rows.text("flowcode").str.to_uppercase()
    scheme = pl.select(pl.coalesce(rows.text("classificationcode"), rows.text("classificationsearchcode"))).to_series()
    kind = rows.text("typecode").fill_null(_GOODS)
    values = {c: rows.number(c, least=0.0, most=_VALUE_MOST) for c in ("primaryvalue", "cifvalue", "fobvalue")}
    weight = rows.number("netwgt", least=0.0, most=_VALUE_MOST)
    frame = pl.DataFrame(
        {
            "reporter_code": codes["reportercode"],
            "partner_code": codes["partnercode"],
            "period": codes["period"],
            "commodity_code": goods,
            "flow": flow.replace(_FLOWS),
            "commodity": rows.text("cmddesc"),
            "value_usd": values["primaryvalue"],
            "cif": values["cifvalue"],
            "fob": values["fobvalue"],
            "net_kg": weight,
            "reporter_name": rows.text("reporterdesc"),
            "reporter_iso": rows.text("reporteriso"),
            "partner_name": rows.text("partnerdesc"),
            "partner_iso": rows.text("partneriso"),
            "scheme": scheme if height else scheme.cast(pl.String),
            "kind": kind,
            "guessed": _guessed(rows),
        }
    )
    value = pl.col("value_usd")
    made = frame.select(
        reporter=_who("reporter"),
        reporter_code="reporter_code",
        partner=pl.when(pl.col("partner_code").is_in(list(_NAMES)))
        .then(pl.col("partner_code").replace(_NAMES))
        .otherwise(_who("partner")),
        partner_code="partner_code",
        flow="flow",
        period="period",
        commodity_code="commodity_code",
        commodity="commodity",
        value_usd="value_usd",
        valued=pl.when(value.is_null())
        .then(None)
        .when((pl.col("flow") == "import") & _same(value, pl.col("cif")))
        .then(pl.lit("cif"))
        .when(_same(value, pl.col("fob")))
        .then(pl.lit("fob"))
        .otherwise(pl.lit("primary")),
        net_kg="net_kg",
        estimated=pl.when("guessed").then(pl.lit(["net_kg"])).otherwise(pl.lit([], dtype=pl.List(pl.String))),
        source=pl.concat_str(pl.lit("UN Comtrade"), pl.col("scheme"), separator=" ", ignore_nulls=True),
        as_of=pl.lit(as_of, dtype=pl.String),
        trade_id=pl.concat_str(
            "kind",
            "scheme",
            "reporter_code",
            "flow",
            "partner_code",
            "commodity_code",
            "period",
            separator=":",
            ignore_nulls=True,
        ),
    )
    twice = pl.Series([i in seen for i in made["trade_id"]], dtype=pl.Boolean) | ~made["trade_id"].is_first_distinct()
    rows.lose(twice, "cmdcode", "a total that stands twice; the first was taken", "is it two answers put together?")
    seen.update(i for i in made["trade_id"] if i is not None)
    return rows.frame({c: made[c] for c in made.columns})


def _who(side: str) -> pl.Expr:
    return pl.coalesce(f"{side}_name", f"{side}_iso", pl.format("code {}", f"{side}_code"))


def _same(one: pl.Expr, two: pl.Expr) -> pl.Expr:
    return ((one - two).abs() <= _CLOSE * one.abs()).fill_null(value=False)


def _guessed(rows: Rows) -> pl.Series:
    flag = rows.text("isnetwgtestimated").str.to_lowercase().is_in(["true", "1", "1.0"]).fill_null(value=False)
    legacy = rows.code("legacyestimationflag").is_in(list(_LEGACY_WEIGHT)).fill_null(value=False)
    return flag | legacy
