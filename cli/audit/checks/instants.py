"""Never early, never missed, never twice."""

import json
from collections import Counter

from cli.audit.case import Case, Verdict, header, place
from cli.audit.deciders import SERVICES
from cli.audit.refolding import NotFolded
from shared.contracts.clock import ClockBreached, ClockRetracted
from shared.contracts.instant import render
from shared.contracts.topics import CLOCKS


def nothing_overdue(case: Case) -> Verdict:
    """What is due has been called, wherever somebody runs the partition and is not behind."""
    verdict = Verdict()
    for service in SERVICES:
        stored = case.dossier.states.get(service)
        if stored is None or stored.wake_at is None:
            continue
        if (service, case.partition) not in case.horizon.waiting:
            verdict.notes["due instants of partitions that nobody runs, or that are behind"] += 1
            continue
        late = case.horizon.now - stored.wake_at
        due, now = render(stored.wake_at), render(case.horizon.now)
        verdict.expect(
            late <= case.horizon.patience, f"{service}: it was due at {due}, and not called by {now}"
        )
    return verdict


def nothing_early(case: Case) -> Verdict:
    """Nothing is said before its instant: no fact is of a later time than the turn that said it.

    What answers a fact that its sender has dated ahead may be of that fact's time.
    """
    verdict = Verdict()
    for service in SERVICES:
        try:
            done = case.refolded(service)
        except NotFolded:
            continue
        for fact, _, moment, latest in done.says:
            early = f"{service}: {fact.topic}-{fact.sequence} ({fact.type}) is of {render(fact.time)}"
            verdict.expect(
                fact.time <= latest, f"{early}, and was said at {render(moment.now)} (turn {moment.turn})"
            )
        verdict.notes["times called when nothing was due any more"] += done.asleep
    return verdict


def one_breach_a_cycle(case: Case) -> Verdict:
    """A cycle of a clock is breached once, unless the breach was retracted between."""
    verdict = Verdict()
    standing: Counter[tuple[str, int]] = Counter()
    for _, record in sorted(case.said[CLOCKS].items()):
        named = header(record, "type")
        if named not in (ClockBreached.type, ClockRetracted.type):
            continue
        data = json.loads(record.value)
        cycle = data["clock"], data["cycle"]
        if named == ClockBreached.type:
            standing[cycle] += 1
            verdict.expect(
                standing[cycle] == 1, f"{place(record)}: {cycle[0]}, cycle {cycle[1]} was breached already"
            )
        elif data["what"] == "breached":
            standing[cycle] = 0
    return verdict
