"""From a call to a channel and back: the link is made, the time is measured, the outcome becomes a fact."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import structlog

from services.notifier.channels.channel import Channel, Outgoing
from services.notifier.domain.message import Send
from services.notifier.domain.outcome import Accepted, CallEnded, Outcome, Refused, TryAgain, Unknown
from services.notifier.domain.token import Claim, seal
from shared.contracts.decision import Call
from shared.contracts.envelope import Fact
from shared.contracts.instant import DAY, SECOND
from shared.ops import metrics
from shared.ops.clock import Clock

LONGEST = 25.0
"""Physical seconds for one attempt; the ledger's lease is longer."""
LINK_LIVES = 7 * DAY
"""Physical microseconds."""

_log = structlog.get_logger(__name__)


class Voice:
    def __init__(
        self, channels: Mapping[str, Channel], clock: Clock, base: str, secrets: Sequence[bytes]
    ) -> None:
        self._channels = channels
        self._clock = clock
        self._base = base.rstrip("/")
        self._secrets = secrets

    async def call(self, key: str, call: Call) -> Fact:
        """Carry out one attempt; the kit hears its outcome as a fact."""
        if not isinstance(call, Send):
            raise TypeError(f"the notifier can only send, not {type(call).__name__}")
        outcome = await self._attempt(key, call)
        metrics.DELIVERIES.labels(call.address.channel, outcome.fate).inc()
        now = self._clock.now()
        if isinstance(outcome, Accepted):
            waited = (now - call.planned_at) / self._clock.span(SECOND)
            metrics.DELIVERY_SECONDS.labels(call.address.channel).observe(waited)
        elif isinstance(outcome, TryAgain) and outcome.after is not None:
            outcome = TryAgain(outcome.answer, self._clock.span(outcome.after))
        ended = CallEnded(effect=call.effect, attempt=call.attempt, outcome=outcome)
        return Fact(key, now, ended, "tocsin/notifier", f"{call.effect}-{call.attempt}")

    async def _attempt(self, key: str, call: Send) -> Outcome:
        channel = self._channels.get(call.address.channel)
        if channel is None:
            known = ", ".join(sorted(self._channels))
            return Refused(f"no channel {call.address.channel!r} is set up here; there are {known}")
        outgoing = Outgoing(
            effect=call.effect,
            key=key,
            receiver=call.receiver,
            target=call.address.target,
            message=call.message,
            planned_at=call.planned_at,
            link=self._link(key, call),
        )
        try:
            async with asyncio.timeout(LONGEST):
                return await channel.send(outgoing)
        except TimeoutError:
            return Unknown(f"no outcome within {LONGEST:g} s")
        except Exception as bug:  # noqa: BLE001 - not swallowed: it goes into the ledger and the log
            # The ledger must learn of it: the attempt may have got through, and is made again.
            _log.exception("a channel failed", channel=call.address.channel, effect=call.effect)
            return Unknown(f"the channel itself failed: {type(bug).__name__}")

    def _link(self, key: str, call: Send) -> str | None:
        if not call.message.page:
            return None
        expires = call.planned_at + self._clock.span(LINK_LIVES)
        claim = Claim(key, call.message.page, call.message.round, call.receiver, expires)
        return f"{self._base}/ack/{quote(seal(claim, self._secrets))}"
