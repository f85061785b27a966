"""The feed inside Pathway: three tables, one reading thread, and a stop that raises."""

import threading
import time
from datetime import timedelta

import pathway as pw
import pytest

from connectors.sources.errors import SourceError
from connectors.sources.holdings import parse_holdings
from connectors.sources.instruments import parse_instruments
from connectors.sources.market_feed import read_market
from connectors.sources.progress import FeedProgress
from connectors.sources.rejects import Reject
from connectors.sources.static_tables import read_holdings, read_instruments
from connectors.sources.stop import FeedStopped, StopToken

T0 = 1_700_000_040_000_000
SECOND = 1_000_000


@pytest.fixture
def stop():
    token = StopToken()
    yield token
    token.set()


def trades(write, count, bad=()):
    lines = ["symbol,ts_event,price,size"]
    for at in range(count):
        price = "x" if at in bad else 100 + at % 7
        lines.append(f"S{at % 3},{T0 + at * SECOND},{price},1")
    return write("t.csv", lines)


def read(source, stop, **options):
    settings = {"interval": timedelta(minutes=1), "late_allowance": timedelta(minutes=2)}
    return read_market([source], stop=stop, **(settings | options))


def watch(table):
    """Every change of a table, as (row, time, diff)."""
    changes = []
    pw.io.subscribe(
        table, lambda key, row, time, is_addition: changes.append((row, time, is_addition))
    )
    return changes


def run():
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


def test_a_file_fills_three_tables_and_ends_drained(write, inspect, stop):
    progress = FeedProgress()
    tables = read(
        inspect(trades(write, 3_000, bad=(5, 6))), stop, chunk_bytes=10_000, progress=progress
    )
    parts, prices, rejects = map(watch, (tables.partials, tables.latest, tables.rejected))
    run()
    rows = sorted((row for row, _, _ in parts), key=lambda row: row["seq"])
    assert [row["seq"] for row in rows] == list(range(len(rows)))
    assert [row["drained"] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert {(row["feed"], row["kind"], row["interval"]) for row in rows} == {
        ("market", "trades", 60 * SECOND)
    }
    assert rows[-1]["clock"] == T0 + 2_999 * SECOND
    assert sorted((row["position"], row["reason"]) for row, _, _ in rejects) == [
        (7, "not_a_number"),
        (8, "not_a_number"),
    ]
    left = {row["symbol"]: row for row, _, is_addition in prices if is_addition}
    assert left["S2"]["ts_event"] == T0 + 2_999 * SECOND
    assert progress.snapshot().rows_in == 3_000


def test_every_part_is_a_minibatch_of_its_own(write, inspect, stop):
    tables = read(inspect(trades(write, 3_000)), stop, chunk_bytes=10_000)
    parts = watch(tables.partials)
    run()
    assert len({time for _, time, _ in parts}) == len(parts) > 3


def test_an_upsert_replaces_the_price_of_a_symbol(write, inspect, stop):
    tables = read(inspect(trades(write, 3_000)), stop, chunk_bytes=10_000)
    count = tables.latest.reduce(n=pw.reducers.count())
    counted = watch(count)
    run()
    assert [row["n"] for row, _, is_addition in counted if is_addition][-1] == 3


def test_early_rejects_come_with_the_others(write, inspect, stop):
    progress = FeedProgress()
    early = [Reject("h.csv", 3, "not_a_number", "p,TCS,many")]
    tables = read(inspect(trades(write, 10)), stop, early_rejects=early, progress=progress)
    rejects = watch(tables.rejected)
    run()
    assert [row["source"] for row, _, _ in rejects] == ["h.csv"]
    assert progress.snapshot().rejected == {"not_a_number": 1}
    assert progress.snapshot().rows_in == 10


def test_a_stop_makes_the_run_raise_at_once(write, inspect, stop):
    tables = read(inspect(trades(write, 3_000)), stop, speed=1.0)
    parts = watch(tables.partials)
    watch(tables.latest)
    watch(tables.rejected)
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    with pytest.raises(FeedStopped):
        run()
    assert time.monotonic() - started < 2.0
    assert not any(row["drained"] for row, _, _ in parts)


def test_threads_end_when_the_engine_has_failed(write, inspect, stop):
    tables = read(inspect(trades(write, 60_000)), stop, chunk_bytes=1_000)

    def fail(key, row, time, is_addition):
        raise RuntimeError("the sink is gone")

    pw.io.subscribe(tables.partials, fail)
    watch(tables.latest)
    watch(tables.rejected)
    with pytest.raises(RuntimeError, match="the sink is gone"):
        run()
    stop.set()
    own = [thread for thread in threading.enumerate() if not thread.daemon]
    own.remove(threading.current_thread())
    for thread in own:
        thread.join(5.0)
    assert [thread for thread in own if thread.is_alive()] == []


def test_a_file_that_has_gone_is_the_error_of_the_run(write, inspect, stop):
    path = trades(write, 10)
    tables = read(inspect(path), stop)
    watch(tables.partials)
    watch(tables.rejected)
    path.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        run()


def test_known_rows_become_tables(write, inspect):
    held = inspect(write("h.csv", ["portfolio_id,symbol,quantity", "p,TCS,1", "q,X,2"]), "holdings")
    listed = inspect(write("i.csv", ["symbol,sector", "TCS,IT", "X,Y"]), "instruments")
    holdings = watch(read_holdings(parse_holdings(held).documents))
    instruments = watch(read_instruments(parse_instruments(listed).rows))
    run()
    assert sorted(row["portfolio_id"] for row, _, _ in holdings) == ["p", "q"]
    assert sorted((row["symbol"], row["sector"]) for row, _, _ in instruments) == [
        ("TCS", "IT"),
        ("X", "Y"),
    ]
