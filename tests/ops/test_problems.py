"""What the framework refuses by itself is a problem document too."""

from typing import Annotated
from urllib.parse import quote

import httpx2 as httpx
import pytest
from fastapi import FastAPI, Query
from starlette.middleware import Middleware
from starlette.types import Receive, Scope, Send

from shared.ops import problems
from shared.ops.case_path import CaseKey, CasePaths
from shared.ops.problems import Problem


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI(redirect_slashes=False, middleware=[Middleware(CasePaths)])
    problems.install(app)

    @app.get("/v1/cases/{key}")
    def show(key: CaseKey) -> dict[str, str]:
        return {"key": key}

    @app.get("/v1/cases/{key}/history")
    def history(key: CaseKey, limit: Annotated[int, Query(ge=1)] = 10) -> dict[str, str]:
        return {"history": key}

    @app.post("/v1/cases/{key}/history")
    def add(key: CaseKey) -> None:
        raise Problem(409, "Conflict", "There is one.", headers={"Retry-After": "1"})

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("secret inside")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://door")


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/nothing", 404, "nothing at /nothing"),
        ("GET", "/v1/cases/a/b", 404, "nothing at"),
        ("GET", "/v1/cases/a/history/", 404, "nothing at"),
        ("DELETE", "/v1/cases/a/history", 405, "GET, POST"),
        ("GET", "/v1/cases/a/history?limit=0", 422, "not what is expected"),
        ("POST", "/v1/cases/a/history", 409, "There is one."),
        ("GET", "/v1/cases/%FF", 400, "UTF-8"),
        ("GET", "/fails", 500, "logged"),
    ],
)
async def test_every_refusal_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, says: str
) -> None:
    answer = await client.request(method, path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert {"type", "title", "detail"} <= problem.keys()
    assert says in problem["detail"]
    assert "secret" not in answer.text


async def test_405_allows_what_all_routes_of_the_path_allow(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/cases/a/history")
    assert answer.headers["allow"] == "GET, POST"


async def test_422_points_at_the_parameter(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/cases/a/history?limit=x")
    assert answer.json()["errors"][0]["parameter"] == "limit"


async def test_headers_go_with_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/cases/a/history")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("key", ["a", "a/b", "history", "a/history", "æøå 🦜", "%2F", "a?b#c", "..", "a+b"])
async def test_a_case_key_may_hold_any_character(client: httpx.AsyncClient, key: str) -> None:
    encoded = quote(key, safe="").replace(".", "%2E")
    assert (await client.get(f"/v1/cases/{encoded}")).json() == {"key": key}
    assert (await client.get(f"/v1/cases/{encoded}/history")).json() == {"history": key}


async def test_an_application_without_a_framework_fails_as_the_others_do() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret inside")

    transport = httpx.ASGITransport(problems.guarded(fails), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answer = await client.post("/")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
