"""ProviderCall -> ProviderStats: the same sums in any order of arrival."""

import random
from collections import defaultdict
from typing import Any

import pathway as pw
import pytest

from transforms.provider_costs import build_provider_stats
from transforms.schemas import ProviderCall, ProviderStats

COLUMNS = ProviderCall.column_names()
Row = dict[str, Any]


def call(seq: int, **changed: object) -> Row:
    """A request about two symbols of provider a."""
    row: Row = {name: 0 for name in COLUMNS} | {
        "seq": seq,
        "capability": "quote",
        "provider": "a",
        "arm": "",
        "outcome": "ok",
        "ts_started": 1_000 + seq,
    }
    return row | changed


def stats_of(rows: list[Row], size: int = 1000) -> dict[tuple[str, str, str], Row]:
    """The final table by its key."""
    changes = [
        (*(row[name] for name in COLUMNS), 2 * (place // size), 1) for place, row in enumerate(rows)
    ]
    table = pw.debug.table_from_rows(ProviderCall, changes, is_stream=bool(rows))  # type: ignore[arg-type]
    _, columns = pw.debug.table_to_dicts(build_provider_stats(table))
    found = [{name: columns[name][key] for name in columns} for key in columns["calls"]]
    by_key = {(row["capability"], row["provider"], row["arm"]): row for row in found}
    assert len(by_key) == len(found)
    return by_key


def test_calls_are_summed_per_capability_provider_and_arm() -> None:
    found = stats_of(
        [
            call(0, latency_us=100, symbols=2, cost_micros=7, aged=2, age_us=50, max_age_us=40),
            call(1, latency_us=300, outcome="retryable", cost_micros=7),
            call(2, latency_us=200, outcome="fatal"),
            call(3, latency_us=10, outcome="unknown_symbol"),
            call(4, outcome="cached", hits=90),
            call(5, arm="a", latency_us=1),
            call(6, arm="a", provider="b", latency_us=5, compared=2, disagreement_bps=31),
            call(7, capability="news"),
        ]
    )
    assert found.keys() == {
        ("quote", "a", ""), ("quote", "a", "a"), ("quote", "b", "a"), ("news", "a", "")
    }  # fmt: skip
    assert found["quote", "a", ""] == {
        "capability": "quote",
        "provider": "a",
        "arm": "",
        "calls": 4,
        "ok": 1,
        "retryable": 1,
        "fatal": 1,
        "unknown_symbol": 1,
        "latency_us": 610,
        "max_latency_us": 300,
        "aged": 2,
        "age_us": 50,
        "max_age_us": 40,
        "compared": 0,
        "disagreement_bps": 0,
        "cost_micros": 14,
        "hits": 90,
        "ts_last_call": 1_003,
    }
    beside = found["quote", "b", "a"]
    assert (beside["compared"], beside["disagreement_bps"]) == (2, 31)


def test_hits_alone_are_no_call() -> None:
    [row] = stats_of([call(0, outcome="cached", hits=3)]).values()
    assert (row["calls"], row["ok"], row["hits"], row["ts_last_call"]) == (0, 0, 3, None)


def test_nothing_asked_no_rows() -> None:
    assert not stats_of([])


def test_the_columns_are_those_of_the_schema() -> None:
    [row] = stats_of([call(0)]).values()
    assert set(row) == set(ProviderStats.column_names())


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_stream_is_batch_in_any_order_of_arrival(size: int) -> None:
    chance = random.Random(size)
    rows = [
        call(
            seq,
            provider=chance.choice("ab"),
            arm=chance.choice(["", "a"]),
            outcome=chance.choice(["ok", "retryable", "cached"]),
            latency_us=chance.randrange(1000),
            cost_micros=chance.randrange(10),
            hits=chance.randrange(5),
        )
        for seq in range(200)
    ]
    expected: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for row in rows:
        called = row["outcome"] != "cached"
        sums = expected["quote", row["provider"], row["arm"]]
        sums[0] += called
        sums[1] += row["latency_us"]
        sums[2] += row["cost_micros"]
        sums[3] += row["hits"]
        sums[4] = max(sums[4], row["ts_started"] if called else 0)
    found = stats_of(chance.sample(rows, len(rows)), size)
    names = ("calls", "latency_us", "cost_micros", "hits", "ts_last_call")
    assert {key: [row[name] for name in names] for key, row in found.items()} == expected
