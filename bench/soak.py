"""An hour of load on the whole chain: do memory, files, threads, tables, indexes and lag stay flat?

Every row says flat or not by one rule: the trend over the second half (least squares), taken over an hour, is
below a tenth of the mean there, or all of it is negligible. Tables that only grow (journal, turns, the log of
the Postgres wire) and the rows of cases are shown by the event: what they hold is theirs to hold. Dead rows
are cleared once they are a share of a table, so of tables that grow they are counted by its size.
"""

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import uvloop

from bench import report
from bench.chain import CONNECTIONS, live_at
from bench.driving import drive, open_all
from bench.load import Desk, shape
from bench.sampling import Sampler, open_files, resident, slope, threads
from bench.sender import Sender
from bench.system import System, machine_of, system
from cli.provisioning import SERVICES

RULE = 0.1
"""Of the mean, an hour."""
FEW = 200
"""Rows of a table that nobody need look at."""
EVERY = 15.0
"""Seconds between looks."""

_TABLES = """SELECT schemaname || '.' || relname, pg_relation_size(relid), pg_indexes_size(relid), n_live_tup,
    n_dead_tup, n_tup_upd, n_tup_hot_upd, autovacuum_count
    FROM pg_stat_user_tables WHERE schemaname = ANY($1)"""
_WAL = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"


@dataclass(slots=True)
class Watched:
    """Points of every curve: (seconds, value)."""

    curves: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[str, dict[str, float]] = field(default_factory=dict)
    """The last look at each."""
    wal: list[float] = field(default_factory=list)


async def look_on(made: System, sampler: Sampler, watched: Watched, stop: asyncio.Event) -> None:
    connection: Any = await asyncpg.connect(made.admin_url)
    began = time.perf_counter()
    try:
        while not stop.is_set():
            at = time.perf_counter() - began
            sample = await sampler.look()
            for name, service in made.running.items():
                watched.curves[f"{name}: MB resident"].append((at, resident(service.pid) / 1e6))
                watched.curves[f"{name}: open files"].append((at, open_files(service.pid)))
                watched.curves[f"{name}: threads"].append((at, threads(service.pid)))
                watched.curves[f"{name}: lag"].append((at, sample.lag.get(name, 0)))
                watched.curves[f"{name}: outbox"].append((at, sample.outbox[name]))
            for name, *numbers in await connection.fetch(_TABLES, [*SERVICES, "wire", "access"]):
                heads = ("bytes", "index bytes", "live", "dead", "updates", "hot updates", "vacuums")
                watched.tables[name] = table = dict(zip(heads, map(float, numbers), strict=True))
                watched.curves[f"{name}: MB"].append((at, table["bytes"] / 1e6))
                watched.curves[f"{name}: index MB"].append((at, table["index bytes"] / 1e6))
                watched.curves[f"{name}: dead rows"].append((at, table["dead"]))
            watched.wal.append(float(await connection.fetchval(_WAL)))
            try:
                async with asyncio.timeout(EVERY):
                    await stop.wait()
            except TimeoutError:
                continue
    finally:
        await connection.close()


async def run(made: System, asked: argparse.Namespace) -> tuple[Watched, int, int]:
    live = live_at(asked.rate)
    desk, watched, stop = Desk(asked.seed, live), Watched(), asyncio.Event()
    sender, sampler = Sender(made.doors, made.key, CONNECTIONS), Sampler(made)
    await sender.open()
    await open_all(sender, desk, live, asked.batch, asked.rate)
    await sampler.drained(300)
    sender.tally.clear()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(look_on(made, sampler, watched, stop))
        await drive(sender, desk, asked.rate, asked.minutes * 60, asked.batch)
        stop.set()
    await sender.settle(60)
    await sampler.drained(300)
    sender.close()
    return watched, sender.tally.accepted, sender.tally.refused


def grows_with_the_cases(name: str) -> bool:
    """Whether what a table holds is one row or more for each case or event, for ever."""
    table = name.partition(":")[0].rpartition(".")[2]
    return table in {"journal", "known_case", "numbering", "state", "log", "turn", "acknowledgement"}


