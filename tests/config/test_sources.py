from collections.abc import Callable
from pathlib import Path

import pytest

from config.columns import COLUMNS
from config.settings import Settings, split_column
from config.values import SUFFIXES
from connectors.sources import formats
from connectors.sources.columns import FIELDS

Load = Callable[..., Settings]
Refuse = Callable[..., str]
TRADES = "data_sources:\n  - type: trades\n    path: data/trades.csv\n"


@pytest.fixture
def stocks(project: Path) -> Path:
    file = project / "data" / "stocks.csv"
    file.write_text("symbol,name,sector,price\n")
    return file


def test_a_missing_file_gives_way_to_its_fallback_with_a_notice(load: Load, stocks: Path) -> None:
    settings = load(
        "data_sources:\n"
        "  - type: trades\n"
        "    path: missing.csv\n"
        "    fallback: {csv_path: data/stocks.csv}\n"
    )
    [source] = settings.data_sources
    assert (source.type, source.path) == ("trades", stocks)
    assert settings.notices == (
        "config/demo.yaml: data_sources[0].path: no file at missing.csv, reading data/stocks.csv",
    )


def test_a_file_that_is_there_needs_no_fallback(load: Load, project: Path) -> None:
    settings = load(TRADES + "    fallback: {csv_path: nowhere.csv}\n")
    assert settings.data_sources[0].path == project / "data" / "trades.csv"
    assert settings.notices == ()


def test_csv_path_is_another_name_of_path(load: Load, stocks: Path) -> None:
    settings = load("data_sources:\n  - type: snapshots\n    csv_path: data/stocks.csv\n")
    [source] = settings.data_sources
    assert (source.type, source.path, source.csv_path) == ("snapshots", stocks, None)


def test_a_fallback_may_hold_another_table(load: Load, stocks: Path) -> None:
    [source] = load(
        "data_sources:\n"
        "  - type: trades\n"
        "    path: missing.csv\n"
        "    map: {ts_event: trade_ms:ms}\n"
        "    fallback: {csv_path: data/stocks.csv, type: snapshots, map: {price: last}}\n"
    ).data_sources
    assert (source.type, source.map) == ("snapshots", {"price": "last"})


def test_a_fallback_alone_is_a_source(load: Load, stocks: Path) -> None:
    settings = load("data_sources: [{type: snapshots, fallback: {csv_path: data/stocks.csv}}]\n")
    assert settings.data_sources[0].path == stocks
    assert settings.notices == (
        "config/demo.yaml: data_sources[0].path: not given, reading data/stocks.csv",
    )


def test_columns_and_files_are_those_that_the_readers_know() -> None:
    assert set(SUFFIXES) == set(formats.SUFFIXES)
    known = {kind: {field.name for field in fields} for kind, fields in FIELDS.items()}
    assert {kind: set(names) for kind, names in COLUMNS.items()} == known


