"""``make live``: servers, topics, messages and pipeline come up, and Ctrl-C ends all of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.sources.kafka_admin import PLANS, describe, high_water_marks
from pipeline.stack.stack import KINDS, Stack

pytestmark = pytest.mark.integration
START_WAIT = 120.0


def test_the_day_goes_through_kafka_and_ctrl_c_stops_everything(tmp_path: Path) -> None:
    unset = {kind.variable: "" for kind in KINDS}
    environment = {**os.environ, **unset, "YIELDFLOW_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "scripts.live", "--port", "0", "--speed", "600"]
    said = tmp_path / "said"
    with said.open("w") as output:
        live = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    stack = Stack(tmp_path / "stack")
    try:
        until = time.monotonic() + START_WAIT
        while "API   http" not in said.read_text():
            assert live.poll() is None, said.read_text()
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.1)
        bootstrap = stack.environment()["KAFKA_BOOTSTRAP_SERVERS"]
        assert set(describe(bootstrap, [plan.name for plan in PLANS])) == {
            plan.name for plan in PLANS
        }
        while sum(high_water_marks(bootstrap, "market.trades").values()) < 1_000:
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.1)
        live.send_signal(signal.SIGINT)
        assert live.wait(60) == 130
    finally:
        live.kill()
        live.wait()
        running = [server.name for server in stack.servers if server.running is not None]
        stack.down(lambda _: None)
    assert running == []
