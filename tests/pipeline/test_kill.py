"""An engine that is killed at any moment leaves tables as if nothing had happened."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.pipeline.live_runs import Run, differing, produce, strayed
from tests.servers import KafkaLink, unique

pytestmark = pytest.mark.integration
KILLS = 20


def test_tables_after_twenty_kills_equal_those_of_an_undisturbed_run(
    shared: Path, kafka: KafkaLink, database_url: str, tmp_path: Path
) -> None:
    topic, chance = unique("kill"), random.Random(20)
    produced = produce(shared, kafka.bootstrap, topic, "8")
    killed = Run(kafka.bootstrap, database_url, topic, "killed", tmp_path / "killed")
    for number in range(KILLS):
        killed.start("--no-serve")
        if number % 4:  # most kills hit an engine that reads, some one that is starting
            killed.until(lambda: killed.counted() > 0, "bars of an earlier life or of this one")
        time.sleep(chance.uniform(0, 2.5))
        killed.end(signal.SIGKILL)
    killed.start("--no-serve")
    assert produced.wait(120) == 0
    killed.wait()
    assert killed.end() == 0
    calm = Run(kafka.bootstrap, database_url, topic, "calm", tmp_path / "calm")
    calm.start("--no-serve")
    calm.wait()
    assert calm.end() == 0
    assert differing(calm.tables(), killed.tables()) == {}
    assert strayed(calm, killed) == {}
