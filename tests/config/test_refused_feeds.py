from collections.abc import Callable

import pytest

Refuse = Callable[..., str]
SERVERS = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://me@127.0.0.1/db",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "KEY_A": "key-a",
    "KEY_B": "key-b",
}


def feed(text: str, kind: str = "trades", more: str = "") -> str:
    return f"data_sources:\n  - {{type: {kind}, {text}{more}}}\n"


KAFKA = "kafka: {topic: t}"
DAILY = ", interval: 1d"
LIST = "must be a list of symbols such as [AAPL, MSFT], each once"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (feed(KAFKA, "holdings"), "kafka: gives trades or bars or snapshots, not holdings"),
        (feed(KAFKA, "bars"), 'interval: is required: the length of a bar such as "1d"'),
        (
            feed(KAFKA, "bars", ", interval: 2m"),
            'interval: must be one of engine.intervals (1m, 5m, 1h, 1d), was "2m"',
        ),
        (feed(KAFKA, "trades", ", path: a.csv"), "path: belongs to files, not to kafka"),
        (feed(KAFKA, "trades", ", csv_path: a.csv"), "csv_path: belongs to files, not to kafka"),
        (feed(KAFKA, "trades", ", map: {}"), "map: belongs to files, not to kafka"),
        (feed(KAFKA, "trades", ", check: true"), "check: belongs to files, not to kafka"),
        (
            feed(KAFKA, "trades", ", fallback: {csv_path: a.csv}"),
            "fallback: belongs to files, not to kafka",
        ),
        (
            feed(KAFKA, "trades", ", redis: {stream: s}"),
            "redis: stands beside kafka: a source has one feed",
        ),
        (feed("kafka: {}"), "kafka.topic: is required"),
        (feed("kafka: market.trades"), 'kafka: must be a mapping of keys, was "market.trades"'),
        (feed("kafka: {topc: t}"), "kafka.topc: unknown key, did you mean topic?"),
        (
            feed("kafka: {topic: 'a b'}"),
            'kafka.topic: must be a topic: letters, digits, . _ or -, was "a b"',
        ),
        (
            feed("kafka: {topic: t, start: yesterday}"),
            "kafka.start: must be earliest, latest or a time with its offset such as "
            '"2026-01-22T10:30:00+05:30", was "yesterday"',
        ),
        (
            feed('kafka: {topic: t, start: "2026-01-22T10:30:00"}'),
            "kafka.start: must be earliest, latest or a time with its offset such as "
            '"2026-01-22T10:30:00+05:30", was "2026-01-22T10:30:00"',
        ),
        (
            feed("kafka: {topic: t, partitions: [-1]}"),
            "kafka.partitions[0]: must be a whole number from 0 to 99999, was -1",
        ),
        (
            feed("kafka: {topic: t, partitions: [1, 1]}"),
            "kafka.partitions: must name each partition once",
        ),
        (
            feed("kafka: {topic: t, partitions: []}"),
            "kafka.partitions: must not be empty; leave it out for all",
        ),
        (
            feed("websocket: {venue: nyse, symbols: [A]}"),
            "websocket.venue: must be alpaca, binance, coinbase, coinbase_advanced, "
            "finnhub, massive or yahoo, "
            'was "nyse"',
        ),
        (
            feed("websocket: {venue: binance, symbols: [A]}", "bars", ", interval: 1m"),
            "websocket: gives trades, not bars",
        ),
        (
            feed("websocket: {venue: binance, symbols: [A]}", "trades", ", venue: X"),
            "venue: comes from websocket itself, drop it",
        ),
        (
            feed("websocket: {venue: binance, symbols: []}"),
            f"websocket.symbols: {LIST}, was a list of 0",
        ),
        (
            feed("websocket: {venue: binance, symbols: [A, A]}"),
            f"websocket.symbols: {LIST}, was a list of 2",
        ),
        (feed("websocket: {venue: binance, symbols: A}"), f'websocket.symbols: {LIST}, was "A"'),
        (
            feed("websocket: {venue: binance, symbols: ['A,B']}"),
            f"websocket.symbols: {LIST}, was a list of 1",
        ),
        (
            feed("websocket: {venue: finnhub, symbols: [A]}"),
            "websocket.key_env: is required: the environment variable with your key of finnhub",
        ),
        (
            feed("websocket: {venue: alpaca, symbols: [A], key_env: KEY_A}"),
            "websocket.secret_env: is required: the environment variable with your secret of "
            "alpaca",
        ),
        (
            feed("websocket: {venue: binance, symbols: [A], key_env: KEY_A}"),
            "websocket.key_env: is of no use to binance, drop it",
        ),
        (
            feed("websocket: {venue: binance, symbols: [A], url: 'https://a.b'}"),
            'websocket.url: must be a URL such as "wss://example.com"',
        ),
        (
            feed("redis: {stream: s, claim_after: 0s}"),
            'redis.claim_after: must be from "1s" to "1h", was "0s"',
        ),
        (
            feed("redis: {stream: s, start: '0-0'}"),
            'redis.start: must be earliest or latest, was "0-0"',
        ),
        (
            feed("redis: {stream: 'a b'}"),
            'redis.stream: must be the name of a stream such as market.trades, was "a b"',
        ),
        (
            feed("postgres: {table: 'stocks; drop table x', cursor: id}"),
            'postgres.table: must be the name of a table such as "public.stocks", '
            'was "stocks; drop table x"',
        ),
        (feed("postgres: {table: stocks}"), "postgres.cursor: is required"),
        (
            feed("postgres: {table: stocks, cursor: id, poll: 1ms}"),
            'postgres.poll: must be from "50ms" to "1h", was "1ms"',
        ),
        (
            feed("polled: {provider: yahoo, symbols: [A]}"),
            "polled: gives snapshots (what: quote), not trades",
        ),
        (
            feed("polled: {provider: yahoo, symbols: [A]}", "bars", ", interval: 1d"),
            "polled: gives snapshots (what: quote), not bars",
        ),
        (
            feed("polled: {provider: yaho, symbols: [A]}", "snapshots"),
            "polled.provider: unknown provider, did you mean yahoo?",
        ),
        (
            feed("polled: {provider: iex_cloud, symbols: [A]}", "snapshots"),
            "polled.provider: iex_cloud was shut down on 2024-08-31; "
            "finnhub or alpaca have the same market",
        ),
        (
            feed("polled: {provider: fred, symbols: [A]}", "snapshots"),
            "polled.provider: fred has no quote; these have: "
            "alphavantage, binance, coingecko, coingecko_pro, coinmarketcap, finnhub, massive, "
            "yahoo",
        ),
        (
            feed("polled: {provider: finnhub, symbols: [A]}", "snapshots"),
            "polled.provider: finnhub wants a key: name the variable with it in providers.keys",
        ),
        (
            feed("polled: {symbols: [A]}", "snapshots"),
            "polled.provider: is required, or providers.routing.quote: who is asked",
        ),
        (
            feed("polled: {symbols: [A], key_env: KEY_A}", "snapshots")
            + "providers: {routing: {quote: [yahoo]}}",
            "polled.key_env: belongs to one provider: give provider, or use providers.keys",
        ),
        (
            feed("backfill: {provider: yahoo}", "trades"),
            "backfill: gives bars, not trades",
        ),
        (
            feed("backfill: {provider: yahoo}", "bars"),
            'interval: is required: the length of a bar such as "1d"',
        ),
        (
            feed("backfill: {provider: yahoo, path: a.csv}", "bars", DAILY),
            "backfill.path: stands beside provider: history has one origin",
        ),
        (
            feed("backfill: {path: a.xls}", "bars", DAILY),
            'backfill.path: must end in .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet, was "a.xls"',
        ),
        (
            feed("backfill: {path: a.csv}", "bars", DAILY),
            "backfill: adds to live feeds, and there is no other one",
        ),
        (
            feed("backfill: {days: 0, path: a.csv}", "bars", DAILY),
            "backfill.days: must be a whole number from 1 to 36500, was 0",
        ),
        (
            feed("backfill: {provider: coinmarketcap}", "bars", DAILY),
            "backfill.provider: coinmarketcap has no bars; these have: "
            "alphavantage, binance, coingecko, coingecko_pro, finnhub, massive, yahoo",
        ),
        (
            feed("backfill: {provider: massive}", "bars", DAILY),
            "backfill.provider: massive wants a key: name the variable with it in providers.keys",
        ),
        (
            feed("backfill: {}", "bars", DAILY),
            "backfill.provider: is required, or path, or providers.routing.bars: "
            "where history comes from",
        ),
        (
            feed("backfill: {provider: yahoo}, venue: X", "bars", DAILY),
            "venue: comes from backfill itself, drop it",
        ),
        (
            feed("backfill: {provider: yahoo}, path: a.csv", "bars", DAILY),
            "path: belongs to files, not to backfill",
        ),
    ],
)
def test_a_feed_that_cannot_be_is_one_line(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(text, SERVERS) == f"config/demo.yaml: data_sources[0].{line}"


@pytest.mark.parametrize(
    ("one", "address"),
    [
        ("type: trades, kafka: {topic: t}", "kafka:t"),
        ("type: trades, websocket: {venue: binance, symbols: [A]}", "websocket:binance"),
        ("type: trades, redis: {stream: s}", "redis:s"),
        ("type: trades, postgres: {table: t, cursor: id}", "postgres:t"),
        ("type: snapshots, polled: {provider: yahoo, symbols: [A]}", "polled:yahoo/quote"),
        ("type: bars, interval: 1d, backfill: {provider: yahoo}", "backfill"),
    ],
)
def test_nothing_is_read_twice(refuse: Refuse, one: str, address: str) -> None:
    key = address.partition(":")[0]
    assert refuse(f"data_sources: [{{{one}}}, {{{one}}}]", SERVERS) == (
        f"config/demo.yaml: data_sources[1].{key}: {address} is read already"
    )


def test_providers_are_asked_for_bars_of_one_length(refuse: Refuse) -> None:
    text = (
        "data_sources:\n"
        "  - {type: bars, interval: 1m, polled: {provider: yahoo, symbols: [A], what: bars}}\n"
        "  - {type: bars, interval: 1d, backfill: {provider: yahoo}}\n"
    )
    assert refuse(text) == (
        "config/demo.yaml: data_sources[1].interval: "
        "must be the same wherever providers are asked for bars"
    )


def test_a_file_of_history_has_to_be_there(refuse: Refuse) -> None:
    text = (
        "data_sources:\n"
        "  - {type: trades, kafka: {topic: t}}\n"
        "  - {type: bars, interval: 1d, backfill: {path: data/nope.csv}}\n"
    )
    assert refuse(text, SERVERS) == (
        "config/demo.yaml: data_sources[1].backfill.path: "
        "no file at data/nope.csv; correct the path or name a provider"
    )
