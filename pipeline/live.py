"""The graph of a live run: feeds, ledger and views around the dataflow."""

from dataclasses import dataclass

import pathway as pw
import uuid_utils

from config.settings import Settings
from connectors.sinks.jsonlines import run_folder, write_jsonlines
from connectors.sinks.live_view import ViewSet
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from connectors.sources.usage_events import read_usage_events
from connectors.store.ledger import Ledger
from pipeline.analyst import LatestStates
from pipeline.book_options import book_policy
from pipeline.engine import Engine
from pipeline.graph import Graph, build_graph
from pipeline.inputs import Inputs, files_of, gather, sources_of
from pipeline.progress_line import Rate
from pipeline.series_options import series_options
from serving.views import EngineStatus
from transforms.portfolio.instruments import InstrumentFacts
from transforms.schemas import Usage
from transforms.usage import UsageProgress, build_usage, build_usage_progress

INSTANTS_KEPT = 3000  # closed bars that a late trade may still revise in the book: eight NSE days
BARS_KEPT = 1000  # per symbol and interval in memory: as many as one request may ask for


@dataclass
class LiveGraph:
    """A graph that is ready to run, and what watches it."""

    inputs: Inputs
    graph: Graph
    usage: pw.Table[Usage]
    counted: pw.Table[UsageProgress]
    stop: StopToken
    progress: FeedProgress
    states: LatestStates
    rate: Rate

    @property
    def facts(self) -> dict[str, InstrumentFacts]:
        """What rules need to know of each symbol."""
        return {
            row.symbol: InstrumentFacts(row.sector, row.currency, row.lot_size)
            for row in self.inputs.facts
        }

    def show(self, views: ViewSet) -> None:
        """Feed the views; call once, before the engine starts."""
        bar = ("symbol", "interval", "bar_start")
        views.view("quotes", self.graph.latest, key=("symbol",))
        views.view("instruments", self.graph.instruments, key=("symbol",), warm="commit")
        views.view("bars", self.graph.bars, key=bar, group=("symbol", "interval"), keep=BARS_KEPT)
        views.view(
            "indicators",
            self.graph.indicators,
            key=bar,
            group=("symbol", "interval"),
            keep=BARS_KEPT,
        )
        usage = ("account_id", "meter", "granularity", "period_start")
        views.view("usage", self.usage, key=usage, group=("account_id",), warm="commit")
        self._show_book(views)
        views.view("usage_progress", self.counted, key=("seq",), warm="commit")
        views.subscribe()

    def _show_book(self, views: ViewSet) -> None:
        book = self.graph.book
        if book is None:
            for name in ("positions", "portfolio_risk", "advice"):
                views.empty(name)
            return
        views.view(
            "positions", book.positions, key=("portfolio_id", "symbol"), group=("portfolio_id",)
        )
        views.view("portfolio_risk", book.risk, key=("portfolio_id",))
        views.view(
            "advice", book.advice, key=("advice_id",), group=("portfolio_id",), warm="commit"
        )

    def update(self, status: EngineStatus, engine: Engine) -> None:
        """Carry the counters of the feed into the status that the API shows."""
        counts = self.progress.snapshot()
        status.clock = counts.clock or None
        status.evaluated_at = self.states.as_of
        status.ticks_per_s = self.rate(counts.rows_in)
        status.ticks = counts.rows_in - counts.skipped - sum(counts.rejected.values())
        status.rejected = dict(counts.rejected)
        if engine.failure is not None:
            status.state, status.failure = "failed", str(engine.failure)
        elif not engine.alive:
            status.state = "stopped"
        else:
            status.state = "drained" if counts.drained else "running"


def build_live(
    settings: Settings, *, ledger: Ledger, stop: StopToken, progress: FeedProgress
) -> LiveGraph:
    """Build everything that runs in the engine.

    Raises:
        ConfigError, SourceError: a file or a setting is wrong; nothing has been started.
    """
    inputs = gather(files_of(settings))
    sources = sources_of(inputs, settings.engine, stop=stop, progress=progress, prices=True)
    advised = inputs.documents is not None
    series = series_options(settings, advised=advised, forming=settings.engine.forming)
    graph = build_graph(
        sources,
        series=series,
        policy=book_policy(settings),
        currency=settings.market.currency,
        keep=INSTANTS_KEPT,
    )
    states = LatestStates()
    states.follow(graph.deltas)
    events = read_usage_events(ledger.path, stop=stop, signal=ledger.signal)
    usage, counted = build_usage(events), build_usage_progress(events)
    if settings.sinks.jsonl is not None:
        folder = run_folder(settings.sinks.jsonl.dir, str(uuid_utils.uuid7()))
        for name, table in graph.tables().items():
            write_jsonlines(table, folder / f"{name}.jsonl", name=f"{name}-file")
    return LiveGraph(inputs, graph, usage, counted, stop, progress, states, Rate())
