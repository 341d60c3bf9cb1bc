"""Green means that everything is there, and red says what is not."""

import asyncio

import httpx2
import pytest
from fastapi import FastAPI

from shared.ops import metrics
from shared.ops.database import connect
from shared.ops.health import database_answers, health_router
from shared.ops.process import together
from shared.ops.server import CannotListen, bind, serve


async def broker_away() -> str | None:
    return "no broker at 127.0.0.1:9092; is it started?"


async def fine() -> str | None:
    return None


async def hangs() -> str | None:
    await asyncio.sleep(600)
    return None


def client(**checks: object) -> httpx2.AsyncClient:
    app = FastAPI()
    app.include_router(health_router(checks))  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service")


async def test_ready_when_every_check_is_content(database_url: str) -> None:
    engine = connect(database_url, application="test")
    async with client(database=database_answers(engine), wire=fine) as service:
        answer = await service.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "wire": "ok"}}
    await engine.dispose()


async def test_waiting_says_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.ops.health.PATIENCE", 0.1)
    nobody = connect("postgresql://a:b@127.0.0.1:1/c", application="test")
    async with client(database=database_answers(nobody), wire=broker_away, cache=hangs, own=fine) as service:
        answer = await service.get("/health/ready")
        assert (await service.get("/health/live")).status_code == 200
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["wire"] == "no broker at 127.0.0.1:9092; is it started?"
    assert checks["cache"].startswith("no answer within")
    assert checks["own"] == "ok"
    assert "database" in checks["database"] or checks["database"].startswith("no answer")


async def test_metrics_are_prometheus_text() -> None:
    async with client() as service:
        answer = await service.get("/metrics")
    assert metrics.DUE_LATENESS.describe()
    assert "# TYPE tocsin_due_lateness_seconds histogram" in answer.text


async def test_the_server_is_a_loop_like_any_other() -> None:
    app = FastAPI()
    app.include_router(health_router({}))
    listening = bind("127.0.0.1:0")
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(together(stop, http=lambda stop: serve(app, listening, stop)))
        async with httpx2.AsyncClient() as browser:
            assert (await browser.get(f"{address}/health/live")).json() == {"status": "live"}
        stop.set()


def test_a_taken_address_is_named() -> None:
    with bind("127.0.0.1:0") as listening:
        taken = f"127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(CannotListen, match=taken):
            bind(taken)
