"""What the paced part of the benchmark computes: percentiles, pace, when a tick was shown."""

import math

import numpy as np
import pytest

from scripts.bench_live import MEASURES, row
from scripts.bench_peers import latency
from scripts.bench_peers.live_producer import due_count
from scripts.bench_peers.live_ticks import COUNT, SPACING

MS = 1_000_000


def ints(*values: int) -> latency.Ints:
    return np.array(values, np.int64)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 201)]
    assert latency.percentile(values, 50) == 100.0
    assert latency.percentile(values, 99) == 198.0
    assert latency.percentile([7.0], 99) == 7.0


def test_nothing_measured_has_no_percentile() -> None:
    assert math.isnan(latency.percentile([], 50))


def test_the_first_tick_is_due_at_the_start_and_the_next_a_spacing_later() -> None:
    assert [due_count(elapsed, 100) for elapsed in (-1, 0, 99, 100, 1_000)] == [0, 1, 1, 2, 11]


def test_due_times_keep_the_pace_to_the_last_tick() -> None:
    due = latency.due_times(5)
    assert (due[0], due[1], due[-1]) == (5, 5 + SPACING * 1_000, 5 + (COUNT - 1) * SPACING * 1_000)


def test_a_tick_is_shown_with_the_first_change_that_holds_it_or_a_later_one() -> None:
    ticks, changes, at = ints(10, 20, 30, 40), ints(10, 30, 45), ints(100, 200, 300)
    assert latency.first_shown(ticks, changes, at).tolist() == [100, 200, 200, 300]


def test_a_view_that_goes_back_has_shown_what_it_has_shown() -> None:
    assert latency.first_shown(ints(5, 6), ints(6, 2, 7), ints(1, 2, 3)).tolist() == [1, 1]


def test_a_tick_that_is_never_shown_is_an_error() -> None:
    with pytest.raises(ValueError, match="never shown"):
        latency.first_shown(ints(1, 9), ints(1, 8), ints(1, 2))


def test_only_ticks_after_the_warm_up_count() -> None:
    quotes, bars = np.full(COUNT, 9_000 * MS), np.full(COUNT, 9_000 * MS)
    quotes[latency.MEASURED_TICKS], bars[latency.MEASURED_TICKS] = 3 * MS, 4 * MS
    found = latency.summary(quotes, bars, 0.5)
    assert (found["quote_p99_ms"], found["bar_p50_ms"]) == (3.0, 4.0)
    assert set(found) == set(MEASURES)


def test_a_tick_that_was_shown_before_it_was_due_is_an_error() -> None:
    quotes = np.full(COUNT, MS)
    quotes[COUNT // 2] = -1
    with pytest.raises(ValueError, match="before it was due"):
        latency.summary(quotes, np.full(COUNT, MS), 0.5)


def test_the_report_shows_medians() -> None:
    runs = [dict.fromkeys(MEASURES, value) for value in (1.0, 9.0, 2.0)]
    assert row("loop", runs) == "| loop | 2.00 | 2.00 | 2.00 | 2.00 | 200% |"
