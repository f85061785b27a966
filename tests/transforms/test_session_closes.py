from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.series_changes import BAR_VALUES, HEAD
from transforms.session_closes import SessionCloses
from transforms.sessions import DAY, MINUTE, SessionClock

CLOSE, VOLUME = HEAD + BAR_VALUES.index("close"), HEAD + BAR_VALUES.index("volume")


def bar(code: int, start: int, close: float, volume: float, op: int = 1) -> np.ndarray[Any, Any]:
    row = np.full(HEAD + len(BAR_VALUES), np.nan)
    row[:4] = code, start, op, 1
    row[CLOSE], row[VOLUME] = close, volume
    return row


def given_by(closes: SessionCloses, clock: int) -> list[tuple[float, ...]]:
    return [tuple(row) for row in closes.take(clock).tolist()]


def test_a_session_is_told_once_its_midnight_has_passed() -> None:
    closes = SessionCloses(SessionClock("UTC"))
    closes.note_bars(np.array([bar(0, 0, 10.0, 5.0), bar(0, MINUTE, 11.0, 7.0)]))
    assert given_by(closes, DAY - 1) == []
    assert given_by(closes, DAY) == [(0, DAY, 1, 11.0, 12.0)]
    assert given_by(closes, 2 * DAY) == []


def test_midnight_is_local() -> None:
    closes = SessionCloses(SessionClock("Asia/Kolkata"))
    closes.note_bars(np.array([bar(0, 0, 10.0, 5.0)]))
    assert given_by(closes, DAY) == [(0, DAY - 330 * MINUTE, 1, 10.0, 5.0)]


def test_a_revised_bar_tells_its_session_again_and_a_withdrawn_one_takes_it_back() -> None:
    closes = SessionCloses(SessionClock("UTC"))
    closes.note_bars(np.array([bar(0, 0, 10.0, 5.0)]))
    closes.take(DAY)
    closes.note_bars(np.array([bar(0, 0, 12.0, 5.0)]))
    assert given_by(closes, DAY) == [(0, DAY, 1, 12.0, 5.0)]
    closes.note_bars(np.array([bar(0, 0, np.nan, np.nan, op=-1)]))
    [gone] = closes.take(DAY).tolist()
    assert gone[:3] == [0, DAY, -1]
    assert np.isnan(gone[3:]).all()


def test_a_daily_bar_goes_before_what_minutes_add_up_to() -> None:
    closes = SessionCloses(SessionClock("UTC"))
    closes.note_bars(np.array([bar(0, 0, 10.0, 5.0)]))
    closes.note_days(np.array([bar(0, 0, 10.5, 50.0)]))
    assert given_by(closes, DAY) == [(0, DAY, 1, 10.5, 50.0)]
    closes.note_days(np.array([bar(0, 0, np.nan, np.nan, op=-1)]))
    assert given_by(closes, DAY) == [(0, DAY, 1, 10.0, 5.0)]


def test_forgotten_sessions_stay_told() -> None:
    closes = SessionCloses(SessionClock("UTC"))
    closes.note_bars(np.array([bar(0, 0, 10.0, 5.0)]))
    closes.forget(2 * DAY)
    assert given_by(closes, DAY) == [(0, DAY, 1, 10.0, 5.0)]  # what is due is not forgotten
    closes.forget(2 * DAY)
    assert given_by(closes, 2 * DAY) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(1, 9)), min_size=1),
       st.randoms(use_true_random=False))  # fmt: skip
def test_totals_do_not_depend_on_the_order_of_bars(
    bars: list[tuple[int, int, int]], rng: Any
) -> None:
    last = {(code, minute): volume for code, minute, volume in bars}
    rows = [bar(c, m * 6 * 60 * MINUTE, float(v), v / 10) for (c, m), v in last.items()]
    found = []
    for _ in range(2):
        closes = SessionCloses(SessionClock("UTC"))
        for row in rows:
            closes.note_bars(np.array([row]))
        found.append(given_by(closes, 9 * DAY))
        rng.shuffle(rows)
    assert found[0] == found[1]
    for code, end, _, close, _ in found[0]:
        mine = {m: v for (c, m), v in last.items() if c == code and m // 4 == end / DAY - 1}
        assert close == mine[max(mine)]
