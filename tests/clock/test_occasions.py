"""Stages, agreed severity, exceptions, disasters, upstream disruption, dates, clocks that only measure."""

from shared.contracts.clock import ClockBreached
from shared.contracts.instant import parse
from tests.clock.story import Story, book_of
from tests.clock.test_story_of_a_clock import HEAD

STAGES = (
    HEAD.replace("{open: , waiting: , working: }", "{new: , triage: , fix: , check: , waiting: }")
    + """
  triage:
    stage: {status: triage}
    owner: Support Manager
    targets: [{when: {severity: P1}, within: 30 min to 1 h}, {within: 1 to 4 h}]
  fix: {stage: {status: fix}, within: 1 to 2 business days, pauses: {upstream: disrupted}}
  check: {stage: {status: check}, stops: customer.replied, within: 1 business day}
"""
)


def test_each_stage_is_a_cycle_from_entering_to_leaving_it_and_a_range_warns_at_its_lower_end() -> None:
    story = Story(book_of(STAGES))
    story.tell("""
        Mon 09:00     case.opened severity=P2
        Mon 10:00     case.status_changed status=triage
        Mon 10:00   ! started triage due Mon 14:00
        Mon 11:00   ! warned triage 1 h
        Mon 12:00     case.status_changed status=fix
        Mon 12:00   ! met triage in time
        Mon 12:00   ! started fix due Wed 12:00
        Tue 12:00   ! warned fix 1 business day
        Tue 13:00     case.status_changed status=triage
        Tue 13:00   ! met fix in time
        Tue 13:00   ! started triage due Tue 17:00
        Tue 13:30     case.changed severity=P1
        Tue 13:30   ! recomputed triage due Tue 14:00
        Tue 13:30   ! warned triage 30 min
        Tue 14:00   ! breached triage due Tue 14:00
        Tue 15:00     case.resolved
        Tue 15:00   ! met triage late
    """)
    shown = story.clock("triage", "Tue 16:00")
    assert (shown.cycle, shown.owner, shown.ended_by) == (2, "Support Manager", "case.resolved as fix")


def test_a_stage_that_its_own_stop_has_ended_does_not_begin_again_while_the_case_stays_in_it() -> None:
    Story(book_of(STAGES)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:30     case.status_changed status=check
        Mon 09:30   ! started check due Tue 09:30
        Mon 10:00     customer.replied
        Mon 10:00   ! met check in time
        Mon 11:00     case.changed severity=P3
        Mon 12:00     case.resolved
        Mon 13:00     case.reopened
        Mon 14:00     case.status_changed status=check
        Mon 14:00   ! started check due Tue 14:00
        Mon 15:00     case.closed
        Mon 15:00   ! cancelled check: case.closed
    """)


AGREED = (
    HEAD
    + """
  resolution: {starts: case.opened, stops: case.resolved, targets: {P1: 1 h, P2: 4 h, P3: 2 business days}}
  agreement: {starts: severity.proposed, stops: severity.confirmed, repeats: true, within: 1 business day}
"""
)


def test_clocks_run_on_the_proposed_severity_while_the_other_side_has_not_confirmed_it() -> None:
    story = Story(book_of(AGREED))
    story.tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 09:10     severity.confirmed by=customer
        Mon 09:10   ! refused severity.confirmed
        Mon 09:20     severity.disputed by=provider
        Mon 09:30     severity.proposed by=provider severity=P3
        Mon 09:30   ! started agreement due Tue 09:30
        Mon 09:30   ! recomputed resolution due Wed 09:00
        Mon 09:40     severity.confirmed by=provider
        Mon 09:40   ! refused severity.confirmed
        Mon 10:00     severity.confirmed by=customer
        Mon 10:00   ! met agreement in time
        Mon 11:00     severity.confirmed by=customer
        Mon 11:00   ! refused severity.confirmed
    """)
    assert story.state is not None
    assert story.state.snapshot is not None
    steps = [(step.what, step.severity, step.by) for step in story.state.snapshot.agreement]
    assert steps == [
        ("disputed", "P2", "provider"),
        ("proposed", "P3", "provider"),
        ("confirmed", "P3", "customer"),
    ]
    story.tell("""
        Mon 12:00     case.changed severity=P2
        Mon 12:00   ! recomputed resolution due Mon 13:00
        Mon 12:30     severity.confirmed by=customer
        Mon 13:00   ! breached resolution due Mon 13:00
    """)


