from statistics import median

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.book_symbols import GAPS, first_state, next_state
from transforms.market_delta import BOOK_FIELDS

BARS = st.lists(st.sets(st.integers(0, 2)).filter(bool), min_size=1, max_size=60)


def plain_stale(seen: list[int], index: int, factor: float) -> bool:
    gaps = np.diff(seen).tolist()[-GAPS:]
    if not seen or len(seen) - 1 < 5:
        return False
    return index - seen[-1] > factor * median(gaps)


@given(BARS, st.sampled_from([1.0, 2.5, 3.0]))
def test_staleness_counts_instants_against_the_symbols_own_median_gap(
    instants: list[set[int]], factor: float
) -> None:
    state, seen = first_state(), {code: list[int]() for code in range(3)}
    for index, codes in enumerate(instants):
        bars = np.array(sorted(codes), np.int64)
        fields = np.ones((len(bars), len(BOOK_FIELDS)))
        state = next_state(state, (index + 1) * 60, bars, fields, 3)
        for code in codes:
            seen[code].append(index)
        expected = [plain_stale(seen[code], index, factor) for code in range(3)]
        assert state.stale(factor, 1).tolist() == expected


def test_sessions_are_counted_as_they_open_whatever_their_numbers() -> None:
    state, code = first_state(), np.array([0])
    for instant, session in enumerate([10.0, 10.0, 13.0, np.nan, 40.0], 1):
        fields = np.full((1, len(BOOK_FIELDS)), session)
        state = next_state(state, instant, code if instant < 2 else code + 1, fields, 2)
    assert state.session_count == 3
    assert state.missed_sessions.tolist() == [2, 0]
    assert state.stale(3.0, 1).tolist() == [True, False]
    assert state.stale(3.0, 2).tolist() == [False, False]


def test_a_symbol_that_never_traded_is_not_stale() -> None:
    state = next_state(first_state(), 1, np.array([0]), np.ones((1, len(BOOK_FIELDS))), 2)
    assert state.grown(4).priced.tolist() == [True, False, False, False]
    assert not state.grown(4).stale(1.0, 1).any()
