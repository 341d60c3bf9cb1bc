"""Facts that arrive late or out of order, retractions, reopenings, outages."""

from shared.contracts.case import CaseOpened, CaseResolved
from shared.contracts.clock import ClockBreached
from tests.escalation.timeline import World, book, instant, play, told


def test_a_breach_that_comes_before_its_opening_waits_for_it() -> None:
    play("""
        Mon 09:00 > breached first_response
        late Mon 09:01 Mon 08:30 > opened severity=P1
        Mon 08:30 < at Tier 1: first-line
        Mon 09:00 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:00 < up Tier 1 to Tier 2
        Mon 09:00 < at Tier 2: second-line
        Mon 09:00 < critical first_response-1-2-otto until Mon 09:15
        Mon 09:10 |
    """)


def test_a_retracted_breach_is_withdrawn_and_a_new_one_is_asked_for_under_a_new_name() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:22 > warned first_response 75
        Mon 09:22 < normal first_response-1-1-asta
        Mon 09:30 > breached first_response
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:33 > retracted first_response breached
        Mon 09:33 < withdrawn first_response-1-2-otto: first response: breach is retracted: a late fact
        Mon 09:33 < ended first_response-1: first response: breach is retracted: a late fact
        Mon 09:40 > breached first_response
        Mon 09:40 < critical first_response-1-2-otto~2 until Mon 09:55
        Mon 09:54 |
    """)


def test_a_retracted_warning_takes_nothing_from_the_breach() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:22 > warned first_response 75
        Mon 09:22 < normal first_response-1-1-asta
        Mon 09:30 > breached first_response
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:33 > retracted first_response warned 75
        Mon 09:33 < withdrawn first_response-1-1-asta: first response: 75 % is retracted: a late fact
        Mon 09:45 < silence first_response-1-2-otto
        Mon 09:45 < critical first_response-1-3-karl until Mon 10:00
        Mon 09:59 |
    """)


def test_a_cycle_that_never_was() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:22 > warned first_response 75
        Mon 09:22 < normal first_response-1-1-asta
        Mon 09:23 > retracted first_response started
        Mon 09:23 < withdrawn first_response-1-1-asta: first response is retracted: a late fact
        Mon 09:23 < ended first_response-1: first response is retracted: a late fact
        Tue 23:00 |
    """)


def test_resolved_before_the_breach_was_heard_of() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 10:00 > resolved
        late Mon 10:01 Mon 09:59 > breached resolution
        Mon 09:59 < skipped 2: breach: the case was resolved Mon 1 Jun 10:00 CEST
        Tue 23:00 |
    """)


def test_a_breach_after_the_resolution_counts_when_the_reopening_is_heard_of() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 10:00 > resolved
        late Mon 11:01 Mon 11:00 > breached resolution
        Mon 11:00 < skipped 2: breach: the case was resolved Mon 1 Jun 10:00 CEST
        late Mon 11:02 Mon 10:30 > reopened
        Mon 11:00 < skipped 1: 75 %: overtaken by 2: breach
        Mon 11:00 < up Tier 1 to Tier 2
        Mon 11:00 < at Tier 2: second-line
        Mon 11:00 < critical resolution-1-2-otto until Mon 11:15
        Mon 11:10 |
    """)


def test_reopened_when_its_time_was_used_up_already() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 13:00 > breached resolution
        Mon 13:00 < skipped 1: 75 %: overtaken by 2: breach
        Mon 13:00 < up Tier 1 to Tier 2
        Mon 13:00 < at Tier 2: second-line
        Mon 13:00 < critical resolution-1-2-otto until Mon 13:15
        Mon 13:05 > acknowledged resolution-1-2-otto by otto
        Mon 13:05 < noted resolution-1-2-otto by otto: stops the ladder of resolution, cycle 1
        Mon 13:30 > resolved
        Mon 13:30 < ended resolution-1: the case was resolved Mon 1 Jun 13:30 CEST
        Mon 13:30 > met resolution late
        Mon 15:00 > reopened
        Mon 15:00 > resumed resolution
        Mon 15:00 < critical resolution-1-2-otto~2 until Mon 15:15
        Mon 15:14 |
    """)


def test_a_late_resolution_withdraws_what_was_asked_for() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached first_response
        Mon 09:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        late Mon 09:31 Mon 09:29 > resolved
        Mon 09:29 < withdrawn first_response-1-2-otto: the case was resolved Mon 1 Jun 09:29 CEST
        Mon 09:29 < ended first_response-1: the case was resolved Mon 1 Jun 09:29 CEST
        Mon 09:31 > retracted first_response breached
        Tue 23:00 |
    """)


def test_of_two_changes_the_later_one_counts_whichever_comes_first() -> None:
    play("""
        Mon 09:00 > opened severity=P3
        Mon 09:00 < at Tier 1: first-line
        Mon 09:20 > changed severity=P1
        late Mon 09:21 Mon 09:10 > changed severity=P4
        Mon 09:22 > warned first_response 75
        Mon 09:22 < normal first_response-1-1-asta
        Mon 09:23 |
    """)


def test_after_an_outage_the_breach_and_the_current_step_are_said_and_the_rest_says_why_not() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        late Mon 14:00 Mon 09:30 > breached first_response
        Mon 09:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:45 < silence first_response-1-2-otto
        Mon 09:45 < skipped 3: silence: overtaken: 4 h 15 min late, the next was due Mon 1 Jun 10:00 CEST
        Mon 10:00 < digest first_response-1-4-ceo
        Mon 10:00 < ended first_response-1: nobody has acknowledged, and no step is left
        Mon 23:00 |
    """)


def test_after_an_outage_of_two_offsets_the_later_one_is_said() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        late Mon 14:00 Mon 09:30 > breached first_response
        Mon 11:30 < skipped 1: breach + 2 h: overtaken: 2 h 30 min late, the next was due Mon 1 Jun 13:30 CEST
        Mon 13:30 < up Tier 1 to Tier 2
        Mon 13:30 < at Tier 2: second-line
        Mon 13:30 < normal first_response-1-2-karl
        Mon 13:30 < ended first_response-1: its last step was said
        Tue 23:00 |
    """)


def test_after_an_outage_a_resolution_that_is_already_there_is_heard_before_the_time() -> None:
    world = World()
    world.fact(CaseOpened(customer="acme", severity="P1"), instant("Mon 09:00"))
    breach = ClockBreached(
        clock="resolution", cycle=1, at=instant("Mon 13:00"), policy="", due=instant("Mon 13:00")
    )
    world.fact(breach, instant("Mon 13:00"))
    heard = len(world.said)
    world.fact(CaseResolved(), instant("Mon 14:00"), instant("Tue 09:00"), outage=True)
    world.until(instant("Fri 09:00"))
    assert [told(saying).split(":")[1][3:] for saying in world.said[heard:]] == [
        "< withdrawn resolution-1-2-otto",
        "< ended resolution-1",
    ]


def test_without_an_agreement_there_is_no_promise_and_nobody_is_paged() -> None:
    world = World(book())
    world.fact(CaseOpened(customer="stranger", severity="P1"), instant("Mon 09:00"))
    assert world.said == []
    assert world.case.opened
    assert world.case.policy is None
