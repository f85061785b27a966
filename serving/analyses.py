"""Runs the analyst in worker threads: few at a time, a bounded number waiting."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from serving.errors import TooManyAnalyses
from serving.views import Analysis, Analyst, Row


class Analyses:
    """The slots for ad-hoc analyses."""

    def __init__(self, analyst: Analyst, *, running: int, waiting: int) -> None:
        self._analyst = analyst
        self._threads = ThreadPoolExecutor(running, thread_name_prefix="analysis")
        self._free = threading.BoundedSemaphore(running + waiting)

    async def run(self, portfolio_id: str, holdings: Sequence[Row]) -> Analysis:
        """Analyse ``holdings`` without keeping them.

        Raises:
            TooManyAnalyses: every slot is taken and the queue is full.
            ColdView: no prices yet.
        """
        if not self._free.acquire(blocking=False):
            raise TooManyAnalyses("every analysis slot is taken and the queue is full")
        work = self._threads.submit(self._analyst.analyze, portfolio_id, holdings)
        # A slot is free when its thread is, also when the caller has gone away before.
        work.add_done_callback(lambda _: self._free.release())
        return await asyncio.wrap_future(work)

    def close(self) -> None:
        """Take no more; what runs ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
