import math

import numpy as np

from transforms.portfolio.fx import FxTable


def test_a_rate_counts_from_its_time_until_the_next_one() -> None:
    table = FxTable()
    assert not table
    assert table.put("USD", "INR", 20, 84.0)
    assert table.put("USD", "INR", 10, 83.0)
    assert math.isnan(table.rate("USD", "INR", 9))
    assert table.over("USD", "INR", np.array([10, 19, 20])).tolist() == [83.0, 83.0, 84.0]


def test_a_pair_is_read_both_ways() -> None:
    table = FxTable()
    table.put("USD", "INR", 0, 80.0)
    assert table.rate("INR", "USD", 1) == 1 / 80
    assert table.rate("EUR", "EUR", 1) == 1.0
    assert math.isnan(table.rate("EUR", "INR", 1))


def test_sending_a_rate_again_changes_nothing() -> None:
    table = FxTable()
    assert table.put("USD", "INR", 0, 80.0)
    assert not table.put("USD", "INR", 0, 80.0)
    assert table.put("USD", "INR", 0, 81.0)
    assert table.rate("USD", "INR", 5) == 81.0
