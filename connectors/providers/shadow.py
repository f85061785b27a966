"""The other arm's opinion: it is asked beside the one that answers, and nobody waits for it."""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from math import nan
from typing import Final

from connectors.providers.ab import Split, disagreement_bps
from connectors.providers.asked import Asked
from connectors.providers.asking import Asker, Report
from connectors.providers.calls import Called
from connectors.providers.chain import Answer
from connectors.providers.observations import BarRow, Observation, Quote
from connectors.providers.spec import Capability, ProviderError

_WAITING: Final = 16  # comparisons; more are not made


class Shadow:
    """Compares prices of the arms of a split. From any thread; close it in the end."""

    def __init__(
        self, asker: Asker, split: Split, report: Report, executor: Executor | None = None
    ) -> None:
        """Tell ``report`` each call that is made; ``executor`` makes them, one thread if None."""
        self._asker, self._split, self._report = asker, split, report
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="provider-shadow")
        self._room = threading.BoundedSemaphore(_WAITING)

    def compare(
        self, capability: Capability, arm: str, answers: Mapping[str, Answer], moment: int
    ) -> None:
        """Ask another arm about a sample of what ``arm`` has just answered itself.

        Args:
            capability: what was asked for.
            arm: that was asked.
            answers: by symbol; those that came from a fallback are left alone.
            moment: of the call, microseconds UTC.
        """
        prices: dict[str, dict[str, float]] = defaultdict(dict)
        for symbol, answer in answers.items():
            other = self._split.other(arm, symbol, moment)
            if other is not None and answer.provider == arm:
                prices[other][symbol] = price_of(answer.observations)
        for other, compared in prices.items():
            if self._room.acquire(blocking=False):
                self._executor.submit(self._ask, capability, arm, other, compared)

    def close(self) -> None:
        """Drop what waits, finish what runs."""
        self._executor.shutdown(cancel_futures=True)

    def _ask(
        self, capability: Capability, arm: str, other: str, prices: Mapping[str, float]
    ) -> None:
        calls: list[Called] = []
        asked = Asked({})
        try:
            asked = self._asker.ask(other, capability, list(prices), arm, calls.append)
        except ProviderError:
            pass  # its calls say so
        finally:
            self._room.release()
        for call in _compared(calls, prices, asked):
            self._report(call)


def price_of(observations: Sequence[Observation]) -> float:
    """The newest price among observations of one symbol; NaN when none is a price."""
    prices = [one for one in observations if isinstance(one, Quote | BarRow)]
    if not prices:
        return nan
    newest = max(prices, key=lambda one: one.ts_event)
    return newest.price if isinstance(newest, Quote) else newest.close


def _compared(calls: Sequence[Called], prices: Mapping[str, float], asked: Asked) -> list[Called]:
    """The rows of the calls; the last one tells how far all prices were apart."""
    gaps = [
        disagreement_bps(prices[symbol], price_of(some)) for symbol, some in asked.found.items()
    ]
    known = [gap for gap in gaps if gap is not None]
    rows = list(calls)
    if rows:
        rows[-1] = replace(rows[-1], compared=len(known), disagreement_bps=sum(known))
    return rows
