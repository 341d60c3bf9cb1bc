"""What the routes share: who asks, the ledger that they see, and what is said while the database is away."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from fastapi import Request

from services.notifier.domain.ledger import CaseDeliveries, Page
from shared.ops.access import Access, Caller
from shared.ops.problems import Problem
from shared.stream.door import Unavailable
from shared.stream.transient import TryAgain, transient

Ledger = Callable[[str], Awaitable[CaseDeliveries | None]]
"""The last committed ledger of a case, by its key with the tenant."""


def reader(access: Access) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency: the caller whose key the request carries, or 401."""

    async def authenticate(request: Request) -> Caller:
        with available():
            caller = await access.authenticate(request.headers.get("authorization"))
        if caller is None:
            detail = "Send an API key as `Authorization: Bearer tocsin_…`."
            raise Problem(401, "Unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
        return caller

    return authenticate


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
