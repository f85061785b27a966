"""A feed of what providers answer when they are asked again and again.

A provider repeats itself: only what is newer than what it said before goes on. Its failures are a
state of the link and never an error of the run, except those that no waiting can mend: a missing
key, a provider that is no more.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from connectors.providers.observations import Observation
from connectors.providers.spec import Fatal, ProviderError, Retryable, UnknownSymbol
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import LinkState, LinkStatus, LiveKind, Position, Received
from connectors.sources.polled_rows import NewRows

What = Literal["quote", "bars"]
Fetch = Callable[[What, Sequence[str]], Sequence[Observation]]
_LONGEST_PAUSE: Final = 900.0


@dataclass(frozen=True)
class _Link:
    state: LinkState
    since: float
    reason: str = ""


class PolledFeed:
    """Asks for quotes or bars of some symbols every so often."""

    def __init__(
        self,
        provider: str,
        fetch: Fetch,
        symbols: Sequence[str],
        *,
        every: timedelta = timedelta(minutes=1),
        what: What = "quote",
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            provider: for the feed's name, ``polled:coingecko/quote``.
            fetch: asks, or raises ``ProviderError``; called in a thread of the feed's own.
            symbols: whom about.
            every: from one poll to the next one; each failure in a row doubles it.
            what: is asked for.
            wall: seconds since the epoch.
            monotonic: seconds that never go back.

        Raises:
            ValueError: there is no symbol, or ``every`` is not positive.
        """
        if not symbols or every <= timedelta():
            raise ValueError(f"`symbols` must name one and `every` be positive, was {every}")
        self._provider, self._fetch, self._symbols, self._what = provider, fetch, symbols, what
        self._every, self._wall, self._monotonic = every.total_seconds(), wall, monotonic
        self._rows = NewRows(self.name, bars=what == "bars")
        self._thread: ThreadPoolExecutor | None = None
        self._poll: Future[Sequence[Observation]] | None = None
        self._first: Received | None = None
        self._due = 0.0
        self._failures = 0  # in a row
        self._counters = dict.fromkeys(
            ("polls", "failures", "rows", "repeated", "missing", "last_success"), 0
        )
        self._link = _Link("starting", wall())

    @property
    def name(self) -> str:
        """Of the feed: ``polled:coingecko/quote``."""
        return f"polled:{self._provider}/{self._what}"

    @property
    def kind(self) -> LiveKind:
        """Snapshots, which have a time and a price, or bars."""
        return "bars" if self._what == "bars" else "snapshots"

    def open(self, position: Position | None) -> None:
        """Ask for the first time, and wait for the answer.

        Args:
            position: the last time of each symbol, as ``Received`` gave it.

        Raises:
            SourceError: no later poll can do better: the key, the plan or every symbol is wrong.
        """
        self.close()
        self._rows.resume(position or {})
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        try:
            self._first = self._received(self._ask().result())
        except (Fatal, UnknownSymbol) as error:
            self.close()
            raise SourceError(f"{self.name}: {error}") from None
        except ProviderError as error:
            self._failed(error)

    def receive(self, timeout: float) -> Received | None:
        """Take what a poll gave that was not known, see ``LiveFeed``. It never raises."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._poll is None:
            pause = max(0.0, self._due - self._monotonic())
            time.sleep(min(pause, timeout))
            if pause > timeout:
                return None
            timeout -= pause
        poll = self._poll or self._ask()
        try:
            return self._received(poll.result(timeout))
        except ProviderError as error:
            self._failed(error)
        except TimeoutError:
            if poll.done():  # not ours: the provider's own, which it should have told otherwise
                raise
        return None

    def status(self) -> LinkStatus:
        """How it stands. ``last_success`` counts seconds since the epoch, 0 is never.

        ``missing`` are the symbols that the last poll gave nothing of.
        """
        link = self._link
        return LinkStatus(
            self.name, link.state, link.since, link.reason, counters=dict(self._counters)
        )

    def close(self) -> None:
        """Stop asking; an answer that still comes is not waited for."""
        thread, self._thread, self._poll, self._first = self._thread, None, None, None
        if thread is not None:
            thread.shutdown(wait=False, cancel_futures=True)

    def _ask(self) -> Future[Sequence[Observation]]:
        if self._thread is None:
            raise ValueError(f"{self.name} is not open")
        self._due = self._monotonic() + self._every
        self._counters["polls"] += 1
        self._poll = self._thread.submit(self._fetch, self._what, self._symbols)
        return self._poll

    def _received(self, observations: Sequence[Observation]) -> Received | None:
        self._poll, self._failures, now = None, 0, self._wall()
        rows, repeated = self._rows.take(observations, round(now * 1_000_000))
        self._counters["repeated"] += repeated
        self._counters["missing"] = len({*self._symbols} - {one.symbol for one in observations})
        self._counters["last_success"] = int(now)
        if self._link.state != "connected":
            self._link = _Link("connected", now)
        if rows is None:
            return None
        self._counters["rows"] += rows.frame.height
        return Received(rows, self._rows.position)

    def _failed(self, error: ProviderError) -> None:
        self._poll = None
        self._failures += 1
        self._counters["failures"] += 1
        longest = max(_LONGEST_PAUSE, self._every)
        pause = min(self._every * 2 ** min(self._failures, 32), longest)
        if isinstance(error, Fatal):
            pause = longest
        if isinstance(error, Retryable) and error.after:
            pause = max(pause, error.after)
        self._due = self._monotonic() + pause
        since = self._link.since if self._link.state == "away" else self._wall()
        self._link = _Link("away", since, str(error))
