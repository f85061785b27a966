"""Real servers for tests, one of each for a whole run, whichever of its processes asks first.

An address in the environment goes first, then the packages of the extra ``stack``; without either
Kafka is librdkafka's mock cluster and the others are skipped with what was missing. Servers that a
test may kill are made by ``own``. ``Run`` is held by the process that started the run: its end, of
whatever kind, stops what was started.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from pipeline.stack.errors import StackMissing
from pipeline.stack.kafka import Kafka
from pipeline.stack.postgres import Postgres
from pipeline.stack.redis import Redis
from pipeline.stack.server import Server

FOLDER = "YIELDFLOW_TEST_SERVERS"  # tells the processes of a run where its servers are
KINDS: Mapping[str, type[Server]] = {kind.name: kind for kind in (Kafka, Postgres, Redis)}
MOCK_PARTITIONS = 4  # of every topic of the mock cluster


class Run:
    """The servers of one run: a folder, and a process that stops them when this one has ended."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="yieldflow-servers-"))
        os.environ[FOLDER] = str(self.folder)
        command = [sys.executable, "-m", "tests.stop_servers", str(self.folder)]
        root = Path(__file__).parent.parent
        self._stopper = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=root)

    def used(self) -> list[str]:
        """Which servers the tests have used: one line each."""
        return sorted({file.read_text() for file in self.folder.glob("*.used")})

    def end(self) -> None:
        """Stop the servers and remove the folder."""
        self._stopper.communicate()
        del os.environ[FOLDER]


@dataclass(frozen=True)
class KafkaLink:
    """Where the Kafka of this run is."""

    bootstrap: str
    title: str
    mock: bool = False

    def topic(self, partitions: int = 1) -> str:
        """Make a topic that no other test uses; its name."""
        name = unique("topic")
        if self.mock:
            if partitions != MOCK_PARTITIONS:
                pytest.skip(f"{self.title} has topics of {MOCK_PARTITIONS} partitions only")
            return name
        client = AdminClient({"bootstrap.servers": self.bootstrap})
        client.create_topics([NewTopic(name, partitions, 1)])[name].result(30)
        return name


@dataclass(frozen=True)
class PostgresLink:
    """Where the PostgreSQL of this run is: a database that other tests use too."""

    url: str
    title: str

    @contextmanager
    def database(self) -> Iterator[str]:
        """URL of an empty database, dropped in the end."""
        name = unique("db")
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{name}"')
            try:
                yield self.url.rpartition("/")[0] + "/" + name
            finally:
                session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class RedisLink:
    """Where the Redis of this run is."""

    url: str
    title: str


def unique(word: str) -> str:
    """A name that nobody else has: of a topic, a stream, a schema."""
    return f"{word}_{uuid.uuid4().hex[:12]}"


def kafka_link() -> KafkaLink:
    """The Kafka of this run, started if need be."""
    try:
        return KafkaLink(*_link(Kafka))
    except StackMissing as missing:
        found = KafkaLink(_mock_cluster(), "librdkafka mock cluster", mock=True)
        _note("kafka", f"{found.title} on {found.bootstrap}, as {missing}")
        return found


def postgres_link() -> PostgresLink:
    """The PostgreSQL of this run, started if need be."""
    return PostgresLink(*_link_or_skip(Postgres))


def redis_link() -> RedisLink:
    """The Redis of this run, started if need be."""
    return RedisLink(*_link_or_skip(Redis))


@contextmanager
def own(kind: type[Server], **options: object) -> Iterator[Server]:
    """A started server that only the caller knows, to ``kill``, ``stop`` and ``start`` again.

    It keeps its port and what it holds.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{kind.name}-", dir=os.environ[FOLDER]))
    server = kind(folder / kind.name, port=0, **options)
    try:
        server.start()
        yield server
    except StackMissing as missing:
        pytest.skip(str(missing))
    finally:
        server.kill()


def _link_or_skip(kind: type[Server]) -> tuple[str, str]:
    try:
        return _link(kind)
    except StackMissing as missing:
        pytest.skip(str(missing))


def _link(kind: type[Server]) -> tuple[str, str]:
    """Address and title. One process starts the server while the others wait."""
    if address := os.environ.get(kind.variable):
        title = f"the one of {kind.variable}"
        _note(kind.name, title)
        return address, title
    folder = Path(os.environ[FOLDER])
    with (folder / f"{kind.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _make(kind, folder)
        server.start()
    _note(kind.name, f"{server.title} from packages on 127.0.0.1:{server.port}")
    return server.address, server.title


def _make(kind: type[Server], folder: Path) -> Server:
    if kind is Postgres:
        return Postgres(folder / kind.name, port=0, settings={"fsync": "off"})
    return kind(folder / kind.name, port=0)


def _note(name: str, text: str) -> None:
    (Path(os.environ[FOLDER]) / f"{name}-{os.getpid()}.used").write_text(f"{name}: {text}")


_mocks: list[Producer] = []  # the cluster lives as long as the client that made it


def _mock_cluster() -> str:
    client = Producer({"test.mock.num.brokers": "1", "bootstrap.servers": "127.0.0.1:9"})
    _mocks.append(client)
    [broker] = client.list_topics(timeout=10).brokers.values()
    return f"{broker.host}:{broker.port}"
