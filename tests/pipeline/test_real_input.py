"""The whole job on real market files: every number against one computed independently."""

import gzip
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

Replay = Callable[..., dict[str, pl.DataFrame]]
MINUTE = 60_000_000
DAY = 1440 * MINUTE
BINANCE = "ticks/binance_spot_trades_btc_eth_20240808_09.csv.gz"
US = "ticks/us_equity_trades_BAC_IBM_AIG_20131007.csv.gz"
NSE = "daily/nse_nifty100_daily_2020_202604.csv.gz"
ONE_OF_EACH_KIND = "sma_200,ema_50,macd_signal,adx_14,rsi_14,bb_percent_b,obv,change_7d_pct"
MAPS = {
    BINANCE: ("--map", "ts_event=trade_ms:ms", "--map", "size=qty", "--market", "crypto"),
    US: ("--map", "ts_event=ts_utc:iso", "--map", "venue=exchange", "--market", "us"),
}


def trades_of(path: Path) -> pl.DataFrame:
    """Symbol, microseconds, order, price and size of a trade file."""
    raw = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema_length=None)
    if "trade_ms" in raw.columns:
        times = {
            "ts": pl.col("trade_ms") * 1000,
            "order": pl.col("trade_id"),
            "size": pl.col("qty"),
        }
    else:
        iso = pl.col("ts_utc").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us")
        times = {"ts": iso.dt.epoch("us"), "order": pl.int_range(pl.len()), "size": pl.col("size")}
    return raw.select("symbol", "price", **times)


def bars_of(trades: pl.DataFrame) -> pl.DataFrame:
    ordered = trades.sort("ts", "order", maintain_order=True)
    start, price, size = pl.col("ts") // MINUTE * MINUTE, pl.col("price"), pl.col("size")
    return (
        ordered.group_by("symbol", bar_start=start, maintain_order=True)
        .agg(
            open=price.first(), high=price.max(), low=price.min(), close=price.last(),
            volume=size.sum().cast(pl.Float64), trade_count=pl.len().cast(pl.Int64),
            vwap=(price * size).sum() / size.sum(),
        )
        .sort("symbol", "bar_start")
    )  # fmt: skip


@pytest.mark.parametrize("name", [BINANCE, US])
def test_every_bar_equals_one_computed_independently(
    name: str, shared: Path, replay: Replay
) -> None:
    tables = replay("--trades", shared / "data" / name, *MAPS[name])
    expected = bars_of(trades_of(shared / "data" / name))
    bars = tables["bars"]
    assert bars["is_final"].all()
    exact = ["symbol", "bar_start", "open", "high", "low", "close", "trade_count"]
    assert_frame_equal(bars.select(exact), expected.select(exact))
    for column in ("volume", "vwap"):
        error = (bars[column] / expected[column] - 1).abs().max()
        assert error is None or error < 1e-9
    assert tables["rejected"].is_empty()


def shuffled(path: Path, target: Path, *, allowance: int) -> Path:
    """The file with every trade late by a random time; trades of one instant keep their places."""
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    times = trades_of(path)["ts"].to_list()

    def arrival(row: int) -> int:
        noise = hashlib.sha256(str(times[row]).encode()).digest()
        return times[row] + int.from_bytes(noise[:8], "big") % allowance

    order = sorted(range(len(times)), key=arrival)
    target.write_bytes(
        gzip.compress("\n".join([lines[0], *(lines[1 + i] for i in order)]).encode() + b"\n", 1)
    )
    return target


@pytest.mark.parametrize("name", [BINANCE, US])
def test_trades_late_within_the_allowance_give_the_tables_of_the_clean_run(
    name: str, shared: Path, replay: Replay, tmp_path: Path
) -> None:
    late = shuffled(shared / "data" / name, tmp_path / "late.csv.gz", allowance=2 * MINUTE - 1)
    clean = replay(
        "--trades", shared / "data" / name, *MAPS[name], "--holdings", holdings(tmp_path, name)
    )
    again = replay(
        "--trades", late, *MAPS[name], "--holdings", tmp_path / "holdings.csv", "--chunk", "1MB"
    )
    assert clean["advice"].height > 0
    for table in (
        "bars",
        "indicators",
        "signals",
        "positions",
        "portfolio_risk",
        "advice",
        "rejected",
    ):
        assert_frame_equal(again[table], clean[table])


def holdings(folder: Path, name: str) -> Path:
    """A small portfolio of the symbols of a trade file."""
    file = folder / "holdings.csv"
    rows = (
        ["BTCUSDT,0.5,60000", "ETHUSDT,9,2500"]
        if name == BINANCE
        else ["BAC,900,13", "IBM,20,180", "AIG,90,48"]
    )
    file.write_text(
        "portfolio_id,symbol,quantity,avg_cost\n" + "".join(f"mine,{row}\n" for row in rows)
    )
    return file


