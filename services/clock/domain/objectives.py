"""What else was promised of the outcome of a disaster (FS-5, FD-17), judged when its clock is met."""

from collections.abc import Iterator, Mapping

from services.clock.domain.case import Noted
from services.clock.domain.cycle import Cycle
from services.clock.domain.judgement import Judgement


def judged_objectives(cycle: Cycle, objectives: Mapping[str, int], fact: Noted) -> Iterator[Judgement]:
    """What `service.restored` states against what is allowed. What is not stated is not kept.

    The recovery point's age counts back from the declaration, where the cycle starts; unless stated, data are
    lost from that point on.
    """
    point, lost = fact.more.get("recovery_point"), fact.more.get("data_lost")
    age = None if point is None else max(0, cycle.start - point)
    outcome = {"recovery_point": age, "data_lost": age if lost is None else lost}
    for name, allowed in objectives.items():
        yield Judgement("judged", *cycle.name, fact.time, amount=allowed, words=name, actual=outcome[name])
