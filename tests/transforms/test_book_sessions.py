import numpy as np
import pytest

from transforms.book_sessions import SessionHistory


def rows(*found: tuple[int, int, int, float, float]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(found, np.float64)


def recorded(history: SessionHistory, *found: tuple[int, int, int, float, float]) -> int | None:
    table = rows(*found)
    return history.record(table[:, 0].astype(np.int64), table)


def test_the_window_holds_the_last_sessions_up_to_a_time() -> None:
    history = SessionHistory(2)
    recorded(history, (0, 10, 1, 1.0, 5.0), (0, 20, 1, 2.0, 6.0), (1, 30, 1, 9.0, 7.0))
    ends, closes, volumes = history.window(np.array([0, 1, 4]), 30)
    assert ends.tolist() == [20, 30]
    np.testing.assert_array_equal(closes, [[2.0, np.nan, np.nan], [np.nan, 9.0, np.nan]])
    np.testing.assert_array_equal(volumes, [[6.0, np.nan, np.nan], [np.nan, 7.0, np.nan]])
    assert history.window(np.array([0]), 19)[0].tolist() == [10]
    assert (history.through(9), history.through(29)) == (-1, 20)


def test_the_earliest_session_that_changed_is_told() -> None:
    history = SessionHistory(9)
    assert recorded(history, (0, 20, 1, 2.0, 6.0), (0, 10, 1, 1.0, 5.0)) == 10
    assert recorded(history, (0, 10, 1, 1.0, 5.0)) is None
    assert recorded(history, (1, 20, 1, 3.0, 6.0), (0, 10, 1, 1.0, 5.0)) == 20
    assert recorded(history, (1, 20, -1, np.nan, np.nan)) == 20


def test_a_revised_session_is_seen_by_the_next_window() -> None:
    history = SessionHistory(9)
    recorded(history, (0, 10, 1, 1.0, 5.0), (1, 10, 1, 4.0, 5.0), (0, 20, 1, 2.0, 5.0))
    assert history.mean_level(20).tolist() == [1.0, 2.0]
    recorded(history, (0, 20, 1, 3.0, 5.0), (1, 20, 1, 4.0, 5.0))
    assert history.window(np.array([0]), 20)[1][:, 0].tolist() == [1.0, 3.0]
    assert history.mean_level(20).tolist() == [1.0, 2.0]  # mean of +200 % and 0 %


def test_the_mean_level_does_not_depend_on_codes() -> None:
    prices = np.exp(np.random.default_rng(1).normal(0, 0.02, (30, 7)).cumsum(axis=0))
    levels = []
    for order in (np.arange(7), np.arange(7)[::-1]):
        history = SessionHistory(30)
        for day, closes in enumerate(prices[:, order]):
            recorded(history, *((code, day, 1, close, 1.0) for code, close in enumerate(closes)))
        levels.append(history.mean_level(30).tolist())
    assert levels[0] == levels[1]
    expected = np.cumprod(1 + (prices[1:] / prices[:-1] - 1).mean(axis=1))
    assert levels[0][1:] == pytest.approx(expected.tolist(), rel=1e-14)


def test_old_sessions_are_let_go_when_nothing_looks_back_at_them() -> None:
    history = SessionHistory(2)
    recorded(history, *((0, end, 1, 1.0, 1.0) for end in (10, 20, 30, 40, 50)))
    history.forget(45)
    assert history.ends == [30, 40, 50]
    assert history.window(np.array([0]), 45)[0].tolist() == [30, 40]


def test_a_session_whose_last_bar_is_withdrawn_was_none() -> None:
    history = SessionHistory(9)
    recorded(history, (0, 10, 1, 1.0, 5.0), (0, 20, 1, 2.0, 6.0), (0, 30, 1, 4.0, 6.0))
    assert history.mean_level(30).tolist() == [1.0, 2.0, 4.0]
    assert recorded(history, (0, 20, -1, np.nan, np.nan)) == 20
    assert history.ends == [10, 30]
    assert history.mean_level(30).tolist() == [1.0, 4.0]
    assert recorded(history, (0, 40, -1, np.nan, np.nan)) is None
    assert history.ends == [10, 30]


def test_everything_known_is_told_again() -> None:
    history = SessionHistory(9)
    assert history.retold().shape == (0, 5)
    found = [
        (0, 10, 1, 1.0, 5.0),
        (1, 10, 1, 4.0, 6.0),
        (1, 30, 1, 9.0, 7.0),
        (70, 30, 1, 8.0, 1.0),
    ]
    recorded(history, *found, (0, 20, 1, 2.0, 6.0))
    recorded(history, (0, 20, -1, np.nan, np.nan))
    assert history.retold().tolist() == [list(map(float, row)) for row in found]


def test_what_is_to_be_told_again_is_kept_longer_than_what_is_looked_back_at() -> None:
    history = SessionHistory(2, 3)
    recorded(history, *((0, end, 1, 1.0, 1.0) for end in (10, 20, 30, 40, 50)))
    history.forget(45)
    assert history.retold()[:, 1].tolist() == [20, 30, 40, 50]
    assert history.window(np.array([0]), 45)[0].tolist() == [30, 40]
