from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest

from transforms.market_delta import BOOK_FIELDS, CorporateAction, MarketDelta
from transforms.portfolio.instruments import InstrumentFacts
from transforms.portfolio.risk_options import RiskOptions
from transforms.portfolio.transactions import read_transactions

World = Callable[..., Any]
MINUTE = 60_000_000
LATER = 1000  # behind every session


def walks(seed: int, *symbols: str, sessions: int = 80) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, 0.02, (len(symbols), sessions)).cumsum(axis=1)
    return dict(zip(symbols, (100 * np.exp(steps)).tolist(), strict=True))


def test_risk_is_that_of_the_weights_over_past_sessions(world: World) -> None:
    made = world().hold(A=3.0, B=1.0)
    closes = walks(1, "A", "B")
    made.sessions(closes).close(LATER, A={"close": 50.0}, B={"close": 150.0})
    row = made.tables.risks["p"]
    weights = np.array([0.5, 0.5])
    prices = np.array([closes["A"], closes["B"]])
    returns = weights @ (prices[:, 1:] / prices[:, :-1] - 1)
    assert row["volatility_pct"] == pytest.approx(100 * returns.std(ddof=1) * np.sqrt(252))
    assert row["var95_pct"] == pytest.approx(-100 * np.quantile(returns, 0.05))
    assert row["sessions"] == 79
    assert row["var95_pct"] <= row["cvar95_pct"]
    assert sum(row["contributions"].values()) == pytest.approx(1.0)


def test_short_history_is_null_with_its_reason(world: World) -> None:
    made = world().hold(A=1.0, B=1.0).sessions(walks(1, "A", sessions=80) | {"B": [1.0, 2.0]})
    row = made.close(LATER, "A", "B").tables.risks["p"]
    assert row["volatility_pct"] is None
    assert "B" in row["reasons"]["volatility_pct"]
    assert row["risk_score"] is None
    assert row["reasons"]["beta"]


def test_risk_is_not_told_anew_at_every_bar(world: World) -> None:
    made = world().hold(A=1.0, B=1.0).sessions(walks(1, "A", "B")).close(LATER, "A", "B")
    before = made.tables.risks["p"]["volatility_pct"]
    made.close(LATER + 1, "B", A={"close": 400.0})
    assert made.tables.risks["p"]["volatility_pct"] == before
    made.sessions({"A": [101.0], "B": [99.0]}, first=LATER + 2)
    made.close(LATER + 3, "B", A={"close": 400.0})
    assert made.tables.risks["p"]["volatility_pct"] != before
    assert made.tables.risks["p"]["sessions"] == 80


def test_a_change_of_holdings_is_assessed_at_once(world: World) -> None:
    made = world().hold(A=1.0, B=1.0).sessions(walks(1, "A", "B")).close(LATER, "A", "B")
    before = made.tables.risks["p"]
    made.hold(A=9.0, B=1.0, at=LATER + 1)
    after = made.tables.risks["p"]
    assert after["volatility_pct"] != before["volatility_pct"]
    assert after["contributions"]["A"] > before["contributions"]["A"]


def test_a_late_session_close_revises_what_rested_on_it(world: World) -> None:
    closes = walks(3, "A", "B")
    early, late = world().hold(A=1.0, B=2.0), world().hold(A=1.0, B=2.0)
    early.sessions(closes).close(LATER, "A", "B").close(LATER + 1, "A", "B")
    wrong = {
        name: [*prices[:40], 1.5 * prices[40], *prices[41:]] for name, prices in closes.items()
    }
    late.sessions(wrong).close(LATER, "A", "B").close(LATER + 1, "A", "B")
    assert late.tables.risks != early.tables.risks
    late.sessions(closes).end()
    early.end()
    assert late.tables.risks == early.tables.risks
    assert late.tables.advice == early.tables.advice


def test_beta_is_against_the_chosen_index(world: World) -> None:
    closes = walks(4, "A", "B", "INDEX")
    made = world(risk=RiskOptions(benchmark="INDEX")).hold(A=1.0, B=1.0).sessions(closes)
    row = made.close(LATER, "A", "B", "INDEX").tables.risks["p"]
    prices = np.array([closes["A"], closes["B"], closes["INDEX"]])
    found = prices[:, 1:] / prices[:, :-1] - 1
    own = found[:2].mean(axis=0)
    assert row["beta"] == pytest.approx(np.cov(own, found[2])[0, 1] / found[2].var(ddof=1))
    assert 0 <= row["risk_score"] <= 100
    equal = world(risk=RiskOptions(benchmark="equal_weight")).hold(A=1.0, B=1.0)
    equal.sessions({name: closes[name] for name in "AB"}).close(LATER, "A", "B")
    assert equal.tables.risks["p"]["beta"] == pytest.approx(1.0)


