"""What was odd but legal is read back unchanged; a case is folded from its events; tenants see their own."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest

from shared.contracts.clock import FactRefused, FactReinstated
from shared.contracts.envelope import Fact
from shared.contracts.topics import REFUSALS
from tests.support.intake import Station, opened, said

ODD: list[dict[str, Any]] = [
    {"time": "2026-03-01t09:00:00z"},
    {"time": "2026-03-01T09:00:00.123456789Z"},
    {"time": "2026-03-01T10:00:00.5+01:00"},
    {"time": "2016-12-31T23:59:60Z"},
    {"time": "1970-01-01T00:00:00Z"},
    {"time": "2026-03-01T09:00:00-00:00"},
    {"time": None},
    {"id": "\U0001d4b3" * 256},
    {"id": "e\u0301 \u202e \u200d 👩‍👩‍👧‍👧 \ufdd0"},
    {"subject": "a/b?c#d%2F..", "id": "/"},
    {"subject": "𐐷" * 256, "id": "𐐷" * 256},
    {"subject": "history"},
    {"subject": ".."},
    {"subject": " leading and trailing "},
    {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    {"a": "", "b": True, "c": -(2**31), "d": None, "averyverylongextensionname0123456789": "æ"},
    {"sequence": "7", "tenant": "other", "correlationid": "c", "partitionkey": "p"},
    {"datacontenttype": "application/vnd.demo+json; charset=utf-8", "dataschema": "urn:x"},
    {
        "data": {
            "customer": "demo",
            "title": "",
            "package": "\n\t",
            "unknown": {"deep": [[[[1]]]], "π": 1e-300},
        }
    },
    {"data": {"customer": "demo", "title": "x" * 1000, "tags": ["a", "ä"], "severity": None, "n": 2**60 + 1}},
    {"data": {"customer": "demo", "__class__": "x", "type": "y", "model_fields": 1, "from_": 2, "": "empty"}},
]


async def history(door: Station, case: str, **query: int) -> Any:
    encoded = quote(case, safe="").replace(".", "%2E")
    answer = await door.get(f"/v1/cases/{encoded}/history?" + "&".join(f"{k}={v}" for k, v in query.items()))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("ascii_only", [True, False])
async def test_odd_but_legal_is_accepted_and_read_back_unchanged(door: Station, *, ascii_only: bool) -> None:
    for number, odd in enumerate(ODD):
        event = opened(f"odd-{number}", f"C-{number}") | odd
        text = json.dumps(event, ensure_ascii=ascii_only, indent=1)
        answer = await door.post_raw(text.encode())
        assert answer.status_code == 202, (odd, answer.text)
        assert answer.json()["id"] == event["id"]
        shown = await history(door, event["subject"])
        assert shown["case"] == event["subject"]
        assert [entry["event"] for entry in shown["events"]] == [event]
        assert shown["events"][0]["position"] == 1
        assert (await door.post_raw(text.encode())).status_code == 200
    facts = await door.facts(len(ODD))
    assert {fact.case for fact in facts} == {
        (opened(case=f"C-{n}") | odd)["subject"] for n, odd in enumerate(ODD)
    }
    assert all(fact.key.startswith("demo/") for fact in facts)


async def test_numbers_keep_their_digits(door: Station) -> None:
    event = opened(data={"customer": "demo", "n": 0})
    text = json.dumps(event).replace('"n": 0', '"n": 1.10, "m": 123456789012345678901, "e": 1E+2')
    assert (await door.post_raw(text.encode())).status_code == 202
    answer = await door.get("/v1/cases/C-1/history")
    assert text in answer.text


async def test_a_case_is_folded_in_the_order_in_which_things_happened(door: Station) -> None:
    late = said("case.changed", "4", severity="P3", title="late") | {"time": "2026-03-01T09:10:00Z"}
    waits = said("case.status_changed", "2", status="in_progress")
    assert (await door.post(waits)).status_code == 202
    shown = (await door.get("/v1/cases/C-1")).json()
    assert (shown["life"], shown["waiting"], shown["opened"]) == ("waiting", 1, None)
    for event in (opened(), said("case.changed", "3", severity="P2", extra=[1]), late):
        assert (await door.post(event)).status_code == 202
    shown = (await door.get("/v1/cases/C-1")).json()
    assert shown == {
        "case": "C-1",
        "life": "open",
        "opened": "2026-03-01T09:00:00Z",
        "status": "in_progress",
        "attributes": {"customer": "demo", "severity": "P2", "title": "late", "extra": [1]},
        "waiting": 0,
        "events": 4,
    }


async def test_what_the_clocks_refused_is_shown_with_its_reason(door: Station) -> None:
    closed = [said("case.closed", "2"), said("case.closed", "3")]
    for event in (opened(), *closed):
        assert (await door.post(event)).status_code == 202
    refused = FactRefused(
        fact="3", fact_source="demo", fact_type="case.closed", reason="it is closed already"
    )
    await door.tell(heard(refused, 1))
    async with asyncio.timeout(20):
        while (shown := await history(door, "C-1"))["events"][2]["refused"] is None:
            pass
    assert [entry["refused"] for entry in shown["events"]] == [None, None, "it is closed already"]
    await door.tell(heard(FactReinstated(fact="3", fact_source="demo", fact_type="case.closed"), 2))
    async with asyncio.timeout(20):
        while (await history(door, "C-1"))["events"][2]["refused"] is not None:
            pass


def heard(data: FactRefused | FactReinstated, sequence: int) -> Fact:
    return Fact("demo/C-1", 0, data, "tocsin/clock", f"c{sequence}", REFUSALS, sequence)


async def test_a_history_comes_in_pages(door: Station) -> None:
    await door.post([opened(), *(said("customer.replied", f"r{n}") for n in range(6))], "application/json")
    pages, after = [], 0
    while after is not None:
        page = await history(door, "C-1", limit=3, after=after)
        pages.append([entry["position"] for entry in page["events"]])
        after = page["next"]
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]
    assert (await history(door, "C-1", after=7))["events"] == []
    for query in ("limit=0", "limit=1001", "limit=x", "after=-1"):
        answer = await door.get(f"/v1/cases/C-1/history?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_a_tenant_sees_its_own_cases_alone(door: Station) -> None:
    await door.post(opened())
    other = await door.another_key("other", "demo")
    for path in ("/v1/cases/C-1", "/v1/cases/C-1/history", "/v1/cases/demo%2FC-1", "/v1/cases/C-2"):
        answer = await door.get(path, key=other)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (await door.post(opened(), key=other)).status_code == 202
    assert (await door.get("/v1/cases/C-1", key=other)).json()["events"] == 1


async def test_the_description_says_what_is_true(door: Station) -> None:
    schema = (await door.get("/openapi.json")).json()
    post = schema["paths"]["/v1/events"]["post"]
    assert set(post["requestBody"]["content"]) == {
        "application/json", "application/cloudevents+json", "application/cloudevents-batch+json",
    }  # fmt: skip
    for example in post["requestBody"]["content"]["application/cloudevents+json"]["examples"].values():
        assert (await door.post(example["value"])).status_code == 202
    assert {"/v1/cases/{key}", "/v1/cases/{key}/history", "/v1/clock"} <= schema["paths"].keys()
    page = (await door.get("/docs")).text
    assert "case.opened" in page
    assert "http://" not in page
    assert "https://" not in page


async def test_the_clock_tells_the_time(door: Station) -> None:
    shown = (await door.get("/v1/clock")).json()
    assert shown["speed"] == 1
    assert shown["origin"] is None
