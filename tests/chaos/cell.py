"""A cell: one kind of fault, by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.stage import Stage

Fault = Callable[[Stage, Random], Awaitable[str]]
"""Makes the trouble, ends it, and tells in words what it did.

It returns at the instant from which the time to heal counts: the kill, or the moment in which a server, a
line or a receiver is as it was before.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    name: str
    fault: Fault
    wire: str = ""
    """The wire that it needs; empty: any."""
    disk: bool = False
    """Whether it needs a file system that can be filled."""
    joins: bool = True
    """Whether it may be combined with another."""

    def fits(self, stage: Stage) -> bool:
        return self.wire in ("", stage.wire) and (not self.disk or stage.servers.disk is not None)


CELLS: dict[str, Cell] = {}


def cell(name: str, *, wire: str = "", disk: bool = False, joins: bool = True) -> Callable[[Fault], Fault]:
    def kept(fault: Fault) -> Fault:
        CELLS[name] = Cell(name, fault, wire, disk, joins)
        return fault

    return kept
