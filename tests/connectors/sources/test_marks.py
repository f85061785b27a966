"""Marks wait for what must lie before them."""

import threading
from datetime import timedelta

import pytest

from connectors.sources.live_feed import Received
from connectors.sources.marks import Marks
from connectors.sources.stop import FeedStopped, StopToken
from tests.connectors.sources.live_script import ScriptedFeed, Stage, lines, market_of, trade

SHORT = timedelta(milliseconds=30)


def test_a_mark_waits_for_every_reject_that_was_sent() -> None:
    marks, stop = Marks(SHORT, patience=timedelta(minutes=1)), StopToken()
    assert marks.settled(stop)
    marks.refused(2)
    found: list[bool] = []
    waiting = threading.Thread(target=lambda: found.append(marks.settled(stop)))
    waiting.start()
    marks.counted()
    waiting.join(0.1)
    assert waiting.is_alive()
    marks.counted()
    waiting.join(10)
    assert found == [True]


def test_an_engine_that_is_too_slow_with_rejects_gets_no_mark() -> None:
    marks = Marks(SHORT, patience=SHORT)
    marks.refused(1)
    assert not marks.settled(StopToken())


def test_a_stop_ends_the_wait() -> None:
    marks, stop = Marks(SHORT), StopToken()
    marks.refused(1)
    stop.set()
    with pytest.raises(FeedStopped):
        marks.settled(stop)


def test_no_checkpoint_is_asked_for_while_rejects_are_on_their_way() -> None:
    feed = ScriptedFeed("k", [Received(lines("k/0", b"?", trade("A", 1, 10.0, 1)))])
    stage = Stage([feed])
    stage.marks = Marks(SHORT, patience=SHORT)
    stage.marks.refused(1)

    def read() -> None:
        with pytest.raises(FeedStopped):
            market_of(stage, [feed]).run()

    reading = threading.Thread(target=read)
    reading.start()
    while not any(part.kind == "trades" for part in stage.parts):
        assert reading.is_alive()
    reading.join(10 * SHORT.total_seconds())  # marks are due by now
    assert all(part.kind != "mark" for part in stage.parts)
    stage.marks.counted()
    reading.join(10)
    assert stage.parts[-1].kind == "mark"
