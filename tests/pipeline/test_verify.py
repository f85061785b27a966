"""``yieldflow verify``: sound bills are reproduced, others are explained."""

import asyncio
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from pathway.internals.parse_graph import G

import pipeline.rerun as rerun
from connectors.store.entries import Entry, ServedRow, UsageRow
from connectors.store.ledger import Ledger
from pipeline.cli import main
from pipeline.results import advice_at
from pipeline.verify import STATELESS
from serving.sealed import HASHED
from tests.pipeline.small_market import MINUTE, OPEN, Market, Trade, all_trades

NOW = 1_790_000_000_000_000
AS_OF = OPEN + 12 * MINUTE
LATE: Trade = ("A", AS_OF - 2_000_000, 900.0, 5)  # the close of A's bar, had it come in time


def arrival(trade: Trade) -> int:
    return trade[1] + (MINUTE if trade == LATE else 0)


WHOLE = sorted([*all_trades(), LATE], key=arrival)
BEFORE = [trade for trade in all_trades() if trade[1] < AS_OF + MINUTE // 2]


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """A trade of minute 12 comes a minute late: the advice of that minute is revised."""
    found = Market(tmp_path / "market")
    found.write(WHOLE)
    return found


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was said of the portfolio at ``AS_OF``, before the late trade and with it."""
    market = Market(tmp_path_factory.mktemp("said"))

    def served(name: str, trades: list[Trade]) -> dict[str, Any]:
        out = market.folder / name
        flags = market.flags(market.write(trades, f"{name}.csv"))
        assert main(["replay", *flags, "--out", str(out), "--quiet"]) == 0
        G.clear()
        return advice_at(out, "mine", AS_OF)

    return {"before": served("before", BEFORE), "whole": served("whole", WHOLE)}


def bill(market: Market, what: dict[str, Any] | None, **changes: Any) -> None:
    """Store event ev1 as a server would have."""
    event = UsageRow("ev1", "tester", "portfolio_analysis", 1, NOW, "POST advice", "f", "v")
    row = None
    if what is not None:
        content = orjson.dumps({name: what[name] for name in HASHED})
        row = ServedRow(what["served_hash"], "mine", AS_OF, NOW, NOW + 10, content)
        event = event._replace(served_hash=what["served_hash"])

    async def commit(ledger: Ledger) -> None:
        await ledger.submit(Entry(events=(event._replace(**changes),), served=row))

    with Ledger(market.home) as ledger:
        asyncio.run(commit(ledger))


def verify(market: Market, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, str]:
    command = ["verify", "ev1", "--config", str(market.profile), "--quiet", *flags]
    capsys.readouterr()
    code = main(command)
    G.clear()
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIELDFLOW_HOME", raising=False)


def test_what_the_inputs_still_say_is_reproduced(
    market: Market, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bill(market, said["whole"])
    code, told = verify(market, capsys)
    assert (code, told.splitlines()[-1]) == (0, "reproduced")
    assert "as of 2026-01-22T03:57:00Z" in told
    code, told = verify(market, capsys, "--ledger", str(market.home / "ledger.sqlite3"))
    assert code == 0


def test_what_a_late_trade_has_revised_since_differs_and_says_by_what(
    market: Market, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bill(market, said["before"])
    code, told = verify(market, capsys)
    assert code == 1
    assert "differs  the inputs give hash" in told
    rows = [line for line in told.splitlines() if line.startswith("  ")]
    assert any("P01 A was" in line for line in rows)
    assert any(line.startswith("    2026-01-22T03:") for line in rows)


def test_what_was_served_before_a_late_trade_is_reproduced_from_the_order_of_arrival(
    market: Market,
    said: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert said["before"]["served_hash"] != said["whole"]["served_hash"]
    bill(market, said["before"])
    monkeypatch.setattr(rerun, "SMALLEST", 256)
    code, told = verify(market, capsys)
    assert (code, told.splitlines()[-1]) == (0, "reproduced")


def test_an_input_that_was_changed_is_found_out(
    market: Market, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bill(market, said["whole"])
    dearer = [(name, ts, price + (name == "B"), size) for name, ts, price, size in all_trades()]
    market.write(dearer)
    code, told = verify(market, capsys)
    assert code == 1
    assert "reproduced" not in told


def test_stored_content_that_was_changed_is_found_out_without_a_replay(
    market: Market, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bill(market, said["whole"])
    with closing(sqlite3.connect(market.home / "ledger.sqlite3")) as ledger, ledger:
        [content] = ledger.execute("SELECT content FROM served").fetchone()
        forged = zlib.compress(zlib.decompress(content).replace(b'"mine"', b'"yours"'))
        ledger.execute("UPDATE served SET content = ?", (forged,))
    code, told = verify(market, capsys)
    assert code == 1
    assert "tampered" in told
    assert "replay" not in told


def test_without_the_stored_answer_the_replay_alone_tells(
    market: Market, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bill(market, said["whole"])
    with closing(sqlite3.connect(market.home / "ledger.sqlite3")) as ledger, ledger:
        ledger.execute("UPDATE served SET content = NULL")
    code, told = verify(market, capsys)
    assert (code, told.splitlines()[-1]) == (0, "reproduced")
    market.write([(name, ts, price + 1, size) for name, ts, price, size in all_trades()])
    code, told = verify(market, capsys)
    assert code == 1
    assert "cannot be told" in told


def test_inputs_that_end_too_early_differ(
    market: Market, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bill(market, said["whole"])
    market.write(all_trades()[:40])
    code, told = verify(market, capsys)
    assert code == 1
    assert "the inputs end before 2026-01-22T03:57:00Z" in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"served_hash": None}, "bears no hash"), ({"route": STATELESS}, "came with the request")],
)
def test_what_cannot_be_replayed_says_why(
    market: Market,
    said: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    words: str,
) -> None:
    bill(market, said["whole"], **changes)
    code, told = verify(market, capsys)
    assert code == 1
    assert words in told


def test_an_answer_on_live_feeds_is_explained_and_not_called_reproduced(
    market: Market, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bill(market, said["whole"])
    document = orjson.loads(market.profile.read_bytes())
    document["data_sources"][0] = {"type": "trades", "kafka": {"topic": "market.trades"}}
    market.profile.write_bytes(orjson.dumps(document))
    code, told = verify(market, capsys)
    assert code == 1
    assert "stored   the hash of what was served is right" in told
    assert "unproved kafka:market.trades cannot be replayed" in told


def test_an_unknown_event_or_ledger_is_bad_input(
    market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = verify(market, capsys, "--ledger", str(tmp_path / "none.sqlite3"))
    assert (code, told.count("\n")) == (2, 1)
    assert "cannot read the ledger" in told
    assert not (tmp_path / "none.sqlite3").exists()
    bill(market, None, event_id="another")
    code, told = verify(market, capsys)
    assert code == 2
    assert "no usage event ev1" in told
