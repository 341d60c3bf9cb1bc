"""Where webhooks may not go, however it is written."""

import asyncio
from collections.abc import Sequence

import pytest
from httpx2 import URL, InvalidURL

from services.notifier.channels.guard import Forbidden, Guard, resolve


def answering(*addresses: str) -> Guard:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return Guard(resolver=resolver)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://100.100.100.200/",
        "https://168.63.129.16/",
        "https://224.0.0.1/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    ],
)
async def test_no_way_of_writing_it_leads_inside(url: str) -> None:
    with pytest.raises((Forbidden, InvalidURL)):
        await Guard().pin(URL(url))


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "https://user:word@example.org/", "http://example.org/", "file:///etc/passwd"],
)
async def test_only_https_without_credentials(url: str) -> None:
    with pytest.raises(Forbidden):
        await answering("93.184.216.34").pin(URL(url))


async def test_a_public_address_is_pinned() -> None:
    assert await answering("93.184.216.34").pin(URL("https://example.org/hook")) == "93.184.216.34"


async def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        await answering("93.184.216.34", "10.0.0.1").pin(URL("https://example.org/"))


async def test_a_name_that_changes_its_mind_is_asked_once_a_message() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    guard = Guard(resolver=rebinding)
    assert await guard.pin(URL("https://rebind.example/")) == "93.184.216.34"
    with pytest.raises(Forbidden):
        await guard.pin(URL("https://rebind.example/"))


async def test_what_the_operator_lists_is_allowed() -> None:
    assert await Guard(["127.0.0.0/8"]).pin(URL("http://127.0.0.1:9/")) == "127.0.0.1"
    assert await Guard(["localhost"]).pin(URL("http://LOCALHOST:9/"))
    with pytest.raises(Forbidden):
        await Guard(["10.0.0.0/8"]).pin(URL("http://127.0.0.1:9/"))


async def test_a_name_without_an_address_may_have_one_later() -> None:
    with pytest.raises(OSError, match="no address"):
        await answering().pin(URL("https://nowhere.example/"))


async def test_the_systems_resolver_reads_decimal_addresses_as_the_network_would() -> None:
    async with asyncio.timeout(10):
        assert await resolve("2130706433", 443) == ["127.0.0.1"]
