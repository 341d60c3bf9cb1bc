"""All that is on record about one case, whichever store or wire it lies in."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.intake.store import Entry
from shared.contracts.instant import Instant
from shared.stream.dead_letters import Letter
from shared.stream.fold import Stored
from shared.stream.wire import Lane, Record


class Moment(NamedTuple):
    """A place in a service's turns: when something was heard, and under what it was decided."""

    service: str
    turn: int
    place: int
    now: Instant
    under: str


class OnWire(NamedTuple):
    """A record of the wire, and who heard it when."""

    record: Record
    heard: tuple[Moment, ...]


class Happened(NamedTuple):
    """What a turn heard of the case that is not on the wire: a call's outcome, time, a person's wish."""

    moment: Moment
    what: str
    """outcome, woken, granted; or failed: what was heard at this place could not be decided."""
    record: Record | None = None
    wish: str = ""
    letters: int = 0


@dataclass(slots=True)
class Dossier:
    key: str
    journal: list[Entry] = field(default_factory=list)
    wire: dict[str, list[OnWire]] = field(default_factory=lambda: defaultdict(list))
    """By topic, in the order of the wire."""
    outbox: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    """By topic, in the order in which it was said."""
    states: dict[str, Stored] = field(default_factory=dict)
    """By service."""
    letters: dict[str, list[Letter]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, int] = field(default_factory=dict)
    """By the service of a door: the last number it gave."""
    happened: dict[str, list[Happened]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Horizon:
    """What can be seen of the system as a whole, at the instant of the snapshot."""

    partitions: int
    floors: Mapping[Lane, int] = field(default_factory=dict)
    """The first offset that a lane still has; 0 where nothing was cut off."""
    recorded: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    """(service, topic, partition): the first offset whose turn is on record."""
    positions: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    """(service, topic, partition): the offset up to which it had heard."""
    waiting: frozenset[tuple[str, int]] = frozenset()
    """(service, partition): held by somebody, and not behind on the wire; what is due there is called."""
    now: Instant = 0
    """Product time at the snapshot."""
    patience: int = 0
    """How much product time something due may wait before it is missed."""


def put(dossier: Dossier, kind: str, value: Any) -> None:
    """Add one finding of the gathering to its case."""
    match kind:
        case "wire":
            record, heard = value
            dossier.wire[record[0]].append(OnWire(Record(*record), tuple(Moment(*one) for one in heard)))
        case "outbox":
            dossier.outbox[value[0]].append(Record(*value))
        case "journal":
            dossier.journal.append(value)
        case "state":
            dossier.states[value[0]] = value[1]
        case "letter":
            dossier.letters[value[0]].append(value[1])
        case "number":
            dossier.numbers[value[0]] = value[1]
        case _:
            moment, *rest = value
            dossier.happened[moment[0]].append(Happened(Moment(*moment), kind, *rest))
