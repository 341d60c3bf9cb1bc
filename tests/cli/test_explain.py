"""`tocsin explain` asks the clock service's own routes over HTTP; only the check of keys is left out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from fastapi import FastAPI
from typer.testing import CliRunner

from cli.main import app
from services.clock.api.clocks import clocks_router
from services.clock.domain.case import CaseClocks
from shared.ops.access import Caller
from shared.ops.case_path import CasePaths
from shared.ops.clock import Clock
from shared.ops.problems import install
from shared.ops.reader import Reader
from tests.clock.story import Story, book_of
from tests.clock.test_story_of_a_clock import RESOLUTION

TRANSCRIPT = Path(__file__).parent / "policies" / "explained.txt"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    story = Story(book_of(RESOLUTION))
    story.tell("""
        Mon 15:00     case.opened severity=P3
        Mon 15:00   ! started resolution due Wed 15:00
        Mon 16:00     case.changed severity=P2
        Mon 16:00   ! recomputed resolution due Tue 11:00
        Mon 16:30     case.status_changed status=waiting
        Mon 16:30   ! paused resolution 150 min left
        Tue 10:00     case.status_changed status=working
        Tue 10:00   ! resumed resolution due Tue 12:30
        Tue 12:30   ! breached resolution due Tue 12:30
    """)
    state = story.state
    assert state is not None
    with serving(story, state, story.instant("Tue 13:00")) as url:
        yield url


class Standing:
    """A clock that stands at one instant."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@contextmanager
def serving(story: Story, state: CaseClocks, now: int) -> Iterator[str]:
    async def state_of(key: str) -> CaseClocks | None:
        return state if key == "demo/C/1" else None

    def anybody() -> Caller:
        return Caller("demo", frozenset())

    served = FastAPI()
    install(served)
    time = cast(Clock, Standing(now))
    served.include_router(clocks_router(cast(Reader, anybody), state_of, story.book, time))
    config = uvicorn.Config(cast(Any, CasePaths(served)), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    sockets = [config.bind_socket()]
    thread = threading.Thread(target=server.run, args=(sockets,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def explained(served: str, tmp_path: Path, *words: str, code: int = 0) -> str:
    key = tmp_path / "key"
    key.write_text("k")
    result = CliRunner().invoke(app, ["explain", *words, "--clocks", served, "--key-file", str(key)])
    assert result.exit_code == code, result.output
    return "\n".join(line.rstrip() for line in result.output.splitlines()) + "\n"


def test_the_whole_story_of_a_clock(served: str, tmp_path: Path) -> None:
    assert explained(served, tmp_path, "C/1", "resolution") == TRANSCRIPT.read_text()


def test_all_clocks_of_a_case(served: str, tmp_path: Path) -> None:
    assert explained(served, tmp_path, "C/1") == TRANSCRIPT.read_text()


def test_no_such_case_or_clock(served: str, tmp_path: Path) -> None:
    assert "404: There is no case 'C/2'" in explained(served, tmp_path, "C/2", code=1)
    assert "did you mean resolution?" in explained(served, tmp_path, "C/1", "resolutoin", code=1)


def test_nobody_answers(tmp_path: Path) -> None:
    assert "does not answer" in explained("http://127.0.0.1:9", tmp_path, "C/1", code=1)
