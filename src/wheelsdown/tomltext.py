"""TOML with the line of each field, which tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final, Protocol

__all__ = ["MOST_BYTES", "decode", "line_of", "lines_of", "parse"]

MOST_BYTES: Final = 1 << 20
_MOST_DOTS: Final = 2_000
_MOST_KEYS: Final = 40
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^\n#,\]}]*")
_QUOTES: Final = ('"""', "'''", '"', "'")


class _Raises(Protocol):
    """An error that names file, line, field and remedy."""

    def __call__(
        self, reason: str, *, file: str | None = None, line: int | None = None, remedy: str = ""
    ) -> Exception: ...


def decode(path: Path, error: _Raises, *, what: str, see: str) -> tuple[str, bytes, dict[str, Any]]:
    """Read a TOML file; give its text, its bytes and its content.

    Parameters
    ----------
    path : Path
        The file, 1 MiB at most.
    error : class of error
        Raised where it cannot be read: CaseError, SimulationError.
    what : str
        What the file is, for the message: "a scenario".
    see : str
        Page that tells how it is written.
    """
    remedy = f"name {what} file"
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as e:
        reason = getattr(e, "strerror", None) or e
        raise error(f"cannot be read: {reason}", file=str(path), remedy=remedy) from None
    if len(raw) > MOST_BYTES:
        raise error(f"longer than {what} can be (1 MiB)", file=str(path), remedy=remedy)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise error("is not UTF-8 text", file=str(path), remedy="save it as UTF-8") from None
    return text, raw, parse(text, path, error, see=see)


def parse(text: str, path: Path, error: _Raises, *, see: str) -> dict[str, Any]:
    """Read the text of a TOML file; `path` and `see` are for messages."""
    for number, written in enumerate(text.splitlines(), 1):
        # a key of many thousand parts takes tomllib hours: its time grows with their square
        if written.count(".") > _MOST_DOTS:
            raise error(f"has more than {_MOST_DOTS:,} dots in a line", file=str(path), line=number, remedy=see)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        found = re.search(r"line (\d+)", str(e))
        line = int(found[1]) if found else max(1, len(text.splitlines()))
        raise error(f"is not TOML: {e}", file=str(path), line=line, remedy=see) from None
    except RecursionError:
        raise error("is nested too deep", file=str(path), remedy=see) from None


def line_of(text: str, field: str, message: str = "") -> int | None:
    """Find the line of a field such as ``fleets[1].dwell_h``; of an unknown key, the line where it stands.

    Parameters
    ----------
    text : str
        The file; it can be parsed.
    field : str
        Path of the field as msgspec writes it; what it does not name (``[...]``) is left out.
    message : str
        What is wrong; an unknown field named in it is looked for inside `field`.

    Returns
    -------
    int or None
        The line from 1, of the field or of the innermost table around it that the file names.
    """
    unknown = re.search(r"unknown field `([^`]+)`", message)
    path = f"{field}.{unknown[1]}".lstrip(".") if unknown else field
    where = lines_of(text)
    while path:
        if path in where:
            return where[path]
        steps = list(_STEP.finditer(path))
        path = path[: steps[-1].start()].rstrip(".") if len(steps) > 1 else ""
    return None


def lines_of(text: str) -> dict[str, int]:
    """Give the line of every table, key and element of a TOML text that can be parsed, by its path.

    Elements of arrays count from 0: ``window[1]``, ``window[1].airfields[0]``.
    """
    return _Scan(text).run()


class _Scan:
    """One walk through the text."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.line = 1
        self.where: dict[str, int] = {}
        self.last: dict[str, int] = {}
        """Path of an array of tables to the index of its last table."""

    def run(self) -> dict[str, int]:
        table = ""
        while self._skip(" \t\n"):
            line = self.line
            if self._peek("[["):
                table = self._header(2, line)
            elif self._peek("["):
                table = self._header(1, line)
            else:
                self._pair(table)
        return self.where

    def _peek(self, what: str) -> bool:
        return self.text.startswith(what, self.at)

    def _move(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count

    def _skip(self, blanks: str) -> bool:
        """Pass blanks and comments; tell whether anything is left."""
        while self.at < len(self.text):
            if self.text[self.at] in blanks:
                self._move(1)
            elif self._peek("#"):
                end = self.text.find("\n", self.at)
                self._move((len(self.text) if end < 0 else end) - self.at)
            else:
                return True
        return False

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(" \t")
            bare = _BARE.match(self.text, self.at)
            if bare:
                keys.append(bare[0])
                self._move(len(bare[0]))
            else:
                begin = self.at
                if not self._string():
                    return keys
                keys.append(self.text[begin + 1 : self.at - 1])
            self._skip(" \t")
            if not self._peek("."):
                return keys
            self._move(1)

    def _header(self, brackets: int, line: int) -> str:
        self._move(brackets)
        keys = self._keys()
        self._move(brackets)
        path = ""
        for n, key in enumerate(keys[:_MOST_KEYS]):
            path = f"{path}.{key}".lstrip(".")
            if brackets == 2 and n == len(keys) - 1:
                self.where.setdefault(path, line)
                self.last[path] = self.last.get(path, -1) + 1
            if path in self.last:
                path = f"{path}[{self.last[path]}]"
        self.where[path] = line
        return path

    def _pair(self, table: str) -> None:
        line, path = self.line, table
        keys = self._keys()
        for key in keys[:_MOST_KEYS]:
            path = f"{path}.{key}".lstrip(".")
            self.where.setdefault(path, line)
        self._skip(" \t")
        if not keys or not self._peek("="):
            self._move(1)  # cannot be in a text that was parsed; never stand still
            return
        self._move(1)
        self._value(path)

    def _value(self, path: str) -> None:
        self._skip(" \t")
        if self._peek("["):
            self._move(1)
            n = 0
            while self._skip(" \t\n,") and not self._peek("]"):
                self.where.setdefault(f"{path}[{n}]", self.line)
                before = self.at
                self._value(f"{path}[{n}]")
                if self.at == before:
                    self._move(1)
                n += 1
            self._move(1)
        elif self._peek("{"):
            self._move(1)
            while self._skip(" \t\n,") and not self._peek("}"):
                self._pair(path)
            self._move(1)
        elif not self._string():
            plain = _PLAIN.match(self.text, self.at)
            self._move(len(plain[0]) if plain else 1)

    def _string(self) -> bool:
        """Pass a string; tell whether there was one."""
        quote = next((q for q in _QUOTES if self._peek(q)), None)
        if quote is None:
            return False
        at = self.at + len(quote)
        while at < len(self.text) and not self.text.startswith(quote, at):
            at += 2 if quote[0] == '"' and self.text[at] == "\\" else 1
        end = at + len(quote)
        if len(quote) == 3:
            while self.text.startswith(quote[0], end):  # up to two quotes may stand before the closing three
                end += 1
        self._move(min(end, len(self.text)) - self.at)
        return True
