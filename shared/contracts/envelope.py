"""The envelope every fact travels in: CloudEvents 1.0 names, and a number per case that its owner gives.

A fact is something that happened (past tense). Its `time` says when it happened, whenever it arrives.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, NamedTuple
from zlib import crc32

from pydantic import BaseModel, ConfigDict

from shared.contracts.instant import Instant


class Said(BaseModel):
    """The `data` of a fact. Additive only: readers pass over members that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]


NO_EXTENSIONS: Mapping[str, str] = MappingProxyType({})


class Unknown(Said):
    """The data of a fact of a type that is not known here: a newer release says more, and that is allowed."""

    type: ClassVar[str] = ""


class Fact(NamedTuple):
    """One thing that happened to one case. A tuple: a service makes one for each that it hears or says.

    `key` is `tenant/case`; `sequence` is the owner's count of facts about this case on this topic (1, 2 …),
    0 only for what never travels (an outcome of a call). `correlation` is the id of the fact that began the
    chain, `causation` of the one that caused this, `trace` a W3C traceparent.
    """

    key: str
    time: Instant
    data: Said
    source: str
    id: str
    topic: str = ""
    sequence: int = 0
    correlation: str = ""
    causation: str = ""
    trace: str = ""
    extensions: Mapping[str, str] = NO_EXTENSIONS

    @property
    def type(self) -> str:
        return self.data.type

    @property
    def case(self) -> str:
        """The case's key as the tenant knows it, CloudEvents' `subject`."""
        return case_of(self.key)


def key_of(tenant: str, case: str) -> str:
    """The key of a case on every wire and in every store; a tenant's name holds no `/`."""
    return f"{tenant}/{case}"


def tenant_of(key: str) -> str:
    return key.partition("/")[0]


def case_of(key: str) -> str:
    return key.partition("/")[2]


def partition_of(key: str, partitions: int) -> int:
    """Where a case lives, on every topic and in every store. Fixed for good: cases never move."""
    return crc32(key.encode()) % partitions
