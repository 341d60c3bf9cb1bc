"""What was submitted to a door and is not answered yet: queues for transactions that follow one another."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST = 1000
"""Items a transaction."""


@dataclass(frozen=True, slots=True)
class Submission(Generic[Item]):
    """One item, and the key of the case that it is about."""

    key: str
    item: Item


@dataclass(frozen=True, slots=True)
class Submitted(Generic[Item, Answer]):
    """What is handled in one transaction, and where the answers go."""

    items: Sequence[Submission[Item]]
    answered: "asyncio.Future[Sequence[Answer]]"

    def answer(self, answers: Sequence[Answer]) -> None:
        if not self.answered.done():  # nobody waits any more
            self.answered.set_result(answers)

    def fail(self, why: Exception) -> None:
        if not self.answered.done():
            self.answered.set_exception(why)


@dataclass(slots=True)
class Queue(Generic[Item, Answer]):
    """What waits for the next of the transactions that follow one another."""

    waiting: list[Submitted[Item, Answer]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    unanswered: int = 0
    """Items that wait, or are in a transaction."""

    def add(self, items: Sequence[Submission[Item]]) -> "asyncio.Future[Sequence[Answer]]":
        answered: asyncio.Future[Sequence[Answer]] = asyncio.get_running_loop().create_future()
        self.waiting.append(Submitted(items, answered))
        self.unanswered += len(items)
        self.news.set()
        return answered

    def take(self) -> list[Submitted[Item, Answer]]:
        """As many as fit into one transaction, at least one."""
        size = taken = 0
        for one in self.waiting:
            if taken and size + len(one.items) > MOST:
                break
            size, taken = size + len(one.items), taken + 1
        group, self.waiting = self.waiting[:taken], self.waiting[taken:]
        return group
