"""The map: who owns which topic and what is said on it. One screen."""

from shared.contracts.case import CASE_FACTS
from shared.contracts.clock import CLOCK_FACTS, REFUSAL_FACTS
from shared.contracts.envelope import Said
from shared.contracts.escalation import ESCALATION_FACTS
from shared.contracts.notifier import ACKNOWLEDGEMENT_FACTS, DELIVERY_FACTS

CASES = "cases"
CLOCKS = "clocks"
REFUSALS = "refusals"
ESCALATIONS = "escalations"
DELIVERIES = "deliveries"
ACKNOWLEDGEMENTS = "acknowledgements"

OWNERS = {
    CASES: "intake",
    CLOCKS: "clock",
    REFUSALS: "clock",
    ESCALATIONS: "escalation",
    DELIVERIES: "notifier",
    ACKNOWLEDGEMENTS: "notifier",
}

TOPICS: dict[str, tuple[type[Said], ...]] = {
    CASES: CASE_FACTS,
    CLOCKS: CLOCK_FACTS,
    REFUSALS: REFUSAL_FACTS,
    ESCALATIONS: ESCALATION_FACTS,
    DELIVERIES: DELIVERY_FACTS,
    ACKNOWLEDGEMENTS: ACKNOWLEDGEMENT_FACTS,
}

TOPIC_OF: dict[type[Said], str] = {said: topic for topic, facts in TOPICS.items() for said in facts}
FACTS: dict[str, type[Said]] = {said.type: said for facts in TOPICS.values() for said in facts}
