"""What is looked at every two seconds while a bench runs: processes in /proc, services by their metrics."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import ground
from bench.system import System

OTHERS = "all others here"
"""Whatever else the machine did, the kernel's own work for us included: near 0 where it is quiet."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. `lag` and `outbox` in facts, by instance; `handled` facts and `turns` since its start, by
    instance."""

    at: float
    cpu: Mapping[str, float]
    lag: Mapping[str, float]
    outbox: Mapping[str, float]
    handled: Mapping[str, float]
    turns: Mapping[str, float]


@dataclass(slots=True)
class Sampler:
    """Looks at a system every two seconds until it is stopped."""

    system: System
    samples: list[Sample] = field(default_factory=list)

    async def look(self) -> Sample:
        self.system.alive()
        shown = {instance: await metrics(service.port) for instance, service in self.system.running.items()}
        sample = Sample(
            time.perf_counter(),
            cpu_of(self.system),
            {name: total(one, "tocsin_consumer_lag_facts") for name, one in shown.items()},
            {name: total(one, "tocsin_outbox_facts") for name, one in shown.items()},
            {name: total(one, "tocsin_facts_handled_total") for name, one in shown.items()},
            {name: total(one, "tocsin_turns_total") for name, one in shown.items()},
        )
        self.samples.append(sample)
        return sample

    async def run(self, stop: asyncio.Event, every: float = 2.0) -> None:
        while not stop.is_set():
            await self.look()
            try:
                async with asyncio.timeout(every):
                    await stop.wait()
            except TimeoutError:
                continue

    async def drained(self, within: float) -> float:
        """Seconds until nothing waits anywhere; raises TimeoutError."""
        began = time.perf_counter()
        calm = 0
        async with asyncio.timeout(within):
            while calm < 2:  # twice: what one has said is not yet in the next one's lag
                await asyncio.sleep(2.1)  # the services measure every two seconds
                sample = await self.look()
                waiting = sum(sample.lag.values()) + sum(sample.outbox.values())
                calm = calm + 1 if waiting == 0 else 0
        return time.perf_counter() - began


def cpu_of(system: System) -> dict[str, float]:
    """CPU seconds so far of every process, and of this one, which makes the load and looks on."""
    pids = system.pids()
    used = {name: ground.cpu(pid) for name, pid in pids.items()}
    times = os.times()
    used["load and looking on"] = times.user + times.system
    return used | {OTHERS: _busy() - sum(used.values())}


def shares(before: Sample, after: Sample) -> dict[str, float]:
    """Cores that each process has used in between, on average."""
    seconds = after.at - before.at
    return {name: (after.cpu[name] - used) / seconds for name, used in before.cpu.items()}


def _busy() -> float:
    """Seconds that all cores have worked since the machine's start."""
    user, nice, system, _, _, irq, soft, stolen = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + soft + stolen) / os.sysconf("SC_CLK_TCK")


async def metrics(port: int) -> dict[str, float]:
    """A service's metrics, by name with labels."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
    finally:
        writer.close()
    found = {}
    for line in answer.partition(b"\r\n\r\n")[2].decode().splitlines():
        if line.startswith("tocsin_"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def total(shown: Mapping[str, float], name: str, label: str = "") -> float:
    """The sum over a metric's labels, or over those that have `label` in them."""
    return sum(
        value
        for each, value in shown.items()
        if (each == name or each.startswith(f"{name}{{")) and label in each
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The trend in units a second, by least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    square = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / square if square else 0.0


def resident(pid: int) -> int:
    """Bytes resident."""
    return ground.memory(pid)


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - a count


def threads(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("Threads:")[1].split(maxsplit=1)[0])
