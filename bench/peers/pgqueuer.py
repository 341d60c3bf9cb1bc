"""PgQueuer under the load of bench/due.py: jobs deferred with `execute_after`, one QueueManager, asyncpg.

As its guide to performance says: a pool, larger batches for short jobs, its autovacuum settings; on uvloop,
as its own command runs. Each dequeue passes over all that is not due yet, so that a large batch is what
lets it keep up. The smallest poll interval is 100 ms of its own accord, and set to 5 ms here.
"""

import asyncio
import time
from array import array
from datetime import timedelta
from importlib import import_module
from typing import Any

from bench.peers.notes import Notes, main

BATCH = 1000
POLL = timedelta(milliseconds=5)
CHUNK = 10_000

asyncpg: Any = import_module("asyncpg")
peer: Any = import_module("pgqueuer")
drivers: Any = import_module("pgqueuer.db")
uvloop: Any = import_module("uvloop")


async def fill(url: str, due: "array[int]") -> None:
    connection = await asyncpg.connect(url)
    queries = peer.Queries(drivers.AsyncpgDriver(connection))
    await queries.install()
    await queries.optimize_autovacuum()
    for first in range(0, len(due), CHUNK):
        chunk, now = due[first : first + CHUNK], time.time_ns() // 1000
        await queries.enqueue(
            ["bench"] * len(chunk),
            [str(number).encode() for number in range(first, first + len(chunk))],
            [0] * len(chunk),
            [timedelta(microseconds=at - now) for at in chunk],
        )
    await connection.close()


async def work(url: str, notes: Notes, stop: asyncio.Event) -> None:
    async with asyncpg.create_pool(url, min_size=4, max_size=4) as pool:
        queue = peer.PgQueuer(drivers.AsyncpgPoolDriver(pool))
        queue.qm.min_dequeue_poll_interval = POLL

        @queue.entrypoint("bench")  # type: ignore[untyped-decorator]
        async def handler(job: Any) -> None:
            notes.called(int(job.payload), job.execute_after, job.id)

        # Statistics rewrite the log's rows: off, so that each keeps the instant of its commit.
        running = asyncio.create_task(
            queue.qm.run(batch_size=BATCH, dequeue_timeout=POLL, log_aggregation_interval=timedelta(0))
        )
        await stop.wait()
        queue.qm.shutdown.set()
        await running


if __name__ == "__main__":
    main(fill, work, uvloop.run)
