"""The graph of a live run: feeds, ledger and views around the dataflow."""

from dataclasses import dataclass

import pathway as pw
import uuid_utils

from config.settings import AdviceSettings, Settings
from connectors.sinks.jsonlines import run_folder, write_jsonlines
from connectors.sinks.live_view import ViewSet
from connectors.sinks.view_feed import Warm
from connectors.sources.ledger_tail import Tail
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from connectors.sources.usage_events import read_usage_events
from connectors.store.ledger import Ledger
from pipeline.advice_views import show_past
from pipeline.analyst import LatestStates
from pipeline.book_options import book_policy
from pipeline.engine import Engine
from pipeline.graph import Graph, build_graph
from pipeline.inputs import Inputs, files_of, gather, sources_of
from pipeline.live_documents import live_sources
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
    advice: AdviceSettings

    @property
    def market_time(self) -> int | None:
        """From when on holdings count that are sent now; None before the first trade."""
        return market_time(self.progress, self.states)

    @property
    def facts(self) -> dict[str, InstrumentFacts]:
        """What rules need to know of each symbol."""
        return {
            row.symbol: InstrumentFacts(
                row.sector,
                row.currency,
                row.lot_size,
                row.asset_class,
                row.market_cap,
                row.exchange,
            )
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
        kept = self.advice
        show_past(views, self.graph.book, interval=kept.interval, retention=kept.retention)
        views.view("usage_progress", self.counted, key=("seq",), warm="commit")
        views.subscribe()

    def _show_book(self, views: ViewSet) -> None:
        book = self.graph.book
        if book is None:
            for name in ("positions", "portfolio_risk", "advice", "track_record"):
                views.empty(name)
            return
        warm: Warm = "rows" if self.inputs.documents else "commit"
        views.view(
            "positions",
            book.positions,
            key=("portfolio_id", "symbol"),
            group=("portfolio_id",),
            warm=warm,
        )
        views.view("portfolio_risk", book.risk, key=("portfolio_id",), warm=warm)
        views.view(
            "advice", book.advice, key=("advice_id",), group=("portfolio_id",), warm="commit"
        )
        if (record := self.graph.track_record) is not None:
            key = ("rule_id", "severity", "direction", "horizon")
            views.view("track_record", record, key=key, group=("rule_id",), warm="commit")

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


def market_time(progress: FeedProgress, states: LatestStates) -> int | None:
    """Time of the newest trade, yet after the last evaluation: what was evaluated stays so."""
    clock, evaluated = progress.snapshot().clock, states.as_of
    if evaluated is None:
        return clock or None
    return max(clock, evaluated + 1)


def build_live(
    settings: Settings, *, ledger: Ledger, stop: StopToken, progress: FeedProgress
) -> LiveGraph:
    """Build everything that runs in the engine.

    Raises:
        ConfigError, SourceError: a file or a setting is wrong; nothing has been started.
    """
    inputs = gather(files_of(settings))
    sources = sources_of(inputs, settings.engine, stop=stop, progress=progress, prices=True)
    states = LatestStates()
    tail = Tail(ledger.path, stop, ledger.signal)
    sources = live_sources(sources, inputs, tail, lambda: market_time(progress, states))
    series = series_options(settings, advised=True, forming=settings.engine.forming)
    graph = build_graph(
        sources,
        series=series,
        policy=book_policy(settings),
        currency=settings.market.currency,
        keep=INSTANTS_KEPT,
    )
    states.follow(graph.deltas)
    events = read_usage_events(ledger.path, stop=stop, signal=ledger.signal)
    usage, counted = build_usage(events), build_usage_progress(events)
    if settings.sinks.jsonl is not None:
        folder = run_folder(settings.sinks.jsonl.dir, str(uuid_utils.uuid7()))
        for name, table in graph.tables().items():
            write_jsonlines(table, folder / f"{name}.jsonl", name=f"{name}-file")
    return LiveGraph(inputs, graph, usage, counted, stop, progress, states, Rate(), settings.advice)
