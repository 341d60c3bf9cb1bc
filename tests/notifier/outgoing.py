"""A message on its way, for tests of channels."""

from services.notifier.channels.channel import Outgoing
from tests.notifier.desk import KEY, START, Desk, page

LINK = "http://127.0.0.1:8083/ack/abc.def"
EFFECT = "0123456789abcdef0123456789abcdef"


def outgoing(target: str, *, title: str = "Nothing works", why: str = "first response breached") -> Outgoing:
    desk = Desk()
    desk.hears(0, page(title=title, why=why))
    return Outgoing(EFFECT, KEY, "anna", target, desk.message, START, LINK)
