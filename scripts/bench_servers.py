"""The servers that part ``answer`` of the benchmark asks: processes of their own, on free ports."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SPEED = 60  # market seconds per second
PORTFOLIO = "demo-growth"
METERS = ("portfolio_analysis", "advice_generation")
START_WAIT, STOP_WAIT, COUNT_WAIT, STAY = 60.0, 10.0, 30.0, 1.0  # seconds
LOOK = 0.1  # seconds between two looks at something that is waited for

Units = dict[str, int]


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, and the key of its account."""

    url: str
    key: str

    @property
    def advice_url(self) -> str:
        """The metered route."""
        return f"{self.url}/v1/portfolios/{PORTFOLIO}/advice"

    def get(self, path: str) -> dict[str, Any]:
        """One JSON answer."""
        with urlopen(Request(self.url + path, headers={"x-api-key": self.key})) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def first_answer(self) -> Units:
        """Ask until advice is given, and say what it was billed as: a refusal is not billed."""
        until, said = time.monotonic() + START_WAIT, ""
        ask = Request(self.advice_url, headers={"x-api-key": self.key}, method="POST")
        while time.monotonic() < until:
            try:
                with urlopen(ask) as answer:
                    usage = json.load(answer)["usage"]
            except HTTPError as refusal:
                said = refusal.read().decode(errors="replace")
                time.sleep(LOOK)
            else:
                return {meter: usage[meter] for meter in METERS}
        raise SystemExit(f"the demo gives no advice:\n{said}")

    def counts(self) -> Units:
        """Units per meter that ``GET /v1/usage`` has counted."""
        meters = self.get("/v1/usage")["meters"]
        return {meter: int(meters[meter]["count"]) for meter in METERS}

    def await_counted(self, wanted: Units) -> None:
        """Wait until usage says exactly what the answers say, and see that it stays so."""
        until = time.monotonic() + COUNT_WAIT
        while self.counts() != wanted and time.monotonic() < until:
            time.sleep(LOOK)
        time.sleep(STAY)  # one unit too many would still be on its way
        if (counted := self.counts()) != wanted:
            raise SystemExit(f"usage has counted {counted}, the answers say {wanted}")

    def check_running(self) -> None:
        """Stop when the replay is over: what was measured was not beside it."""
        if self.get("/readyz")["engine"] != "running":
            raise SystemExit("the replay had ended before all was measured: ask for fewer runs")


@contextmanager
def empty_route() -> Iterator[str]:
    """A process that serves the empty route; its URL."""
    command = [sys.executable, "-m", "scripts.bench_peers.empty_route"]
    with running(command, dict(os.environ)) as (process, said):
        [port] = awaited(process, said, r"(?m)^(\d+)$")
        yield f"http://127.0.0.1:{port}/empty"


@contextmanager
def demo(home: Path) -> Iterator[Demo]:
    """The demo as a user starts it, on a free port, with its ledger and files under ``home``."""
    command = [sys.executable, "-m", "pipeline", "demo", "--port", "0", "--speed", str(SPEED)]
    environment = {**os.environ, "YIELDFLOW_HOME": str(home.resolve())}
    with running(command, environment) as (process, said):
        url, key = awaited(process, said, r"(?ms)^API +(\S+)$.*^key +(\S+)$")
        yield Demo(url, key)


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A process and what it prints, in a file; terminated in the end."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        try:
            yield process, said
        finally:
            process.terminate()
            try:
                process.wait(STOP_WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def awaited(process: subprocess.Popen[bytes], said: IO[bytes], pattern: str) -> tuple[str, ...]:
    """The groups of ``pattern`` as soon as the process has printed it."""
    until, text = time.monotonic() + START_WAIT, ""
    while time.monotonic() < until and process.poll() is None:
        text = os.pread(said.fileno(), 1 << 16, 0).decode(errors="replace")
        if found := re.search(pattern, text):
            return found.groups()
        time.sleep(LOOK)
    raise SystemExit(f"{process.args!r} did not start:\n{text[-4_000:]}")
