"""Ladders: who hears of it, step by step, and everything that stops them."""

from tests.escalation.timeline import play


def test_warning_breach_silence_manager_acknowledged() -> None:
    play("""
        -Fri 16:45 > opened severity=P1
        -Fri 16:45 < at Tier 1: first-line
        Mon 09:07 > warned first_response 75 due Mon 09:15
        Mon 09:07 < normal first_response-1-1-asta
        Mon 09:15 > breached first_response
        Mon 09:15 < up Tier 1 to Tier 2
        Mon 09:15 < at Tier 2: second-line
        Mon 09:15 < critical first_response-1-2-otto until Mon 09:30
        Mon 09:30 < silence first_response-1-2-otto
        Mon 09:30 < critical first_response-1-3-karl until Mon 09:45
        Mon 09:31 > acknowledged first_response-1-3-karl by karl
        Mon 09:31 < withdrawn first_response-1-2-otto: acknowledged by karl
        Mon 09:31 < noted first_response-1-3-karl by karl: stops the ladder of first response, cycle 1
        Mon 09:40 > replied
        Mon 09:40 > met first_response late
        Mon 09:40 < withdrawn first_response-1-1-asta: first response met late Mon 1 Jun 09:40 CEST
        Mon 09:40 < ended first_response-1: first response met late Mon 1 Jun 09:40 CEST
        Mon 23:00 |
    """)


def test_nobody_answers_and_senior_management_hears_of_a_critical_case_at_any_hour() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 23:00 > breached resolution
        Mon 23:00 < skipped 1: 75 %: overtaken by 2: breach
        Mon 23:00 < up Tier 1 to Tier 2
        Mon 23:00 < at Tier 2: second-line
        Mon 23:00 < skipped 2: breach: on-call: no shift of Second line is open
        Mon 23:00 < critical resolution-1-3-karl until Mon 23:15    at once
        Mon 23:15 < silence resolution-1-3-karl
        Mon 23:15 < digest resolution-1-4-ceo
        Mon 23:15 < ended resolution-1: nobody has acknowledged, and no step is left
        +Mon 12:00 |
    """)


def test_senior_management_hears_of_the_rest_in_its_own_hours() -> None:
    play("""
        Mon 17:00 > opened severity=P2
        Mon 17:00 < at Tier 1: first-line
        Mon 20:30 > breached first_response
        Mon 20:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 20:30 < up Tier 1 to Tier 2
        Mon 20:30 < at Tier 2: second-line
        Mon 20:30 < skipped 2: breach: on-call: no shift of Second line is open
        Mon 20:30 < critical first_response-1-3-karl until Mon 20:45
        Mon 20:45 < silence first_response-1-3-karl
        Tue 08:00 < digest first_response-1-4-ceo
        Tue 08:00 < ended first_response-1: nobody has acknowledged, and no step is left
        Tue 23:00 |
    """)


def test_what_waits_for_senior_management_is_dropped_with_its_reason() -> None:
    play("""
        Mon 17:00 > opened severity=P2
        Mon 17:00 < at Tier 1: first-line
        Mon 20:30 > breached first_response
        Mon 20:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 20:30 < up Tier 1 to Tier 2
        Mon 20:30 < at Tier 2: second-line
        Mon 20:30 < skipped 2: breach: on-call: no shift of Second line is open
        Mon 20:30 < critical first_response-1-3-karl until Mon 20:45
        Mon 20:45 < silence first_response-1-3-karl
        Tue 07:00 > resolved
        Tue 07:00 < withdrawn first_response-1-3-karl: the case was resolved Tue 2 Jun 07:00 CEST
        Tue 07:00 < skipped 4: silence: before their hours came: the case was resolved Tue 2 Jun 07:00 CEST
        Tue 07:00 < ended first_response-1: the case was resolved Tue 2 Jun 07:00 CEST
        Tue 23:00 |
    """)


def test_an_offset_counts_from_the_breach_and_a_normal_page_stays_normal() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached first_response
        Mon 11:30 < normal first_response-1-1-asta until Mon 12:30
        Mon 12:30 < silence first_response-1-1-asta
        Mon 13:30 < up Tier 1 to Tier 2
        Mon 13:30 < at Tier 2: second-line
        Mon 13:30 < normal first_response-1-2-karl
        Mon 13:30 < ended first_response-1: nobody has acknowledged, and no step is left
        Mon 23:00 |
    """)


