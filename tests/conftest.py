"""What every test may ask for: a PostgreSQL, a fresh database, a Kafka."""

import asyncio
import secrets
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from shared.ops.database import create_database, drop_database, provision, with_database
from tests.support import servers

SERVICES = ("intake", "clock", "escalation", "notifier")
POSTGRES_FIXTURES = {"postgres_url", "database_url", "service_urls"}
SYSTEM = "tests/system/"
KAFKA_FIXTURES = {"kafka_bootstrap"}
Outcome = TypeVar("Outcome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a server carries its mark: `-m 'not kafka'` needs no care by the authors.

    The systems come first: the other worker has enough to do meanwhile.
    """
    for item in items:
        if item.nodeid.startswith(SYSTEM):
            item.add_marker("system")
        asked = set(getattr(item, "fixturenames", ()))
        if asked & POSTGRES_FIXTURES:
            item.add_marker("postgres")
        if asked & KAFKA_FIXTURES:
            item.add_marker("kafka")
    items.sort(key=lambda item: not item.nodeid.startswith(SYSTEM))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """How workers share the tests: file by file, and one whole system at a time."""
    return FileByFile(config, log)


class FileByFile(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return SYSTEM if nodeid.startswith(SYSTEM) else nodeid.partition("::")[0]


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A directory that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


@pytest.fixture(scope="session")
def postgres_url(run_directory: Path) -> Iterator[str]:
    """The administrator's URL of the run's PostgreSQL. Do not leave anything in it."""
    with servers.postgres(run_directory / "postgres") as url:
        yield url


@pytest.fixture(scope="session")
def kafka_bootstrap(run_directory: Path) -> Iterator[str]:
    """host:port of the run's Kafka; topics are the test's to name and create."""
    with servers.kafka(run_directory / "kafka") as bootstrap:
        yield bootstrap


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """The administrator's URL of a fresh, empty database."""
    yield from _fresh(postgres_url, None)


@pytest.fixture
def service_urls(postgres_url: str, provisioned: tuple[str, dict[str, str]]) -> Iterator[dict[str, str]]:
    """A fresh database with the schemas and roles of all services: each service's own URL, and `admin`'s."""
    template, urls = provisioned
    for url in _fresh(postgres_url, template):
        name = url.rpartition("/")[2]
        yield {service: with_database(own, name) for service, own in urls.items()} | {"admin": url}


@pytest.fixture(scope="session")
def provisioned(postgres_url: str, run_directory: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A template database with schemas and roles, made once by each worker, and the services' URLs in it."""
    name = f"template_{secrets.token_hex(6)}"
    passwords = dict.fromkeys(SERVICES, "timeline")
    url = run(create_database(postgres_url, name))
    with servers.exclusively(run_directory):  # roles belong to the whole server, and so to all workers
        urls = run(provision(url, passwords, prefix="tocsin_test"))
    yield name, urls
    run(drop_database(postgres_url, name))


def run(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Run to the end on a loop of its own, leaving the test's loop alone."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


def _fresh(postgres_url: str, template: str | None) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    yield run(create_database(postgres_url, name, template))
    run(drop_database(postgres_url, name))
