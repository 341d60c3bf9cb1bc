"""The life of single clocks, one timeline a rule."""

from shared.contracts.clock import UpdateRequested
from shared.contracts.instant import parse
from tests.clock.story import Story, book_of

HEAD = """
policy: test
effective: 2020-01-01
severities: {P1: down, P2: hampered, P3: nuisance}
calendars:
  always: 24x7
  office: {zone: UTC, hours: {mon-fri: 09:00-17:00}}
coverage: [{when: {severity: P1}, calendar: always}, {calendar: office}]
statuses: {open: , waiting: , working: }
clocks:
"""
RESPONSE = HEAD + "  response: {starts: case.opened, stops: support.replied, within: 30 min, warn: 75 %}"
OFFICE = RESPONSE.replace("{when: {severity: P1}, calendar: always}, ", "")


def test_a_budget_runs_in_business_time_and_is_breached_once() -> None:
    Story(book_of(OFFICE)).tell(
        """
        Fri 16:45     case.opened severity=P1
        Fri 16:45   ! started response due Mon 09:15
        Fri 17:20     nothing
        Mon 09:07:30 ! warned response 75 %
        Mon 09:15   ! breached response due Mon 09:15
        Mon 12:00     nothing
        Mon 12:00     support.replied
        Mon 12:00   ! met response late
    """
    )


def test_an_answer_at_the_very_instant_of_the_due_meets_it() -> None:
    Story(book_of(OFFICE)).tell("""
        Mon 10:00     case.opened
        Mon 10:00   ! started response due Mon 10:30
        Mon 10:22:30 ! warned response 75 %
        Mon 10:30     support.replied
        Mon 10:30   ! met response in time
    """)


def test_a_budget_that_ends_with_the_day_is_due_at_closing_and_breached_at_the_next_opening() -> None:
    Story(book_of(OFFICE.replace(", warn: 75 %", ""))).tell("""
        Fri 16:30     case.opened
        Fri 16:30   ! started response due Fri 17:00
        Sun 12:00     nothing
        Mon 09:00   ! breached response due Fri 17:00
    """)


def test_an_answer_at_night_meets_a_budget_that_ended_with_the_day() -> None:
    Story(book_of(OFFICE.replace(", warn: 75 %", ""))).tell("""
        Fri 16:30     case.opened
        Fri 16:30   ! started response due Fri 17:00
        Sun 12:00     support.replied
        Sun 12:00   ! met response in time
    """)


def test_a_business_day_ends_at_the_same_clock_time() -> None:
    business_day = OFFICE.replace("30 min, warn: 75 %", "1 business day")
    Story(book_of(business_day)).tell("""
        Mon 09:00     case.opened
        Mon 09:00   ! started response due Tue 09:00
        Tue 09:00   ! breached response due Tue 09:00
    """)


RESOLUTION = (
    HEAD
    + """
  resolution:
    starts: case.opened
    stops: case.resolved
    targets: {P1: 1 h, P2: 4 h, P3: 2 business days}
    pauses: {status: waiting}
    reopen: {resume_within: 1 d, else: new cycle}
"""
)


def test_a_pause_over_closing_time_gives_back_business_time_only() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 13:00     case.opened severity=P2
        Mon 13:00   ! started resolution due Mon 17:00
        Mon 16:00     case.status_changed status=waiting
        Mon 16:00   ! paused resolution 60 min left
        Tue 11:00     nothing
        Tue 11:00     case.status_changed status=working
        Tue 11:00   ! resumed resolution due Tue 12:00
        Tue 12:00   ! breached resolution due Tue 12:00
    """)


def test_there_is_no_due_while_paused_and_what_is_left_is_shown() -> None:
    story = Story(book_of(RESOLUTION))
    story.tell("""
        Mon 13:00     case.opened severity=P2
        Mon 13:00   ! started resolution due Mon 17:00
        Mon 16:00     case.status_changed status=waiting
        Mon 16:00   ! paused resolution 60 min left
    """)
    clock = story.clock("resolution", "Tue 15:00")
    assert (clock.state, clock.due, clock.remaining_seconds) == ("paused", None, 3600)


def test_a_clock_that_is_met_in_a_pause_shows_the_due_that_it_kept() -> None:
    story = Story(book_of(RESOLUTION))
    story.tell("""
        Mon 10:00     case.opened severity=P2
        Mon 10:00   ! started resolution due Mon 14:00
        Mon 11:00     case.status_changed status=waiting
        Mon 11:00   ! paused resolution 180 min left
        Mon 12:00     case.resolved
        Mon 12:00   ! met resolution in time
    """)
    assert story.clock("resolution", "Mon 13:00").due == parse("2026-11-16T15:00:00Z")


def test_a_pause_that_begins_with_nothing_left_breaches_with_the_first_business_second_after_it() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 13:00     case.opened severity=P2
        Mon 13:00   ! started resolution due Mon 17:00
        Mon 17:00     case.status_changed status=waiting
        Mon 17:00   ! paused resolution 0 min left
        Tue 20:00     case.status_changed status=working
        Tue 20:00   ! resumed resolution due Mon 17:00
        Wed 09:00   ! breached resolution due Mon 17:00
    """)


