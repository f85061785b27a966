"""What the WebSocket part of the benchmark sends, checks and reports."""

import orjson
import pytest

from connectors.streams.binance import parse
from scripts import bench_websocket
from scripts.bench_peers.ws_venue import framed, frames


def test_one_frame_of_so_many_is_a_trade_and_so_is_the_last() -> None:
    sent = frames(12, 5)
    kinds = [orjson.loads(frame)["data"].get("e") for frame in sent]
    assert [at for at, kind in enumerate(kinds) if kind == "trade"] == [0, 5, 10, 11]
    assert sum(len(parse(frame)) for frame in sent) == 4


def test_trade_ids_of_the_venue_have_no_holes() -> None:
    ids: dict[str, list[object]] = {}
    for frame in frames(5_000, 1):
        [trade] = parse(frame)
        ids.setdefault(trade.symbol, []).append(trade.trade_id)
    assert len(ids) == 500
    assert all(found == list(range(1, len(found) + 1)) for found in ids.values())


def test_a_text_is_framed_by_its_length() -> None:
    assert framed(b"ab") == b"\x81\x02ab"
    assert framed(b"a" * 300)[:4] == b"\x81\x7e\x01\x2c"


def test_ratios_are_rates_beside_the_bare_client() -> None:
    found = {"bare": [(1.0, 1.0)] * 3, "rows": [(1.0, 2.0), (4.0, 4.0), (2.0, 3.0)]}
    *_, row = bench_websocket.table(found)
    assert row.split("|")[3].strip() == "0.50"
    assert row.split("|")[5].strip() == "0.33"


def test_every_way_reads_all_trades_of_the_venue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_websocket, "FRAMES", 20_000)
    with bench_websocket.venue(5) as url:
        for way in bench_websocket.WAYS:
            seconds, busy = bench_websocket.timed(way, url, 4_001)
            assert 0 < seconds < 60
            assert busy > 0
