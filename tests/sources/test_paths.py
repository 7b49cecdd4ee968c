"""Pipes, devices and sockets are named, never opened."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest

from tests.sources.made import write
from wheelsdown.errors import UsageError
from wheelsdown.sources import read, read_in_parts
from wheelsdown.sources.paths import expand, not_a_file

OWN = "icao24,time_utc,latitude_deg,longitude_deg\n001e23,2030-01-01T00:00:00Z,50,8\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "a.csv", OWN)
    os.mkfifo(tmp_path / "b.fifo")
    (tmp_path / "c.csv").symlink_to(tmp_path / "b.fifo")
    (tmp_path / "d.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "e.csv").symlink_to("/dev/zero")
    return tmp_path


def test_a_pipe_in_a_folder_is_a_problem_beside_the_good_file(folder: Path) -> None:
    for got in (read(folder), *read_in_parts(folder)):
        assert got.positions.height == 1
        told = {Path(f).name: r for f, r in got.problems.select("file", "reason").iter_rows()}
        assert set(told) == {"b.fifo", "c.csv", "e.csv"}
        assert "a pipe (FIFO)" in told["b.fifo"]
        assert "a pipe (FIFO)" in told["c.csv"]
        assert "a device" in told["e.csv"]
    assert len(expand(folder)) == 5


def test_given_by_name_too(folder: Path) -> None:
    for given in ("/dev/zero", folder / "b.fifo", str(folder / "*.fifo")):
        got = read([given, folder / "a.csv"])
        assert got.positions.height == 1
        assert "not opened" in got.problems["reason"][0]


@pytest.mark.enable_socket
def test_kinds() -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as s:
        s.bind(f"{short}/s")
        assert not_a_file(Path(short) / "s") == "a socket"
        assert not_a_file(Path(short)) == "a folder"
        assert not_a_file(Path(short) / "nothing") is None


def test_standard_input_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="standard input"):
        read("-")
