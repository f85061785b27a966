"""Messages that wait to be sent."""

import threading
from datetime import timedelta

import pytest

from connectors.sinks.outbox import Outbox
from connectors.sources.stop import FeedStopped, StopToken


class Lost(Exception):
    pass


def outbox(limit: int = 3, patience: float = 0.2) -> Outbox[int]:
    return Outbox(limit, timedelta(seconds=patience), StopToken(), Lost)


def test_what_is_taken_stays_until_it_is_sent() -> None:
    box = outbox()
    box.put(range(3))
    assert box.take(2) == (0, 1)
    assert box.take(2) == (0, 1)
    box.sent(2)
    assert box.take(2) == (2,)


def test_a_full_outbox_is_lost_when_nothing_is_sent_for_too_long() -> None:
    box = outbox()
    box.put(range(3))
    with pytest.raises(Lost):
        box.put([3])
    assert len(box) == 3


def test_a_full_outbox_takes_more_once_something_is_sent() -> None:
    box = outbox(patience=20.0)
    box.put(range(3))
    adding = threading.Thread(target=box.put, args=([3],))
    adding.start()
    box.sent(1)
    adding.join(20.0)
    assert box.take(9) == (1, 2, 3)


def test_a_stop_ends_the_wait() -> None:
    stop = StopToken()
    box: Outbox[int] = Outbox(1, timedelta(minutes=1), stop, Lost)
    box.put([1])
    stop.set()
    with pytest.raises(FeedStopped):
        box.drain()


def test_a_failure_is_told_to_whoever_comes() -> None:
    box = outbox()
    box.fail(Lost("gone"))
    for told in (box.drain, lambda: box.put([1])):
        with pytest.raises(Lost, match="gone"):
            told()


def test_a_closed_outbox_gives_nothing_and_keeps_nothing() -> None:
    box = outbox()
    box.put([1])
    box.close()
    box.put([2])
    assert box.take(1) == ()
    assert len(box) == 0
