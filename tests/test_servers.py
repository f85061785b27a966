"""What the tests rely on when they ask for a server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from pipeline.stack.errors import StackMissing
from pipeline.stack.processes import runs
from pipeline.stack.redis import Redis
from pipeline.stack.server import Say
from tests import servers


def test_without_kafka_there_is_a_mock_cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(_server: object, _say: Say) -> None:
        raise StackMissing("Apache Kafka needs the package jgo")

    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv(servers.FOLDER, str(tmp_path))  # where no test has started one yet
    monkeypatch.setattr("pipeline.stack.kafka.Kafka.prepare", missing)
    noted: list[tuple[str, str]] = []
    monkeypatch.setattr(servers, "_note", lambda *note: noted.append(note))
    link = servers.kafka_link()
    assert link.mock
    assert noted == [
        ("kafka", f"{link.title} on {link.bootstrap}, as Apache Kafka needs the package jgo")
    ]
    producer = Producer({"bootstrap.servers": link.bootstrap})
    producer.produce(link.topic(servers.MOCK_PARTITIONS), b"{}")
    assert producer.flush(10) == 0


def test_an_address_in_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(servers, "_note", lambda *_: None)
    assert servers.redis_link().url == "redis://127.0.0.1:1/0"


@pytest.mark.integration
def test_a_run_that_is_killed_leaves_no_server_behind(tmp_path: Path) -> None:
    code = (
        "import time; from tests.servers import Run, redis_link; run = Run(); redis_link();"
        "print(run.folder, flush=True); time.sleep(60)"
    )
    unset = {servers.FOLDER: "", "REDIS_URL": ""}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **unset},
        cwd=Path(__file__).parent.parent,
    ) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().strip())
        found = Redis(folder / "redis").running
        assert found is not None
        run.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()
    assert not runs(found.pid, found.command)
