"""Which webhooks answered 410 Gone and are not called for a day: known to all processes, read seldom."""

from collections.abc import Awaitable, Callable

from shared.contracts.instant import SECOND
from shared.ops.clock import Clock
from shared.stream.transient import TryAgain as Away
from shared.stream.transient import transient

BELIEVED = 10 * SECOND
"""Physical time for which the list is not read again."""


class Switch:
    """`read` lists the URLs that are off, `write` adds one."""

    def __init__(
        self,
        read: Callable[[], Awaitable[frozenset[str]]],
        write: Callable[[str], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._read = read
        self._write = write
        self._clock = clock
        self._off: frozenset[str] = frozenset()
        self._read_at = 0

    async def is_off(self, url: str) -> bool:
        now = self._clock.real_now()
        if now - self._read_at > BELIEVED:
            self._read_at = now  # first, so that of many messages one asks
            try:
                with transient():
                    self._off = await self._read()
            except Away:
                self._read_at = 0  # what was known stands: no message waits for this
        return url in self._off

    async def turn_off(self, url: str) -> None:
        self._off |= {url}
        try:
            with transient():
                await self._write(url)
        except Away:
            self._read_at = self._clock.real_now()  # the next 410 writes it down
