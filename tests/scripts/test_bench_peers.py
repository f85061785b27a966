"""The peers of the benchmark give the same numbers, and a difference is noticed."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.bench_peers import agreement, loop, polars_batch, ticks
from scripts.bench_peers.stepper import BAR
from scripts.bench_peers.tail import LATE_ALLOWANCE, Symbol

COUNT = 200_000  # three or four ticks per bar, so that some bars have none


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ticks") / "ticks.jsonl"
    ticks.write(path, COUNT)
    return path


@pytest.fixture(scope="module")
def by_loop(feed: Path) -> Path:
    out = feed.parent / "loop"
    out.mkdir()
    loop.run(feed, out)
    return out


def test_the_same_count_gives_the_same_ticks(feed: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    ticks.write(again, COUNT)
    assert again.read_bytes() == feed.read_bytes()


def test_one_tick_in_a_hundred_is_late_by_less_than_the_allowance(feed: Path) -> None:
    times = [row["event_time"] for row in rows_of(feed)]
    clock, lateness = 0, []
    for time in times:
        clock = max(clock, time)
        lateness.append(clock - time)
    assert len(set(times)) == COUNT
    assert sum(late > 0 for late in lateness) / COUNT == pytest.approx(0.01, abs=0.001)
    assert max(lateness) < 90_000_000 < LATE_ALLOWANCE


def test_the_loop_and_polars_agree_on_every_row(feed: Path, by_loop: Path, tmp_path: Path) -> None:
    polars_batch.run(feed, tmp_path)
    assert agreement.main(by_loop, tmp_path) == 0


def test_one_changed_number_is_a_difference(by_loop: Path, tmp_path: Path) -> None:
    (tmp_path / "bars.jsonl").write_bytes((by_loop / "bars.jsonl").read_bytes())
    lines = (by_loop / "indicators.jsonl").read_text().splitlines()
    row = json.loads(lines[-1])
    lines[-1] = json.dumps(row | {"rsi_14": row["rsi_14"] + 2e-4})
    (tmp_path / "indicators.jsonl").write_text("\n".join(lines))
    assert agreement.main(by_loop, tmp_path) == 1


def test_a_change_log_is_summed_before_it_is_compared(by_loop: Path, tmp_path: Path) -> None:
    for table in agreement.TABLES:
        rows = rows_of(by_loop / f"{table}.jsonl")
        first = rows[0] | {"close": 1.0, "vwap_session": 1.0}
        log = [{"diff": 1} | first, {"diff": -1} | first, *({"diff": 1} | row for row in rows)]
        (tmp_path / f"{table}.jsonl").write_text("\n".join(map(json.dumps, log)))
    assert agreement.main(by_loop, tmp_path) == 0


def test_a_late_tick_gives_what_the_sorted_ticks_give() -> None:
    prices = [
        (minute * BAR + 7 * place, 100.0 + minute % 5 + place, 1.0)
        for minute in range(1, 41)
        for place in range(3)
        if minute != 38
    ]
    late = [(38 * BAR + 5, 90.0, 2.0), (39 * BAR + 1, 130.0, 3.0)]

    def shown(arrivals: list[tuple[int, float, float]]) -> list[tuple[object, ...]]:
        symbol = Symbol("A")
        for tick in arrivals:
            symbol.add(*tick)
        bars = symbol.final(float("inf"))
        return [(bar.minute, bar.open, bar.high, bar.low, bar.close, bar.shown) for bar in bars]

    assert shown(prices + late) == shown(sorted(prices + late))
