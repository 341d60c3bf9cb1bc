"""Each event when the product clock has reached its time, a case's events in order, several cases at once."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from zlib import crc32

from cli.events import Event
from cli.replay.door import AT_ONCE, Door
from shared.ops.clock import Clock

LANES = 8


async def tell(
    events: Sequence[Event], door: Door, clock: Clock, done: Callable[[int], None], lanes: int = LANES
) -> None:
    """Post a log. Events of one case never overtake one another: they share a lane, which waits for answers.

    `done` hears how many more were answered.

    Raises:
        DoorClosed: the door did not take a batch.
    """
    queues: list[deque[Event]] = [deque() for _ in range(lanes)]
    for event in events:
        queues[crc32(event.subject.encode()) % lanes].append(event)

    async def run(queue: deque[Event]) -> None:
        while queue:
            await clock.sleep_until(queue[0].time)
            now = clock.now()
            batch: list[Event] = []
            while queue and queue[0].time <= now and len(batch) < AT_ONCE:
                batch.append(queue.popleft())
            await door.post(batch)
            done(len(batch))

    async with asyncio.TaskGroup() as group:
        for queue in queues:
            group.create_task(run(queue))
