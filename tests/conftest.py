"""Fixtures every test may use."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.stack.kafka import Kafka
from pipeline.stack.postgres import Postgres
from pipeline.stack.redis import Redis
from tests import servers

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def _empty_graph() -> Iterator[None]:
    """Pathway collects every table in one global graph: no test may inherit another one's.

    Tests that never touch Pathway do not pay for its import.
    """
    yield
    if "pathway" in sys.modules:
        from pathway.internals.parse_graph import G

        G.clear()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real market files and reference vectors beside a clone."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this clone")
    return SHARED


RUN = pytest.StashKey[servers.Run]()


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts a run, not its workers, sees to the end of the servers."""
    if not hasattr(config, "workerinput"):
        config.stash[RUN] = servers.Run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN in config.stash:
        config.stash[RUN].end()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if used := config.stash[RUN].used():
        terminalreporter.section("servers")
        terminalreporter.write("\n".join(used) + "\n")


@pytest.fixture(scope="session")
def kafka() -> servers.KafkaLink:
    """The Kafka of this run: ``.bootstrap``, and ``.topic(partitions)`` makes a topic."""
    return servers.kafka_link()


@pytest.fixture(scope="session")
def postgres() -> servers.PostgresLink:
    """The PostgreSQL of this run: ``.url``; ``database_url`` is what most tests want."""
    return servers.postgres_link()


@pytest.fixture
def database_url(postgres: servers.PostgresLink) -> Iterator[str]:
    """URL of an empty database of this test."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> servers.RedisLink:
    """The Redis of this run: ``.url``."""
    return servers.redis_link()


@pytest.fixture
def own_kafka() -> Iterator[Callable[..., Kafka]]:
    """Makes a Kafka that the test may ``stop``, ``kill`` and ``start`` again on its port."""
    with ExitStack() as started:
        yield lambda **options: started.enter_context(servers.own(Kafka, **options))


@pytest.fixture
def own_postgres() -> Iterator[Callable[..., Postgres]]:
    """Makes a PostgreSQL that the test may ``stop``, ``kill`` and ``start`` again on its port."""
    with ExitStack() as started:
        yield lambda **options: started.enter_context(servers.own(Postgres, **options))


@pytest.fixture
def own_redis() -> Iterator[Callable[..., Redis]]:
    """Makes a Redis that the test may ``stop``, ``kill`` and ``start`` again on its port."""
    with ExitStack() as started:
        yield lambda **options: started.enter_context(servers.own(Redis, **options))
