from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sources.file_history import FileHistory
from connectors.sources.history import HistoryLost
from connectors.sources.source import FileSource

T0 = 1_767_225_600_000_000  # 2026-01-01
DAY = timedelta(days=1) // timedelta(microseconds=1)
HEAD = "symbol,ts_event,open,high,low,close,volume"
Write = Callable[..., Path]


def row(symbol: str, day: int, close: float = 2.0) -> str:
    return f"{symbol},{T0 + day * DAY},1,3,1,{close},10"


def history(path: Path, **options: int) -> FileHistory:
    return FileHistory(FileSource.inspect(path, "bars", interval=timedelta(days=1)), **options)


def test_only_the_rows_of_the_symbols_asked_for_are_kept(write: Write) -> None:
    rows = [row(symbol, day) for day in range(50) for symbol in "ABC"]
    found = history(write("days.csv.gz", [HEAD, *rows]), chunk_bytes=500)(["A", "C", "Z"])
    assert found.name == "days.csv.gz"
    assert found.missing == {}
    assert set(found.bars["symbol"]) == {"A", "C"}
    assert found.bars.height == 100
    assert found.bars["line"].to_list()[:3] == [2, 4, 5]


def test_rows_that_are_wrong_are_told_with_their_place_whomever_they_are_of(write: Write) -> None:
    path = write("days.csv", [HEAD, row("A", 0), row("B", 1, close=-1.0), "A,x,1,1,1,1,1"])
    found = history(path)(["A"])
    assert [(one.source, one.position, one.reason) for one in found.rejects] == [
        ("days.csv", 3, "not_positive"),
        ("days.csv", 4, "bad_timestamp"),
    ]
    assert found.bars.height == 1


def test_a_file_without_a_row_tells_of_nobody(write: Write) -> None:
    assert history(write("days.csv", [HEAD]))(["A"]).bars.height == 0
    [reject] = history(write("none.csv", []))(["A"]).rejects
    assert reject.reason == "empty_file"


def test_a_log_of_changes_leaves_what_it_comes_to(write: Write) -> None:
    line = '{"symbol":"A","ts_event":%d,"open":1,"high":9,"low":1,"close":%d,"volume":1,%s}'
    log = [
        line % (T0, 2, '"diff":1,"time":2'),
        line % (T0, 2, '"diff":-1,"time":4'),
        line % (T0, 3, '"diff":1,"time":4'),
        line % (T0 + DAY, 5, '"diff":1,"time":2'),
        line % (T0 + DAY, 5, '"diff":-1,"time":6'),
    ]
    bars = history(write("bars.jsonl", log))(["A"]).bars
    assert bars.select("close", "diff").rows() == [(2.0, 1.0), (3.0, 1.0), (5.0, 1.0), (5.0, -1.0)]


def test_a_file_that_has_gone_is_tried_again(write: Write) -> None:
    path = write("days.csv", [HEAD, row("A", 0)])
    asked = history(path)
    path.unlink()
    with pytest.raises(HistoryLost, match=r"days\.csv"):
        asked(["A"])
    write("days.csv", [HEAD, row("A", 0)])
    assert asked(["A"]).bars.height == 1
