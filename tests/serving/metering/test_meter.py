"""Built once, billed once, answered after the commit."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.store.entries import EntryRefused
from connectors.store.ledger import Ledger
from serving.meter import Answer, Charge, Conflict, Draft, LedgerUnavailable, Meter, Mismatch
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress

HOUR = 3600.0
ADVICE = (Charge("portfolio_analysis"), Charge("advice_generation", 3))
ONE, OTHER = b"1" * 32, b"2" * 32


class Desk:
    """Builds drafts, counts them, and can be made to wait or to fail."""

    def __init__(self, charges: Sequence[Charge] = ADVICE) -> None:
        self.charges = charges
        self.built = 0
        self.gate: asyncio.Event | None = None
        self.error: Exception | None = None

    async def build(self) -> Draft:
        self.built += 1
        number = self.built
        if self.gate:
            await self.gate.wait()
        if self.error:
            raise self.error
        headers = {"Content-Type": "application/json"}
        return Draft(
            self.charges,
            lambda ids: json.dumps({"n": number, "event_ids": list(ids)}).encode(),
            headers=headers,
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def progress() -> Progress:
    return Progress()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path) as opened:
        yield opened


@pytest.fixture
def meter(ledger: Ledger, progress: Progress, clock: Any) -> LedgerMeter:
    return LedgerMeter(ledger, price_version="2026-11-01", progress=progress, clock=clock)


async def ask(
    meter: Meter,
    desk: Desk,
    key: str | None = "key-1",
    *,
    account: str = "acct_a",
    route: str = "POST /advice",
    fingerprint: bytes = ONE,
) -> Answer:
    return await meter.answer(
        account_id=account,
        route=route,
        idempotency_key=key,
        fingerprint=fingerprint,
        build=desk.build,
    )


def test_every_unit_is_one_event_whose_id_is_in_the_answer(
    meter: LedgerMeter, desk: Desk, query: Any, clock: Any
) -> None:
    answer = asyncio.run(ask(meter, desk, None))
    ids = json.loads(answer.body)["event_ids"]
    assert answer.headers == {"Content-Type": "application/json", "X-Usage-Event-Id": ids[0]}
    assert not answer.replayed
    columns = "event_id, account_id, meter, quantity, ts_event, request_fingerprint, price_version"
    rest = ("acct_a", "advice_generation", 1, clock.now, ONE.hex(), "2026-11-01")
    assert query(f"SELECT {columns} FROM usage_events ORDER BY seq") == [
        (ids[0], "acct_a", "portfolio_analysis", *rest[2:]),
        *((name, *rest) for name in ids[1:]),
    ]
    assert len(set(ids)) == 4
    assert query("SELECT count(*) FROM idempotency") == [(0,)]


def test_without_a_key_every_call_is_a_new_one(meter: LedgerMeter, desk: Desk, query: Any) -> None:
    async def run() -> list[Answer]:
        return [await ask(meter, desk, None) for _ in range(3)]

    assert len({answer.body for answer in asyncio.run(run())}) == 3
    assert query("SELECT count(*) FROM usage_events") == [(12,)]


def test_the_same_key_gives_the_same_bytes_and_bills_nothing_more(
    meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> list[Answer]:
        return [await ask(meter, desk) for _ in range(3)]

    first, *rest = asyncio.run(run())
    assert desk.built == 1
    for again in rest:
        assert (again.body, again.status, again.replayed) == (first.body, first.status, True)
        assert again.headers == {**first.headers, "Idempotency-Replayed": "true"}
    assert query("SELECT count(*) FROM usage_events") == [(4,)]


def test_a_build_may_be_a_plain_function_and_charge_nothing(meter: LedgerMeter, query: Any) -> None:
    async def run() -> Answer:
        return await meter.answer(
            account_id="a",
            route="r",
            idempotency_key="k",
            fingerprint=ONE,
            build=lambda: Draft((), lambda ids: repr(ids).encode(), status=204),
        )

    answer = asyncio.run(run())
    assert (answer.status, answer.body, answer.headers) == (204, b"[]", {})
    assert asyncio.run(run()).replayed
    assert query("SELECT count(*) FROM usage_events") == [(0,)]


def test_a_key_belongs_to_one_account_and_one_route(
    meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> None:
        for account, route in (("a", "x"), ("b", "x"), ("a", "y")):
            answer = await ask(meter, desk, account=account, route=route)
            assert not answer.replayed

    asyncio.run(run())
    assert query("SELECT count(DISTINCT event_id) FROM usage_events") == [(12,)]


def test_a_key_with_another_request_is_a_mismatch_done_or_running(
    meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> None:
        desk.gate = asyncio.Event()
        running = asyncio.ensure_future(ask(meter, desk))
        await asyncio.sleep(0)
        with pytest.raises(Mismatch):
            await ask(meter, desk, fingerprint=OTHER)
        desk.gate.set()
        await running
        with pytest.raises(Mismatch):
            await ask(meter, desk, fingerprint=OTHER)

    asyncio.run(run())
    assert desk.built == 1
    assert query("SELECT count(*) FROM usage_events") == [(4,)]


def test_fifty_calls_with_one_key_are_computed_and_billed_once(
    meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> list[Answer | BaseException]:
        desk.gate = asyncio.Event()
        calls = [asyncio.ensure_future(ask(meter, desk)) for _ in range(50)]
        await asyncio.sleep(0)
        desk.gate.set()
        outcomes = list(await asyncio.gather(*calls, return_exceptions=True))
        late = await asyncio.gather(*(ask(meter, desk) for _ in range(50)))
        return [*outcomes, *late]

    outcomes = asyncio.run(run())
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    conflicts = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert (len(answers), len(conflicts)) == (51, 49)
    assert len({answer.body for answer in answers}) == 1
    assert desk.built == 1
    assert query("SELECT count(*) FROM usage_events") == [(4,)]


def test_a_build_that_raises_bills_nothing_and_frees_the_key(
    meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> Answer:
        desk.error = LookupError("no such portfolio")
        with pytest.raises(LookupError, match="no such portfolio"):
            await ask(meter, desk)
        assert query("SELECT count(*) FROM usage_events") == [(0,)]
        desk.error = None
        return await ask(meter, desk, fingerprint=OTHER)

    assert not asyncio.run(run()).replayed


def test_a_caller_that_goes_away_while_it_is_built_is_not_billed(
    meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> None:
        desk.gate = asyncio.Event()
        call = asyncio.ensure_future(ask(meter, desk))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert query("SELECT count(*) FROM usage_events") == [(0,)]
        desk.gate.set()
        assert not (await ask(meter, desk)).replayed

    asyncio.run(run())


def test_a_caller_that_goes_away_during_the_commit_finds_its_answer_under_the_key(
    tmp_path: Path, meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> None:
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            call = asyncio.ensure_future(ask(meter, desk))
            while not desk.built:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            with pytest.raises(Conflict):  # still on its way to the disk
                await ask(meter, desk)
            other.execute("ROLLBACK")
        while True:
            try:
                answer = await ask(meter, desk)
                break
            except Conflict:
                await asyncio.sleep(0.005)
        assert answer.replayed

    asyncio.run(run())
    assert desk.built == 1
    assert query("SELECT count(*) FROM usage_events") == [(4,)]


def test_no_commit_means_no_answer_and_no_charge_and_the_key_stays_free(
    tmp_path: Path, meter: LedgerMeter, desk: Desk, query: Any
) -> None:
    async def run() -> None:
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            outcomes = await asyncio.gather(
                ask(meter, desk), ask(meter, desk, None), return_exceptions=True
            )
            assert [type(outcome) for outcome in outcomes] == [LedgerUnavailable] * 2
            assert not meter.health().writable
            assert "locked" in meter.health().reason
            other.execute("ROLLBACK")
        assert query("SELECT count(*) FROM usage_events") == [(0,)]
        assert not (await ask(meter, desk)).replayed
        health = meter.health()
        assert (health.writable, health.queue_depth, health.reason) == (True, 0, "")
        assert health.commit_seconds > 0

    asyncio.run(run())
    assert query("SELECT count(*) FROM usage_events") == [(4,)]


def test_a_closed_ledger_is_unavailable_in_every_way(
    meter: LedgerMeter, ledger: Ledger, desk: Desk
) -> None:
    ledger.close()

    async def run() -> None:
        for key in (None, "k"):
            with pytest.raises(LedgerUnavailable):
                await ask(meter, desk, key)
        with pytest.raises(LedgerUnavailable):
            await meter.trace(account_id="a", event_id="e")
        with pytest.raises(LedgerUnavailable):
            await meter.deliver(account_id="a", meter="m", keys=["k"])

    asyncio.run(run())


@pytest.mark.parametrize("hours", [-1, 1, -240, 23.9])
def test_a_clock_that_steps_moves_no_event_and_bills_no_retry(
    meter: LedgerMeter, desk: Desk, query: Any, clock: Any, hours: float
) -> None:
    made = clock.now

    async def run() -> list[Answer]:
        first = await ask(meter, desk)
        clock.step(hours * HOUR)  # 10 days back is another month
        return [first, await ask(meter, desk)]

    first, again = asyncio.run(run())
    assert again.body == first.body
    assert query("SELECT DISTINCT ts_event FROM usage_events") == [(made,)]
    assert query("SELECT count(*) FROM usage_events") == [(4,)]


def test_a_key_is_new_again_after_a_day_and_not_free(
    meter: LedgerMeter, desk: Desk, query: Any, clock: Any
) -> None:
    async def run() -> list[Answer]:
        answers = []
        for _ in range(3):
            answers += [await ask(meter, desk), await ask(meter, desk)]
            clock.step(24 * HOUR)
        return answers

    answers = asyncio.run(run())
    assert [answer.replayed for answer in answers] == [False, True] * 3
    assert query("SELECT count(*) FROM usage_events") == [(12,)]
    assert query("SELECT count(*) FROM idempotency") == [(1,)]


def test_a_key_that_another_owner_of_the_ledger_was_faster_with_is_not_billed_twice(
    meter: LedgerMeter, ledger: Ledger, desk: Desk, query: Any, clock: Any
) -> None:
    other = LedgerMeter(ledger, price_version="x", progress=Progress(), clock=clock)

    async def run(fingerprint: bytes, key: str) -> Answer:
        desk.gate = asyncio.Event()
        slow = asyncio.ensure_future(ask(meter, desk, key))
        await asyncio.sleep(0)
        fast = await ask(other, Desk(), key, fingerprint=fingerprint)
        desk.gate.set()
        answer = await slow
        assert answer.body == fast.body
        return answer

    assert asyncio.run(run(ONE, "k1")).replayed
    with pytest.raises(Mismatch):
        asyncio.run(run(OTHER, "k2"))
    assert query("SELECT count(*) FROM usage_events") == [(8,)]


def test_a_charge_without_a_unit_is_a_mistake_and_frees_the_key(meter: LedgerMeter) -> None:
    async def run() -> None:
        with pytest.raises(ValueError, match="at least 1 unit, m has 0"):
            await ask(meter, Desk([Charge("m", 0)]))
        with pytest.raises(EntryRefused):
            await ask(meter, Desk([Charge("")]))
        assert not (await ask(meter, Desk())).replayed

    asyncio.run(run())


def test_a_pushed_row_is_billed_once_per_account_meter_and_row(
    meter: LedgerMeter, query: Any, clock: Any
) -> None:
    async def run() -> None:
        first = await meter.deliver(account_id="a", meter="m", keys=["adv-1:0", "adv-2:0"])
        made = clock.now
        clock.step(60)
        again = await meter.deliver(account_id="a", meter="m", keys=["adv-2:0", "adv-3:0"])
        assert again[0] == first[1]
        assert query("SELECT ts_event FROM usage_events WHERE event_id = ?", first[1]) == [(made,)]
        both = (meter.deliver(account_id="b", meter="m", keys=["adv-1:0"]) for _ in range(2))
        [one, two] = await asyncio.gather(*both)
        assert one == two
        assert await meter.deliver(account_id="b", meter="m", keys=[]) == []

    asyncio.run(run())
    assert query("SELECT account_id, properties FROM usage_events ORDER BY seq") == [
        ("a", '{"subject": "adv-1:0"}'),
        ("a", '{"subject": "adv-2:0"}'),
        ("a", '{"subject": "adv-3:0"}'),
        ("b", '{"subject": "adv-1:0"}'),
    ]
    assert query("SELECT count(*) FROM deliveries") == [(4,)]


def test_a_correction_takes_back_once_and_counts_when_it_is_made(
    meter: LedgerMeter, desk: Desk, query: Any, clock: Any
) -> None:
    async def run() -> None:
        answer = await ask(meter, desk)
        name = answer.headers["X-Usage-Event-Id"]
        clock.step(60)
        correction = await meter.reverse(account_id="acct_a", event_id=name, reason="degraded")
        again = await meter.reverse(account_id="acct_a", event_id=name, reason="again")
        assert again == correction
        for account, event in (("acct_b", name), ("acct_a", correction), ("acct_a", "none")):
            with pytest.raises(LookupError):
                await meter.reverse(account_id=account, event_id=event, reason="")
        columns = "event_id, reverses, quantity, ts_event, properties"
        [row] = query(f"SELECT {columns} FROM usage_events WHERE quantity < 0")
        assert row == (correction, name, -1, clock.now, '{"reason": "degraded"}')

    asyncio.run(run())


def test_a_trace_says_how_far_an_event_has_got(
    meter: LedgerMeter, desk: Desk, progress: Progress, query: Any, clock: Any
) -> None:
    async def run() -> None:
        answer = await ask(meter, desk, None)
        name = answer.headers["X-Usage-Event-Id"]
        trace = await meter.trace(account_id="acct_a", event_id=name)
        assert trace is not None
        assert (trace.meter, trace.quantity) == ("portfolio_analysis", 1)
        assert (trace.created_at, trace.aggregated_at) == (clock.now, None)
        assert (trace.sent_at, trace.confirmed_at) == (None, None)
        progress.advance(4, clock.now + 7)
        query("UPDATE outbox SET sent_at = 8, confirmed_at = 9")
        trace = await meter.trace(account_id="acct_a", event_id=name)
        assert trace is not None
        assert trace.aggregated_at == clock.now + 7
        assert (trace.sent_at, trace.confirmed_at) == (8, 9)
        assert await meter.trace(account_id="acct_b", event_id=name) is None

    asyncio.run(run())
