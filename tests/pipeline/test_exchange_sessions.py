"""Sessions of real calendars in the series: what begins anew when an exchange opens."""

import logging
from collections.abc import Iterable
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from config.market import MarketSettings, preset
from pipeline.calendars import session_hours
from transforms.kernels.session import SessionChange, SessionVwap
from transforms.series_changes import BAR_VALUES, HEAD
from transforms.series_fold import SeriesFold
from transforms.sessions import MINUTE, SessionClock

INDIA, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
VWAP = HEAD + len(BAR_VALUES)
CHANGE = VWAP + len(SessionVwap.columns)


def micros(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000


def stepped(market: MarketSettings, bars: pl.DataFrame) -> dict[tuple[int, int], list[float]]:
    """Rows of the 1m series by (code, start); ``bars`` are code, start, price and volume."""
    clock = SessionClock(market.timezone, session_hours(market))
    kernels = [SessionVwap(), SessionChange()]
    fold = SeriesFold(
        interval=MINUTE, kernels=kernels, clock=clock, late_allowance=0, forming=False
    )
    fold.grow(int(bars["code"].max()) + 1)
    turnover = pl.col("price") * pl.col("volume")
    prices = {name: pl.col("price") for name in ("open", "high", "low", "close")}
    sums = {"volume_units": pl.col("volume"), "turnover_units": turnover.floor().cast(pl.Int64)}
    picos = {"turnover_picos": ((turnover % 1) * 1e12).cast(pl.Int64), "volume_picos": pl.lit(0)}
    fold.add_bars(bars.with_columns(**prices, **sums, **picos, trade_count=0, diff=1))
    blocks = np.concatenate(fold.settle(1 << 61).rows)
    return {(int(row[0]), int(row[1])): row.tolist() for row in blocks}


def bars_at(zone: ZoneInfo, rows: Iterable[tuple[str, float, int]]) -> pl.DataFrame:
    table = [(0, micros(text, zone), price, volume) for text, price, volume in rows]
    return pl.DataFrame(table, schema=["code", "start", "price", "volume"], orient="row")


def vwaps(
    market: MarketSettings, zone: ZoneInfo, rows: list[tuple[str, float, int]]
) -> list[float]:
    found = stepped(market, bars_at(zone, rows))
    return [found[0, micros(text, zone)][VWAP] for text, _, _ in rows]


def test_a_muhurat_evening_is_a_session_of_its_own() -> None:
    rows = [
        ("2024-10-31T15:29", 90.0, 10),
        ("2024-11-01T17:50", 500.0, 10),  # block deals before the open
        ("2024-11-01T18:00", 100.0, 10),
        ("2024-11-01T18:59", 110.0, 30),
        ("2024-11-04T09:15", 121.0, 10),
    ]
    assert vwaps(preset("nse"), INDIA, rows) == [90.0, 500.0, 100.0, 107.5, 121.0]
    found = stepped(preset("nse"), bars_at(INDIA, rows))
    assert found[0, micros(rows[-1][0], INDIA)][CHANGE] == pytest.approx(10.0)


def test_a_special_saturday_begins_anew_at_its_open(caplog: pytest.LogCaptureFixture) -> None:
    rows = [
        ("2024-03-01T15:29", 10.0, 1),
        ("2024-03-02T09:07", 20.0, 1),
        ("2024-03-02T09:15", 30.0, 1),
        ("2024-03-02T11:30", 50.0, 1),
    ]
    assert vwaps(preset("nse"), INDIA, rows) == [10.0, 20.0, 30.0, 40.0]
    assert not caplog.records


def test_trades_before_the_open_are_not_in_the_vwap_of_a_us_session(shared: Path) -> None:
    file = shared / "data" / "minute" / "us_equity_1min_6sym.csv.gz"
    bars = pl.read_csv(file, try_parse_dates=True).select(
        "symbol",
        code=pl.col("symbol").rank("dense").cast(pl.Int64) - 1,
        at=pl.col("ts_utc").dt.convert_time_zone(NEW_YORK.key),
        start=pl.col("ts_utc").dt.epoch("us"),
        price=pl.col("close"),
        volume=pl.col("volume").cast(pl.Int64),
    )
    found = stepped(preset("us"), bars.select("code", "start", "price", "volume"))
    opened = pl.col("at").dt.time() >= time(9, 30)
    early = bars.filter(~opened).group_by(pl.col("at").dt.date()).len()
    assert early["len"].min() > 100
    for _, day in bars.group_by("code", pl.col("at").dt.date(), opened.alias("open")):
        day = day.sort("start")
        expected = (day["price"] * day["volume"]).cum_sum() / day["volume"].cum_sum()
        actual = [found[code, start][VWAP] for code, start in day.select("code", "start").rows()]
        np.testing.assert_allclose(actual, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        ("2024-03-08", "14:30"),
        ("2024-03-11", "13:30"),
        ("2024-11-01", "13:30"),
        ("2024-11-04", "14:30"),
    ],
)
def test_clock_changes_move_the_open(day: str, opens: str) -> None:
    rows = [(f"{day}T09:29", 50.0, 1), (f"{day}T09:30", 60.0, 1), (f"{day}T09:31", 70.0, 1)]
    assert vwaps(preset("us"), NEW_YORK, rows) == [50.0, 60.0, 65.0]
    assert micros(f"{day}T09:30", NEW_YORK) == micros(f"{day}T{opens}", ZoneInfo("UTC"))


def test_a_crypto_session_opens_at_midnight_utc(caplog: pytest.LogCaptureFixture) -> None:
    rows = [
        ("2024-08-10T00:00", 10.0, 1),
        ("2024-08-10T23:59", 20.0, 1),
        ("2024-08-11T00:00", 40.0, 1),
    ]
    assert vwaps(preset("crypto"), ZoneInfo("UTC"), rows) == [10.0, 15.0, 40.0]
    assert not caplog.records


def test_a_date_that_no_calendar_knows_is_a_session_and_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = [
        ("2024-06-08T09:00", 9.0, 1),
        ("2024-06-08T09:15", 10.0, 1),
        ("2024-06-08T09:16", 12.0, 1),
    ]
    with caplog.at_level(logging.WARNING):
        assert vwaps(preset("nse"), INDIA, rows) == [9.0, 10.0, 11.0]
    [said] = [record.getMessage() for record in caplog.records]
    assert said.startswith("session inferred from data: 2024-06-08, which the calendar NSE does")