def test_chunk_size_and_pace_change_no_advice(shared: Path, replay: Replay, tmp_path: Path) -> None:
    flags = (
        "--trades",
        shared / "data" / BINANCE,
        *MAPS[BINANCE],
        "--holdings",
        holdings(tmp_path, BINANCE),
    )
    whole = replay(*flags, "--chunk", "16MB")
    for how in (("--chunk", "64KB"), ("--chunk", "1MB"), ("--speed", "600")):
        again = replay(*flags, *how)
        for table in ("bars", "indicators", "signals", "positions", "portfolio_risk", "advice"):
            assert_frame_equal(again[table], whole[table])
    assert whole["advice"].height > 0


# ---- daily bars of a hundred names -------------------------------------------------------------
def corrected(path: Path, target: Path, *, apply: bool) -> Path:
    """The daily file with 5 % of its rows corrected, 1 % withdrawn: sent again, or applied."""
    raw = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema_length=None).with_row_index(
        "row"
    )
    mark = pl.col("row").hash(seed=5) % 100
    fixed = raw.filter(mark < 5).with_columns(
        (pl.col(name) * 1.01).round(2) for name in ("open", "high", "low", "close")
    )
    gone = raw.filter(mark == 5)
    if apply:
        merged = pl.concat([raw.filter(mark > 5), fixed]).sort("row").with_columns(diff=pl.lit(1))
    else:
        merged = pl.concat(
            [
                raw.with_columns(diff=pl.lit(1)),
                fixed.with_columns(diff=pl.lit(1)),
                gone.with_columns(diff=pl.lit(-1)),
            ]
        )
    buffer = io.BytesIO()
    merged.drop("row").write_csv(buffer)
    target.write_bytes(gzip.compress(buffer.getvalue(), 1))
    return target


@pytest.fixture
def twenty(shared: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Holdings of twenty names in two portfolios, and their instruments with sectors."""
    facts = pl.read_csv(shared / "data" / "reference" / "nse_nifty100_sector_marketcap.csv")
    facts = facts.select("symbol", "name", sector="nse_industry", market_cap="market_cap_inr")
    instruments = facts.with_columns(
        currency=pl.lit("INR"), asset_class=pl.lit("equity"), exchange=pl.lit("NSE")
    )
    names = (
        facts.filter(pl.col("sector").is_not_null())
        .sort("market_cap", descending=True)["symbol"]
        .head(20)
    )
    rows = [("wide", name, 10 + 3 * place, 500.0) for place, name in enumerate(names)]
    rows += [("deep", name, 100, 900.0) for name in names.head(4)]
    held = pl.DataFrame(
        rows, schema=["portfolio_id", "symbol", "quantity", "avg_cost"], orient="row"
    )
    files = tmp_path / "held.csv", tmp_path / "instruments.csv"
    held.write_csv(files[0])
    instruments.write_csv(files[1])
    return files


def daily(file: Path, twenty: tuple[Path, Path], *more: str) -> tuple[object, ...]:
    held, instruments = twenty
    return (
        "--bars",
        file,
        "--interval",
        "1d",
        "--holdings",
        held,
        "--instruments",
        instruments,
        *more,
    )


def test_daily_bars_of_a_hundred_names_lose_none_and_give_every_indicator(
    shared: Path, replay: Replay, twenty: tuple[Path, Path]
) -> None:
    path = shared / "data" / NSE
    tables = replay(*daily(path, twenty))
    raw = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema_length=None)
    date = pl.col("date").str.to_date().cast(pl.Datetime("us")).dt.epoch("us")
    expected = raw.select(
        "symbol", pl.col("open", "high", "low", "close").cast(pl.Float64), bar_start=date
    )
    names = ["symbol", "bar_start", "open", "high", "low", "close"]
    refused = tables["rejected"].height
    assert tables["bars"].height == raw.height - refused
    known = expected.join(tables["bars"], on=["symbol", "bar_start"], how="semi").sort(
        "symbol", "bar_start"
    )
    assert_frame_equal(tables["bars"].select(names), known.select(names))
    indicators = tables["indicators"]
    assert indicators.height == tables["bars"].height
    last = indicators.filter(pl.col("symbol") == "RELIANCE").tail(1)
    absent = {name for name, value in last.row(0, named=True).items() if value is None}
    assert absent == {"vwap_upper_1", "vwap_lower_1"}  # a session of one bar has no spread
    assert tables["advice"].height > 0


def test_corrected_and_withdrawn_bars_give_the_tables_of_the_corrected_file(
    shared: Path, replay: Replay, twenty: tuple[Path, Path], tmp_path: Path
) -> None:
    sent = corrected(shared / "data" / NSE, tmp_path / "sent.csv.gz", apply=False)
    clean = corrected(shared / "data" / NSE, tmp_path / "clean.csv.gz", apply=True)
    kinds = ("--indicators", ONE_OF_EACH_KIND)
    expected = replay(*daily(clean, twenty, *kinds))
    revised = replay(*daily(sent, twenty, *kinds, "--chunk", "4MB"))
    for table in ("bars", "indicators", "signals", "positions", "portfolio_risk", "advice"):
        assert_frame_equal(revised[table], expected[table])
