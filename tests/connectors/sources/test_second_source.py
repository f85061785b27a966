"""A second source of trades or bars: told apart, without a clock, prices or a pace of its own."""

from datetime import timedelta
from typing import Any

from connectors.sources.pace import Pace
from connectors.sources.stop import StopToken

TRADES = [
    "symbol,ts_event,price,size",
    "A,2024-01-05T10:00:00Z,10,1",
    "A,2024-01-05T10:07:00Z,11,1",
]
BARS = [
    "symbol,ts_event,open,high,low,close,volume",
    "A,2024-01-06T10:00:00Z,10,12,9,11,5",
    "A,2024-01-06T10:01:00Z,10,12,13,11,5",
]


def test_its_parts_are_told_apart_and_move_no_clock(write: Any, inspect: Any, read: Any) -> None:
    later = inspect(
        write("c.csv", BARS), "bars", check=True, interval=timedelta(minutes=1), name="second"
    )
    found = read(
        later, inspect(write("t.csv", TRADES), check=True), inspect(write("m.csv", TRADES))
    )
    assert [part.kind for part in found.parts] == ["check_bars", "check_trades", "trades", "trades"]
    assert [part.clock for part in found.parts[:2]] == [0, 0]
    assert found.parts[2].clock == 1_704_449_220_000_000
    assert found.frames[1].equals(found.frames[2])
    assert found.counts.clock == found.parts[2].clock


def test_its_rows_are_counted_and_its_bad_ones_refused(write: Any, inspect: Any, read: Any) -> None:
    source = inspect(
        write("c.csv", BARS), "bars", check=True, interval=timedelta(minutes=1), name="second"
    )
    found = read(source)
    assert [(r.source, r.position, r.reason) for r in found.refused] == [("second", 3, "bad_bar")]
    assert found.counts.rows_in == 2
    assert found.latest == {}


def test_its_prices_are_not_the_latest_ones(write: Any, inspect: Any, read: Any) -> None:
    second = [TRADES[0], "A,2024-01-05T10:09:00Z,99,1"]
    found = read(inspect(write("c.csv", second), check=True), inspect(write("m.csv", TRADES)))
    assert found.latest["A"].price == 11.0


def test_it_follows_no_pace(write: Any, inspect: Any, read: Any) -> None:
    paced = Pace(1.0, timedelta(milliseconds=50), StopToken())  # seven minutes of trades
    source = inspect(write("c.csv", TRADES), check=True)
    assert not source.paced
    found = read(source, pace=paced)
    assert [part.kind for part in found.parts] == ["check_trades", "trades"]
