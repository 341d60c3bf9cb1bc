"""Cases in bounded memory: as many files as keep the cases of one of them few (Grace hashing)."""

import pickle
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

from cli.audit.dossier import Dossier, put

FACTS_A_BUCKET = 20_000
MOST = 400
"""Files open at once; below what a process may usually have."""


class Buckets:
    """Temporary files of this run in a folder of its own, one for each part of the cases."""

    def __init__(self, folder: Path, facts: int) -> None:
        count = min(MOST, max(1, -(-facts // FACTS_A_BUCKET)))
        self._paths = [folder / f"bucket-{number}" for number in range(count)]
        self._leaving = ExitStack()
        self._files = [self._leaving.enter_context(path.open("wb")) for path in self._paths]

    def __len__(self) -> int:
        return len(self._paths)

    def put(self, key: str, kind: str, value: Any) -> None:
        file = self._files[crc32(key.encode()) % len(self._files)]
        file.write(pickle.dumps((key, kind, value), pickle.HIGHEST_PROTOCOL))

    def dossiers(self) -> Iterator[list[Dossier]]:
        """Bucket by bucket, all its cases; the one before may be forgotten."""
        for file, path in zip(self._files, self._paths, strict=True):
            file.close()
            yield list(_read(path).values())
            path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._leaving.close()


def _read(path: Path) -> dict[str, Dossier]:
    cases: dict[str, Dossier] = {}
    with path.open("rb") as file:
        while file.peek(1):
            key, kind, value = pickle.load(file)  # noqa: S301 - written by this run alone
            if key not in cases:
                cases[key] = Dossier(key)
            put(cases[key], kind, value)
    return cases
