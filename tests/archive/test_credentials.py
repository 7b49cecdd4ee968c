"""Keys come from the environment or from a file of one's own, and are shown nowhere. All keys here are invented."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wheelsdown.archive.credentials import credentials_file, fr24_key, opensky_keys
from wheelsdown.errors import ArchiveError

SECRET = "simulated-secret-4711"  # noqa: S105
TEXT = f'[opensky]\nclient_id = "simulated"\nclient_secret = "{SECRET}"\n[fr24]\napi_token = " simulated|token "\n'


def kept(folder: Path, text: str | bytes = TEXT, mode: int = 0o600) -> Path:
    path = folder / "credentials.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def test_environment_goes_first(tmp_path: Path) -> None:
    environ = {"OPENSKY_CLIENT_ID": "mine", "OPENSKY_CLIENT_SECRET": "of-the-environment"}
    found = opensky_keys(environ=environ, file=kept(tmp_path))
    assert (found.client_id, found.client_secret) == ("mine", "of-the-environment")


def test_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path))
    path = kept(tmp_path)
    assert credentials_file() == path
    assert opensky_keys(environ={}).client_secret == SECRET
    assert fr24_key(environ={}).api_token == "simulated|token"  # noqa: S105


@pytest.mark.skipif(os.name != "posix", reason="modes of files are of POSIX systems")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
def test_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ArchiveError, match="chmod 600"):
        opensky_keys(environ={}, file=kept(tmp_path, mode=mode))


def test_none_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no credentials found") as e:
        opensky_keys(environ={}, file=tmp_path / "credentials.toml")
    assert "OPENSKY_CLIENT_ID" in str(e.value)
    assert "credentials.toml" in str(e.value)
    with pytest.raises(ArchiveError, match="FR24_API_TOKEN"):
        fr24_key(environ={"FR24_API_TOKEN": "  "}, file=tmp_path / "credentials.toml")


def test_half_a_pair_names_the_other(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="the environment gives no client_secret"):
        opensky_keys(environ={"OPENSKY_CLIENT_ID": "mine"}, file=kept(tmp_path))


@pytest.mark.parametrize(
    "text",
    [f'[opensky]\nclient_secret = {SECRET}"', b"\xff\xfe" + SECRET.encode(), f"{SECRET}" * 10_000, TEXT + TEXT],
)
def test_broken_file_shows_no_key(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(ArchiveError) as e:
        opensky_keys(environ={}, file=kept(tmp_path, text))
    assert SECRET not in str(e.value)
    assert e.value.__suppress_context__ or e.value.__context__ is None


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "höher", "x" * 5000])
def test_what_no_key_can_be_is_refused_unshown(tmp_path: Path, value: str) -> None:
    with pytest.raises(ArchiveError, match="characters") as e:
        fr24_key(environ={"FR24_API_TOKEN": value}, file=tmp_path / "none")
    assert value not in str(e.value)


def test_keys_do_not_show_themselves(tmp_path: Path) -> None:
    found = opensky_keys(environ={}, file=kept(tmp_path)), fr24_key(environ={}, file=kept(tmp_path))
    assert SECRET not in repr(found)
    assert "simulated" not in repr(found)
