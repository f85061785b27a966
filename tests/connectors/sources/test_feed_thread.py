"""A feed in its thread: whatever ends it is told."""

import pytest

from connectors.sources.live_feed import Received
from tests.connectors.sources.live_script import ScriptedFeed, Stage, lines, market_of, trade


class BrokenFeed(ScriptedFeed):
    """Has a mistake in it."""

    def receive(self, timeout: float) -> Received | None:
        raise ZeroDivisionError("a mistake")


def test_a_feed_with_a_mistake_ends_the_run_and_does_not_just_fall_silent() -> None:
    sound = ScriptedFeed("sound", [Received(lines("s/0", trade("A", 1, 10.0, 1)))])
    stage = Stage([sound], every=None)
    with pytest.raises(ZeroDivisionError, match="a mistake"):
        market_of(stage, [sound, BrokenFeed("broken", [])]).run()
    stage.stop.set()
