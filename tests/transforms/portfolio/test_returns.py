from datetime import UTC, date, datetime

import numpy as np
import pytest

from transforms.portfolio.returns import common_rows, sample_of, session_date, shortage

DAY = 86_400_000_000
NAN = np.nan


def ends(sessions: int, first: datetime = datetime(2024, 1, 2, tzinfo=UTC)) -> np.ndarray:
    return int(first.timestamp()) * 1_000_000 + np.arange(sessions) * DAY


def reason(closes: np.ndarray, names: str, minimum: int = 4, window: int = 10) -> str | None:
    sample = sample_of(closes, common_rows(closes), window)
    return shortage(closes, ends(closes.shape[1]), names.split(), sample, minimum)


def test_the_halt_of_one_position_drops_the_session_for_all() -> None:
    closes = np.array([[10.0, 11.0, 12.1, 24.2], [5.0, NAN, 6.0, 3.0]])
    sample = sample_of(closes, common_rows(closes), 10)
    assert sample.rows.tolist() == [0, 2, 3]
    np.testing.assert_allclose(sample.returns, [[0.21, 1.0], [0.2, -0.5]])


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, -np.inf, NAN])
def test_what_is_no_price_is_no_close(bad: float) -> None:
    assert common_rows(np.array([[1.0, bad, 2.0]])).tolist() == [0, 2]


def test_the_last_returns_count() -> None:
    sample = sample_of(np.array([[1.0, 2.0, 3.0, 6.0]]), np.arange(4), 2)
    assert (sample.returns.tolist(), sample.rows.tolist()) == ([[0.5, 1.0]], [1, 2, 3])


def test_returns_are_the_same_bits_with_gaps_as_without() -> None:
    closes = np.random.default_rng(1).uniform(1, 2, (3, 40))
    gaps = np.insert(closes, [3, 20, 20, 31], NAN, axis=1)
    sample = sample_of(gaps, common_rows(gaps), 50)
    assert sample.returns.flags.c_contiguous
    assert (sample.returns == sample_of(closes, np.arange(40), 50).returns).all()


def test_no_common_sessions_give_no_returns() -> None:
    closes = np.array([[1.0, NAN], [NAN, 1.0]])
    assert sample_of(closes, common_rows(closes), 5).n == 0
    assert sample_of(np.empty((2, 0)), np.empty(0, np.int64), 5).n == 0


def test_a_late_comer_is_named_with_its_first_session() -> None:
    closes = np.ones((2, 8))
    closes[1, :5] = NAN
    assert reason(closes, "OLD NEWCO") == (
        "needs 4 sessions common to all holdings, has 2 (NEWCO since 2024-01-06)"
    )


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ([], "without any"),
        ([0, 1, 2], "until 2024-01-03"),
        ([0, 3, 6], "in 3 of 8"),
    ],
)
def test_a_reason_says_what_the_culprit_has(known: list[int], words: str) -> None:
    closes = np.ones((2, 8))
    closes[0] = NAN
    closes[0, known] = 1.0
    assert str(reason(closes, "X Y")).endswith(f"(X {words})")


def test_who_is_too_short_by_one_session_takes_all_the_blame() -> None:
    closes = np.ones((2, 8))
    closes[0, :4], closes[1, 2] = NAN, NAN
    assert str(reason(closes, "NEWCO GAP")).endswith("has 3 (NEWCO since 2024-01-05)")


def test_gaps_that_only_together_are_too_many_are_named_widest_first() -> None:
    closes = np.ones((3, 12))
    closes[0, 1:6:2], closes[2, 0:8:2] = NAN, NAN
    assert str(reason(closes, "A B C", 5)).endswith("has 4 (C in 8 of 12, A in 9 of 12)")


def test_a_history_short_for_all_blames_nobody() -> None:
    assert reason(np.ones((2, 3)), "A B") == "needs 4 sessions common to all holdings, has 2"


def test_three_culprits_are_named_and_others_counted() -> None:
    closes = np.full((5, 9), NAN)
    assert str(reason(closes, "E D C B A")).endswith(
        "(A without any, B without any, C without any and 2 more)"
    )


def test_an_impossible_return_is_refused_by_name() -> None:
    closes = np.ones((2, 8))
    closes[1, 5:] = 1e7
    assert reason(closes, "A B") == "more than a millionfold in one session: B"
    assert reason(np.array([[1e-200] * 5 + [1e200]]), "A") == (
        "more than a millionfold in one session: A"
    )


@pytest.mark.parametrize("offset", [-11, -5, 0, 5, 9, 11])
def test_the_date_is_that_of_the_session_wherever_its_exchange_is(offset: int) -> None:
    midnight = int(datetime(2024, 5, 2, tzinfo=UTC).timestamp()) - offset * 3600
    assert session_date(midnight * 1_000_000) == date(2024, 5, 1)
