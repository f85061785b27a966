"""The desk that takes holdings in: revisions, times, owners, and what a full disk does."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest

from connectors.store.documents import DocumentReader, StoredHoldings, StoredTransactions
from connectors.store.entries import Entry
from connectors.store.ledger import Ledger
from connectors.store.ledger import LedgerUnavailable as StoreUnavailable
from serving.errors import NotReady, PortfolioExists, UnreadableImport
from serving.holdings import HoldingsDesk
from serving.meter import LedgerUnavailable

T = TypeVar("T")
TCS = [{"symbol": "TCS", "quantity": 1.0, "target_weight": 0.5}]


class FakeStore:
    """Keeps entries in memory; ``fault`` is raised instead."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.fault: Exception | None = None

    async def submit(self, entry: Entry) -> None:
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        self.entries.append(entry)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """(portfolio, revision, ts_event, symbols) of what was stored."""
        return [
            (row[0], row[1], row[2], [line["symbol"] for line in orjson.loads(row[3])])
            for entry in self.entries
            for row in entry.holdings
        ]


def done(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


def test_each_document_has_the_next_revision_and_the_time_of_the_market() -> None:
    store, times = FakeStore(), iter([None, 500, 600, 600, 600])
    desk = HoldingsDesk(store, market=lambda: next(times), clock=lambda: 9)

    async def run() -> None:
        first = await desk.create("mine", "alice", TCS)
        second = await desk.put("mine", "alice", [])
        third = await desk.put("mine", "alice", TCS)
        told = [(one.revision, one.ts_event, one.lines) for one in (first, second, third)]
        assert told == [(1, 0, 1), (2, 500, 0), (3, 600, 1)]
        assert [(await desk.put("mine", "alice", [])).ts_event for _ in "ab"] == [601, 602]

    done(run())
    assert store.rows[:2] == [("mine", 1, 0, ["TCS"]), ("mine", 2, 500, [])]
    assert len(store.rows) == 5
    assert {row.account_id for entry in store.entries for row in entry.holdings} == {"alice"}
    assert {row.stored_at for entry in store.entries for row in entry.holdings} == {9}


def test_documents_sent_at_once_get_revisions_of_their_own() -> None:
    store = FakeStore()
    desk = HoldingsDesk(store, market=lambda: 1)

    async def run() -> None:
        await asyncio.gather(*(desk.put("mine", "alice", TCS) for _ in range(20)))

    done(run())
    assert [row[1] for row in store.rows] == list(range(1, 21))


def test_a_name_is_given_once_even_to_two_at_a_time() -> None:
    desk = HoldingsDesk(FakeStore(), files={"theirs": ()})

    async def run() -> list[Any]:
        both = (desk.create("new", name, TCS) for name in ("alice", "bob"))
        return await asyncio.gather(*both, return_exceptions=True)

    found = done(run())
    assert [type(one).__name__ for one in found] == ["Placed", "PortfolioExists"]
    assert desk.owners() == {"new": "alice"}
    with pytest.raises(PortfolioExists, match="'theirs' is taken"):
        done(desk.create("theirs", "alice", TCS))


def test_what_was_sent_last_is_held_where_the_market_has_gone_back_too() -> None:
    old = [
        StoredHoldings(1, "mine", 1, 100, "[]", "alice"),
        StoredHoldings(2, "mine", 2, 700, "[]", "alice"),
        StoredHoldings(3, "mine", 3, 900, "[]", "alice"),
    ]
    store = FakeStore()
    desk = HoldingsDesk(store, holdings=old, market=lambda: 200)
    placed = done(desk.put("mine", "alice", TCS))
    assert store.rows == [("mine", n, at, ["TCS"]) for n, at in ((4, 200), (5, 700), (6, 900))]
    assert len(store.entries) == 1
    assert (placed.revision, placed.ts_event) == (6, 200)


def test_transactions_have_the_revision_of_their_holdings() -> None:
    store = FakeStore()
    stored = [StoredTransactions(1, "mine", 4, "[]", "alice")]
    desk = HoldingsDesk(store, transactions=stored)

    async def run() -> None:
        both = await desk.put("mine", "alice", TCS, transactions=[{"kind": "buy"}])
        alone = await desk.put("mine", "alice", None, transactions=[])
        assert (both.revision, alone.revision, alone.lines) == (5, 6, 1)

    done(run())
    assert [entry.transactions[0].revision for entry in store.entries] == [5, 6]
    assert store.entries[1].holdings == ()


def test_targets_are_those_of_the_last_document() -> None:
    desk = HoldingsDesk(FakeStore(), files={"mine": TCS})
    assert desk.targets("mine") == {"TCS": 0.5}
    done(desk.put("mine", "alice", [{"symbol": "TCS", "quantity": 1.0, "target_weight": None}]))
    assert desk.targets("mine") == desk.targets("unheard") == {}


def test_a_full_disk_changes_nothing() -> None:
    store = FakeStore()
    desk = HoldingsDesk(store, market=lambda: 1)
    store.fault = StoreUnavailable("disk full")
    with pytest.raises(LedgerUnavailable, match="disk full"):
        done(desk.create("mine", "alice", TCS))
    store.fault = None
    assert desk.owners() == {}
    assert done(desk.create("mine", "alice", TCS)).revision == 1


def test_without_a_store_nothing_is_taken_in() -> None:
    with pytest.raises(NotReady, match="keeps no portfolios"):
        done(HoldingsDesk().create("mine", "alice", TCS))


def test_a_file_that_cannot_be_read_is_refused_with_its_reason() -> None:
    with pytest.raises(UnreadableImport, match="the file is empty"):
        done(HoldingsDesk().read(b""))


def test_the_ledger_is_a_store_and_a_restart_knows_all_of_it(tmp_path: Path) -> None:
    async def run(ledger: Ledger) -> None:
        desk = HoldingsDesk(ledger, market=lambda: 5)
        await desk.create("mine", "alice", TCS)
        await desk.put("mine", "alice", TCS, transactions=[])

    with Ledger(tmp_path) as ledger:
        done(run(ledger))
    with Ledger(tmp_path) as ledger:
        reader = DocumentReader(ledger.path)
        again = HoldingsDesk(
            ledger,
            holdings=reader.holdings(0),
            transactions=reader.transactions(0),
            market=lambda: 6,
        )
        reader.close()
        assert again.owners() == {"mine": "alice"}
        assert again.targets("mine") == {"TCS": 0.5}
        assert done(again.put("mine", "alice", [])).revision == 3
