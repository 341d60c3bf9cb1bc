"""The acknowledge page: `GET` shows what it is about, `POST` takes it on. Mail scanners only ever GET.

The link is the whole proof: there are no cookies, so nobody's browser can be made to act in their name, and a
form from elsewhere would have to know the token.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from services.notifier.api.pages import Acknowledge
from services.notifier.api.reading import Ledger, available, ledger_of
from services.notifier.domain.acknowledging import Acknowledged, Acknowledging
from services.notifier.domain.ledger import CaseDeliveries
from services.notifier.domain.message import page_message
from services.notifier.domain.token import Claim, Expired, Forged, unseal
from services.notifier.domain.words import in_zone
from shared.ops.clock import Clock
from shared.ops.problems import Problem

Standing = Callable[[str, str, int], Awaitable[Acknowledged | None]]
"""(key, page, round) -> the acknowledgement that stands."""

HEADERS = {
    # The address is the secret: it must not leave by a referrer, stay in a cache or be indexed.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}

_TEMPLATE = SandboxedEnvironment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("acknowledge.html")


class AcknowledgePage:
    """The page behind each link."""

    def __init__(
        self,
        ledger: Ledger,
        standing: Standing,
        acknowledge: Acknowledge,
        clock: Clock,
        secrets: tuple[bytes, ...],
    ) -> None:
        self._ledger = ledger
        self._standing = standing
        self._acknowledge = acknowledge
        self._clock = clock
        self._secrets = secrets

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/ack/{token}", self.show, methods=["GET", "HEAD"])
        router.add_api_route("/ack/{token}", self.act, methods=["POST"])
        return router

    async def show(self, token: str) -> HTMLResponse:
        return await self._answer(token, self._look)

    async def act(self, token: str) -> HTMLResponse:
        return await self._answer(token, self._take_on)

    async def _look(self, claim: Claim) -> Acknowledged | None:
        return await self._standing(claim.key, claim.page, claim.round)

    async def _take_on(self, claim: Claim) -> Acknowledged:
        return await self._acknowledge(Acknowledging(claim.key, claim.page, claim.round, claim.person))

    async def _answer(
        self, token: str, do: Callable[[Claim], Awaitable[Acknowledged | None]]
    ) -> HTMLResponse:
        try:
            claim = self._open(token)
            state = await ledger_of(self._ledger, claim.key)
            if claim.page not in state.pages:
                raise Problem(404, "Not found", "The page that this link belongs to is not on record here.")
            with available():
                done = await do(claim)
        except Problem as problem:
            return _refused(problem)
        return self._shown(claim, state, done)

    def _open(self, token: str) -> Claim:
        try:
            return unseal(token, self._secrets, self._clock.now())
        except Expired:
            raise Problem(410, "This link has expired", "Look the case up in your own system.") from None
        except Forged:
            detail = "It may have been cut on its way. Open it from the message again, whole."
            raise Problem(404, "This is not a valid link", detail) from None

    def _shown(self, claim: Claim, state: CaseDeliveries, done: Acknowledged | None) -> HTMLResponse:
        page = state.pages[claim.page]
        # As it was said: the words of the message that the link came in, whenever it is looked at.
        said = next(one for one in state.deliveries.values() if one.carries == claim.page)
        zone = said.zone
        message = page_message(state, page, zone, said.planned_at)
        withdrawn = page.withdrawn if page.round == claim.round else "it was asked for anew since"
        if done is None:
            title = "No longer needed" if withdrawn else "Do you take this on?"
        elif done.first:
            title = "You have taken this on"
        else:
            title = "This has been taken on"
        return _render(
            200,
            title=title,
            person=claim.person,
            text=message.text,
            facts=message.facts,
            done=done and {"by": done.person, "at": in_zone(done.at, zone)},
            withdrawn=withdrawn,
            form=done is None and not withdrawn,
        )


def _refused(problem: Problem) -> HTMLResponse:
    """As a page: whoever follows a link is a person."""
    said = {"person": "", "facts": (), "done": None, "withdrawn": "", "form": False}
    answer = _render(problem.status, title=problem.title, text=problem.detail, **said)
    answer.headers.update(problem.headers)
    return answer


def _render(status: int, **words: object) -> HTMLResponse:
    return HTMLResponse(_TEMPLATE.render(words), status, HEADERS)
