"""The words of a policy: severities, kinds, statuses and the other attributes that its rules may ask for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from yaml import MappingNode, Node, ScalarNode

from shared.contracts.case_said import FOLLOWS
from shared.policy.reading import Reading

STATED = (
    "customer",
    "severity",
    "kind",
    "package",
    "region",
    "deployment",
    "channel",
    "contact",
    "topic",
    "complexity",
    "assignee",
    "tags",
)
"""What any case may state (contracts/case.py); `attributes:` of a policy adds its own."""

SECTIONS = ("severities", "default_severity", "kinds", "statuses", "attributes")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names in the author's order, most severe first. No kinds: any kind is taken."""

    severities: Mapping[str, str]
    """Severity to its meaning."""
    default_severity: str
    kinds: tuple[str, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    """Status to what it means; the first is the one a case begins in, and is in again when reopened."""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Attribute to its allowed values (none named: any)."""

    @property
    def initial_status(self) -> str:
        return next(iter(self.statuses), "")

    def asked(self) -> Collection[str]:
        """The attributes that a condition may ask for."""
        return {*STATED, "status", *FOLLOWS, *self.attributes}

    def values(self, attribute: str) -> Collection[str]:
        """The values that an attribute may have; empty: any."""
        match attribute:
            case "severity":
                return self.severities
            case "kind":
                return self.kinds
            case "status":
                return self.statuses
            case _:
                return self.attributes.get(attribute) or FOLLOWS.get(attribute, ())


def read_vocabulary(sections: Mapping[str, Node], reading: Reading) -> Vocabulary:
    severities = _meanings(sections.get("severities"), reading)
    if not severities and "severities" in sections:
        reading.problem(
            sections["severities"], "a policy names at least one severity", "P1: Production is down"
        )
    default = next(reversed(severities), "")
    if "default_severity" in sections:
        default = reading.one_of(sections["default_severity"], severities, "severity") or default
    kinds = reading.texts(sections["kinds"]) if "kinds" in sections else ()
    attributes: dict[str, tuple[str, ...]] = {}
    if "attributes" in sections:
        for name_node, name, values in reading.entries(sections["attributes"]):
            if name in ("severity", "kind", "status"):
                reading.problem(name_node, f"{name!r} has its own section", f"move it to {name}s")
            elif name in FOLLOWS:
                reading.problem(name_node, f"{name!r} follows from events", "name it otherwise")
            elif isinstance(values, ScalarNode) and not values.value.strip():
                attributes[name] = ()
            else:
                attributes[name] = reading.texts(values)
    return Vocabulary(severities, default, kinds, _meanings(sections.get("statuses"), reading), attributes)


def _meanings(node: Node | None, reading: Reading) -> dict[str, str]:
    """`{P1: Production is down}`, `[P1, P2]`, or `{open: }`: words with or without what they mean."""
    if node is None:
        return {}
    if not isinstance(node, MappingNode):
        return dict.fromkeys(reading.texts(node), "")
    meanings = {}
    for _, name, value in reading.entries(node):
        members = reading.members(value, ("means",)) if isinstance(value, MappingNode) else {"means": value}
        meaning = members.get("means")
        meanings[name] = "" if meaning is None or not meaning.value else reading.text(meaning) or ""
    return meanings
