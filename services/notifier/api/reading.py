"""What the routes share: the ledger that they show, and what is said while the database is away."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from services.notifier.domain.ledger import CaseDeliveries, Page
from shared.ops.problems import Problem
from shared.stream.door import Unavailable
from shared.stream.transient import TryAgain, transient

Ledger = Callable[[str], Awaitable[CaseDeliveries | None]]
"""The last committed ledger of a case, by its key with the tenant."""


async def ledger_of(ledger: Ledger, key: str) -> CaseDeliveries:
    """Raises Problem: 404 where nothing was ever heard of the case, 503 where the database is away."""
    if "\x00" not in key:  # which no case's key holds, and no database takes
        with available():
            state = await ledger(key)
        if state is not None:
            return state
    raise Problem(404, "Not Found", "There is no such case here, or nothing was heard of it yet.")


async def page_of(ledger: Ledger, key: str, page: str) -> Page:
    """Raises Problem as `ledger_of` does, and 404 where the case has no such page."""
    found = (await ledger_of(ledger, key)).pages.get(page)
    if found is None:
        raise Problem(404, "Not Found", f"This case has no page {page!r}.")
    return found


@contextmanager
def available() -> Iterator[None]:
    """The database away is 503, not a failure of ours."""
    try:
        with transient():
            yield
    except (TryAgain, Unavailable):
        detail = "Nothing can be read or made durable at the moment; ask again in a moment."
        raise Problem(503, "Service Unavailable", detail, headers={"Retry-After": "1"}) from None
