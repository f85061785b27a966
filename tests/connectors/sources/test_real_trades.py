"""Real trades: every bar against an independent Polars computation, however the file is cut."""

import gzip
import random
from pathlib import Path

import polars as pl
import pytest

FILES = {
    "binance": (
        "ticks/binance_spot_trades_btc_eth_20240808_09.csv.gz",
        ("ts_event=trade_ms:ms", "size=qty"),
    ),
    "us_equity": ("ticks/us_equity_trades_BAC_IBM_AIG_20131007.csv.gz", ()),
}
MINUTE = 60_000_000


def expected_bars(path: Path) -> pl.DataFrame:
    table = pl.read_csv(path)
    if "trade_ms" in table.columns:
        trades = table.select(
            "symbol", "price", size="qty", ts=pl.col("trade_ms") * 1000, order="trade_id"
        )
    else:
        time = pl.col("ts_utc").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ").dt.epoch("us")
        order = pl.int_range(pl.len())
        trades = table.select("symbol", "price", "size", ts=time, order=order)
    return (
        trades.sort("ts", "order")
        .group_by("symbol", bar_start=pl.col("ts") // MINUTE * MINUTE)
        .agg(
            open=pl.col("price").first(),
            high=pl.col("price").max(),
            low=pl.col("price").min(),
            close=pl.col("price").last(),
            volume=pl.col("size").sum(),
            turnover=(pl.col("price") * pl.col("size")).sum(),
            count=pl.len(),
        )
    )


@pytest.fixture(params=list(FILES))
def real(request, shared):
    name, maps = FILES[request.param]
    return shared / "data" / name, maps


def shuffled_within(path: Path, target: Path, blocks: int) -> Path:
    """The same lines, those of each block of neighbours in another order."""
    header, *lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    chance = random.Random(7)
    mixed = []
    for at in range(0, len(lines), blocks):
        block = lines[at : at + blocks]
        chance.shuffle(block)
        mixed += block
    target.write_bytes(header + b"".join(mixed))
    return target


def test_every_bar_equals_an_independent_computation(real, inspect, read):
    path, maps = real
    found = read(inspect(path, "trades", *maps))
    bars = found.trade_bars()
    expected = expected_bars(path)
    assert found.refused == []
    assert len(bars) == expected.height
    for row in expected.iter_rows(named=True):
        *prices, volume, turnover, count = bars[row["symbol"], row["bar_start"]]
        assert prices == [row["open"], row["high"], row["low"], row["close"]]
        assert count == row["count"]
        assert volume / 1e12 == pytest.approx(row["volume"], rel=1e-9)
        assert turnover / 1e12 == pytest.approx(row["turnover"], rel=1e-9)


@pytest.mark.parametrize("chunk_bytes", [10_000, 1 << 20, 16 << 20])
def test_bars_do_not_depend_on_the_size_of_chunks(real, inspect, read, chunk_bytes):
    path, maps = real
    source = inspect(path, "trades", *maps)
    whole, cut = read(source), read(source, chunk_bytes=chunk_bytes)
    assert cut.trade_bars() == whole.trade_bars()
    assert cut.latest == whole.latest
    assert cut.counts == whole.counts


def test_shuffled_binance_trades_give_the_same_bars(shared, inspect, read, tmp_path):
    name, maps = FILES["binance"]
    path = shared / "data" / name
    mixed = shuffled_within(path, tmp_path / "mixed.csv", 800)
    clean, shuffled = (read(inspect(p, "trades", *maps)) for p in (path, mixed))
    assert shuffled.refused == []
    assert shuffled.trade_bars() == clean.trade_bars()
    assert shuffled.latest == clean.latest


@pytest.mark.parametrize("chunk_bytes", [50_000, 16 << 20])
def test_what_is_late_in_a_badly_shuffled_file_does_not_depend_on_chunks(
    real, inspect, read, tmp_path, chunk_bytes
):
    path, maps = real
    mixed = shuffled_within(path, tmp_path / "mixed.csv", 6_000)
    source = inspect(mixed, "trades", *maps)
    whole, cut = read(source), read(source, chunk_bytes=chunk_bytes)
    assert {reject.reason for reject in whole.refused} == {"late"}
    assert cut.refused == whole.refused
    assert cut.trade_bars() == whole.trade_bars()
    assert cut.latest == whole.latest
