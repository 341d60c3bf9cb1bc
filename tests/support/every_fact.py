"""Facts of every type that is known here, each with every word that its members allow in turn.

All name the same things (one page, one clock, one update), so that any of them may follow upon any other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from shared.contracts.decision import Decision, Heard
from shared.contracts.envelope import Fact, Said
from shared.contracts.instant import MINUTE
from shared.contracts.topics import TOPICS

Decide = Callable[[Any, Heard, int], Decision[Any]]


def samples(**named: Any) -> list[Said]:
    """Of every type one that has all members, and one for each other word a member may be.

    `named`: values for the texts of that name.
    """
    return [sample for facts in TOPICS.values() for said in facts for sample in samples_of(said, **named)]


def samples_of(said: type[Said], **named: Any) -> Iterable[Said]:
    fields = said.model_fields
    choices = {name: _choices(field.annotation, named.get(name, "x")) for name, field in fields.items()}
    first = {fields[name].alias or name: values[0] for name, values in choices.items()}
    yield said.model_validate(first)
    for name, values in choices.items():
        for other in values[1:]:
            yield said.model_validate({**first, fields[name].alias or name: other})


def heard(decide: Decide, state: Any, sample: Said, now: int) -> Decision[Any]:
    """What is decided on the sample, were it the next fact of the case: it happened just now."""
    topic = next((topic for topic, facts in TOPICS.items() if type(sample) in facts), "")
    return decide(state, Fact("acme/C-1", now, sample, "test", f"e{now}", topic, now // MINUTE), now)


def lived(decide: Decide, order: Iterable[Said], begin: int) -> Iterator[tuple[Any, int | None, int]]:
    """The state, its `wake_at` and the instant: before the first fact, and after each, a minute apart."""
    state, wake_at, now = None, None, begin
    yield state, wake_at, now
    for sample in order:
        now += MINUTE
        decision = heard(decide, state, sample, now)
        state, wake_at = decision.state, decision.wake_at
        yield state, wake_at, now


def _choices(annotation: Any, word: Any) -> list[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _choices(arguments[0], word)
    if origin is Literal:
        return list(arguments)
    if origin in (Union, UnionType):
        kinds = [_choices(kind, word) for kind in arguments if kind is not NoneType]
        absent = [None] if NoneType in arguments else []
        return [value for values in kinds for value in values] + absent
    plain: Mapping[Any, list[Any]] = {int: [1], str: [word], bool: [False, True], float: [0.5]}
    return plain.get(origin or annotation, [[]] if origin is list else [{}])
