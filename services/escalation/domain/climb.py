"""One ladder in use: a case climbs it once for each cycle of a clock. Pure data and what follows from it.

                 a fact of the clock                   no step left
    (not begun) ---------------------> climbing -----------------------> exhausted
                                        |    ^                              |
                         acknowledged   |    |  idle, or a further          |  acknowledged
                                        v    |  fact of the clock           v
                                       acknowledged <-----------------------+

and from each of them `ended` when the clock or the case has ended; a further fact of the clock climbs again.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from services.escalation.domain.news import BREACH
from shared.policy.escalation import Step, same_point

Phase = Literal["climbing", "acknowledged", "exhausted", "ended"]
Fate = Literal["open", "acknowledged", "unanswered", "withdrawn"]


class Page(NamedTuple):
    """One receiver of one step. `by`: until when an acknowledgement is waited for; None: for none."""

    id: str
    step: int
    person: str
    at: int
    by: int | None = None
    fate: Fate = "open"

    @property
    def standing(self) -> bool:
        """Whether its cause still stands and nobody has answered: what may be withdrawn."""
        return self.fate in ("open", "unanswered")


class Deferred(NamedTuple):
    """A page that waits for its receiver's hours."""

    step: int
    person: str
    until: int


class Climb(NamedTuple):
    """The steps are those of the policy at the instant when the climb began.

    `position` is the number of the last step taken (0: none), `at` its planned instant.
    """

    clock: str
    cycle: int
    steps: tuple[Step, ...]
    phase: Phase = "climbing"
    why: str = ""
    """Why it is exhausted or has ended."""
    due: int | None = None
    breached_at: int | None = None
    position: int = 0
    at: int = 0
    patience: int = 0
    """How long silence is borne after it: not at all when it reached nobody."""
    taken: tuple[int, ...] = ()
    acknowledged_at: int = 0
    acknowledged_by: str = ""
    pages: tuple[Page, ...] = ()
    deferred: tuple[Deferred, ...] = ()

    def step(self, number: int) -> Step:
        return self.steps[number - 1]

    def step_at(self, words: str) -> Step | None:
        """The step that a fact of the clock brings: a warning point's words, or `breach`."""
        return next(
            (step for step in self.steps if step.at.by_fact and same_point(step.at.words, words)), None
        )

    @property
    def beyond_breach(self) -> Step | None:
        """The first step that is due some time after the breach, not taken yet."""
        steps = (each for each in self.steps if each.at.moment == BREACH and each.at.after)
        return next((each for each in steps if each.number not in self.taken), None)

    def segment(self, words: str) -> set[int]:
        """The numbers of the steps that follow from a fact of the clock: up to the next such fact."""
        numbers: set[int] = set()
        inside = False
        for step in self.steps:
            if step.at.by_fact:
                inside = same_point(step.at.words, words)
            elif words == BREACH and step.at.moment == BREACH:
                inside = True
            if inside:
                numbers.add(step.number)
        return numbers

    @property
    def following(self) -> Step | None:
        """The next step of a ladder that nobody has acknowledged; idleness is none of its business."""
        return next((each for each in self.steps[self.position :] if each.at.moment != "idle"), None)

    @property
    def awaited(self) -> tuple[Page, ...]:
        """The pages for whose acknowledgement it still waits."""
        return tuple(page for page in self.pages if page.by is not None and page.fate == "open")

    def coming(self, progress_at: int) -> tuple[int, Step] | None:
        """The next step that time alone brings, and when by the plan."""
        if self.phase == "climbing":
            step = self.following
            planned = self.planned(step, self.at, self._borne) if step is not None else None
            return (planned, step) if step is not None and planned is not None else None
        if self.phase == "acknowledged":
            since = max(self.acknowledged_at, progress_at)
            idle = (each for each in self.steps if each.at.moment == "idle" and each.number not in self.taken)
            return min(((since + each.at.after, each) for each in idle), key=lambda due: due[0], default=None)
        return None

    @property
    def _borne(self) -> int:
        """As `patience`, but no longer than until the last page of the step proved undeliverable."""
        ends = [page.by for page in self.pages if page.step == self.position and page.by is not None]
        return min(self.patience, max(ends, default=self.at + self.patience) - self.at)

    def planned(self, step: Step, at: int, patience: int) -> int | None:
        """When `step` is due after one taken at `at` with that patience; None: only a fact can tell."""
        if step.at.moment == "silence":
            return at + patience
        if step.at.moment == BREACH and step.at.after and self.breached_at is not None:
            return self.breached_at + step.at.after
        return None

    def overtaken(self, step: Step, planned: int, now: int) -> int | None:
        """When the step behind this one fell due, if that is over as well: only the current one is said."""
        if step.at.moment not in ("silence", BREACH) or step.at.by_fact:
            return None
        behind = next((each for each in self.steps[step.number :] if each.at.moment != "idle"), None)
        due = self.planned(behind, planned, step.acknowledge_within or 0) if behind is not None else None
        return due if due is not None and planned < due <= now else None

    def waits_for(self, progress_at: int) -> Iterator[int]:
        """The instants at which time changes something."""
        if self.phase == "ended":
            return
        yield from (page.by for page in self.awaited if page.by is not None)
        yield from (each.until for each in self.deferred)
        coming = self.coming(progress_at)
        if coming is not None:
            yield coming[0]

    def moved(self, step: Step, at: int, patience: int) -> "Climb":
        """After a step, taken or overtaken, that was planned for `at`."""
        return self._replace(
            phase="climbing",
            why="",
            position=step.number,
            at=at,
            patience=patience,
            taken=(*self.taken, step.number),
        )

    def with_page(self, page: Page) -> "Climb":
        return self._replace(pages=tuple(page if each.id == page.id else each for each in self.pages))
