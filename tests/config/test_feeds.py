import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

from config.feeds import KEYS_OF_VENUES, Venue
from config.settings import Settings
from connectors.streams.registry import VENUES

Load = Callable[..., Settings]
SERVERS = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://me@127.0.0.1/db",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "KEY_A": "key-a",
    "KEY_B": "key-b",
}


def feed(text: str, kind: str = "trades", more: str = "") -> str:
    return f"data_sources:\n  - {{type: {kind}, {text}{more}}}\n"


def test_a_topic_is_all_that_kafka_needs(load: Load) -> None:
    [source] = load(feed("kafka: {topic: market.trades}"), SERVERS).data_sources
    assert source.live is source.kafka
    assert (source.live_key, source.path) == ("kafka", None)
    assert source.kafka is not None
    assert (source.kafka.topic, source.kafka.start) == ("market.trades", "earliest")
    assert source.kafka.partitions is None
    assert source.kafka.client_settings == {}


def test_kafka_starts_from_a_time_and_reads_some_partitions(load: Load) -> None:
    text = 'kafka: {topic: t, start: "2026-01-22T09:15:00+05:30", partitions: [3, 0]}'
    kafka = load(feed(text), SERVERS).data_sources[0].kafka
    assert kafka is not None
    assert kafka.start == datetime(2026, 1, 22, 3, 45, tzinfo=UTC)
    assert kafka.partitions == (3, 0)
    later = load(feed("kafka: {topic: t, start: latest}"), SERVERS).data_sources[0].kafka
    assert later is not None
    assert later.start == "latest"


def test_keys_of_a_venue_come_from_the_environment(load: Load) -> None:
    text = "websocket: {venue: alpaca, symbols: [AAPL], key_env: KEY_A, secret_env: KEY_B}"
    settings = load(feed(text), SERVERS)
    socket_feed = settings.data_sources[0].websocket
    assert socket_feed is not None
    assert socket_feed.key is not None
    assert socket_feed.secret is not None
    assert socket_feed.key.get_secret_value() == "key-a"
    assert socket_feed.secret.get_secret_value() == "key-b"
    assert (socket_feed.key.variable, socket_feed.record, socket_feed.url) == ("KEY_A", False, None)
    assert "key-a" not in repr(settings)


def test_a_venue_without_keys_may_have_an_address_of_its_own(load: Load) -> None:
    text = "websocket: {venue: yahoo, symbols: [^NSEI], record: true, url: 'ws://[::1]:99/?v=2'}"
    live = load(feed(text)).data_sources[0].websocket
    assert live is not None
    assert (live.symbols, live.url, live.record) == (("^NSEI",), "ws://[::1]:99/?v=2", True)


def test_a_redis_stream_is_read_as_this_machine(load: Load) -> None:
    live = load(feed("redis: {stream: market.trades}"), SERVERS).data_sources[0].redis
    assert live is not None
    assert (live.group, live.consumer) == ("yieldflow", socket.gethostname())
    assert (live.claim_after, live.start) == (timedelta(seconds=30), "earliest")


def test_a_table_is_looked_at_every_second(load: Load) -> None:
    text = feed("postgres: {table: stocks, cursor: id}", "snapshots")
    live = load(text, SERVERS).data_sources[0].postgres
    assert live is not None
    assert (live.table, live.cursor, live.poll) == ("stocks", "id", timedelta(seconds=1))


def test_a_provider_gives_quotes_or_bars(load: Load) -> None:
    quotes = load(feed("polled: {provider: yahoo, symbols: [A]}", "snapshots")).data_sources[0]
    bars = load(
        feed("polled: {provider: yahoo, symbols: [A], what: bars}", "bars", ", interval: 1d")
    ).data_sources[0]
    assert quotes.polled is not None
    assert (quotes.polled.every, quotes.polled.what) == (timedelta(seconds=60), "quote")
    assert quotes.polled.kinds == ("snapshots",)
    assert bars.polled is not None
    assert bars.polled.kinds == ("bars",)


def test_history_comes_from_a_provider_from_whoever_can_answer_or_from_a_file(load: Load) -> None:
    trades = "data_sources:\n  - {type: trades, kafka: {topic: t}}\n"
    bars = "  - {type: bars, interval: 1d, backfill: {%s}}\n"
    asked = load(trades + bars % "provider: yahoo, days: 30", SERVERS).data_sources[1]
    assert asked.backfill is not None
    assert (asked.live, asked.live_key, asked.asks_for_bars) == (asked.backfill, "backfill", True)
    assert (asked.backfill.provider, asked.backfill.days) == ("yahoo", 30)
    routed = load(trades + bars % "" + "providers: {routing: {bars: [yahoo]}}\n", SERVERS)
    assert routed.data_sources[1].asks_for_bars
    file = load(trades + bars % "path: data/trades.csv", SERVERS).data_sources[1]
    assert file.backfill is not None
    assert not file.asks_for_bars
    assert file.backfill.days == 400
    assert file.backfill.path is not None
    assert file.backfill.path.is_absolute()


def test_files_and_feeds_stand_side_by_side(load: Load) -> None:
    settings = load(
        "data_sources:\n"
        "  - {type: trades, path: data/trades.csv}\n"
        "  - {type: bars, interval: 1m, kafka: {topic: market.bars}}\n"
        "  - {type: snapshots, redis: {stream: s}, volatility_unit: pct_daily}\n"
        "  - {type: trades, postgres: {table: t, cursor: id}, venue: NSE}\n",
        SERVERS,
    )
    assert [source.live_key for source in settings.data_sources] == [
        *("", "kafka", "redis", "postgres")
    ]
    assert [source.live.address for source in settings.data_sources if source.live] == [
        *("kafka:market.bars", "redis:s", "postgres:t")
    ]


def test_venues_and_their_keys_are_those_that_are_spoken() -> None:
    assert set(get_args(Venue)) == set(VENUES)
    wanted = {name: tuple(f"{one}_env" for one in venue.needs) for name, venue in VENUES.items()}
    assert {name: needs for name, needs in wanted.items() if needs} == KEYS_OF_VENUES
