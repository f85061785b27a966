"""Holdings and transactions of accounts in the ledger: stored whole, read in order, never lost."""

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.store.documents import DocumentReader
from connectors.store.entries import Entry, HoldingsRow, TransactionsRow
from connectors.store.ledger import EntryRefused, Ledger, LedgerUnavailable

NOW = 1_790_000_000_000_000
HELD = HoldingsRow("growth", 1, 7, '[{"symbol":"TCS"}]', "alice", NOW)
BOOKED = TransactionsRow("growth", 1, "[]", "alice", NOW)


def commit(ledger: Ledger, *entries: Entry) -> list[BaseException | None]:
    async def run() -> list[BaseException | None]:
        futures = [ledger.submit(entry) for entry in entries]
        return await asyncio.gather(*futures, return_exceptions=True)

    return asyncio.run(run())


def test_documents_are_read_in_the_order_of_their_commits(ledger: Ledger) -> None:
    second = HELD._replace(revision=2, ts_event=3, document="[]")
    assert commit(ledger, Entry(holdings=(HELD,), transactions=(BOOKED,))) == [None]
    assert commit(ledger, Entry(holdings=(second,))) == [None]
    with closing(DocumentReader(ledger.path)) as reader:
        found = reader.holdings(0)
        assert [one[1:] for one in found] == [
            ("growth", 1, 7, '[{"symbol":"TCS"}]', "alice"),
            ("growth", 2, 3, "[]", "alice"),
        ]
        assert reader.holdings(found[0].seq) == found[1:]
        assert reader.holdings(0, 1) == found[:1]
        assert [one[1:] for one in reader.transactions(0)] == [("growth", 1, "[]", "alice")]


def test_a_revision_is_stored_once_and_what_comes_with_it_is_not_stored_either(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    event = make_entry()
    [first, again, other] = commit(
        ledger,
        Entry(holdings=(HELD,)),
        replace(event, holdings=(HELD._replace(document="[]"),)),
        Entry(holdings=(HELD._replace(portfolio_id="income"),)),
    )
    assert (first, other) == (None, None)
    assert isinstance(again, EntryRefused)
    assert query("SELECT count(*) FROM usage_events") == [(0,)]
    assert query("SELECT portfolio_id, document FROM holding_documents ORDER BY seq") == [
        ("growth", HELD.document),
        ("income", HELD.document),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        HELD._replace(portfolio_id=""),
        HELD._replace(account_id=""),
        HELD._replace(revision=0),
        HELD._replace(ts_event=-1),
        HELD._replace(document=None),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_document_is_refused(ledger: Ledger, wrong: HoldingsRow) -> None:
    [refused] = commit(ledger, Entry(holdings=(wrong,)))
    assert isinstance(refused, EntryRefused)


def test_a_restart_finds_them_again(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        commit(ledger, Entry(holdings=(HELD,)))
    with Ledger(tmp_path) as ledger, closing(DocumentReader(ledger.path)) as reader:
        assert [one.document for one in reader.holdings(0)] == [HELD.document]


def test_a_ledger_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="cannot read the ledger"):
        DocumentReader(tmp_path / "none.sqlite3")
