"""Standard Webhooks 1.0 signatures: HMAC-SHA256 over `id.timestamp.body`, one for each secret in use."""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook. `keys`: all that sign for it; two while a secret is being replaced."""

    url: str
    keys: tuple[bytes, ...]


class BadSecret(ValueError):
    """A signing secret that is none; the message says what one looks like, and never shows it."""


def read_secret(text: str) -> bytes:
    """The key in `whsec_<base64>`.

    Raises:
        BadSecret: another shape, or a key of fewer than 24 or more than 64 bytes.
    """
    try:
        key = b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise BadSecret("a webhook secret is written whsec_ and 24 to 64 bytes in base64")
    return key


def signature(keys: Sequence[bytes], id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`. `timestamp`: physical time in whole seconds; receivers allow minutes.

    During a rotation a receiver that has only one of the keys finds its own among the signatures.
    """
    signed = f"{id}.{timestamp}.".encode() + body
    return " ".join("v1," + b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
