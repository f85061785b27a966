import random

import pytest

from connectors.providers.limits import RateLimit

RATES = [(4, 10.0), (7, 60.0)]


class Now:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_a_call_waits_until_the_oldest_one_leaves_its_window() -> None:
    now = Now()
    limit = RateLimit([(2, 10.0)], now)
    limit.take()
    now.time += 4
    limit.take()
    assert limit.wait() == (6.0, "limit of 2 calls in 10 s")
    now.time += 6
    assert limit.wait()[0] == 0.0


def test_a_heavy_call_waits_for_as_many_as_it_weighs() -> None:
    now = Now()
    limit = RateLimit([(6, 10.0)], now)
    for _ in range(3):
        limit.take(2)
        now.time += 1
    assert limit.wait(1)[0] == 7.0
    assert limit.wait(4)[0] == 8.0
    assert limit.wait(99)[0] == 9.0  # more than fits at all: alone in the window


@pytest.mark.parametrize("seed", range(20))
def test_no_stretch_of_time_ever_holds_more_than_its_limit(seed: int) -> None:
    rng, now, taken = random.Random(seed), Now(), []
    limit = RateLimit(RATES, now)
    for _ in range(300):
        weight = rng.choice([1, 1, 2, 3])
        seconds, _ = limit.wait(weight)
        now.time += seconds + rng.choice([0.0, rng.expovariate(1.0)])
        limit.take(weight)
        taken.append((now.time, weight))
    for calls, seconds in RATES:
        for start, _ in taken:
            within = [weight for at, weight in taken if start <= at < start + seconds - 1e-6]
            assert sum(within) <= calls


@pytest.mark.parametrize("seed", range(5))
def test_a_call_never_waits_longer_than_it_must(seed: int) -> None:
    rng, now, taken = random.Random(seed), Now(), []
    limit = RateLimit(RATES, now)
    for _ in range(200):
        seconds, _ = limit.wait()
        if seconds > 0.01:  # a moment earlier, one of the windows would have been too full
            early = now.time + seconds - 0.005
            assert any(
                sum(1 for at in taken if at > early - window) >= calls for calls, window in RATES
            )
        now.time += seconds + rng.choice([0.0, 0.7])
        limit.take()
        taken.append(now.time)


def test_what_the_provider_asks_for_counts_if_it_is_longer() -> None:
    now = Now()
    limit = RateLimit([(1, 5.0)], now)
    limit.hold(30.0, "it said so")
    limit.hold(2.0, "shorter")
    limit.take()
    assert limit.wait() == (30.0, "it said so")
    now.time += 30
    assert limit.wait()[0] == 0.0


def test_without_limits_nothing_waits() -> None:
    assert RateLimit([], Now()).wait(1_000)[0] == 0.0
