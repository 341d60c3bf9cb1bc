"""Who may read: the check that a read API puts before its routes."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from shared.ops.access import Access, Caller
from shared.ops.problems import Problem

Reader = Callable[[Request], Awaitable[Caller]]


def reader(access: Access) -> Reader:
    """A dependency that names the caller; 401 without a valid key, 503 while keys cannot be looked up."""

    async def caller(request: Request) -> Caller:
        try:
            found = await access.authenticate(request.headers.get("authorization"))
        except (SQLAlchemyError, OSError):
            detail = "Keys cannot be looked up at the moment; ask again in a moment."
            raise Problem(503, "Service Unavailable", detail, headers={"Retry-After": "1"}) from None
        if found is None:
            detail = "Send a valid key: `Authorization: Bearer tocsin_…`."
            raise Problem(401, "Unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
        return found

    return caller
