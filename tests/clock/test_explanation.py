"""What an explanation says is true: the due instant follows from what it shows, and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.clock.domain.explanation import CycleExplained, Explanation, explain
from shared.contracts.instant import DAY, SECOND, render
from tests.clock.story import Story, book_of
from tests.clock.test_laws import BOOK, END, FACTS_OF_A_CASE, What, facts_of, in_some_order
from tests.clock.test_occasions import STAGES
from tests.clock.test_story_of_a_clock import RESOLUTION


def micros(seconds: float) -> int:
    return round(seconds * SECOND)


def recomputed_due(cycle: CycleExplained) -> int:
    """From the explanation alone: where the counted intervals add up to the budget."""
    assert cycle.budget_seconds is not None
    left, at = micros(cycle.budget_seconds), cycle.counts_from
    for piece in cycle.counted:
        assert at <= piece.since < piece.until, "intervals in order, none empty"
        assert micros(piece.seconds) == piece.until - piece.since
        left -= piece.until - piece.since
        at = piece.until
        assert micros(piece.total_seconds) == micros(cycle.budget_seconds) - left, (
            "a sum that is shown is true"
        )
    assert left == 0, "what is counted up to the due instant is the budget"
    return at


def check(explanation: Explanation) -> None:
    for cycle in explanation.cycles:
        for since, until in [(each.since, each.until) for each in cycle.pauses]:
            for piece in cycle.counted:
                assert piece.until <= since or (until is not None and piece.since >= until), (
                    "counted in a pause"
                )
        moved = [each for each in cycle.changes if each.at > cycle.counts_from]
        assert all(change.cause for change in moved), "due moves for a cause that is recorded"
        if cycle.due is None:
            counted = sum(piece.until - piece.since for piece in cycle.counted)
            assert counted == micros(cycle.used_seconds)
        elif cycle.due_at_next_opening:
            assert recomputed_due(cycle) <= cycle.due
        else:
            assert recomputed_due(cycle) == cycle.due or not cycle.counted


@given(FACTS_OF_A_CASE, st.integers(0, 2**32), st.integers(0, 4 * DAY))
@settings(max_examples=60, deadline=None)
def test_the_due_instant_follows_from_the_explanation_alone(
    drawn: list[tuple[int, What]], seed: int, before_end: int
) -> None:
    lived = in_some_order(facts_of(drawn), seed)
    assert lived.state is not None
    for clock in dict.fromkeys(name for policy in BOOK.versions() for name in policy.clocks):
        explanation = explain(BOOK, lived.state, clock, END - before_end)
        if explanation is not None:
            check(explanation)


def test_a_whole_story_is_told() -> None:
    story = Story(book_of(RESOLUTION))
    story.tell("""
        Mon 15:00     case.opened severity=P3
        Mon 15:00   ! started resolution due Wed 15:00
        Mon 16:00     case.changed severity=P2
        Mon 16:00   ! recomputed resolution due Tue 11:00
        Mon 16:30     case.status_changed status=waiting
        Mon 16:30   ! paused resolution 150 min left
        Tue 10:00     case.status_changed status=working
        Tue 10:00   ! resumed resolution due Tue 12:30
        Tue 12:30   ! breached resolution due Tue 12:30
    """)
    assert story.state is not None
    explanation = explain(story.book, story.state, "resolution", story.instant("Tue 13:00"))
    assert explanation is not None
    [cycle] = explanation.cycles
    assert (cycle.target, cycle.calendar, cycle.started_by) == ("4 h", "office", "case.opened")
    assert cycle.target_rule is not None
    assert cycle.target_rule.when == "severity is P2"
    assert [each.partition(": ")[2] for each in cycle.target_rule.passed_over] == ["severity is P1"]
    assert cycle.calendar_rule is not None
    assert cycle.calendar_rule.when == "always"
    assert [(render(each.since)[8:16], render(each.until)[8:16], each.seconds) for each in cycle.counted] == [
        ("16T15:00", "16T16:30", 5400),
        ("17T10:00", "17T12:30", 9000),
    ]
    [pause] = cycle.pauses
    assert (pause.cause, pause.gives_back_seconds) == ("status is waiting", 5400)
    [change] = cycle.changes
    assert change.cause == "severity is now P2 (was P3)"
    assert [each.what for each in cycle.story] == ["started", "recomputed", "paused", "resumed", "breached"]
    check(explanation)


def test_a_due_that_rolls_to_the_next_opening_says_so() -> None:
    story = Story(book_of(STAGES))
    story.tell("""
        Mon 09:00     case.opened
        Mon 09:00     case.status_changed status=check
        Mon 09:00   ! started check due Tue 09:00
    """)
    assert story.state is not None
    explanation = explain(story.book, story.state, "check", story.instant("Mon 10:00"))
    assert explanation is not None
    assert explanation.cycles[0].due_at_next_opening
    check(explanation)
    assert explain(story.book, story.state, "nothing", 0) is None
