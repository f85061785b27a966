"""Peer: Polars over the whole file at once. No row is known before the last tick has been read."""

from pathlib import Path

import polars as pl

from scripts.bench_peers.stepper import BAR, VALUES, YEAR

TICK = {"symbol": pl.String, "price": pl.Float64, "qty": pl.Int64, "event_time": pl.Int64}
KEY = ("symbol", "interval", "bar_start")
BAR_VALUES = ("open", "high", "low", "close", "volume", "trade_count", "vwap")


def smoothed(value: pl.Expr, first: int, period: int, alpha: float) -> pl.Expr:
    """Exponential from the mean of ``period`` values on, the first of which is at bar ``first``."""
    bar = pl.int_range(1, pl.len() + 1)
    seeded = first + period - 1
    seed = value.slice(first - 1, period).mean()
    series = pl.when(bar > seeded).then(value).when(bar == seeded).then(seed)
    return series.ewm_mean(alpha=alpha, adjust=False)


def bars(ticks: pl.LazyFrame) -> pl.LazyFrame:
    """One row per symbol and minute, in order."""
    time, price, size = pl.col("event_time"), pl.col("price"), pl.col("qty")
    return (
        ticks.group_by("symbol", bar_start=time - time % BAR)
        .agg(
            interval=pl.lit("1m"),
            open=price.get(time.arg_min()),
            high=price.max(),
            low=price.min(),
            close=price.get(time.arg_max()),
            volume=size.sum(),
            trade_count=pl.len(),
            turnover=(price * size).sum(),
            is_final=pl.lit(True),
        )
        .with_columns(vwap=pl.col("turnover") / pl.col("volume"))
        .sort("symbol", "bar_start")
    )


def indicators(bars: pl.DataFrame) -> pl.DataFrame:
    """The values of every bar, null while a symbol's history is short."""
    close, before = pl.col("close"), pl.col("close").shift(1)
    change = close.diff()
    reach = pl.max_horizontal("high", before) - pl.min_horizontal("low", before)
    returns = (close / before).log()
    middle, band = close.rolling_mean(20), 2 * close.rolling_std(20, ddof=0)
    first = {
        "ema_12": smoothed(close, 1, 12, 2 / 13),
        "ema_26": smoothed(close, 1, 26, 2 / 27),
        "gain": smoothed(pl.max_horizontal(change, 0.0), 2, 14, 1 / 14),
        "loss": smoothed(pl.max_horizontal(-change, 0.0), 2, 14, 1 / 14),
        "atr_14": smoothed(reach, 2, 14, 1 / 14),
        "bb_upper_20_2": middle + band,
        "bb_middle_20_2": middle,
        "bb_lower_20_2": middle - band,
        "vwap_session": pl.col("turnover").cum_sum() / pl.col("volume").cum_sum(),
        "realised_vol_20": returns.rolling_std(20, ddof=1) * YEAR,
    }
    macd = pl.col("ema_12") - pl.col("ema_26")
    moved = pl.col("gain") + pl.col("loss")
    return (
        bars.lazy()
        .with_columns(**{name: value.over("symbol") for name, value in first.items()})
        .with_columns(
            macd=macd,
            rsi_14=pl.when(moved > 0).then(100 * pl.col("gain") / moved).otherwise(50 + 0 * moved),
        )
        .with_columns(macd_signal=smoothed(pl.col("macd"), 26, 9, 0.2).over("symbol"))
        .with_columns(macd_histogram=pl.col("macd") - pl.col("macd_signal"))
        .select(*KEY, "is_final", *VALUES)
        .collect()
    )


def run(ticks: Path, out: Path) -> None:
    """Turn a file of ticks into bars.jsonl and indicators.jsonl."""
    table = bars(pl.scan_ndjson(ticks, schema=TICK)).collect()
    table.select(*KEY, *BAR_VALUES, "is_final").write_ndjson(out / "bars.jsonl")
    indicators(table).write_ndjson(out / "indicators.jsonl")
