"""What all partitions of a process have in common."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from shared.stream.connections import Connections
from shared.stream.dead_letters import Limit
from shared.stream.ends import Ends
from shared.stream.relay import Relay


@dataclass(frozen=True, slots=True)
class Shared:
    """What all partitions of a process share: its relay, what it knows of the wire, and how much at once."""

    relay: Relay
    ends: Ends
    connections: Connections
    calls: asyncio.Semaphore
    dead_letters: Limit
    room: Callable[[], int]
    """Bytes of states that one partition may keep in memory."""
