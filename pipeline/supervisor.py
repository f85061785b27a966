"""Engines, one after the other: built, watched, and built again when one has ended."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from connectors.sinks.live_view import ViewSet
from pipeline.engine import Engine
from pipeline.in_thread import in_thread
from pipeline.live_graph import LiveGraph
from pipeline.live_views import show
from pipeline.restarts import FINAL, OUTAGES, Restarts
from serving.options import wall_clock
from serving.views import EngineStatus

TICK: Final = 0.25  # seconds between two looks at the engine
UNWINDS: Final = 10.0  # seconds an engine may take to end before the next one is built beside it


@dataclass
class Supervisor:
    """Keeps an engine running until the end comes, or a failure that no waiting mends.

    Attributes:
        build: the next graph, where the last checkpoint has left off.
        views: in which it is shown.
        status: what is said of it to others.
        restarts: when to try again.
        ended: the end has come.
        look: called after each look at a running engine; true: it need not run on.
        live: the graph that runs, or has run last; None while there is none.
        begun: a graph has been built.
    """

    build: Callable[[], LiveGraph]
    views: ViewSet
    status: EngineStatus
    restarts: Restarts
    ended: asyncio.Event
    look: Callable[[], bool]
    live: LiveGraph | None = None
    begun: bool = False
    _engine: Engine | None = field(default=None, init=False)

    async def prepare(self) -> BaseException | None:
        """Make the next graph; why there is none."""
        try:
            await in_thread(self._renew, self.ended)
        except (*OUTAGES, *FINAL) as error:
            return error
        return None

    async def run(self, failure: BaseException | None) -> BaseException | None:
        """Run engines until the end, or until the failure that is returned.

        Args:
            failure: of ``prepare``.
        """
        while not self.ended.is_set():
            failure = failure or await self._watched()
            if failure is None or self.ended.is_set():
                return None
            wait = self.restarts.after(failure)
            if wait is None:
                return failure
            self._say(failure, wait)
            if not await self._sleep(wait):
                failure = await self.prepare()
        return None

    def close(self) -> None:
        """Give up what the last engine held; after it has ended."""
        live, self.live = self.live, None
        if live is not None:
            live.close()

    def _renew(self) -> None:
        """Build a graph, and bring the views to where it begins."""
        if self._engine is not None:
            self._engine.join(UNWINDS)
        self.close()
        live = self.build()
        self.views.restart()
        try:
            show(live, self.views)
        except BaseException:
            live.close()
            raise
        self.live, self.begun = live, True

    async def _watched(self) -> BaseException | None:
        """Run the engine of the graph; why it has failed."""
        live = self.live
        assert live is not None, "there is a graph, or a failure"
        self._engine = engine = Engine(live.stop)
        self.restarts.started()
        engine.start()
        try:
            while not await self._sleep(TICK):
                live.update(self.status, engine)
                # A sink may have given up while nothing comes that would tell the engine.
                if live.failure is not None or (engine.failure is not None and not engine.alive):
                    break
                if self.look():
                    break
        finally:
            engine.stop()
        return live.failure or engine.failure

    def _say(self, failure: BaseException, wait: float) -> None:
        """What has happened, on the terminal and to the API."""
        status = self.status
        status.failure, status.stale_since = str(failure), status.stale_since or wall_clock()
        if self.begun:
            status.state = "restarting"
            status.restarts += 1
        print(f"engine: {failure}; starting again in {wait:.1f} s", file=sys.stderr, flush=True)

    async def _sleep(self, seconds: float) -> bool:
        """Wait; whether the end came meanwhile."""
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            return False
        return True
