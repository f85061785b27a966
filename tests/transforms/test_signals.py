"""Crossovers on closed bars."""

import numpy as np

from transforms.signals import NAMES, Crossovers

COLUMNS = ["ema_20", "ema_50"]
NUMBER = NAMES.index("ema_20_crosses_ema_50")
HEAD = np.array([[3.0, 1_000.0]])
CLOSED, SHOWN = np.array([True]), np.array([True])


def run(lines: list[tuple[float, float]]) -> list[float]:
    """Direction at each bar for a fast and a slow line."""
    crossovers = Crossovers(COLUMNS)
    before = np.zeros((len(crossovers.state), 1))
    directions = []
    for fast, slow in lines:
        values = {"ema_20": np.array([fast]), "ema_50": np.array([slow])}
        after = crossovers.remember(values, np.array([1.0]))
        directions.append(crossovers.events(before, after)[f"signal:{NUMBER}"][0])
        before = after
    return directions


def test_a_line_that_rises_through_the_other_crosses_once_and_so_does_one_that_falls() -> None:
    assert run([(1, 2), (2, 2), (3, 2), (4, 2), (1, 2)]) == [0, 0, 1, 0, -1]


def test_nothing_crosses_while_a_line_is_missing_or_on_its_first_bar() -> None:
    assert run([(np.nan, 2), (3, 2), (np.nan, 2), (1, 2)]) == [0, 0, 0, 0]


def test_pairs_without_their_columns_are_left_out() -> None:
    assert [number for number, *_ in Crossovers(["macd"]).pairs] == []


def test_a_signal_that_no_longer_holds_is_taken_back() -> None:
    crossovers = Crossovers(COLUMNS)
    lines = np.ones((4, 1))
    up, none = ({f"signal:{NUMBER}": np.array([d]), f"lines:{NUMBER}": lines} for d in (1.0, 0.0))
    rows, mask = crossovers.changes(HEAD, up, np.zeros(1, np.int64), SHOWN, CLOSED)
    assert rows[0, :5].tolist() == [3.0, 1_000.0, 1.0, NUMBER, 1.0]
    rows, mask = crossovers.changes(HEAD, none, mask, SHOWN, CLOSED)
    assert rows[0, 2] == -1.0
    rows, _ = crossovers.changes(HEAD, none, mask, SHOWN, CLOSED)
    assert len(rows) == 0


def test_a_forming_bar_has_no_signal() -> None:
    crossovers = Crossovers(COLUMNS)
    values = {f"signal:{NUMBER}": np.array([1.0]), f"lines:{NUMBER}": np.ones((4, 1))}
    rows, _ = crossovers.changes(HEAD, values, np.zeros(1, np.int64), SHOWN, np.array([False]))
    assert len(rows) == 0
