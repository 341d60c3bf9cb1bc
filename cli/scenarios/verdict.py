"""A scenario lived and judged: what was expected and what was said, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cli.scenarios.document import Place
from cli.scenarios.expecting import agrees, stands
from cli.scenarios.living import Spoken, World
from cli.scenarios.phrases import Expects, Happens, Passes, Play, Stands
from cli.scenarios.telling import told
from cli.scenarios.times import shown
from cli.scenarios.vocabulary import ACKNOWLEDGED, UPDATE_SENT
from shared.contracts.clock import ClockSaid, FactRefused, FactReinstated
from shared.contracts.envelope import Said
from shared.contracts.escalation import CaseEscalated, CaseRouted
from shared.contracts.notifier import DeliveryFailed, PageAcknowledged, UpdateSent
from shared.policy.book import PolicyBook

ROUTING, LADDERS, REFUSALS = "routing", "ladders", "refusals"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison; either side may be empty. `agrees` is False where they differ."""

    at: int
    expected: str
    happened: str
    agrees: bool
    place: Place | None = None
    """Where the file says it; None: nowhere."""


@dataclass(frozen=True, slots=True)
class Verdict:
    play: Play
    rows: tuple[Row, ...]

    @property
    def kept(self) -> bool:
        return all(row.agrees for row in self.rows)


def lived(play: Play, book: PolicyBook) -> Verdict:
    """Live through the scenario, then compare; nothing that is said may be unnamed."""
    world = World(book)
    rows: list[Row] = []
    expected: list[Expects] = []
    for phrase in play.phrases:
        match phrase:
            case Happens():
                rows.append(_do(world, phrase))
            case Expects():
                expected.append(phrase)
            case Stands():
                world.pass_time(max(phrase.at, world.now))
                rows.append(_standing(world, phrase, play.where))
            case Passes():
                world.pass_time(max(phrase.at, world.now))
                rows.append(Row(phrase.at, "nothing", "nothing", agrees=True, place=phrase.text.place))
    # A breach lies behind the last instant of its target by the least that there is.
    world.pass_time(max([world.now, *(phrase.at for phrase in play.phrases)]) + 1)
    last = world.now - 1
    rows += _compared(expected, [each for each in world.said if each.at <= last], world, play)
    return Verdict(play, tuple(sorted(rows, key=lambda row: (row.at, _order(row.place)))))


def _do(world: World, phrase: Happens) -> Row:
    """Let it happen."""
    data: Said | None = phrase.said
    missing = ""
    if data is None and phrase.word == UPDATE_SENT:
        world.pass_time(max(phrase.arrives, world.now))
        if (asked := world.update_of(phrase.refers_to)) is not None:
            data = UpdateSent(update=asked.update, clock=asked.clock, cycle=asked.cycle, at=phrase.at)
        else:
            missing = "no update was asked for by then"
    elif data is None:
        world.pass_time(max(phrase.arrives, world.now))
        if (page := world.page_to(phrase.refers_to)) is None:
            missing = f"nobody has asked {phrase.refers_to} by then"
        elif phrase.word == ACKNOWLEDGED:
            data = PageAcknowledged(page=page.page, by=page.person, at=phrase.at)
        else:
            data = DeliveryFailed(
                effect=page.page,
                page=page.page,
                receiver=page.person,
                channel="",
                attempt=1,
                at=phrase.at,
                why="no channel reached them",
            )
    if data is not None:
        world.tell(data, phrase.at, phrase.arrives)
    words = phrase.text.words
    return Row(phrase.at, words, missing or words, not missing, phrase.text.place)


def _standing(world: World, phrase: Stands, where: ZoneInfo) -> Row:
    clock = world.clock(phrase.clock)
    place = phrase.text.place
    if clock is None:
        return Row(phrase.at, phrase.text.words, "this clock has not begun", agrees=False, place=place)
    wrong = [want for want in phrase.wants if not stands(want, clock)]
    if not wrong:
        return Row(phrase.at, phrase.text.words, phrase.text.words, agrees=True, place=place)
    due = f", due {shown(clock.due, where, beside=phrase.at)}" if clock.due is not None else ", no due"
    left = f", {clock.remaining_seconds / 60:g} min left" if clock.remaining_seconds is not None else ""
    members = {want.member for want in wrong} - {"state", "due", "remaining_seconds", "used_seconds"}
    others = "".join(f", {name}={getattr(clock, name)}" for name in sorted(members))
    used = f", {clock.used_seconds / 60:g} min used"
    happened = f"{phrase.clock.replace('_', ' ')} is {clock.state}{due}{left}{used}{others}"
    return Row(phrase.at, phrase.text.words, happened, agrees=False, place=place)


def _compared(expected: Sequence[Expects], said: Sequence[Spoken], world: World, play: Play) -> Iterator[Row]:
    """Each phrase takes one fact of its time; the most exact ones choose first."""
    left = list(said)
    missing: list[Expects] = []
    for phrase in sorted(expected, key=lambda each: -len(each.wants)):
        fact = next((each for each in left if _fits(phrase, each, world)), None)
        if fact is None:
            missing.append(phrase)
        else:
            left.remove(fact)
            yield Row(phrase.at, phrase.text.words, phrase.text.words, agrees=True, place=phrase.text.place)
    about = {word.replace("_", " ") for word in play.scenario.words("about")}
    left = [each for each in left if not about or _about(each.data) in about or _resembled(missing, each)]
    for phrase in sorted(missing, key=lambda each: each.at):
        other = _resembling(phrase, left)
        happened = "–"
        if other is not None:
            left.remove(other)
            time = "" if other.at == phrase.at else shown(other.at, play.where, beside=phrase.at) + "  "
            happened = time + told(other, play.where, world.pages)
        yield Row(phrase.at, phrase.text.words, happened, agrees=False, place=phrase.text.place)
    for each in left:
        yield Row(each.at, "–", told(each, play.where, world.pages), agrees=False)


def _fits(phrase: Expects, fact: Spoken, world: World) -> bool:
    return (
        type(fact.data) is phrase.said
        and fact.at == phrase.at
        and all(agrees(want, fact, world.pages) for want in phrase.wants)
    )


def _resembling(phrase: Expects, said: Sequence[Spoken]) -> Spoken | None:
    """The nearest fact of the same type, of the same clock where one is named."""
    clock = next((want.value for want in phrase.wants if want.member == "clock"), None)
    alike = [
        each
        for each in said
        if type(each.data) is phrase.said and (clock is None or getattr(each.data, "clock", None) == clock)
    ]
    return min(alike, key=lambda each: abs(each.at - phrase.at), default=None)


def _resembled(missing: Sequence[Expects], fact: Spoken) -> bool:
    return any(_resembling(phrase, [fact]) is not None for phrase in missing)


def _about(data: Said) -> str:
    """What `about:` names it by."""
    match data:
        case ClockSaid():
            return data.clock.replace("_", " ")
        case FactRefused() | FactReinstated():
            return REFUSALS
        case CaseRouted() | CaseEscalated():
            return ROUTING
        case _:
            return LADDERS


def _order(place: Place | None) -> tuple[bool, int, int]:
    """As the file has it; behind that what the file does not name."""
    return (True, 0, 0) if place is None else (False, place.line, place.column)