def test_a_change_of_severity_counts_from_the_opening_under_the_new_calendar() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 16:30     case.opened severity=P2
        Mon 16:30   ! started resolution due Tue 12:30
        Mon 17:00     case.changed severity=P1
        Mon 17:00   ! recomputed resolution due Mon 17:30
        Mon 17:10     case.changed severity=P2
        Mon 17:10   ! recomputed resolution due Tue 12:30
        Tue 12:30   ! breached resolution due Tue 12:30
    """)


def test_a_change_whose_due_lies_in_the_past_is_one_breach_and_going_back_is_not_another() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 11:00     case.changed severity=P1
        Mon 11:00   ! recomputed resolution due Mon 10:00
        Mon 11:00   ! breached resolution due Mon 10:00
        Mon 11:30     case.changed severity=P2
        Mon 11:30   ! recomputed resolution due Mon 13:00
        Mon 16:00     nothing
        Mon 16:00     case.resolved
        Mon 16:00   ! met resolution late
    """)


def test_a_change_while_paused_keeps_the_pause_and_may_leave_nothing() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 11:00     case.status_changed status=waiting
        Mon 11:00   ! paused resolution 120 min left
        Mon 12:00     case.changed severity=P1
        Mon 12:00   ! recomputed resolution
        Mon 12:00   ! breached resolution due Mon 10:00
        Mon 13:00     case.status_changed status=working
        Mon 13:00   ! resumed resolution due Mon 10:00
        Mon 14:00     case.resolved
        Mon 14:00   ! met resolution late
    """)


def test_a_policy_may_count_a_change_from_now_or_keep_the_old_terms() -> None:
    Story(book_of(RESOLUTION + "    on_change: from_now\n")).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 11:00     case.changed severity=P1
        Mon 11:00   ! recomputed resolution due Mon 12:00
        Mon 12:00   ! breached resolution due Mon 12:00
    """)
    Story(book_of(RESOLUTION + "    on_change: keep\n")).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 11:00     case.changed severity=P1
        Mon 13:00   ! breached resolution due Mon 13:00
    """)


def test_an_ended_cycle_keeps_its_judgement_when_the_severity_changes_later() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 12:00     case.resolved
        Mon 12:00   ! met resolution in time
        Mon 12:30     case.changed severity=P1
        Mon 15:00     nothing
    """)


def test_a_reopened_case_goes_on_where_it_was_or_begins_anew() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 12:00     case.resolved
        Mon 12:00   ! met resolution in time
        Tue 10:00     case.reopened
        Tue 10:00   ! resumed resolution due Tue 11:00
        Tue 10:30     case.resolved
        Tue 10:30   ! met resolution in time
        Thu 10:00     case.reopened
        Thu 10:00   ! started resolution due Thu 14:00
        Thu 14:00   ! breached resolution due Thu 14:00
    """)


def test_a_change_of_a_resolved_case_counts_once_it_is_reopened() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 09:30     case.resolved
        Mon 09:30   ! met resolution in time
        Mon 10:00     case.changed severity=P1
        Mon 11:00     case.reopened
        Mon 11:00   ! resumed resolution due Mon 14:30
        Mon 11:00   ! recomputed resolution due Mon 11:30
        Mon 11:30   ! breached resolution due Mon 11:30
    """)


