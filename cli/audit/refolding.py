"""One case, decided again from nothing: what it heard, turn by turn, through the shipped fold."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, NamedTuple

from cli.audit.deciders import AnyProcess, Deciders
from cli.audit.dossier import Dossier, Moment
from shared.contracts.decision import Decision, Heard
from shared.contracts.envelope import Fact
from shared.contracts.instant import Instant
from shared.stream.codec import encode
from shared.stream.fold import Arrival, Fold, Row, arrival, letter
from shared.stream.wire import Record


class Step(NamedTuple):
    """One thing heard by the case in a turn."""

    moment: Moment
    what: str
    """fact, outcome, woken, granted, or failed."""
    record: Record | None = None
    wish: str = ""
    letters: int = 0


@dataclass(slots=True)
class Refolded:
    """What the case came to."""

    row: Row[Any]
    says: list[tuple[Fact, Record, Moment, Instant]] = field(default_factory=list)
    """Each with the latest instant that it may be of: the turn's own, or that of the fact that it answers,
    which its sender may have dated ahead."""
    letters: list[Arrival] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What went otherwise than it is on record."""
    woken: int = 0
    asleep: int = 0
    """Woken when nothing was due any more: it was passed over."""


class NotFolded(Exception):
    """Why a case cannot be folded here: it is no violation."""


class _OnRecordAsFailed(Exception):
    pass


class _Decide:
    """The process's decide, that fails where it is on record to have failed."""

    def __init__(self, process: AnyProcess) -> None:
        self._process = process
        self.fail_at: int | None = None
        """How many calls from now; 0: the next."""

    def __call__(self, state: Any, heard: Heard, now: Instant) -> Decision[Any]:
        if self.fail_at is not None:
            self.fail_at -= 1
            if self.fail_at < 0:
                raise _OnRecordAsFailed
        return self._process.decide(state, heard, now)


def refold(dossier: Dossier, service: str, deciders: Deciders, partitions: int) -> Refolded:
    """Fold everything that the service heard of the case.

    Raises:
        NotFolded: it was decided under policies, or by a release, that are not here.
    """
    done = Refolded(Row(dossier.key))
    steps = sorted(_steps(dossier, service), key=lambda step: step.moment[:3])
    for _, turn in groupby(steps, key=lambda step: step.moment.turn):
        _take(done, list(turn), service, deciders, partitions)
    return done


def _steps(dossier: Dossier, service: str) -> Iterator[Step]:
    for facts in dossier.wire.values():
        for record, moments in facts:
            for moment in moments:
                if moment.service == service:
                    yield Step(moment, "fact", record)
    yield from (Step(*happened) for happened in dossier.happened[service])


def _take(done: Refolded, steps: list[Step], service: str, deciders: Deciders, partitions: int) -> None:
    moment = steps[0].moment
    process = deciders.find(service, moment.under)
    if process is None:
        raise NotFolded(f"decided under other policies or by another release ({moment.under})")
    decide = _Decide(process)
    fold = Fold(replace(process, decide=decide), [done.row], moment.now)
    failed = [step.moment.place for step in steps if step.what == "failed"]
    for step in steps:
        if step.what == "failed":
            continue
        on_record = step.moment.place in failed
        decide.fail_at = 0 if on_record and step.what != "granted" else None
        before, duplicates = len(fold.result.failed), fold.result.duplicates
        said, dated = len(fold.result.says), moment.now
        match step.what:
            case "granted":
                on_record = _grant(done, fold, decide, step, failed)
            case "woken":
                before_waking = done.row.wake_at
                fold.wake([done.row.key])
                done.woken += 1
                done.asleep += before_waking is None or before_waking > moment.now
            case _:
                heard = _heard(step, process)
                fold.hear([heard])
                dated = max(dated, heard.fact.time if heard.fact else 0)
        done.says += [(fact, encode(fact, partitions), moment, dated) for fact in fold.result.says[said:]]
        did = len(fold.result.failed) > before
        if did != on_record and fold.result.duplicates == duplicates:
            word = "failed, and is decided now" if on_record else "was decided, and fails now"
            done.wrong.append(f"turn {moment.turn}: {_name(step)} {word}")
    done.letters += [letter(dead.record, process.outcomes) for dead in fold.result.dead]
    row = done.row = fold.result.rows[done.row.key]
    row.version += row.changed
    row.changed = False


def _heard(step: Step, process: AnyProcess) -> Arrival:
    if step.record is None:
        raise ValueError(f"{step.what} at {step.moment} without a record")
    if step.what == "fact":
        return arrival(step.record, process)
    return letter(step.record, process.outcomes)


def _grant(done: Refolded, fold: Fold[Any], decide: _Decide, step: Step, failed: list[int]) -> bool:
    """Replay the letters as was wished; returns whether one of them is on record to have failed again."""
    if step.letters != len(done.letters):
        done.wrong.append(
            f"turn {step.moment.turn}: {step.letters} dead letters were there to {step.wish},"
            f" {len(done.letters)} are known of"
        )
    discard = step.wish == "discard"
    if failed:
        decide.fail_at = failed[0] - discard
    done_with = fold.replay(done.row.key, done.letters, discard_first=discard)
    done.letters = done.letters[done_with:]
    return bool(failed)


def _name(step: Step) -> str:
    if step.record is None or step.what != "fact":
        return {"woken": "time", "outcome": "the outcome of a call"}.get(step.what, "a dead letter")
    return f"{step.record.topic} {step.record.offset}"
