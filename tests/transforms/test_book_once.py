from collections.abc import Callable
from typing import Any

from transforms.advice.policy import BookPolicy
from transforms.book_once import evaluate_once
from transforms.portfolio.instruments import InstrumentFacts

STATE = {
    "close": 100.0,
    "count": 300.0,
    "session": 1.0,
    "rsi_14": 75.0,
    "rsi_degenerate": 0.0,
    "bb_percent_b": 1.2,
    "adx_14": 10.0,
    "plus_di_14": 20.0,
    "minus_di_14": 10.0,
    "ema_200": 90.0,
    "atr_22": 2.0,
    "highest_close_22": 101.0,
    "robust_z_250": 0.1,
}


def test_rows_equal_those_of_a_book_that_opens_at_that_instant(
    world: Callable[..., Any], rules: dict[str, Any]
) -> None:
    facts = {"A": InstrumentFacts("Bank", "INR", 1), "B": InstrumentFacts("Steel", "INR", 1)}
    holdings = [{"symbol": "A", "quantity": 3}, {"symbol": "B", "quantity": 2}]
    verdict = evaluate_once(
        BookPolicy(rules), facts, {"A": STATE, "B": STATE}, holdings, 60_000_000,
        portfolio_id="p", currency="INR",
    )  # fmt: skip
    rows = verdict.advice
    made = world().describe(A="Bank", B="Steel").hold(A=3.0, B=2.0)
    made.close(1, A=STATE, B=STATE)
    assert {row["advice_id"] for row in rows} == set(made.tables.advice)
    assert [row["rule_id"] for row in rows] == sorted(row["rule_id"] for row in rows)
    positions = {row["symbol"]: row for row in verdict.positions}
    assert {name: row["quantity"] for name, row in positions.items()} == {"A": 3.0, "B": 2.0}
    assert positions["A"]["sector"] == "Bank"


def test_what_has_no_state_is_left_out_and_without_any_nothing_is_said(
    rules: dict[str, Any],
) -> None:
    holdings = [{"symbol": "A", "quantity": 3}, {"symbol": "NOPE", "quantity": 2}]
    rows = evaluate_once(BookPolicy(rules), {}, {"A": STATE}, holdings, 60_000_000).advice
    assert next(row for row in rows if row["rule_id"] == "P03")["state"] == "open"
    assert evaluate_once(BookPolicy(rules), {}, {}, holdings, 60_000_000).advice == []
