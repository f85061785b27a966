"""Rows of a micro-batch -> one row per symbol and bar: what every feed of the market shares.

The parts of a trade feed are added to the bars, those of a bar feed replace bars; merged in any
order and however the feed was cut, they give the same bars.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from connectors.sources import fixed_point

TRADE_PART: Final[Mapping[str, pl.DataType]] = {
    "symbol": pl.String(),
    "bar_start": pl.Int64(),
    "ts_open": pl.Int64(),
    "order_open": pl.Int64(),  # String from the first trade id on that is no number, see orders.py
    "open": pl.Float64(),
    "high": pl.Float64(),
    "low": pl.Float64(),
    "ts_close": pl.Int64(),
    "order_close": pl.Int64(),
    "close": pl.Float64(),
    "volume_units": pl.Int64(),
    "volume_picos": pl.Int64(),
    "turnover_units": pl.Int64(),
    "turnover_picos": pl.Int64(),
    "trade_count": pl.Int64(),
}
BAR_PART: Final[Mapping[str, pl.DataType]] = {
    "symbol": pl.String(),
    "bar_start": pl.Int64(),
    "open": pl.Float64(),
    "high": pl.Float64(),
    "low": pl.Float64(),
    "close": pl.Float64(),
    "volume_units": pl.Int64(),
    "volume_picos": pl.Int64(),
    "turnover_units": pl.Int64(),
    "turnover_picos": pl.Int64(),
    "trade_count": pl.Int64(),
    "diff": pl.Int64(),
}


def reduce_trades(rows: pl.DataFrame, interval: int) -> pl.DataFrame:
    """Reduce trades to ``TRADE_PART`` and ``size_close``, sorted by (bar_start, symbol).

    Open and close are the first and last by (ts_event, order, price).

    Args:
        rows: ``symbol``, ``ts_event``, ``order``, ``price``, ``size``.
        interval: microseconds of one bar.

    Raises:
        ValueError: the bars are so long and the rows so many that their places do not fit 63 bits.
    """
    rows = _in_order(rows)
    bits = max(1, rows.height.bit_length())
    if bits + interval.bit_length() > 63:
        raise ValueError(f"`interval` must be at most {1 << (63 - bits)} us, was {interval}")
    bars = _grouped(rows, interval, bits).collect()
    place = (1 << bits) - 1
    first = rows[bars["first"].to_numpy() & place]
    last = rows[bars["last"].to_numpy() & place]
    ends = {
        "ts_open": first["ts_event"],
        "order_open": first["order"],
        "open": first["price"],
        "ts_close": last["ts_event"],
        "order_close": last["order"],
        "close": last["price"],
        "size_close": last["size"],
    }
    return bars.with_columns(**ends).select(*TRADE_PART, "size_close")


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    order = rows["order"]
    if order.dtype == pl.Int64 and bool((np.diff(order.to_numpy()) > 0).all()):
        return rows
    return rows.sort("order", "price")


def _grouped(rows: pl.DataFrame, interval: int, bits: int) -> pl.LazyFrame:
    time, price, size = pl.col("ts_event"), pl.col("price"), pl.col("size")
    # Time within the bar and place in the order as one number: its extremes are the first and the
    # last trade, found by a plain minimum and maximum.
    place = (time % interval) * (1 << bits) + pl.int_range(pl.len(), dtype=pl.Int64)
    columns = [
        (time - time % interval).alias("bar_start"),
        place.alias("place"),
        *fixed_point.split(size, "volume"),
        *fixed_point.split(price * size, "turnover"),
    ]
    bars = (
        rows.lazy()
        .select("symbol", "price", *columns)
        .group_by("symbol", "bar_start")
        .agg(
            first=pl.col("place").min(),
            last=pl.col("place").max(),
            high=price.max(),
            low=price.min(),
            volume_units=pl.col("volume_units").sum(),
            volume_picos=pl.col("volume_picos").sum(),
            turnover_units=pl.col("turnover_units").sum(),
            turnover_picos=pl.col("turnover_picos").sum(),
            trade_count=pl.len().cast(pl.Int64),
        )
    )
    carried = [*fixed_point.carried("volume"), *fixed_point.carried("turnover")]
    return bars.with_columns(carried).sort("bar_start", "symbol")


def reduce_bars(rows: pl.DataFrame) -> pl.DataFrame:
    """Reduce bars to ``BAR_PART``, sorted by (bar_start, symbol): the last row of a bar stays.

    Turnover is what the feed says, or its vwap x volume, or (high + low + close) / 3 x volume.

    Args:
        rows: ``symbol``, ``ts_event`` (start of the bar), ``open``, ``high``, ``low``, ``close``,
            ``volume``, perhaps ``turnover``, ``vwap``, ``trade_count``, ``diff``.
    """
    rows = rows.unique(["symbol", "ts_event"], keep="last")
    volume = pl.col("volume")
    typical = (pl.col("high") + pl.col("low") + pl.col("close")) / 3
    turnover = [typical * volume]
    if "vwap" in rows.columns:
        turnover.insert(0, pl.col("vwap") * volume)
    if "turnover" in rows.columns:
        turnover.insert(0, pl.col("turnover"))
    bars = rows.lazy().with_columns(
        pl.col("ts_event").alias("bar_start"),
        *fixed_point.split(volume, "volume"),
        *fixed_point.split(pl.coalesce(turnover), "turnover"),
        _whole(rows, "trade_count", 0),
        _whole(rows, "diff", 1),
    )
    carried = [*fixed_point.carried("volume"), *fixed_point.carried("turnover")]
    return bars.with_columns(carried).select(*BAR_PART).sort("bar_start", "symbol").collect()


def encode(part: pl.DataFrame) -> bytes:
    """A part as an Arrow IPC stream."""
    stream = part.select(name for name in part.columns if name != "size_close")
    return stream.write_ipc_stream(None).getvalue()


def _whole(rows: pl.DataFrame, name: str, default: int) -> pl.Expr:
    if name not in rows.columns:
        return pl.lit(default, dtype=pl.Int64).alias(name)
    return pl.col(name).cast(pl.Int64).fill_null(default)
