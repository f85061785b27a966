"""A running profile: the engine in a thread, the API on the event loop, one status line."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from config.settings import Settings
from connectors.sinks.live_view import ViewSet
from connectors.sources.progress import FeedProgress
from connectors.store.ledger import Ledger
from pipeline.analyst import BookAnalyst, LatestStates
from pipeline.banner import banner, progress_text
from pipeline.inputs import Inputs
from pipeline.insights import market_insights
from pipeline.live_documents import holdings_desk
from pipeline.live_graph import LiveGraph, facts_of, market_time
from pipeline.optimiser import BookOptimiser, book_optimiser
from pipeline.providers import Providers
from pipeline.restarts import Restarts, recovers
from pipeline.server import ApiServer, server_options
from pipeline.supervisor import Supervisor
from serving.app import create_app
from serving.errors import NotReady
from serving.hub import ChangeHub, Op
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress
from serving.options import wall_clock
from serving.views import VIEW_NAMES, EngineStatus, Row

LOG_EVERY: Final = 40  # looks between two status lines where the output is no terminal


@dataclass
class Service:
    """Everything of one run that lives on the event loop, and what outlives its engines.

    Attributes:
        inputs: of the files of the profile.
        build: makes the next graph, where the last checkpoint has left off; given what outlives it.
        begun: an engine has been built.
    """

    settings: Settings
    inputs: Inputs
    ledger: Ledger
    listener: socket.socket | None
    build: Callable[[FeedProgress, LatestStates], LiveGraph]
    providers: Providers | None = None
    progress: FeedProgress = field(default_factory=FeedProgress)
    states: LatestStates = field(default_factory=LatestStates)
    hub: ChangeHub = field(default_factory=ChangeHub)
    status: EngineStatus = field(default_factory=EngineStatus)
    counted: Progress = field(default_factory=Progress)
    optimiser: BookOptimiser | None = None
    begun: bool = False
    _looks: int = 0

    async def run(self) -> BaseException | None:
        """Run until a signal, the feeds' end (without API) or a failure, which is returned."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        views = ViewSet(loop.call_soon_threadsafe, on_commit=self._on_commit, cold=VIEW_NAMES)
        engines = Supervisor(
            build=lambda: self.build(self.progress, self.states),
            views=views,
            status=self.status,
            restarts=Restarts(allowed=recovers(self.settings)),
            ended=ended,
            look=lambda: self._look(views),
        )
        try:
            return await self._serve(engines, views)
        finally:
            self._close()
            engines.close()

    async def _serve(self, engines: Supervisor, views: ViewSet) -> BaseException | None:
        """Run engines, and the API beside them."""
        failure = await engines.prepare()
        self.begun = engines.begun
        if failure is not None and not engines.restarts.mends(failure):
            return failure
        api = None if self.listener is None else self._api(engines, views, self.listener)
        if api is not None:
            await api.start()
            print(banner(self.settings, api.url), flush=True)
        failure = await engines.run(failure)
        self.begun = engines.begun
        if sys.stdout.isatty():
            print()
        if api is not None:
            await api.stop()
        return failure

    def _api(self, engines: Supervisor, views: ViewSet, listener: socket.socket) -> ApiServer:
        prices, states, facts = self.settings.meters, self.states, facts_of(self.inputs)
        self.optimiser = book_optimiser(views, states, facts, self.settings)
        app = create_app(
            views=views,
            meter=LedgerMeter(
                self.ledger,
                price_version=prices.price_version,
                progress=self.counted,
                keep_served=self.settings.advice.retention,
            ),
            analyst=BookAnalyst(states, facts, self.settings),
            options=server_options(self.settings),
            hub=self.hub,
            status=self.status,
            optimiser=self.optimiser,
            provider_costs=self.providers,
            insight=market_insights(views, states, facts, self.settings),
            holdings_desk=holdings_desk(
                self.settings, self.inputs, self.ledger, lambda: self._market_time(engines)
            ),
        )
        return ApiServer(app, listener, on_stop=self._close)

    def _market_time(self, engines: Supervisor) -> int | None:
        """From when on holdings count that are sent now; None before the first trade.

        Raises:
            NotReady: it is not known yet where the market stood when an earlier run ended.
        """
        if not engines.begun:
            raise NotReady(f"engine: {self.status.state} {self.status.failure}".rstrip())
        return market_time(self.progress, self.states)

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

    def _look(self, views: ViewSet) -> bool:
        """Show how far the market has got; whether a run without API has come to its end."""
        if self.listener is None and self.status.state == "drained":
            return True
        interactive, self._looks = sys.stdout.isatty(), self._looks + 1
        if interactive or self._looks % LOG_EVERY == 0:
            text = progress_text(self.status, views, self.settings)
            print(f"\r\x1b[K{text}" if interactive else text, end="", flush=True)
            print(end="" if interactive else "\n")
        return False
