"""Whatever kills engine, connection or server: tables are those of an undisturbed run."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from connectors.sinks.postgres_backlog import Backlog
from connectors.sinks.postgres_batch import Batch
from connectors.sinks.postgres_link import SinkLost, lock_key
from connectors.sinks.postgres_rows import read_rows
from connectors.sinks.postgres_store import PostgresStore
from connectors.sinks.postgres_tables import CHANGE_LOG
from connectors.sinks.postgres_writer import Writer
from connectors.sources.stop import FeedStopped, StopToken
from pipeline.stack.postgres import Postgres
from tests.connectors.sinks.postgres_engine import (
    TABLES,
    Tables,
    checkpoint_at,
    open_store,
    step,
    undisturbed,
)
from tests.connectors.sinks.postgres_proxy import Proxy

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[3]
SCHEMA = "engine test"  # names are quoted


def tables(url: str) -> Tables:
    found = {
        table.name: [tuple(row.values()) for row in read_rows(url, table, schema=SCHEMA)]
        for table in (*TABLES, CHANGE_LOG)
    }
    return {name: sorted(rows, key=str) if name != "change_log" else rows
            for name, rows in found.items()}  # fmt: skip


@contextmanager
def writing(
    store: PostgresStore, patience: float = 10.0
) -> Iterator[tuple[Backlog, Writer, list[int]]]:
    backlog, numbers = Backlog(500, StopToken()), list[int]()
    writer = Writer(
        store,
        backlog,
        patience=patience,
        on_checkpoint=numbers.append,
        on_lost=lambda lost: None,
    )
    writer.start()
    try:
        yield backlog, writer, numbers
    finally:
        writer.stop(5.0)


def put(backlog: Backlog, seed: int, steps: range) -> None:
    for number in steps:
        backlog.put(step(seed, number), checkpoint_at(seed, number))


def write_until_lost(backlog: Backlog, seed: int, first: int) -> None:
    for number in range(first, first + 2000):
        put(backlog, seed, range(number, number + 1))
        backlog.drain()


def test_an_engine_killed_at_random_moments_goes_on_from_its_checkpoint(database_url: str) -> None:
    seed, steps = random.randrange(1 << 30), 150
    print("seed", seed)  # noqa: T201  # pytest shows it when the test fails
    chance = random.Random(seed)
    for _ in range(6):
        run_engine(database_url, seed, steps, killed_in=chance.randrange(5, 40))
        with closing(open_store(database_url, SCHEMA)) as store:
            found = store.restore()
        assert tables(database_url) == undisturbed(seed, 0 if found is None else found.number)
        assert found is None or found == checkpoint_at(seed, found.number)
    run_engine(database_url, seed, steps, killed_in=None)
    assert tables(database_url) == undisturbed(seed, steps)


def run_engine(url: str, seed: int, steps: int, *, killed_in: int | None) -> None:
    """Let an engine write; kill it in the transaction of its nth step, or a little later."""
    command = [sys.executable, "-m", "tests.connectors.sinks.postgres_engine", url, SCHEMA]
    with subprocess.Popen(
        [*command, str(seed), str(steps)], cwd=ROOT, stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdout is not None
        for number, _ in enumerate(engine.stdout):
            if number == killed_in:
                time.sleep(random.Random(f"{seed} {number}").uniform(0.0, 0.004))
                engine.kill()
    assert engine.returncode in (0, None if killed_in is None else -9)


def test_connections_cut_at_random_statements_lose_and_double_nothing(database_url: str) -> None:
    seed, steps = random.randrange(1 << 30), 120
    print("seed", seed)  # noqa: T201
    done = threading.Event()

    def cut_often() -> None:
        chance = random.Random(seed)
        with psycopg.connect(database_url, autocommit=True) as session:
            while not done.wait(chance.uniform(0.0, 0.1)):
                session.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                    "AND objid::bigint = %s AND granted",
                    [lock_key(SCHEMA) & 0xFFFFFFFF],
                )

    store = open_store(database_url, SCHEMA)
    store.restore()
    cutter = threading.Thread(target=cut_often)
    cutter.start()
    with writing(store) as (backlog, writer, numbers):
        for number in range(1, steps + 1):
            put(backlog, seed, range(number, number + 1))
            if number % 3 == 0:
                backlog.drain()
        backlog.drain()
        done.set()
        cutter.join()
    assert writer.counters["retries"] >= 1  # how many cuts hit depends on the machine
    assert writer.state == "connected"
    assert numbers == [n for n in range(1, steps + 1) if checkpoint_at(seed, n) is not None]
    assert tables(database_url) == undisturbed(seed, steps)
    with closing(open_store(database_url, SCHEMA)) as store:
        assert store.restore() == checkpoint_at(seed, numbers[-1])
    assert tables(database_url) == undisturbed(seed, numbers[-1])


@pytest.mark.parametrize("what", ["rows", "checkpoint"])
def test_a_commit_whose_answer_is_lost_is_not_done_twice(database_url: str, what: str) -> None:
    port = psycopg.conninfo.conninfo_to_dict(database_url)["port"]
    proxy = Proxy(int(str(port)))
    store = open_store(database_url.replace(f":{port}/", f":{proxy.port}/"), SCHEMA)
    store.restore()
    seed = next(seed for seed in range(1000) if checkpoint_at(seed, 5) and step(seed, 5).appended)
    with writing(store) as (backlog, writer, numbers):
        put(backlog, seed, range(1, 5))
        backlog.drain()
        if what == "rows":
            proxy.arm()
        backlog.put(step(seed, 5))
        backlog.drain()
        proxy.arm()
        backlog.put(Batch(), checkpoint_at(seed, 5))
        backlog.drain()
        assert proxy.cuts == (2 if what == "rows" else 1) == writer.counters["retries"]
        put(backlog, seed, range(6, 20))
        backlog.drain()
    assert 5 in numbers
    assert tables(database_url) == undisturbed(seed, 19)
    proxy.close()


def test_a_server_that_is_away_for_a_while_loses_nothing(
    own_postgres: Callable[..., Postgres],
) -> None:
    server = own_postgres()
    seed = 11
    store = open_store(server.address, SCHEMA)
    store.restore()
    with writing(store, patience=60.0) as (backlog, writer, _):
        put(backlog, seed, range(1, 50))
        backlog.drain()
        server.kill()
        put(backlog, seed, range(50, 60))
        wait_for(lambda: writer.state == "away")
        away_since = writer.since
        server.start()
        put(backlog, seed, range(60, 101))
        backlog.drain()
        assert writer.state == "connected"
        assert writer.since > away_since
    assert tables(server.address) == undisturbed(seed, 100)


def test_patience_ends_and_says_why_without_the_password(
    own_postgres: Callable[..., Postgres],
) -> None:
    server = own_postgres()
    store = open_store(server.address, SCHEMA)
    store.restore()
    with writing(store, patience=0.3) as (backlog, writer, _):
        put(backlog, 3, range(1, 30))
        backlog.drain()
        server.stop()
        with pytest.raises(SinkLost, match="postgres is away") as lost:
            write_until_lost(backlog, 3, 30)
        assert writer.state == "away"
        password = psycopg.conninfo.conninfo_to_dict(server.address)["password"]
        assert str(password) not in f"{lost.value} {writer.reason}"
    server.start()
    with closing(open_store(server.address, SCHEMA)) as again:
        found = again.restore()
    assert found is not None
    assert tables(server.address) == undisturbed(3, found.number)


def test_an_engine_that_lost_its_tables_to_another_one_gives_up(database_url: str) -> None:
    store = open_store(database_url, SCHEMA)
    store.restore()
    seed = next(seed for seed in range(1000) if not any(checkpoint_at(seed, n) for n in range(10)))
    with writing(store) as (backlog, writer, _):
        put(backlog, seed, range(1, 10))
        backlog.drain()
        store.sever()
        with closing(open_store(database_url, SCHEMA)) as other:
            other.restore()
            other.write(Batch())
        with psycopg.connect(database_url) as session:  # by chance as many commits as ours
            session.execute(
                f'UPDATE "{SCHEMA}".engine SET batch = %s', [writer.counters["commits"]]
            )
        with pytest.raises(SinkLost, match="another one wrote them"):
            write_until_lost(backlog, seed, 10)


def test_a_backup_that_reads_for_long_holds_up_nothing(database_url: str) -> None:
    store = open_store(database_url, SCHEMA)
    store.restore()
    seed = next(seed for seed in range(1000) if checkpoint_at(seed, 5) and checkpoint_at(seed, 9))
    with psycopg.connect(database_url) as backup, writing(store) as (backlog, writer, numbers):
        for table in ("prices", "undo_prices", "undo_flags", "checkpoint_state", "change_log"):
            backup.execute(f'LOCK TABLE "{SCHEMA}".{table} IN ACCESS SHARE MODE')
        put(backlog, seed, range(1, 12))
        wait_for(lambda: {5, 9} <= set(numbers))
        backlog.drain()
        assert writer.counters["retries"] == 0
        with closing(psycopg.connect(database_url)) as reader:
            noted = reader.execute(f'SELECT count(*) FROM "{SCHEMA}".undo_prices').fetchone()
        assert noted is not None
        assert noted[0] <= sum(len(step(seed, n).rows.get("prices", ())) for n in (10, 11))
        writer.stop(5.0)
        with closing(open_store(database_url, SCHEMA)) as again:
            found = again.restore()
        assert found == checkpoint_at(seed, max(numbers))
        assert tables(database_url) == undisturbed(seed, max(numbers))


def test_a_stop_ends_the_wait_for_a_server_that_does_not_answer(database_url: str) -> None:
    stop = StopToken()
    store = open_store(database_url, SCHEMA)
    store.restore()
    backlog = Backlog(20, stop)
    writer = Writer(
        store, backlog, patience=60.0, on_checkpoint=lambda _: None, on_lost=lambda _: None
    )
    with psycopg.connect(database_url) as blocker:
        blocker.execute(f'LOCK TABLE "{SCHEMA}".prices IN EXCLUSIVE MODE')
        writer.start()
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(FeedStopped):
            put(backlog, 7, range(1, 100_000))
        assert writer.busy_seconds > 0.0
        began = time.monotonic()
        writer.stop(0.2)
        assert time.monotonic() - began < 5.0


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
