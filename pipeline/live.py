"""Settings -> the graph of a live run: feeds, ledger and tables around the dataflow."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import pathway as pw
import uuid_utils

from config.settings import Settings
from connectors.sinks.jsonlines import run_folder, write_jsonlines
from connectors.sinks.postgres_link import StoreError
from connectors.sources.ledger_tail import Tail
from connectors.sources.live_market import LiveSource
from connectors.sources.market_feed import LiveInputs
from connectors.sources.marks import Marks
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from connectors.sources.usage_events import read_usage_events
from connectors.store.ledger import Ledger
from pipeline.analyst import LatestStates
from pipeline.book_options import book_policy
from pipeline.durable import Durable
from pipeline.feeds import live_feeds
from pipeline.graph import build_graph
from pipeline.inputs import Inputs, files_of, gather, sources_of
from pipeline.live_documents import live_sources
from pipeline.live_graph import LiveGraph, market_time
from pipeline.outputs import write_outputs
from pipeline.progress_line import Rate
from pipeline.providers import Providers
from pipeline.series_options import series_options
from transforms.frozen import FrozenState, thaw
from transforms.market_delta import MarketDelta
from transforms.schemas import UsageSum
from transforms.usage import build_usage, build_usage_progress

INSTANTS_KEPT = 3000  # closed bars that a late trade may still revise in the book: eight NSE days


def build_live(
    settings: Settings,
    *,
    ledger: Ledger,
    stop: StopToken,
    progress: FeedProgress,
    states: LatestStates | None = None,
    providers: Providers | None = None,
    inputs: Inputs | None = None,
    anew: bool = False,
) -> LiveGraph:
    """Build everything that runs in the engine, where the last checkpoint has left off.

    Args:
        settings: of the run.
        ledger: of accounts.
        stop: ends this engine.
        progress: counters of the feeds.
        states: what requests are judged on; they outlive an engine.
        providers: who is asked by polled feeds; they outlive an engine too.
        anew: empty tables that were made with other settings.
        inputs: of its files, if they were gathered before: the same for every engine of a run.

    Raises:
        ConfigError, SourceError: a file or a setting is wrong; nothing has been started.
        StoreError: the tables in Postgres cannot be used. SinkLost: Postgres is away.
    """
    inputs, states = inputs or gather(files_of(settings)), states or LatestStates()
    series = series_options(settings, advised=True, forming=settings.engine.forming)
    opened = ExitStack()
    feeds = live_feeds(settings, providers, opened)
    durable = Durable.open(settings, series.columns, inputs, anew=anew)
    try:
        marks = _marks(settings, durable, feeds)
        restored = {} if durable is None else durable.states
        live = LiveInputs(feeds, marks, restored.get("feed")) if feeds else None
        sources = sources_of(
            inputs, settings.engine, stop=stop, progress=progress, prices=True, live=live
        )
        tail = Tail(ledger.path, stop, ledger.signal)
        graph = build_graph(
            live_sources(sources, inputs, tail, lambda: market_time(progress, states)),
            series=series,
            policy=book_policy(settings),
            currency=settings.market.currency,
            keep=INSTANTS_KEPT,
            restored=restored,
        )
        states.restart(retold(restored, *series.shared))
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
            providers=providers,
            durable=durable,
            opened=opened,
        )
        _write(made, settings, events, marks)
    except BaseException:
        opened.close()
        if durable is not None:
            durable.store.close()
        raise
    return made


def _marks(settings: Settings, durable: Durable | None, feeds: Sequence[LiveSource]) -> Marks:
    """When checkpoints are made: of live feeds, where something can hold them."""
    if durable is None or not feeds:
        return Marks(None)
    return Marks(settings.engine.checkpoint_every, first=durable.number + 1)


def retold(restored: Mapping[str, bytes], *shared: object) -> MarketDelta | None:
    """What the book of a checkpoint knows of the market; None without one.

    Args:
        restored: states of the checkpoint.
        shared: what the series fold is given again.

    Raises:
        StoreError: a state is damaged, or was written by something else.
    """
    try:
        for part, given in (("series", shared), ("track_record", ())):
            if part in restored:
                thaw(restored[part], *given)  # the engine does it again, when it is too late to say
        return thaw(restored["book"]).book.retold() if "book" in restored else None
    except FrozenState as error:
        fix = "name another sinks.postgres.schema, or drop the old one to begin anew"
        raise StoreError(f"the checkpoint in Postgres cannot be read ({error}); {fix}") from None


def _write(made: LiveGraph, settings: Settings, events: pw.Table[UsageSum], marks: Marks) -> None:
    """Add every sink that the settings name."""
    made.outputs = write_outputs(
        settings, made.graph, events=events, sample=made.metrics, stop=made.stop
    )
    if made.durable is not None:
        made.sink = made.durable.write(made.graph, stop=made.stop, on_checkpoint=marks.stored)
    if settings.sinks.jsonl is not None:
        folder = run_folder(settings.sinks.jsonl.dir, str(uuid_utils.uuid7()))
        for name, table in made.graph.tables().items():
            write_jsonlines(table, folder / f"{name}.jsonl", name=f"{name}-file")