EXCUSABLE = (
    HEAD + "  resolution: {starts: case.opened, stops: case.resolved, within: 4 h, exceptions: true}\n"
)
ASKED = "exception.requested reason=no_spare_part plan=borrow_one"


def test_an_approved_exception_excuses_the_breach_until_it_expires() -> None:
    story = Story(book_of(EXCUSABLE))
    story.tell(f"""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 10:00     exception.approved by=mona
        Mon 10:00   ! refused exception.approved
        Mon 10:00     {ASKED} expires=Mon@16:00
        Mon 11:00     exception.approved by=mona
        Mon 13:00   ! excused resolution due Mon 13:00 until Mon 16:00
        Mon 15:00     nothing
    """)
    shown = story.clock("resolution", "Mon 15:00")
    assert (shown.state, shown.exceptions[0].reason, shown.exceptions[0].plan) == (
        "excused",
        "no spare part",
        "borrow one",
    )
    story.tell("""
        Mon 16:00   ! excuse ended resolution: the exception expired
        Mon 16:00   ! breached resolution due Mon 13:00
        Mon 16:30     case.resolved
        Mon 16:30   ! met resolution late
    """)
    assert story.clock("resolution", "Mon 17:00").exceptions[0].state == "expired"


def test_what_is_met_while_it_is_excused_is_late_and_excused_and_no_breach() -> None:
    story = Story(book_of(EXCUSABLE))
    story.tell(f"""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 10:00     {ASKED} expires=Mon@16:00
        Mon 11:00     exception.approved by=mona
        Mon 13:00   ! excused resolution due Mon 13:00 until Mon 16:00
        Mon 15:00     case.resolved
        Mon 15:00   ! met resolution late, excused
        Mon 17:00     nothing
    """)
    shown = story.clock("resolution", "Mon 17:00")
    assert (shown.state, shown.breached_at) == ("met excused", None)


def test_without_approval_nothing_is_excused_and_a_breach_before_it_stands() -> None:
    Story(book_of(EXCUSABLE)).tell(f"""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 10:00     {ASKED} expires=Tue@16:00
        Mon 13:00   ! breached resolution due Mon 13:00
        Mon 14:00     exception.approved by=mona
        Mon 14:00   ! excused resolution due Mon 13:00 until Tue 16:00
        Mon 15:00     exception.ended by=mona
        Mon 15:00   ! excuse ended resolution: the exception was ended
        Mon 16:00     case.resolved
        Mon 16:00   ! met resolution late
    """)


def test_an_exception_that_is_heard_of_late_takes_the_breach_back() -> None:
    Story(book_of(EXCUSABLE)).tell(f"""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 10:00     {ASKED} expires=Tue@16:00
        Mon 13:00   ! breached resolution due Mon 13:00
        Mon 12:00     exception.approved by=mona arrives Mon 14:00
        Mon 14:00   ! retracted resolution breached Mon 13:00
        Mon 13:00   ! excused resolution due Mon 13:00 until Tue 16:00
    """)


RECOVERY = (
    HEAD
    + """
  recovery:
    starts: disaster.declared
    stops: service.restored
    within: 12 h
    calendar: always
    repeats: true
    objectives: {recovery_point: 4 h, data_lost: 24 h}
  resolution:
    starts: case.opened
    stops: case.resolved
    within: 2 business days
    pauses: {disaster: declared}
"""
)


