"""The bundled market day, read once: as bytes, as its list of planted things, as good trades."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

REPLAY = Path(__file__).parents[2] / "data" / "replay"


class Trade(NamedTuple):
    line: int
    symbol: str
    ts: int
    price: float
    size: int
    trade_id: int
    venue: str


@pytest.fixture(scope="session")
def replay() -> Path:
    return REPLAY


@pytest.fixture(scope="session")
def planted() -> dict[str, Any]:
    return json.loads((REPLAY / "events.json").read_text())


@pytest.fixture(scope="session")
def lines() -> Sequence[bytes]:
    """All lines, the header first: line n of the file is element n - 1."""
    return gzip.decompress((REPLAY / "trades.csv.gz").read_bytes()).splitlines()


@pytest.fixture(scope="session")
def trades(lines: Sequence[bytes], planted: dict[str, Any]) -> list[Trade]:
    """Every trade that is not listed as refused, in order of arrival."""
    refused = {row["line"] for row in planted["rejected"]}
    found = []
    for number, line in enumerate(lines[1:], 2):
        if number not in refused:
            symbol, ts, price, size, trade_id, venue = line.decode().split(",")
            row = (symbol, int(ts), float(price), int(size), int(trade_id), venue)
            found.append(Trade(number, *row))
    return found
