"""Deterministic ticks for the benchmark: one JSON object per line, in order of arrival.

A morning of 500 symbols on one exchange: two hours inside one session, prices on a grid of 0.05,
whole quantities, every tick with a time of its own. One in a hundred arrives up to 90 s late.
"""

from pathlib import Path

import numpy as np
import polars as pl

SYMBOLS = 500
OPENS = 1_767_584_700_000_000  # 2026-01-05 09:15 in Mumbai, microseconds UTC
SPAN = 7_200_000_000
LATE_SHARE, LATE_BY = 0.01, 90_000_000
TICK_SIZE = 0.05
STEP = 3e-4  # standard deviation of one tick's log return


def write(path: Path, count: int) -> None:
    """Write ``count`` ticks; the same count gives the same bytes."""
    random = np.random.Generator(np.random.PCG64(20_260_105))
    spacing = SPAN // count
    event_time = OPENS + np.arange(count) * spacing + random.integers(0, spacing, count)
    symbol = random.integers(0, SYMBOLS, count)
    base = np.exp(random.uniform(np.log(50.0), np.log(5_000.0), SYMBOLS))
    ticks = pl.DataFrame(
        {
            "symbol": symbol,
            "move": random.standard_normal(count) * STEP,
            "base": base[symbol],
            "qty": random.integers(1, 500, count),
            "event_time": event_time,
            "late_by": random.integers(0, LATE_BY, count) * (random.random(count) < LATE_SHARE),
        }
    )
    price = pl.col("base") * pl.col("move").cum_sum().over("symbol").exp()
    ticks = ticks.with_columns(
        symbol=pl.format("SYM{}", pl.col("symbol").cast(pl.String).str.zfill(3)),
        price=((price / TICK_SIZE).round() * TICK_SIZE).round(2),
        arrival=pl.col("event_time") + pl.col("late_by"),
    ).sort("arrival", maintain_order=True)
    partial = path.with_suffix(".partial")
    ticks.select("symbol", "price", "qty", "event_time").write_ndjson(partial)
    partial.rename(path)
