"""One event and many: what is accepted, repeated and refused, and in which order it is checked."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from shared.contracts.case import CaseOpened
from shared.contracts.instant import parse
from tests.support.intake import BATCH, CLOUDEVENT, Station, opened, said, sized, station


async def test_an_event_is_accepted_once_and_repeated_after_that(door: Station) -> None:
    first = await door.post(opened())
    again = await door.post(opened())
    assert (first.status_code, first.json()) == (202, {"id": "1", "source": "demo", "status": "accepted"})
    assert (again.status_code, again.json()) == (200, {"id": "1", "source": "demo", "status": "repeated"})
    [fact] = await door.facts(1)
    assert (fact.key, fact.id, fact.source, fact.sequence) == ("demo/C-1", "1", "demo", 1)
    assert fact.time == parse("2026-03-01T09:00:00Z")
    assert isinstance(fact.data, CaseOpened)
    assert fact.data.customer == "demo"


@pytest.mark.parametrize(
    "spelt",
    [
        b"""{"type":"case.opened","id":"1","source":"demo","subject":"C-1","specversion":"1.0",
             "data":{"severity":"P1","n":1.0,"customer":"demo"}}""",
        b"""{ "specversion": "1.0", "id": "\\u0031", "source": "demo", "type": "case.opened",
              "subject": "C-1", "data": {"customer":"demo","severity":"P1","n":1}}""",
    ],
)
async def test_the_same_content_may_be_spelt_in_another_way(door: Station, spelt: bytes) -> None:
    event = opened(time=..., data={"customer": "demo", "severity": "P1", "n": 1})
    assert (await door.post(event)).status_code == 202
    assert (await door.post_raw(spelt)).json()["status"] == "repeated"


@pytest.mark.parametrize(
    "other",
    [
        {"data": {"customer": "demo", "severity": "P2"}},
        {"time": "2026-03-01T09:00:01Z"},
        {"subject": "C-2"},
        {"extension": "new"},
        {"type": "case.reopened", "data": {}},
    ],
)
async def test_other_content_under_the_same_id_is_a_conflict(door: Station, other: dict[str, Any]) -> None:
    await door.post(opened())
    answer = await door.post(opened(**other))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert await door.journalled() == 1


async def test_fifty_at_once_give_one_202(door: Station) -> None:
    answers = await asyncio.gather(*(door.post(opened()) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [202]
    assert len(await door.facts(1)) == 1


async def test_a_refused_id_stays_free(door: Station) -> None:
    assert (await door.post(opened(time="soon"))).status_code == 422
    assert (await door.post(opened())).status_code == 202


async def test_the_same_id_of_another_source_is_another_event(door: Station) -> None:
    assert (await door.post(opened())).status_code == 202
    assert (await door.post(said("customer.replied", "1") | {"source": "other"})).status_code == 202


async def test_events_of_a_case_are_numbered_as_they_were_accepted(door: Station) -> None:
    await door.post(opened())
    await door.post([said("customer.replied", f"r{n}") for n in range(20)], BATCH)
    facts = await door.facts(21)
    assert [(fact.sequence, fact.id) for fact in facts] == [(1, "1")] + [(n + 2, f"r{n}") for n in range(20)]


async def test_what_is_refused_or_repeated_takes_no_number(door: Station) -> None:
    await door.post([said("customer.replied", "early"), opened()], BATCH)
    mixed = [
        said("customer.replied", "r1"),
        opened("2"),
        opened(),
        said("customer.replied", "r2"),
        opened("3"),
    ]
    answer = await door.post(mixed, BATCH)
    assert [result["code"] for result in answer.json()] == [202, 422, 200, 202, 422]
    await door.post(said("customer.replied", "r3"))
    facts = await door.facts(5)
    assert [(fact.sequence, fact.id) for fact in facts] == [*enumerate(("early", "1", "r1", "r2", "r3"), 1)]


@pytest.mark.parametrize("kind", [CLOUDEVENT, "application/json"])
async def test_an_event_has_a_size(door: Station, kind: str) -> None:
    assert (await door.post_raw(sized("1", "C-1", (1 << 20) + 1), kind)).status_code == 413
    assert (await door.post_raw(sized("1", "C-1", 1 << 20), kind)).status_code == 202


class TestOrderOfChecks:
    """Each request has every later fault as well."""

    BAD = b"\xff" * 100

    async def test_key_then_media_type_then_size_then_json(self, door: Station) -> None:
        large = self.BAD * 100_000
        cases = [
            ({"authorization": "Bearer no", "content-type": "text/plain"}, large, 401),
            ({"content-type": "text/plain"}, large, 415),
            ({"content-type": CLOUDEVENT, "content-encoding": "gzip"}, large, 415),
            ({"content-type": CLOUDEVENT}, large, 413),
            ({"content-type": CLOUDEVENT}, self.BAD, 400),
        ]
        for headers, body, status in cases:
            answer = await door.client.post("/v1/events", content=body, headers=headers)
            assert (answer.status_code, answer.json()["status"]) == (status, status)
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert await door.journalled() == 0

    async def test_shape_and_meaning_then_the_right_to_speak_then_identity(self, door: Station) -> None:
        await door.post(opened())
        foreign = {"source": "foreign"}
        assert (await door.post(opened(**foreign, time="x"))).status_code == 422
        assert (await door.post(opened(**foreign, data={"customer": "nobody"}))).status_code == 422
        wrong_status = said("case.status_changed", "1", status="nowhere")
        assert (await door.post(wrong_status | foreign)).status_code == 422
        assert (await door.post(opened(**foreign))).status_code == 403
        assert (await door.post(wrong_status)).status_code == 422
        assert (await door.post(opened(data={"customer": "acme"}))).status_code == 409

    async def test_401_says_how(self, door: Station) -> None:
        answer = await door.client.post("/v1/events", headers={"authorization": ""})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


class TestMeaning:
    @pytest.mark.parametrize(
        ("data", "pointer", "told"),
        [
            ({"customer": "demmo"}, "/data/customer", "Did you mean 'demo'?"),
            ({"customer": "demo", "severity": "p1"}, "/data/severity", "Did you mean 'P1'?"),
            ({"customer": "demo", "kind": "wish"}, "/data/kind", "Allowed: question, problem, request."),
        ],
    )
    async def test_unknown_names_are_told(
        self, door: Station, data: dict[str, Any], pointer: str, told: str
    ) -> None:
        answer = await door.post(opened(data=data))
        [mistake] = answer.json()["errors"]
        assert answer.status_code == 422
        assert mistake["pointer"] == pointer
        assert told in mistake["detail"]

    async def test_a_status_is_of_the_cases_policy(self, door: Station) -> None:
        await door.post(opened())
        answer = await door.post(said("case.status_changed", "2", status="waiting_for_custmer"))
        assert "'waiting_for_customer'" in answer.json()["errors"][0]["detail"]
        answer = await door.post(said("case.status_changed", "2", status="in_progress"))
        assert answer.status_code == 202

    async def test_of_a_case_that_nobody_opened_no_more_is_known(self, door: Station) -> None:
        assert (await door.post(said("case.status_changed", "2", status="whatever"))).status_code == 202
        assert (await door.post(said("case.changed", "3", customer="nobody"))).status_code == 422

    async def test_a_case_is_opened_once(self, door: Station) -> None:
        await door.post(opened())
        answer = await door.post(opened("2"))
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:tocsin:problem:opened-twice")
        assert (await door.post(opened())).json()["status"] == "repeated"

    @pytest.mark.parametrize(("type", "member"), [("case.merged", "into"), ("case.split", "from")])
    async def test_a_case_is_not_merged_into_itself(self, door: Station, type: str, member: str) -> None:
        answer = await door.post(said(type, "2", **{member: "C-1"}))
        assert answer.json()["errors"][0]["pointer"] == f"/data/{member}"

    async def test_every_mistake_at_once(self, door: Station) -> None:
        wrong = {"id": " ", "type": "case.opend", "time": "now", "Bad_Name": 1, "data_base64": ""}
        answer = await door.post(wrong)
        pointers = {mistake["pointer"] for mistake in answer.json()["errors"]}
        everything = {
            "/specversion",
            "/id",
            "/source",
            "/subject",
            "/type",
            "/time",
            "/Bad_Name",
            "/data_base64",
        }
        assert pointers == everything
        assert "Did you mean 'case.opened'?" in answer.text


async def test_a_tenant_that_sends_too_much_waits(service_urls: dict[str, str]) -> None:
    async with station(service_urls, rate=1, burst=20) as door:
        batch = [opened(str(n), f"C-{n}") for n in range(30)]
        assert (await door.post(batch, BATCH)).status_code == 200
        answer = await door.post(opened())
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 12
        other = await door.another_key("calm", "demo")
        assert (await door.post(opened(), key=other)).status_code == 202


async def test_what_is_not_durable_in_time_is_503_and_may_be_sent_again(service_urls: dict[str, str]) -> None:
    async with station(service_urls, commit_seconds=0.3) as door:
        async with door.admin.begin() as conn:
            await conn.execute(text("LOCK TABLE intake.journal IN ACCESS EXCLUSIVE MODE"))
            answer = await door.post(opened())
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        async with asyncio.timeout(10):
            while (await door.post(opened())).json()["status"] != "repeated":
                pass
        assert await door.journalled() == 1


async def test_without_its_database_the_door_says_503_and_recovers(door: Station) -> None:
    assert (await door.post(opened())).status_code == 202
    name = door.url.rpartition("/")[2]
    async with door.admin.begin() as conn:
        await conn.execute(text(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0'))
    async with door.admin.begin() as conn:
        ours = "datname = :name AND application_name LIKE 'test intake%'"
        await conn.execute(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"), {"name": name}
        )
    for answer in (await door.post(opened("2", "C-2")), await door.get("/v1/cases/C-1")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await door.get("/health/live")).status_code == 200
    assert (await door.get("/health/ready")).status_code == 503
    async with door.admin.begin() as conn:
        await conn.execute(text(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1'))
    async with asyncio.timeout(20):
        while (await door.post(opened("2", "C-2"))).status_code == 503:
            pass
    assert (await door.post(opened("2", "C-2"))).json()["status"] == "repeated"
    assert await door.journalled() == 2
