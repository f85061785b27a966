"""A replay server, a clock that tests wind on, and providers that run on both."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from connectors.providers.access import Access, Clock, Patience
from connectors.providers.http import HttpFetcher
from connectors.providers.observations import Quote
from tests.connectors.providers.replay_server import ReplayServer, open_fetcher, serving

KEY = "k3y-of-finnhub"
QUOTE = b'{"c": 261.74, "t": 1582641000}'
AAPL = Quote("AAPL", 1_582_641_000_000_000, 261.74)
Opens = Callable[..., HttpFetcher]


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with serving() as running:
        yield running


class Time:
    """Passes only where somebody sleeps; ``slept`` are the naps."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0
        self.slept: list[float] = []
        self.clock = Clock(
            wall=lambda: self.now, monotonic=lambda: self.now, sleep=self._sleep, chance=lambda: 0.5
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def opens(server: ReplayServer, time: Time) -> Iterator[Opens]:
    """Makes fetchers whose finnhub and iex_cloud are the replay server."""
    with ExitStack() as stack:

        def make(
            timeout: float = 5.0, patience: Patience | None = None, **access: object
        ) -> HttpFetcher:
            here = Access(**{"key": KEY, "url": server.url, **access})
            fetcher = open_fetcher(
                {"finnhub": here, "iex_cloud": here},
                timeout=timeout,
                patience=patience,
                clock=time.clock,
            )
            stack.callback(fetcher.close)
            return fetcher

        yield make
