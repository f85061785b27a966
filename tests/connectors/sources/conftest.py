"""What the tests of the file feeds share: files to write, a reader that collects what it reads."""

import gzip
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.sources.columns import parse_mapping
from connectors.sources.latest import Price
from connectors.sources.market_reader import MarketReader, Part, ReadingRules
from connectors.sources.pace import Pace
from connectors.sources.progress import FeedCounts, FeedProgress
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource
from connectors.sources.stop import StopToken
from tests.connectors.sources.redis_trades import redis_client as redis_client
from tests.connectors.sources.redis_trades import stream as stream
from tests.connectors.sources.redis_trades import stream_feeds as stream_feeds
from tests.connectors.sources.table_rows import pg as pg
from tests.connectors.sources.table_rows import pg_connect as pg_connect
from tests.connectors.sources.table_rows import table_database as table_database
from tests.connectors.sources.table_rows import table_feeds as table_feeds
from tests.connectors.sources.table_rows import table_url as table_url

T0 = 1_700_000_040_000_000  # a full minute, microseconds UTC
BarKey = tuple[str, int]
BarValues = tuple[float, float, float, float, int, int, int]


@dataclass
class Collected:
    """All that a reader gave."""

    parts: list[Part] = field(default_factory=list)
    price_batches: list[Sequence[Price]] = field(default_factory=list)
    refused: list[Reject] = field(default_factory=list)
    counts: FeedCounts | None = None

    def part(self, part: Part) -> None:
        self.parts.append(part)

    def prices(self, prices: Sequence[Price]) -> None:
        self.price_batches.append(prices)

    def rejects(self, rejects: Sequence[Reject]) -> None:
        self.refused.extend(rejects)

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """(position, reason) of what was refused."""
        return [(reject.position, reject.reason) for reject in self.refused]

    @property
    def frames(self) -> list[pl.DataFrame]:
        return [pl.read_ipc_stream(io.BytesIO(part.part)) for part in self.parts if part.part]

    @property
    def latest(self) -> dict[str, Price]:
        return {price.symbol: price for batch in self.price_batches for price in batch}

    def trade_bars(self) -> dict[BarKey, BarValues]:
        """The bars that the parts of trades add up to."""
        found: dict[BarKey, list[dict[str, Any]]] = {}
        for frame in self.frames:
            for row in frame.iter_rows(named=True):
                found.setdefault((row["symbol"], row["bar_start"]), []).append(row)
        return {key: _merged(rows) for key, rows in found.items()}

    def bars(self) -> dict[BarKey, dict[str, Any]]:
        """The bars that the parts of a bar feed leave, one replacing the other."""
        left: dict[BarKey, dict[str, Any]] = {}
        for frame in self.frames:
            for row in frame.iter_rows(named=True):
                left[row["symbol"], row["bar_start"]] = row
        return {key: row for key, row in left.items() if row["diff"] == 1}


def _merged(rows: list[dict[str, Any]]) -> BarValues:
    first = min(rows, key=lambda row: (row["ts_open"], row["order_open"], row["open"]))
    last = max(rows, key=lambda row: (row["ts_close"], row["order_close"], row["close"]))
    return (
        first["open"],
        max(row["high"] for row in rows),
        min(row["low"] for row in rows),
        last["close"],
        sum(row["volume_units"] * 10**12 + row["volume_picos"] for row in rows),
        sum(row["turnover_units"] * 10**12 + row["turnover_picos"] for row in rows),
        sum(row["trade_count"] for row in rows),
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of lines; a name that ends in .gz is packed."""

    def write(name: str, lines: Iterable[str | bytes], end: bytes = b"\n") -> Path:
        raw = [line.encode() if isinstance(line, str) else line for line in lines]
        data = b"".join(line + end for line in raw)
        path = tmp_path / name
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture
def inspect() -> Callable[..., FileSource]:
    """``FileSource.inspect`` with mappings as they are typed."""

    def inspect(path: Path, kind: Any = "trades", *maps: str, **options: Any) -> FileSource:
        return FileSource.inspect(
            path, kind, mapping=[parse_mapping(text) for text in maps], **options
        )

    return inspect


@pytest.fixture
def read() -> Callable[..., Collected]:
    """Read sources to their end, by default at full speed into bars of a minute."""

    def read(*sources: FileSource, pace: Pace | None = None, **rules: Any) -> Collected:
        collected, progress = Collected(), FeedProgress()
        settings: Mapping[str, Any] = {
            "interval": timedelta(minutes=1),
            "late_allowance": timedelta(minutes=2),
        } | rules
        at_max = Pace("max", timedelta(milliseconds=50), StopToken())
        reader = MarketReader(ReadingRules(**settings), pace or at_max, at_max, collected, progress)
        reader.read(sources)
        collected.counts = progress.snapshot()
        return collected

    return read
