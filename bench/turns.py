"""What a turn costs each service in Python alone, by parts: microseconds of a processor per case event.

`python -m bench.turns` needs no server. The events of the load go through clock, escalation and notifier in
memory, in batches and at the rate asked for, and time passes with them; a turn is the kit's own, between the
record that the library of the wire made and the statement that a database would carry out. What is left of a
service's cost when this is taken away is its libraries', PostgreSQL's and the wire's.
"""

import argparse
import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from bench import load, report
from bench.chain import live_at
from bench.load import Desk
from services.clock.wiring import clock_process
from services.escalation.wiring import escalation_process
from services.notifier.wiring import notifier_process
from shared.contracts.instant import SECOND
from shared.contracts.topics import TOPICS
from shared.ops.process import collect_less
from shared.policyfiles import load_policies
from shared.stream.codec import encode
from shared.stream.fold import Fold, Stored, arrival
from shared.stream.process import Process
from shared.stream.runner import AT_A_STRETCH
from shared.stream.store import Fence, KitStore
from shared.stream.turn import Turn, runs
from shared.stream.wire import Record

BEGIN = 1_790_000_000 * SECOND
FENCE = Fence(0, "bench", 1)
PARTS = ("read facts", "read states", "decide", "write")


class NoServer:
    """Takes the statement that commits a turn with its parameters, and answers that it was carried out."""

    @property
    def held(self) -> "NoServer":
        return self

    sync_connection = connection = driver_connection = held

    def is_in_transaction(self) -> bool:
        return True

    async def fetch(self, _: str, *values: Any) -> list[tuple[int, list[int], list[str]]]:
        lists = (value for value in values if value and isinstance(value, list))
        topics = next((texts for texts in lists if TOPICS.keys() >= set(texts)), [])
        return [(1, list(range(len(topics))), topics)]


class Service:
    """A service's turns, with its states in memory."""

    def __init__(self, process: Process[Any], most: int) -> None:
        self.process = process
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.facts: Counter[str] = Counter()
        self.turns = 0
        self.waiting: deque[Record] = deque()
        self._most = most
        self._store = KitStore(process, 1)
        self._rows: dict[str, Stored] = {}
        self._due: list[tuple[int, str]] = []

    async def turn(self, now: int) -> Sequence[Record]:
        """One turn of what waits and what is due; returns what it says."""
        batch = [self.waiting.popleft() for _ in range(min(self._most, len(self.waiting)))]
        keys: list[str] = []
        while self._due and self._due[0][0] <= now and len(keys) < self._most:
            keys.append(heappop(self._due)[1])
        if not batch and not keys:
            return ()
        self.turns += 1
        with self._counted("read facts"):
            arrivals = [arrival(record, self.process) for record in batch]
        known = {one.record.key for one in arrivals if not one.passed_over} | set(keys)
        with self._counted("read states"):
            rows = [self._store.read(self._rows[key]) for key in known if key in self._rows]
        fold = Fold(self.process, rows, now)
        with self._counted("decide"):
            for place in range(0, len(arrivals), AT_A_STRETCH):
                fold.hear(arrivals[place : place + AT_A_STRETCH], place)
            fold.wake(keys)
        turn = Turn(now, now, self.process.under, heard=runs(batch), woken=tuple(keys))
        result = fold.result
        self._count(result.rows.values(), result.handled, result.passed_over)
        with self._counted("write"):
            said = await self._store.commit(cast(AsyncConnection, NoServer()), FENCE, {}, turn, result)
        for row in result.rows.values():
            if row.stored is not None:
                self._rows[row.key] = row.stored
            if row.wake_at is not None:
                heappush(self._due, (row.wake_at, row.key))
        return [record for bundle in said for record in bundle.records]

    def _count(self, rows: Any, handled: dict[str, int], passed_over: int) -> None:
        self.facts["decided"] += sum(handled.values())
        self.facts["passed over"] += passed_over
        changed = [row for row in rows if row.changed]
        self.facts["rewritten"] += sum(row.rewritten or row.version == 0 for row in changed)
        self.facts["touched"] += sum(not (row.rewritten or row.version == 0) for row in changed)

    @contextmanager
    def _counted(self, part: str) -> Iterator[None]:
        began = time.thread_time()
        yield
        self.spent[part] += time.thread_time() - began


async def run(asked: argparse.Namespace) -> list[dict[str, Any]]:
    book = load_policies(Path(__file__).parent / "policies")
    processes = (clock_process(book), escalation_process(book), notifier_process(book.directory, int))
    services = [Service(process, asked.most) for process in processes]
    offsets: defaultdict[str, int] = defaultdict(int)
    live = live_at(asked.rate)
    desk = Desk(1, live)

    def publish(records: Sequence[Record]) -> None:
        for record in records:
            placed = record._replace(offset=offsets[record.topic])
            offsets[record.topic] += 1
            for service in services:
                if record.topic in service.process.hears:
                    service.waiting.append(placed)

    def clear() -> None:
        for service in services:
            service.spent.clear()
            service.facts.clear()
            service.turns = 0

    events = 0
    now = BEGIN
    warm = 2 * live
    while events < warm + asked.events:
        if events <= warm < events + asked.batch:
            clear()
        publish([encode(fact, 1) for fact in desk.facts(asked.batch, now)])
        events += asked.batch
        now += int(asked.batch / asked.rate * SECOND)
        for service in services:
            publish(await service.turn(now))
    return [
        {
            "service": service.process.name,
            **{part: 1e6 * service.spent[part] / asked.events for part in PARTS},
            "all": 1e6 * sum(service.spent.values()) / asked.events,
            **{name: service.facts[name] / asked.events for name in service.facts},
            "facts a turn": service.facts["decided"] / service.turns,
        }
        for service in services
    ]


def main() -> None:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--rate", type=float, default=2500, help="case events a second")
    asking.add_argument("--events", type=int, default=30_000, help="that are counted")
    asking.add_argument("--batch", type=int, default=50, help="events at a time")
    asking.add_argument("--most", type=int, default=500, help="facts a turn")
    asked = asking.parse_args()
    report.header(load=load.shape())
    collect_less()
    print(report.table(asyncio.run(run(asked))))


if __name__ == "__main__":
    main()
