"""What processes write about themselves: one event a line, for people (console) or for machines (JSON).

`structlog.contextvars.bind_contextvars(case=…, trace=…)` marks everything that is written while a fact is
handled. Secrets are taken out by the name of their field and by their looks.
"""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.contracts.instant import render
from shared.ops.clock import Clock, TimeLapse

Style = Literal["console", "json"]
HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(r"(?:^|[_-])(?:secret|token|password|passwd|authorization|key)$", re.IGNORECASE)
_SECRET_LOOKS = re.compile(r"(?<=://)[^:/@\s]+:[^@/\s]+(?=@)|tocsin_[0-9a-f]{12}_[\w-]{43}|Bearer\s+\S+")


def configure(style: Style, service: str, clock: Clock, stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging, which libraries use, for this process."""
    ours: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _Stamp(service, clock),
    ]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        last += [
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        # The plain traceback: the rich one shows local variables, and with them secrets.
        plain = structlog.dev.plain_traceback
        colors = (stream or sys.stderr).isatty()
        last += [
            redact,
            structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain, pad_event_to=0),
        ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=ours, processors=last))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)  # libraries speak when something is wrong; ours are filtered below
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # ten lines a second while a broker is away
    logging.getLogger(service).setLevel(logging.INFO)
    structlog.configure(
        processors=[*ours, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: logging.getLogger(service),
        cache_logger_on_first_use=False,
    )


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what is secret, at any depth."""
    return {
        name: HIDDEN if _SECRET_NAME.search(name) else _without_secrets(value)
        for name, value in event.items()
    }


class _Stamp:
    """Physical time, in time-lapse product time as well, and who speaks."""

    def __init__(self, service: str, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["timestamp"] = render(self._clock.real_now())
        if isinstance(self._clock, TimeLapse):
            event["product_time"] = render(self._clock.now())
        event["service"] = self._service
        return event


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_LOOKS.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if _SECRET_NAME.search(str(name)) else _without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_without_secrets(inner) for inner in value]
    return value
