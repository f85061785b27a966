"""A broker or Postgres that is away for half a minute costs time, no rows."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.stack.kafka import Kafka
from pipeline.stack.postgres import Postgres
from tests.pipeline.live_runs import Run, differing, produce, strayed
from tests.servers import KafkaLink, unique

pytestmark = pytest.mark.integration
AWAY = 30.0  # seconds


def calm(disturbed: Run, home: Path) -> Run:
    """An undisturbed run over the same topic into a schema of its own."""
    run = Run(disturbed.kafka, disturbed.database, disturbed.topic, "calm", home)
    run.start("--no-serve")
    run.wait()
    assert run.end() == 0
    return run


def test_a_broker_that_is_stopped_and_started_costs_no_trade(
    shared: Path, own_kafka: Callable[..., Kafka], database_url: str, tmp_path: Path
) -> None:
    broker, topic = own_kafka(), unique("outage")
    produced = produce(shared, broker.address, topic, "15")
    run = Run(broker.address, database_url, topic, "outage", tmp_path / "outage")
    run.start("--no-serve")
    run.until(lambda: run.counted() > 2_000, "some trades")
    broker.stop()
    time.sleep(AWAY)
    broker.start()
    assert produced.wait(180) == 0
    run.wait()
    assert run.end() == 0
    undisturbed = calm(run, tmp_path / "calm")
    assert differing(undisturbed.tables(), run.tables()) == {}
    assert strayed(undisturbed, run) == {}


def test_a_postgres_that_is_stopped_and_started_costs_no_row(
    shared: Path, kafka: KafkaLink, own_postgres: Callable[..., Postgres], tmp_path: Path
) -> None:
    database, topic = own_postgres(), unique("outage")
    produced = produce(shared, kafka.bootstrap, topic, "15")
    run = Run(kafka.bootstrap, database.address, topic, "outage", tmp_path / "outage")
    run.start("--no-serve")
    run.until(lambda: run.counted() > 2_000, "some trades")
    database.stop()
    time.sleep(AWAY)
    assert "starting again in" in run.log  # the engine is supervised
    database.start()
    assert produced.wait(180) == 0
    run.wait()
    assert run.end() == 0
    undisturbed = calm(run, tmp_path / "calm")
    assert differing(undisturbed.tables(), run.tables()) == {}
    assert strayed(undisturbed, run) == {}
