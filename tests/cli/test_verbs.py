"""The verbs, with made rows in the place of reading and inference."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import Run, everywhere
from wheelsdown.cli import show
from wheelsdown.errors import SourceError
from wheelsdown.schema import GAPS, LEGS, PROBLEMS, VISITS


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(("verb", "table"), [("visits", VISITS), ("legs", LEGS), ("gaps", GAPS)])
def test_in_a_pipe_csv_and_talk_on_stderr(run: Run, faked: dict[str, Any], verb: str, table: Any) -> None:
    code, out, err = run(verb, "somewhere")
    assert code == 0
    rows = rows_of(out)
    assert list(rows[0]) == [*table.names, "note"]
    assert "note: a note" in err
    assert "SIMULATED" in err


def test_json_is_one_array(run: Run, faked: dict[str, Any]) -> None:
    code, out, _ = run("visits", "somewhere", "--json")
    assert code == 0
    assert [r["visit_id"] for r in json.loads(out)] == ["SIM-1", "SIM-2"]


def test_on_a_terminal_a_table_and_an_honest_footer(
    run: Run, faked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, out, err = run("visits", "somewhere")
    assert code == 0
    assert "SIM-1" in out
    assert "observed" in out
    for said in (
        "2 visits: 1 arrival (1 observed), 1 seen only leaving or already there (1 possible)",
        "never broadcast",
        "not what it carried",
        "not an absence",
        "SIMULATED",
    ):
        assert said in err


def test_a_terminal_is_not_steered_by_strangers(
    run: Run, faked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from wheelsdown.cli.show import printable

    assert printable("a\x1b[2Jb\u202ec\nd") == "a\ufffd[2Jb\ufffdc\nd"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert "\x01" not in run("visits", "somewhere")[1]


@pytest.mark.parametrize("width", ["30", "60", "80", "200"])
def test_tables_fit_the_terminal(run: Run, faked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for verb in ("visits", "legs", "gaps"):
        out = re.sub(r"\x1b\[[0-9;]*m", "", run(verb, "somewhere")[1])
        assert out.strip()
        assert max(len(line) for line in out.splitlines()) <= int(width)


def test_files_by_suffix_and_nothing_on_stdout(run: Run, faked: dict[str, Any], tmp_path: Path) -> None:
    names = [str(tmp_path / f"v.{s}") for s in ("csv", "json", "xlsx", "geojson", "kml", "parquet")]
    options = [part for name in names for part in ("-o", name)]
    code, out, err = run("visits", "somewhere", *options)
    assert (code, out) == (0, "")
    for name in names:
        assert Path(name).stat().st_size > 0
        assert f"wrote {name} (2 rows)" in err


def test_remarks_are_grouped_and_cut(capsys: pytest.CaptureFixture[str]) -> None:
    from wheelsdown.cli.show import notes

    notes(["a.csv: odd", "whole: other", "b.csv: odd"], ["a.csv", "b.csv"])
    assert capsys.readouterr().err.splitlines() == ["note: a.csv and 1 more: odd", "note: whole: other"]
    notes([f"remark {n}" for n in range(15)], [])
    assert capsys.readouterr().err.splitlines()[-1] == "note: 3 more remarks; the files written hold all of them"


def test_tracks_reach_the_map_and_only_the_map(run: Run, faked: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "legs.geojson"
    assert run("legs", "somewhere", "-o", str(target))[0] == 0
    kinds = [(f["geometry"] or {}).get("type") for f in json.loads(target.read_text())["features"]]
    assert "LineString" in kinds
    from wheelsdown.cli.deliver import draws
    from wheelsdown.cli.parameters import Delivery

    assert draws(Delivery(output=[Path("a.csv"), Path("a.KML")]))
    assert not draws(Delivery(output=[Path("a.csv"), Path("-")]))
    assert not draws(Delivery())


def test_dash_is_csv_beside_a_file(run: Run, faked: dict[str, Any], tmp_path: Path) -> None:
    code, out, _ = run("visits", "somewhere", "-o", str(tmp_path / "v.json"), "-o", "-")
    assert code == 0
    assert len(rows_of(out)) == 2


def test_a_wrong_suffix_is_refused_before_reading(run: Run, faked: dict[str, Any]) -> None:
    code, out, err = run("visits", "somewhere", "-o", "v.doc")
    assert (code, out) == (2, "")
    assert ".parquet" in err
    assert "paths" not in faked


def test_options_arrive(run: Run, faked: dict[str, Any], tmp_path: Path) -> None:
    code, _, _ = run(
        *(
            "visits",
            "a",
            "b",
            "--identity",
            "i.csv",
            "--map",
            "m.toml",
            "--as",
            "readsb-trace",
            "--strict",
            "--ruled-out",
        )
    )
    assert code == 0
    assert [str(p) for p in faked["paths"]] == ["a", "b"]
    assert str(faked["options"]["identity"]) == "i.csv"
    assert str(faked["options"]["mapping"]) == "m.toml"
    assert faked["options"]["as_"] == "readsb-trace"
    assert faked["options"]["strict"] is True
    assert faked["inference"]["ruled_out"] is True


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (["--icao24", "001E23"], 8),
        (["--hex", "001e24"], 0),
        (["--icao24", "001e23,001e24"], 8),
    ],
)
def test_addresses_are_chosen_before_inference(run: Run, faked: dict[str, Any], options: list[str], kept: int) -> None:
    assert run("visits", "a", *options)[0] == 0
    assert faked["positions"].height == kept


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--operator", "invented"], ["SIM-1"]),
        (["--at", "10,-175.9,5"], ["SIM-1"]),
        (["--at", "-10,-175.9,5"], []),
        (["--since", "2030-01-02", "--until", "2030-01-02"], ["SIM-1", "SIM-2"]),
        (["--since", "2030-01-03"], []),
        (["--until", "2030-01-02T03:30Z"], ["SIM-1"]),
        (["--type", "IL76"], []),
        (["--registration", "ZZ-AAA"], []),
        (["--airfield", "LLOV"], []),
    ],
)
def test_filters(run: Run, faked: dict[str, Any], options: list[str], ids: list[str]) -> None:
    code, out, _ = run("visits", "a", *options)
    assert code == 0
    assert [r["visit_id"] for r in rows_of(out)] == ids


def test_legs_and_gaps_choose_aircraft_by_register(run: Run, faked: dict[str, Any], tmp_path: Path) -> None:
    register = tmp_path / "SIMULATED.csv"
    register.write_text("icao24,registration,typecode\n001e23,ZZ-AAA,IL76\n")
    for options, kept in ((["--type", "IL76"], 8), (["--registration", "zzaaa"], 8), (["--type", "B738"], 0)):
        assert run("legs", "a", "--registers", str(register), *options)[0] == 0
        assert faked["positions"].height == kept


@pytest.mark.parametrize(
    "argv",
    [
        ["visits"],
        ["visits", "a", "--strct"],
        ["visits", "a", "--since", "2023-09-17T14:00"],
        ["visits", "a", "--at", "1,2"],
        ["visits", "a", "--icao24", "xyz"],
        ["vists", "a"],
        ["identify"],
        ["reference", "show"],
        ["explain"],
        ["visits", "/there/is/no/such/file"],
    ],
)
def test_wrong_use_exits_2(run: Run, argv: list[str]) -> None:
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert err.startswith("wheelsdown: ")
    assert "Traceback" not in err


def test_failures_exit_1_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise SourceError("bad\x1b.csv", "is broken", row=3)

    for reader in ("read", "read_in_parts"):
        everywhere(monkeypatch, reader, fail)
    code, out, err = run("visits", "a", "--strict")
    assert (code, out) == (1, "")
    assert err == "wheelsdown: bad\ufffd.csv, row 3: is broken\n"
    code, _, err = run("reference", "show", "QQQQQQ")
    assert code == 1
    assert "no airfield" in err


def test_interrupted_exits_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for reader in ("read", "read_in_parts"):
        everywhere(monkeypatch, reader, stop)
    assert run("visits", "a") == (130, "", "wheelsdown: interrupted\n")


def test_problems_are_listed_and_all_written(run: Run, faked: dict[str, Any], tmp_path: Path) -> None:
    faked["problems"] = PROBLEMS.conform(
        pl.DataFrame(
            {
                "file": ["a.csv"] * 23,
                "row": list(range(23)),
                "field": ["time"] * 23,
                "value": ["14:00"] * 23,
                "reason": ["names no zone"] * 23,
                "remedy": ["declare it"] * 23,
            }
        ),
        fill=True,
    )
    code, out, err = run("visits", "a")
    assert code == 0
    assert len(rows_of(out)) == 2
    assert err.count("names no zone") == 20
    assert "a.csv, row 0, time: names no zone [14:00] (declare it)" in err
    assert "and 3 more; --problems FILE writes all" in err
    target = tmp_path / "p.csv"
    assert run("visits", "a", "--problems", str(target))[0] == 0
    assert len(rows_of(target.read_text())) == 23


def test_simulated_and_real_are_not_mixed(run: Run, faked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.outputs import made

    mixed = pl.concat([made.positions(), made.positions("readsb")])
    monkeypatch.setattr(made, "positions", lambda source="": mixed)
    code, _, err = run("visits", "a")
    assert code == 2
    assert "SIMULATED" in err


def test_sources_lists_every_card(run: Run) -> None:
    from wheelsdown.sources import names

    code, out, _ = run("sources")
    assert code == 0
    assert [r["name"] for r in rows_of(out)] == names()


def test_identify(run: Run, tmp_path: Path) -> None:
    register = tmp_path / "SIMULATED-register.csv"
    register.write_text("icao24,registration,typecode\n001e23,ZZ-AAA,IL76\n")
    code, out, _ = run("identify", "zzaaa", "003fff", "--registers", str(register))
    assert code == 0
    one, two = rows_of(out)
    assert (one["query"], one["found"], one["icao24"], one["registration"]) == ("zzaaa", "true", "001e23", "ZZ-AAA")
    assert two["found"] == "false"
    assert "not found" in two["note"]


def test_reference_show_and_list(run: Run) -> None:
    code, out, _ = run("reference", "show", "LLOV", "UBBB")
    assert code == 0
    assert [r["code"] for r in rows_of(out)] == ["LLOV", "UBBB"]
    code, out, _ = run("reference", "show", "LLOV", "--runways", "--json")
    assert code == 0
    assert {r["code"] for r in json.loads(out)} == {"LLOV"}
    code, out, _ = run("reference", "list")
    assert code == 0
    assert rows_of(out)[0]["source"].startswith("OurAirports")


def test_reference_add_and_remove(run: Run, tmp_path: Path, own_data: Path) -> None:
    own = tmp_path / "strips.toml"
    own.write_text('[[airfield]]\nname = "Made strip"\ncode = "QZMADE"\nlatitude_deg = 10.0\nlongitude_deg = -175.9\n')
    assert run("reference", "add", str(own))[0] == 0
    assert (own_data / "airfields" / "strips.toml").exists()
    assert rows_of(run("reference", "show", "QZMADE")[1])[0]["name"] == "Made strip"
    register = tmp_path / "made.csv"
    register.write_text("icao24,registration\n001e23,ZZ-AAA\n")
    code, _, err = run("reference", "add", str(register), "--as-of", "2030-01-01", "--name", "made")
    assert code == 0
    assert "as of 2030-01-01" in err
    kinds = [r["kind"] for r in rows_of(run("reference", "list")[1])]
    assert {"own airfields", "register"} <= set(kinds)
    assert run("reference", "remove", "made")[0] == 0
    assert run("reference", "remove", "made")[0] == 2
    own.write_text(own.read_text().replace("Made", "Other"))
    assert run("reference", "add", str(own))[0] == 1
    listed = rows_of(run("reference", "list")[1])
    assert [r["kind"] for r in listed if "strips" in r["source"]] == ["own airfields"]
    assert run("reference", "add", str(register), "--name", "strips")[0] == 0
    code, _, err = run("reference", "remove", "strips")
    assert code == 2
    assert "give strips.toml" in err
    assert "removed strips.toml" in run("reference", "remove", "strips.toml")[2]
    assert "removed strips" in run("reference", "remove", "strips")[2]
    assert run("reference", "add", str(own))[0] == 0
    assert "removed strips.toml" in run("reference", "remove", "strips")[2]
    assert not (own_data / "airfields" / "strips.toml").exists()


def test_explanations_are_printed_as_text_and_json(
    run: Run, faked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from wheelsdown.inference.explain import Explanation

    def explain_visit(visit: dict[str, Any], positions: pl.DataFrame, **_: Any) -> Explanation:
        return Explanation(
            title=f"Visit {visit['visit_id']}",
            facts=[("airfield", "ZZZZ\x1b"), ("grade", "observed")],
            before=positions.head(2).select("time_utc", "altitude_ft"),
            after=positions.clear(),
            rivals=[("ZZZA", "excluded", "40 km away")],
            sources=["a.csv"],
            links=[],
            cannot_see=["what it carried"],
        )

    everywhere(monkeypatch, "explain_visit", explain_visit)
    code, out, _ = run("explain", "SIM-1", "a")
    assert code == 0
    for said in (
        "Visit SIM-1",
        "ZZZA  excluded  40 km away",
        "nothing in these data",
        "what it carried",
        "2030-01-02T03:04:05Z",
    ):
        assert said in out
    assert "\x1b" not in out
    code, out, _ = run("explain", "SIM-1,SIM-2", "a", "--json")
    assert [e["title"] for e in json.loads(out)] == ["SIMULATED Visit SIM-1", "SIMULATED Visit SIM-2"]
    code, _, err = run("explain", "SIM-", "a")
    assert code == 2
    assert "fits 2 visits" in err
    code, _, err = run("explain", "nothing", "a")
    assert code == 2
    assert "no visit nothing" in err


def test_import_is_light() -> None:
    probe = "import sys, wheelsdown; print(sorted({'polars', 'numba', 'numpy', 'rich', 'cyclopts'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    probe = (
        "import sys; from wheelsdown.cli import main; main(['--help']);"
        "print(sorted({'polars', 'numba', 'numpy', 'pyarrow'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_closed_pipe_is_quiet() -> None:
    code = "import sys; from wheelsdown.cli import main; sys.exit(main(['reference', 'show'] + ['LLOV'] * 5000))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_departures_and_passes_are_not_counted_as_arrivals() -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    rows = pl.DataFrame(
        {
            "grade": ["observed", "possible", "likely", "ruled_out"],
            "arrived_utc": [moment, None, None, moment],
            "arrived_earliest_utc": [None, moment, None, moment],
        }
    )
    assert show._counted(rows) == (
        "3 visits: 2 arrivals (1 observed, 1 possible), 1 seen only leaving or already there (1 likely). "
        "1 pass without a stop."
    )
    assert show._counted(rows.clear()) == "0 visits."
