"""What is written can be read by a machine, and holds no secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from shared.ops.clock import RealClock, TimeLapse
from shared.ops.logging import Style, configure
from tests.support.manual_clock import ManualClock

SECOND = 1_000_000
NOON = 1_795_435_200 * SECOND  # 2026-11-23T12:00:00Z
API_KEY = "tocsin_0123456789ab_" + "s" * 43


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers, root.level = handlers, level


def test_a_line_says_when_who_and_about_which_case() -> None:
    written = io.StringIO()
    configure("json", "clock", ManualClock(NOON), written)
    structlog.contextvars.bind_contextvars(case="acme/42", trace="abc")
    structlog.get_logger("shared.stream").info("breached", clock="first_response")
    assert json.loads(written.getvalue()) == {
        "timestamp": "2026-11-23T12:00:00Z",
        "service": "clock",
        "level": "info",
        "event": "breached",
        "case": "acme/42",
        "trace": "abc",
        "clock": "first_response",
    }


def test_in_time_lapse_product_time_is_said_too() -> None:
    written = io.StringIO()
    configure("json", "clock", TimeLapse(NOON, RealClock().now(), 86_400), written)
    structlog.get_logger().info("breached")
    assert {"timestamp", "product_time"} <= json.loads(written.getvalue()).keys()


def test_libraries_speak_in_the_same_voice_and_only_when_something_is_wrong() -> None:
    written = io.StringIO()
    configure("json", "clock", ManualClock(NOON), written)
    logging.getLogger("alembic").info("a heartbeat")
    logging.getLogger("aiokafka").error("no broker, ten times a second: the wire says it once")
    logging.getLogger("alembic").warning("no database at %s", "127.0.0.1:1")
    assert json.loads(written.getvalue())["event"] == "no database at 127.0.0.1:1"


@pytest.mark.parametrize("style", ["json", "console"])
def test_secrets_are_hidden_wherever_they_stand(style: Style) -> None:
    written = io.StringIO()
    configure(style, "intake", ManualClock(NOON), written)
    log = structlog.get_logger()
    log.info(
        "request",
        headers={"Authorization": "Bearer hush"},
        api_key="hush",
        link_secret="hush",
        nested=[{"password": "hush"}],
        url="postgresql://tocsin:hush@127.0.0.1/tocsin",
        said=f"refused {API_KEY}",
        case="acme/42",
    )
    try:
        raise ValueError("cannot connect to postgresql://tocsin:hush@127.0.0.1/tocsin")
    except ValueError:
        if style == "json":
            log.exception("away")
    assert "hush" not in written.getvalue()
    assert API_KEY not in written.getvalue()
    assert "acme/42" in written.getvalue()
