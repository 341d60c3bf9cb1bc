"""States and threads as the text that is stored, and back.

A case's row lies in memory as its text, and is read for each turn that works on it: what was read a moment
ago is written from the processor's own memory, what has lain for a while comes from the machine's, object by
object, which takes longer than both. That pays with msgspec, which makes tuples and dataclasses without
calling anything of Python; pydantic, which reads facts, takes three times as long for states.
"""

from typing import Any, Generic, TypeVar

import msgspec
from pydantic import BaseModel

from shared.stream.fold import Thread

S = TypeVar("S")


def _write_model(value: Any) -> msgspec.Raw:
    if isinstance(value, BaseModel):
        return msgspec.Raw(value.__pydantic_serializer__.to_json(value, by_alias=True, exclude_none=True))
    raise NotImplementedError(f"a state holds a {type(value).__name__}, which JSON has no words for")


def _read_model(kind: type[Any], value: Any) -> Any:
    if issubclass(kind, BaseModel):
        return kind.model_validate(value)
    raise NotImplementedError(f"a state holds a {kind.__name__}, which JSON has no words for")


_encoder = msgspec.json.Encoder(enc_hook=_write_model)
_threads = msgspec.json.Decoder(Thread)


class States(Generic[S]):
    """Of one process. A state may hold what msgspec knows, and facts' data."""

    def __init__(self, state: type[S]) -> None:
        self._decoder = msgspec.json.Decoder(state, dec_hook=_read_model)

    def read(self, body: str) -> S:
        return self._decoder.decode(body)

    def write(self, state: S) -> str:
        return _encoder.encode(state).decode()


def read_thread(text: str) -> Thread:
    return _threads.decode(text)


def write_thread(thread: Thread) -> str:
    return _encoder.encode(thread).decode()
