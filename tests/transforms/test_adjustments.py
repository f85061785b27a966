"""The arithmetic of splits and bonuses."""

from fractions import Fraction
from itertools import permutations

import numpy as np

from transforms.adjustments import Action, Adjustments, rescaling

SPLIT, BONUS, REVERSE = (
    Action(100, "split", 2, 1),
    Action(200, "bonus", 3, 2),
    Action(300, "split", 1, 10),
)


def test_a_bar_is_rescaled_by_every_action_behind_it() -> None:
    keys = np.array([0, 99, 100, 150, 200, 299, 300, 1000])
    ratios = [action.ratio for action in (SPLIT, BONUS, REVERSE)]
    factor, since = rescaling(np.array([100, 200, 300]), ratios, keys)
    assert factor.tolist() == [0.3, 0.3, 0.15, 0.15, 0.1, 0.1, 1.0, 1.0]
    assert since.tolist() == [3, 3, 2, 2, 1, 1, 0, 0]


def test_a_product_is_rounded_once() -> None:
    ratios = [Fraction(11, 10), Fraction(11, 10), Fraction(11, 10)]
    factor, _ = rescaling(np.array([1, 2, 3]), ratios, np.array([0]))
    assert factor[0] == 1.331
    assert factor[0] != 1.1 * 1.1 * 1.1


def test_actions_of_one_instant_all_count() -> None:
    both = [Fraction(2), Fraction(3, 2)]
    factor, since = rescaling(np.array([5, 5]), both, np.array([4, 5]))
    assert (factor.tolist(), since.tolist()) == ([3.0, 1.0], [2, 0])


def test_the_order_in_which_actions_become_known_leaves_no_trace() -> None:
    found = set()
    for order in permutations((SPLIT, BONUS, REVERSE)):
        known = Adjustments()
        assert all(known.put(7, action) for action in order)
        found.add(tuple(known.of(7)))
    assert found == {(SPLIT, BONUS, REVERSE)}


def test_an_action_told_again_counts_once_and_another_ratio_replaces_it() -> None:
    known = Adjustments()
    assert known.put(7, SPLIT)
    assert not known.put(7, SPLIT)
    corrected = SPLIT._replace(new=5)
    assert known.put(7, corrected)
    assert known.of(7) == [corrected]


def test_a_withdrawal_takes_back_its_own_ratio_or_any() -> None:
    known = Adjustments()
    known.put(7, SPLIT)
    assert not known.withdraw(7, SPLIT._replace(new=5))
    assert not known.withdraw(7, SPLIT._replace(kind="bonus"))
    assert not known.withdraw(8, SPLIT)
    assert known.of(7) == [SPLIT]
    assert known.withdraw(7, SPLIT._replace(new=4, old=2))
    assert known.of(7) == []
    known.put(7, SPLIT)
    assert known.withdraw(7, SPLIT._replace(new=0, old=0))
    assert known.of(7) == []


def test_only_symbols_with_actions_are_looked_at() -> None:
    known = Adjustments()
    assert known.among([1, 2]) == []
    known.put(2, SPLIT)
    assert known.among([1, 2, 2, 3]) == [2]
