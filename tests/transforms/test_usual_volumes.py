"""Relative volume through the series fold: right whatever is late, corrected or withdrawn."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.session import RelativeVolume
from transforms.series_changes import BAR_VALUES, HEAD
from transforms.series_fold import SeriesFold
from transforms.sessions import DAY, MINUTE, SessionClock, SessionHours

DAY0 = 19_800  # 2024-03-18
OPEN = 600  # minutes after midnight; sessions have six bars of a minute
SESSIONS = 2
SHORT = {DAY0 + 3: (OPEN, 2), DAY0 + 7: (1000, 3)}  # session: open, bars
RVOL = HEAD + len(BAR_VALUES)
Bar = tuple[int, int, int, int, int]  # symbol, day, minute after midnight, volume, +1 or -1


def clock() -> SessionClock:
    known = [
        (day, day * DAY + opens * MINUTE, day * DAY + (opens + bars) * MINUTE)
        for day, (opens, bars) in SHORT.items()
    ]
    return SessionClock("UTC", SessionHours(OPEN, 6, np.array(known, np.int64)))


def part(bars: Sequence[Bar], *, whole: bool) -> pl.DataFrame:
    """What a feed delivers: partial bars of trades, or whole bars."""
    rows = [
        {
            "code": code,
            "start": day * DAY + minute * MINUTE,
            **dict.fromkeys(("open", "high", "low", "close"), 1.0),
            **dict.fromkeys(("volume_units", "turnover_units", "trade_count"), volume),
            **dict.fromkeys(("volume_picos", "turnover_picos"), 0),
            **dict.fromkeys(("ts_open", "ts_close"), day * DAY + minute * MINUTE),
            **dict.fromkeys(("order_open", "order_close"), 0),
            "diff": sign,
        }
        for code, day, minute, volume, sign in bars
    ]
    unused = ("ts_open", "ts_close", "order_open", "order_close") if whole else ("diff",)
    return pl.DataFrame(rows).drop(unused)


def run(batches: Sequence[Sequence[Bar]], *, whole: bool, forming: bool = False) -> dict:
    """Relative volume by (symbol, start) after all batches."""
    kernels = [RelativeVolume(SESSIONS)]
    fold = SeriesFold(
        interval=MINUTE, kernels=kernels, clock=clock(), late_allowance=DAY, forming=forming
    )
    fold.grow(3)
    rows: dict[tuple[int, int], float] = {}
    for batch in [*filter(None, batches), None]:
        if batch:
            (fold.add_bars if whole else fold.add_trades)(part(batch, whole=whole))
        now = max(day * DAY + minute * MINUTE for _, day, minute, *_ in batch) if batch else 1 << 61
        for block in fold.settle(now).rows:
            for row in block.tolist():
                key = int(row[0]), int(row[1])
                if row[2] > 0:
                    rows[key] = row[RVOL]
                else:
                    del rows[key]
    return rows


def expected(bars: dict[tuple[int, int, int], int]) -> dict[tuple[int, int], float]:
    """The definition, bar by bar: ``bars`` are volumes by symbol, day and minute."""
    found = {}
    for code, day, minute in bars:
        at = minute - SHORT.get(day, (OPEN, 6))[0]
        sums = []
        for earlier in sorted({d for c, d, _ in bars if c == code and d < day}, reverse=True):
            opens, length = SHORT.get(earlier, (OPEN, 6))
            own = {m - opens: v for (c, d, m), v in bars.items() if (c, d) == (code, earlier)}
            if max(own) >= 0:  # else the date had bars before the open alone
                within = sum(v for slot, v in own.items() if 0 <= slot < min(length, at + 1))
                sums.append((length > min(at, 5), within))
        usual = [volume for counts, volume in sums[: SESSIONS + 2] if counts][:SESSIONS]
        so_far = sum(
            v
            for (c, d, m), v in bars.items()
            if (c, d) == (code, day) and at - (minute - m) >= 0 and m <= minute
        )
        known = at >= 0 and len(usual) == SESSIONS and sum(usual) > 0
        found[code, day * DAY + minute * MINUTE] = so_far * SESSIONS / sum(usual) if known else None
    return found


def same(rows: dict[tuple[int, int], float], wanted: dict[tuple[int, int], float | None]) -> None:
    assert set(rows) == set(wanted)
    absent = {key for key, value in rows.items() if np.isnan(value)}
    assert absent == {key for key, value in wanted.items() if value is None}
    for key in set(rows) - absent:
        assert rows[key] == pytest.approx(wanted[key], rel=1e-14)


places = st.tuples(
    st.integers(0, 1), st.integers(DAY0, DAY0 + 12), st.sampled_from([*range(597, 608), 1000, 1001])
)
volumes = st.dictionaries(places, st.integers(0, 9), min_size=1, max_size=90)


@settings(max_examples=120, deadline=None)
@given(volumes, st.data(), st.booleans())
def test_late_trades_in_any_cut_give_the_definition_bit_for_bit(
    bars: dict[tuple[int, int, int], int], data: st.DataObject, forming: bool
) -> None:
    trades = [(*place, volume, 1) for place, volume in bars.items()]
    trades.sort(key=lambda trade: trade[1:3])
    minutes = {trade: trade[1] * 1440 + trade[2] for trade in trades}
    delay = {trade: data.draw(st.integers(0, 1439)) for trade in trades}
    late = sorted(trades, key=lambda trade: minutes[trade] + delay[trade])
    cuts = data.draw(st.sets(st.integers(1, len(late)), max_size=12)) | {0, len(late)}
    batches = [late[a:b] for a, b in pairwise(sorted(cuts))]
    clean = run([trades], whole=False)
    same(clean, expected(bars))
    again = run(batches, whole=False, forming=forming)
    assert {key: repr(value) for key, value in again.items()} == {
        key: repr(value) for key, value in clean.items()
    }


@settings(max_examples=120, deadline=None)
@given(st.lists(st.dictionaries(places, st.integers(0, 9), max_size=60), min_size=1, max_size=4))
def test_corrected_and_withdrawn_bars_give_the_definition_of_what_stays(
    batches: list[dict[tuple[int, int, int], int]],
) -> None:
    final: dict[tuple[int, int, int], int] = {}
    sent = []
    for batch in batches:
        rows = []
        for place, volume in batch.items():
            withdrawn = place in final and volume < 3
            rows.append((*place, volume, -1 if withdrawn else 1))
            final.pop(place, None)
            if not withdrawn:
                final[place] = volume
        sent.append(rows)
    same(run(sent, whole=True), expected(final))


def test_a_bar_corrected_long_after_changes_the_sessions_that_look_back_on_it() -> None:
    bars = {(0, DAY0 + 20 + day, OPEN): 10 for day in range(20)}
    sent = [[(*place, volume, 1)] for place, volume in bars.items()]
    correction = (0, DAY0 + 22, OPEN)
    rows = run([*sent, [(*correction, 30, 1)]], whole=True)
    values = [rows[0, day * DAY + OPEN * MINUTE] for _, day, _ in bars]
    assert values[2:7] == [3.0, 0.5, 0.5, 1.0, 1.0]


def test_on_daily_bars_it_is_the_ratio_to_the_mean_of_the_bars_before() -> None:
    fold = SeriesFold(
        interval=DAY,
        kernels=[RelativeVolume(SESSIONS)],
        clock=clock(),
        late_allowance=0,
        forming=False,
    )
    fold.grow(1)
    fold.add_bars(part([(0, DAY0 + n, 0, n + 1, 1) for n in range(5)], whole=True))
    [rows] = [np.concatenate([b[:, RVOL : RVOL + 1] for b in fold.settle(1 << 61).rows])]
    assert rows[2:, 0].tolist() == [3 / 1.5, 4 / 2.5, 5 / 3.5]


def test_bars_of_seconds_have_no_usual_volume() -> None:
    fold = SeriesFold(
        interval=1_000_000,
        kernels=[RelativeVolume(SESSIONS)],
        clock=SessionClock("UTC"),
        late_allowance=0,
        forming=False,
    )
    fold.grow(1)
    fold.add_bars(part([(0, DAY0 + n, 0, 1, 1) for n in range(5)], whole=True))
    assert all(np.isnan(block[:, RVOL]).all() for block in fold.settle(1 << 61).rows)
