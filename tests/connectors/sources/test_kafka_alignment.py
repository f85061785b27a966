"""Partitions that catch up are kept side by side in time, and none waits for ever."""

import random
from dataclasses import dataclass
from datetime import timedelta

from connectors.sources.kafka_alignment import Alignment

ALIGN = timedelta(seconds=60)


@dataclass(frozen=True)
class Sent:
    """A message at a second of its partition."""

    at: int
    second: int
    place: int = 0

    def partition(self) -> int:
        return self.at

    def offset(self) -> int:
        return self.place

    def key(self) -> None:
        return None

    def value(self) -> bytes:
        return b"{}"

    def timestamp(self) -> tuple[int, int]:
        return 1, self.second * 1_000


class Now:
    """Seconds that pass when they are told to."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def given(alignment: Alignment, sent: list[Sent], behind: list[int]) -> list[Sent]:
    return alignment.align(sent, {message.at: message for message in sent}, behind)


def aligned() -> tuple[Alignment, Now]:
    now = Now()
    return Alignment(ALIGN, now), now


def test_partitions_within_the_limit_are_passed_on_as_they_came() -> None:
    alignment, _ = aligned()
    sent = [Sent(0, 10), Sent(1, 60), Sent(0, 70)]
    assert given(alignment, sent, [0, 1]) == sent
    assert alignment.held == 0


def test_what_is_too_far_ahead_waits_until_the_slowest_has_moved_on() -> None:
    alignment, _ = aligned()
    ahead = [Sent(1, 60), Sent(1, 61), Sent(1, 120), Sent(1, 121)]
    assert given(alignment, [Sent(0, 0), *ahead], [0]) == [Sent(0, 0), Sent(1, 60)]
    assert (alignment.held, alignment.ahead) == (3, [1])
    assert given(alignment, [Sent(0, 60)], [0]) == [Sent(1, 61), Sent(1, 120), Sent(0, 60)]
    assert given(alignment, [Sent(0, 61)], [0]) == [Sent(1, 121), Sent(0, 61)]
    assert (alignment.held, alignment.ahead) == (0, [])


def test_nothing_waits_for_a_partition_that_has_caught_up() -> None:
    alignment, _ = aligned()
    given(alignment, [Sent(0, 0), Sent(1, 500)], [0])
    assert alignment.held == 1
    assert given(alignment, [], []) == [Sent(1, 500)]


def test_a_partition_that_has_given_nothing_yet_is_waited_for() -> None:
    alignment, _ = aligned()
    assert given(alignment, [Sent(1, 500)], [0, 1]) == []
    assert given(alignment, [Sent(0, 450)], [1]) == [Sent(1, 500), Sent(0, 450)]


def test_a_partition_that_falls_silent_holds_up_the_others_for_ten_seconds() -> None:
    alignment, now = aligned()
    assert given(alignment, [Sent(0, 0), Sent(1, 500)], [0]) == [Sent(0, 0)]
    now.seconds = 9.9
    assert given(alignment, [], [0]) == []
    now.seconds = 10.0
    assert given(alignment, [], [0]) == [Sent(1, 500)]


def test_nothing_is_lost_and_order_within_a_partition_stays() -> None:
    chance = random.Random(7)
    alignment, now = aligned()
    waiting = {at: [Sent(at, (at + 1) * n, n) for n in range(400)] for at in range(4)}
    taken: list[Sent] = []
    while any(waiting.values()) or alignment.held:
        batch: list[Sent] = []
        for queue in waiting.values():
            count = chance.randrange(30)
            batch += queue[:count]
            del queue[:count]
        taken += given(alignment, batch, [at for at, queue in waiting.items() if queue])
        now.seconds += chance.random()
    assert len(taken) == 1_600
    for at in range(4):
        assert [message.place for message in taken if message.at == at] == list(range(400))
