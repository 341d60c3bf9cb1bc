"""What may happen to a case beyond its plain life: agreements, exceptions, disasters, moves.

Owner: intake, topic `cases`. Other systems post these like the facts of `case`.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.case_said import CaseSaid, Name, Words
from shared.contracts.instant import Instant

Amount = Annotated[
    str, StringConstraints(pattern=r"^\d{1,6}(\.\d{1,3})? ?(s|min|h|d|(second|minute|hour|day)s?)$")
]
Party = Literal["customer", "provider"]


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


class Waited(BaseModel):
    """A time in which a case waited for somebody else."""

    model_config = ConfigDict(frozen=True, strict=True)

    since: Instant
    until: Instant


class CaseAbsorbed(CaseSaid):
    """Another case, opened at `opened`, was merged into this one: clocks count from the earlier opening.

    `waited`: when the other one was paused; the clocks of this one that know pauses do not count it.
    """

    type: ClassVar[str] = "case.absorbed"
    case: Name
    opened: Instant
    waited: Annotated[list[Waited], Field(max_length=1000)] | None = None


OCCASIONS: tuple[type[CaseSaid], ...] = (
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
    CaseAbsorbed,
)
