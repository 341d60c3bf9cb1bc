"""Mail against a real SMTP server, and against one that breaks off at each point of the conversation."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.notifier.channels.email import Email, MailServer
from services.notifier.domain.outcome import Accepted, Refused, TryAgain, Unknown
from shared.ops.clock import RealClock
from tests.notifier.outgoing import EFFECT, LINK, outgoing
from tests.support.receivers import Mailbox, mailbox


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as listening:
        yield listening


def to(box: Mailbox) -> Email:
    return Email(MailServer(box.host, box.port, "tocsin@ops.example"), RealClock())


async def test_a_page_by_mail(box: Mailbox) -> None:
    assert isinstance(await to(box).send(outgoing("anna@x.example")), Accepted)
    [mail] = await box.arrived(1)
    assert box.recipients == [["anna@x.example"]]
    assert mail["Subject"] == "[P1] C-1: first response breached"
    assert mail["Message-ID"] == f"<{EFFECT}@ops.example>"
    assert mail["References"] == mail["In-Reply-To"]
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert LINK in plain.get_content()
    assert "Due: Mon 2 Mar 2026 10:00 CET (09:00 UTC)" in plain.get_content()
    assert f'href="{LINK}"' in html.get_content()


async def test_what_a_case_says_cannot_become_markup_or_a_header(box: Mailbox) -> None:
    evil = outgoing(
        "anna@x.example", title="<script>alert(1)</script>", why="a\r\nBcc: everybody@x.example {{ 7*7 }}"
    )
    assert isinstance(await to(box).send(evil), Accepted)
    [mail] = await box.arrived(1)
    assert mail["Bcc"] is None
    assert box.recipients == [["anna@x.example"]]
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert "<script>" not in html.get_content()
    assert "<script>alert(1)</script>" in plain.get_content()
    assert "{{ 7*7 }}" in plain.get_content()


async def test_any_language(box: Mailbox) -> None:
    mail = outgoing("jürgen@x.example", title="Ærø nedbrud 😀", why="重大な障害")
    assert isinstance(await to(box).send(mail), Accepted)
    [arrived] = await box.arrived(1)
    assert "重大な障害" in arrived["Subject"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("451 come back later", TryAgain), ("421 closing", TryAgain), ("550 no such mailbox", Refused)],
)
async def test_what_a_code_means(box: Mailbox, answer: str, outcome: type) -> None:
    box.script.append(answer)
    assert isinstance(await to(box).send(outgoing("anna@x.example")), outcome)


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "anna@x.example\r\nBcc: all@x.example", "a b@c"])
async def test_an_address_that_is_none(box: Mailbox, address: str) -> None:
    assert isinstance(await to(box).send(outgoing(address)), Refused)
    assert box.messages == []


async def test_nobody_listening_is_no_doubt_about_its_fate() -> None:
    channel = Email(MailServer("127.0.0.1", 1, "tocsin@ops.example"), RealClock())
    assert isinstance(await channel.send(outgoing("anna@x.example")), TryAgain)


@pytest.mark.parametrize(
    ("breaks_at", "outcome"),
    [("connect", TryAgain), ("MAIL", TryAgain), ("RCPT", TryAgain), ("end of data", Unknown)],
)
async def test_a_line_that_breaks_leaves_doubt_only_after_the_data(breaks_at: str, outcome: type) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = False
        writer.write(b"" if breaks_at == "connect" else b"220 here\r\n")
        while breaks_at != "connect" and (line := await reader.readline()):
            if data and line == b".\r\n":
                break
            if not data and line.decode().startswith(breaks_at):
                break
            if line.startswith(b"DATA"):
                data = True
                writer.write(b"354 go on\r\n")
            elif not data:
                writer.write(b"250 fine\r\n")
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = Email(MailServer("127.0.0.1", port, "tocsin@ops.example"), RealClock())
    assert isinstance(await channel.send(outgoing("anna@x.example")), outcome)
    server.close()
