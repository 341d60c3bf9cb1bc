"""The test world answers as it is told: otherwise what is proved with it proves nothing."""

from email.message import EmailMessage

import aiosmtplib
import httpx2
import pytest

from tests.support.receivers import Answer, Drop, Hang, broken, busy, mailbox, pagerduty, webhook


async def test_a_webhook_follows_its_script_and_logs_all() -> None:
    async with webhook() as hook, httpx2.AsyncClient(timeout=0.3) as sender:
        hook.script.extend([busy(7), broken(), Drop(), Hang()])
        refused = await sender.post(hook.url, content=b"1")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
        assert (await sender.post(hook.url, content=b"2")).status_code == 500
        with pytest.raises(httpx2.TransportError):
            await sender.post(hook.url, content=b"3")
        with pytest.raises(httpx2.ReadTimeout):
            await sender.post(hook.url, content=b"4")
        assert (await sender.post(hook.url, content=b"5", headers={"webhook-id": "a"})).status_code == 200
        assert [request.body for request in await hook.arrived(5)] == [b"1", b"2", b"3", b"4", b"5"]
        assert hook.requests[4].headers["webhook-id"] == "a"


async def test_pagerduty_has_one_incident_for_each_dedup_key() -> None:
    payload = {"summary": "s", "source": "s", "severity": "critical"}
    event = {"routing_key": "r" * 32, "event_action": "trigger", "dedup_key": "a", "payload": payload}
    async with pagerduty() as duty, httpx2.AsyncClient(timeout=5) as sender:
        url = f"{duty.url}/v2/enqueue"
        duty.script.extend([busy(7), Drop(), Answer(202, after=0.01)])
        assert (await sender.post(url, json=event)).status_code == 429
        assert duty.incidents == {}
        with pytest.raises(httpx2.TransportError):
            await sender.post(url, json=event)
        again = await sender.post(url, json=event)
        assert (again.status_code, again.json()["dedup_key"]) == (202, "a")
        assert (await sender.post(url, json={**event, "dedup_key": "b"})).status_code == 202
        assert {key: len(events) for key, events in duty.incidents.items()} == {"a": 2, "b": 1}


@pytest.mark.parametrize("wrong", [{"routing_key": "short"}, {"dedup_key": ""}, {"payload": {}}])
async def test_pagerduty_takes_no_other_event(wrong: dict[str, object]) -> None:
    payload = {"summary": "s", "source": "s", "severity": "critical"}
    event = {"routing_key": "r" * 32, "event_action": "trigger", "dedup_key": "a", "payload": payload}
    async with pagerduty() as duty, httpx2.AsyncClient(timeout=5) as sender:
        assert (await sender.post(f"{duty.url}/v2/enqueue", json=event | wrong)).status_code == 400
        assert duty.incidents == {}


async def test_a_mailbox_takes_unicode_and_refuses_when_told() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "tocsin@here.test",
        "duty@there.test",
        "P1 – åben sag",
    )
    message.set_content("hurry")
    async with mailbox() as box:
        box.script.append("451 try later")
        with pytest.raises(aiosmtplib.SMTPResponseException) as later:
            await aiosmtplib.send(message, hostname=box.host, port=box.port)
        assert later.value.code == 451
        await aiosmtplib.send(message, hostname=box.host, port=box.port)
        assert [m["Subject"] for m in await box.arrived(1)] == ["P1 – åben sag"]
        assert box.recipients == [["duty@there.test"]]
