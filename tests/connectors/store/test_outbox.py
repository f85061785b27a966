"""Following the outbox."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from connectors.store.commit_signal import CommitSignal
from connectors.store.ledger import Ledger, LedgerUnavailable
from connectors.store.outbox import OutboxReader


def test_units_are_summed_in_the_order_of_commits_page_by_page(
    tmp_path: Path, ledger: Ledger, make_entry: Any
) -> None:
    async def run() -> None:
        for _ in range(4):
            await ledger.submit(make_entry(3))

    outbox = OutboxReader(ledger.path)
    assert outbox.after(0, 10) == ([], 0, 0)
    asyncio.run(run())
    first = outbox.after(0, 10)
    rest = outbox.after(first.seq, 10)
    assert (first.seq, first.events, rest.seq, rest.events) == (10, 10, 12, 2)
    assert [sum(one.quantity for one in part.sums) for part in (first, rest)] == [10, 2]
    assert outbox.after(12, 10) == ([], 12, 0)
    outbox.close()
    with pytest.raises(LedgerUnavailable):
        outbox.after(0, 10)


def test_there_must_be_a_ledger_to_read(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match=r"cannot read the ledger .*none\.sqlite3"):
        OutboxReader(tmp_path / "none.sqlite3")
    assert not (tmp_path / "none.sqlite3").exists()


def test_the_signal_wakes_a_follower_and_is_not_missed_when_it_came_before() -> None:
    signal, woken = CommitSignal(), threading.Event()
    signal.notify()
    assert signal.wait(0, 60) == 1  # came before: no waiting
    assert signal.wait(1, 0) == 1  # nothing new: the time is up

    def follow() -> None:
        if signal.wait(1, 60) == 2:
            woken.set()

    follower = threading.Thread(target=follow)
    follower.start()
    signal.notify()
    follower.join(10)
    assert woken.is_set()
