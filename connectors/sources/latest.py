"""The latest price of every symbol, by event time."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from connectors.sources.orders import spelled

Order = int | str
PriceRow = tuple[str, int, Order, float, float]  # symbol, ts_event, order, price, size


@dataclass(frozen=True)
class Price:
    """The latest accepted trade of a symbol, or the close of its latest bar (size 0)."""

    symbol: str
    price: float
    size: float
    ts_event: int


class LatestPrices:
    """Keeps the latest price of each symbol: the last by (ts_event, order, price)."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, Order, float, float]] = {}

    def rows(self) -> list[PriceRow]:
        """All that is held, as ``note`` takes it."""
        return [(symbol, *held) for symbol, held in self._held.items()]

    def prices(self) -> list[Price]:
        """All that is held, as prices."""
        return [Price(symbol, price, size, at) for symbol, at, _, price, size in self.rows()]

    def note(self, rows: Iterable[PriceRow]) -> list[Price]:
        """Take in some rows; return what has changed."""
        changed: dict[str, Price] = {}
        held = self._held
        for symbol, time, order, price, size in rows:
            before = held.get(symbol)
            if before is None or time > before[0] or _follows((time, order, price), before):
                held[symbol] = (time, order, price, size)
                changed[symbol] = Price(symbol, price, size, time)
        return list(changed.values())


def trade_rows(rows: pl.DataFrame) -> Iterable[PriceRow]:
    """Trades as ``note`` takes them."""
    return rows.select("symbol", "ts_event", "order", "price", "size").iter_rows()


def newest_trade_rows(rows: pl.DataFrame) -> Iterable[PriceRow]:
    """The last trade of each symbol among many."""
    last = rows.sort("ts_event", "order", "price").unique("symbol", keep="last")
    return trade_rows(last)


def trade_part_rows(part: pl.DataFrame) -> Iterable[PriceRow]:
    """The last trade of each symbol in a part of ``reduce_trades``."""
    last = part.unique("symbol", keep="last", maintain_order=True)
    return last.select("symbol", "ts_close", "order_close", "close", "size_close").iter_rows()


def bar_rows(rows: pl.DataFrame) -> Iterable[PriceRow]:
    """Bars as ``note`` takes them; withdrawn ones give no price."""
    if "diff" in rows.columns:
        rows = rows.filter(pl.col("diff").fill_null(1) == 1)
    return rows.select("symbol", "ts_event", "line", "close", pl.lit(0.0)).iter_rows()


def _follows(row: tuple[int, Order, float], before: tuple[int, Order, float, float]) -> bool:
    return row[0] == before[0] and (_spelled(row[1]), row[2]) > (_spelled(before[1]), before[2])


def _spelled(order: Order) -> str:
    return spelled(order) if isinstance(order, int) else order
