"""Engines of real profiles as processes, and what they have left in Postgres."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psycopg
import yaml

ROOT = Path(__file__).parents[2]
BINANCE = "ticks/binance_spot_trades_btc_eth_20240808_09.csv.gz"
TRADES = 34_419
HOLDINGS = """portfolio_id,symbol,quantity,avg_cost
p1,BTCUSDT,2,60000
p1,ETHUSDT,1,2600
p2,ETHUSDT,10,2500
"""
REPRICED = {"positions": ("market_value_micros", 0.002), "portfolio_risk": ("value_micros", 0.002)}
"""Rows that are sent again when a value has moved by more than ``reprice_bps``: which value was
sent last depends on how commits were cut. Column, and twice that limit."""
OWN = ("engine", "checkpoint_state", "schema_version", "advice_changes", "change_log")
"""What says how a state was come to, not what it is."""
PATIENCE = 240.0  # seconds; a machine may be busy


@dataclass
class Run:
    """One profile and the engines that have run it.

    Attributes:
        kafka: brokers. database: URL of Postgres. topic: of trades.
        schema: of the tables. home: of the ledger.
        engine: settings beside the usual ones. source: of trades; default: the topic.
        more: sections of the profile, instead of the usual ones; sinks are beside the usual one.
        env: variables beside the usual ones.
    """

    kafka: str
    database: str
    topic: str
    schema: str
    home: Path
    engine: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start an engine."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "holdings.csv").write_text(HOLDINGS)
        profile = self.home / "profile.yaml"
        profile.write_text(yaml.safe_dump(self.profile()))
        env = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "DATABASE_URL": self.database,
            "YIELDFLOW_HOME": str(self.home),
            **self.env,
        }
        command = [sys.executable, "-m", "pipeline", "run", "--config", str(profile), *options]
        with (self.home / "run.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def profile(self) -> dict[str, Any]:
        """The profile as a document."""
        trades = self.source or {"kafka": {"topic": self.topic}, "venue": "BINANCE"}
        usual = {
            "server": {"port": 0},
            "market": {"name": "crypto"},
            "engine": {
                "base_interval": "1m",
                "intervals": ["1m", "5m"],
                "checkpoint_every": "1s",
                **self.engine,
            },
            "data_sources": [
                {"type": "trades", **trades},
                {"type": "holdings", "path": str(self.home / "holdings.csv")},
            ],
        }
        sinks = {"postgres": {"schema": self.schema}, **self.more.get("sinks", {})}
        return {**usual, **self.more, "sinks": sinks}

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    @property
    def log(self) -> str:
        """What its engines have said."""
        return (self.home / "run.log").read_text()

    def counted(self) -> int:
        """Trades in the bars of Postgres; -1 while there are none to be asked."""
        query = f"SELECT coalesce(sum(trade_count), 0) FROM {self.schema}.bars WHERE interval='1m'"
        try:
            with psycopg.connect(self.database, connect_timeout=3) as database:
                return int(database.execute(query).fetchone()[0])
        except psycopg.Error:
            return -1

    def wait(self, trades: int = TRADES) -> None:
        """Wait until all trades are in the bars, and stay."""
        self.until(lambda: self.counted() >= trades, f"{trades} trades in the bars")
        time.sleep(1.0)  # an engine that counts twice would go on
        assert self.counted() == trades, self.log

    def until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for something while the engine runs."""
        assert self.process is not None
        limit = time.monotonic() + PATIENCE
        while not reached():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < limit, f"{what}: not within {PATIENCE} s\n{self.log}"
            time.sleep(0.1)

    def tables(self) -> dict[str, list[Any]]:
        """Every row of every table as text, without the moment at which a reject was received."""
        with psycopg.connect(self.database) as database:
            names = database.execute(
                "SELECT table_name, array_agg(column_name::text ORDER BY column_name) "
                "FROM information_schema.columns WHERE table_schema = %s GROUP BY 1",
                [self.schema],
            ).fetchall()
            return {
                name: self._rows(database, name, columns)
                for name, columns in names
                if not name.startswith("undo_") and name not in (*OWN, *REPRICED)
            }

    def values(self) -> dict[tuple[str, ...], tuple[float, float]]:
        """Value and tolerance of every position and portfolio, by key."""
        keys = {"positions": "portfolio_id, symbol", "portfolio_risk": "portfolio_id"}
        with psycopg.connect(self.database) as database:
            return {
                (name, *row[1:]): (float(row[0]), tolerance)
                for name, (column, tolerance) in REPRICED.items()
                for row in database.execute(
                    f"SELECT {column}, {keys[name]} FROM {self.schema}.{name}"
                )
            }

    def _rows(self, database: Any, name: str, columns: list[str]) -> list[Any]:
        shown = ", ".join(f'"{column}"::text' for column in columns if column != "ts_recv")
        return sorted(database.execute(f"SELECT {shown} FROM {self.schema}.{name}"), key=str)


def produce(shared: Path, kafka: str, topic: str, speed: str) -> subprocess.Popen[bytes]:
    """Send the trades of the Binance file to a topic."""
    command = [sys.executable, "-m", "scripts.produce_kafka", str(shared / "data" / BINANCE)]
    options = ["--topic", topic, "--map", "ts_event=trade_ms:ms", "--map", "size=qty"]
    options += ["--speed", speed, "--bootstrap", kafka, "--quiet"]
    return subprocess.Popen([*command, *options], cwd=ROOT)


def differing(one: Mapping[str, list[Any]], other: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Tables that are not equal, with some rows of only one of them."""
    assert one.keys() == other.keys()
    return {
        name: (
            [row for row in one[name] if row not in other[name]][:3],
            [row for row in other[name] if row not in one[name]][:3],
        )
        for name in one
        if one[name] != other[name]
    }


def strayed(one: Run, other: Run) -> dict[Any, Any]:
    """Positions and portfolios whose values are further apart than repricing allows."""
    mine, theirs = one.values(), other.values()
    assert mine.keys() == theirs.keys()
    return {
        key: (value, theirs[key][0])
        for key, (value, tolerance) in mine.items()
        if abs(value - theirs[key][0]) > tolerance * abs(value)
    }


def as_json(answer: bytes) -> Any:
    """A JSON answer."""
    return orjson.loads(answer)
