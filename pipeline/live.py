"""The graph of a live run: feeds, ledger, tables and views around the dataflow."""

from collections.abc import Sequence
from dataclasses import dataclass

import pathway as pw
import uuid_utils

from config.settings import AdviceSettings, Settings
from connectors.sinks.jsonlines import run_folder, write_jsonlines
from connectors.sinks.live_view import ViewSet
from connectors.sinks.postgres import PostgresSink
from connectors.sinks.view_feed import Warm
from connectors.sources.ledger_tail import Tail
from connectors.sources.live_feed import LinkStatus
from connectors.sources.live_market import LiveSource
from connectors.sources.market_feed import LiveInputs
from connectors.sources.marks import Marks
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from connectors.sources.usage_events import read_usage_events
from connectors.store.ledger import Ledger
from pipeline.advice_views import show_past
from pipeline.analyst import LatestStates
from pipeline.book_options import book_policy
from pipeline.durable import Durable
from pipeline.engine import Engine
from pipeline.feeds import live_feeds
from pipeline.graph import Graph, build_graph
from pipeline.inputs import Inputs, files_of, gather, sources_of
from pipeline.live_documents import live_sources
from pipeline.progress_line import Rate
from pipeline.series_options import series_options
from serving.views import EngineStatus, PartStatus
from transforms.frozen import thaw
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
    feeds: Sequence[LiveSource] = ()
    durable: Durable | None = None
    sink: PostgresSink | None = None

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
        ops, bar = self.graph.ops, ("symbol", "interval", "bar_start")
        views.view("quotes", self.graph.latest, key=("symbol",))
        views.view("instruments", self.graph.instruments, key=("symbol",), warm="commit")
        for name in ("bars", "indicators"):
            views.view(name, ops[name], key=bar, group=bar[:2], keep=BARS_KEPT, ops=True)
        usage = ("account_id", "meter", "granularity", "period_start")
        views.view("usage", self.usage, key=usage, group=("account_id",), warm="commit")
        self._show_book(views)
        kept = self.advice
        show_past(views, self.graph.book, interval=kept.interval, retention=kept.retention)
        views.view("usage_progress", self.counted, key=("seq",), warm="commit")
        views.subscribe()
        if self.durable is not None:
            self.durable.seed(views, bars=BARS_KEPT)
        elif self.feeds:
            views.empty_all()

    def _show_book(self, views: ViewSet) -> None:
        ops = self.graph.ops
        if self.graph.book is None:
            for name in ("positions", "portfolio_risk", "advice", "track_record"):
                views.empty(name)
            return
        warm: Warm = "rows" if self.inputs.documents else "commit"
        key: tuple[str, ...] = ("portfolio_id", "symbol")
        views.view("positions", ops["positions"], key=key, group=key[:1], warm=warm, ops=True)
        views.view("portfolio_risk", ops["portfolio_risk"], key=key[:1], warm=warm, ops=True)
        views.view(
            *("advice", ops["advice"]),
            key=("advice_id",),
            group=("portfolio_id",),
            warm="commit",
            ops=True,
        )
        key = ("rule_id", "severity", "direction", "horizon")
        views.view(
            *("track_record", ops["track_record"]), key=key, group=key[:1], warm="commit", ops=True
        )

    @property
    def recovers(self) -> bool:
        """Whether an engine that has ended is started again: files end for good."""
        return bool(self.feeds) or self.durable is not None

    @property
    def failure(self) -> Exception | None:
        """Why a sink has ended the run."""
        return None if self.sink is None else self.sink.failure

    def links(self) -> list[LinkStatus]:
        """How every feed and sink stands with its other side."""
        found = [one.feed.status() for one in self.feeds]
        return found if self.sink is None else [*found, self.sink.status()]

    def close(self) -> None:
        """Give up what the engine held; after it has ended."""
        if self.sink is not None:
            self.sink.close()

    def update(self, status: EngineStatus, engine: Engine) -> None:
        """Carry the counters of the feed into the status that the API shows."""
        counts = self.progress.snapshot()
        status.clock = counts.clock or None
        status.evaluated_at = self.states.as_of
        status.ticks_per_s = self.rate(counts.rows_in)
        status.ticks = counts.rows_in - counts.skipped - sum(counts.rejected.values())
        status.rejected = dict(counts.rejected)
        status.parts = tuple(map(_part, self.links()))
        gone = [part.since for part in status.parts if part.state == "away"]
        status.stale_since = min(gone, default=None)
        if engine.failure is not None:
            status.state, status.failure = "failed", str(engine.failure)
        elif not engine.alive:
            status.state = "stopped"
        else:
            status.state = "drained" if counts.drained else "running"


