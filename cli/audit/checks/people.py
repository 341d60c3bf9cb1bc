"""From a cause to a person: every page has one, and every one its delivery or a reason why not."""

import json
from collections import defaultdict
from collections.abc import Iterator

from cli.audit.case import Case, Verdict, header, place
from services.notifier.domain.ledger import OPEN, Attempt, CaseDeliveries, Delivery, Status
from shared.contracts.clock import ClockBreached, ClockWarned, UpdateRequested
from shared.contracts.escalation import PageRequested
from shared.contracts.notifier import DeliveryAccepted, DeliveryFailed, DeliverySuppressed
from shared.contracts.topics import CASES, CLOCKS, DELIVERIES, ESCALATIONS, TOPICS
from shared.stream.wire import Record

_REPORTS = {
    Status.SENT: DeliveryAccepted.type,
    Status.FAILED: DeliveryFailed.type,
    Status.SUPPRESSED: DeliverySuppressed.type,
}


def pages_have_causes(case: Case) -> Verdict:
    """A page follows from a fact of its case, and its clock was warned or breached in that cycle."""
    verdict = Verdict()
    ids = {header(record, "id") for topic in TOPICS for record in case.said[topic].values()}
    reached = set()
    for record in case.said[CLOCKS].values():
        if header(record, "type") in (ClockWarned.type, ClockBreached.type):
            data = json.loads(record.value)
            reached.add((data["clock"], data["cycle"]))
    for record in case.said[ESCALATIONS].values():
        if header(record, "type") != PageRequested.type:
            continue
        if case.cut(CLOCKS) or case.cut(CASES):
            verdict.notes["pages whose causes the wire may no longer have"] += 1
            continue
        data = json.loads(record.value)
        caused = header(record, "causationid")
        verdict.expect(caused in ids, f"{place(record)}: its cause {caused!r} is no fact of this case")
        if (data["clock"], data["cycle"]) not in reached:
            verdict.violations.append(
                f"{place(record)}: {data['clock']}, cycle {data['cycle']} was neither warned nor breached"
            )
    return verdict


def causes_are_delivered(case: Case) -> Verdict:
    """Every page and update that the notifier heard of was delivered, or it is on record why not (yet)."""
    verdict = Verdict()
    row = case.row("notifier")
    ledger: CaseDeliveries | None = row.state if row else None
    if row is not None and row.thread.parked:
        verdict.notes["cases whose deliveries wait behind a dead letter"] += 1
        return verdict
    for record in _demands(case):
        data = json.loads(record.value)
        page = data.get("page") or data["update"]
        known = ledger is not None and (page in ledger.pages or page in ledger.updates)
        if verdict.expect(known, f"{place(record)}: {page} was heard of, and is not on record") and ledger:
            carried = [one for one in ledger.deliveries.values() if one.carries == page]
            if not carried and page not in ledger.waiting:
                verdict.violations.append(
                    f"{place(record)}: nothing was done about {page}, and no reason given"
                )
    if ledger is not None:
        reported = _reported(case)
        for one in ledger.deliveries.values():
            verdict.checked += 1
            verdict.violations += _settled(case, ledger, one, reported)
    return verdict


def _demands(case: Case) -> Iterator[Record]:
    for topic, demanding in ((ESCALATIONS, PageRequested.type), (CLOCKS, UpdateRequested.type)):
        for record, moments in case.dossier.wire.get(topic, ()):
            if header(record, "type") == demanding and any(m.service == "notifier" for m in moments):
                yield record


def _reported(case: Case) -> dict[str, set[str]]:
    """What was said of each effect."""
    found: dict[str, set[str]] = defaultdict(set)
    for record in case.said[DELIVERIES].values():
        effect = json.loads(record.value).get("effect")
        if effect:
            found[effect].add(header(record, "type"))
    return found


def _settled(
    case: Case, ledger: CaseDeliveries, one: Delivery, reported: dict[str, set[str]]
) -> Iterator[str]:
    named = f"delivery {one.effect} of {one.carries} to {one.receiver} by {one.address.channel}"
    if one.status in OPEN:
        if one.next_at is None:
            yield f"{named} is {one.status}, and nothing will be tried any more"
        return
    if one.status is Status.SENT and not any(attempt.fate == "accepted" for attempt in one.attempts):
        yield f"{named} is sent, and no attempt was accepted"
    if one.status is not Status.SENT and not one.reason:
        yield f"{named} is {one.status}, without a reason"
    if one.status is Status.FAILED and one.rest:
        nexts = [other for other in ledger.deliveries.values() if _follows(other, one)]
        if not nexts:
            yield f"{named} failed, and the next channel, {one.rest[0]}, was not tried"
    if _REPORTS[one.status] not in reported[one.effect] and not case.cut(DELIVERIES):
        yield f"{named} is {one.status}, and no fact says so"


def _follows(other: Delivery, failed: Delivery) -> bool:
    same = (other.carries, other.receiver, other.round) == (failed.carries, failed.receiver, failed.round)
    return same and other.address == failed.rest[0]


def _follows_on(again: Attempt, accepted: Attempt) -> bool:
    """Whether it was begun when the other was known to be accepted; one turn may hear and begin."""
    ended = accepted.ended or 0
    return again.began > ended or (again.began == ended and again.number > accepted.number)


def one_delivery_an_effect(case: Case) -> Verdict:
    """Under one effect key nothing is tried again that was accepted, and at most one acceptance is reported.

    An attempt whose fate was unknown is repeated on purpose (docs/adr/0007): that is counted, and told apart.
    """
    verdict = Verdict()
    row = case.row("notifier")
    if row is None or row.state is None:
        return verdict
    ledger: CaseDeliveries = row.state
    for one in ledger.deliveries.values():
        accepted = [attempt for attempt in one.attempts if attempt.fate == "accepted" and attempt.ended]
        verdict.expect(
            not any(_follows_on(again, was) for was in accepted for again in one.attempts),
            f"effect {one.effect} of {one.carries} was tried again after it had been accepted",
        )
        verdict.notes["attempts of unknown fate that were repeated"] += sum(
            attempt.fate == "unknown" for attempt in one.attempts[:-1]
        )
        verdict.notes["effects accepted twice, after an attempt of unknown fate"] += len(accepted) > 1
    said: dict[str, list[str]] = defaultdict(list)
    for record in case.said[DELIVERIES].values():
        if header(record, "type") == DeliveryAccepted.type:
            said[json.loads(record.value)["effect"]].append(place(record))
    for effect, facts in said.items():
        verdict.expect(
            len(facts) == 1, f"effect {effect} was accepted {len(facts)} times: {', '.join(facts)}"
        )
    return verdict
