"""What a running graph says of itself to the API."""

from dataclasses import dataclass
from typing import Any, cast

from connectors.sources.live_feed import LinkStatus
from connectors.sources.progress import FeedProgress
from pipeline.analyst import LatestStates
from pipeline.engine import Engine
from pipeline.live_graph import LiveGraph
from pipeline.progress_line import Rate
from serving.views import EngineStatus


class Running:
    failure = None
    alive = True


class Part:
    def __init__(self, *links: LinkStatus) -> None:
        self.all = list(links)

    def links(self) -> list[LinkStatus]:
        return self.all


class Feed:
    lag = 5

    def status(self) -> LinkStatus:
        return LinkStatus("kafka:t", "connected", 1.0, lag=self.lag)


@dataclass
class Source:
    feed: Feed


def graph(states: LatestStates, *links: LinkStatus, feed: Feed | None = None) -> LiveGraph:
    nothing: Any = None
    feeds = [] if feed is None else [Source(feed)]
    return LiveGraph(
        inputs=nothing,
        graph=nothing,
        usage=nothing,
        counted=nothing,
        stop=nothing,
        progress=FeedProgress(),
        states=states,
        rate=Rate(),
        advice=nothing,
        feeds=cast(Any, feeds),
        outputs=cast(Any, Part(*links)),
    )


def update(live: LiveGraph, status: EngineStatus) -> None:
    live.update(status, cast(Engine, Running()))


def test_answers_are_stale_until_a_restarted_engine_is_where_the_one_before_was() -> None:
    states, status, feed = LatestStates(), EngineStatus(), Feed()
    live = graph(states, feed=feed)
    states.as_of = 50
    update(live, status)
    assert status.stale_since is None
    status.stale_since, states.as_of = 7, 30  # it has ended; the next one goes on from before
    update(live, status)
    assert status.stale_since == 7
    states.as_of = 50
    update(live, status)
    assert status.stale_since is None


def test_a_market_that_stands_still_does_not_stay_stale() -> None:
    states, status, feed = LatestStates(), EngineStatus(reached=50, stale_since=7), Feed()
    states.as_of, feed.lag = 30, 0
    update(graph(states, feed=feed), status)
    assert status.stale_since is None


def test_answers_are_stale_since_the_first_vital_part_went_away() -> None:
    away = [
        LinkStatus("kafka:t", "away", 9.0),
        LinkStatus("kafka", "away", 3.0, vital=False),
        LinkStatus("postgres", "connected", 1.0),
    ]
    status = EngineStatus()
    update(graph(LatestStates(), *away), status)
    assert status.stale_since == 9_000_000
    assert [part.state for part in status.parts] == ["away", "away", "connected"]
