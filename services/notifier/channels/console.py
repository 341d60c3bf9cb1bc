"""The process's log, for trying out: a readable line for each message, in a file as well if one is set."""

import asyncio
from pathlib import Path

import structlog

from services.notifier.channels.channel import Outgoing
from services.notifier.domain.outcome import Accepted, Outcome, TryAgain
from services.notifier.domain.words import one_line

_log = structlog.get_logger(__name__)


class Console:
    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    async def send(self, outgoing: Outgoing) -> Outcome:
        line = render(outgoing)
        if self._file is not None:
            try:
                await asyncio.to_thread(_append, self._file, line)
            except OSError as wrong:
                return TryAgain(f"{self._file}: {wrong.strerror}")
        _log.info(line, effect=outgoing.effect)
        return Accepted("shown")


def render(outgoing: Outgoing) -> str:
    message = outgoing.message
    facts = "; ".join(f"{label}: {value}" for label, value in message.facts if label != "Case")
    text = one_line(message.text)
    parts = [f"to {outgoing.receiver}: {message.subject}", "" if text in message.subject else text, facts]
    if outgoing.link is not None:
        parts.append(f"acknowledge: {outgoing.link}")
    return " | ".join(part for part in parts if part)


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(line + "\n")
