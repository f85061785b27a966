"""A running profile: the engine in a thread, the API on the event loop, one status line."""

import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from config.settings import Settings
from connectors.sinks.live_view import ViewSet
from connectors.store.ledger import Ledger
from pipeline.analyst import BookAnalyst
from pipeline.banner import banner, progress_text
from pipeline.engine import Engine
from pipeline.insights import market_insights
from pipeline.live import LiveGraph
from pipeline.live_documents import holdings_desk
from pipeline.optimiser import BookOptimiser, book_optimiser
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
    """Everything of one run that lives on the event loop."""

    settings: Settings
    live: LiveGraph
    ledger: Ledger
    listener: socket.socket | None
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
        self.live.show(views)
        api = None if self.listener is None else self._api(views, self.listener)
        engine = Engine(self.live.stop)
        engine.start()
        try:
            if api is not None:
                await api.start()
                print(banner(self.settings, api.url), flush=True)
            await self._watch(engine, views, ended)
            if api is not None:
                await api.stop()
        finally:
            self._close()
            engine.stop()
        return engine.failure

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
            insight=market_insights(views, live.states, live.facts, self.settings),
            holdings_desk=holdings_desk(
                self.settings, live.inputs, self.ledger, lambda: live.market_time
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
            if engine.failure is not None or (self.listener is None and self._drained):
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
