import threading
from typing import Any

import pathway as pw
import pytest

from connectors.providers.calls import Called
from connectors.sources.provider_calls import CallLog, read_provider_calls
from connectors.sources.stop import FeedStopped, StopToken
from transforms.schemas import ProviderCall


def called(number: int) -> Called:
    return Called("quote", "a", "", "ok", ts_started=number, latency_us=5)


def test_what_a_router_tells_becomes_rows_until_the_feed_is_stopped() -> None:
    log, stop, rows = CallLog(), StopToken(), list[dict[str, Any]]()
    table = read_provider_calls(log, stop=stop)
    assert table.schema.column_names() == ProviderCall.column_names()

    def seen(key: object, row: dict[str, Any], time: int, is_addition: bool) -> None:
        assert is_addition
        rows.append(row)
        if len(rows) == 300:
            stop.set()

    pw.io.subscribe(table, on_change=seen)
    log.put(called(0))  # before the engine runs
    writer = threading.Thread(target=lambda: [log.put(called(n)) for n in range(1, 300)])
    writer.start()
    with pytest.raises(FeedStopped):
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    writer.join(10)
    assert sorted((row["seq"], row["ts_started"]) for row in rows) == [(n, n) for n in range(300)]
    assert {row["latency_us"] for row in rows} == {5}


def test_a_log_that_nobody_reads_drops_the_oldest_and_counts_them() -> None:
    log = CallLog(size=3)
    for number in range(5):
        log.put(called(number))
    assert log.dropped == 2
    assert [one.ts_started for one in log.take(0)] == [2, 3, 4]
    assert log.take(0) == []
    log.put(called(9))
    assert log.dropped == 2


def test_a_reader_is_woken_by_the_first_call() -> None:
    log, taken = CallLog(), list[Called]()
    reader = threading.Thread(target=lambda: taken.extend(log.take(30)))
    reader.start()
    log.put(called(1))
    reader.join(10)
    assert [one.ts_started for one in taken] == [1]
