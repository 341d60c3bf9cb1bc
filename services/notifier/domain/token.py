"""What stands in an acknowledge link: who may acknowledge which page until when, signed.

HMAC-SHA256 over the claim. Whoever holds the link may acknowledge in that person's name, once: so it
expires, it names one page, and it is worth nothing elsewhere. Several secrets are
read, the first one signs (rotation).
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import astuple, dataclass

PURPOSE = b"tocsin acknowledge link v1\n"
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Claim:
    key: str
    page: str
    round: int
    person: str
    expires: int
    """Product time, in microseconds."""


class Forged(ValueError):
    """Not a link of ours, or cut short on its way."""


class Expired(ValueError):
    """A link of ours whose time is over."""


def seal(claim: Claim, secrets: Sequence[bytes]) -> str:
    """The token of a claim: URL-safe, the same each time."""
    body = json.dumps(astuple(claim), separators=(",", ":"), ensure_ascii=False).encode()
    return f"{_text(body)}.{_text(_sign(body, secrets[0]))}"


def unseal(token: str, secrets: Sequence[bytes], now: int) -> Claim:
    """The claim in a token.

    Raises:
        Forged: no secret of ours signed it.
        Expired: it was ours, but its time is over.
    """
    body_text, _, signature_text = token.partition(".")
    try:
        if len(token) > LONGEST:
            raise Forged("a token is not that long")
        body, signature = _bytes(body_text), _bytes(signature_text)
    except ValueError:
        raise Forged("the token is not one that was made here") from None
    if not any(hmac.compare_digest(_sign(body, secret), signature) for secret in secrets):
        raise Forged("the token is not one that was made here")
    claim = Claim(*json.loads(body))
    if now >= claim.expires:
        raise Expired("the link's time is over")
    return claim


def _sign(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, PURPOSE + body, "sha256")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _text(raw) != text:
        raise ValueError("not the one way to write it")
    return raw
