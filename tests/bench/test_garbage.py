"""What a decision leaves behind dies with its last reference.

A cycle lives on until cycles are looked for. One in each decision once kept a hundred thousand states alive,
and looking for them held up everything else for a second.
"""

import gc
from functools import partial
from pathlib import Path

import pytest

from bench import decide
from services.clock.domain.decide import decide as decide_clock
from services.escalation.domain.decide import decide as decide_escalation
from services.intake.domain.json_text import read
from shared.policyfiles import load_policies


@pytest.mark.parametrize("service", ["clock", "escalation"])
def test_a_decision_leaves_no_cycle(service: str) -> None:
    book = load_policies(Path("policies"))
    clock = partial(decide_clock, book)
    heard = decide.facts(1, decide.story("demo", 12))
    both = [*heard, *decide.told(heard[0].key, decide.live(clock, heard)[1])]
    mine = sorted(heard if service == "clock" else both, key=lambda fact: fact.time)
    decided: decide.Decide = clock if service == "clock" else partial(decide_escalation, book)
    decide.live(decided, mine)  # what is made once and kept is made now
    gc.collect()
    gc.disable()
    try:
        decide.live(decided, mine)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_reading_what_was_posted_leaves_no_cycle() -> None:
    body = b'[{"a": [1, 2.5, {"b": "c"}]}, {"a": 1, "a": 2}]'
    read(body, 100)
    gc.collect()
    gc.disable()
    try:
        read(body, 100)
        assert gc.collect() == 0
    finally:
        gc.enable()
