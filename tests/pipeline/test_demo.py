"""The demo as a newcomer meets it: started as a command, used over HTTP, stopped with Ctrl-C."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 180.0  # seconds a slow machine may take for what usually takes two


@dataclass
class Demo:
    """A running demo and its output so far."""

    process: subprocess.Popen[str]
    url: str
    key: str
    home: Path

    def call(
        self, path: str, *, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, Any], Message]:
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("X-API-Key", self.key)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error), error.headers

    def until(self, path: str, wanted: str, *, method: str = "GET") -> dict[str, Any]:
        """Ask until the answer holds the text ``wanted``."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, answer, _ = self.call(path, method=method)
            if status == 200 and wanted in json.dumps(answer):
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{path} did not show {wanted} within {PATIENCE} s")


def start(home: Path, *flags: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "YIELDFLOW_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "demo", *flags],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("home")
    process = start(home, "--port", "0", "--speed", "200")
    assert process.stdout is not None
    found: dict[str, str] = {}
    while set(found) != {"API", "key"}:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        match = re.match(r"(API|key)\s+(\S+)", line)
        found |= {match[1]: match[2]} if match else {}
    try:
        yield Demo(process, found["API"], found["key"], home)
    finally:
        process.kill()
        process.communicate()


def test_advice_comes_with_evidence_and_is_counted_once(demo: Demo) -> None:
    demo.until("/readyz", "ready")
    demo.until("/v1/portfolios/demo-growth", "market_value")
    _, before, _ = demo.call("/v1/usage")
    path = "/v1/portfolios/demo-growth/advice"
    status, answer, headers = demo.call(path, method="POST", Idempotency_Key="one")
    again, repeated, _ = demo.call(path, method="POST", Idempotency_Key="one")
    assert (status, again) == (200, 200)
    assert repeated == answer
    rows = answer["advice"]
    assert rows
    assert all(row["state"] == "open" and row["evidence"] and row["clears_if"] for row in rows)
    ids = answer["usage"]["event_ids"]
    assert len(ids) == 1 + len(rows)
    assert headers["X-Usage-Event-Id"] == ids[0]
    used = {name: meter["count"] for name, meter in before["meters"].items()}
    wanted = f'"portfolio_analysis": {{"count": {used["portfolio_analysis"] + 1}, '
    usage = demo.until("/v1/usage", wanted)
    assert usage["meters"]["advice_generation"]["count"] == used["advice_generation"] + len(rows)
    trace = demo.until(f"/v1/usage/events/{ids[0]}", '"aggregated_at": 1')
    assert trace["meter"] == "portfolio_analysis"


def test_holdings_that_come_with_the_request_are_analysed_and_billed(demo: Demo) -> None:
    demo.until("/v1/portfolios/demo-growth", "market_value")
    body = json.dumps(
        {"holdings": [{"symbol": "INFY", "quantity": 10}, {"symbol": "TCS", "quantity": 1}]}
    )
    request = urllib.request.Request(demo.url + "/v1/analyze", body.encode(), method="POST")
    request.add_header("X-API-Key", demo.key)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        answer = json.load(reply)
    assert {"P01", "P02"} <= {row["rule_id"] for row in answer["advice"]}
    assert len(answer["usage"]["event_ids"]) == 1 + len(answer["advice"])
    position = next(row for row in answer["advice"] if row["rule_id"] == "P01")
    assert answer["now"][position["advice_id"]]


def test_advice_goes_when_its_cause_has_gone(demo: Demo) -> None:
    answer = demo.until(
        "/v1/portfolios/demo-growth/advice", '"recently_cleared": [{', method="POST"
    )
    gone = answer["recently_cleared"]
    assert all(row["state"] == "cleared" and row["cause"] for row in gone)
    assert not {row["advice_id"] for row in gone} & {row["advice_id"] for row in answer["advice"]}


def test_changes_are_pushed(demo: Demo) -> None:
    request = urllib.request.Request(demo.url + "/v1/stream?topics=quotes")
    request.add_header("X-API-Key", demo.key)
    with urllib.request.urlopen(request, timeout=PATIENCE) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        seen = set()
        while not seen >= {"snapshot", "upsert"}:
            line = stream.readline()
            assert line, "the stream ended"
            if line.startswith(b"data: ") and b"price" in line:
                seen.add(json.loads(line[6:])["change"])


def test_a_wrong_key_and_a_wrong_path_get_problem_documents(demo: Demo) -> None:
    stranger = Demo(demo.process, demo.url, "yf_live_wrong", demo.home)
    for asker, path, expected in ((stranger, "/v1/usage", 401), (demo, "/v1/nowhere", 404)):
        status, problem, headers = asker.call(path)
        assert status == expected == problem["status"]
        assert headers["content-type"].startswith("application/problem+json")
        assert problem["request_id"] == headers["x-request-id"]


def test_the_docs_page_asks_no_other_host(demo: Demo) -> None:
    with urllib.request.urlopen(demo.url + "/docs", timeout=PATIENCE) as page:
        text = page.read().decode()
    assert not re.search(r'(src|href)="(https?:)?//', text)


def test_a_port_that_is_taken_is_one_line_and_nothing_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path / "home", "--port", str(port))
        _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert error.count("\n") == 1
    assert f"{port} is taken" in error
    assert "--port" in error
    assert not (tmp_path / "home").exists()


def test_a_second_writer_of_one_ledger_is_refused(demo: Demo) -> None:
    process = start(demo.home, "--port", "0")
    _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert str(demo.process.pid) in error


def test_ctrl_c_stops_it_cleanly_while_a_stream_is_open(demo: Demo) -> None:
    request = urllib.request.Request(demo.url + "/v1/stream?topics=quotes")
    request.add_header("X-API-Key", demo.key)
    with urllib.request.urlopen(request, timeout=PATIENCE):
        demo.process.send_signal(signal.SIGINT)
        _, error = demo.process.communicate(timeout=PATIENCE)
    assert demo.process.returncode == 0
    assert error == ""
    assert (demo.home / "runs" / "latest" / "bars.jsonl").stat().st_size > 0
