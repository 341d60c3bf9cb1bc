"""Mail by SMTP: text and HTML, one thread a case, and a Message-ID that stays the same for every attempt.

Nothing was taken until the server answered the end of the data with 250; when the line breaks between the
data and that answer, nobody can know, and the outcome says so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORMAT
from email.policy import SMTPUTF8
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

import aiosmtplib
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from services.notifier.channels.channel import Outgoing
from services.notifier.domain.outcome import Accepted, Outcome, Refused, TryAgain, Unknown
from shared.calendar.instants import moment
from shared.ops.clock import Clock

TIMEOUT = 10.0
"""Seconds for each step of the conversation."""

_ADDRESS = re.compile(r"[^\s@<>(),:;\"\[\]\\\x00-\x1f\x7f]+@[^\s@<>(),:;\"\\\x00-\x1f\x7f]+")
_TEMPLATES = SandboxedEnvironment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    sender: str
    """The address in From and in the envelope; its domain is in every Message-ID."""
    tls: bool = False
    """TLS from the first byte; otherwise STARTTLS wherever the server offers it."""
    user: str | None = None
    password: str | None = None


class Email:
    def __init__(self, server: MailServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            message = self.compose(outgoing)
        except ValueError as wrong:
            return Refused(f"{outgoing.target!r} is not an address that mail can go to: {wrong}")
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            timeout=TIMEOUT,
            username=server.user,
            password=server.password,
        )
        try:
            return await self._converse(client, outgoing.target, message)
        finally:
            client.close()

    def compose(self, outgoing: Outgoing) -> EmailMessage:
        """The mail. Raises ValueError for an address that is none."""
        said, domain = outgoing.message, self._server.sender.rpartition("@")[2]
        thread = f"<case-{sha256(outgoing.key.encode()).hexdigest()[:32]}@{domain}>"
        mail = EmailMessage(policy=SMTPUTF8)
        mail["From"] = Address("Tocsin", addr_spec=self._server.sender)
        mail["To"] = _address(outgoing.target)
        mail["Subject"] = said.subject
        mail["Date"] = format_datetime(moment(self._clock.real_now()))
        mail["Message-ID"] = f"<{outgoing.effect}@{domain}>"
        mail["In-Reply-To"] = thread
        mail["References"] = thread
        # No machine is to answer: no out-of-office note may become a customer's reply.
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        words = {"message": said, "link": outgoing.link, "receiver": outgoing.receiver}
        mail.set_content(_plain(words))
        mail.add_alternative(_TEMPLATES.get_template("message.html").render(words), subtype="html")
        return mail

    async def _converse(self, client: aiosmtplib.SMTP, to: str, mail: EmailMessage) -> Outcome:
        said_all = False
        try:
            await client.connect()
            utf8 = not (to.isascii() and self._server.sender.isascii())
            if utf8 and not client.supports_extension("smtputf8"):
                return Refused(f"the mail server takes no such address as {to!r}: it offers no SMTPUTF8")
            options = ["SMTPUTF8"] if utf8 else []
            await client.mail(self._server.sender, options=options, encoding="utf-8" if utf8 else "ascii")
            await client.rcpt(to, encoding="utf-8" if utf8 else "ascii")
            said_all = True
            code, answer = await client.data(mail.as_bytes(policy=SMTPUTF8 if utf8 else WIRE_FORMAT))
        except aiosmtplib.SMTPResponseException as refusal:
            said = f"{refusal.code} {refusal.message}"
            return TryAgain(said) if refusal.code < 500 else Refused(said)
        except (aiosmtplib.SMTPException, OSError) as broken:
            said = f"{type(broken).__name__}: {broken}"
            return Unknown(said) if said_all else TryAgain(said)
        return Accepted(f"{code} {answer}")


def _address(text: str) -> Address:
    """Any script, but nothing that would need quoting: such an address is a mistake, or an attempt."""
    if _ADDRESS.fullmatch(text) is None:
        raise ValueError("write name@host")
    name, _, host = text.partition("@")
    return Address(username=name, domain=host)


def _plain(words: Mapping[str, object]) -> str:
    # Plain text must not be escaped as HTML is; words.py has made it harmless.
    return _TEMPLATES.overlay(autoescape=False).get_template("message.txt").render(words)
