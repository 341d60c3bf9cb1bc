"""Whether two events say the same: compared as canonical JSON (RFC 8785)."""

import hashlib
import json
import re

import rfc8785

from services.intake.domain.json_text import Item

# Names sort by UTF-16 units in RFC 8785 and by code points in Python: the same below the surrogates.
_MAY_SORT_DIFFERENTLY = re.compile("\\\\u(?:[dD][89a-fA-F]|[eEfF])|[\ue000-\U0010ffff]")
_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def digest(item: Item) -> bytes:
    """The SHA-256 of a flawless item's canonical form."""
    return hashlib.sha256(canonical(item)).digest()


def canonical(item: Item) -> bytes:
    if item.has_floats or _MAY_SORT_DIFFERENTLY.search(item.text):
        return rfc8785.dumps(item.value)
    # The standard library's serialiser writes the same where there is no fraction, at a tenth of the cost.
    return _PLAIN.encode(item.value).encode()
