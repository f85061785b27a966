"""The trades of the bundled day: their order, their rhythm, and who trades when."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest

MINUTE = 60_000_000


@pytest.fixture(scope="module")
def minutes(trades: list[Any], planted: dict[str, Any]) -> dict[str, Counter[int]]:
    """Trades per minute after the open, by symbol."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for trade in trades:
        found[trade.symbol][(trade.ts - planted["session"]["open"]) // MINUTE] += 1
    return found


def event(planted: dict[str, Any], kind: str) -> dict[str, Any]:
    [found] = [row for row in planted["events"] if row["kind"] == kind]
    return found


def test_trades_are_marked_synthetic_on_tick_and_within_the_session(
    trades: list[Any], planted: dict[str, Any]
) -> None:
    assert 120_000 < len(trades) < 200_000
    assert {trade.venue for trade in trades} == {"SYN-NSE"}
    assert all(abs(t.price * 20 - round(t.price * 20)) < 1e-6 and t.size > 0 for t in trades)
    session = planted["session"]
    assert all(session["open"] <= trade.ts < session["close"] for trade in trades)


def test_trade_ids_rise_with_time(trades: list[Any]) -> None:
    by_id = sorted(trades, key=lambda trade: trade.trade_id)
    assert len({trade.trade_id for trade in trades}) == len(trades)
    assert all(a.ts <= b.ts for a, b in pairwise(by_id))


def test_about_one_line_in_a_hundred_is_out_of_order(
    trades: list[Any], planted: dict[str, Any]
) -> None:
    latest = behind = 0
    for trade in trades:
        behind += trade.ts < latest
        latest = max(latest, trade.ts)
    assert 0.008 < behind / len(trades) < 0.015
    assert planted["rows"]["out_of_order"] == pytest.approx(0.01 * len(trades), rel=0.01)


def test_late_lines_are_within_the_allowance_and_some_revise_an_open(
    trades: list[Any], planted: dict[str, Any]
) -> None:
    late, opens = set(planted["late_lines"]), set(planted["late_lines_that_open_their_minute"])
    first: dict[tuple[str, int], Any] = {}
    for trade in sorted(trades, key=lambda trade: (trade.ts, trade.trade_id)):
        first.setdefault((trade.symbol, trade.ts // MINUTE), trade)
    latest: Counter[str] = Counter()
    clock = 0
    for trade in trades:
        bar = (trade.symbol, trade.ts // MINUTE)
        if trade.line in late:
            assert 9_000_000 < clock - trade.ts <= 90_000_000
            assert latest[trade.symbol] - trade.ts <= 90_000_000
        if trade.line in opens:
            assert first[bar] == trade
            assert clock // MINUTE > bar[1]
        latest[trade.symbol] = max(latest[trade.symbol], trade.ts)
        clock = max(clock, trade.ts)
    assert (len(late), len(opens)) == (60, 20)


def test_trading_is_densest_at_the_open_and_the_close(
    minutes: dict[str, Counter[int]],
) -> None:
    total: Counter[int] = sum(minutes.values(), Counter())
    noon = sum(total[m] for m in range(170, 200)) / 30
    assert sum(total[m] for m in range(5)) / 5 > 3 * noon
    assert sum(total[m] for m in range(365, 375)) / 10 > 3 * noon
    assert 1.3 * noon < sum(total[m] for m in range(10, 40)) / 30


def test_every_name_trades_every_minute_but_the_halted_and_the_flat_one(
    minutes: dict[str, Counter[int]], planted: dict[str, Any]
) -> None:
    halt, flat = event(planted, "halt"), event(planted, "flat")
    start, end = ((halt[edge] - planted["session"]["open"]) // MINUTE for edge in ("from", "to"))
    assert end - start == 20
    missing = {symbol: set(range(375)) - counts.keys() for symbol, counts in minutes.items()}
    assert missing.pop(halt["symbol"]) == set(range(start, end))
    assert len(missing.pop(flat["symbol"])) > 330
    assert len(missing) == 48
    assert not any(missing.values())


def test_flat_name_has_one_price_and_trades_every_8_to_15_minutes(
    trades: list[Any], planted: dict[str, Any]
) -> None:
    symbol = event(planted, "flat")["symbol"]
    flat = [trade for trade in trades if trade.symbol == symbol]
    assert len({trade.price for trade in flat}) == 1
    assert flat[0].ts - planted["session"]["open"] < MINUTE
    gaps = [(b.ts - a.ts) / MINUTE for a, b in pairwise(flat)]
    assert 8 <= min(gaps) <= max(gaps) <= 15
