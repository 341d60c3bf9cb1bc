"""How far the wire is: asked for by every partition before time is let through, answered for all at once."""

import asyncio
from collections.abc import Mapping, Sequence

from shared.stream.wire import Wire, WireUnavailable


class Ends:
    """Where the lanes of some topics end at this instant.

    Partitions ask at the same moment when much falls due: what is asked while a question is under way waits
    for the next one, which goes out for all of them together. An answer is never older than its question.
    """

    def __init__(self, wire: Wire, topics: Sequence[str]) -> None:
        self._wire = wire
        self._topics = topics
        self._waiting: dict[int, asyncio.Future[Mapping[str, float]]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, partition: int) -> Mapping[str, float]:
        """The next offset of each topic; endless where the wire is away: then time waits its most."""
        waiting = self._waiting.get(partition)
        if waiting is None:
            loop = asyncio.get_running_loop()
            waiting = self._waiting[partition] = loop.create_future()
            if self._asking is None:
                self._asking = loop.create_task(self._ask())
        return await asyncio.shield(waiting)

    async def _ask(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                try:
                    ends = await self._ask_for(list(asked))
                except BaseException as failed:
                    for waiting in asked.values():
                        waiting.set_exception(failed)
                    raise
                for partition, waiting in asked.items():
                    waiting.set_result(ends[partition])
        finally:
            self._asking = None

    async def _ask_for(self, partitions: Sequence[int]) -> Mapping[int, Mapping[str, float]]:
        lanes = [(topic, partition) for partition in partitions for topic in self._topics]
        try:
            ends: Mapping[tuple[str, int], float] = await self._wire.ends(lanes)
        except WireUnavailable:
            ends = dict.fromkeys(lanes, float("inf"))
        return {
            partition: {topic: ends[topic, partition] for topic in self._topics} for partition in partitions
        }