def test_a_map_has_units_for_time_alone() -> None:
    assert split_column("trade_ms:ms") == ("trade_ms", "ms")
    assert split_column("qty") == ("qty", None)
    assert split_column("odd:name") == ("odd:name", None)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "data_sources: [{type: trades, path: data/nope.csv}]",
            "data_sources[0].path: no file at data/nope.csv; "
            'correct the path or add "fallback: {csv_path: FILE}"',
        ),
        (
            "data_sources: [{type: snapshots, csv_path: data/nope.csv}]",
            "data_sources[0].csv_path: no file at data/nope.csv; "
            'correct the path or add "fallback: {csv_path: FILE}"',
        ),
        (
            "data_sources: [{type: trades, path: a.csv, fallback: {csv_path: b.csv}}]",
            "data_sources[0].fallback.csv_path: no file at b.csv either "
            "(path: no file at a.csv); correct one of them",
        ),
        (
            f"data_sources: [{{type: trades, path: {'a' * 300}.csv}}]",
            f"data_sources[0].path: no file at {'a' * 300}.csv; "
            'correct the path or add "fallback: {csv_path: FILE}"',
        ),
        (
            TRADES + "  - {type: trades, path: data/../data/trades.csv}",
            "data_sources[1]: its file is read as trades already, drop one",
        ),
        ("data_sources: []", "data_sources: must list a feed of type trades, bars or snapshots"),
        ("data_sources: 5", "data_sources: must be a list, was 5"),
        ("data_sources: [data.csv]", 'data_sources[0]: must be a mapping of keys, was "data.csv"'),
        ("data_sources: [{path: a.csv}]", "data_sources[0].type: is required"),
        (
            "data_sources: [{type: trades}]",
            "data_sources[0].path: is required: the file to read, "
            "or a feed (kafka, websocket, redis, postgres, polled, backfill)",
        ),
        (
            "data_sources: [{type: trade, path: a.csv}]",
            "data_sources[0].type: must be one of trades, bars, snapshots, holdings, instruments, "
            'fx, transactions, actions, was "trade"',
        ),
        (
            "data_sources: [{type: kafka, topic: market.trades}]",
            "data_sources[0].topic: unknown key, it belongs to a feed: "
            "kafka: {topic: market.trades}",
        ),
        (
            "data_sources: [{type: kafka, kafka: {topic: market.trades}}]",
            "data_sources[0].type: is the table, such as trades; kafka is a key beside it: "
            'kafka: {...}, was "kafka"',
        ),
        (
            TRADES + "    csv_path: data/trades.csv",
            "data_sources[0].csv_path: is the same as path: give one of them",
        ),
        (
            "data_sources: [{type: trades, path: a.xlsx}]",
            "data_sources[0].path: must end in .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet, "
            'was "a.xlsx"',
        ),
        (
            "data_sources: [{type: trades, path: 5}]",
            "data_sources[0].path: must be the path of a file or folder, was 5",
        ),
        (
            TRADES + "    interval: 1m",
            "data_sources[0].interval: belongs to type bars, not to trades",
        ),
        (
            "data_sources: [{type: bars, path: data/trades.csv, interval: 2h}]",
            'data_sources[0].interval: must be one of engine.intervals (1m, 5m, 1h, 1d), was "2h"',
        ),
        (
            "data_sources: [{type: bars, path: data/trades.csv}]",
            'data_sources[0].interval: is required: the length of a bar such as "1d"',
        ),
        (
            TRADES + "    fallback: {csv_path: a.csv, type: bars}",
            'data_sources[0].interval: is required: the length of a bar such as "1d"',
        ),
        (
            TRADES + "    map: {siez: qty}",
            "data_sources[0].map.siez: unknown column, did you mean size?",
        ),
        (
            TRADES + "    map: {ts_event: trade_ms:msec}",
            "data_sources[0].map.ts_event: has an unknown unit, did you mean ms? "
            '(known: s, ms, us, ns, iso, date), was "trade_ms:msec"',
        ),
        (
            TRADES + "    map: {price: last:ms}",
            'data_sources[0].map.price: takes no unit: only ts_event has one, was "last:ms"',
        ),
        (
            TRADES + '    map: {price: ""}',
            'data_sources[0].map.price: must name a column of the file, was ""',
        ),
        (
            TRADES + "    map: {price: 3}",
            "data_sources[0].map.price: must be text in quotes, was 3",
        ),
        (
            TRADES + "    fallback: {path: a.csv}",
            "data_sources[0].fallback.path: unknown key, did you mean csv_path?",
        ),
        (
            TRADES + "    fallback: {csv_path: a.csv, type: holdings, map: {price: last}}",
            "data_sources[0].fallback.map.price: unknown column, "
            f"known: {', '.join(sorted(COLUMNS['holdings']))}",
        ),
    ],
)
def test_a_source_that_cannot_be_read_is_one_line(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(text) == f"config/demo.yaml: {line}"
