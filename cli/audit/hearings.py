"""Which turns heard which facts: the runs of a lane, walked along with the lane."""

import pickle
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

Hearing = tuple[str, int, int, int, str]
"""As `Moment` has it."""

REWIND = 4000
"""A turn whose commit was not known to be done is taken again: so far back at most, in facts."""


class RunsWriter:
    """Keeps a partition's runs, each lane's in a file of its own."""

    def __init__(self, folder: Path, service: str, partition: int) -> None:
        self._name = f"{service}-{partition}"
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}

    def write(self, topic: str, first: int, count: int, moment: Hearing) -> None:
        """`moment` is that of the first."""
        if topic not in self._files:
            self._files[topic] = path_of(self._folder, self._name, topic).open("wb")
        pickle.dump((first, count, moment), self._files[topic], pickle.HIGHEST_PROTOCOL)

    def close(self) -> None:
        for file in self._files.values():
            file.close()


class Hearings:
    """What one service heard of a lane. To be asked by ascending offset."""

    def __init__(self, folder: Path, service: str, lane: tuple[str, int]) -> None:
        topic, partition = lane
        self._path = path_of(folder, f"{service}-{partition}", topic)
        self._runs = self._read()
        self._next = next(self._runs, None)
        self._pending: dict[int, list[Hearing]] = defaultdict(list)

    def at(self, offset: int) -> list[Hearing]:
        """Almost always one; more where a turn was taken again."""
        while self._next is not None and self._next[0] <= offset + REWIND:
            first, count, (service, turn, place, now, under) = self._next
            for further in range(count):
                self._pending[first + further].append((service, turn, place + further, now, under))
            self._next = next(self._runs, None)
        return self._pending.pop(offset, [])

    def left(self, floor: int) -> int:
        """How many offsets from `floor` on were heard and never asked for: they are not on the wire."""
        rest = sum(count for first, count, _ in self._runs if first >= floor)
        if self._next is not None and self._next[0] >= floor:
            rest += self._next[1]
        self._next = None
        return sum(offset >= floor for offset in self._pending) + rest

    def _read(self) -> Iterator[tuple[int, int, Hearing]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            while file.peek(1):
                yield pickle.load(file)  # noqa: S301 - written by this run alone


def path_of(folder: Path, name: str, topic: str) -> Path:
    return folder / f"runs-{name}-{topic}"
