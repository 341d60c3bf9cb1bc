"""What other systems say about cases. Owner: intake, topic `cases`. The vocabulary of `POST /v1/events`.

Known members are strict, unknown ones are kept: a policy may ask for them.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.contracts.case_said import FOLLOWS, CaseSaid, Name
from shared.contracts.instant import Instant
from shared.contracts.occasions import OCCASIONS

Title = Annotated[str, StringConstraints(max_length=1000)]


class Attributes(CaseSaid):
    """What is known of a case; each may change in its life."""

    severity: Name | None = None
    kind: Name | None = None
    package: Name | None = None
    region: Name | None = None
    deployment: Name | None = None
    channel: Name | None = None
    contact: Name | None = None
    title: Title | None = None
    topic: Name | None = None
    complexity: Name | None = None
    assignee: Name | None = None
    tags: Annotated[list[Name], Field(max_length=100)] | None = None

    def states(self) -> Mapping[str, object]:
        return self.model_dump(exclude_unset=True, exclude=set(FOLLOWS))


class CaseOpened(Attributes):
    """A customer's case begins; `customer` names an entry of the directory."""

    type: ClassVar[str] = "case.opened"
    customer: Name


class CaseChanged(Attributes):
    """Some attributes have new values; the others stay."""

    type: ClassVar[str] = "case.changed"
    customer: Name | None = None


class CaseStatusChanged(CaseSaid):
    """The case is in another status, one that its policy names."""

    type: ClassVar[str] = "case.status_changed"
    status: Name

    def states(self) -> Mapping[str, object]:
        return {"status": self.status}


class CustomerReplied(CaseSaid):
    """The customer wrote; `message` is that message's id in the other system."""

    type: ClassVar[str] = "customer.replied"
    message: Name | None = None


class SupportReplied(CaseSaid):
    """A person of support answered the customer."""

    type: ClassVar[str] = "support.replied"
    message: Name | None = None


class SupportUpdated(CaseSaid):
    """Support told the customer how the case stands."""

    type: ClassVar[str] = "support.updated"
    message: Name | None = None
    text: Annotated[str, StringConstraints(max_length=10_000)] | None = None


class CaseResolved(CaseSaid):
    type: ClassVar[str] = "case.resolved"
    resolution: Literal["fix", "workaround", "other"] = "fix"

    def states(self) -> Mapping[str, object]:
        return {"resolution": self.resolution}


class CaseReopened(CaseSaid):
    type: ClassVar[str] = "case.reopened"

    def states(self) -> Mapping[str, object]:
        return {"resolution": None}


class CaseClosed(CaseSaid):
    type: ClassVar[str] = "case.closed"


class CaseMerged(CaseSaid):
    """This case lives on in the case `into`."""

    type: ClassVar[str] = "case.merged"
    into: Name


class CaseSplit(CaseSaid):
    """This case was split off the case `from`."""

    type: ClassVar[str] = "case.split"
    from_: Annotated[Name, Field(alias="from")]
    opened: Instant | None = None
    """When that one was opened: clocks count from there where the policy says `split: inherited`."""


CASE_FACTS: tuple[type[CaseSaid], ...] = (
    CaseOpened,
    CaseChanged,
    CaseStatusChanged,
    CustomerReplied,
    SupportReplied,
    SupportUpdated,
    CaseResolved,
    CaseReopened,
    CaseClosed,
    CaseMerged,
    CaseSplit,
    *OCCASIONS,
)