def _part(link: LinkStatus) -> PartStatus:
    since = int(link.since * 1e6)
    return PartStatus(link.name, link.state, since, link.reason, link.lag, link.counters)


def market_time(progress: FeedProgress, states: LatestStates) -> int | None:
    """Time of the newest trade, yet after the last evaluation: what was evaluated stays so."""
    clock, evaluated = progress.snapshot().clock, states.as_of
    if evaluated is None:
        return clock or None
    return max(clock, evaluated + 1)


def build_live(
    settings: Settings,
    *,
    ledger: Ledger,
    stop: StopToken,
    progress: FeedProgress,
    states: LatestStates | None = None,
) -> LiveGraph:
    """Build everything that runs in the engine, where the last checkpoint has left off.

    Args:
        settings: of the run.
        ledger: of accounts.
        stop: ends this engine.
        progress: counters of the feeds.
        states: what requests are judged on; they outlive an engine.

    Raises:
        ConfigError, SourceError: a file or a setting is wrong; nothing has been started.
        StoreError: the tables in Postgres cannot be used. SinkLost: Postgres is away.
    """
    inputs, states = gather(files_of(settings)), states or LatestStates()
    series = series_options(settings, advised=True, forming=settings.engine.forming)
    feeds, durable = live_feeds(settings), Durable.open(settings, series.columns, inputs)
    restored = {} if durable is None else durable.states
    marks = Marks(
        None if durable is None or not feeds else settings.engine.checkpoint_every,
        first=1 if durable is None else durable.number + 1,
    )
    live = LiveInputs(feeds, marks, restored.get("feed")) if feeds else None
    sources = sources_of(
        inputs, settings.engine, stop=stop, progress=progress, prices=True, live=live
    )
    tail = Tail(ledger.path, stop, ledger.signal)
    sources = live_sources(sources, inputs, tail, lambda: market_time(progress, states))
    graph = build_graph(
        sources,
        series=series,
        policy=book_policy(settings),
        currency=settings.market.currency,
        keep=INSTANTS_KEPT,
        restored=restored,
    )
    book = thaw(restored["book"]).book if "book" in restored else None
    states.restart(None if book is None else book.retold())
    states.follow(graph.deltas, marks.passed)
    events = read_usage_events(ledger.path, stop=stop, signal=ledger.signal)
    made = LiveGraph(
        inputs=inputs,
        graph=graph,
        usage=build_usage(events),
        counted=build_usage_progress(events),
        stop=stop,
        progress=progress,
        states=states,
        rate=Rate(),
        advice=settings.advice,
        feeds=feeds,
        durable=durable,
    )
    if durable is not None:
        made.sink = durable.write(graph, stop=stop, on_checkpoint=marks.stored)
    _write_files(settings, graph)
    return made


def _write_files(settings: Settings, graph: Graph) -> None:
    if settings.sinks.jsonl is not None:
        folder = run_folder(settings.sinks.jsonl.dir, str(uuid_utils.uuid7()))
        for name, table in graph.tables().items():
            write_jsonlines(table, folder / f"{name}.jsonl", name=f"{name}-file")
