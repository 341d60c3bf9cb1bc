"""Which calendar counts for which case; the first rule that matches wins.

coverage: [{when: {severity: P1}, calendar: always}, {calendar: office}]

The last rule has no `when:`, so that no case is left without a calendar.
"""

from yaml import Node, ScalarNode

from shared.policy.match import Rule, Rules, read_when
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
    if rules and rules[-1].when.conditions:
        reading.problem(node, "some cases have no calendar", "end with a rule without when:")
    return Rules(tuple(rules))
