"""A case's key in a path: percent-encoded, any character, `/` as %2F.

Servers decode a path before they route it, and an encoded `/` is then no longer told from a real one.
`CasePaths` routes the paths below `/v1/cases/` as they were sent; `CaseKey` decodes the key.
"""

from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Path
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.ops.problems import Problem

PREFIX = b"/v1/cases/"


class CasePaths:
    """Keeps the paths of cases percent-encoded for the router."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes | None = scope.get("raw_path")
        if scope["type"] == "http" and raw is not None and raw.startswith(PREFIX):
            scope = {**scope, "path": raw.partition(b"?")[0].decode("latin-1")}
        await self._app(scope, receive, send)


def decode_key(encoded: str) -> str:
    """The key that a path segment names.

    Raises:
        Problem: 400, its bytes are no UTF-8.
    """
    try:
        return unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        raise Problem(
            400, "Bad Request", "The case's key in the path is not percent-encoded UTF-8; encode it as such."
        ) from None


async def _key(key: Annotated[str, Path(description="The case's key, percent-encoded")]) -> str:
    # Asynchronous only so that no thread is needed for it.
    return decode_key(key)


CaseKey = Annotated[str, Depends(_key)]
"""The parameter of a route `/v1/cases/{key}…` of an application with `CasePaths`."""
