"""Who has no key, and who knocks at the wrong place."""

import json

from tests.support.intake import CLOUDEVENT, Station, encoded, opened

GOOD = json.dumps(opened()).encode()


async def test_callers_without_a_valid_key(door: Station) -> None:
    keys = [
        "",
        "Bearer",
        "Bearer ",
        "Basic " + door.key,
        door.key,
        f"Bearer {door.key}x",
        f"Bearer {door.key[:-1]}",
        "Bearer tocsin_" + "0" * 12 + "_" + "A" * 43,
        f"Bearer {door.key} {door.key}",
        "Bearer \xe6",
    ]
    for key in keys:
        answer = await door.client.post(
            "/v1/events",
            content=GOOD,
            headers=encoded({"authorization": key, "content-type": CLOUDEVENT}),
        )
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), key
        read = await door.client.get("/v1/cases/C-1", headers=encoded({"authorization": key}))
        assert read.status_code == 401
    assert await door.journalled() == 0


async def test_other_methods_and_paths(door: Station) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = await door.client.request(method, "/v1/events")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.json()["status"] == 405
    for path in (
        "/",
        "/v1",
        "/v1/events/",
        "/v1/event",
        "/V1/EVENTS",
        "/v1//events",
        "/v1/cases",
        "/v1/cases/",
    ):
        answer = await door.client.post(path, content=GOOD)
        assert (answer.status_code, answer.json()["status"]) == (404, 404), path
