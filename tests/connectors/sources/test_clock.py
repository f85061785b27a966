import numpy as np
import pytest

from connectors.sources.clock import ReplayClock, seed

DAY = 86_400_000_000
TODAY = 1_700_000_000_000_000
SKEW = 10 * DAY


def run(times, cuts=()):
    """Which of ``times`` are refused, given in pieces that end at ``cuts``."""
    times = np.array(times, dtype=np.int64)
    clock = ReplayClock(SKEW, times[:1000])
    refused, at = [], 0
    for end in [*cuts, len(times)]:
        found = clock.ahead(times[at:end], last=False)
        refused += [at + int(i) for i in np.flatnonzero(found)]
        at += len(found)
    found = clock.ahead(times[at:], last=True)
    return refused + [at + int(i) for i in np.flatnonzero(found)]


def days(*numbers):
    return [TODAY + number * DAY for number in numbers]


@pytest.mark.parametrize("place", [0, 5, 29])
def test_one_row_of_another_year_is_refused_wherever_it_is(place):
    times = days(*range(30))
    times[place] = TODAY + 30_000 * DAY
    assert run(times) == [place]


def test_several_rows_of_other_years_are_refused():
    times = days(*range(60))
    for place in (3, 4, 17, 40):
        times[place] += 9_000 * DAY
    assert run(times) == [3, 4, 17, 40]


def test_a_file_that_goes_on_months_later_is_read():
    assert run(days(*range(30), *range(300, 330))) == []


def test_a_few_rows_at_the_end_do_not_vouch_for_each_other():
    assert run(days(*range(30), 300, 301, 302)) == [30, 31, 32]


def test_a_file_sorted_backwards_is_read():
    assert run(days(*range(2_000, 0, -1))) == []


def test_a_file_in_no_order_is_read():
    order = np.random.default_rng(1).permutation(3_000)
    assert run(days(*order.tolist())) == []


def test_rows_within_the_skew_move_the_clock():
    assert run(days(0, 10, 20, 30, 40)) == []


@pytest.mark.parametrize("cut", [1, 2, 29, 30, 31, 35, 49, 50])
def test_what_is_refused_does_not_depend_on_where_the_file_is_cut(cut):
    times = days(*range(30), 9_000, *range(300, 330), 9_000)
    assert run(times, [cut]) == run(times) == [30, 61]
    assert run(times, range(1, len(times))) == [30, 61]


def test_the_seed_climbs_from_the_median_without_a_gap():
    assert seed(np.array(days(5, 1, 3, 2, 4)), SKEW) == TODAY + 5 * DAY
    assert seed(np.array(days(1, 2, 3, 500, 9_000)), SKEW) == TODAY + 3 * DAY
    assert seed(np.array([], dtype=np.int64), SKEW) == 0
