"""Walks the members of an uncompressed tar that comes as a stream, unpacking nothing to disk.

Python's own ``tarfile`` in stream mode was weighed first. It is fast enough (half as fast as this). But at a damaged
header it stops or, asked to ignore zeros, goes on without saying from where to where; it reads extended headers of any
size whole into memory; it does not tell an archive that was cut off from one that ended; and it cannot go back to the
seam of two parts that do not join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final

from wheelsdown.sources.day_quality import TRACE_NAME, DayQuality
from wheelsdown.sources.interface import Report
from wheelsdown.sources.tar_header import BLOCK, WITHOUT_DATA, Member, find_header, padded, parse_header, unsafe
from wheelsdown.sources.tar_stream import Part, TarStream

__all__ = ["MEMBER_MOST", "TRACE_MOST", "Member", "Part", "find_header", "members", "parse_header"]

TRACE_MOST: Final = 64 << 20
"""A trace of one day has some 100 kB; a hundred times the largest is damage or malice."""
MEMBER_MOST: Final = 256 << 20
"""Heatmaps have some 10 MB."""
_DESCRIBING_MOST: Final = 1 << 20
_ZEROS: Final = bytes(BLOCK)
_FETCH: Final = "fetch it again; what could be read was kept"


def members(
    stream: BinaryIO | Iterable[bytes | Part],
    *,
    wanted: Callable[[str], bool],
    report: Report,
    max_member_bytes: int = MEMBER_MOST,
    quality: DayQuality | None = None,
) -> Iterator[tuple[Member, bytes | None]]:
    """Walk a tar from its first byte to its last.

    Parameters
    ----------
    stream : file or iterable of bytes
        The archive, uncompressed, forward only. A `Part` between two blocks says that another part begins there.
    wanted : callable
        Told each file's name; True if its bytes are asked for. The others are passed over without a copy.
    report : Report
        Told what is damaged, with the byte where it begins.
    max_member_bytes : int
        Larger members are passed over and reported; traces over `TRACE_MOST` always are.
    quality : DayQuality, optional
        Filled while walking: what was seen, what is damaged, whether the end was reached.

    Yields
    ------
    tuple
        Each member in order, with its bytes; None for a folder or link, for what is not wanted, and for what is too
        large. Members with hostile names, and those cut off, are reported and not yielded.

    Notes
    -----
    A damaged header is reported, and reading goes on at the next valid one: at a multiple of 512 bytes, or at any byte
    after a seam of two parts. What lay between is lost. Bytes of a member are not checked: a tar has no checksum of
    them. Bytes after the end mark are ignored by name. Of sparse files, which releases do not hold, only the name is
    given.
    """
    walk = _Walk(TarStream(stream), report, quality or DayQuality())
    try:
        yield from walk.members(wanted, max_member_bytes)
    finally:
        walk.tell()


class _Walk:
    def __init__(self, stream: TarStream, report: Report, quality: DayQuality) -> None:
        self.stream = stream
        self.report = report
        self.quality = quality
        self.hostile: dict[str, tuple[str, int]] = {}
        self.lost = False
        """A stretch that could not be read has been told; the next header was looked for."""

    def damaged(self, reason: str, remedy: str = _FETCH) -> None:
        self.report.problem(reason, remedy=remedy)
        self.quality.damaged(reason)

    def tell(self) -> None:
        """Report what is told once for many members, and count the bytes."""
        self.quality.bytes += self.stream.position
        for why, (first, count) in self.hostile.items():
            more = f" ({count} members, the first is shown)" if count > 1 else ""
            self.report.problem(f"a member with {why} was left out{more}", field="name", value=repr(first))
            self.quality.damaged(f"{count} member{'s' if count > 1 else ''} with {why}")

    def members(self, wanted: Callable[[str], bool], most: int) -> Iterator[tuple[Member, bytes | None]]:
        stream = self.stream
        if not stream.peek(BLOCK) and stream.gap is None:
            self.damaged("empty: there is no archive in it", "fetch it again")
            return
        while (member := self._next_member()) is not None:
            got = self._body(member, wanted, most)
            if got is None:
                continue
            self.quality.saw(member.name, member.size if member.kind == "file" else 0)
            yield member, got[0]

    def _body(self, member: Member, wanted: Callable[[str], bool], most: int) -> tuple[bytes | None] | None:
        """Take or pass over a member's data; None if the member is not to be handed on."""
        stream, size = self.stream, member.size
        asked = member.kind == "file" and wanted(member.name)
        if (why := unsafe(member.name)) is not None:
            first, count = self.hostile.get(why, (member.name, 0))
            self.hostile[why] = (first, count + 1)
            asked = False
        limit = min(most, TRACE_MOST) if TRACE_NAME.fullmatch(member.name) else most
        if asked and size > limit:
            self.damaged(
                f"{member.name} at {stream.where(member.header_offset)} has {size} bytes, more than the {limit} that "
                "are read; passed over",
                "look at it by hand if you trust its origin",
            )
            asked = False
        data = stream.take(size) if asked else None
        there = len(data) if data is not None else stream.skip(size)
        padding = stream.skip(padded(size) - size) if there == size else 0
        if there < size:
            self._cut(member, there)
            return None
        seam = stream.seam()
        if seam is not None and padding == padded(size) - size and not self._goes_on():
            self._does_not_join(member)
            if seam < member.data_offset + size:
                return None
        return None if why is not None else (data,)

    def _goes_on(self) -> bool:
        """Tell whether a header, the end mark or the end of the stream comes next."""
        block = self.stream.peek(BLOCK)
        return len(block) < BLOCK or block == _ZEROS or parse_header(block) is not None

    def _cut(self, member: Member, there: int) -> None:
        stream = self.stream
        gap = stream.gap
        self.damaged(
            f"cut off inside {member.name}: {there} of its {member.size} bytes are there, up to "
            f"{stream.where(stream.position)}" + (f", where the part before {gap.name} ends" if gap else ""),
            "give all parts of the release, or fetch it again; what could be read was kept",
        )
        self.lost = True

    def _does_not_join(self, member: Member | None) -> None:
        """Report two parts that do not belong together, and go back to where the second begins."""
        stream = self.stream
        seam = stream.rewind()
        if seam is None:
            at = stream.position
            self.damaged(f"no header at {stream.where(at)}, after a part that does not join the one before")
        else:
            inside = f"inside {member.name}, " if member is not None else ""
            self.damaged(
                f"{stream.part_at(seam)} does not join the part before it ({inside}{stream.where(seam)})",
                "fetch both parts again; a part may be missing, cut off or of another day. What could be read was kept",
            )
        self._resume(step=1)

    def _resume(self, step: int) -> None:
        """Go to the next valid header, and say how much was passed over."""
        stream = self.stream
        at = stream.position
        found = stream.to_header(step)
        passed = stream.position - at
        if passed:
            where = "the next header" if found else "the end of what is there"
            self.report.problem(
                f"{passed} bytes from {stream.where(at)} to {where} could not be read", remedy=_FETCH, rows_lost=None
            )
        self.lost = not found
        if not found and stream.ended_in_zeros and stream.gap is None:
            self.quality.end_reached = True

    def _next_member(self) -> Member | None:
        """Find the next file, folder or link, with its long name; None at the end."""
        stream = self.stream
        begin: int | None = None
        long: str | None = None
        size: int | None = None
        while True:
            if begin is None:
                stream.mark()
                long = size = None
            block = stream.peek(BLOCK)
            if len(block) < BLOCK and self._ends(block):
                return None
            if len(block) < BLOCK:
                begin = None
                continue
            if block == _ZEROS:
                if self._end_mark():
                    return None
                begin = None
                continue
            header = parse_header(block, stream.position)
            if header is None:
                self._bad_header()
                begin = None
                continue
            stream.skip(BLOCK)
            if begin is None:
                begin = header.header_offset
            if header.kind not in ("long name", "long link", "pax", "pax of all"):
                true_size = header.size if size is None or header.kind in WITHOUT_DATA else size
                return Member(long or header.name, begin, stream.position, true_size, header.kind)
            about = self._describing(header)
            if about is None:
                begin = None
                continue
            if header.kind == "long name":
                long = about.split(b"\0", 1)[0].decode("utf-8", "replace")
            elif header.kind == "pax":
                long, size = _pax(about, long, size)

    def _describing(self, header: Member) -> bytes | None:
        """Take the data of a header that describes the next one; None if that cannot be done."""
        stream = self.stream
        if header.size > _DESCRIBING_MOST:
            self.damaged(
                f"a {header.kind} of {header.size} bytes at {stream.where(header.header_offset)} was passed over",
                "nobody writes these by honest means: where does the file come from?",
            )
            stream.skip(padded(header.size))
            return None
        data = stream.take(header.size)
        stream.skip(padded(header.size) - header.size)
        if len(data) < header.size:
            self._cut(header, len(data))
            return None
        return data

    def _bad_header(self) -> None:
        stream = self.stream
        at = stream.position
        stream.skip(BLOCK)
        if stream.seam() is not None:
            self._does_not_join(None)
            return
        self.damaged(f"the header at {stream.where(at)} is damaged")
        self._resume(step=BLOCK)

    def _ends(self, left: bytes) -> bool:
        """Come to the end of the stream without an end mark, or to a gap; True at the end."""
        stream = self.stream
        gap = stream.gap
        if gap is None:
            if not self.lost:
                extra = f" ({len(left)} bytes of a header)" if left else ""
                self.damaged(
                    f"cut off at {stream.where(stream.position + len(left))}: the end mark is missing{extra}",
                    "is there a further part, or was the transfer broken off? What could be read was kept",
                )
            stream.skip(len(left))
            return True
        stream.skip(len(left))
        stream.cross()
        what = f"missing before {gap.name}: {gap.missing}" if gap.missing else f"the part before {gap.name} is missing"
        self.damaged(what, f"fetch it, and give it with {gap.name}")
        self._resume(step=1)
        return False

    def _end_mark(self) -> bool:
        """Pass over zeros; True if they are the end mark."""
        stream = self.stream
        at = stream.position
        both = stream.peek(2 * BLOCK)
        if len(both) == 2 * BLOCK and both[BLOCK:] != _ZEROS:
            self.damaged(f"a block of zeros at {stream.where(at)} is no end mark")
            stream.skip(BLOCK)
            return False
        if len(both) < 2 * BLOCK:
            stream.skip(BLOCK)  # half an end mark, then the end or a gap: told by the caller as cut off
            return False
        stream.skip(2 * BLOCK)
        self.quality.end_reached = True
        extra, headers, tail = 0, False, b""
        for piece in stream.rest():
            if piece.strip(b"\0"):
                extra += len(piece)
                headers = headers or find_header(tail + piece, step=1) >= 0
            tail = piece[-BLOCK:]
        if headers:
            self.damaged(
                f"further members follow the end mark at {stream.where(at)}",
                "two archives in one, or a hole in the file: fetch it again",
            )
        elif extra:
            self.report.notes.append(f"{extra} bytes after the end mark were ignored")
        return True


def _pax(data: bytes, name: str | None, size: int | None) -> tuple[str | None, int | None]:
    """Read records ``length key=value``; those that are damaged end the reading."""
    at = 0
    while at < len(data):
        digits, space, _ = data[at : at + 20].partition(b" ")
        if not space or not digits.isdigit() or int(digits) <= len(digits) + 1:
            break
        key, equals, value = data[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        if equals and key == b"path":
            name = value.decode("utf-8", "replace")
        elif equals and key == b"size" and value.isdigit() and len(value) < 16:
            size = int(value)
        at += int(digits)
    return name, size
