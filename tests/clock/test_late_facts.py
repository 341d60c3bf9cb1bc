"""A fact's time counts, not its arrival: what never was is retracted, what was is confirmed."""

from tests.clock.story import Story, book_of
from tests.clock.test_story_of_a_clock import OFFICE, RESOLUTION


def test_an_answer_that_arrives_after_its_breach_takes_the_breach_back() -> None:
    Story(book_of(OFFICE)).tell("""
        Mon 10:00     case.opened
        Mon 10:00   ! started response due Mon 10:30
        Mon 10:22:30 ! warned response 75 %
        Mon 10:30   ! breached response due Mon 10:30
        Mon 10:25     support.replied arrives Mon 11:00
        Mon 11:00   ! retracted response breached Mon 10:30
        Mon 10:25   ! met response in time
    """)


def test_an_answer_before_its_breach_that_was_late_anyway_confirms_it() -> None:
    Story(book_of(OFFICE)).tell("""
        Mon 10:00     case.opened
        Mon 10:00   ! started response due Mon 10:30
        Mon 10:22:30 ! warned response 75 %
        Mon 10:30   ! breached response due Mon 10:30
        Mon 10:40     support.replied arrives Mon 11:00
        Mon 10:40   ! met response late
    """)


def test_a_late_pause_moves_the_due_and_says_so() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 11:00     case.status_changed status=working
        Mon 10:00     case.status_changed status=waiting arrives Mon 12:00
        Mon 10:00   ! paused resolution 180 min left
        Mon 11:00   ! resumed resolution due Mon 14:00
        Mon 14:00   ! breached resolution due Mon 14:00
    """)


def test_facts_before_the_opening_wait_for_it() -> None:
    story = Story(book_of(OFFICE))
    story.tell("""
        Mon 10:10     support.replied arrives Mon 10:11
        Mon 10:12     nothing
    """)
    assert story.state is not None
    assert story.state.waiting == 1
    story.tell("""
        Mon 10:00     case.opened arrives Mon 10:15
        Mon 10:00   ! started response due Mon 10:30
        Mon 10:10   ! met response in time
    """)


def test_a_fact_from_before_the_opening_is_refused_until_an_earlier_opening_turns_up() -> None:
    Story(book_of(OFFICE)).tell("""
        Mon 10:00     case.opened
        Mon 10:00   ! started response due Mon 10:30
        Mon 09:50     support.replied arrives Mon 10:05
        Mon 09:50   ! refused support.replied
        Mon 09:40     case.opened arrives Mon 10:06
        Mon 10:06   ! reinstated support.replied
        Mon 10:06   ! retracted response started Mon 10:00
        Mon 09:40   ! started response due Mon 10:10
        Mon 09:50   ! met response in time
        Mon 10:00   ! refused case.opened
    """)


def test_a_late_reopening_lets_a_refused_fact_count_after_all() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 10:00     case.resolved
        Mon 10:00   ! met resolution in time
        Mon 11:00     case.resolved
        Mon 11:00   ! refused case.resolved
        Mon 10:30     case.reopened arrives Mon 12:00
        Mon 12:00   ! reinstated case.resolved
        Mon 10:30   ! resumed resolution due Mon 13:30
        Mon 11:00   ! met resolution in time
    """)


def test_a_fact_dated_ahead_counts_when_its_time_comes_and_no_warning_comes_early() -> None:
    Story(book_of(OFFICE)).tell("""
        Mon 10:00     case.opened
        Mon 10:00   ! started response due Mon 10:30
        Mon 10:33     support.replied arrives Mon 10:28
        Mon 10:22:30 ! warned response 75 %
        Mon 10:30   ! breached response due Mon 10:30
        Mon 10:33   ! met response late
    """)


def test_an_unknown_customer_is_refused_and_the_case_stays_unopened() -> None:
    story = Story(book_of(OFFICE))
    story.tell("""
        Mon 10:00     case.opened customer=nobody
        Mon 10:00   ! refused case.opened
        Mon 10:05     support.replied
    """)
    assert story.state is not None
    assert story.state.waiting == 1


def test_a_backlog_is_heard_before_its_breaches() -> None:
    Story(book_of(OFFICE)).tell("""
        Mon 10:00     case.opened arrives Mon 15:00
        Mon 10:10     support.replied arrives Mon 15:00
        Mon 10:20     case.resolved arrives Mon 15:00
        Mon 10:00   ! started response due Mon 10:30
        Mon 10:10   ! met response in time
        Mon 16:00     nothing
    """)


def test_what_fell_due_during_an_outage_is_said_at_its_own_instants() -> None:
    Story(book_of(OFFICE)).tell("""
        Mon 10:00     case.opened arrives Mon 15:00
        Mon 10:00   ! started response due Mon 10:30
        Mon 10:22:30 ! warned response 75 %
        Mon 10:30   ! breached response due Mon 10:30
    """)
