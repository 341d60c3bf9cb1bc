"""Procrastinate under the load of bench/due.py: jobs with `scheduled_at`, one worker, psycopg 3."""

import asyncio
from array import array
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from bench.peers.notes import Notes, main

CONCURRENCY = 20
POLL = 0.01
CHUNK = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

peer: Any = import_module("procrastinate")
jobs: Any = import_module("procrastinate.jobs")


def app_on(url: str) -> Any:
    return peer.App(connector=peer.PsycopgConnector(conninfo=url, min_size=CONCURRENCY, max_size=CONCURRENCY))


async def fill(url: str, due: "array[int]") -> None:
    app = app_on(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for first in range(0, len(due), CHUNK):
            await app.job_manager.batch_defer_jobs_async(
                [
                    jobs.Job(
                        queue="default",
                        lock=None,
                        queueing_lock=None,
                        task_name="bench",
                        task_kwargs={"number": number},
                        scheduled_at=EPOCH + timedelta(microseconds=at),
                    )
                    for number, at in enumerate(due[first : first + CHUNK], first)
                ]
            )


async def work(url: str, notes: Notes, stop: asyncio.Event) -> None:
    app = app_on(url)

    @app.task(name="bench", pass_context=True)  # type: ignore[untyped-decorator]
    async def handler(context: Any, number: int) -> None:
        notes.called(number, context.job.scheduled_at, context.job.id)

    async with app.open_async():
        running = asyncio.create_task(
            app.run_worker_async(
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=POLL,
                install_signal_handlers=False,
                shutdown_graceful_timeout=5,
            )
        )
        await stop.wait()
        running.cancel()
        await asyncio.wait([running])


if __name__ == "__main__":
    main(fill, work)
