"""The demonstration, on a made wheel: the real one is not needed to test it."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.outputs import made
from wheelsdown import demo
from wheelsdown.cli import demonstration
from wheelsdown.demo import wheel as wheels
from wheelsdown.errors import SourceError
from wheelsdown.outputs import Extras, csv_
from wheelsdown.schema import POSITIONS

MEMBERS = ("made/SIMULATED-one.csv", "made/SIMULATED-two.csv")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "made.whl"
    with zipfile.ZipFile(path, "w") as z:
        for member in MEMBERS:
            z.writestr(
                f"traffic/data/samples/{member}", csv_.to_text(made.positions(), POSITIONS, extras=Extras()) + member
            )
    monkeypatch.setattr(wheels, "_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(demo, "SAMPLES", tuple(demo.Sample(m, "made") for m in MEMBERS))
    return path


def test_demonstration(run: Run, faked: dict[str, Any], wheel: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, talk = run("demo", "-o", str(out), "--wheel", str(wheel))
    assert code == 0
    assert f"{out / 'recordings' / 'SIMULATED-one.csv'}: made" in said
    assert wheels._SHA256 in talk
    names = {p.name for p in out.iterdir()}
    assert {
        "visits.csv",
        "visits.xlsx",
        "visits.json",
        "visits.geojson",
        "visits.kml",
        "legs.kml",
        "recordings",
    } <= names
    assert sorted(p.name for p in (out / "recordings").iterdir()) == ["SIMULATED-one.csv", "SIMULATED-two.csv"]


def test_a_sentence_says_no_more_than_its_grade() -> None:
    early, late = datetime(2030, 1, 1, 23, 50, tzinfo=UTC), datetime(2030, 1, 2, 0, 10, tzinfo=UTC)
    none = dict.fromkeys(f"{end}{of}_utc" for end in ("arrived", "departed") for of in ("", "_earliest", "_latest"))
    arrived = none | {"arrived_utc": early, "arrived_earliest_utc": early, "arrived_latest_utc": late}
    at, between = "2030-01-01 23:50", "between 2030-01-01 23:50 and 2030-01-02 00:10"
    for grade, said in {
        "observed": f"landed at {at}, not seen to leave (UTC)",
        "inferred": f"landed (inferred) at {at}, not seen to leave (UTC)",
        "likely": f"probably landed {between}, not seen to leave (UTC)",
        "possible": f"may have landed {between}, not seen to leave (UTC)",
        "ruled_out": f"passed at {at} UTC",
    }.items():
        assert demonstration._when(arrived | {"grade": grade}) == said
    left = none | {"grade": "observed", "arrived_latest_utc": early, "departed_utc": late}
    assert demonstration._when(left) == "there when the data begin, left at 2030-01-02 00:10 (UTC)"
    assert demonstration._when(left | {"grade": "likely"}).startswith("probably there when the data begin, left at ")


def test_no_network_is_said_plainly(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: Retrying\nERROR: No matching distribution found\n")
    monkeypatch.setattr(wheels.subprocess, "run", lambda *_, **__: failed)
    code, said, talk = run("demo", "-o", str(tmp_path / "out"))
    assert (code, said) == (1, "")
    assert "ERROR: No matching distribution found" in talk
    assert "--wheel FILE" in talk
    assert not (tmp_path / "out").exists()


def test_another_file_is_refused(tmp_path: Path, wheel: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        demo.fetch(tmp_path / "none.whl")
    wheel.write_bytes(b"PK")
    with pytest.raises(SourceError, match="sha256"):
        demo.fetch(wheel)


@pytest.mark.parametrize("member", ["../../etc/passwd", "/etc/passwd", "made\\..\\x"])
def test_members_stay_in_their_folder(tmp_path: Path, wheel: Path, member: str) -> None:
    with pytest.raises(SourceError, match="leads out"):
        demo.unpack(wheel, [member], tmp_path)


def test_missing_large_and_damaged_members(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="no such recording"):
        demo.unpack(wheel, ["made/none.csv"], tmp_path)
    monkeypatch.setattr(wheels, "_MOST_BYTES", 10)
    with pytest.raises(SourceError, match="larger than 10 bytes"):
        demo.unpack(wheel, MEMBERS, tmp_path)
    wheel.write_bytes(b"not a zip")
    with pytest.raises(SourceError, match="damaged"):
        demo.unpack(wheel, MEMBERS, tmp_path)