def dead_by_size(watched: Watched) -> dict[str, list[tuple[float, float]]]:
    """Of each table that grows: dead rows a MB of it."""
    tables = {name.partition(":")[0] for name in watched.curves if grows_with_the_cases(name)}
    return {
        f"{table}: dead rows a MB": [
            (at, dead / max(size, 1))
            for (at, dead), (_, size) in zip(
                watched.curves[f"{table}: dead rows"], watched.curves[f"{table}: MB"], strict=True
            )
        ]
        for table in tables
    }


def judge(watched: Watched) -> list[dict[str, Any]]:
    """A row for each curve that has to be flat, and whether it is."""
    rows = []
    for name, points in sorted({**watched.curves, **dead_by_size(watched)}.items()):
        if grows_with_the_cases(name) and not name.endswith("a MB"):
            continue
        half = points[len(points) // 2 :]
        mean = sum(value for _, value in half) / len(half)
        hourly = slope(half) * 3600
        small = max(value for _, value in half) <= _negligible(name)
        flat = small or hourly <= RULE * mean
        rows.append(
            {
                "what": name,
                "at first": points[0][1],
                "mean of the second half": mean,
                "at last": points[-1][1],
                "trend an hour": hourly,
                "flat": "flat" if flat else "NOT FLAT",
                "negligible": small,
            }
        )
    return rows


def _negligible(name: str) -> float:
    """What is too small to have a trend: a second's worth of facts, a few pages of a table."""
    kind = name.rpartition(": ")[2]
    few = {"lag": 3000, "outbox": 3000, "MB": 4, "index MB": 4, "dead rows": 5000, "dead rows a MB": 10}
    return few.get(kind, 0)


def growth(watched: Watched, events: int) -> list[dict[str, Any]]:
    """What each table holds by the event, and how its updates were done."""
    rows = []
    for name, table in sorted(watched.tables.items()):
        if table["live"] + table["updates"] + table["dead"] < FEW:
            continue
        first = {kind: watched.curves[f"{name}: {kind}"][0][1] for kind in ("MB", "index MB")}
        rows.append(
            {
                "table": name,
                "grows": "with the cases" if grows_with_the_cases(f"{name}:") else "",
                "bytes an event": (table["bytes"] - 1e6 * first["MB"]) / events,
                "index bytes an event": (table["index bytes"] - 1e6 * first["index MB"]) / events,
                "live rows": int(table["live"]),
                "dead rows": int(table["dead"]),
                "updates": int(table["updates"]),
                "of them HOT": f"{table['hot updates'] / table['updates']:.0%}" if table["updates"] else "",
                "autovacuums": int(table["vacuums"]),
            }
        )
    return rows


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--rate", type=float, default=1500, help="events a second: half of what is held")
    asking.add_argument("--minutes", type=float, default=60)
    asking.add_argument("--batch", type=int, default=100)
    asking.add_argument("--wire", choices=["kafka", "postgres"], default="kafka")
    asking.add_argument("--seed", type=int, default=1)
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    with system(asked.wire) as made:
        made.start(*SERVICES)
        told = report.header(**machine_of(made), load=f"{asked.rate:g} events a second; {shape()}")
        watched, accepted, refused = uvloop.run(run(made, asked))
    rows, tables = judge(watched), growth(watched, accepted)
    shown = [row for row in rows if not row["negligible"]]
    print(report.table([{k: v for k, v in row.items() if k != "negligible"} for row in shown]))
    print(f"and {len(rows) - len(shown)} that are negligible\n")
    print(report.table(tables), "\n")
    wal = (watched.wal[-1] - watched.wal[0]) / accepted
    print(f"{accepted:,} events accepted, {refused} refused; {wal:,.0f} bytes of WAL an event")
    met = refused == 0 and all(row["flat"] == "flat" for row in rows)
    print(f"bar: all flat: {'met' if met else 'MISSED'}")
    curves = {name: [(round(at), value) for at, value in points] for name, points in watched.curves.items()}
    if asked.save:
        report.save("soak", told, rows, tables=tables, curves=curves, wal_bytes_an_event=wal, met=met)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
