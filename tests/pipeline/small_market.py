"""A market of four names for a good half hour, and a server that replays it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.documents import packaged, read_document

ROOT = Path(__file__).parent.parent.parent
OPEN = 1_769_053_500_000_000  # 2026-01-22 09:15 IST
MINUTE = 60_000_000
MINUTES = 36
KEY = str(read_document(packaged("demo.yaml"))["accounts"][0]["key"])
PORTFOLIOS = ("mine", "other")
PATIENCE = 120.0  # seconds that a busy machine may take for what usually takes ten

Trade = tuple[str, int, float, int]


def price(symbol: str, minute: int) -> float:
    """A and B take turns at being dear, so that limits on weights are crossed and left again."""
    dear = {"A": minute // 9 % 2 == 0, "B": minute // 6 % 2 == 1}.get(symbol, False)
    return round((400.0 if dear else 60.0) + minute / 8 + "ABCD".index(symbol), 2)


def all_trades() -> list[Trade]:
    """Three trades per symbol and minute, in order of time."""
    return [
        (symbol, OPEN + minute * MINUTE + part * 19_000_000 + place, price(symbol, minute), 5)
        for minute in range(MINUTES)
        for part in range(3)
        for place, symbol in enumerate("ABCD")
    ]


@dataclass
class Market:
    """The files of the market in ``folder``, and a profile that reads them."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{name},{symbol},10" for name in PORTFOLIOS for symbol in "ABC"]
        lines += ["other,D,90"]
        self.holdings.write_text("\n".join(["portfolio_id,symbol,quantity", *lines]) + "\n")
        facts = [f"{symbol},{symbol} Ltd,Steel,INR,equity,1" for symbol in "ABCD"]
        header = "symbol,name,sector,currency,asset_class,market_cap"
        self.instruments.write_text("\n".join([header, *facts]) + "\n")
        self.write(all_trades())
        self.profile.write_text(
            json.dumps(
                {
                    "home": str(self.home),
                    "server": {"port": 0},
                    "engine": {"speed": 500},
                    "data_sources": [
                        {"type": "trades", "path": str(self.trades)},
                        {"type": "instruments", "path": str(self.instruments)},
                        {"type": "holdings", "path": str(self.holdings)},
                    ],
                    "sinks": {"jsonl": {"dir": "runs"}},
                    "accounts": [
                        {
                            "account_id": "tester",
                            "name": "Tester",
                            "key_env": "SMALL_MARKET_KEY",
                            "portfolios": list(PORTFOLIOS),
                        }
                    ],
                }
            )
        )

    @property
    def trades(self) -> Path:
        return self.folder / "trades.csv"

    @property
    def holdings(self) -> Path:
        return self.folder / "holdings.csv"

    @property
    def instruments(self) -> Path:
        return self.folder / "instruments.csv"

    @property
    def profile(self) -> Path:
        return self.folder / "profile.yaml"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def write(self, trades: list[Trade], name: str = "trades.csv") -> Path:
        """Trades in the order given."""
        rows = [f"{symbol},{ts},{price},{size}" for symbol, ts, price, size in trades]
        file = self.folder / name
        file.write_text("\n".join(["symbol,ts_event,price,size", *rows]) + "\n")
        return file

    def flags(self, trades: Path | None = None) -> tuple[str, ...]:
        """Of a replay of these files."""
        files = {
            "--trades": trades or self.trades,
            "--holdings": self.holdings,
            "--instruments": self.instruments,
        }
        return tuple(str(part) for pair in files.items() for part in pair)


@dataclass
class Server:
    """A running profile."""

    url: str

    def call(self, path: str, method: str = "POST") -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("X-API-Key", KEY)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def advice(self, portfolio: str, as_of: int | None = None) -> tuple[int, bytes]:
        query = "" if as_of is None else f"?as_of={as_of}"
        return self.call(f"/v1/portfolios/{portfolio}/advice{query}")

    def wait_until_drained(self) -> None:
        last = OPEN + MINUTES * MINUTE
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, body = self.advice(PORTFOLIOS[0])
            # Holdings that were sent count from an instant of their own, behind the last bar.
            if status == 200 and json.loads(body)["as_of"] >= last:
                return
            time.sleep(0.1)
        raise AssertionError(f"the feed did not end within {PATIENCE} s")


@contextmanager
def serving(market: Market) -> Iterator[Server]:
    """``yieldflow run`` on the market; stopped as Ctrl-C stops it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", "--config", str(market.profile)],
        cwd=ROOT,
        env={**os.environ, "SMALL_MARKET_KEY": KEY, "PYTHONUNBUFFERED": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = ""
        while not url:
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            found = re.match(r"API\s+(\S+)", line)
            url = found[1] if found else ""
        rest = threading.Thread(target=process.stdout.read, daemon=True)
        rest.start()  # a full pipe would stop the server
        yield Server(url)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        rest.join(PATIENCE)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def hashed(body: bytes) -> bytes:
    """The answer up to what its hash does not cover."""
    head, found, _ = body.partition(b',"basis"')
    assert found
    return head


def members(body: bytes) -> dict[str, Any]:
    """The answer without what its hash does not cover, and with the hash."""
    found: dict[str, Any] = json.loads(body)
    return {name: found[name] for name in found if name not in ("basis", "now", "usage")}
