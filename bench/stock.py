"""Stores full of open cases: the services make some, and their rows are copied under new keys.

So states are encoded as the services encode them, whatever that is, and a million cases take minutes. Of the
journal the openings alone are copied.
"""

import time
from typing import Any

import asyncpg

from bench.load import TENANT, event, opening
from bench.sampling import Sampler
from bench.sender import Sender
from bench.system import System

PATTERNS = 500
PAGE = 250_000
TABLES = (
    "intake.numbering",
    "intake.known_case",
    "intake.journal",
    "intake.state",
    "clock.state",
    "escalation.state",
    "notifier.state",
)
CLOCKS_OPEN = 3
"""Of each case: first response, ongoing update, resolution."""

_COLUMNS = """SELECT column_name FROM information_schema.columns
    WHERE table_schema = $1 AND table_name = $2 AND is_generated = 'NEVER' AND is_identity = 'NO'
    ORDER BY ordinal_position"""
_NEW = {
    "key": "replace({0}, {old}, {new})",
    "id": "replace({0}, {old}, {new})",
    "partition": "crc32(convert_to(replace(key, {old}, {new}), 'UTF8')) % {partitions}",
    "position": "{0} + (1 + copy.n)::bigint * 1000000",
}
"""What differs from copy to copy; every other column is as the services wrote it."""


def subject(number: int) -> str:
    """The case of that number, from 0."""
    return f"S{number // PATTERNS:07}P{number % PATTERNS:05}"


async def patterns(made: System) -> None:
    """Open the first cases through the services that run, with three clocks open each, due in many hours."""
    sender = Sender(made.doors, made.key, 4)
    await sender.open()
    now = time.time_ns() // 1000
    for number in range(PATTERNS):
        case = subject(number)
        said = [
            opening(case, "low", now),
            event(case, 2, "case.status_changed", {"status": "new"}, now),
            event(case, 3, "case.changed", {"assignee": "Ada"}, now),
            event(case, 4, "case.status_changed", {"status": "active"}, now),
        ]
        sender.post(said, time.perf_counter())
    await sender.settle()
    if sender.tally.refused:
        raise RuntimeError(f"the patterns were refused: {sender.tally.first_refusal}")
    await Sampler(made).drained(120)
    sender.close()


async def multiply(made: System, cases: int, already: int = PATTERNS) -> None:
    """Copy the patterns' rows until there are so many cases; nothing else may write meanwhile."""
    connection: Any = await asyncpg.connect(made.admin_url)
    try:
        for table in TABLES:
            columns = [row[0] for row in await connection.fetch(_COLUMNS, *table.split("."))]
            first, last = already // PATTERNS, -(-cases // PATTERNS) - 1
            step = PAGE // PATTERNS
            for begin in range(first, last + 1, step):
                await connection.execute(
                    _copy(table, columns, begin, min(last, begin + step - 1), made.plan.partitions)
                )
            await connection.execute(f"VACUUM (ANALYZE) {table}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _copy(table: str, columns: list[str], first: int, last: int, partitions: int) -> str:
    made = "'S' || lpad(copy.n::text, 7, '0') || 'P'"
    words = {"old": "'S0000000P'", "new": made, "partitions": partitions}
    new = [_NEW.get(column, "{0}").format(f'pattern."{column}"', **words) for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    some = " AND type = 'case.opened'" if table == "intake.journal" else ""
    patterns = f"(SELECT * FROM {table} WHERE key LIKE '{TENANT}/S0000000P%'{some}) AS pattern"
    return (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(new)}"
        f" FROM generate_series({first}, {last}) AS copy (n) CROSS JOIN {patterns} ORDER BY copy.n"
    )


async def sizes(made: System) -> dict[str, int]:
    """Bytes in each table, with its indexes."""
    size = "SELECT pg_total_relation_size($1::regclass)"
    connection: Any = await asyncpg.connect(made.admin_url)
    try:
        return {table: int(await connection.fetchval(size, table)) for table in TABLES}
    finally:
        await connection.close()
