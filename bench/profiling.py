"""Where the time goes: py-spy on the services, without touching them, and PostgreSQL's own statistics.

py-spy is installed on demand, apart from the project.
"""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg

from bench import ground, report
from bench.system import System

SETTINGS = {**ground.SETTINGS, "shared_preload_libraries": "pg_stat_statements"}
"""Of a server that is to be profiled."""

_STATEMENTS = r"""SELECT r.rolname AS role, calls, total_exec_time AS ms, rows, wal_bytes, query
    FROM pg_stat_statements JOIN pg_roles r ON r.oid = userid
    WHERE query ~* '^\s*(with|select|insert|update|delete)' ORDER BY total_exec_time DESC LIMIT 25"""
PARTS = {
    "decide": r"services/\w+/domain/",
    "read states": r"KitStore\.load|shared/stream/rows\.py",
    "read facts": r"\barrival \(|decode \(shared/stream/codec",
    "write what came of it": r"KitStore\.commit",
    "publish": r"shared/stream/relay\.py|aiokafka/producer|Door\._publish",
    "read the wire": r"shared/stream/wire_\w+\.py|aiokafka/consumer|Engine\._read",
    "the door": r"shared/stream/door\.py|services/intake/|uvicorn|starlette",
    "the rest of a turn": r"shared/stream/",
    "event loop and all else": r"",
}
"""What a sample is counted as: the first of these that one of its frames is of."""
_SPY = ground.HOME / "tools" / "bin" / "py-spy"
_running: dict[str, "subprocess.Popen[bytes]"] = {}


def start(system: System, seconds: float) -> None:
    """Record every service for so long, a hundred samples a second. Costs some of a core."""
    if not _SPY.exists():
        wanted = ["--target", str(_SPY.parents[1]), "py-spy==0.4.3"]
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *wanted], check=True)
    for instance, service in system.running.items():
        stacks = _file(system, instance)
        options = ["record", "--pid", str(service.pid), "--duration", str(int(seconds)), "--rate", "100"]
        argv = [str(_SPY), *options, "--format", "raw", "--output", str(stacks)]
        log = (system.plan.logs / f"{instance}.spy.log").open("wb")
        _running[instance] = subprocess.Popen(argv, stdout=log, stderr=log)


def parts(system: System) -> list[dict[str, Any]]:
    """The share of each part of the work in each service's time."""
    shares = {instance: _parts(_file(system, instance)) for instance in _ended()}
    return [{"part": part, **{who: share[part] for who, share in shares.items()}} for part in PARTS]


def _parts(stacks: Path) -> dict[str, str]:
    counted: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        counted[next(part for part, of in PARTS.items() if re.search(of, stack))] += int(count)
    samples = max(1, sum(counted.values()))
    return {part: f"{counted[part] / samples:.0%}" for part in PARTS}


def _ended() -> list[str]:
    for spy in _running.values():
        spy.wait()
    return list(_running)


def tops(system: System, most: int = 40) -> str:
    """The functions that take most, by themselves and with what they call: shares of a service's time."""
    told = []
    for instance in _ended():
        stacks = _file(system, instance)
        if not stacks.exists():
            told.append(f"{instance}: {(system.plan.logs / f'{instance}.spy.log').read_text()[-500:]}")
            continue
        told.append(_top(instance, stacks.read_text(), most))
    return "\n\n".join([*told, asyncio.run(_statements(system))])


async def _statements(system: System) -> str:
    """The statements that took most of the server's time since its start."""
    connection: Any = await asyncpg.connect(system.admin_url)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        rows = await connection.fetch(_STATEMENTS)
    finally:
        await connection.close()
    return report.table(
        [
            {
                "role": row["role"].removeprefix("tocsin_"),
                "calls": row["calls"],
                "ms in all": float(row["ms"]),
                "ms each": float(row["ms"]) / row["calls"],
                "rows each": row["rows"] / row["calls"],
                "WAL bytes each": float(row["wal_bytes"]) / row["calls"],
                "statement": " ".join(row["query"].split())[:90].replace("|", "/"),
            }
            for row in rows
        ]
    )


def _file(system: System, instance: str) -> Path:
    return system.plan.logs / f"{instance}.stacks"


def _top(instance: str, text: str, most: int) -> str:
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        for frame in set(frames):
            whole[frame] += int(count)
    samples = max(1, sum(own.values()))

    def lines(counted: Counter[str]) -> str:
        return "\n".join(
            f"  {count / samples:6.1%}  {_short(frame)}" for frame, count in counted.most_common(most)
        )

    return f"{instance}: {samples} samples\n by itself\n{lines(own)}\n with what it calls\n{lines(whole)}"


def _short(frame: str) -> str:
    return frame.replace(str(ground.ROOT) + "/", "").replace("site-packages/", "")
