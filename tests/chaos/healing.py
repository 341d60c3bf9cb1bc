"""When is the system healed? When what was outstanding is worked off, and a new case makes its way through.

Measured from the end of the fault to the last of: every service is ready; a case that is late when it is
opened has its page at the receiver; every fact that was on the wire is handled, every one said published.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import httpx2

from cli.provisioning import SERVICES
from shared.contracts.instant import SECOND
from shared.contracts.topics import TOPICS
from shared.ops.clock import RealClock
from shared.stream.wire import Lane, Wire, WireUnavailable
from tests.chaos.load import Load, now_event
from tests.chaos.stage import AWAY, PARTITIONS, Stage

PATIENCE = 120.0
"""Seconds in which a system heals; one that needs longer has not."""
_AGAIN = 0.05
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Healed:
    """Seconds until each sign of health was there, and until all were."""

    signs: Mapping[str, float]

    @property
    def seconds(self) -> float:
        return max(self.signs.values())


class NotHealed(AssertionError):
    """A sign of health is missing after all patience."""


class Healing:
    def __init__(self, stage: Stage, load: Load, http: httpx2.AsyncClient, wire: Wire) -> None:
        self._stage = stage
        self._load = load
        self._http = http
        self._wire = wire
        self._clock = RealClock()
        self._probes = 0

    async def seen(self) -> Healed:
        """Wait until the system is healed; raises NotHealed."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        signs: dict[str, float] = {}

        async def sign(name: str, wait: Callable[[], Awaitable[None]]) -> None:
            await wait()
            signs[name] = loop.time() - begun

        waits = {"page": self._probe, "ready": self._ready, "lag": self._no_lag, "outbox": self._no_outbox}
        try:
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
                for name, wait in waits.items():
                    tasks.create_task(sign(name, wait))
        except TimeoutError:
            missing = ", ".join(name for name in waits if name not in signs)
            raise NotHealed(f"not healed after {PATIENCE:.0f} s: no sign of {missing}") from None
        return Healed(signs)

    async def _probe(self) -> None:
        self._probes += 1
        case = f"PROBE-{self._probes}"
        opened = now_event(case, "case.opened", case, self._clock.now() - 2 * SECOND, customer="probe")
        await self._load.post(opened)
        arrivals = self._stage.outside.arrivals
        while not any(one.taken and one.data.get("case") == case for one in arrivals):
            await asyncio.sleep(_AGAIN)
        await self._load.post(now_event(f"{case}-2", "support.replied", case, self._clock.now()))

    async def _ready(self) -> None:
        for url in self._stage.urls().values():
            while not await self._says_ready(url):
                await asyncio.sleep(_AGAIN)

    async def _says_ready(self, url: str) -> bool:
        try:
            return (await self._http.get(f"{url}/health/ready", timeout=5)).status_code == httpx2.codes.OK
        except httpx2.TransportError:
            return False

    async def _no_lag(self) -> None:
        """All that is on the wire now is handled."""
        ends = await self._insist(self._ends)
        while await self._insist(lambda: self._behind(ends)):
            await asyncio.sleep(_AGAIN)

    async def _no_outbox(self) -> None:
        """All that is said now is published."""
        newest = await self._insist(self._newest)
        while await self._insist(lambda: self._unsaid(newest)):
            await asyncio.sleep(_AGAIN)

    async def _ends(self) -> Mapping[Lane, int]:
        return await self._wire.ends([(topic, part) for topic in TOPICS for part in range(PARTITIONS)])

    async def _behind(self, ends: Mapping[Lane, int]) -> int:
        behind = 0
        for service in SERVICES:
            for partition, positions in await self._stage.rows(
                f"SELECT partition, positions FROM {service}.partition"
            ):
                read: dict[str, int] = json.loads(positions)
                behind += sum(max(0, ends[topic, partition] - at) for topic, at in read.items())
        return behind

    async def _newest(self) -> dict[str, int]:
        return {
            service: (await self._stage.rows(f"SELECT max(number) FROM {service}.outbox"))[0][0] or 0
            for service in SERVICES
        }

    async def _unsaid(self, newest: Mapping[str, int]) -> int:
        unsaid = 0
        for service, number in newest.items():
            rows = f"SELECT count(*) FROM {service}.outbox WHERE number <= $1"
            unsaid += (await self._stage.rows(rows, number))[0][0]
        return unsaid

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await ask()
            except (*AWAY, WireUnavailable):
                await asyncio.sleep(_AGAIN)
