"""Facts in the words of a scenario: what stands in a report can be put into the file."""

from zoneinfo import ZoneInfo

from cli.scenarios.living import Spoken
from cli.scenarios.times import shown
from cli.scenarios.vocabulary import BY_TYPE
from shared.calendar.spans import Span
from shared.contracts import clock as clocks
from shared.contracts import escalation as escalations
from shared.contracts.escalation import PageRequested

_VERBS = {"critical": "page", "normal": "notify", "digest": "digest to"}


def told(spoken: Spoken, where: ZoneInfo, pages: dict[str, PageRequested]) -> str:  # noqa: C901, PLR0911, PLR0912
    """One phrase for one fact, without its time."""
    data, at = spoken.data, spoken.at

    def due(name: str = "due") -> str:
        instant = getattr(data, name, None)
        return "" if instant is None else f" {name.replace('_', ' ')} {shown(instant, where, beside=at)}"

    def receiver() -> str:
        page = pages.get(getattr(data, "page", ""))
        return "somebody" if page is None else page.person

    cycle = f" cycle {data.cycle}" if isinstance(data, clocks.ClockSaid) and data.cycle > 1 else ""
    match data:
        case clocks.ClockWarned():
            return f"warned {_name(data)} {data.warning}{cycle}{due()}"
        case clocks.ClockPaused():
            return f"paused {_name(data)} {_span(data.remaining)} left{cycle}, because {data.cause}"
        case clocks.ClockMet():
            return f"met {_name(data)} {'late' if data.late else 'in time'}{cycle}, {_span(data.used)} used"
        case clocks.ClockRetracted():
            point = f" {data.warning}" if data.warning else ""
            of = shown(data.at, where, beside=at)
            return f"retracted {data.what}{point} {_name(data)}{cycle} of {of}, because {data.cause}"
        case clocks.FactRefused():
            return f"refused {data.fact_type}, because {data.reason}"
        case clocks.FactReinstated():
            return f"reinstated {data.fact_type}"
        case clocks.ClockSaid():
            cause = getattr(data, "cause", "")
            because = f", because {cause}" if cause else ""
            return (
                f"{BY_TYPE[type(data)]} {_name(data)}{cycle}{due('was_due')}{due()}{due('next_due')}{because}"
            )
        case escalations.CaseRouted():
            person = f", {data.person}" if data.person else ""
            return f"routed to {data.tier}{person}, because {data.why}"
        case escalations.CaseEscalated():
            return f"escalated to {data.to_tier}, because {data.why}"
        case escalations.PageRequested():
            by = data.acknowledge_by
            until = f" by {shown(by, where, beside=at)}" if by is not None else ""
            return f"{_VERBS[data.urgency]} {data.person}, {data.role}{until}"
        case escalations.PageUnanswered() | escalations.PageWithdrawn():
            why = getattr(data, "why", "")
            return f"{BY_TYPE[type(data)]} {receiver()}" + (f", because {why}" if why else "")
        case escalations.AcknowledgementNoted():
            return f"noted {receiver()}, because {data.effect}"
        case escalations.StepSkipped():
            return f"skipped {data.step}, because {data.why}"
        case escalations.LadderEnded():
            return f"ladder ended {data.clock.replace('_', ' ')}, because {data.why}"
        case _:
            members = " ".join(f'{name}="{value}"' for name, value in data.model_dump(mode="json").items())
            return f"{BY_TYPE[type(data)]} {members}"


def _name(data: clocks.ClockSaid) -> str:
    return data.clock.replace("_", " ")


def _span(micros: int) -> str:
    if not micros:
        return "nothing"
    return ("-" if micros < 0 else "") + str(Span(microseconds=abs(micros)))
