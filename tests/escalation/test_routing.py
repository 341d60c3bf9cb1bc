"""Routing: tiers by kind and complexity, dedicated managers, budgets (FD-5, FD-8)."""

from shared.policy.book import PolicyBook
from shared.policy.policy import read_policy
from tests.escalation.timeline import HERE, World, book, play

POLICY = (HERE / "policy.yaml").read_text()
DIRECTORY = book().directory


def test_tiers_by_kind_and_complexity() -> None:
    play("""
        Mon 09:00 > opened kind=integration
        Mon 09:00 < at Tier 3: engineering
    """)
    play("""
        Mon 09:00 > opened complexity=high
        Mon 09:00 < at Tier 2: second-line
    """)


def test_complexity_moves_a_case_up_and_while_nothing_raised_it_down_again() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 10:00 > changed complexity=high
        Mon 10:00 < up Tier 1 to Tier 2
        Mon 10:00 < at Tier 2: second-line
        Mon 10:10 > changed complexity=low
        Mon 10:10 < at Tier 1: first-line
        Mon 10:20 > changed topic=printers                                 no rule asks for it
    """)


def test_a_tier_whose_budget_is_used_up_gives_the_case_away_for_good() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 11:00 > warned resolution 50
        Mon 11:00 < up Tier 1 to Tier 2
        Mon 11:00 < at Tier 2: second-line
        Mon 11:30 > changed complexity=high                                it lies there already
        Mon 11:40 > changed complexity=low                                 what went up stays
        Mon 12:00 > warned resolution 75                                   nobody's budget
        Mon 12:12 > warned resolution 80
        Mon 12:12 < up Tier 2 to Tier 3
        Mon 12:12 < at Tier 3: engineering
        Tue 23:00 |
    """)


def test_a_tier_that_is_entered_with_its_budget_used_up_is_left_at_once() -> None:
    play("""
        Mon 09:00 > opened kind=integration
        Mon 09:00 < at Tier 3: engineering
        Mon 11:00 > warned resolution 50
        Mon 12:00 > changed kind=question
        Mon 12:00 < at Tier 1: first-line
        Mon 12:00 < up Tier 1 to Tier 2
        Mon 12:00 < at Tier 2: second-line
    """)


def test_a_new_cycle_has_its_budget_anew() -> None:
    play("""
        Mon 09:00 > opened kind=integration
        Mon 09:00 < at Tier 3: engineering
        Mon 11:00 > warned resolution 50
        Tue 11:00 > warned resolution 75 cycle=2
        Tue 12:00 > changed kind=question
        Tue 12:00 < at Tier 1: first-line
    """)


def test_a_retracted_point_no_longer_counts_and_the_case_does_not_wander_back() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 11:00 > warned resolution 50
        Mon 11:00 < up Tier 1 to Tier 2
        Mon 11:00 < at Tier 2: second-line
        Mon 11:05 > retracted resolution warned 50
        Mon 11:10 > changed kind=integration
        Mon 11:10 < up Tier 2 to Tier 3
        Mon 11:10 < at Tier 3: engineering
    """)


def test_the_dedicated_manager_then_the_deputy_then_the_queue() -> None:
    play("""
        Mon 09:00 > opened customer=signature severity=P4
        Mon 09:00 < at Tier 1: tam
    """)
    play("""
        Wed 09:00 > opened customer=signature severity=P4                  the manager is away
        Wed 09:00 < at Tier 1: dee
    """)
    play("""
        Thu 08:30 > opened customer=signature severity=P4      before hours, and the deputy is away
        Thu 08:30 < at Tier 1: first-line
    """)


def test_whoever_has_the_case_is_the_assignee_and_the_assigned_one_before_them() -> None:
    play("""
        Mon 09:00 > opened customer=signature severity=P1
        Mon 09:00 < at Tier 1: tam
        Mon 09:22 > warned first_response 75
        Mon 09:22 < normal first_response-1-1-tam
        Mon 09:30 > changed assignee=otto
        Mon 12:00 > warned resolution 75
        Mon 12:00 < normal resolution-1-1-otto
    """)


def test_a_case_that_is_over_is_not_raised_until_it_is_reopened() -> None:
    play("""
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 10:30 > resolved
        late Mon 11:01 Mon 11:00 > warned resolution 50
        late Mon 11:05 Mon 10:45 > reopened
        Mon 10:45 < up Tier 1 to Tier 2
        Mon 10:45 < at Tier 2: second-line
    """)


def test_a_status_may_route_and_a_reopened_case_is_in_the_first_one_again() -> None:
    policy = read_policy(POLICY.replace("{complexity: high}", "{status: waiting}"), "")
    play(
        """
        Mon 09:00 > opened
        Mon 09:00 < at Tier 1: first-line
        Mon 09:10 > status status=waiting
        Mon 09:10 < up Tier 1 to Tier 2
        Mon 09:10 < at Tier 2: second-line
        Mon 09:20 > resolved
        Mon 09:30 > reopened
        Mon 09:30 < at Tier 1: first-line
        """,
        World(PolicyBook.of([policy], DIRECTORY)),
    )
