"""What the pure decisions cost: microseconds per fact heard and bytes of state, of clock and escalation.

`python -m bench.decide` needs no server. Facts are decided in their order, case by case, as a backlog is
caught up; the best case of many counts, since noise only adds. A long case shows what its history costs.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from services.clock.domain.case import HEEDS as HEEDED_BY_CLOCK
from services.clock.domain.case import CaseClocks
from services.clock.domain.decide import decide as decide_clock
from services.escalation.domain.case import CaseEscalation
from services.escalation.domain.decide import HEEDS as HEEDED_BY_ESCALATION
from services.escalation.domain.decide import decide as decide_escalation
from shared.contracts.case import (
    CaseClosed,
    CaseOpened,
    CaseResolved,
    CaseStatusChanged,
    CustomerReplied,
    SupportReplied,
)
from shared.contracts.decision import Decision, Heard, Saying
from shared.contracts.envelope import Fact, Said
from shared.contracts.instant import HOUR, MINUTE
from shared.contracts.topics import CASES, CLOCKS
from shared.policyfiles import load_policies

FACTS_HEARD = 4000
STORIES = (("demo", 7), ("servicenow", 7), ("demo", 10), ("demo", 100), ("demo", 500))
BEGIN = 1_790_000_000_000_000

Decide = Callable[[Any, Heard, int], Decision[Any]]


class Cost(NamedTuple):
    micros: float
    """Of a processor, per fact heard."""
    said: float
    """Facts said per fact heard."""
    state: int
    """Bytes of a case's state as JSON, at its end."""


def story(customer: str, length: int) -> list[Said]:
    """A case that is opened, talked about and closed, in so many facts."""
    happens: list[Said] = [
        CaseOpened(customer=customer, severity="P2", kind="problem", title="Orders are not delivered"),
        SupportReplied(),
        CaseStatusChanged(status="in_progress"),
    ]
    talk = [CustomerReplied(message="m1"), SupportReplied(message="m2")]
    happens += [talk[number % 2] for number in range(length - 5)]
    return [*happens, CaseResolved(resolution="fix"), CaseClosed()]


def facts(case: int, happens: Iterable[Said]) -> list[Fact]:
    return [
        Fact(
            key=f"demo/C-{case}",
            time=BEGIN + number * MINUTE,
            data=data,
            source="helpdesk",
            id=f"7c1e{case:06}-{number:04}",
            topic=CASES,
            sequence=number,
        )
        for number, data in enumerate(happens, start=1)
    ]


def live(decide: Decide, heard: Sequence[Fact]) -> tuple[Any, list[Saying]]:
    """One case's facts decided in order; its state and what was said."""
    state: Any = None
    said: list[Saying] = []
    now = heard[-1].time + HOUR
    for fact in heard:
        decision = decide(state, fact, now)
        state = decision.state
        said += decision.says
    return state, said


def told(key: str, said: Iterable[Saying]) -> Iterator[Fact]:
    """What the clocks said, as facts that others hear."""
    for number, saying in enumerate(said, start=1):
        yield Fact(key, saying.time, saying.data, "clock", f"{key}#{number}", CLOCKS, number)


def cost(decide: Decide, kept: TypeAdapter[Any], cases: Sequence[Sequence[Fact]]) -> Cost:
    ends, best = [], float("inf")
    for case in cases:
        begun = time.process_time()
        ends.append(live(decide, case))
        best = min(best, (time.process_time() - begun) / len(case))
    state, said = ends[-1]
    size = len(kept.dump_json(state, exclude_defaults=True))
    return Cost(best * 1e6, len(said) / len(cases[-1]), size)


def rows() -> Iterator[tuple[str, str, Cost]]:
    book = load_policies(Path(__file__).parents[1] / "policies")
    clock, escalation = partial(decide_clock, book), partial(decide_escalation, book)
    for customer, length in STORIES:
        title = f"{customer}, {length} facts a case"
        numbers = range(FACTS_HEARD // length)
        cases = [heeded(facts(number, story(customer, length)), HEEDED_BY_CLOCK) for number in numbers]
        yield title, "clock", cost(clock, TypeAdapter(CaseClocks), cases)
        said = [told(case[0].key, live(clock, case)[1]) for case in cases]
        both = [heeded([*case, *of], HEEDED_BY_ESCALATION) for case, of in zip(cases, said, strict=True)]
        yield title, "escalation", cost(escalation, TypeAdapter(CaseEscalation), both)


def heeded(heard: Iterable[Fact], types: frozenset[str]) -> list[Fact]:
    """Those that the kit brings to `decide`: it passes over the others by their type."""
    return sorted((fact for fact in heard if fact.type in types), key=lambda fact: fact.time)


def main() -> None:
    print(f"{'story':28}{'decided by':12}{'µs/fact':>8}{'said/fact':>11}{'state bytes':>13}")
    for title, service, found in rows():
        print(f"{title:28}{service:12}{found.micros:8.1f}{found.said:11.2f}{found.state:13,}")


if __name__ == "__main__":
    main()
