"""From the door to the wire: everything that was accepted or decided is said, once, in order, unchanged."""

from collections import defaultdict
from collections.abc import Iterator

from cli.audit.case import Case, Verdict, header, number_of, place
from services.intake.store import Entry
from shared.contracts.topics import CASES, TOPICS
from shared.stream.codec import encode
from shared.stream.wire import Record


def accepted_once(case: Case) -> Verdict:
    """Every accepted event is in the journal once, and became one fact, in its order and with its content."""
    verdict = Verdict()
    facts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, record in sorted(case.said[CASES].items()):
        facts[header(record, "source"), header(record, "id")].append(number)
    before = 0
    for entry in sorted(case.dossier.journal, key=lambda entry: entry.position):
        numbers = facts.pop((entry.source, entry.id), [])
        event = f"event {entry.id!r} of {entry.source!r} (journal {entry.position})"
        if not numbers and case.cut(CASES):
            verdict.notes["facts that the wire no longer has"] += 1
            continue
        if not verdict.expect(len(numbers) == 1, f"{event} became {len(numbers)} facts: {numbers}"):
            continue
        number, before_it, before = numbers[0], before, numbers[0]
        if number < before_it:
            verdict.violations.append(f"{event} is {CASES}-{number}, and one before it {CASES}-{before_it}")
        if wrong := _differs(case, entry, number):
            verdict.violations.append(f"{event}: {wrong}")
    for (source, id_), numbers in facts.items():
        known = [number for number in numbers if number <= case.last(CASES)]
        verdict.checked += len(known)
        verdict.violations += [
            f"{place(case.said[CASES][number])}: no event {id_!r} of {source!r} is in the journal"
            for number in known
        ]
    return verdict


def _differs(case: Case, entry: Entry, number: int) -> str:
    said = case.said[CASES][number]
    try:
        fact, value = entry.fact(number)
    except ValueError as wrong:
        return f"the journal's text is {wrong}"
    again = encode(fact._replace(topic=CASES), case.horizon.partitions, value)
    if (again.headers, again.value) == (said.headers, said.value):
        return ""
    return f"{place(said)} does not say what the journal has"


def in_order(case: Case) -> Verdict:
    """On each topic the case's facts come by their numbers: none is missing, none too early.

    Repetitions are allowed (a crash between the wire and the outbox) and must be the same, byte for byte.
    """
    verdict = Verdict()
    for topic, on_wire in case.dossier.wire.items():
        last, cut = 0, case.cut(topic)
        for record, _ in on_wire:
            number = number_of(record)
            if number is None:
                verdict.notes["records that are no facts"] += 1
                continue
            if record.partition != case.partition:
                verdict.violations.append(f"{place(record)} lies outside its partition {case.partition}")
            if cut and not last:
                last = number - 1
            verdict.expect(number <= last + 1, f"{place(record)} comes after {topic}-{last}: a gap")
            if number <= last:
                verdict.notes["facts published again"] += 1
                first = case.said[topic].get(number, record)
                if not _same(first, record):
                    verdict.violations.append(f"{place(record)} and {place(first)} differ under one number")
            last = max(last, number)
    return verdict


def _same(one: Record, other: Record) -> bool:
    return (one.key, one.headers, one.value) == (other.key, other.headers, other.value)


def said_is_decided(case: Case) -> Verdict:
    """What was numbered is on the wire or in the outbox, and nothing else is."""
    verdict = Verdict()
    for topic in TOPICS:
        said, last = case.said[topic], case.last(topic)
        first = min(said, default=last + 1) if case.cut(topic) else 1
        for number in range(first, last + 1):
            verdict.expect(number in said, f"{topic}-{number} was decided, and is not on the wire nor to be")
        for record in case.dossier.outbox.get(topic, ()):
            number = number_of(record) or 0
            if number > last:
                verdict.violations.append(f"{place(record)} is to be said, and was never decided")
        for record, heard in _beyond(case, topic, last):
            verdict.notes["facts said after the snapshot"] += 1
            if heard:
                verdict.violations.append(f"{place(record)} was heard, and was never decided")
    return verdict


def _beyond(case: Case, topic: str, last: int) -> Iterator[tuple[Record, bool]]:
    for record, moments in case.dossier.wire.get(topic, ()):
        if (number_of(record) or 0) > last:
            yield record, bool(moments)
