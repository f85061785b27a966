"""The live feeds of a profile, as the reader of the market takes them."""

from config.feeds import KafkaFeed as KafkaSettings
from config.settings import DataSource, Settings
from connectors.sources.kafka import KafkaFeed
from connectors.sources.live_feed import LiveFeed, LiveKind
from connectors.sources.live_market import LiveSource
from connectors.sources.live_parser import FeedRules


def live_feeds(settings: Settings) -> list[LiveSource]:
    """Every live feed of a profile; nothing is connected."""
    return [_source(one, settings) for one in settings.data_sources if one.live is not None]


def _source(source: DataSource, settings: Settings) -> LiveSource:
    feed = _feed(source, settings)
    interval = source.interval or settings.engine.base_interval
    rules = FeedRules(
        kind=feed.kind,
        name=feed.name,
        mapping={},
        interval=None if feed.kind == "trades" else interval,
        venue=source.venue or "",
    )
    return LiveSource(feed, rules)


def _feed(source: DataSource, settings: Settings) -> LiveFeed:
    match source.live:
        case KafkaSettings() as kafka:
            return KafkaFeed(
                kafka.topic,
                bootstrap=settings.links.kafka or "",
                kind=_kind(source),
                start=kafka.start,
                partitions=kafka.partitions,
                settings=kafka.client_settings,
            )
    raise NotImplementedError(source.live_key)


def _kind(source: DataSource) -> LiveKind:
    match source.type:
        case "trades" | "bars" | "snapshots":
            return source.type
    raise ValueError(f"a live feed of {source.type}: the settings should have refused it")
