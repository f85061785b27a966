"""Deterministic input of the paced benchmark: ticks at an even pace, and bars of the hour before.

``python -m scripts.bench_peers.live_ticks FOLDER`` writes both. The ticks are in order of time,
one every 100 microseconds, each of a symbol drawn at random; a minute ends in their middle.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.bench_peers.stepper import BAR
from scripts.bench_peers.ticks import OPENS, SYMBOLS, TICK_SIZE

RATE = 10_000  # ticks per second
SPACING = 1_000_000 // RATE  # microseconds
WARM_UP, MEASURED, TAIL = 5, 10, 1  # seconds; latencies are those of ticks due in the middle part
COUNT = (WARM_UP + MEASURED + TAIL) * RATE
HISTORY_BARS = 60
FIRST_BAR = OPENS + HISTORY_BARS * BAR
FIRST_TICK = FIRST_BAR + BAR - (WARM_UP + MEASURED // 2) * 1_000_000
MOVE = 3e-4  # standard deviation of a log return from tick to tick and from bar to bar
SCHEMA = {"symbol": pl.String, "price": pl.Float64, "qty": pl.Int64, "event_time": pl.Int64}


def ticks_of(folder: Path) -> Path:
    """Where the ticks are."""
    return folder / "ticks.jsonl"


def history_of(folder: Path) -> Path:
    """Where the bars before them are."""
    return folder / "history.jsonl"


def names(codes: pl.Expr) -> pl.Expr:
    """Symbols by number."""
    return pl.format("SYM{}", codes.cast(pl.String).str.zfill(3))


def on_grid(price: pl.Expr) -> pl.Expr:
    """Prices as an exchange has them."""
    return ((price / TICK_SIZE).round() * TICK_SIZE).round(2)


def write(folder: Path) -> None:
    """Write both files; the same numbers give the same bytes."""
    random = np.random.Generator(np.random.PCG64(20_260_106))
    base = np.exp(random.uniform(np.log(50.0), np.log(5_000.0), SYMBOLS))
    history(random, base).write_ndjson(history_of(folder))
    symbol = random.integers(0, SYMBOLS, COUNT)
    ticks = pl.DataFrame(
        {
            "code": symbol,
            "move": random.standard_normal(COUNT) * MOVE,
            "base": base[symbol],
            "qty": random.integers(1, 500, COUNT),
            "event_time": FIRST_TICK + np.arange(COUNT) * SPACING,
        }
    )
    price = pl.col("base") * pl.col("move").cum_sum().over("code").exp()
    ticks = ticks.with_columns(symbol=names(pl.col("code")), price=on_grid(price))
    ticks.select(*SCHEMA).write_ndjson(ticks_of(folder))


def history(random: np.random.Generator, base: NDArray[np.float64]) -> pl.DataFrame:
    """One row per symbol and minute, by minute; the last close is about ``base``."""
    count = HISTORY_BARS * SYMBOLS
    code = np.tile(np.arange(SYMBOLS), HISTORY_BARS)
    bars = pl.DataFrame(
        {
            "code": code,
            "ts_event": OPENS + np.repeat(np.arange(HISTORY_BARS), SYMBOLS) * BAR,
            "move": random.standard_normal(count) * MOVE,
            "base": base[code],
            "up": random.random(count) * MOVE,
            "down": random.random(count) * MOVE,
            "volume": random.integers(500, 50_000, count),
        }
    )
    back = pl.col("move").cum_sum(reverse=True).over("code")
    close = pl.col("base") * (-back).exp()
    bars = bars.with_columns(symbol=names(pl.col("code")), close=on_grid(close))
    opening = pl.col("close").shift(1).over("code").fill_null(pl.col("close"))
    bars = bars.with_columns(open=opening)
    top, bottom = pl.max_horizontal("open", "close"), pl.min_horizontal("open", "close")
    return bars.select(
        "symbol",
        "ts_event",
        "open",
        high=on_grid(top * (1 + pl.col("up"))),
        low=on_grid(bottom * (1 - pl.col("down"))),
        close="close",
        volume="volume",
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
