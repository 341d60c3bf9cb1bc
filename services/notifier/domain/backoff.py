"""How long until the next attempt. The jitter comes from the effect key: no chance in the domain."""

from hashlib import sha256

from services.notifier.domain.world import Patience

SPREAD = 0.2


def wait_before_next(patience: Patience, effect: str, tried: int, asked: int | None) -> int:
    """Microseconds to wait after attempt number `tried`. What the other side asked for is never cut short."""
    if asked is not None:
        return asked + int(asked * SPREAD * _fraction(effect, tried))
    scheduled = patience.waits[tried - 1]
    return int(scheduled * (1 - SPREAD + 2 * SPREAD * _fraction(effect, tried)))


def gives_up(patience: Patience, tried: int, asked: int | None, *, has_next: bool) -> bool:
    """Whether this channel is given up after `tried` attempts, the last answered with a wait of `asked`."""
    if tried > len(patience.waits):
        return True
    return has_next and (tried >= patience.tries_before_fallback or (asked or 0) > patience.longest_wait)


def _fraction(effect: str, tried: int) -> float:
    return int.from_bytes(sha256(f"{effect}:{tried}".encode()).digest()[:4]) / 2**32
