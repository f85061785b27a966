from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.money import money, optional_money, to_micros


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.00"),
        (12_500_000, "12.50"),
        (1, "0.000001"),
        (-1_230_000, "-1.23"),
        (1_234_500, "1.2345"),
        (10**18, "1000000000000.00"),
    ],
)
def test_money_is_a_decimal_string(micros: int, text: str) -> None:
    assert money(micros) == text


def test_no_amount_is_no_string() -> None:
    assert optional_money(None) is None
    assert optional_money(0) == "0.00"


@given(st.integers(-(10**18), 10**18))
def test_nothing_is_lost(micros: int) -> None:
    assert Decimal(money(micros)) * 1_000_000 == micros


def test_halves_go_to_even_as_in_the_book() -> None:
    assert [to_micros(amount) for amount in (0.0000005, 0.0000015, 1.25)] == [0, 2, 1_250_000]
