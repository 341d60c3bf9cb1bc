"""The demo: one case that nobody answers, lived through in seconds, told as it happens."""

import asyncio
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from cli.events import Event
from cli.local.system import System, bearer
from cli.timeline import line
from cli.watch import ends, of_case, watch
from shared.contracts.case import CaseOpened
from shared.contracts.clock import ClockBreached
from shared.contracts.envelope import Fact, key_of, partition_of
from shared.contracts.escalation import AcknowledgementNoted, CaseEscalated, PageRequested, PageUnanswered
from shared.contracts.instant import Instant, render
from shared.contracts.notifier import DeliveryAccepted
from shared.ops.clock import RealClock

TENANT = SOURCE = "demo"
PATIENCE = 60.0
"""Seconds for the whole story."""
SILENCE = 4.0
"""Seconds that are listened to at the end."""

_LINK = re.compile(r"https?://\S+/ack/([\w-]+)\.[\w-]+", re.ASCII)


class Links:
    """The acknowledge links that the notifier's console channel has printed, by page."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, str], str] = {}
        self._new = asyncio.Event()

    def hear(self, text: str) -> None:
        for found in _LINK.finditer(text):
            body = found[1]
            key, page = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))[:2]
            self._links[key, page] = found[0]
            self._new.set()

    async def of(self, key: str, page: str) -> str:
        while (key, page) not in self._links:
            self._new.clear()
            await self._new.wait()
        return self._links[key, page]


@dataclass(slots=True)
class Story:
    """What has to happen in the demo, and what has."""

    awaited: dict[type, str] = field(
        default_factory=lambda: {
            ClockBreached: "the breach",
            CaseEscalated: "the escalation",
            PageRequested: "a page",
            PageUnanswered: "the page without an answer",
            AcknowledgementNoted: "the acknowledgement",
        }
    )
    start: Instant = 0
    unanswered: bool = False
    pages: dict[str, PageRequested] = field(default_factory=dict)

    def hear(self, fact: Fact) -> str | None:
        """Take in a fact; the page that reached somebody who is asked to acknowledge it, if one did."""
        self.awaited.pop(type(fact.data), None)
        match fact.data:
            case CaseOpened():
                self.start = fact.time
            case PageUnanswered():
                self.unanswered = True
            case PageRequested() as page:
                self.pages[page.page] = page
            case DeliveryAccepted() as delivered if delivered.page in self.pages:
                page = self.pages.pop(delivered.page)
                return page.page if page.acknowledge_by is not None else None
        return None


@dataclass(slots=True)
class Demo:
    system: System
    api_key: str
    links: Links
    console: Console
    case: str = ""
    posted: int = 0

    async def play(self) -> bool:
        """Post a case and tell what becomes of it; False when the story did not come to its end."""
        self.case = f"DEMO-{render(RealClock().now())[:19]}"
        key = key_of(TENANT, self.case)
        self.console.print(f"\n[bold]Demo[/]: the case {self.case} is a P1, and nobody answers.\n")
        wire = self.system.wire()
        story = Story()
        try:
            since = await ends(wire, [partition_of(key, self.system.plan.partitions)])
            await self._post("case.opened", OPENING)
            async with asyncio.timeout(PATIENCE) as patience:
                async for fact in of_case(watch(wire, since), key):
                    await self._tell(fact, story)
                    if not story.awaited:
                        patience.reschedule(asyncio.get_running_loop().time() + SILENCE)
        except TimeoutError:
            if story.awaited:
                missing = ", ".join(story.awaited.values())
                self.console.print(f"[red]waiting in vain for {missing}: see {self.system.plan.logs}[/]")
                return False
        finally:
            await wire.close()
        self.console.print(Text("           … silence: it is in somebody's hands", style="dim"))
        await self._post("support.replied", {})
        await self._post("case.resolved", {"resolution": "fix"})
        return True

    async def _tell(self, fact: Fact, story: Story) -> None:
        page = story.hear(fact)
        if (told := line(fact, story.start)) is not None:
            self.console.print(Text(told[1], style=told[0]), soft_wrap=True)
        if page is not None:
            link = await self.links.of(fact.key, page)
            self.console.print(Text(f"           to acknowledge: {link}", style="dim"), soft_wrap=True)
            if story.unanswered:  # the manager follows the link, and answers
                (await self.system.http.post(link)).raise_for_status()

    async def _post(self, kind: str, data: Mapping[str, str]) -> None:
        self.posted += 1
        event = Event(f"{self.case}-{self.posted}", SOURCE, kind, self.case, 0, dict(data)).as_json()
        del event["time"]  # it happens now
        url = f"{self.system.plan.url('intake')}/v1/events"
        (await self.system.http.post(url, json=event, headers=bearer(self.api_key))).raise_for_status()


OPENING = {"customer": "demo", "severity": "P1", "kind": "problem", "title": "Production is down"}
