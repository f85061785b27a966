"""Files -> the tables that come from outside: what a replay and a live run share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from config.settings import DataSource, EngineSettings, Settings, split_column
from connectors.sources.columns import Mapped
from connectors.sources.fx_rates import FxRow, parse_fx_rates
from connectors.sources.holdings import HoldingDocument, parse_holdings
from connectors.sources.instruments import InstrumentRow, parse_instruments
from connectors.sources.market_feed import LiveInputs, read_market
from connectors.sources.progress import FeedProgress
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource
from connectors.sources.static_tables import (
    read_fx_rates,
    read_holdings,
    read_instruments,
    read_transactions,
)
from connectors.sources.stop import StopToken
from connectors.sources.transactions import TransactionDocument, parse_transactions
from pipeline.graph import Sources

MARKET_KINDS = ("bars", "snapshots", "trades")  # the order they are read in: history first
FEED_KINDS = ("actions", *MARKET_KINDS)


@dataclass(frozen=True)
class Inputs:
    """All that files give.

    Attributes:
        market: feeds, in the order they are read.
        documents: portfolios; None when no holdings file is given: then there is no advice.
        facts: instruments.
        rates: exchange rates. accounts: transactions of portfolios.
        rejects: rows of these files that were refused.
    """

    market: Sequence[FileSource]
    documents: Sequence[HoldingDocument] | None
    facts: Sequence[InstrumentRow]
    rates: Sequence[FxRow] = field(default=())
    accounts: Sequence[TransactionDocument] = field(default=())
    rejects: Sequence[Reject] = field(default=())

    @property
    def portfolio_ids(self) -> tuple[str, ...]:
        """Ids of the portfolios, in order."""
        return tuple(sorted({document.portfolio_id for document in self.documents or ()}))


def gather(files: Iterable[FileSource]) -> Inputs:
    """Sort files by what they hold and read the small ones.

    Raises:
        SourceError: a file cannot be read.
    """
    market, documents = [], None
    facts, rates, accounts, rejects = [], [], [], []
    for source in files:
        if source.kind in FEED_KINDS:
            market.append(source)
        if source.kind == "holdings":
            held = parse_holdings(source)
            documents = [*(documents or ()), *held.documents]
            rejects += held.rejects
        if source.kind in ("instruments", "snapshots"):
            known = parse_instruments(source)
            facts += known.rows
            rejects += known.rejects if source.kind == "instruments" else ()
        if source.kind == "fx":
            quoted = parse_fx_rates(source)
            rates += quoted.rows
            rejects += quoted.rejects
        if source.kind == "transactions":
            booked = parse_transactions(source)
            accounts += booked.documents
            rejects += booked.rejects
    market.sort(key=_turn)
    return Inputs(market, documents, facts, rates, accounts, rejects)


def _turn(source: FileSource) -> tuple[bool, bool, int]:
    """When a file of the feed is read: splits, second sources, then what both are held against."""
    return source.kind != "actions", not source.check, FEED_KINDS.index(source.kind)


def files_of(settings: Settings) -> list[FileSource]:
    """The files of a profile's ``data_sources``, their headers looked into.

    Raises:
        SourceError: a file lacks a column or cannot be read.
    """
    zone = settings.market.timezone
    files = [source for source in settings.data_sources if source.live is None]
    return [_file_of(source, settings.engine, zone) for source in files]


def _file_of(source: DataSource, engine: EngineSettings, timezone: str) -> FileSource:
    assert source.path is not None, "load_settings resolves every path"
    mapping = {}
    for name, target in source.map.items():
        column, unit = split_column(target)
        mapping[name] = Mapped(column, unit)  # type: ignore[arg-type]  # one of TIME_UNITS or None
    return FileSource.inspect(
        source.path,
        source.type,
        mapping=mapping,
        interval=(source.interval or engine.base_interval)
        if source.type in ("bars", "snapshots")
        else None,
        venue=source.venue or "",
        as_of=int(source.path.stat().st_mtime) * 1_000_000,
        volatility_unit=source.volatility_unit,
        timezone=timezone,
        check=source.check,
        paced=source.type != "bars",
    )


def sources_of(
    inputs: Inputs,
    engine: EngineSettings,
    *,
    stop: StopToken,
    progress: FeedProgress,
    prices: bool,
    live: LiveInputs | None = None,
) -> Sources:
    """The tables of these inputs.

    Args:
        inputs: what ``gather`` gave.
        engine: pace, chunks, lateness.
        stop: ends the feeds.
        progress: counts what they read.
        prices: also keep the latest price of every symbol.
        live: feeds behind the files.
    """
    market = read_market(
        inputs.market,
        interval=engine.base_interval,
        late_allowance=engine.late_allowance,
        stop=stop,
        progress=progress,
        max_future_skew=engine.max_future_skew,
        chunk_bytes=engine.chunk_bytes,
        speed=engine.speed,
        flush=engine.flush,
        prices=prices,
        early_rejects=inputs.rejects,
        live=live,
    )
    return Sources(
        partials=market.partials,
        latest=market.latest,
        rejected=market.rejected,
        holdings=None if inputs.documents is None else read_holdings(inputs.documents),
        instruments=read_instruments(inputs.facts),
        rates=read_fx_rates(inputs.rates) if inputs.rates else None,
        transactions=read_transactions(inputs.accounts) if inputs.accounts else None,
    )
