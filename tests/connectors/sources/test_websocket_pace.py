import random

from connectors.sources.websocket_pace import GOOD_FRAMES, GOOD_SECONDS, Backoff, SendLimit


def waits(backoff, count, at_least=0.0):
    return [backoff.wait(at_least) for _ in range(count)]


def test_waits_are_spread_over_a_span_that_doubles_up_to_a_minute():
    many = [waits(Backoff(chance=random.Random(seed)), 12) for seed in range(2_000)]
    for failures, found in enumerate(zip(*many, strict=True)):
        longest = min(60.0, 0.5 * 2**failures)
        assert 0.98 * longest < max(found) <= longest
        assert min(found) < 0.02 * longest


def test_a_wait_that_the_venue_asks_for_is_kept():
    assert min(waits(Backoff(), 50, at_least=10.0)) >= 10.0


def test_only_good_data_or_a_long_life_starts_anew():
    backoff = Backoff(failures=5)
    backoff.prove(GOOD_FRAMES - 1, GOOD_SECONDS - 1)
    assert backoff.failures == 5
    backoff.prove(GOOD_FRAMES, 0.0)
    assert backoff.failures == 0
    backoff.failures = 5
    backoff.prove(0, GOOD_SECONDS)
    assert backoff.failures == 0


def test_no_second_has_more_messages_than_allowed():
    limit, now, sent = SendLimit(4), 100.0, []
    for _ in range(21):
        now += limit.wait(now)
        sent.append(now)
    assert sent[:4] == [100.0] * 4
    assert all(later - sooner >= 1.0 for sooner, later in zip(sent, sent[4:], strict=False))
    assert sent[-1] == 105.0
