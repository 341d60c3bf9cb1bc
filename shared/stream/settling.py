"""What a database settles: the number of partitions and the wire of its positions, for good; and the time."""

from sqlalchemy import text

from shared.ops.clock import RealClock
from shared.ops.clock_alignment import align
from shared.stream.ground import Ground
from shared.stream.wire import ForeignWire, PartitionMismatch

_SETTLED = text("SELECT partitions FROM kit")
_LOCK = text("LOCK TABLE kit IN EXCLUSIVE MODE")
_SETTLE = text("INSERT INTO kit (partitions) VALUES (:partitions)")
_PARTITIONS = text("INSERT INTO partition (partition) SELECT * FROM generate_series(0, :last)")
_SETTLE_WIRE = text("UPDATE kit SET wire = :wire WHERE wire IS NULL")
_WIRE = text("SELECT wire FROM kit")


async def settle_clock(ground: Ground) -> None:
    """Tie our clock to the database's before anything is decided by it: the machine's may be hours off."""
    if isinstance(ground.clock, RealClock) and not ground.clock.aligned:
        await align(ground.clock, ground.engine)


async def settle_partitions(ground: Ground) -> None:
    """Write down the number of partitions at the first start; refuse another number ever after.

    Raises:
        PartitionMismatch: the database was made for another number.
    """
    async with ground.engine.begin() as conn:
        await conn.execute(_LOCK)
        known = (await conn.execute(_SETTLED)).scalar_one_or_none()
        if known is None:
            await conn.execute(_SETTLE, {"partitions": ground.partitions})
            await conn.execute(_PARTITIONS, {"last": ground.partitions - 1})
        elif known != ground.partitions:
            raise PartitionMismatch(
                f"this database was made for {known} partitions, the setting TOCSIN_PARTITIONS says"
                f" {ground.partitions}; cases would move and lose their order. Set it to {known}."
            )


async def settle_wire(ground: Ground) -> None:
    """Write down at the first start which wire the positions are of; refuse another one ever after.

    Raises:
        ForeignWire: on another wire the same positions would pass over facts that nobody has read.
    """
    identity = await ground.wire.identity()
    async with ground.engine.begin() as conn:
        await conn.execute(_SETTLE_WIRE, {"wire": identity})
        known = (await conn.execute(_WIRE)).scalar_one()
    if known != identity:
        raise ForeignWire(
            f"the positions in this database are of the wire {known}, the settings name the wire {identity}:"
            " facts would be passed over unread. Go back, or give this one a database of its own."
        )
