"""What the services' own metrics say, gathered all the while."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

import httpx2

from tests.chaos.stage import Stage

WATCHED = {
    "tocsin_transient_failures_total": "transient",
    "tocsin_publish_retries_total": "publish retries",
    "tocsin_partition_takeovers_total": "takeovers",
    "tocsin_fenced_total": "fenced",
    "tocsin_dead_letters_total": "dead letters",
    "tocsin_sequence_gaps_total": "GAPS",
    "tocsin_time_before_facts_total": "time before facts",
    "tocsin_clock_jumps_total": "clock jumps",
    "tocsin_clock_unaligned_total": "clock unaligned",
    "tocsin_unreached_total": "unreached",
}
"""Counters, and what a report calls them."""
_BORN = "process_start_time_seconds"
_EVERY = 0.5


class Gauges:
    """Adds up what counters gained over all processes, also over those that began anew."""

    def __init__(self, stage: Stage, http: httpx2.AsyncClient) -> None:
        self._stage = stage
        self._http = http
        self._last: dict[str, dict[str, float]] = {}
        self._gained: dict[str, float] = defaultdict(float)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            urls = self._stage.urls()
            await asyncio.gather(*(self._look(name, url) for name, url in urls.items()))
            await asyncio.sleep(_EVERY)

    def take(self) -> Mapping[str, int]:
        """What was gained since the last time."""
        gained, self._gained = self._gained, defaultdict(float)
        return {name: int(count) for name, count in gained.items() if count}

    async def _look(self, process: str, url: str) -> None:
        try:
            answer = await self._http.get(f"{url}/metrics", timeout=2)
        except httpx2.TransportError:
            return
        sums: dict[str, float] = defaultdict(float)
        for line in answer.text.splitlines():
            name = line.partition("{")[0].partition(" ")[0]
            if name in WATCHED or name == _BORN:
                sums[name] += float(line.rpartition(" ")[2])
        before = self._last.get(process, {})
        if sums[_BORN] != before.get(_BORN):
            before = {}  # a process that began anew counts from nothing
        for name, called in WATCHED.items():
            self._gained[called] += sums[name] - before.get(name, 0)
        self._last[process] = sums
