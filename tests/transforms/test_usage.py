"""UsageSum -> Usage: the same counts in any order of arrival."""

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pathway as pw
import pytest

from transforms.schemas import UsageSum
from transforms.usage import build_usage, build_usage_progress, month_start

HOUR = 3_600_000_000
Row = tuple[int, str, str, int, int, int]  # the columns of UsageSum
Change = tuple[int, str, str, int, int, int, int, int]  # and time, diff


def micros(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[arg-type]


def usage_of(changes: list[Change]) -> set[tuple[Any, ...]]:
    """The final usage table, one tuple per row."""
    events = pw.debug.table_from_rows(UsageSum, changes, is_stream=True)  # type: ignore[arg-type]
    _, columns = pw.debug.table_to_dicts(build_usage(events))
    names = ("account_id", "meter", "granularity", "period_start", "quantity", "ts_last_event")
    rows = [tuple(columns[name][key] for name in names) for key in columns["quantity"]]
    assert len(set(rows)) == len(rows)
    return set(rows)


def counted(rows: list[Row]) -> set[tuple[Any, ...]]:
    """The same by hand."""
    units: Counter[tuple[str, str, str, int]] = Counter()
    last: dict[tuple[str, str, str, int], int] = {}
    for _, account, meter, _, quantity, ts in rows:
        at = datetime.fromtimestamp(ts // 1_000_000, UTC)
        hour = micros(at.year, at.month, at.day, at.hour)
        for period in (("hour", hour), ("month", micros(at.year, at.month, 1))):
            key = (account, meter, *period)
            units[key] += quantity
            last[key] = max(last.get(key, 0), ts)
    return {(*key, units[key], last[key]) for key in units}


def events(count: int) -> list[Row]:
    """Sums of three accounts and two meters around the turn of a month, some of them credits."""
    chance = random.Random(7)
    turn = micros(2026, 11, 1)
    rows = []
    for seq in range(1, count + 1):
        account, meter = chance.choice(["a", "b", "c"]), chance.choice(["advice", "analysis"])
        quantity = chance.choice([1, 1, 5, -1])
        ts = turn + chance.randrange(-3 * HOUR, 3 * HOUR)
        rows.append((seq, account, meter, ts // HOUR * HOUR, quantity, ts))
    return rows


def in_batches(rows: list[Row], size: int) -> list[Change]:
    return [(*row, 2 * (place // size), 1) for place, row in enumerate(rows)]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_stream_is_batch_in_any_order_of_arrival(size: int) -> None:
    rows = events(300)
    shuffled = random.Random(size).sample(rows, len(rows))
    assert usage_of(in_batches(shuffled, size)) == counted(rows)


def test_a_correction_counts_in_the_month_in_which_it_was_made() -> None:
    october, november = micros(2026, 10, 31, 23, 59), micros(2026, 11, 1)
    rows: list[Row] = [
        (1, "a", "m", october // HOUR * HOUR, 1, october),
        (2, "a", "m", november // HOUR * HOUR, -1, november),
    ]
    months = {row for row in usage_of(in_batches(rows, 1)) if row[2] == "month"}
    assert months == {
        ("a", "m", "month", micros(2026, 10, 1), 1, october),
        ("a", "m", "month", micros(2026, 11, 1), -1, november),
    }


def test_no_events_no_rows() -> None:
    empty = pw.debug.table_from_rows(UsageSum, [])
    for table in (build_usage(empty), build_usage_progress(empty)):
        assert not pw.debug.table_to_dicts(table)[0]


@pytest.mark.parametrize(
    ("instant", "start"),
    [
        (micros(2026, 11, 1), micros(2026, 11, 1)),
        (micros(2026, 11, 1) - 1, micros(2026, 10, 1)),
        (micros(2028, 2, 29, 23, 59, 59) + 999_999, micros(2028, 2, 1)),
        (micros(2027, 1, 1) - 1, micros(2026, 12, 1)),
    ],
)
def test_a_month_begins_at_midnight_utc(instant: int, start: int) -> None:
    assert month_start(instant) == start


def test_progress_is_the_highest_place_that_is_counted() -> None:
    rows = random.Random(1).sample(events(40), 40)
    table = pw.debug.table_from_rows(UsageSum, in_batches(rows, 3), is_stream=True)  # type: ignore[arg-type]
    _, columns = pw.debug.table_to_dicts(build_usage_progress(table))
    assert list(columns["seq"].values()) == [40]
