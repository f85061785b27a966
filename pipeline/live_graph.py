"""A live graph that is ready to run, and what watches it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import pathway as pw

from config.settings import AdviceSettings
from connectors.sinks.postgres import PostgresSink
from connectors.sources.live_feed import LinkStatus
from connectors.sources.live_market import LiveSource
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from pipeline.analyst import LatestStates
from pipeline.durable import Durable
from pipeline.engine import Engine
from pipeline.graph import Graph
from pipeline.inputs import Inputs
from pipeline.outputs import Outputs
from pipeline.progress_line import Rate
from pipeline.providers import Providers
from serving.views import EngineStatus, PartStatus
from transforms.portfolio.instruments import InstrumentFacts
from transforms.schemas import Usage
from transforms.usage import UsageProgress


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
    providers: Providers | None = None
    durable: Durable | None = None
    sink: PostgresSink | None = None
    outputs: Outputs = field(default_factory=Outputs)
    opened: ExitStack = field(default_factory=ExitStack)

    @property
    def failure(self) -> Exception | None:
        """Why a sink has ended the run."""
        return None if self.sink is None else self.sink.failure

    def links(self) -> list[LinkStatus]:
        """How every feed and sink stands with its other side."""
        found = [one.feed.status() for one in self.feeds]
        found += [] if self.sink is None else [self.sink.status()]
        return found + self.outputs.links()

    def metrics(self) -> Iterator[tuple[str, str, float]]:
        """What the system says of itself: (name, part, value)."""
        counts = self.progress.snapshot()
        yield "ticks", "", float(counts.rows_in - sum(counts.rejected.values()))
        yield "market_clock", "", float(counts.clock)
        for reason, count in counts.rejected.items():
            yield "rejected", reason, float(count)
        for link in self.links():
            yield "connected", link.name, float(link.state == "connected")
            if link.lag is not None:
                yield "lag", link.name, float(link.lag)

    def close(self) -> None:
        """Give up what the engine held; after it has ended."""
        if self.sink is not None:
            self.sink.close()
        self.outputs.close()
        self.opened.close()

    def update(self, status: EngineStatus, engine: Engine) -> None:
        """Carry the counters of the feed into the status that the API shows."""
        counts = self.progress.snapshot()
        status.clock = counts.clock or None
        status.evaluated_at = self.states.as_of
        status.reached = max(status.reached, self.states.as_of or 0)
        status.ticks_per_s = self.rate(counts.rows_in)
        status.ticks = counts.rows_in - counts.skipped - sum(counts.rejected.values())
        status.rejected = dict(counts.rejected)
        links = self.links()
        status.parts = tuple(map(_part, links))
        gone = [_part(link).since for link in links if link.state == "away" and link.vital]
        behind = any(one.feed.status().lag for one in self.feeds)
        if behind and (self.states.as_of or 0) < status.reached and status.stale_since is not None:
            gone.append(status.stale_since)  # after a restart: older than what was answered before
        status.stale_since = min(gone, default=None)
        if engine.failure is not None:
            status.state, status.failure = "failed", str(engine.failure)
        elif not engine.alive:
            status.state = "stopped"
        else:
            status.state, status.failure = "drained" if counts.drained else "running", ""


def _part(link: LinkStatus) -> PartStatus:
    since = int(link.since * 1e6)
    return PartStatus(link.name, link.state, since, link.reason, link.lag, link.counters)


def market_time(progress: FeedProgress, states: LatestStates) -> int | None:
    """Time of the newest trade, yet after the last evaluation: what was evaluated stays so."""
    clock, evaluated = progress.snapshot().clock, states.as_of
    if evaluated is None:
        return clock or None
    return max(clock, evaluated + 1)


def facts_of(inputs: Inputs) -> dict[str, InstrumentFacts]:
    """What rules need to know of each symbol."""
    return {
        row.symbol: InstrumentFacts(
            row.sector, row.currency, row.lot_size, row.asset_class, row.market_cap, row.exchange
        )
        for row in inputs.facts
    }
