"""What was asked: which places, which aircraft, which days. Checked once, then applied to each table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from wheelsdown.errors import UsageError
from wheelsdown.geo import distance_km_expr

__all__ = ["Asked", "Circle", "as_tuple", "asked", "at_circle", "edge_marked", "moment", "tail"]

_ADDRESS: Final = re.compile(r"~?[0-9a-f]{6}")
_DESIGNATOR: Final = re.compile(r"[A-Z]{3}")
_NEAR_KM: Final = 50.0
_LANDED: Final = pl.col("grade").ne_missing("ruled_out")
_BEFORE_DATA: Final = "already there when the data begin"
_OUTSIDE: Final = "the touchdown may lie outside the window: "


@dataclass(frozen=True)
class Circle:
    """A place asked for by its coordinates."""

    latitude_deg: float
    longitude_deg: float
    radius_km: float

    def covers(self, latitude: str, longitude: str) -> pl.Expr:
        """Tell, as an expression, whether a row's point lies within the radius."""
        km = distance_km_expr(latitude, longitude, self.latitude_deg, self.longitude_deg)
        return (km <= self.radius_km).fill_null(value=False)


def as_tuple(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """Take one text or several; a text may hold several, set apart by commas."""
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else list(value)
    return tuple(p.strip() for t in texts for p in t.split(",") if p.strip())


def at_circle(value: str | Sequence[float]) -> Circle:
    """Read ``LAT,LON,KM``.

    Raises
    ------
    UsageError
        Not three numbers, or out of range.
    """
    parts: Sequence[str | float] = value.split(",") if isinstance(value, str) else value
    try:
        lat, lon, km = (float(p) for p in parts)
    except (TypeError, ValueError) as e:
        raise UsageError(f"--at {value}: write LAT,LON,KM in degrees and kilometres, for example 29.94,34.93,5") from e
    if not (abs(lat) <= 90 and abs(lon) <= 180 and 0 < km <= 20_000 and math.isfinite(km)):
        raise UsageError(f"--at {value}: latitude is -90 to 90, longitude -180 to 180, the radius above 0 km")
    return Circle(lat, lon, km)


def moment(value: str | date | datetime | None, *, name: str) -> datetime | None:
    """Read a day or a time as an aware UTC time.

    A plain date is a UTC day: as ``since`` its beginning, as ``until`` its end, so that both days are included.
    A time of day needs its zone: ``2023-09-17T14:00Z`` or ``2023-09-17T17:00+03:00``.

    Raises
    ------
    UsageError
        Not a date or time, or a time without a zone.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            value = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else datetime.fromisoformat(text)
        except ValueError as e:
            raise UsageError(f"--{name} {text}: write a UTC day, 2023-09-17, or a time, 2023-09-17T14:00Z") from e
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UsageError(f"--{name} {value.isoformat()}: which zone? Add Z for UTC, or an offset such as +03:00")
        return value.astimezone(UTC)
    day = datetime.combine(value, time(), tzinfo=UTC)
    return day + timedelta(days=1) if name == "until" else day


def tail(registration: str) -> str:
    """Reduce a registration to what is compared: capitals and digits, no hyphens (4K-AZ60 is 4KAZ60)."""
    return re.sub(r"[^0-9A-Z]", "", registration.upper())


@dataclass(frozen=True)
class Asked:
    """A checked question."""

    codes: tuple[str, ...] = ()
    """Airfields by their code in AIRFIELDS."""
    near: tuple[Circle, ...] = ()
    """The same airfields as circles, for tables that name no airfield."""
    circles: tuple[Circle, ...] = ()
    """Places asked for by coordinates."""
    within: tuple[str, ...] = ()
    """Codes of the airfields in those circles."""
    icao24: tuple[str, ...] = ()
    registration: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    operates: tuple[str, ...] = ()
    """Addresses that a register gives to a designator asked for."""
    typecode: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def by_identity(self) -> bool:
        """Whether rows must be annotated from registers before they can be chosen."""
        return bool(self.registration or self.operator or self.typecode)

    def positions(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep the positions of the addresses asked for: aircraft do not touch one another's inference."""
        return frame.filter(pl.col("icao24").is_in(self.icao24)) if self.icao24 else frame

    def aircraft(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep rows of VISITS by registration, operator and type.

        An operator's three-letter designator also matches call signs that begin with it and go on with a digit: that
        is what the aircraft called itself, and no register is needed for it.
        """
        if self.registration:
            bare = pl.col("registration").str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
            tied = pl.col("track_id").str.strip_prefix("reg:")
            frame = frame.filter(bare.is_in(self.registration) | tied.is_in(self.registration).fill_null(value=False))
        if self.typecode:
            frame = frame.filter(pl.col("typecode").str.to_uppercase().is_in(self.typecode))
        if self.operator:
            known = pl.col("icao24").is_in(self.operates).fill_null(value=False)
            frame = frame.filter(pl.any_horizontal([known, *(_flown_by(o) for o in self.operator)]))
        return frame

    def with_operators(self, registers: pl.DataFrame, operators: pl.DataFrame) -> Asked:
        """Learn from registers which names and addresses go with the designators asked for.

        Parameters
        ----------
        registers : REGISTER
        operators : polars.DataFrame
            operator_icao, operator.
        """
        if not self.operator:
            return self
        wanted = [o.upper() for o in self.operator]
        names = operators.filter(pl.col("operator_icao").is_in(wanted))["operator"].drop_nulls()
        addresses = registers.filter(pl.col("operator_icao").is_in(wanted))["icao24"].drop_nulls()
        return replace(
            self,
            operator=tuple(dict.fromkeys([*self.operator, *names.unique().sort()])),
            operates=tuple(addresses.unique().sort()),
        )

    def visits(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
        """Keep VISITS by place and window of touchdown; say in `asked_as` how each answers.

        A visit whose touchdown is before the data begin counts by the time it was first received on the ground.

        A visit whose touchdown interval crosses the window's edge counts only as "cannot be ruled out": its row says so
        in `reasons`. One whose whole interval lies outside is left out.

        Returns
        -------
        VISITS, and sentences on the rows at the window's edge: those listed, and those left out.
        """
        if self.codes or self.circles:
            named = pl.col("airfield").is_in([*self.codes, *self.within]).fill_null(value=False)
            rival = pl.col("rivals").list.eval(pl.element().is_in([*self.codes, *self.within])).list.any()
            there = pl.any_horizontal(
                [pl.lit(value=False), *(c.covers("latitude_deg", "longitude_deg") for c in self.circles)]
            )
            kind = (
                pl.when(named)
                .then(pl.lit("airfield"))
                .when(there)
                .then(pl.lit("place"))
                .when(rival.fill_null(value=False))
                .then(pl.lit("rival"))
            )
            frame = frame.with_columns(asked_as=kind).filter(pl.col("asked_as").is_not_null())
        touchdown = pl.coalesce("arrived_utc", "arrived_latest_utc")
        frame = frame.filter(~self._outside())
        kept = frame.filter(self._inside(touchdown))
        first = pl.coalesce("arrived_earliest_utc", touchdown)
        crossing = frame.filter(
            ~self._inside(touchdown) & self._overlaps(first, pl.col("arrived_latest_utc")) & _LANDED
        ).height
        kept, notes = self._marked(kept)
        if crossing:
            notes.append(
                f"{crossing} more not listed: the touchdown may lie in the window, for its interval crosses the edge"
            )
        return kept, notes

    def _marked(self, visits: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
        """Say in `reasons` which touchdowns may lie outside the window, and count them."""
        outside = [pl.lit(value=False)]
        earliest, latest = pl.col("arrived_earliest_utc"), pl.col("arrived_latest_utc")
        if self.since is not None:
            outside.append((earliest < self.since).fill_null(value=True))
        if self.until is not None:
            outside.append((latest >= self.until).fill_null(value=True))
        may = pl.any_horizontal(outside) & _LANDED
        unseen = may & pl.col("arrived_utc").is_null()
        count, without = visits.select(may.sum().alias("may"), unseen.sum().alias("unseen")).row(0)
        visits = edge_marked(visits, may)
        if not count:
            return visits, []
        these = "1 of these crosses" if count == 1 else f"{count} of these cross"
        note = (
            f"{these} the window's edge: {'it counts' if count == 1 else 'they count'} only as `cannot be ruled out`, "
            "and not at all where that is refused"
        )
        if without:
            who = "it was" if count == 1 else f"{without} of them {'was' if without == 1 else 'were'}"
            note += f"; {who} {_BEFORE_DATA}, so that no touchdown was seen"
        return visits, [note]

    def legs(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep LEGS with an end, named or rival, at an airfield asked for, that began in the window."""
        codes = [*self.codes, *self.within]
        if self.codes or self.circles:
            ends = [pl.col(e).is_in(codes).fill_null(value=False) for e in ("origin", "destination")]
            ends += [
                pl.col(f"{e}_rivals").list.eval(pl.element().is_in(codes)).list.any().fill_null(value=False)
                for e in ("origin", "destination")
            ]
            frame = frame.filter(pl.any_horizontal(ends))
        return frame.filter(self._inside(pl.coalesce("took_off_utc", "first_received_utc")))

    def gaps(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep GAPS that overlap the window, with an end in a circle or within 50 km of an airfield asked for."""
        around = [*self.near, *self.circles]
        if around:
            ends = [c.covers(f"{e}_latitude_deg", f"{e}_longitude_deg") for c in around for e in ("from", "to")]
            frame = frame.filter(pl.any_horizontal(ends))
        return frame.filter(self._overlaps(pl.col("from_utc"), pl.col("to_utc")))

    def integrity(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep INTEGRITY that overlaps the window, in a circle or within 50 km of an airfield asked for."""
        around = [*self.near, *self.circles]
        if around:
            frame = frame.filter(pl.any_horizontal([c.covers("latitude_deg", "longitude_deg") for c in around]))
        return frame.filter(self._overlaps(pl.col("from_utc"), pl.col("to_utc")))

    def _outside(self) -> pl.Expr:
        """Tell whether the touchdown lies outside for certain."""
        outside = [pl.lit(value=False)]
        if self.since is not None:
            outside.append((pl.col("arrived_latest_utc") < self.since).fill_null(value=False))
        if self.until is not None:
            outside.append((pl.col("arrived_earliest_utc") >= self.until).fill_null(value=False))
        return pl.any_horizontal(outside)

    def _inside(self, at: pl.Expr) -> pl.Expr:
        return self._window(at, at)

    def _overlaps(self, begin: pl.Expr, end: pl.Expr) -> pl.Expr:
        return self._window(begin, end)

    def _window(self, begin: pl.Expr, end: pl.Expr) -> pl.Expr:
        """Tell whether what lasts from `begin` to `end` touches the window; always, where none is asked for."""
        conditions = []
        if self.since is not None:
            conditions.append(end >= self.since)
        if self.until is not None:
            conditions.append(begin < self.until)
        if not conditions:
            # a constant would not do: polars 2.1 gives it a length of its own
            return begin.is_null() | begin.is_not_null()
        return pl.all_horizontal(conditions).fill_null(value=False)


def edge_marked(visits: pl.DataFrame, may: pl.Expr) -> pl.DataFrame:
    """Say in `reasons` of some visits that the touchdown may lie outside the window, and of no other.

    Parameters
    ----------
    visits : frame of VISITS
        What an earlier question said of its own window goes.
    may : expression
        Which ones.

    Returns
    -------
    VISITS
    """
    clock = [pl.col(f"arrived_{e}_utc").dt.strftime("%Y-%m-%d %H:%M:%S UTC") for e in ("earliest", "latest")]
    not_before = (
        pl.when(pl.col("arrived_earliest_utc").is_null())
        .then(pl.lit(_BEFORE_DATA))
        .otherwise(pl.lit("not before ") + clock[0])
    )
    not_after = pl.coalesce(pl.lit(", not after ") + clock[1], pl.lit(""))
    sentence = pl.lit(_OUTSIDE) + not_before + not_after
    older = pl.element().str.starts_with(_OUTSIDE)
    marked = pl.col("reasons").list.eval(older).list.any().fill_null(value=False)
    own = pl.when(marked).then(pl.col("reasons").list.eval(pl.element().filter(~older))).otherwise("reasons")
    nothing = pl.lit([], dtype=pl.List(pl.String))
    return visits.with_columns(reasons=own).with_columns(
        reasons=pl.when(may).then(pl.concat_list(pl.col("reasons").fill_null(nothing), sentence)).otherwise("reasons")
    )


def _flown_by(operator: str) -> pl.Expr:
    wanted = operator.upper()
    named = pl.col("operator").str.to_uppercase().str.contains(wanted, literal=True).fill_null(value=False)
    if not _DESIGNATOR.fullmatch(wanted):
        return named
    called = [pl.col(c).str.contains(f"^{wanted}[0-9]").fill_null(value=False) for c in ("callsign_in", "callsign_out")]
    word = pl.col("operator").str.to_uppercase().str.contains(rf"\b{wanted}\b").fill_null(value=False)
    return pl.any_horizontal([word, *called])


def asked(
    fields: pl.DataFrame,
    codes: Sequence[str],
    *,
    at: Sequence[Circle] = (),
    icao24: Sequence[str] = (),
    registration: Sequence[str] = (),
    operator: Sequence[str] = (),
    typecode: Sequence[str] = (),
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
) -> Asked:
    """Check a question against the list of airfields.

    Parameters
    ----------
    fields : AIRFIELDS
    codes : sequence of str
        Codes already resolved.

    Raises
    ------
    UsageError
        An address is not six hex digits, a time has no zone, or the window is empty.
    """
    addresses = tuple(a.lower() for a in icao24)
    for a in addresses:
        if not _ADDRESS.fullmatch(a):
            raise UsageError(f"--icao24 {a}: an address is six hex digits, such as 06a0b2")
    begin, end = moment(since, name="since"), moment(until, name="until")
    if begin is not None and end is not None and begin >= end:
        raise UsageError(f"--since {since} is not before --until {until}")
    rows = fields.filter(pl.col("code").is_in(list(codes))).select("latitude_deg", "longitude_deg")
    within = fields.filter(pl.any_horizontal([c.covers("latitude_deg", "longitude_deg") for c in at])) if at else None
    return Asked(
        codes=tuple(codes),
        near=tuple(Circle(lat, lon, _NEAR_KM) for lat, lon in rows.iter_rows()),
        circles=tuple(at),
        within=() if within is None else tuple(within["code"]),
        icao24=addresses,
        registration=tuple(tail(r) for r in registration),
        operator=tuple(operator),
        typecode=tuple(t.upper() for t in typecode),
        since=begin,
        until=end,
    )
