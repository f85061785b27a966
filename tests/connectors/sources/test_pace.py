from datetime import timedelta

import numpy as np
import pytest

from connectors.sources.pace import Pace
from connectors.sources.stop import FeedStopped, StopToken

SECOND = 1_000_000
FLUSH = timedelta(milliseconds=50)


class FakeWall:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 100.0
        self.naps = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.now += seconds
        return False


def paced(speed, clock, wall=None):
    wall = wall or FakeWall()
    pace = Pace(speed, FLUSH, StopToken(), wall=wall, sleep=wall.sleep)
    return [(wall.now - 100.0, *step) for step in pace.release(np.array(clock, dtype=np.int64))]


def test_at_full_speed_all_rows_are_released_at_once():
    assert paced("max", [5 * SECOND, 9 * SECOND]) == [(0.0, 2, True)]


def test_rows_are_released_when_their_time_has_come():
    steps = paced(60, [0, 60 * SECOND, 120 * SECOND])
    moments = {rows: at for at, rows, _ in reversed(steps)}
    assert moments == {1: 0.0, 2: pytest.approx(1.0, abs=0.006), 3: pytest.approx(2.0, abs=0.006)}


def test_everything_is_flushed_by_the_end():
    assert paced(1000, list(range(0, 1_000 * SECOND, SECOND)))[-1][1:] == (1_000, True)


def test_flushes_keep_their_distance():
    steps = paced(60, [at * SECOND // 10 for at in range(600)])
    flushes = [at for at, _, flush in steps if flush]
    distances = np.diff(flushes)
    assert len(flushes) > 10
    assert (distances[:-1] >= FLUSH.total_seconds() - 1e-9).all()
    assert (distances <= FLUSH.total_seconds() + 0.006).all()


def test_what_is_released_does_not_wait_for_a_quiet_market_to_be_flushed():
    steps = paced(1, [0, 1, 100 * SECOND])
    flushed_two = next(at for at, rows, flush in steps if rows == 2 and flush)
    assert flushed_two < 0.1


def test_the_market_clock_goes_on_from_one_batch_to_the_next():
    wall = FakeWall()
    pace = Pace(10, FLUSH, StopToken(), wall=wall, sleep=wall.sleep)
    list(pace.release(np.array([0], dtype=np.int64)))
    list(pace.release(np.array([50 * SECOND], dtype=np.int64)))
    assert wall.now - 100.0 == pytest.approx(5.0, abs=0.006)


def test_a_stop_ends_the_wait():
    stop = StopToken()
    pace = Pace(1, FLUSH, stop, sleep=lambda _: stop.set() or True)
    steps = pace.release(np.array([0, 3600 * SECOND], dtype=np.int64))
    assert next(steps)[0] == 1
    with pytest.raises(FeedStopped):
        next(steps)


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_speed_that_is_none_is_an_error(speed):
    with pytest.raises(ValueError, match="`speed` must be positive or 'max'"):
        Pace(speed, FLUSH, StopToken())


def test_a_flush_of_no_length_is_an_error():
    with pytest.raises(ValueError, match="`flush` must be positive"):
        Pace("max", timedelta(0), StopToken())
