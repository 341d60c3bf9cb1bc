"""Calls to the outside world, made once what asked for them is committed; each comes back as a fact."""

import asyncio
from collections.abc import Callable

import structlog

from shared.contracts.decision import Call
from shared.contracts.envelope import Fact
from shared.stream.process import Caller
from shared.stream.waiting import GRACE


class Calls:
    """The calls of one partition. `ended` hears the outcome of each, `failed` a bug in the caller."""

    def __init__(
        self,
        caller: Caller | None,
        at_once: asyncio.Semaphore,
        ended: Callable[[Fact], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._caller = caller
        self._at_once = at_once
        self._ended = ended
        self._failed = failed
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, key: str, call: Call) -> None:
        task = asyncio.get_running_loop().create_task(self._carry_out(key, call))
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def finish(self) -> None:
        """Calls under way get a moment to end, so that their fate is on record and need not be found out."""
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=GRACE)

    def cancel(self) -> None:
        for task in self._under_way:
            task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._failed(bug)

    async def _carry_out(self, key: str, call: Call) -> None:
        if self._caller is None:
            raise TypeError("a decision asks for a call, and the process has nobody to make it")
        with structlog.contextvars.bound_contextvars(case=key, effect=call.effect):
            async with self._at_once:
                outcome = await self._caller(key, call)
        self._ended(outcome)
