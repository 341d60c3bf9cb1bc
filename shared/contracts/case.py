"""What other systems say about cases. Owner: intake, topic `cases`. The vocabulary of `POST /v1/events`.

Known members are strict, unknown ones are kept: a policy may ask for them.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints

from shared.contracts.envelope import Said
from shared.contracts.instant import Instant

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Title = Annotated[str, StringConstraints(max_length=1000)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Amount = Annotated[
    str, StringConstraints(pattern=r"^\d{1,6}(\.\d{1,3})? ?(s|min|h|d|(second|minute|hour|day)s?)$")
]
Party = Literal["customer", "provider"]

FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "severity_agreement": ("proposed", "confirmed", "disputed"),
    "exception": ("requested", "approved", "rejected", "ended"),
    "disaster": ("declared", "restored"),
    "upstream": ("disrupted", "restored"),
    "resolution": ("fix", "workaround", "other"),
}
"""What is known of a case because of what happened to it: attribute to its values. Nobody states these."""


class CaseSaid(Said):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True, populate_by_name=True)

    def states(self) -> Mapping[str, object]:
        """The attributes of the case that are otherwise from here on; None: no longer known."""
        return {}


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


class SeverityProposed(CaseSaid):
    """One side proposes a severity; clocks run on it while the other has not confirmed it (PR-2).

    What a case states when it is opened is the customer's proposal.
    """

    type: ClassVar[str] = "severity.proposed"
    severity: Name
    by: Party
    reason: Words | None = None

    def states(self) -> Mapping[str, object]:
        return {"severity": self.severity, "severity_agreement": "proposed"}


class SeverityConfirmed(CaseSaid):
    """The side that did not propose the severity agrees to it."""

    type: ClassVar[str] = "severity.confirmed"
    by: Party

    def states(self) -> Mapping[str, object]:
        return {"severity_agreement": "confirmed"}


class SeverityDisputed(CaseSaid):
    """The side that did not propose the severity does not agree; it stays until another one is proposed."""

    type: ClassVar[str] = "severity.disputed"
    by: Party
    reason: Words | None = None

    def states(self) -> Mapping[str, object]:
        return {"severity_agreement": "disputed"}


class ExceptionRequested(CaseSaid):
    """The case cannot be kept in time: why, what is done about it, and until when it is asked for (PR-6)."""

    type: ClassVar[str] = "exception.requested"
    reason: Words
    plan: Words
    expires: Instant
    by: Name | None = None

    def states(self) -> Mapping[str, object]:
        return {"exception": "requested"}


class ExceptionApproved(CaseSaid):
    """From here on and until it expires or is ended, clocks that a policy lets be excused are."""

    type: ClassVar[str] = "exception.approved"
    by: Name

    def states(self) -> Mapping[str, object]:
        return {"exception": "approved"}


class ExceptionRejected(CaseSaid):
    type: ClassVar[str] = "exception.rejected"
    by: Name
    reason: Words | None = None

    def states(self) -> Mapping[str, object]:
        return {"exception": "rejected"}


class ExceptionEnded(CaseSaid):
    """Ended before it expired."""

    type: ClassVar[str] = "exception.ended"
    by: Name | None = None
    reason: Words | None = None

    def states(self) -> Mapping[str, object]:
        return {"exception": "ended"}


class DisasterDeclared(CaseSaid):
    """The time to restore the service counts from here (FS-5, FD-17)."""

    type: ClassVar[str] = "disaster.declared"
    by: Name | None = None

    def states(self) -> Mapping[str, object]:
        return {"disaster": "declared"}


class ServiceRestored(CaseSaid):
    """The service is back, with the data as they were at `recovery_point`.

    `data_lost`, such as `3 h`: from how long a time data are missing; unless stated, all since that point.
    """

    type: ClassVar[str] = "service.restored"
    recovery_point: Instant | None = None
    data_lost: Amount | None = None

    def states(self) -> Mapping[str, object]:
        return {"disaster": "restored"}


class UpstreamDisrupted(CaseSaid):
    """The platform that the service runs on is disrupted, and the case is affected (FS-6, FD-13)."""

    type: ClassVar[str] = "upstream.disrupted"
    platform: Name | None = None

    def states(self) -> Mapping[str, object]:
        return {"upstream": "disrupted"}


class UpstreamRestored(CaseSaid):
    type: ClassVar[str] = "upstream.restored"
    platform: Name | None = None

    def states(self) -> Mapping[str, object]:
        return {"upstream": "restored"}


class PolicyMoved(CaseSaid):
    """An owner moves the open case to another version, `name@2026-01-01`, or to another policy.

    Clocks that run: `keep` their terms until they end, have the new ones `from_now` on, or from where they
    began (`retroactive`). Clocks that begin later have the new terms.
    """

    type: ClassVar[str] = "policy.moved"
    policy: Name
    open_clocks: Literal["keep", "from_now", "retroactive"] = "keep"


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
    SeverityProposed,
    SeverityConfirmed,
    SeverityDisputed,
    ExceptionRequested,
    ExceptionApproved,
    ExceptionRejected,
    ExceptionEnded,
    DisasterDeclared,
    ServiceRestored,
    UpstreamDisrupted,
    UpstreamRestored,
    PolicyMoved,
)
