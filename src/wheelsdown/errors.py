"""Everything wheelsdown raises.

::

    WheelsdownError
    ├── UsageError           asked for something that cannot be done as asked      (CLI exit 2)
    ├── SourceError          a file cannot be read: names file, row, field, remedy
    │   ├── UnknownFormatError    no source recognises the file
    │   └── AmbiguousFormatError  two sources do
    ├── TableError           a table lacks a column, or a column has another type or unit
    ├── ReferenceDataError   airfields, runways or registers cannot be read or resolved
    ├── OutputError          a result cannot be written in the format asked for
    ├── LakeError            a lake cannot be opened, written or believed
    ├── CaseError            a case file cannot be read: names file, line, field, remedy
    ├── SimulationError      a scenario cannot be flown: names file, line, field, remedy
    └── ArchiveError         a host or archive cannot be asked, or gave what cannot be used

Each keeps its operands as attributes, so that a caller can act on them without parsing the text.
"""

from __future__ import annotations

__all__ = [
    "AmbiguousFormatError",
    "ArchiveError",
    "CaseError",
    "LakeError",
    "OutputError",
    "ReferenceDataError",
    "SimulationError",
    "SourceError",
    "TableError",
    "UnknownFormatError",
    "UsageError",
    "WheelsdownError",
]


class WheelsdownError(Exception):
    """Base of all errors that wheelsdown raises on purpose."""


class UsageError(WheelsdownError, ValueError):
    """The call itself is wrong; the message says what to do instead."""


class SourceError(WheelsdownError, ValueError):
    """A file, or a row of it, cannot be read."""

    def __init__(
        self,
        file: str,
        reason: str,
        *,
        row: int | None = None,
        field: str | None = None,
        remedy: str = "",
    ) -> None:
        self.file = file
        self.row = row
        self.field = field
        self.reason = reason
        self.remedy = remedy
        where = file
        if row is not None:
            where += f", row {row}"
        if field:
            where += f", field {field}"
        super().__init__(f"{where}: {reason}" + (f" ({remedy})" if remedy else ""))


class UnknownFormatError(SourceError):
    """No source recognises the file."""


class AmbiguousFormatError(SourceError):
    """More than one source recognises the file."""

    def __init__(self, file: str, names: list[str]) -> None:
        self.names = names
        super().__init__(
            file,
            f"read by more than one source: {', '.join(names)}",
            remedy=f"name one with --as, for example --as {names[0]}",
        )


class TableError(WheelsdownError, ValueError):
    """A frame is not the table it is said to be."""

    def __init__(self, table: str, column: str, actual: str, expected: str) -> None:
        self.table = table
        self.column = column
        self.actual = actual
        self.expected = expected
        super().__init__(f"{table}.{column}: is {actual}, should be {expected}")


class ReferenceDataError(WheelsdownError, ValueError):
    """Reference data (airfields, runways, registers) cannot be read or resolved."""


class OutputError(WheelsdownError, ValueError):
    """A result cannot be written as asked."""


class LakeError(WheelsdownError, OSError):
    """A lake cannot be opened, written or believed; what it held before is kept."""


class _TextFileError(WheelsdownError, ValueError):
    """A file that people write cannot be read."""

    def __init__(
        self,
        reason: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        remedy: str = "",
    ) -> None:
        self.reason = reason
        self.file = file
        self.line = line
        self.field = field
        self.remedy = remedy
        where = ", ".join(
            part
            for part in (file, f"line {line}" if line is not None else None, f"field {field}" if field else None)
            if part
        )
        super().__init__((f"{where}: " if where else "") + reason + (f" ({remedy})" if remedy else ""))


class CaseError(_TextFileError):
    """A case file cannot be read, or asks what cannot be asked."""


class SimulationError(_TextFileError):
    """A scenario cannot be read, or cannot be flown."""


class ArchiveError(WheelsdownError, OSError):
    """A host or an archive cannot be asked, or gave what cannot be used."""
