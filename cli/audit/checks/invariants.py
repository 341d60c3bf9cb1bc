"""All that is checked of each case, in the order in which it is told."""

from collections.abc import Callable
from typing import NamedTuple

from cli.audit.case import Case, Verdict
from cli.audit.checks.decisions import parked_is_known, said_again, states_again
from cli.audit.checks.facts import accepted_once, in_order, said_is_decided
from cli.audit.checks.hearing import said_is_heard
from cli.audit.checks.instants import nothing_early, nothing_overdue, one_breach_a_cycle
from cli.audit.checks.people import causes_are_delivered, one_delivery_an_effect, pages_have_causes


class Invariant(NamedTuple):
    name: str
    """For metrics and `--json`."""
    title: str
    of: str
    """What is counted as checked."""


ACCEPTED_ONCE = Invariant("accepted_once", "an accepted event is in the journal once, and one fact", "events")
IN_ORDER = Invariant("in_order", "of each case no gap on the wire, nothing out of order", "records")
SAID_DECIDED = Invariant("said_is_decided", "what is said was decided, what was decided is said", "facts")
HEARD = Invariant("said_is_heard", "what is said was heard by each who hears it", "facts heard")
TURNS = Invariant("turns", "turns without gap, epochs upwards, positions are their sum", "turns")
WIRE = Invariant("wire", "the wire has every offset, and everything that was heard", "records")
STATES = Invariant("states_again", "decided again from nothing: the states, bit for bit", "states")
SAYS = Invariant("said_again", "decided again from nothing: what was said, byte for byte", "facts")
PARKED = Invariant("parked_is_known", "nothing undecided that is not a known dead letter", "letters")
OVERDUE = Invariant("nothing_overdue", "what is due was called", "due instants")
EARLY = Invariant("nothing_early", "nothing is said before its instant", "facts")
BREACHES = Invariant("one_breach_a_cycle", "at most one breach a cycle", "breaches")
CAUSES = Invariant("pages_have_causes", "every page has a cause", "pages")
DELIVERED = Invariant(
    "causes_are_delivered", "every cause has its delivery, or a reason why not", "deliveries"
)
EFFECTS = Invariant("one_delivery_an_effect", "one effect key, one accepted delivery", "effects")

OF_A_CASE: dict[Invariant, Callable[[Case], Verdict]] = {
    ACCEPTED_ONCE: accepted_once,
    IN_ORDER: in_order,
    SAID_DECIDED: said_is_decided,
    HEARD: said_is_heard,
    STATES: states_again,
    SAYS: said_again,
    PARKED: parked_is_known,
    OVERDUE: nothing_overdue,
    EARLY: nothing_early,
    BREACHES: one_breach_a_cycle,
    CAUSES: pages_have_causes,
    DELIVERED: causes_are_delivered,
    EFFECTS: one_delivery_an_effect,
}
INVARIANTS = (*list(OF_A_CASE)[:4], TURNS, WIRE, *list(OF_A_CASE)[4:])
"""In the order in which they are told."""
