"""Stages of a process (FD-9): a clock for each time that the case is in one."""

from services.clock.domain.case import Stated
from services.clock.domain.cycle import Cycle
from shared.policy.match import When


def enters(stage: When, last: Cycle | None, was: Stated) -> bool:
    """Whether a case that is in this stage has just come into it, as far as its clock is concerned.

    `last` is the clock's latest cycle, `was` what the case stated before. A stage that the clock's own stop
    has ended does not begin again while the case stays in it.
    """
    if last is None or last.open:
        return last is None
    return not stage.holds(was) or last.ended_with_case or last.state.startswith("cancelled")
