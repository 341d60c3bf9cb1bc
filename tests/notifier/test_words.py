"""What people read: the words of pages and updates."""

import pytest

from services.notifier.domain.words import in_zone, lasting, one_line, paragraphs
from shared.contracts.instant import SECOND, parse
from tests.notifier.desk import Desk, page


@pytest.mark.parametrize(
    ("at", "zone", "text"),
    [
        ("2016-02-29T09:15:00Z", "Europe/Copenhagen", "Mon 29 Feb 2016 10:15 CET (09:15 UTC)"),
        ("2016-02-29T23:30:05Z", "Europe/Copenhagen", "Tue 1 Mar 2016 00:30:05 CET (Mon 23:30:05 UTC)"),
        ("2026-07-01T09:00:00Z", "America/Chicago", "Wed 1 Jul 2026 04:00 CDT (09:00 UTC)"),
        ("2026-01-01T09:00:00Z", "UTC", "Thu 1 Jan 2026 09:00 UTC"),
        ("2026-01-01T09:00:00Z", "Europe/London", "Thu 1 Jan 2026 09:00 UTC"),
        ("2026-01-01T09:00:00Z", "No/Where", "Thu 1 Jan 2026 09:00 UTC"),
    ],
)
def test_an_instant_is_said_in_the_receivers_zone_and_in_utc(at: str, zone: str, text: str) -> None:
    assert in_zone(parse(at), zone) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (40, "40 s"), (180, "3 min"), (7500, "2 h 5 min"), (90_061, "1 d 1 h"), (3601, "1 h")],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: int, text: str) -> None:
    assert lasting(seconds * SECOND) == text


def test_what_steers_a_terminal_or_a_header_does_not_get_through() -> None:
    evil = "a\r\nBcc: x@y\x1b[2J\u202egnp.exe\u2028z\x00"
    assert one_line(evil) == "a Bcc: x@y [2J gnp.exe z"
    assert paragraphs("one\r\ntwo\x1b\x07") == "one\ntwo"
    assert one_line("family \U0001f468\u200d\U0001f469, été") == "family \U0001f468\u200d\U0001f469, été"


def test_a_page_says_what_who_and_when() -> None:
    desk = Desk()
    desk.hears(3, page())
    assert desk.message.subject == "[P1] C-1: first response breached"
    assert desk.message.facts == (
        ("Case", "C-1: Nothing works"),
        ("Customer", "acme"),
        ("Severity", "P1"),
        ("Clock", "first response"),
        ("Due", "Mon 2 Mar 2026 10:00 CET (09:00 UTC)"),
        ("Since", "Mon 2 Mar 2026 10:00 CET (09:00 UTC)"),
        ("You are told as", "on call of Tier 2"),
        ("Acknowledge by", "Mon 2 Mar 2026 10:15 CET (09:15 UTC)"),
    )
    assert desk.message.page == "p1"


def test_a_late_page_says_how_late() -> None:
    desk = Desk()
    desk.hears(3660, page())
    assert ("Late", "this was to be said 1 h 1 min earlier") in desk.message.facts


def test_a_digest_asks_for_no_acknowledgement() -> None:
    desk = Desk()
    desk.hears(0, page(urgency="digest", acknowledge_by=None))
    assert desk.message.subject.startswith("For your information: ")
    assert desk.message.page == ""