def test_what_the_life_of_a_case_does_not_allow_is_refused() -> None:
    Story(book_of(RESOLUTION)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 09:10     case.opened severity=P1
        Mon 09:10   ! refused case.opened
        Mon 09:20     case.reopened
        Mon 09:20   ! refused case.reopened
        Mon 10:00     case.closed
        Mon 10:00   ! cancelled resolution: case.closed
        Mon 10:30     case.closed
        Mon 10:30   ! refused case.closed
        Mon 11:00     case.status_changed status=working
        Mon 11:00   ! refused case.status_changed
        Mon 12:00     customer.replied
        Mon 12:30     case.merged into=7
        Mon 12:30   ! refused case.merged
    """)


ONGOING = (
    HEAD
    + """
  first: {starts: case.opened, stops: support.replied, within: 1 h}
  ongoing: {starts: customer.replied, stops: support.replied, repeats: true, after: first, within: 1 h}
"""
)


def test_the_oldest_unanswered_message_holds_the_clock() -> None:
    Story(book_of(ONGOING)).tell(
        """
        Mon 09:00     case.opened
        Mon 09:00   ! started first due Mon 10:00
        Mon 09:10     customer.replied
        Mon 09:30     support.replied
        Mon 09:30   ! met first in time
        Mon 10:00     customer.replied
        Mon 10:00   ! started ongoing due Mon 11:00
        Mon 10:40     customer.replied
        Mon 11:00   ! breached ongoing due Mon 11:00
        Mon 11:30     support.replied
        Mon 11:30   ! met ongoing late
        Mon 12:00     customer.replied
        Mon 12:00   ! started ongoing due Mon 13:00
        Mon 12:10     case.resolved
        Mon 12:10   ! cancelled ongoing: case.resolved
    """
    )


UPDATES = (
    HEAD
    + """
  update:
    every: 4 h
    counts: [support.updated, update.sent]
    while: {status: working}
    automatic: 30 min before
"""
)


def test_updates_are_owed_while_support_works_and_are_counted_from_the_last_one() -> None:
    Story(book_of(UPDATES.replace("    automatic: 30 min before\n", ""))).tell("""
        Mon 09:00     case.opened severity=P1
        Mon 09:00   ! started update
        Mon 09:00   ! paused update 240 min left
        Mon 10:00     case.status_changed status=working
        Mon 10:00   ! resumed update due Mon 14:00
        Mon 12:00     support.updated
        Mon 12:00   ! met update in time
        Mon 12:00   ! started update due Mon 16:00
        Mon 13:00     case.status_changed status=waiting
        Mon 13:00   ! paused update 180 min left
        Mon 15:00     case.status_changed status=working
        Mon 15:00   ! resumed update due Mon 18:00
        Mon 18:00   ! breached update due Mon 18:00
        Mon 19:00     support.updated
        Mon 19:00   ! met update late
        Mon 19:00   ! started update due Mon 23:00
        Mon 20:00     case.resolved
        Mon 20:00   ! cancelled update: case.resolved
    """)


def test_an_update_counts_from_when_it_was_asked_for_so_the_cadence_does_not_drift() -> None:
    story = Story(book_of(UPDATES))
    story.tell("""
        Mon 09:00     case.opened severity=P1
        Mon 09:00   ! started update
        Mon 09:00   ! paused update 240 min left
        Mon 10:00     case.status_changed status=working
        Mon 10:00   ! resumed update due Mon 14:00
        Mon 13:30   ! requested update
    """)
    asked = story.said[-1][1].data
    assert isinstance(asked, UpdateRequested)
    story.sent(asked, story.instant("Mon 13:34"))
    story.tell(
        """
        Mon 13:35     nothing
        Mon 17:00   ! requested update
    """
    )
    assert story.clock("update", "Mon 17:00").due == parse("2026-11-16T17:30:00Z")


def test_a_clock_whose_promise_does_not_hold_for_the_case_does_not_run() -> None:
    questions = OFFICE.replace("within: 30 min", "when: {kind: [question]}, within: 30 min").replace(
        "statuses:", "kinds: [question, request]\nstatuses:"
    )
    Story(book_of(questions)).tell("""
        Mon 10:00     case.opened kind=request
        Mon 10:10     case.changed kind=question
        Mon 10:10   ! started response due Mon 10:30
        Mon 10:20     case.changed kind=request
        Mon 10:20   ! cancelled response: kind is now request (was question)
        Mon 12:00     nothing
    """)


def test_the_agreement_states_what_the_case_does_not() -> None:
    premium = OFFICE.replace(
        "within: 30 min, warn: 75 %", "targets: [{when: {package: premium}, within: 5 min}, {within: 1 h}]"
    )
    Story(book_of(premium, package="premium")).tell("""
        Mon 10:00     case.opened
        Mon 10:00   ! started response due Mon 10:05
        Mon 10:01     support.replied
        Mon 10:01   ! met response in time
    """)


def test_business_hours_on_the_days_when_the_clocks_change() -> None:
    night = OFFICE.replace(
        "{zone: UTC, hours: {mon-fri: 09:00-17:00}}", "{zone: Europe/Copenhagen, hours: {sun: 00:00-12:00}}"
    )
    four = night.replace("30 min, warn: 75 %", "4 h")
    Story(book_of(four), first="2026-03-29", zone="Europe/Copenhagen").tell("""
        Sun 01:00     case.opened
        Sun 01:00   ! started response due Sun 06:00
        Sun 06:00   ! breached response due Sun 06:00
    """)
    Story(book_of(four), first="2026-10-25", zone="Europe/Copenhagen").tell("""
        Sun 01:00     case.opened
        Sun 01:00   ! started response due Sun 04:00
        Sun 04:00   ! breached response due Sun 04:00
    """)
