from decimal import Decimal

import numpy as np
import pytest

from transforms.portfolio.optimise.request import Limits, Line, returns_of, step_of

ENDS = np.arange(1, 102) * 86_400_000_000


def test_shares_trade_in_lots_and_broken_lots_in_their_last_decimal_place() -> None:
    assert step_of(100.0, 50, "equity") == 50
    assert step_of(120.0, 50, "equity") == 1
    assert step_of(0.125, 1, "equity") == Decimal("0.001")
    assert step_of(3.0, 1, "") == 1


def test_crypto_trades_in_fractions_whatever_is_held() -> None:
    assert step_of(2.0, 1, "crypto") == Decimal("0.00001")
    assert step_of(0.123456789, 1, "crypto") == Decimal("0.00001")


def test_a_line_is_worth_what_the_book_says_in_the_portfolios_currency() -> None:
    assert Line("A", 3.0, 0.1).value == 300_000
    assert Line("A", 3.0, 10.0, rate=83.5).value == 2_505_000_000


def test_returns_are_those_between_sessions_that_all_have() -> None:
    closes = np.array([[100.0 + at, 50.0 + at * at] for at in range(101)])
    closes[40, 1] = np.nan
    found, reason = returns_of(["A", "B"], ENDS, closes)
    assert reason == ""
    assert found.shape == (2, 99)
    assert found[:, 39] == pytest.approx([141 / 139 - 1, (50 + 41**2) / (50 + 39**2) - 1])
    assert returns_of(["A", "B"], ENDS, closes, window=70)[0].tolist() == found[:, -70:].tolist()


def test_too_little_history_names_the_symbol_to_blame() -> None:
    closes = np.full((101, 2), 10.0)
    closes[:60, 1] = np.nan
    found, reason = returns_of(["A", "B"], ENDS, closes)
    assert found.shape == (2, 0)
    assert "needs 60 sessions common to all holdings, has 40" in reason
    assert "B since" in reason
    assert returns_of(["A", "B"], ENDS, closes, minimum=40)[1] == ""


def test_no_sessions_at_all_are_a_reason_too() -> None:
    found, reason = returns_of(["A"], np.empty(0, np.int64), np.empty((0, 1)))
    assert found.shape == (1, 0)
    assert "has 0" in reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_weight", 0.0),
        ("max_weight", 1.01),
        ("max_sector_weight", -0.1),
        ("max_turnover", 0.0),
        ("max_turnover", float("nan")),
        ("cost_bps", -1.0),
        ("cost_bps", 1001.0),
    ],
)
def test_limits_that_mean_nothing_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"`{name}`"):
        Limits(**{name: value})
