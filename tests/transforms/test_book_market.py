from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from transforms.book_market import MarketHistory
from transforms.book_symbols import SymbolState
from transforms.market_delta import BOOK_FIELDS

NAMES = ["A", "B", "C"]


def rows(*bars: tuple[int, int, int, float]) -> Any:
    """(code, instant, op, close)."""
    return np.array(
        [[code, at, op, 0, close, *[1.0] * (len(BOOK_FIELDS) - 1)] for code, at, op, close in bars],
        np.float64,
    )


def filled(count: int, keep: int | None = None) -> MarketHistory:
    history = MarketHistory(keep)
    for at in range(1, count + 1):
        history.record(NAMES, rows(*((code, at, 1, at + code) for code in range(3))))
        list(history.walk(at - 1 if at > 1 else None))
    return history


def closes(state: SymbolState) -> Sequence[float]:
    return state.field("close").tolist()


def test_states_carry_the_last_bar_of_every_symbol() -> None:
    history = MarketHistory()
    history.record(NAMES, rows((0, 1, 1, 5.0), (1, 1, 1, 6.0), (0, 2, 1, 7.0)))
    first, second = history.walk()
    assert (closes(first), closes(second)) == ([5.0, 6.0], [7.0, 6.0])
    assert second.fresh.tolist() == [True, False]
    assert second.waited.tolist() == [0, 1]


def test_of_several_rows_of_one_bar_the_last_counts() -> None:
    history = MarketHistory()
    history.record(NAMES, rows((0, 1, 1, 5.0), (0, 1, 1, 6.0), (1, 1, 1, 1.0), (1, 1, -1, 0.0)))
    [state] = history.walk()
    assert closes(state)[0] == 6.0
    assert state.priced.tolist() == [True, False]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ((0, 4, 1, 9.0), "correction"),
        ((0, 4, -1, 0.0), "withdrawn_bar"),
        ((0, 99, 1, 9.0), "new_bar"),
    ],
)
def test_a_touch_says_what_happened(row: tuple[int, int, int, float], kind: str) -> None:
    [touch], refused = filled(9).record(NAMES, rows(row))
    assert (touch.symbol, touch.instant, touch.kind) == ("A", row[1], kind)
    assert refused == []


def test_a_bar_between_two_instants_is_late() -> None:
    history = MarketHistory()
    history.record(NAMES, rows((0, 1, 1, 1.0), (0, 5, 1, 1.0)))
    [touch], _ = history.record(NAMES, rows((1, 3, 1, 1.0)))
    assert (touch.symbol, touch.kind) == ("B", "late_bar")
    assert history.times == [1, 3, 5]


def test_sending_the_same_bar_again_changes_nothing() -> None:
    touches, _ = filled(9).record(NAMES, rows((0, 4, 1, 4.0), (2, 8, -1, 0.0), (2, 8, 1, 10.0)))
    assert touches == []


def test_an_instant_without_bars_is_none() -> None:
    history = filled(3)
    history.record(NAMES, rows(*((code, 2, -1, 0.0) for code in range(3))))
    assert history.times == [1, 3]


@pytest.mark.parametrize("at", [1, 3, 70, 199])
def test_walking_on_from_a_stored_state_equals_walking_from_the_start(at: int) -> None:
    changed, fresh = filled(200), MarketHistory()
    changed.record(NAMES, rows((1, at, 1, 77.0), (2, at, -1, 0.0)))
    for instant in range(1, 201):
        bars = [(code, instant, 1, instant + code) for code in range(3)]
        if instant == at:
            bars = [(0, at, 1, at), (1, at, 1, 77.0)]
        fresh.record(NAMES, rows(*bars))
    ends = list(changed.walk(at - 1)), list(fresh.walk())[at - 1 :]
    assert len(ends[0]) == len(ends[1]) == 201 - at
    for found, expected in zip(*ends, strict=True):
        for name in ("values", "bar_index", "gaps", "gap_count", "double_median", "fresh"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert (found.index, found.session_count) == (expected.index, expected.session_count)


def test_beyond_retention_revisions_are_refused() -> None:
    history = filled(400, keep=50)
    surplus = history.surplus()
    assert surplus is not None
    history.forget(surplus, surplus)
    assert len(history.times) <= 50 + 64
    touches, refused = history.record(NAMES, rows((0, 5, 1, 9.0), (0, 399, 1, 9.0)))
    assert [touch.instant for touch in touches] == [399]
    assert [(touch.symbol, touch.instant, touch.kind) for touch in refused] == [("A", 5, "too_old")]
    last = list(history.walk(398))[-1]
    assert (last.index, closes(last)) == (399, [400.0, 401.0, 402.0])


def test_retention_must_cover_the_states_that_are_kept() -> None:
    with pytest.raises(ValueError, match="`keep` must be at least 16, was 3"):
        MarketHistory(3)


def test_the_current_state_is_that_after_the_last_instant() -> None:
    history = filled(40)
    current, walked = history.current(), list(history.walk())[-1]
    assert (current.instant, current.index, closes(current)) == (40, 39, closes(walked))
    history.record(NAMES, rows((0, 40, 1, 7.0), (1, 41, 1, 8.0)))
    assert closes(history.current())[:2] == [7.0, 8.0]


def test_without_bars_the_current_state_knows_no_symbol() -> None:
    history = filled(0)
    assert not history.current().priced.any()
    history.record(NAMES, rows((0, 5, 1, 7.0)))
    assert closes(history.current()) == [7.0]
    history.record(NAMES, rows((0, 5, -1, np.nan)))
    assert not history.current().priced.any()
