"""What differs between a system and what it should come to is named; what is on its way is waited for."""

from collections.abc import Callable
from typing import Any

import httpx2

from cli.replay.comparing import CaseReader, Clocks, Difference, differences, settle
from shared.ops.clock import RealClock

MET: dict[str, Any] = {
    "clock": "resolution",
    "cycle": 1,
    "state": "met",
    "started": "2016-03-07T07:00:00Z",
    "due": "2016-03-07T11:00:00Z",
    "breached_at": None,
    "met_at": "2016-03-07T08:00:00.000002Z",
    "ended_at": "2016-03-07T08:00:00.000002Z",
    "policy": "toy@2016-01-01",
    "remaining_seconds": None,
}
RUNNING = MET | {"state": "running", "met_at": None, "ended_at": None, "remaining_seconds": 3.5}


def test_alike_to_the_second() -> None:
    assert not differences("A", [MET], [MET | {"met_at": "2016-03-07T08:00:00Z", "remaining_seconds": 1}])


def test_every_difference_is_named() -> None:
    assert list(map(str, differences("A", [RUNNING], [MET])))[:2] == [
        "A: resolution 1: state is running, expected met",
        "A: resolution 1: met_at is None, expected 2016-03-07T08:00:00",
    ]


def test_a_clock_that_only_one_has_differs() -> None:
    second = MET | {"cycle": 2}
    assert {one.clock for one in differences("A", [MET, second], [MET])} == {"resolution 2"}
    assert {one.clock for one in differences("A", [MET], [MET, second])} == {"resolution 2"}
    assert {one.expected for one in differences("A", [MET], [])} == {"None"}


def service(answer: Callable[[str, int], tuple[int, Clocks]]) -> httpx2.ASGITransport:
    """A clock service that answers by path and by how often it was asked."""
    asked: dict[str, int] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        path = scope["raw_path"].decode()
        asked[path] = asked.get(path, 0) + 1
        status, clocks = answer(path, asked[path])
        body = httpx2.Response(status, json={"now": "2016-03-08T00:00:00Z", "clocks": clocks}).content
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return httpx2.ASGITransport(app)


async def settled(
    transport: httpx2.ASGITransport, expected: dict[str, Clocks], patience: int = 10_000_000
) -> list[Difference]:
    async with httpx2.AsyncClient(transport=transport) as client:
        reader = CaseReader(client, "http://clock")
        clock = RealClock()
        seen, found = await settle(list(expected), reader, lambda case, _: expected[case], clock, patience)
    assert seen.keys() == expected.keys()
    return found


async def test_what_is_still_on_its_way_is_waited_for() -> None:
    transport = service(lambda _, time: (200, [RUNNING if time < 3 else MET]))
    assert not await settled(transport, {"A": [MET], "B": [MET]})


async def test_a_service_that_is_away_for_a_while_is_asked_again() -> None:
    transport = service(lambda _, time: (503 if time < 3 else 200, [MET]))
    assert not await settled(transport, {"A": [MET]})


async def test_a_difference_that_stays_is_told() -> None:
    transport = service(lambda path, _: (200, [MET if path.endswith("A/clocks") else RUNNING]))
    found = await settled(transport, {"A": [MET], "B": [MET]}, patience=100_000)
    assert {one.case for one in found} == {"B"}


async def test_a_case_that_the_service_does_not_know_differs() -> None:
    found = await settled(service(lambda *_: (404, [])), {"A": [MET]}, patience=100_000)
    assert found


async def test_any_key_reaches_its_path() -> None:
    paths: list[str] = []

    def answer(path: str, _: int) -> tuple[int, Clocks]:
        paths.append(path)
        return 200, [MET]

    assert not await settled(service(answer), {"A/Ø ?#%": [MET]})
    assert paths == ["/v1/cases/A%2F%C3%98%20%3F%23%25/clocks"]
