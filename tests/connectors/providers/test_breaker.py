"""A breaker over any sequence of events, beside a plain model of what it must do."""

import threading
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from connectors.providers.breaker import BreakerRules, CircuitBreaker
from tests.connectors.providers.routing_fakes import Clock

RULES = BreakerRules(threshold=3, cooldown=timedelta(seconds=10), longest=timedelta(seconds=35))


def breaker() -> tuple[CircuitBreaker, Clock]:
    clock = Clock()
    return CircuitBreaker(RULES, clock=clock.seconds), clock


def fail(one: CircuitBreaker, times: int = 1, after: float | None = None) -> None:
    for _ in range(times):
        permit = one.enter()
        assert permit is not None
        one.failed(permit, after)


def test_failures_in_a_row_open_it_and_a_success_starts_the_count_again() -> None:
    one, _ = breaker()
    fail(one, 2)
    permit = one.enter()
    assert permit is not None
    one.succeeded(permit)
    fail(one, 2)
    assert one.state == "closed"
    fail(one)
    assert (one.state, one.enter(), one.wait) == ("open", None, 10.0)


def test_a_single_probe_goes_through_and_closes_it() -> None:
    one, clock = breaker()
    fail(one, 3)
    clock.move(9.999)
    assert (one.state, one.enter()) == ("open", None)
    clock.move(0.001)
    assert one.state == "half_open"
    probe = one.enter()
    assert probe is not None
    assert [one.enter() for _ in range(20)] == [None] * 20
    assert one.state == "half_open"
    one.succeeded(probe)
    assert one.state == "closed"
    assert None not in [one.enter() for _ in range(20)]


def test_each_probe_that_fails_doubles_the_cooldown_up_to_the_longest() -> None:
    one, clock = breaker()
    fail(one, 3)
    waits = []
    for _ in range(4):
        waits.append(one.wait)
        clock.move(one.wait)
        fail(one)
    assert waits == [10.0, 20.0, 35.0, 35.0]
    clock.move(one.wait)
    probe = one.enter()
    assert probe is not None
    one.succeeded(probe)
    fail(one, 3)
    assert one.wait == 10.0


def test_retry_after_opens_it_at_once_for_as_long_as_it_says() -> None:
    one, clock = breaker()
    fail(one, after=120.0)
    assert one.wait == 120.0
    clock.move(120)
    fail(one, after=3.0)
    assert one.wait == 3.0


def test_retry_after_of_zero_says_nothing() -> None:
    one, _ = breaker()
    fail(one, 2, after=0.0)
    assert one.state == "closed"


def test_what_began_before_it_opened_neither_closes_nor_prolongs_it() -> None:
    one, clock = breaker()
    early, late = one.enter(), one.enter()
    assert early is not None
    assert late is not None
    fail(one, 3)
    one.succeeded(early)
    assert one.state == "open"
    clock.move(4)
    one.failed(late, after=500.0)
    assert one.wait == 6.0


def test_a_probe_that_says_nothing_lets_the_next_one_try() -> None:
    one, clock = breaker()
    fail(one, 3)
    clock.move(10)
    probe = one.enter()
    assert probe is not None
    one.abandoned(probe)
    assert one.enter() is not None


def test_a_probe_that_never_ends_costs_one_cooldown() -> None:
    one, clock = breaker()
    fail(one, 3)
    clock.move(10)
    lost = one.enter()
    assert lost is not None
    clock.move(9.9)
    assert one.enter() is None
    clock.move(0.1)
    probe = one.enter()
    assert probe is not None
    one.failed(lost)
    assert one.state == "half_open"
    one.succeeded(probe)
    assert one.state == "closed"


def test_threads_that_come_together_get_one_probe() -> None:
    one, clock = breaker()
    fail(one, 3)
    clock.move(10)
    gate, permits = threading.Barrier(50), []

    def come() -> None:
        gate.wait(10)
        permits.append(one.enter())

    threads = [threading.Thread(target=come) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(permits) == 50
    assert len([permit for permit in permits if permit is not None]) == 1


class AnyEvents(RuleBasedStateMachine):
    """Calls that end in any order and at any time, beside what must hold of them."""

    permits = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.one, self.clock = breaker()
        self.failures = 0  # since it was last closed
        self.lent_until = 0.0  # no second probe before
        self.before = self.one.state

    @rule(seconds=st.integers(0, 20))
    def wait(self, seconds: int) -> None:
        self.clock.move(seconds)

    @rule(target=permits)
    def enter(self) -> object:
        state, permit = self.one.state, self.one.enter()
        assert (permit is not None) or state != "closed"
        assert (permit is None) or state != "open"
        if permit is None:
            return multiple()
        if state == "half_open":
            assert self.clock.seconds() >= self.lent_until
            self.lent_until = self.clock.seconds() + RULES.cooldown.total_seconds()
        return permit

    @rule(permit=consumes(permits))
    def succeed(self, permit: int) -> None:
        state = self.one.state
        self.one.succeeded(permit)
        if self.one.state == "closed":
            self.failures, self.lent_until = 0, 0.0
        else:
            assert self.one.state == state

    @rule(permit=consumes(permits))
    def fail(self, permit: int) -> None:
        state = self.one.state
        self.one.failed(permit)
        self.failures += 1
        if self.one.state == "open" and state != "open":
            assert state == "half_open" or self.failures >= RULES.threshold
            self.lent_until = 0.0

    @rule(permit=consumes(permits))
    def abandon(self, permit: int) -> None:
        state = self.one.state
        self.one.abandoned(permit)
        assert self.one.state == state
        if self.one.wait == 0:
            self.lent_until = 0.0

    @invariant()
    def never_waits_longer_than_the_longest(self) -> None:
        assert 0.0 <= self.one.wait <= RULES.longest.total_seconds()
        if self.before == "closed":
            assert self.one.state != "half_open"
        self.before = self.one.state


TestAnyEvents = AnyEvents.TestCase
TestAnyEvents.settings = settings(max_examples=50, stateful_step_count=40)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"threshold": 0}, "`threshold` must be at least 1, was 0"),
        ({"cooldown": timedelta()}, "`cooldown` must be above 0"),
        ({"cooldown": timedelta(hours=1)}, "up to 0:15:00"),
    ],
)
def test_rules_that_would_never_open_or_close_are_refused(
    changed: dict[str, object], text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        BreakerRules(**changed)  # type: ignore[arg-type]
