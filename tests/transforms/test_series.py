"""The builder of bars, indicators and signals: rows in, rows out, through the real engine."""

import random

import pathway as pw
import polars as pl
import pytest

from transforms.kernels.registry import build_kernels
from transforms.schemas import PartialBars
from transforms.series import SeriesTables, build_series
from transforms.sessions import MINUTE
from transforms.shard_fold import SeriesOptions

T0 = 1_768_448_700_000_000  # 2026-01-15 09:15 in Kolkata
SECOND = 1_000_000
COLUMNS = (
    "sma_20",
    "ema_9",
    "ema_12",
    "macd",
    "macd_signal",
    "ema_20",
    "ema_50",
    "rsi_14",
    "vwap_session",
)
Trade = tuple[str, int, int, float]  # symbol, ts, trade id, price


def options(*intervals: str, forming: bool = False) -> SeriesOptions:
    kernels = {name: build_kernels(COLUMNS, bars_per_year=252.0) for name in intervals}
    return SeriesOptions(intervals, kernels, COLUMNS, None, "Asia/Kolkata", 120 * SECOND, forming)


def part_of(trades: list[Trade]) -> bytes:
    frame = pl.DataFrame(trades, schema=["symbol", "ts", "order", "price"], orient="row")
    ts, order, price = pl.col("ts"), pl.col("order"), pl.col("price")
    return (
        frame.sort("ts", "order")
        .group_by("symbol", bar_start=ts - ts % MINUTE, maintain_order=True)
        .agg(
            ts_open=ts.first(),
            order_open=order.first(),
            open=price.first(),
            high=price.max(),
            low=price.min(),
            ts_close=ts.last(),
            order_close=order.last(),
            close=price.last(),
            volume_units=pl.len().cast(pl.Int64),
            volume_picos=pl.lit(0, pl.Int64),
            turnover_units=price.cast(pl.Int64).sum(),
            turnover_picos=pl.lit(0, pl.Int64),
            trade_count=pl.len().cast(pl.Int64),
        )
        .sort("bar_start", "symbol")
        .write_ipc_stream(None)
        .getvalue()
    )


def feed(batches: list[list[Trade]]) -> pw.Table[PartialBars]:
    clock, rows = 0, []
    for seq, batch in enumerate(batches):
        clock = max(clock, *(trade[1] for trade in batch))
        rows.append(("f", seq, "trades", MINUTE, part_of(batch), clock, False, 2 * seq, 1))
    rows.append(("f", len(batches), "trades", MINUTE, b"", clock, True, 2 * len(batches), 1))
    table: pw.Table[PartialBars] = pw.debug.table_from_rows(PartialBars, rows, is_stream=True)
    return table


def final(tables: SeriesTables) -> dict[str, list[dict[str, object]]]:
    """All three tables at the end of one run."""
    kept: dict[str, dict[object, dict[str, object]]] = {"bars": {}, "indicators": {}, "signals": {}}
    changes = {name: 0 for name in kept}

    def keep(name: str) -> None:
        def on_change(key: object, row: dict[str, object], time: int, is_addition: bool) -> None:
            changes[name] += 1
            if is_addition:
                kept[name][key] = row
            else:
                assert kept[name].pop(key) == row

        pw.io.subscribe(getattr(tables, name), on_change=on_change)

    for name in kept:
        keep(name)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    order = ("symbol", "interval", "bar_start", "signal")
    return {
        name: sorted(rows.values(), key=lambda row: [str(row.get(part, "")) for part in order])
        for name, rows in kept.items()
    }


def day(count: int = 400) -> list[Trade]:
    rng = random.Random(7)
    price, trades = 100.0, []
    for number in range(count):
        price = max(1.0, price + rng.choice((-1.0, 0.0, 1.0)))
        trades.append((rng.choice("AB"), T0 + number * 11 * SECOND, number, price))
    return trades


def test_late_trades_in_any_batches_give_the_tables_of_one_batch() -> None:
    trades, rng = day(), random.Random(3)
    delay = {trade[2]: rng.randrange(115) * SECOND for trade in trades}
    late = sorted(trades, key=lambda trade: trade[1] + delay[trade[2]])
    batches = [late[i : i + 23] for i in range(0, len(late), 23)]
    names = ("1m", "5m", "1d")
    clean = final(build_series(feed([trades]), options=options(*names)))
    pw.internals.parse_graph.G.clear()
    streamed = final(build_series(feed(batches), options=options(*names, forming=True)))
    assert streamed == clean
    assert {row["interval"] for row in clean["bars"]} == set(names)
    assert all(row["is_final"] for row in clean["bars"])
    assert clean["signals"]


def test_longer_bars_are_made_of_the_minutes() -> None:
    trades = day(60)
    bars = final(build_series(feed([trades[:30], trades[30:]]), options=options("1m", "1d")))[
        "bars"
    ]
    [whole] = [bar for bar in bars if bar["interval"] == "1d" and bar["symbol"] == "A"]
    mine = [trade for trade in trades if trade[0] == "A"]
    prices = [trade[3] for trade in mine]
    assert (whole["open"], whole["high"], whole["low"], whole["close"]) == (
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
    )
    assert whole["trade_count"] == len(mine)
    assert whole["bar_start"] == T0 - (9 * 60 + 15) * MINUTE


def test_a_value_that_is_not_there_yet_is_null_never_nan() -> None:
    rows = final(build_series(feed([day()]), options=options("1m")))["indicators"]
    first = rows[0]
    assert first["sma_20"] is None
    assert rows[20]["sma_20"] == pytest.approx(rows[20]["sma_20"])
    assert not any(value != value for row in rows for value in row.values())
