"""`tocsin explain`: why a clock of a running system says what it says, in sums that add up to its due."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx2
import typer
from pydantic import ValidationError
from rich.console import Console

from cli.errors import DIFFERS, fail
from services.clock.domain.explanation import Counted, CycleExplained, Explanation, RuleShown
from shared.calendar.spans import Span
from shared.contracts.instant import EPOCH, MICROSECOND, SECOND, parse

KEY = Path(".tocsin/api-key")
FIRST, LAST = 6, 3
"""Of a long reckoning, the intervals that are shown from its start and up to its end."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def explain(
    case: Annotated[str, typer.Argument(help="The case's key.")],
    clock: Annotated[str | None, typer.Argument(help="One of its clocks; none: all of them.")] = None,
    *,
    clocks: Annotated[str, typer.Option(help="Where clocks are read.")] = "http://127.0.0.1:8081",
    key_file: Annotated[Path, typer.Option(help="An API key of the case's tenant.")] = KEY,
    json_: Annotated[bool, typer.Option("--json", help="As the clock service says it.")] = False,
) -> None:
    """Say why a clock says what it says: rules, start, hours counted, pauses, changes, due."""
    try:
        key = key_file.read_text(encoding="utf-8").strip()
    except OSError as wrong:
        fail(f"{key_file}: {wrong.strerror}: make a key with `tocsin keys create`")
    url = f"{clocks.rstrip('/')}/v1/cases/{quote(case, safe='')}/clocks"
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with httpx2.Client(timeout=30, headers={"Authorization": f"Bearer {key}"}) as client:
        names = [clock] if clock is not None else _clocks(_asked(client, url))
        for name in names:
            answer = _asked(client, f"{url}/{quote(name, safe='')}/explanation")
            if json_:
                typer.echo(answer.text)
                continue
            try:
                explanation = Explanation.model_validate_json(answer.content)
            except ValidationError as wrong:
                fail(f"{clocks} is of another release: {wrong.errors()[0]['msg']}", DIFFERS)
            for line in told(case, explanation):
                console.print(line)
    if not names:
        console.print(f"{case} has no clock: nothing is promised to it, or nobody has opened it yet")


def told(case: str, explanation: Explanation) -> Iterator[str]:
    """The explanation of one clock as lines of text, in the local time of each cycle's calendar."""
    if not explanation.cycles:
        yield f"{case}: {explanation.clock} never started under {explanation.policy}"
        yield ""
    for cycle in explanation.cycles:
        zone = ZoneInfo(cycle.zone)
        yield f"{case}: {explanation.clock}, cycle {cycle.cycle}: {cycle.state}"
        yield ""
        yield from (f"  {name:<9}{words}" for name, words in _terms(cycle, zone))
        yield from _reckoning(cycle, zone)
        if cycle.pauses:
            yield from ("", "  stood still")
        for pause in cycle.pauses:
            span = f"since {when(pause.since, zone)}"
            if pause.until is not None:
                span = between(pause.since, pause.until, zone)
            yield f"    {span}: {pause.cause}; {_span(pause.gives_back_seconds)} of open time"
        if cycle.changes:
            yield from ("", "  changed")
        for change in cycle.changes:
            was, due = (when(at, zone) if at is not None else "no due" for at in (change.was_due, change.due))
            yield f"    {when(change.at, zone)}: {change.cause}: {was} → {due}"
        yield from ("", "  what was said")
        for said in cycle.story:
            yield f"    {when(said.at, zone)}  {_localized(said.words, zone)}"
        yield ""


def when(instant: int, zone: ZoneInfo) -> str:
    """`Mon 9 Mar 2026 09:15`, with seconds where there are any."""
    there = (EPOCH + instant * MICROSECOND).astimezone(zone)
    seconds = f":{there:%S}" + (f".{there:%f}".rstrip("0") if there.microsecond else "")
    return f"{there:%a} {there.day} {there:%b %Y %H:%M}" + (seconds if seconds != ":00" else "")


def between(since: int, until: int, zone: ZoneInfo) -> str:
    """`Mon 9 Mar 2026 09:15 – 16:00`; with its date where that is another."""
    start, end = when(since, zone), when(until, zone)
    day, _, of_day = end.rpartition(" ")
    return f"{start} – {of_day if start.startswith(day) else end}"


def _localized(words: str, zone: ZoneInfo) -> str:
    return _RFC3339.sub(lambda found: when(parse(found[0]), zone), words)


def _terms(cycle: CycleExplained, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    if cycle.means:
        yield "means", cycle.means
    yield "policy", cycle.policy
    yield "target", _ruled(cycle.target, cycle.target_rule)
    yield "hours", _ruled(f"{cycle.calendar} ({cycle.zone})", cycle.calendar_rule)
    if cycle.owner:
        yield "owner", cycle.owner
    yield "started", f"{when(cycle.started, zone)} by {cycle.started_by}"
    if cycle.counts_from != cycle.started:
        yield "counts", f"from {when(cycle.counts_from, zone)}"


def _ruled(words: str, rule: RuleShown | None) -> str:
    if rule is None:
        return words
    passed = f"; passed over: {'; '.join(rule.passed_over)}" if rule.passed_over else ""
    return f"{words}, by line {rule.line}: {rule.when}{passed}"


def _reckoning(cycle: CycleExplained, zone: ZoneInfo) -> Iterator[str]:
    yield from ("", "  counted" if cycle.due is not None else "  counted so far")
    yield from (f"    {line}" for line in _counted(cycle.counted, zone))
    if cycle.due is not None:
        opening = ", the next opening" if cycle.due_at_next_opening else ""
        yield f"    due {when(cycle.due, zone)}{opening}"
    elif cycle.budget_seconds is not None:
        yield f"    no due instant; {_span(cycle.budget_seconds - cycle.used_seconds)} are left"


def _counted(counted: Sequence[Counted], zone: ZoneInfo) -> Iterator[str]:
    for number, each in enumerate(counted):
        if number == FIRST and len(counted) > FIRST + LAST + 1:
            yield f"… {len(counted) - FIRST - LAST} more"
        if FIRST <= number < len(counted) - LAST and len(counted) > FIRST + LAST + 1:
            continue
        piece = between(each.since, each.until, zone)
        yield f"{piece:<56}{_span(each.seconds):>15}{_span(each.total_seconds):>15}"


def _span(seconds: float) -> str:
    amount = round(seconds * SECOND)
    return f"{'-' if amount < 0 else ''}{Span(microseconds=abs(amount))}"


def _clocks(answer: httpx2.Response) -> list[str]:
    return list(dict.fromkeys(str(clock["clock"]) for clock in answer.json()["clocks"]))


def _asked(client: httpx2.Client, url: str) -> httpx2.Response:
    """The answer, or the end of the command with what the service said."""
    try:
        answer = client.get(url)
    except httpx2.TransportError as wrong:
        fail(f"{url} does not answer: {wrong}: is Tocsin running?", DIFFERS)
    if answer.status_code != httpx2.codes.OK:
        is_problem = "json" in answer.headers.get("content-type", "")
        detail = answer.json().get("detail", answer.text) if is_problem else answer.text
        fail(f"{url}: {answer.status_code}: {detail}", DIFFERS)
    return answer
