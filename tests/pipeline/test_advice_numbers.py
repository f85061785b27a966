"""Every number of the advice on real daily bars, recomputed from the files by other means."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import talib

Row = dict[str, Any]
Replay = Callable[..., dict[str, pl.DataFrame]]
NSE = "daily/nse_nifty100_daily_2020_202604.csv.gz"
DAY = 86_400_000_000
CLOSE = 1e-9


@dataclass
class Market:
    """Daily bars of the file, as they were known at a time."""

    raw: pl.DataFrame

    def prices(self, as_of: int) -> dict[str, float]:
        """Last close of each symbol at the end of the day before ``as_of``."""
        known = self.raw.filter(pl.col("ts") + DAY <= as_of)
        return dict(known.group_by("symbol").agg(pl.col("close").sort_by("ts").last()).iter_rows())

    def history(self, symbol: str, as_of: int) -> dict[str, np.ndarray]:
        """High, low and close of one symbol up to then."""
        known = self.raw.filter(pl.col("symbol") == symbol, pl.col("ts") + DAY <= as_of).sort("ts")
        return {name: known[name].to_numpy() for name in ("high", "low", "close")}


@pytest.fixture(scope="module")
def market(shared: Path) -> Market:
    data = gzip.decompress((shared / "data" / NSE).read_bytes())
    raw = pl.read_csv(data, infer_schema_length=None).with_columns(
        pl.col("high", "low", "close").cast(pl.Float64),
        ts=pl.col("date").str.to_date().cast(pl.Datetime("us")).dt.epoch("us"),
    )
    return Market(raw)


@pytest.fixture(scope="module")
def portfolio(shared: Path) -> pl.DataFrame:
    """Twenty names with their sectors and quantities."""
    facts = pl.read_csv(shared / "data" / "reference" / "nse_nifty100_sector_marketcap.csv")
    known = facts.filter(pl.col("nse_industry").is_not_null())
    top = known.sort("market_cap_inr", descending=True).head(20)
    return top.select("symbol", "name", sector="nse_industry", quantity=10 + 3 * pl.int_range(20))


@pytest.fixture
def advice(replay: Replay, shared: Path, portfolio: pl.DataFrame, tmp_path: Path) -> list[Row]:
    held, facts = tmp_path / "held.csv", tmp_path / "facts.csv"
    portfolio.select("symbol", "quantity", portfolio_id=pl.lit("wide")).write_csv(held)
    portfolio.select("symbol", "name", "sector", currency=pl.lit("INR")).write_csv(facts)
    files = ("--bars", shared / "data" / NSE, "--holdings", held, "--instruments", facts)
    tables = replay(*files, "--interval", "1d", "--indicators", "rsi_14")
    rows = tables["advice"].to_dicts()
    return [{**row, "evidence": json.loads(row["evidence"])} for row in rows]


def shown(row: Row) -> dict[str, float]:
    return {item["name"]: item["value"] for item in row["evidence"]}


def atr(history: dict[str, np.ndarray], period: int) -> float:
    """Wilder's average true range, seeded with the mean of the first ``period`` true ranges."""
    high, low, close = history["high"], history["low"], history["close"]
    ranges = np.maximum(high[1:], close[:-1]) - np.minimum(low[1:], close[:-1])
    value = ranges[:period].mean()
    for true_range in ranges[period:]:
        value = ((period - 1) * value + true_range) / period
    return float(value)


def test_every_number_can_be_recomputed_from_the_files(
    advice: list[Row], market: Market, portfolio: pl.DataFrame
) -> None:
    quantity = dict(portfolio.select("symbol", "quantity").iter_rows())
    sector = dict(portfolio.select("symbol", "sector").iter_rows())
    checked: dict[str, int] = {}
    for row in advice:
        rule, subject, found = row["rule_id"], row["subject"], shown(row)
        if row["state"] not in ("open", "cleared") or checked.get(rule, 0) >= 60:
            continue
        checked[rule] = checked.get(rule, 0) + 1
        prices = market.prices(row["as_of"])
        value = {name: held * prices[name] for name, held in quantity.items() if name in prices}
        total = sum(value.values())
        if rule == "P01":
            assert found["position_weight"] == pytest.approx(value[subject] / total, rel=CLOSE)
            assert found["portfolio_value"] == pytest.approx(total, rel=CLOSE)
        if rule == "P03":
            hhi = sum((part / total) ** 2 for part in value.values())
            assert found["hhi"] == pytest.approx(hhi, rel=1e-8)
            assert found["n_effective"] == pytest.approx(1 / hhi, rel=1e-8)
        if rule == "P04" and subject:
            mine = sum(part for name, part in value.items() if sector[name] == subject)
            assert found["sector_weight"] == pytest.approx(mine / total, rel=CLOSE)
        if rule.startswith("S"):
            check_symbol_rule(rule, found, market.history(subject, row["as_of"]))
            assert all(
                item["source_keys"].get("interval", "1d") == "1d" for item in row["evidence"]
            )
    assert {"P01", "P04", "S01", "S02", "S03", "S05"} <= set(checked)


def check_symbol_rule(rule: str, found: dict[str, float], history: dict[str, np.ndarray]) -> None:
    close = history["close"]
    if rule == "S01":
        assert found["rsi_14"] == pytest.approx(talib.RSI(close, 14)[-1], rel=CLOSE)
        window = close[-20:]
        width = 4 * window.std()
        percent_b = (close[-1] - (window.mean() - width / 2)) / width
        assert found["bb_percent_b"] == pytest.approx(percent_b, rel=1e-8)
    if rule == "S02":
        assert found["close"] == close[-1]
        assert found["ema_200"] == pytest.approx(talib.EMA(close, 200)[-1], rel=CLOSE)
        if len(close) > 600:  # TA-Lib seeds ADX otherwise; the difference has gone by then
            adx = talib.ADX(history["high"], history["low"], close, 14)[-1]
            assert found["adx_14"] == pytest.approx(adx, rel=1e-8)
    if rule == "S03":
        highest, average = close[-22:].max(), atr(history, 22)
        assert found["highest_close_22"] == highest
        assert found["atr_22"] == pytest.approx(average, rel=CLOSE)
        assert found["stop_price"] == pytest.approx(highest - 3 * average, rel=CLOSE)
        assert close[-1] < found["stop_price"]
    if rule == "S05":
        returns = close[1:] / close[:-1] - 1
        before = returns[-251:-1]
        middle = np.median(before)
        spread = np.median(np.abs(before - middle))
        assert found["robust_z_250"] == pytest.approx(
            0.6745 * (returns[-1] - middle) / spread, rel=1e-7
        )