def test_a_disaster_has_its_own_clock_and_its_outcome_is_judged() -> None:
    Story(book_of(RECOVERY)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Wed 09:00
        Mon 20:00     disaster.declared
        Mon 20:00   ! started recovery due Tue 08:00
        Mon 20:00   ! paused resolution 480 min left
        Tue 07:00     service.restored recovery_point=Mon@16:00 data_lost=25_h
        Tue 07:00   ! met recovery in time
        Tue 07:00   ! judged recovery_point kept
        Tue 07:00   ! judged data_lost missed
        Tue 07:00   ! resumed resolution due Wed 09:00
        Tue 10:00     disaster.declared
        Tue 10:00   ! started recovery due Tue 22:00
        Tue 10:00   ! paused resolution 420 min left
        Tue 22:00   ! breached recovery due Tue 22:00
        Tue 23:00     service.restored recovery_point=Tue@05:00
        Tue 23:00   ! met recovery late
        Tue 23:00   ! judged recovery_point missed
        Tue 23:00   ! judged data_lost kept
        Tue 23:00   ! resumed resolution due Wed 16:00
    """)


UPSTREAM = (
    HEAD
    + """
  resolution:
    starts: case.opened
    stops: case.resolved
    targets: [{when: {upstream: disrupted}, within: 12 h, calendar: always}, {within: 4 h}]
    on_change: from_now
  platform: {starts: upstream.disrupted, stops: upstream.restored, within: 12 h, calendar: always}
"""
)


def test_while_the_platform_is_disrupted_its_restoration_target_holds() -> None:
    Story(book_of(UPSTREAM)).tell("""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started resolution due Mon 13:00
        Mon 11:00     upstream.disrupted platform=cloud
        Mon 11:00   ! started platform due Mon 23:00
        Mon 11:00   ! recomputed resolution due Mon 23:00
        Mon 15:00     upstream.restored
        Mon 15:00   ! met platform in time
        Mon 15:00   ! recomputed resolution due Tue 11:00
    """)


def test_weeks_and_months_of_the_wall_calendar_in_business_hours() -> None:
    monthly = HEAD + "  report: {every: 1 month, counts: support.updated}\n"
    story = Story(book_of(monthly), first="2026-01-31", zone="UTC")
    story.tell(
        """
        Sat 10:00     case.opened severity=P2
    """.replace(
            "Sat 10:00     case.opened severity=P2",
            """Sat 10:00     case.opened severity=P2
        Sat 10:00   ! started report due Mon 09:00""",
        )
    )
    assert story.clock("report", "Sat 11:00").due == parse("2026-03-02T09:00:00Z")
    weekly = HEAD + "  report: {every: 1 calendar week, counts: support.updated}\n"
    story = Story(book_of(weekly))
    story.tell("""
        Mon 10:00     case.opened severity=P2
        Mon 10:00   ! started report due Mon 10:00
    """)
    assert story.clock("report", "Mon 11:00").due == parse("2026-11-23T10:00:00Z")


def test_a_clock_without_a_target_only_measures() -> None:
    measured = HEAD + (
        "  resolution: {starts: case.opened, stops: case.resolved, within: measured, warn: 75 %,"
        " pauses: {status: waiting}}\n"
    )
    story = Story(book_of(measured))
    story.tell("""
        Mon 16:00     case.opened severity=P2
        Mon 16:00   ! started resolution
        Tue 10:00     case.status_changed status=waiting
        Tue 10:00   ! paused resolution
        Tue 11:00     case.status_changed status=working
        Tue 11:00   ! resumed resolution
        Tue 12:00     case.resolved resolution=workaround
        Tue 12:00   ! met resolution in time
    """)
    shown = story.clock("resolution", "Tue 13:00")
    assert (shown.used_seconds, shown.due, shown.ended_by) == (3 * 3600, None, "case.resolved as workaround")


def test_a_policy_may_apply_to_some_kinds_only() -> None:
    some = HEAD.replace("statuses:", "kinds: [problem, request]\napplies: {kind: problem}\nstatuses:")
    Story(book_of(some + "  response: {starts: case.opened, stops: support.replied, within: 1 h}")).tell("""
        Mon 09:00     case.opened kind=request
        Mon 09:30     case.changed kind=problem
        Mon 09:30   ! started response due Mon 10:00
        Mon 09:40     case.changed kind=request
        Mon 09:40   ! cancelled response: kind is now request (was problem)
    """)


OLD = (
    HEAD
    + """
  response: {starts: case.opened, stops: support.replied, within: 4 h}
  gone: {starts: case.opened, stops: case.resolved, within: 8 h}
"""
)
NEW = OLD.replace("2020-01-01", "2026-12-01").replace("4 h", "2 h").replace("gone", "resolution")


def moved(way: str) -> str:
    return f"""
        Mon 09:00     case.opened severity=P2
        Mon 09:00   ! started response due Mon 13:00
        Mon 09:00   ! started gone due Mon 17:00
        Mon 10:00     policy.moved policy=test@2099-01-01
        Mon 10:00   ! refused policy.moved
        Mon 10:00     policy.moved policy=test@2026-12-01 open_clocks={way}
    """


def test_an_owner_moves_an_open_case_to_another_version_and_says_what_becomes_of_its_clocks() -> None:
    gone = "Mon 10:00   ! cancelled gone: the case was moved to test@2026-12-01, which has no such clock\n"
    kept = Story(book_of(OLD, NEW))
    kept.tell(
        moved("keep")
        + gone
        + """
        Mon 10:00   ! started resolution due Mon 17:00
        Mon 11:00     case.changed severity=P3
        Mon 13:00   ! breached response due Mon 13:00
    """
    )
    assert kept.clock("response", "Mon 14:00").policy == "test@2020-01-01"
    story = Story(book_of(OLD, NEW))
    story.tell(
        moved("from_now")
        + "Mon 10:00   ! recomputed response due Mon 12:00\n"
        + gone
        + """
        Mon 10:00   ! started resolution due Mon 17:00
        Mon 12:00   ! breached response due Mon 12:00
    """
    )
    assert story.clock("response", "Mon 14:00").policy == "test@2026-12-01"
    said = [each.data for _, each in story.said if isinstance(each.data, ClockBreached)]
    assert said[0].policy == "test@2026-12-01"
    Story(book_of(OLD, NEW)).tell(
        moved("retroactive")
        + "Mon 10:00   ! recomputed response due Mon 11:00\n"
        + gone
        + """
        Mon 10:00   ! started resolution due Mon 17:00
        Mon 11:00   ! breached response due Mon 11:00
    """
    )


RELATED = (
    HEAD
    + """
  response: {starts: case.opened, stops: support.replied, within: 4 h}
  resolution:
    starts: case.opened
    stops: case.resolved
    within: 8 h
    pauses: {status: waiting}
    split: inherited
"""
)


def test_a_case_that_absorbs_an_older_one_counts_from_its_opening_less_what_that_one_waited() -> None:
    story = Story(book_of(RELATED))
    story.tell("""
        Mon 12:00     case.opened severity=P2
        Mon 12:00   ! started response due Mon 16:00
        Mon 12:00   ! started resolution due Tue 12:00
    """)
    story.absorb("Mon 13:00", opened="Mon 09:00", waited=[("Mon 09:30", "Mon 10:30")])
    assert story.clock("resolution", "Mon 13:00").due == parse("2026-11-17T10:00:00Z")
    assert story.clock("response", "Mon 13:00").due == parse("2026-11-16T13:00:00Z")
    story.tell("""
        Mon 13:00   ! breached response due Mon 13:00
        Mon 15:00     case.status_changed status=waiting
        Mon 15:00   ! paused resolution 180 min left
    """)


def test_a_case_that_was_split_off_begins_afresh_or_inherits_as_the_clock_says() -> None:
    Story(book_of(RELATED)).tell("""
        Mon 12:00     case.opened severity=P2
        Mon 12:00   ! started response due Mon 16:00
        Mon 12:00   ! started resolution due Tue 12:00
        Mon 12:00     case.split from=6 opened=Mon@09:00
        Mon 12:00   ! recomputed resolution due Mon 17:00
        Mon 16:00   ! breached response due Mon 16:00
    """)


def test_kept_terms_keep_their_calendar() -> None:
    later = RELATED.replace("2020-01-01", "2026-12-01").replace("09:00-17:00", "08:00-16:00")
    Story(book_of(RELATED, later)).tell("""
        Mon 12:00     case.opened severity=P2
        Mon 12:00   ! started response due Mon 16:00
        Mon 12:00   ! started resolution due Tue 12:00
        Mon 13:00     policy.moved policy=test@2026-12-01 open_clocks=keep
        Mon 14:00     support.replied
        Mon 14:00   ! met response in time
        Mon 15:00     case.status_changed status=waiting
        Mon 15:00   ! paused resolution 300 min left
        Tue 08:30     case.status_changed status=working
        Tue 08:30   ! resumed resolution due Tue 14:00
    """)


def test_what_counts_from_a_change_on_is_not_counted_from_an_older_opening() -> None:
    from_now = RELATED.replace("within: 8 h", "targets: {P1: 4 h, P2: 8 h, P3: 9 h}\n    on_change: from_now")
    story = Story(book_of(from_now))
    story.tell("""
        Mon 12:00     case.opened severity=P2
        Mon 12:00   ! started response due Mon 16:00
        Mon 12:00   ! started resolution due Tue 12:00
        Mon 12:30     case.changed severity=P3
        Mon 12:30   ! recomputed resolution due Tue 13:30
    """)
    story.absorb("Mon 13:00", opened="Mon 10:00", waited=[])
    assert story.clock("resolution", "Mon 13:00").due == parse("2026-11-17T13:30:00Z")
    assert story.clock("response", "Mon 13:00").due == parse("2026-11-16T14:00:00Z")
