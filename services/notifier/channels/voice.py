"""From a call to a channel and back: the link is made, the time is measured, the outcome becomes a fact."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

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
SHORTEST = 1.0
"""With less of its lease left an attempt is not begun."""
AT_ONCE = 32
"""Attempts under way at the same receiver (a host, a mail domain)."""
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
        self._turns: defaultdict[tuple[str, str], asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(AT_ONCE)
        )

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
        async with self._turn(call):
            left = (call.until - self._clock.now()) / self._clock.span(SECOND)
            if left < SHORTEST:
                # The ledger is about to take it for lost and try again: begun now, it would be made twice.
                return TryAgain("nothing was said: it waited too long for its turn")
            return await self._send(channel, outgoing, min(LONGEST, left))

    def _turn(self, call: Send) -> asyncio.Semaphore:
        """One slow receiver must not hold up those of all others."""
        host = urlsplit(call.address.target).hostname or call.address.target.rpartition("@")[2]
        return self._turns[call.address.channel, host]

    async def _send(self, channel: Channel, outgoing: Outgoing, seconds: float) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                return await channel.send(outgoing)
        except TimeoutError:
            return Unknown(f"no outcome within {seconds:.0f} s")
        except Exception as bug:  # noqa: BLE001 - not swallowed: it goes into the ledger and the log
            # The ledger must learn of it: the attempt may have got through, and is made again.
            _log.exception("a channel failed", channel=type(channel).__name__, effect=outgoing.effect)
            return Unknown(f"the channel itself failed: {type(bug).__name__}")

    def _link(self, key: str, call: Send) -> str | None:
        if not call.message.page:
            return None
        expires = call.planned_at + self._clock.span(LINK_LIVES)
        claim = Claim(key, call.message.page, call.message.round, call.receiver, expires)
        return f"{self._base}/ack/{quote(seal(claim, self._secrets))}"
