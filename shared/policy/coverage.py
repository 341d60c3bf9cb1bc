"""Which calendar counts for which case; the first rule that matches wins.

coverage: [{when: {severity: P1}, calendar: always}, {calendar: office}]

No case may be left without a calendar: the last rule has no `when:`.
"""

from yaml import Node, ScalarNode

from shared.policy.match import Rule, Rules, check_order, read_when, uncovered
from shared.policy.reading import Reading
from shared.policy.vocabulary import Vocabulary


def read_coverage(node: Node, calendars: set[str], vocabulary: Vocabulary, reading: Reading) -> Rules[str]:
    """Rules to names of calendars; a single name stands for a single rule."""
    rules = []
    for item in reading.items(node):
        if isinstance(item, ScalarNode):
            members: dict[str, Node] = {"calendar": item}
        else:
            members = reading.members(item, ("when", "calendar"), ("calendar",))
        when = read_when(members.get("when"), vocabulary, reading)
        if "calendar" in members:
            calendar = reading.one_of(members["calendar"], calendars, "calendar")
            if calendar is not None:
                rules.append(Rule(when, calendar, item.start_mark.line + 1))
    coverage = Rules(tuple(rules))
    check_order(coverage, node, reading)
    if rules and (left := uncovered(coverage, vocabulary)):
        reading.problem(node, f"no calendar for {left}", "end with a rule without when:")
    return coverage
