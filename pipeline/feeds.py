"""The live feeds of a profile, as the reader of the market takes them. Nothing is connected."""

from contextlib import ExitStack
from pathlib import Path

from pydantic import SecretStr

from config import feeds
from config.backfill import BackfillFeed
from config.settings import DataSource, Settings
from connectors.sources.kafka import KafkaFeed
from connectors.sources.live_feed import LiveFeed, LiveKind
from connectors.sources.live_market import LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.polled import Fetch, PolledFeed
from connectors.sources.postgres_table import PostgresTableFeed
from connectors.sources.recorder import Recorder
from connectors.sources.redis_streams import RedisStreamFeed
from connectors.sources.websocket import WebSocketFeed
from connectors.streams.venue import Credentials
from pipeline.backfill import backfill_feed
from pipeline.providers import Providers


def live_feeds(
    settings: Settings, providers: Providers | None, opened: ExitStack
) -> list[LiveSource]:
    """Every live feed of a profile.

    Args:
        settings: of the profile.
        providers: who is asked by polled feeds.
        opened: closes what belongs to feeds and is not closed with them.
    """
    live = [source for source in settings.data_sources if source.live is not None]
    return [_source(source, settings, providers, opened) for source in live]


def _source(
    source: DataSource, settings: Settings, providers: Providers | None, opened: ExitStack
) -> LiveSource:
    feed = _feed(source, settings, providers, opened)
    interval = source.interval or settings.engine.base_interval
    rules = FeedRules(
        kind=feed.kind,
        name=feed.name,
        mapping={},
        interval=None if feed.kind == "trades" else interval,
        venue=source.venue or "",
        past=source.backfill is not None,
    )
    return LiveSource(feed, rules)


def _feed(
    source: DataSource, settings: Settings, providers: Providers | None, opened: ExitStack
) -> LiveFeed:
    kind, links = _kind(source), settings.links
    match source.live:
        case feeds.KafkaFeed() as kafka:
            return KafkaFeed(
                kafka.topic,
                bootstrap=links.kafka or "",
                kind=kind,
                start=kafka.start,
                partitions=kafka.partitions,
                settings=kafka.client_settings,
            )
        case feeds.RedisFeed() as redis:
            return RedisStreamFeed(
                _revealed(links.redis),
                redis.stream,
                kind,
                group=redis.group,
                consumer=redis.consumer,
                start=redis.start,
                claim_after=redis.claim_after,
            )
        case feeds.PostgresFeed() as table:
            return PostgresTableFeed(
                _revealed(links.database), table.table, table.cursor, kind, poll=table.poll
            )
        case feeds.WebSocketFeed() as venue:
            return _pushed(venue, settings.home, opened)
        case feeds.PolledFeed() as polled:
            assert providers is not None, "settings with a polled feed have providers"
            return _polled(polled, providers)
        case BackfillFeed() as origin:
            return backfill_feed(origin, source, settings, providers)
    raise ValueError(f"{source.live_key}: no such feed; the settings should have refused it")


def _pushed(venue: feeds.WebSocketFeed, home: Path, opened: ExitStack) -> WebSocketFeed:
    key, secret = _revealed(venue.key), _revealed(venue.secret)
    recorder = None
    if venue.record:
        folder = home / "recorder" / venue.venue
        recorder = Recorder(folder, credentials=Credentials(key, secret))
        opened.callback(recorder.close)
    return WebSocketFeed(
        venue.venue, venue.symbols, url=venue.url, key=key, secret=secret, log=recorder
    )


def _polled(polled: feeds.PolledFeed, providers: Providers) -> PolledFeed:
    name = polled.provider or "routing"
    fetch: Fetch = providers.direct(name) if polled.provider else providers.routed
    return PolledFeed(name, fetch, polled.symbols, every=polled.every, what=polled.what)


def _kind(source: DataSource) -> LiveKind:
    match source.type:
        case "trades" | "bars" | "snapshots":
            return source.type
    raise ValueError(f"a live feed of {source.type}: the settings should have refused it")


def _revealed(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
