"""One day's files by ranges of its release; streamed where that cannot be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from wheelsdown.archive.asking import Asker, UnavailableError, WholeBodyError
from wheelsdown.archive.fleet import Fleet, address_of, member_name
from wheelsdown.archive.layout import LayoutError
from wheelsdown.archive.releases import Release, follows_on
from wheelsdown.archive.seams import PackedDay
from wheelsdown.archive.ways import Found, StreamWay, heatmap_member
from wheelsdown.errors import ArchiveError
from wheelsdown.sources.day_quality import DayQuality

__all__ = ["RangesWay"]


class RangesWay:
    """Ranges of a release; streamed where that cannot be done."""

    name = "ranges"

    def __init__(
        self,
        asker: Asker,
        release: Release,
        cache: Path,
        stream: StreamWay,
        *,
        prior: Mapping[str, float] | None = None,
        doubt: str = "",
    ) -> None:
        self._asker, self._release, self._stream = asker, release, stream
        self._cache = cache
        self._prior = prior
        self._doubt = doubt or release.caution
        self._packed: PackedDay | None = None
        self._fell_back = False
        self.notes: list[str] = []
        self.quality: DayQuality | None = None
        self.origin = release.urls[0]

    def unseen(self) -> None:
        """Aircraft are asked for by address only."""

    @property
    def shares(self) -> dict[str, float]:
        """Where folders were found, for the next day; nothing where the day was not laid out as expected."""
        return {} if self._packed is None or self._fell_back else self._packed.shares()

    def traces(self, fleet: Fleet) -> Iterator[Found]:
        """Take each address's trace out of its folder."""
        if fleet.by_word:
            raise ArchiveError("aircraft that are known by words only can be looked for in a whole day only")
        names = {member_name(a): a for a in fleet.addresses}
        yield from self._with_stream(
            names, self._trace, lambda left: self._stream.traces(Fleet(tuple(names[n] for n in left)))
        )

    def heatmaps(self, numbers: Sequence[int]) -> Iterator[Found]:
        """Take half hours."""
        names = {heatmap_member(n): n for n in numbers}
        yield from self._with_stream(names, self._heatmap, lambda left: self._stream.heatmaps([names[n] for n in left]))

    def _with_stream(
        self,
        names: Iterable[str],
        judged: Callable[[str, bytes | None], Found],
        rest: Callable[[list[str]], Iterator[Found]],
    ) -> Iterator[Found]:
        """Take by ranges as long as that works, then what is left from the stream."""
        left = list(names)
        if not self._fell_back:
            try:
                packed = self._opened()
                for name, data in packed.members(list(left)):
                    yield judged(name, data)
                    left.remove(name)
            except (LayoutError, WholeBodyError, UnavailableError) as e:
                self._fell_back = True
                self.notes.append(f"{self._release.day}: not by ranges ({e}); the release was streamed")
            finally:
                if self._packed is not None:
                    self._packed.save()
        if left:
            yield from rest(left)
            self.quality = self._stream.quality

    def _opened(self) -> PackedDay:
        if self._packed is None:
            if not follows_on(self._release):
                raise LayoutError("a part is missing")
            self._packed = PackedDay(
                self._asker,
                self._release.urls,
                cache=self._cache,
                name=self._release.day.isoformat(),
                prior=self._prior,
            )
            self.notes += [f"{self._release.day}: {seam}" for seam in self._packed.seams]
        return self._packed

    def _trace(self, name: str, data: bytes | None) -> Found:
        address = address_of(name) or name
        origin = f"{self.origin}#{name}"
        if data is not None:
            return Found(address, "received", data, origin, self._release.caution or None)
        if self._doubt:
            return Found(address, "damaged", None, self.origin, self._doubt)
        if (why := self._opened().absence(address[-2:])) is not None:
            return Found(address, "damaged", None, self.origin, why)
        return Found(address, "empty", None, self.origin)

    def _heatmap(self, name: str, data: bytes | None) -> Found:
        label = name[-len("00.bin.ttf") :][:2]
        if data is None:
            return Found(label, "missing", None, self.origin, "not in the release")
        return Found(label, "received", data, f"{self.origin}#{name}")
