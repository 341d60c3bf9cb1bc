"""Open cases by the million, written into the clock service's table as the service itself would have done.

One case is lived for real: its opening is decided by the domain, folded by the kit and saved by its store.
The others are that row with another number and another time; some of them are lived for real too, to see
that they come out the same, to the letter.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from services.clock.domain.case import CaseClocks
from services.clock.wiring import clock_process
from shared.contracts.case import CaseOpened
from shared.contracts.envelope import Fact, key_of, partition_of
from shared.contracts.topics import CASES
from shared.policyfiles import load_policies
from shared.stream.codec import encode
from shared.stream.fold import Arrival, Fold
from shared.stream.process import Process
from shared.stream.store import KitStore

PARTITIONS = 2
"""As many as cores: each turn of a partition has its fixed cost (docs/scaling.md)."""
TARGET = 30 * 86_400 * 1_000_000
POLICY = """
policy: bench
effective: 2016-01-01
title: One promise, a month away
zone: Europe/Copenhagen
severities: {P1: Production is down, P2: Something is wrong}
calendars: {always: 24x7}
coverage: always
statuses: [open]
clocks:
  resolution: {starts: case.opened, stops: case.resolved, within: 30 d}
"""
DIRECTORY = """
people: {}
teams: {}
customers:
  bench: {name: Bench Ltd, policy: bench, region: EMEA}
"""
_MODEL, _MODEL_TIME = 87_654_321, 1_767_225_600_000_000
_COLUMNS = ["key", "partition", "version", "wake_at", "thread", "body"]


class _Row(NamedTuple):
    key: str
    partition: int
    version: int
    wake_at: int
    thread: str
    body: str


def policies(folder: Path) -> Path:
    """The folder, with the policy that the cases are under."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.yaml").write_text(POLICY)
    (folder / "directory.yaml").write_text(DIRECTORY)
    return folder


def key(number: int) -> str:
    return key_of("bench", f"{number:08}")


async def fill(url: str, folder: Path, due: Sequence[int]) -> None:
    """Write one open case for each due instant, numbered from 0; `url` is the clock service's own."""
    process = clock_process(load_policies(folder))
    connection: Any = await asyncpg.connect(url, server_settings={"search_path": "clock"})
    try:
        model = _lived(process, _MODEL, _MODEL_TIME)
        written = _Template(model)
        for number in range(0, len(due), max(1, len(due) // 20)):
            assert written.row(number, due[number]) == _lived(process, number, due[number])
        rows: Iterator[_Row] = (written.row(number, at) for number, at in enumerate(due))
        await connection.copy_records_to_table("state", records=rows, columns=_COLUMNS, timeout=600)
    finally:
        await connection.close()


class _Template:
    """A lived row, cut where its number and its times stand."""

    def __init__(self, model: _Row) -> None:
        self._wake = model.wake_at - _MODEL_TIME
        self._thread = self._cut(model.thread)
        self._body = self._cut(model.body)

    @staticmethod
    def _cut(written: str) -> list[str | int]:
        """Texts, and in their place the times, as how far they lie after the due instant."""
        parts = re.split(rf"(\b\d{{16}}\b|{_MODEL:08})", written)
        return [int(part) - _MODEL_TIME if re.fullmatch(r"\d{16}", part) else part for part in parts]

    def row(self, number: int, due: int) -> _Row:
        name, shown = key(number), f"{number:08}"
        model = f"{_MODEL:08}"

        def written(parts: list[str | int]) -> str:
            return "".join(
                str(due + part) if isinstance(part, int) else shown if part == model else part
                for part in parts
            )

        return _Row(
            name,
            partition_of(name, PARTITIONS),
            1,
            due + self._wake,
            written(self._thread),
            written(self._body),
        )


def _lived(process: Process[CaseClocks], number: int, due: int) -> _Row:
    """The row that the service itself writes for such a case."""
    opened = due - TARGET
    data = CaseOpened(customer="bench", severity="P1", title="Nothing works")
    name = key(number)
    fact = Fact(name, opened, data, source="bench", id=f"opened-{number:08}", topic=CASES, sequence=1)
    fold = Fold(process, [], opened)
    fold.hear([Arrival(encode(fact, PARTITIONS), fact)])
    row = fold.result.rows[name]
    assert row.wake_at is not None
    thread, body = KitStore(process, PARTITIONS).written(row)
    assert body is not None
    return _Row(name, partition_of(name, PARTITIONS), 1, row.wake_at, thread, body)
