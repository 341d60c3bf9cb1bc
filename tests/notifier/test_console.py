"""The console channel: a line in the log, and in a file."""

from pathlib import Path

from services.notifier.channels.console import Console
from services.notifier.domain.outcome import Accepted, TryAgain
from tests.notifier.outgoing import LINK, outgoing


async def test_a_line_a_message(tmp_path: Path) -> None:
    file = tmp_path / "said"
    channel = Console(file)
    for _ in range(2):
        assert isinstance(await channel.send(outgoing("", title="one\ntwo\x1b[2J")), Accepted)
    first, second = file.read_text().splitlines()
    assert first == second
    assert first.startswith("to anna: [P1] C-1: first response breached | Customer: acme; ")
    assert first.endswith(f" | acknowledge: {LINK}")
    assert "\x1b" not in first


async def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    assert isinstance(await Console(tmp_path / "no" / "file").send(outgoing("")), TryAgain)
