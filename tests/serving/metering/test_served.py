"""What the meter tells the ledger of an answer: with each event its hash, once what was served."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from connectors.store.entries import Entry
from connectors.store.ledger import Ledger
from serving.meter import Charge, Draft, LedgerUnavailable, Receipt
from serving.metering.kept import MOST, KeptHashes
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress

CHARGES = (Charge("portfolio_analysis"), Charge("advice_generation", 2))
DAY = 24 * 3600.0


@pytest.fixture
def ledger(tmp_path: Any) -> Any:
    with Ledger(tmp_path) as opened:
        yield opened


@pytest.fixture
def entries(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """What the ledger was asked to store."""
    seen: list[Entry] = []
    submit = ledger.submit

    def record(entry: Entry) -> Any:
        seen.append(entry)
        return submit(entry)

    monkeypatch.setattr(ledger, "submit", record)
    return seen


@pytest.fixture
def meter(ledger: Ledger, clock: Any) -> LedgerMeter:
    return LedgerMeter(
        ledger, price_version="v", progress=Progress(), clock=clock, keep_served=timedelta(days=8)
    )


async def ask(meter: LedgerMeter, receipt: Receipt | None, key: str | None = None) -> str:
    draft = Draft(CHARGES, lambda ids: b"{}", receipt=receipt)
    answer = await meter.answer(
        account_id="a", route="r", idempotency_key=key, fingerprint=b"f", build=lambda: draft
    )
    return answer.headers["X-Usage-Event-Id"]


def receipt(served_hash: str = "h1", content: bytes | None = b"what was said") -> Receipt:
    return Receipt(served_hash, "growth", 7, content)


def test_every_event_bears_the_hash_and_the_answer_is_found_again(
    meter: LedgerMeter, query: Any
) -> None:
    async def run() -> None:
        name = await ask(meter, receipt())
        trace = await meter.trace(account_id="a", event_id=name)
        assert trace is not None
        assert (trace.served_hash, trace.portfolio_id, trace.as_of) == ("h1", "growth", 7)

    asyncio.run(run())
    assert query("SELECT served_hash FROM usage_events") == [("h1",)] * 3
    assert meter.stored("growth", 7) == b"what was said"
    assert meter.stored("growth", 8) is None


def test_with_a_key_what_was_served_is_kept_too(meter: LedgerMeter) -> None:
    asyncio.run(ask(meter, receipt(), "key"))
    assert meter.stored("growth", 7) == b"what was said"


def test_what_is_served_again_is_written_once_and_renewed_before_it_expires(
    meter: LedgerMeter, entries: list[Entry], clock: Any, query: Any
) -> None:
    async def run() -> None:
        for hours in (0, 23, 2, 0):
            clock.step(hours * 3600)
            await ask(meter, receipt())
            await ask(meter, receipt("h2"))

    asyncio.run(run())
    written = [entry.served is not None for entry in entries]
    assert written == [True, True, False, False, True, True, False, False]
    assert query("SELECT min(expires_at - served_at) FROM served") == [(round(8 * DAY * 1e6),)]


def test_what_may_not_be_kept_leaves_its_hash_and_moment_alone(
    meter: LedgerMeter, query: Any
) -> None:
    async def run() -> None:
        name = await ask(meter, receipt(content=None))
        trace = await meter.trace(account_id="a", event_id=name)
        assert trace is not None
        assert (trace.served_hash, trace.portfolio_id, trace.as_of) == ("h1", "growth", 7)
        assert meter.stored("growth", 7) is None
        await ask(meter, receipt())  # the same said of a portfolio whose advice may be kept
        assert meter.stored("growth", 7) == b"what was said"
        await ask(meter, receipt(content=None))

    asyncio.run(run())
    assert query("SELECT count(*) FROM served") == [(1,)]
    assert meter.stored("growth", 7) == b"what was said"


def test_without_a_receipt_nothing_is_noted(meter: LedgerMeter, entries: list[Entry]) -> None:
    asyncio.run(ask(meter, None))
    [entry] = entries
    assert (entry.served, entry.events[0].served_hash) == (None, None)


def test_what_was_not_committed_is_written_with_the_next_answer(
    meter: LedgerMeter, ledger: Ledger, entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(ledger._writer, "_write", fail)
            with pytest.raises(LedgerUnavailable):
                await ask(meter, receipt())
        await ask(meter, receipt())

    def fail(_: object) -> None:
        raise MemoryError("no room")

    asyncio.run(run())
    assert [entry.served is not None for entry in entries] == [True, True]
    assert meter.stored("growth", 7) == b"what was said"


def test_a_ledger_that_is_closed_has_nothing_stored_to_give(
    meter: LedgerMeter, ledger: Ledger
) -> None:
    ledger.close()
    with pytest.raises(LedgerUnavailable):
        meter.stored("growth", 7)


def test_memory_of_hashes_is_bounded_and_a_clock_that_steps_back_does_not_stop_renewals() -> None:
    kept = KeptHashes(80)
    kept.add(receipt("h"), 1000)
    assert kept.has(receipt("h"), 1009)
    assert not kept.has(receipt("h"), 1010)
    assert not kept.has(receipt("h"), 900)
    for number in range(MOST):
        kept.add(receipt(f"{number}"), 1000)
    assert not kept.has(receipt("h"), 1000)
    assert kept.has(receipt(f"{MOST - 1}"), 1000)
