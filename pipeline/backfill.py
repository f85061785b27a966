"""The feed of history of a profile."""

from typing import Final

from config.backfill import BackfillFeed as BackfillSettings
from config.settings import DataSource, Settings
from connectors.sources.backfill import BackfillFeed
from connectors.sources.file_history import FileHistory
from connectors.sources.history import HistorySpan
from connectors.sources.provider_history import ProviderHistory
from connectors.sources.source import FileSource
from pipeline.providers import Providers

_BATCH: Final = 50  # symbols that providers are asked about at once; a file is read for all of them


def backfill_feed(
    origin: BackfillSettings, source: DataSource, settings: Settings, providers: Providers | None
) -> BackfillFeed:
    """The feed that ``origin`` stands for.

    Raises:
        SourceError: its file lacks a column or cannot be read.
    """
    assert source.interval is not None, "settings of bars have their length"
    span = HistorySpan(source.interval, origin.days, settings.market.timezone)
    if origin.path is None:
        assert providers is not None, "settings with history of providers have providers"
        history = ProviderHistory(providers.history(origin.provider), span)
        return BackfillFeed(history, span, batch=_BATCH)
    file = FileSource.inspect(origin.path, "bars", interval=source.interval)
    return BackfillFeed(FileHistory(file, max_future_skew=settings.engine.max_future_skew), span)
