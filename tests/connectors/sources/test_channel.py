import threading
import time

import pytest

from connectors.sources.channel import Channel
from connectors.sources.stop import FeedStopped, StopToken


def test_items_come_out_in_order_until_the_end():
    channel = Channel(8, StopToken())
    for item in range(3):
        channel.put(item)
    channel.end()
    assert list(channel) == [0, 1, 2]


def test_a_full_channel_waits_for_its_reader():
    channel = Channel(1, StopToken())
    writer = threading.Thread(target=lambda: [channel.put(item) for item in range(50)])
    writer.start()
    reader = iter(channel)
    assert [next(reader) for _ in range(50)] == list(range(50))
    writer.join(5)
    assert not writer.is_alive()


def test_a_stop_ends_both_sides():
    stop = StopToken()
    channel = Channel(1, stop)
    channel.put(1)
    stop.set()
    with pytest.raises(FeedStopped):
        channel.put(2)
    with pytest.raises(FeedStopped):
        next(iter(channel))


def test_the_end_wakes_a_waiting_reader():
    channel = Channel(1, StopToken())
    threading.Timer(0.02, channel.end).start()
    started = time.monotonic()
    assert list(channel) == []
    assert time.monotonic() - started < 0.09
