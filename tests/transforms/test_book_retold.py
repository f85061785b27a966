"""What a book that comes out of a checkpoint can tell those that only follow changes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from transforms.book_core import Book
from transforms.frozen import freeze, thaw
from transforms.market_delta import FIRST_FIELD, MarketDelta

MINUTE = 60_000_000
CLOSE = FIRST_FIELD
World = Callable[..., Any]


def last_bars(told: MarketDelta) -> dict[str, tuple[int, float]]:
    """Instant in minutes and close by symbol."""
    assert (told.rows[:, 2] == 1.0).all()
    return {
        told.names[int(row[0])]: (int(row[1]) // MINUTE, row[CLOSE]) for row in told.rows.tolist()
    }


def test_the_last_bar_of_every_symbol_is_told_again(world: World) -> None:
    made = world().hold(NOPE=1.0, B=1.0)
    made.close(1, "A", B={"close": 7.0}).close(2, A={"close": 8.0}).close(3, A={"close": 9.0})
    told = thaw(freeze(made.book)).retold()
    assert last_bars(told) == {"A": (3, 9.0), "B": (1, 7.0)}
    assert (told.clock, told.drained, told.actions) == (3 * MINUTE, False, ())


def test_a_bar_that_was_taken_back_is_not_told(world: World) -> None:
    made = world().hold(A=1.0).close(1, "B", A={"close": 7.0}).close(2, "B", A={"close": 8.0})
    made.withdraw(2, "A")
    assert last_bars(made.book.retold()) == {"A": (1, 7.0), "B": (2, 100.0)}
    made.withdraw(2, "B").withdraw(1, "B").withdraw(1, "A")
    assert last_bars(made.book.retold()) == {}


def test_sessions_are_told_before_any_bar(world: World) -> None:
    made = world().sessions({"A": [1.0, 2.0], "B": [5.0]})
    told = made.book.retold()
    assert last_bars(told) == {}
    assert sorted((told.names[int(row[0])], *row[1:4]) for row in told.daily.tolist()) == [
        ("A", MINUTE, 1.0, 1.0),
        ("A", 2 * MINUTE, 1.0, 2.0),
        ("B", MINUTE, 1.0, 5.0),
    ]


def test_a_book_that_knows_nothing_tells_nothing(world: World) -> None:
    told = world().hold(A=1.0).book.retold()
    assert (len(told.rows), len(told.daily)) == (0, 0)


def test_another_book_comes_to_the_same_by_it(world: World) -> None:
    made = world().sessions({"A": np.arange(1.0, 9.0), "B": [5.0]}).close(20, "B").close(21, "A")
    told = made.book.retold()
    other = Book(made.policy)
    other.apply_market(told)
    again = other.retold()
    assert last_bars(again) == last_bars(told)
    assert again.daily.tolist() == told.daily.tolist()
