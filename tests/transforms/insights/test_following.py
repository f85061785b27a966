"""What followed an instant, counted in sessions of the symbol."""

import pytest

from transforms.insights.following import HORIZONS, Calendar, Closes


def closes(*prices: float) -> Closes:
    """Sessions that ended at 10, 20, 30 ..."""
    found = Closes()
    for place, price in enumerate(prices, 1):
        found.put(10 * place, price)
    return found


def test_returns_count_from_the_close_of_the_session_that_is_on() -> None:
    market = closes(100.0, 110.0, 99.0, *[120.0] * 30)
    at_its_start, during = market.following(10), market.following(19)
    assert at_its_start == during == (-100_000, 90_909, 90_909)


def test_a_horizon_that_is_not_over_is_unknown() -> None:
    market = closes(*[100.0] * 6)
    assert market.following(9) == (0, 0, None)
    assert market.following(19) == (0, None, None)
    assert market.following(50) == market.following(60) == (None, None, None)


def test_sessions_may_come_in_any_order_and_go() -> None:
    market = closes(100.0, 110.0)
    market.put(15, 104.0)
    assert market.following(9)[0] == 40_000
    assert market.drop(15)
    assert not market.drop(15)
    market.put(20, 90.0)
    assert market.following(9)[0] == -100_000


def test_a_price_of_zero_has_no_return() -> None:
    assert closes(0.0, 5.0).following(9) == (None, None, None)


@pytest.mark.parametrize("first", [1, 3, 25, 40])
def test_every_instant_whose_returns_change_is_within_reach(first: int) -> None:
    before, after = closes(*range(1, 51)), closes(*range(1, 51))
    after.put(10 * first, 1000.0)
    after.drop(10 * first + 20)
    low, high = after.reach(10 * first, 10 * first + 20)
    changed = [at for at in range(600) if before.following(at) != after.following(at)]
    assert changed
    assert all(low <= at < high for at in changed)
    assert high - low <= 10 * (max(HORIZONS) + 4)


def test_the_market_has_a_session_when_any_symbol_has() -> None:
    calendar = Calendar()
    assert [calendar.add(end) for end in (30, 10, 10, 20)] == [True, True, False, True]
    assert calendar.between(10, 30) == 2
    assert [calendar.remove(end) for end in (10, 10)] == [False, True]
    assert calendar.between(9, 31) == 2
