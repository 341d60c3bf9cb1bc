"""Everything that is known after the storm, gathered once there is nothing left to do.

The posts' answers and the receivers' own logs are the outside truth; journal, wire, states and ledger are
the system's word.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import TypeAdapter

from cli.audit.deciders import Deciders
from cli.provisioning import SERVICES
from services.notifier.domain.ledger import CaseDeliveries, Delivery
from shared.contracts.envelope import Fact
from shared.contracts.topics import (
    ACKNOWLEDGEMENTS,
    CASES,
    CLOCKS,
    DELIVERIES,
    ESCALATIONS,
    OWNERS,
    REFUSALS,
    TOPICS,
)
from shared.policy.book import PolicyBook
from shared.stream.codec import Unreadable, decode
from shared.stream.wire import Lane, Wire
from tests.chaos.load import Told
from tests.chaos.outside import Arrival
from tests.chaos.stage import PARTITIONS

SETTLES_WITHIN = 240.0
"""Seconds after the last event: the longest waits between attempts to deliver are part of it."""
SKEW = 20_000
"""Microseconds by which a slewed clock may be ahead between two alignments."""
PROCESSES = Deciders([PolicyBook()])
"""The shipped ones, to know what they hear and heed."""
HEARERS = {
    CASES: ("clock", "escalation", "notifier"),
    CLOCKS: ("escalation", "notifier"),
    REFUSALS: ("intake",),
    ESCALATIONS: ("notifier",),
    DELIVERIES: ("clock", "escalation"),
    ACKNOWLEDGEMENTS: ("escalation", "notifier"),
}
"""Who must hear every fact of a topic."""
_LEDGER = TypeAdapter(CaseDeliveries)


class Asked(Protocol):
    """A database that can be asked."""

    async def rows(self, query: str, *parameters: Any) -> list[Any]: ...


@dataclass
class Truth:
    """Everything that is known at the end."""

    told: Sequence[Told]
    arrivals: list[Arrival]
    acknowledged: Sequence[str]
    """Links that were followed, and answered 200."""
    poisoned: int
    """Records that were made to be unreadable."""
    journal: list[tuple[str, str]] = field(default_factory=list)
    """Id and key of each event."""
    facts: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)
    """By topic and key, as they came first."""
    unreadable: int = 0
    conflicts: list[str] = field(default_factory=list)
    said: dict[tuple[str, str], int] = field(default_factory=dict)
    """By topic and key: the last number that its owner gave."""
    heard: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By service, topic and key: the last number that it heard."""
    ledger: dict[str, tuple[str, Delivery]] = field(default_factory=dict)
    """By effect: the case's key, and the delivery."""

    def counts(self) -> dict[str, int]:
        """How much was looked at."""
        return {
            "events": len(self.journal),
            "facts": sum(map(len, self.facts.values())),
            "cases": len({key for _, key in self.facts}),
            "deliveries": len(self.ledger),
            "arrivals": len(self.arrivals),
            "arrivals of what was taken already": sum(one.taken for one in self.arrivals)
            - len({one.key for one in self.arrivals if one.taken}),
        }


async def settled(
    stage: Asked, wire: Wire, within: float = SETTLES_WITHIN, look_every: float = 0.5
) -> list[str]:
    """Wait until there is nothing left to do; what still is, after all patience."""
    left: list[str] = []
    try:
        async with asyncio.timeout(within):
            while left := await _left(stage, wire):
                await asyncio.sleep(look_every)
    except TimeoutError:
        return [f"not settled after {within:.0f} s: {one}" for one in left]
    return []


async def _left(stage: Asked, wire: Wire) -> list[str]:
    ends = await wire.ends([(topic, part) for topic in TOPICS for part in range(PARTITIONS)])
    left = []
    for service in SERVICES:
        for what, table in {
            "unsaid": "outbox",
            "dead letters": "dead_letter",
            "cases that wait for an instant": "state WHERE wake_at IS NOT NULL",
        }.items():
            query = f"SELECT count(*) FROM {service}.{table}"
            if count := (await stage.rows(query))[0][0]:
                left.append(f"{service} has {count} {what}")
        for partition, positions in await stage.rows(f"SELECT partition, positions FROM {service}.partition"):
            read: dict[str, int] = json.loads(positions)
            left += [
                f"{service} has read {topic} {partition} to {read.get(topic, 0)} of {ends[topic, partition]}"
                for topic in PROCESSES.any_of(service).hears
                if read.get(topic, 0) < ends[topic, partition]
            ]
    return left


async def gather(stage: Asked, wire: Wire, truth: Truth) -> None:
    """Read journal, wire, states and ledger to the end."""
    truth.journal = [
        (id, key) for id, key in await stage.rows("SELECT id, key FROM intake.journal ORDER BY position")
    ]
    facts: dict[tuple[str, str], dict[int, Fact]] = defaultdict(dict)
    async for record in _all(wire):
        try:
            fact = decode(record)
        except Unreadable:
            truth.unreadable += 1
        else:
            first = facts[fact.topic, fact.key].setdefault(fact.sequence, fact)
            if first != fact:
                truth.conflicts.append(
                    f"{fact.topic} of {fact.key}: {first.id} and {fact.id} have one number"
                )
    truth.facts = {lane: [of[number] for number in sorted(of)] for lane, of in facts.items()}
    for topic, owner in OWNERS.items():
        door = topic in (CASES, ACKNOWLEDGEMENTS)
        number = "thread #>> '{aside, refusals}'" if topic == REFUSALS else "thread ->> 'said'"
        query = (
            f"SELECT key, last FROM {owner}.numbering"
            if door
            else f"SELECT key, coalesce(({number})::bigint, 0) FROM {owner}.state"
        )
        truth.said |= {(topic, key): last for key, last in await stage.rows(query) if last}
    for service in SERVICES:
        for key, thread in await stage.rows(f"SELECT key, thread FROM {service}.state"):
            for topic, heard in json.loads(thread).get("heard", {}).items():
                truth.heard[service, topic, key] = heard.get("last", 0) - len(heard.get("missing", ()))
    for key, body in await stage.rows("SELECT key, body FROM notifier.state WHERE body IS NOT NULL"):
        for effect, delivery in _LEDGER.validate_json(body).deliveries.items():
            truth.ledger[effect] = key, delivery


async def _all(wire: Wire) -> Any:
    lanes: list[Lane] = [(topic, part) for topic in TOPICS for part in range(PARTITIONS)]
    ends = await wire.ends(lanes)
    at = dict.fromkeys(lanes, 0)
    reader = wire.reader("tocsin-verdict")
    reader.assign(at)
    try:
        while any(at[lane] < ends[lane] for lane in lanes):
            for record in await reader.read(frozenset()):
                at[record.topic, record.partition] = record.offset + 1
                yield record
    finally:
        await reader.close()
