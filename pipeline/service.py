"""A running profile: the engine in a thread, the API on the event loop, one status line."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.settings import Settings
from connectors.sinks.live_view import ViewSet
from connectors.sinks.postgres_link import SinkLost, StoreError
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost
from connectors.store.ledger import Ledger
from pipeline.analyst import BookAnalyst
from pipeline.banner import banner, progress_text
from pipeline.engine import Engine
from pipeline.insights import market_insights
from pipeline.live_documents import holdings_desk
from pipeline.live_graph import LiveGraph
from pipeline.live_views import show
from pipeline.optimiser import BookOptimiser, book_optimiser
from pipeline.restarts import Restarts
from pipeline.server import ApiServer, server_options
from serving.app import create_app
from serving.hub import ChangeHub, Op
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress
from serving.options import wall_clock
from serving.views import EngineStatus, Row

TICK = 0.25  # seconds between two looks at the engine
LOG_EVERY = 40  # ticks between two status lines where the output is no terminal


@dataclass
class Service:
    """Everything of one run that lives on the event loop.

    Attributes:
        live: the graph that runs, or that runs next.
        rebuild: makes the next one, where the last checkpoint has left off.
    """

    settings: Settings
    live: LiveGraph
    ledger: Ledger
    listener: socket.socket | None
    rebuild: Callable[[LiveGraph], LiveGraph]
    hub: ChangeHub = field(default_factory=ChangeHub)
    status: EngineStatus = field(default_factory=EngineStatus)
    counted: Progress = field(default_factory=Progress)
    optimiser: BookOptimiser | None = None

    async def run(self) -> BaseException | None:
        """Run until a signal, the feeds' end (without API) or a failure, which is returned."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        views = ViewSet(publish=loop.call_soon_threadsafe, on_commit=self._on_commit)
        try:
            show(self.live, views)
        except SinkLost as error:
            return error
        api = None if self.listener is None else self._api(views, self.listener)
        try:
            if api is not None:
                await api.start()
                print(banner(self.settings, api.url), flush=True)
            failure = await self._supervise(views, ended)
            if api is not None:
                await api.stop()
        finally:
            self._close()
            self.live.close()
        return failure

    async def _supervise(self, views: ViewSet, ended: asyncio.Event) -> BaseException | None:
        """Run engines one after the other; the failure that was the last, if one was."""
        restarts = Restarts(allowed=self.live.recovers)
        while True:
            engine = Engine(self.live.stop)
            restarts.started()
            engine.start()
            try:
                await self._watch(engine, views, ended)
            finally:
                engine.stop()
            failure = self.live.failure or engine.failure
            if ended.is_set() or failure is None:
                return failure
            wait = restarts.after(failure)
            while wait is not None:
                self._restarting(failure, wait)
                if await self._slept(wait, ended):
                    return None
                try:
                    await asyncio.to_thread(self._renew, views)
                    break
                except (SinkLost, FeedLost, StoreError, SourceError) as error:
                    failure, wait = error, restarts.after(error)
            if wait is None:
                return failure

    def _renew(self, views: ViewSet) -> None:
        """Build the next graph, and bring the views to where it begins."""
        self.live.close()
        self.live = self.rebuild(self.live)
        views.restart()
        show(self.live, views)

    def _restarting(self, failure: BaseException, wait: float) -> None:
        """Say so, on the terminal and to the API."""
        status = self.status
        status.state, status.failure = "restarting", str(failure)
        status.stale_since = status.stale_since or wall_clock()
        status.restarts += 1
        print(f"engine: {failure}; starting again in {wait:.1f} s", file=sys.stderr, flush=True)

    @staticmethod
    async def _slept(seconds: float, ended: asyncio.Event) -> bool:
        """Wait; whether the end came meanwhile."""
        try:
            await asyncio.wait_for(ended.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _api(self, views: ViewSet, listener: socket.socket) -> ApiServer:
        prices, live = self.settings.meters, self.live
        self.optimiser = book_optimiser(views, live.states, live.facts, self.settings)
        app = create_app(
            views=views,
            meter=LedgerMeter(
                self.ledger,
                price_version=prices.price_version,
                progress=self.counted,
                keep_served=self.settings.advice.retention,
            ),
            analyst=BookAnalyst(self.live.states, self.live.facts, self.settings),
            options=server_options(self.settings),
            hub=self.hub,
            status=self.status,
            optimiser=self.optimiser,
            provider_costs=live.providers,
            insight=market_insights(views, live.states, live.facts, self.settings),
            holdings_desk=holdings_desk(
                self.settings, live.inputs, self.ledger, lambda: self.live.market_time
            ),
        )
        return ApiServer(app, listener, on_stop=self._close)

    def _close(self) -> None:
        """End what would hold a shutdown up: streams, and the solver's process. Twice is once."""
        self.hub.close()
        if self.optimiser is not None:
            self.optimiser.close()

    def _on_commit(self, changes: Sequence[tuple[str, Op, Row]]) -> None:
        """Pass changes on; usage counts as aggregated from the moment its table can be read."""
        for table, op, row in changes:
            if table == "usage_progress" and op == "upsert":
                self.counted.advance(int(str(row["seq"])), wall_clock())
        self.hub.publish(changes)

    async def _watch(self, engine: Engine, views: ViewSet, ended: asyncio.Event) -> None:
        """Keep the status and its line current until it is over."""
        interactive, looks = sys.stdout.isatty(), 0
        while not ended.is_set():
            try:
                await asyncio.wait_for(ended.wait(), TICK)
            except TimeoutError:
                looks += 1
            self.live.update(self.status, engine)
            if not engine.alive and (engine.failure is not None or self.live.failure is not None):
                break
            if self.listener is None and self._drained:
                break
            if interactive or looks % LOG_EVERY == 0:
                text = progress_text(self.status, views, self.settings)
                print(f"\r\x1b[K{text}" if interactive else text, end="", flush=True)
                print(end="" if interactive else "\n")
        if interactive:
            print()

    @property
    def _drained(self) -> bool:
        return self.status.state == "drained"
