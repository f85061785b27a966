"""Messages made of a file, and malformed ones made of those."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path

import pytest

from connectors.sources.source import FileSource
from scripts.kafka_feed.malformed import WAYS, Malformed
from scripts.kafka_feed.messages import WEEK, Feed

T0 = 1_769_053_500_000_000
SECOND = 1_000_000
ROWS = [
    ("INFY", T0, 100.5, 1, 1),
    ("TCS", T0 + SECOND, 200.0, 2, 2),
    ("INFY", T0 + 2 * SECOND, 101.0, 3, 3),
]


def csv(rows: Sequence[Sequence[object]]) -> str:
    lines = ["symbol,ts_event,price,size,trade_id", *(",".join(map(str, row)) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def trades(tmp_path: Path) -> Path:
    file = tmp_path / "trades.csv"
    file.write_text(csv(ROWS))
    return file


def test_every_way_of_being_malformed_occurs_and_only_the_seed_decides() -> None:
    good = json.dumps({"symbol": "INFY", "ts_event": T0, "price": 1.5, "size": 2}).encode()
    first, again, other = (Malformed("trades", 50.0, seed) for seed in (1, 1, 2))
    made = [first.after(good) for _ in range(400)]
    assert made == [again.after(good) for _ in range(400)]
    assert made != [other.after(good) for _ in range(400)]
    assert set(first.made) == set(WAYS)
    assert len(WAYS) == 10
    assert 150 < first.made.total() < 250


@pytest.mark.parametrize(
    "way", sorted(set(WAYS) - {"missing_field", "negative_price", "far_future"})
)
def test_a_malformed_message_is_no_object_of_the_right_types(way: str) -> None:
    row = {"symbol": "INFY", "ts_event": T0, "price": 1.5, "size": 2}
    bad = WAYS[way](row, "price")
    try:
        found = json.loads(bad or b"")
    except ValueError:
        return
    assert not isinstance(found, dict) or not isinstance(found["price"], float)


def test_a_repeated_file_goes_on_whole_weeks_later_with_ids_of_its_own(trades: Path) -> None:
    feed = Feed(FileSource.inspect(trades, "trades"))
    first, second, third = islice(feed.messages(endless=True), 3)
    assert list(second.times - first.times) == [WEEK] * 3
    assert list(third.times - second.times) == [WEEK] * 3
    ids = [
        json.loads(value)["trade_id"] for part in (first, second, third) for value in part.values
    ]
    assert len(set(ids)) == 9


def test_a_time_that_is_far_ahead_is_sent_but_does_not_move_the_clock(tmp_path: Path) -> None:
    file = tmp_path / "trades.csv"
    times = [T0, T0 + SECOND, 4_102_444_800_000_000, T0 + 2 * SECOND, T0 + SECOND]
    file.write_text(csv([("A", at, 1, 1, n) for n, at in enumerate(times)]))
    [part] = Feed(FileSource.inspect(file, "trades")).messages()
    assert list(part.times) == times
    assert list(part.clock) == [T0 + n * SECOND for n in (0, 1, 1, 2, 2)]


def test_lines_that_are_no_rows_are_counted_by_reason(tmp_path: Path) -> None:
    file = tmp_path / "trades.csv"
    file.write_text(csv([*ROWS, ("A", "x", 1, 1, 1), ("A", T0, -1, 1, 1), ("A", T0, "", 1, 1)]))
    feed = Feed(FileSource.inspect(file, "trades"))
    assert sum(len(part.values) for part in feed.messages()) == 3
    assert feed.left_out == Counter(bad_timestamp=1, not_positive=1, missing_field=1)


def test_the_bundled_day_is_sent_but_for_the_lines_that_are_no_trades(replay: Path) -> None:
    feed = Feed(FileSource.inspect(replay / "trades.csv.gz", "trades"))
    parts = list(feed.messages())
    lines = json.loads((replay / "events.json").read_text())["rows"]["data_lines"]
    assert sum(len(part.values) for part in parts) + feed.left_out.total() == lines
    steps = [part.clock for part in parts]
    assert all((clock[1:] >= clock[:-1]).all() for clock in steps)
    assert all(after[0] >= before[-1] for before, after in pairwise(steps))