def test_met_before_its_offset_came_and_it_says_why_nobody_heard_of_it() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached first_response
        Mon 11:29 > met first_response late
        Mon 11:29 < ended first_response-1: first response met late Mon 1 Jun 11:29 CEST
        Mon 23:00 |
    """)


def test_a_clock_that_is_met_in_time_says_nothing() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:10 > met first_response
        Mon 23:00 |
    """)


def test_acknowledged_but_idle() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached first_response
        Mon 09:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:35 > acknowledged first_response-1-2-otto by otto
        Mon 09:35 < noted first_response-1-2-otto by otto: stops the ladder of first response, cycle 1
        Mon 10:00 > status status=in_progress                              progress: the hour begins anew
        Mon 11:00 < critical first_response-1-5-mona until Mon 11:30
        Mon 11:10 > acknowledged first_response-1-5-mona by mona
        Mon 11:10 < noted first_response-1-5-mona by mona: stops the ladder of first response, cycle 1
        Tue 23:00 |
    """)


def test_an_acknowledged_warning_does_not_silence_the_breach() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:22 > warned first_response 75
        Mon 09:22 < normal first_response-1-1-asta
        Mon 09:23 > acknowledged first_response-1-1-asta by asta
        Mon 09:23 < noted first_response-1-1-asta by asta: stops the ladder of first response, cycle 1
        Mon 09:30 > breached first_response
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:40 |
    """)


def test_acknowledgements_that_change_nothing_say_why() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached first_response
        Mon 09:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:31 > acknowledged first_response-1-9-nobody by e
        Mon 09:31 < noted first_response-1-9-nobody by e: no such page
        Mon 09:35 > acknowledged first_response-1-2-otto by otto
        Mon 09:35 < noted first_response-1-2-otto by otto: stops the ladder of first response, cycle 1
        Mon 09:36 > acknowledged first_response-1-2-otto by karl
        Mon 09:36 < noted first_response-1-2-otto by karl: already acknowledged by otto Mon 1 Jun 09:35 CEST
        Mon 09:50 > resolved
        Mon 09:50 < ended first_response-1: the case was resolved Mon 1 Jun 09:50 CEST
        Mon 09:55 > acknowledged first_response-1-2-otto by x
        Mon 09:55 < noted first_response-1-2-otto by x: too late: the case was resolved Mon 1 Jun 09:50 CEST
        Tue 23:00 |
    """)


def test_an_acknowledgement_in_time_counts_though_it_arrives_late() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached first_response
        Mon 09:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:45 < silence first_response-1-2-otto
        Mon 09:45 < critical first_response-1-3-karl until Mon 10:00
        late Mon 09:46 Mon 09:44 > acknowledged first_response-1-2-otto by otto
        Mon 09:44 < withdrawn first_response-1-3-karl: acknowledged by otto
        Mon 09:44 < noted first_response-1-2-otto by otto: stops the ladder of first response, cycle 1
        Mon 10:40 |
    """)


def test_a_page_that_cannot_be_delivered_is_not_waited_for() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached first_response
        Mon 09:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:32 > undeliverable first_response-1-2-otto
        Mon 09:32 < silence first_response-1-2-otto
        Mon 09:32 < critical first_response-1-3-karl until Mon 09:47
        Mon 09:40 |
    """)


def test_the_first_ladder_that_matches_counts_and_is_pinned() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:22 > warned first_response 75
        Mon 09:22 < normal first_response-1-1-asta
        Mon 09:25 > changed severity=P3
        Mon 09:30 > breached first_response
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical first_response-1-2-otto until Mon 09:45
        Mon 09:40 > breached resolution                                    no ladder for a P3
        Mon 09:41 |
    """)


