"""Who runs which partition. Instances share a process's partitions by leases in its own schema.

A lease is kept alive every second and expires by the database's clock. Taking one over bumps its epoch,
and every transaction carries the epoch (`KitStore.advance`): expiry is about speed, never about truth.
Both wires use it: a broker's group protocol could not fence a transaction in PostgreSQL.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ops import metrics
from shared.stream.ground import Ground
from shared.stream.transient import TryAgain, transient
from shared.stream.waiting import first

_JOIN = text(
    "INSERT INTO member (owner, expires_at)"
    " VALUES (:owner, clock_timestamp() + CAST(:term AS float8) * interval '1 second')"
    " ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at"
)
_MEMBERS = text("SELECT count(*) FROM member WHERE expires_at > clock_timestamp()")
_PARTITIONS = text("SELECT partitions FROM kit")
_RENEW = text(
    "UPDATE partition SET expires_at = clock_timestamp() + CAST(:term AS float8) * interval '1 second'"
    " WHERE owner = :owner AND (partition, epoch) IN"
    " (SELECT * FROM unnest(CAST(:partitions AS int[]), CAST(:epochs AS bigint[]))) RETURNING partition"
)
_TAKE = text(
    "UPDATE partition SET owner = :owner, epoch = epoch + 1,"
    " expires_at = clock_timestamp() + CAST(:term AS float8) * interval '1 second'"
    " WHERE partition IN (SELECT partition FROM partition"
    " WHERE NOT partition = ANY(CAST(:held AS int[]))"
    " AND (owner IS NULL OR owner = :owner OR expires_at < clock_timestamp())"
    " ORDER BY owner IS DISTINCT FROM :owner, partition LIMIT :wanted FOR UPDATE SKIP LOCKED)"
    " RETURNING partition, epoch, positions"
)
_GIVE_UP = text(
    "UPDATE partition SET owner = NULL, expires_at = '-infinity'"
    " WHERE partition = :partition AND owner = :owner AND epoch = :epoch"
)
_LEAVE = text("DELETE FROM member WHERE owner = :owner")

LOOKS = 5
"""Times a beat that an instance looks for partitions that are free, while it has less than its share."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one partition, and where it was left."""

    partition: int
    epoch: int
    positions: Mapping[str, int]
    """Topic to next offset; a topic that is missing was never read."""


class Leases:
    """Keeps this instance's fair share of the partitions.

    `taken` is awaited for every partition that becomes ours, `lost` for every one that no longer is; `lost`
    returns when nothing runs on it any more, and only then is it given up for others. An instance that comes
    back under its old name takes its own leases at once, without waiting for them to expire.
    """

    def __init__(
        self,
        ground: Ground,
        taken: Callable[[Lease], Awaitable[None]],
        lost: Callable[[int], Awaitable[None]],
    ) -> None:
        self.owner = ground.owner
        self.held: dict[int, Lease] = {}
        self._engine = ground.engine
        self._taken = taken
        self._lost = lost
        self._term = ground.lease_term
        self._beat = ground.lease_term / 3
        self._share = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the share until told to stop, then give everything up."""
        while not stop.is_set():
            try:
                with transient():
                    await self.beat()
                    await self._look_out(stop)
            except TryAgain as away:  # transactions carry the epoch: what is lost meanwhile, they notice
                _log.warning("leases cannot be renewed", why=str(away))
                await first(stop, within=self._beat)
        try:
            with transient():
                await self.leave()
        except TryAgain as away:
            _log.warning("leases are left to expire", why=str(away))

    async def beat(self) -> None:
        """One round: renew what is held, then take or give up towards the fair share."""
        async with self._engine.begin() as conn:
            await conn.execute(_JOIN, {"owner": self.owner, "term": self._term})
            still = await self._renew(conn)
            members = int((await conn.execute(_MEMBERS)).scalar_one())
            partitions = int((await conn.execute(_PARTITIONS)).scalar_one())
        for partition in [held for held in self.held if held not in still]:
            await self.drop(partition)
        self._share = -(-partitions // max(1, members))
        while len(self.held) > self._share:
            await self._give_up(max(self.held))
        await self._take()

    async def _look_out(self, stop: asyncio.Event) -> None:
        """Until the next beat. Who has less than its share sees soon what others give up, or let expire."""
        looks = LOOKS if len(self.held) < self._share else 1
        for _ in range(looks - 1):
            await first(stop, within=self._beat / looks)
            if not stop.is_set():
                await self._take()
        await first(stop, within=self._beat / looks)

    async def drop(self, partition: int) -> None:
        """The partition is another's already: stop running it. Its runner may have noticed first."""
        if self.held.pop(partition, None) is None:
            return
        metrics.PARTITIONS_HELD.set(len(self.held))
        await self._lost(partition)

    async def leave(self) -> None:
        await asyncio.gather(*(self._give_up(partition) for partition in list(self.held)))
        async with self._engine.begin() as conn:
            await conn.execute(_LEAVE, {"owner": self.owner})

    async def _renew(self, conn: AsyncConnection) -> set[int]:
        leases = list(self.held.values())
        parameters = {
            "owner": self.owner,
            "term": self._term,
            "partitions": [lease.partition for lease in leases],
            "epochs": [lease.epoch for lease in leases],
        }
        return set((await conn.execute(_RENEW, parameters)).scalars())

    async def _take(self) -> None:
        """What is free, up to the share."""
        wanted = self._share - len(self.held)
        if wanted <= 0:
            return
        parameters = {"owner": self.owner, "term": self._term, "held": list(self.held), "wanted": wanted}
        async with self._engine.begin() as conn:
            found = (await conn.execute(_TAKE, parameters)).all()
        for partition, epoch, positions in found:
            lease = Lease(partition, epoch, json.loads(positions))
            self.held[partition] = lease
            metrics.TAKEOVERS.inc()
            await self._taken(lease)
        metrics.PARTITIONS_HELD.set(len(self.held))

    async def _give_up(self, partition: int) -> None:
        lease = self.held.get(partition)
        if lease is None:  # its runner noticed meanwhile that it is another's
            return
        await self.drop(partition)
        parameters = {"partition": partition, "owner": self.owner, "epoch": lease.epoch}
        async with self._engine.begin() as conn:
            await conn.execute(_GIVE_UP, parameters)
