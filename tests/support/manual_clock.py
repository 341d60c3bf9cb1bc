"""A clock that stands still until the test moves it."""

import asyncio
import heapq
import itertools


class ManualClock:
    """Product and physical time in one, moved by `advance` and `advance_to`, sleepers woken in due order."""

    aligned = True

    def __init__(self, start: int) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now(self) -> int:
        return self._now

    def real_now(self) -> int:
        return self._now

    def span(self, real_us: int) -> int:
        return real_us

    def at(self, real: int) -> int:
        return real

    async def sleep_until(self, instant: int) -> None:
        if instant <= self._now:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (instant, next(self._order), woken))
        await woken

    @property
    def next_wake(self) -> int | None:
        """The instant that the earliest sleeper waits for."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def advance(self, span: int) -> None:
        """Let `span` pass; who falls due wakes at its own instant, and runs before the next."""
        await self.advance_to(self._now + span)

    async def advance_to(self, instant: int) -> None:
        """As `advance`, to an instant."""
        assert instant >= self._now, "time does not go back"
        while (wake := self.next_wake) is not None and wake <= instant:
            self._now = wake
            _, _, woken = heapq.heappop(self._sleepers)
            woken.set_result(None)
            await self.settle()
        self._now = instant
        await self.settle()

    @staticmethod
    async def settle(turns: int = 20) -> None:
        """Let the woken run: enough turns of the loop for chains of tasks that do no I/O."""
        for _ in range(turns):
            await asyncio.sleep(0)
