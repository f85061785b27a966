"""A feed of history: bars from before the first event of each symbol that other feeds tell of.

It has nothing to say of its own. Whoever reads the other feeds notes the symbols; their history is
asked for beside them, a batch at a time, and given once. What comes late changes the same rows as
if it had come first.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count, islice
from queue import SimpleQueue
from threading import Event
from typing import Final

from connectors.sources.backfill_tries import Persistence, Tries
from connectors.sources.history import NOTHING, Ask, History, HistoryLost, HistorySpan
from connectors.sources.lines import RAW_LIMIT
from connectors.sources.link import Link
from connectors.sources.live_feed import LinkStatus, LiveKind, Position, Received, Rows
from connectors.sources.rejects import Reject

DONE: Final = "done"
NO_HISTORY: Final = "no_history"


class BackfillFeed:
    """Gives the history of symbols that were noted.

    Its position says of each symbol the time of its first event, and ``done`` later.

    Args:
        ask: tells history; called in a thread of the feed's own.
        span: which bars are history.
        batch: symbols that are asked about at once; None: all that are waiting.
        persistence: with failures.
        wall: seconds since the epoch.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        ask: Ask,
        span: HistorySpan,
        *,
        batch: int | None = None,
        persistence: Persistence | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._span, self._batch, self._wall = ask, span, batch, wall
        self._tries = Tries(persistence or Persistence(), monotonic)
        self._noted: SimpleQueue[Mapping[str, int]] = SimpleQueue()
        self._news = Event()
        self._waiting: dict[str, int] = {}  # symbol -> time of its first event
        self._thread: ThreadPoolExecutor | None = None
        self._asked: tuple[str, ...] = ()
        self._answer: Future[History] | None = None
        self._told = False  # what the source of history refuses
        self._numbers = count(round(wall() * 1_000_000))  # no earlier life has used them
        self._link = Link(self.name, wall, vital=False)
        self._counters = dict.fromkeys(("symbols", "bars", "none", "failures", "given_up"), 0)

    @property
    def name(self) -> str:
        """Of the feed; there is one in a run."""
        return "backfill"

    @property
    def kind(self) -> LiveKind:
        """Bars of whatever length its span says."""
        return "bars"

    def note(self, first: Mapping[str, int]) -> None:
        """Want the history of symbols, see ``FirstSight``."""
        self._noted.put(first)
        self._news.set()

    def open(self, position: Position | None) -> None:
        """Go on with the symbols that are not done. Nothing is asked yet."""
        self.close()
        known = position or {}
        self._told = self._told or DONE in known.values()
        self._waiting |= {symbol: at for symbol, at in known.items() if isinstance(at, int)}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)

    def receive(self, timeout: float) -> Received | None:
        """Take the history that has come, see ``LiveFeed``. It never raises."""
        self._news.clear()
        while not self._noted.empty():
            self._waiting |= self._noted.get()
        answer = self._answer or self._begin()
        if answer is None:
            self._news.wait(min(timeout, self._tries.pause) if self._waiting else timeout)
            return None
        try:
            history = answer.result(timeout)
        except HistoryLost as error:
            history = History(NOTHING, self.name, dict.fromkeys(self._asked, str(error)))
        except TimeoutError:
            if answer.done():  # not ours: the source's own, which it should have told otherwise
                raise
            return None
        self._answer = None
        return self._given(history, self._given_up(history))

    def _begin(self) -> Future[History] | None:
        """Ask about the next symbols, when there are some and it is time."""
        if self._thread is None:
            raise ValueError(f"{self.name} is not open")
        if self._waiting and not self._tries.pause:
            self._asked = tuple(islice(self._waiting, self._batch))
            self._answer = self._thread.submit(self._ask, self._asked)
        return self._answer

    def _given_up(self, history: History) -> Mapping[str, str]:
        """Symbols that are not asked about any more, and why."""
        missing = history.missing
        if len(missing) < len(self._asked):
            self._link.connected()
            self._tries.succeeded(in_part=bool(missing))
            return {}
        self._counters["failures"] += 1
        self._link.away(next(iter(missing.values())))
        return missing if self._tries.failed() else {}

    def _given(self, history: History, given_up: Mapping[str, str]) -> Received | None:
        """What has come of the symbols that are done now; None: none is."""
        answered = [symbol for symbol in self._asked if symbol not in history.missing]
        first = {symbol: self._waiting.pop(symbol) for symbol in (*answered, *given_up)}
        if not first:
            return None
        bars = self._span.before(history.bars, first)
        self._counters["symbols"] += len(first)
        self._counters["bars"] += bars.height
        self._counters["none"] += len(answered) - bars["symbol"].n_unique()
        self._counters["given_up"] += len(given_up)
        rejects = [] if self._told else list(history.rejects)
        rejects += [self._without(symbol, why) for symbol, why in given_up.items()]
        self._told = True
        messages = Rows(bars, history.name) if bars.height else None
        return Received(messages, dict.fromkeys(first, DONE), rejects)

    def _without(self, symbol: str, why: str) -> Reject:
        raw, now = f"{symbol}: {why}"[:RAW_LIMIT], round(self._wall() * 1_000_000)
        return Reject(self.name, next(self._numbers), NO_HISTORY, raw, now)

    def status(self) -> LinkStatus:
        """How it stands with the source of history; ``lag`` are symbols that wait for theirs."""
        return self._link.status(len(self._waiting), self._counters)

    def close(self) -> None:
        """Stop asking; an answer that still comes is not waited for."""
        thread, self._thread, self._answer = self._thread, None, None
        if thread is not None:
            thread.shutdown(wait=False, cancel_futures=True)
