"""Facts in the words of a scenario: what stands in a report can be put into the file."""

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from cli.scenarios.living import Spoken
from cli.scenarios.times import shown
from cli.scenarios.vocabulary import BY_TYPE, SAID
from shared.calendar.instants import HOUR, MINUTE, SECOND
from shared.contracts import clock as clocks
from shared.contracts import escalation as escalations
from shared.contracts.escalation import PageRequested

_VERBS = {"critical": "page", "normal": "notify", "digest": "digest to"}
_CAUSES = ("cause", "why", "reason", "effect")
_INSTANTS = {"was_due": "was due", "due": "due", "next_due": "next due", "acknowledge_by": "by"}
_UNTOLD = frozenset(
    ("clock", "cycle", "at", "policy", "page", "step", "fact", "fact_source", "fact_type", "update", "target")
)
"""What a phrase says otherwise, or what only machines read."""


def told(spoken: Spoken, where: ZoneInfo, pages: Mapping[str, PageRequested]) -> str:
    """One phrase for one fact, without its time."""
    return _Telling(spoken, where, pages).phrase()


class _Telling:
    def __init__(self, spoken: Spoken, where: ZoneInfo, pages: Mapping[str, PageRequested]) -> None:
        self.data = spoken.data
        self.at = spoken.at
        self.where = where
        self.pages = pages

    def phrase(self) -> str:
        data = self.data
        match data:
            case clocks.ClockPaused():
                left = 0 if data.remaining is None else data.remaining  # a clock that only measures
                return self._of_clock(f"{amount(left)} left", "remaining")
            case clocks.ClockMet():
                met = f"{'late' if data.late else 'in time'}, {amount(data.used)} used"
                return self._of_clock(met, "late", "used", "due")
            case clocks.ClockRetracted():
                return f"{self._of_clock(data.warning, 'warning')} of {self._time(data.at)}"
            case clocks.FactRefused() | clocks.FactReinstated():
                return f"{BY_TYPE[type(data)]} {data.fact_type}{self._because()}"
            case escalations.CaseRouted():
                person = f", {data.person}" if data.person else ""
                return f"routed to {data.tier}{person}{self._because()}"
            case escalations.PageRequested():
                by = data.acknowledge_by
                until = f" by {self._time(by)}" if by is not None else ""
                return f"{_VERBS[data.urgency]} {data.person}, {data.role}{until}"
            case escalations.StepSkipped():
                return f"skipped {data.step}{self._because()}"
            case escalations.LadderEnded():
                return f"ladder ended {data.clock.replace('_', ' ')}{self._because()}"
            case clocks.ClockSaid() | escalations.CaseEscalated():
                return self._of_clock("", "from_tier", "team")
            case _:
                page = self.pages.get(getattr(data, "page", ""))
                who = page.person if page is not None else "somebody"
                return f"{BY_TYPE[type(data)]} {who}{self._because()}"

    def _of_clock(self, words: str, *explained: str) -> str:
        """`warned first response 75 %, due Mon 09:15`: whatever the fact has, in the order of its members."""
        data, word = self.data, BY_TYPE[type(self.data)]
        clock = str(getattr(data, "clock", "")).replace("_", " ")
        alone = SAID[word].rest
        parts = [f"{word} {getattr(data, alone)} {clock}" if alone == "what" else f"{word} {clock}".strip()]
        parts += [str(getattr(data, alone))] if alone and alone != "what" else []
        parts += [words] if words else []
        parts += [f"cycle {data.cycle}"] if isinstance(data, clocks.ClockSaid) and data.cycle > 1 else []
        parts += [f"{_INSTANTS[name]} {self._time(at)}" for name, at in self._instants(explained)]
        return " ".join(parts) + self._others((*explained, alone)) + self._because()

    def _instants(self, explained: tuple[str, ...]) -> list[tuple[str, int]]:
        given = ((name, getattr(self.data, name, None)) for name in _INSTANTS if name not in explained)
        return [(name, at) for name, at in given if at is not None]

    def _others(self, explained: tuple[str, ...]) -> str:
        """Members that have no words of their own, where they are not as usual."""
        others = []
        written = self.data.model_dump(mode="json")
        for name, field in type(self.data).model_fields.items():
            value = getattr(self.data, name)
            if name in (*explained, *_UNTOLD, *_INSTANTS, *_CAUSES) or value in (field.default, "", None):
                continue
            if isinstance(value, bool):
                others.append(f"{name}={str(value).lower()}")
            elif isinstance(value, int):
                text = shown(value, self.where) if isinstance(written[name], str) else amount(value)
                others.append(f'{name}="{text}"')
            else:
                others.append(f'{name}="{_plain(str(value))}"')
        return "".join(f", {other}" for other in others)

    def _because(self) -> str:
        why = next((value for name in _CAUSES if (value := getattr(self.data, name, ""))), "")
        return f", because {_plain(str(why))}" if why else ""

    def _time(self, at: int) -> str:
        return shown(at, self.where, beside=self.at)


def amount(micros: int) -> str:
    """`27 h 5 min`. Hours are the largest unit: days have many lengths."""
    parts, rest = [], abs(micros)
    for size, unit in ((HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        count, rest = divmod(rest, size)
        parts += [f"{count} {unit}"] if count else []
    if rest:
        return f"{micros / SECOND:.6f} s"
    return ("-" if micros < 0 else "") + " ".join(parts) if parts else "nothing"


def _plain(text: str) -> str:
    """As far as a phrase can hold it: up to what would end the phrase."""
    return re.split(r'[;"]|\s#', text)[0].strip()
