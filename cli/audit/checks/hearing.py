"""From the wire to the states: what lies below a service's positions, it has heard."""

from collections.abc import Collection

from cli.audit.case import Case, Verdict, header, number_of, place
from cli.audit.deciders import SERVICES, AnyProcess
from cli.audit.dossier import Moment
from shared.stream.codec import Unreadable, decode
from shared.stream.fold import Heard
from shared.stream.wire import Record


def said_is_heard(case: Case) -> Verdict:
    """Nothing was passed over: what lies below the positions is in a turn, and its number in the state.

    So positions that ran ahead are seen from two sides, and neither asks the code that decides.
    """
    verdict = Verdict()
    for service in SERVICES:
        row, process = case.row(service), case.deciders.any_of(service)
        for topic in process.hears:
            lane = service, topic, case.partition
            position, recorded = case.horizon.positions.get(lane, 0), case.horizon.recorded.get(lane, 0)
            heard = row.thread.heard.get(topic) if row else None
            for record, moments in case.dossier.wire.get(topic, ()):
                if not 0 <= record.offset < position:
                    continue
                there = f"{service}: {place(record)}"
                in_a_turn = record.offset < recorded or _by(service, moments)
                verdict.expect(in_a_turn, f"{there} is in no turn, and its position is {position}")
                if _noted(process, record) and not _among(heard, number_of(record) or 0):
                    verdict.violations.append(f"{there} was passed over, its position is {position}")
    return verdict


def _by(service: str, moments: Collection[Moment]) -> bool:
    return any(moment.service == service for moment in moments)


def _noted(process: AnyProcess, record: Record) -> bool:
    """Whether the state notes its number: not of what is not heeded, nor of what cannot be read."""
    if not number_of(record):
        return False
    if record.topic not in process.counted and header(record, "type") not in (process.heeds or ()):
        return False
    try:
        decode(record)
    except Unreadable:
        return False
    return True


def _among(heard: Heard | None, number: int) -> bool:
    return heard is not None and number <= heard.last and number not in heard.missing
