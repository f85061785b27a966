import numpy as np
import pytest

from transforms.portfolio.liquidity import days_to_liquidate, untold

NAN = np.nan


def test_days_at_a_tenth_of_the_mean_volume_of_twenty_sessions() -> None:
    volume = np.array([[1e9]] * 5 + [[1000.0], [3000.0]] * 10)
    assert days_to_liquidate(np.array([1000.0]), volume) == pytest.approx([5.0])


def test_a_short_position_takes_as_long_as_a_long_one() -> None:
    volume = np.full((20, 2), 100.0)
    assert days_to_liquidate(np.array([50.0, -50.0]), volume).tolist() == [5.0, 5.0]


def test_sessions_that_a_symbol_did_not_have_are_not_counted() -> None:
    volume = np.full((35, 2), 100.0)
    volume[30:, 0] = NAN
    volume[:10, 0], volume[10:15, 0] = 1e9, 300.0
    days = days_to_liquidate(np.array([50.0, 50.0]), volume)
    assert days.tolist() == pytest.approx([50 / 15.0, 5.0])


@pytest.mark.parametrize("volume", [np.full((19, 1), 5.0), np.zeros((30, 1)), np.empty((0, 1))])
def test_too_few_sessions_or_no_volume_give_no_number(volume: np.ndarray) -> None:
    days = days_to_liquidate(np.array([1.0]), volume)
    assert np.isnan(days).tolist() == [True]
    assert untold(days, ["X"]) == "needs 20 sessions with volume: X"


def test_gaps_that_leave_too_few_sessions_give_no_number() -> None:
    volume = np.full((30, 1), 5.0)
    volume[::2] = NAN
    assert np.isnan(days_to_liquidate(np.array([1.0]), volume)).all()


def test_cash_takes_no_time() -> None:
    volume = np.full((30, 1), np.inf)
    assert days_to_liquidate(np.array([1e6]), volume).tolist() == [0.0]


def test_a_reason_names_three_and_counts_the_others() -> None:
    assert untold(np.array([1.0, 0.0]), ["A", "B"]) is None
    text = untold(np.full(5, NAN), list("EDCBA"))
    assert text == "needs 20 sessions with volume: A, B, C and 2 more"
