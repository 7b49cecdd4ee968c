from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.reference.made import AIRPORTS, RUNWAYS, write_lists
from wheelsdown.errors import ReferenceDataError, UsageError
from wheelsdown.reference import load
from wheelsdown.reference import update as module
from wheelsdown.reference.changes import changes_between
from wheelsdown.reference.store import PACKED, Tables
from wheelsdown.reference.update import download, update


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class _Away(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://example.invalid/airports.csv")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _serve(handler: object) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def served(tmp_path: Path, socket_enabled: None) -> Iterator[str]:
    yield from _serve(partial(_Quiet, directory=str(write_lists(tmp_path / "www"))))


@pytest.fixture
def away(socket_enabled: None) -> Iterator[str]:
    yield from _serve(_Away)


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made list is far smaller than the packed one."""
    monkeypatch.setattr(module, "_LEAST_SHARE", 0.0)


@pytest.mark.usefixtures("any_size")
def test_download_replaces_the_table_and_keeps_the_old(served: str, data: Path) -> None:
    report = update(data, url_base=served, as_of="2026-02-03")
    assert report.fields == 4
    assert report.kept == PACKED
    assert report.folder.name.startswith("2026-02-03-")
    assert report.counts["added"] == 4
    known = load()
    assert known.fields["code"].to_list() == ["XXAA", "XXBB", "XXBB-closed", "XXCC"]
    assert known.fields["as_of"].unique().to_list() == ["2026-02-03"]
    assert known.resolve("XXZZ")["code"] == "XXAA"
    # Gabon and Namibia have one zone each
    assert known.resolve("XXAA")["time_zone"] == "Africa/Windhoek"
    second = update(data, url_base=served, as_of="2026-02-04")
    assert second.kept == report.folder
    assert report.folder.is_dir()
    assert sum(second.counts.values()) == 0
    assert not list((data / "airfields").glob(".new*"))


@pytest.mark.usefixtures("any_size")
def test_from_folder_without_a_date_is_undated(data: Path, tmp_path: Path) -> None:
    report = update(data, from_dir=write_lists(tmp_path / "x"))
    assert report.as_of is None
    assert load().fields["as_of"].null_count() == 4
    assert report.problems["value"].to_list() == ["NOSUCH"]


def test_a_list_cut_off_changes_nothing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="looks cut off"):
        update(data, from_dir=write_lists(tmp_path / "x"))
    assert not (data / "airfields" / "current").exists()
    assert not list((data / "airfields").iterdir())
    with pytest.raises(ReferenceDataError, match=r"holds no airports\.csv"):
        update(data, from_dir=tmp_path)


@pytest.mark.usefixtures("any_size")
def test_a_crash_at_the_end_leaves_the_old_one(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(module, "write_tables", crash)
    with pytest.raises(OSError, match="no space"):
        update(data, from_dir=write_lists(tmp_path / "x"))
    assert load().fields.height > 73_000


def test_downloads_are_https_capped_and_whole(served: str, away: str, tmp_path: Path) -> None:
    to = tmp_path / "f"
    for url in ("http://example.invalid/x", "file:///etc/passwd", "ftp://127.0.0.1/x"):
        with pytest.raises(UsageError, match="only https"):
            download(url, to)
    with pytest.raises(UsageError, match="only https"):
        download(away + "airports.csv", to)
    with pytest.raises(ReferenceDataError, match="larger than 10 bytes"):
        download(served + "airports.csv", to, max_bytes=10)
    with pytest.raises(ReferenceDataError, match="cannot be fetched"):
        download(served + "none.csv", to)
    assert not to.exists()


def test_changes_are_named(tmp_path: Path) -> None:
    def tables(folder: str, airports: str, runways: str) -> Tables:
        made = write_lists(tmp_path / folder, airports, runways)
        from wheelsdown.reference.ourairports import read_airports, read_runways

        fields, _ = read_airports(made / "airports.csv")
        return Tables(fields.drop("keywords"), read_runways(made / "runways.csv", fields)[0], fields.clear())

    after = AIRPORTS.replace("Alpha Field", "Alpha International").replace("1.0,11.0", "1.01,11.0")
    after = after.replace('3,"XXBB","closed"', '3,"GA-0009","closed"').replace(
        '"closed","Old Beta",1.2', '"closed","Old Beta",1.2'
    )
    found = changes_between(tables("a", AIRPORTS, RUNWAYS), tables("b", after, RUNWAYS.replace("6000", "7000")))
    said = {(r["change"], r["ident"]): (r["before"], r["after"]) for r in found.iter_rows(named=True)}
    assert said[("renamed", "XXAA")] == ("Alpha Field", "Alpha International")
    assert said[("moved", "QQ-0001")][1] == "1.01, 11.0 (1.1 km)"
    assert said[("runways", "XXAA")] == ("09/27 6000 ft", "09/27 7000 ft")
    assert said[("removed", "XXBB")][1] == "GA-0009 (Old Beta, closed) at this place"
    assert ("added", "GA-0009") in said


@pytest.mark.slow
def test_todays_list(shared: Path, data: Path) -> None:
    report = update(data, from_dir=shared / "airports", as_of="2026-11-01")
    assert (report.fields, report.counts["added"] > 10_000) == (85_009, True)
    known = load()
    assert known.resolve("UB13")["name"] == "Khojaly Airport"
    assert known.resolve("HSSS")["code"] == "HSSK"
    assert known.resolve("LLOV")["time_zone"] == "Asia/Jerusalem"
    eilat = report.changes.filter(change="removed", ident="LLET")
    assert "closed) at this place" in eilat["after"][0]
