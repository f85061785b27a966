"""Partial bars of an interval added up to those of a longer one."""

from collections.abc import Callable
from typing import Final

import polars as pl

from transforms.kernels.columns import Ints

_FIRST: Final = ("open", "ts_open", "order_open")
_LAST: Final = ("close", "ts_close", "order_close")
_SUMMED: Final = (
    *("volume_units", "volume_picos", "turnover_units", "turnover_picos"),
    "trade_count",
)


def coarsened(
    part: pl.DataFrame, micros: int, *, same: bool, floor: Callable[[Ints, int], Ints]
) -> pl.DataFrame:
    """Partial bars that start at ``start``; short ones do not overlap, so first is first.

    Args:
        part: ``code`` and the columns of TRADE_PART.
        micros: length of the bars wanted.
        same: that is their length already.
        floor: start of the bar that an instant falls into.
    """
    if same:
        return part.rename({"bar_start": "start"})
    start = floor(part["bar_start"].to_numpy(), micros)
    return (
        part.with_columns(start=pl.Series(start))
        .sort("code", "bar_start")
        .group_by("code", "start", maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in _FIRST),
            pl.col("high").max(),
            pl.col("low").min(),
            *(pl.col(name).last() for name in _LAST),
            *(pl.col(name).sum() for name in _SUMMED),
        )
    )