def test_each_cycle_of_a_clock_has_its_own_climb() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 10:00 > breached ongoing_update
        Mon 10:00 < normal ongoing_update-1-1-asta
        Mon 10:00 < ended ongoing_update-1: its last step was said
        Mon 10:05 > met ongoing_update late
        Mon 10:05 < withdrawn ongoing_update-1-1-asta: ongoing update met late Mon 1 Jun 10:05 CEST
        Mon 15:00 > breached ongoing_update cycle=2
        Mon 15:00 < normal ongoing_update-2-1-asta
        Mon 15:00 < ended ongoing_update-2: its last step was said
        Mon 23:00 |
    """)


def test_the_page_follows_the_sun() -> None:
    play("""
        Mon 09:00 > opened region=AMER
        Mon 09:00 < at Tier 1: first-line
        Mon 14:30 > breached ongoing_update                                Chicago is open, India too
        Mon 14:30 < normal ongoing_update-1-1-amy
        Mon 14:30 < ended ongoing_update-1: its last step was said
        Tue 02:30 > breached ongoing_update cycle=2                        India alone
        Tue 02:30 < normal ongoing_update-2-1-ravi
        Tue 02:30 < ended ongoing_update-2: its last step was said
        Sat 10:00 > breached ongoing_update cycle=3
        Sat 10:00 < skipped 1: breach: assignee: no shift of First line is open
        Sat 10:00 < ended ongoing_update-3: nobody could be asked: there was nobody for any step
    """)


def test_a_merged_case_lives_on_elsewhere() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 13:30 > breached ongoing_update
        Mon 13:30 < normal ongoing_update-1-1-asta
        Mon 13:30 < ended ongoing_update-1: its last step was said
        Mon 13:40 > merged into=2
        Mon 13:40 < withdrawn ongoing_update-1-1-asta: the case was merged Mon 1 Jun 13:40 CEST
        Mon 13:50 > reopened
        Mon 13:55 > breached ongoing_update cycle=2
        Mon 13:55 < skipped 1: breach: the case was merged Mon 1 Jun 13:40 CEST
        Tue 23:00 |
    """)


def test_an_exception_holds_the_ladder_while_it_lasts() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 13:00 > excused resolution due Mon 13:00
        Mon 23:00 |
        Tue 10:00 > excuse-ended resolution
        Tue 10:00 > breached resolution
        Tue 10:00 < skipped 1: 75 %: overtaken by 2: breach
        Tue 10:00 < up Tier 1 to Tier 2
        Tue 10:00 < at Tier 2: second-line
        Tue 10:00 < critical resolution-1-2-otto until Tue 10:15
    """)


def test_an_exception_ends_the_ladder_of_a_breach_and_its_end_begins_it_anew() -> None:
    play("""
        Mon 09:00 > opened severity=P1
        Mon 09:00 < at Tier 1: first-line
        Mon 09:30 > breached resolution
        Mon 09:30 < skipped 1: 75 %: overtaken by 2: breach
        Mon 09:30 < up Tier 1 to Tier 2
        Mon 09:30 < at Tier 2: second-line
        Mon 09:30 < critical resolution-1-2-otto until Mon 09:45
        Mon 09:40 > excused resolution due Mon 09:30
        Mon 09:40 < withdrawn resolution-1-2-otto: resolution excused by mona Mon 1 Jun 09:40 CEST
        Mon 09:40 < ended resolution-1: resolution excused by mona Mon 1 Jun 09:40 CEST
        Mon 12:00 > resumed resolution excused=true
        Mon 23:00 |
        Tue 10:00 > excuse-ended resolution
        Tue 10:00 < critical resolution-1-2-otto~2 until Tue 10:15
    """)
