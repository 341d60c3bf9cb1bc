"""Decided again from nothing, by the shipped code: the stores and the wire must have the very same."""

from collections.abc import Iterator

from cli.audit.case import DOORS, Case, Verdict, number_of, place
from cli.audit.deciders import SERVICES, says_of
from cli.audit.refolding import NotFolded, Refolded
from shared.stream.wire import Record


def states_again(case: Case) -> Verdict:
    """Folding everything that was heard gives the state in the store, bit for bit."""
    verdict = Verdict()
    for service, done in _folded(case, verdict):
        stored = case.dossier.states.get(service)
        verdict.violations += [f"{service}: {wrong}" for wrong in done.wrong]
        if stored is None:
            verdict.expect(not done.row.version, f"{service}: it was decided on, and there is no state")
            continue
        thread, body = case.deciders.store(service).written(done.row)
        verdict.checked += 1
        for name, kept, again in (
            ("state", stored.body, body),
            ("thread", stored.thread, thread),
            ("wake_at", stored.wake_at, done.row.wake_at),
            ("version", stored.version, done.row.version),
        ):
            if kept != again:
                verdict.violations.append(f"{service}: {name} {_difference(kept, again)}")
    return verdict


def said_again(case: Case) -> Verdict:
    """Folding again says exactly what was said, byte for byte."""
    verdict = Verdict()
    for service, done in _folded(case, Verdict()):
        for topic in says_of(service):
            if topic in DOORS:
                continue
            said = dict(case.said[topic])
            for fact, again, moment, _ in done.says:
                if fact.topic != topic:
                    continue
                record, named = said.pop(fact.sequence, None), f"{topic}-{fact.sequence} ({fact.type})"
                if record is None:
                    missing = f"{named} of turn {moment.turn} was never said"
                    verdict.expect(case.cut(topic), missing)
                    continue
                same = (record.headers, record.value) == (again.headers, again.value)
                verdict.expect(same, f"{place(record)} is not what turn {moment.turn} decides")
            verdict.violations += [
                f"{place(record)} was said, and nothing heard decides it"
                for number, record in said.items()
                if number <= case.last(topic)
            ]
    return verdict


def parked_is_known(case: Case) -> Verdict:
    """What could not be decided is a dead letter, with all that waits behind it, and nothing else is."""
    verdict = Verdict()
    for service in SERVICES:
        letters, row = case.dossier.letters.get(service, []), case.row(service)
        parked = row is not None and row.thread.parked
        if letters or parked:
            verdict.expect(parked, f"{service}: it has dead letters, and goes on")
            verdict.expect(bool(letters), f"{service}: it is parked, and has no dead letter")
    for service, done in _folded(case, Verdict()):
        letters = case.dossier.letters.get(service, [])
        kept = [_letter(letter.record) for letter in letters]
        again = [_letter(letter.record) for letter in done.letters]
        verdict.checked += len(again)
        verdict.violations += [
            f"{service}: {one} was heard and not decided: lost" for one in again if one not in kept
        ]
        verdict.violations += [
            f"{service}: {one} is a dead letter without a cause" for one in kept if one not in again
        ]
    return verdict


def _letter(record: Record) -> str:
    if not record.headers:
        return "time"
    return f"{record.topic or 'an outcome'}-{number_of(record)}" + (
        f" ({record.offset})" if record.topic else ""
    )


def _folded(case: Case, verdict: Verdict) -> Iterator[tuple[str, Refolded]]:
    for service in SERVICES:
        try:
            done = case.refolded(service)
        except NotFolded as why:
            verdict.notes[f"{service}: {why}: not folded"] += 1
            continue
        if done.row.version or service in case.dossier.states:
            yield service, done


def _difference(kept: object, again: object) -> str:
    """Where two texts part."""
    one, other = str(kept), str(again)
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    since = max(0, at - 30)
    return f"is …{one[since : at + 40]!r}, decided again it is …{other[since : at + 40]!r}"
