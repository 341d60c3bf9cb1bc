"""What intake remembers of facts that the clocks refused later."""

from services.intake.domain.refusals import HEEDS, Refusals, note
from tests.support.every_fact import heard, samples

SAMPLES = samples(customer="acme", data_lost="1 h")
NOW = 1_700_000_000_000_000


def test_what_is_not_heeded_changes_nothing() -> None:
    refused = next(sample for sample in SAMPLES if sample.type == "fact.refused")
    known = heard(note, Refusals(), refused, NOW).state
    changing = {sample.type for sample in SAMPLES if heard(note, known, sample, NOW).state is not known}
    assert changing == HEEDS