def test_foreign_holdings_count_at_the_rate_of_their_time(world: World) -> None:
    made = world()
    made.book.apply_instruments([("U", InstrumentFacts("Tech", "USD", 1))])
    made.hold(A=1.0, U=1.0).close(1, "A", "U")
    assert [key[1] for key in made.tables.positions] == ["A"]
    assert made.one("P01", "not_evaluated").cause == "no_value"
    made.book.apply_rates([("USD", "INR", 0, 80.0), ("USD", "INR", 2 * MINUTE, 90.0)])
    made.settle()
    assert made.tables.positions["p", "U"][4] == 8_000_000_000
    assert made.tables.positions["p", "U"][-1] == 80.0
    made.close(2, "A", "U")
    assert made.tables.risks["p"]["value_micros"] == 9_100_000_000
    assert made.tables.risks["p"]["exposures"]["currency"]["weights"] == {
        "INR": pytest.approx(1 / 91),
        "USD": pytest.approx(90 / 91),
    }


def test_rates_give_the_same_rows_whenever_they_arrive(world: World) -> None:
    rates = [("USD", "INR", 0, 80.0), ("USD", "INR", 2 * MINUTE, 90.0)]
    first, last = world(), world()
    for made in (first, last):
        made.book.apply_instruments([("U", InstrumentFacts("Tech", "USD", 1))])
    first.book.apply_rates(rates)
    for made in (first, last):
        made.hold(A=1.0, U=1.0).close(1, "A", "U").close(2, "A", "U").close(3, "A", "U")
    last.book.apply_rates(rates[1:])
    last.settle()
    last.book.apply_rates(rates[:1])
    first.end()
    last.end()
    assert last.tables.advice == first.tables.advice
    assert last.tables.positions == first.tables.positions
    assert last.tables.risks == first.tables.risks


def split(made: Any, new: int, old: int, ex: int) -> None:
    empty = np.empty((0, 4 + len(BOOK_FIELDS)))
    action = CorporateAction("A", "split", ex * MINUTE, new, old)
    made.book.apply_market(MarketDelta(list(made.names), empty, 0, False, 0, actions=(action,)))
    made.settle()


def test_a_split_scales_what_was_held_before_it(world: World) -> None:
    made = world().hold(at=1, A=10.0, B=10.0).close(2, "A", "B")
    split(made, 2, 1, ex=5)
    assert made.tables.positions["p", "A"][2] == 20.0
    made.hold(at=6, A=20.0, B=10.0).close(7, "A", "B")
    assert made.tables.positions["p", "A"][2] == 20.0
    causes = {entry.cause for entry in made.tables.log}
    assert any(cause.startswith("split A 2:1") for cause in causes)


def test_transactions_give_the_returns_of_the_account(world: World) -> None:
    made = world().hold(A=10.0)
    year = 365 * 24 * 60
    account = [
        {"ts_event": 0, "kind": "buy", "symbol": "A", "quantity": 10, "price": 50.0, "fee": 1.0},
    ]
    made.book.apply_transactions("p", read_transactions(orjson.dumps(account)))
    made.close(year, "A")
    row = made.tables.risks["p"]
    assert row["xirr_pct"] == pytest.approx(100 * (1000 / 501 - 1), rel=1e-6)
    assert row["twr_pct"] is not None
    other = world().hold(A=10.0).close(year, "A").tables.risks["p"]
    assert (other["xirr_pct"], other["reasons"]["xirr_pct"]) == (None, "no transactions")


def test_cash_is_worth_one_and_does_not_move(world: World) -> None:
    made = world()
    made.book.apply_instruments([("CASH", InstrumentFacts("", "INR", 1, "cash"))])
    made.hold(A=1.0, CASH=100.0).sessions(walks(1, "A")).close(LATER, "A")
    row = made.tables.risks["p"]
    assert row["value_micros"] == 200_000_000
    alone = world().hold(A=1.0).sessions(walks(1, "A")).close(LATER, "A").tables.risks["p"]
    assert row["volatility_pct"] == pytest.approx(alone["volatility_pct"] / 2)
