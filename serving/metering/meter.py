"""The meter: an answer is built once, billed once, and leaves after its commit."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from connectors.store import ledger as store
from connectors.store.entries import AnswerRow, Entry, LedgerEvent
from connectors.store.ledger import Ledger
from serving.meter import (
    Answer,
    Conflict,
    Draft,
    EventTrace,
    LedgerUnavailable,
    MeterHealth,
    Mismatch,
)
from serving.metering import entries, event_ids
from serving.metering.entries import Moment, Request
from serving.metering.kept import KeptHashes
from serving.metering.progress import Progress

Build = Callable[[], Awaitable[Draft] | Draft]


def now_micros() -> int:
    """Return the wall clock in microseconds UTC."""
    return time.time_ns() // 1000


class LedgerMeter:
    """Implements :class:`serving.meter.Meter` on a ledger. Belongs to one event loop.

    With an ``Idempotency-Key`` every outcome is safe to retry: the answer is stored in the
    transaction that bills it, and the ids of the events follow from the key. A client that went
    away after its answer was built is billed, and finds the answer under its key.

    Args:
        ledger: open for writing.
        price_version: names the prices that are in force; frozen into each event.
        progress: how far the engine has counted, for :meth:`trace`.
        clock: wall clock, microseconds UTC. It may step: an event keeps the time it was made.
        keep_answers: how long a stored answer is given again.
        keep_served: how long what was served is kept.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        price_version: str,
        progress: Progress,
        clock: Callable[[], int] = now_micros,
        keep_answers: timedelta = timedelta(hours=24),
        keep_served: timedelta = timedelta(days=8),
    ) -> None:
        self._ledger = ledger
        self._price_version = price_version
        self._progress = progress
        self._clock = clock
        self._keep_answers = keep_answers // timedelta(microseconds=1)
        self._kept_hashes = KeptHashes(keep_served // timedelta(microseconds=1))
        self._running: dict[tuple[str, str, str], str] = {}  # (account, route, key): fingerprint

    async def answer(
        self,
        *,
        account_id: str,
        route: str,
        idempotency_key: str | None,
        fingerprint: bytes,
        build: Build,
    ) -> Answer:
        """Build, bill and answer once per (account, route, key); the protocol says more.

        Raises:
            Conflict: the same key is still running.
            Mismatch: the same key came with another fingerprint.
            LedgerUnavailable: not committed, nothing billed.
        """
        request = Request(account_id, route, idempotency_key, fingerprint.hex())
        if idempotency_key is None:
            return await self._settle(request, await _made(build))
        slot = (account_id, route, idempotency_key)
        if running := self._running.get(slot):
            _same(running, request)
            raise Conflict("a request with this Idempotency-Key is still running")
        if kept := self._kept(request):
            return entries.of_stored(kept)
        self._running[slot] = request.fingerprint
        try:
            draft = await _made(build)
        except BaseException:  # a cancelled caller too must leave its key free
            del self._running[slot]
            raise
        # A task of its own: if the caller goes away now, the key stays taken until the commit.
        settled = asyncio.ensure_future(self._settle(request, draft))
        settled.add_done_callback(lambda _: self._running.pop(slot))
        return await asyncio.shield(settled)

    async def deliver(self, *, account_id: str, meter: str, keys: Sequence[str]) -> Sequence[str]:
        """Bill one unit per key, once ever per (account, meter, key); return the event ids.

        Raises:
            LedgerUnavailable: none of the keys was billed by this call.
        """
        ids, entry = entries.of_deliveries(account_id, meter, keys, self._moment())
        await self._commit(entry)
        return ids

    async def reverse(self, *, account_id: str, event_id: str, reason: str) -> str:
        """Correct an event by one that takes its quantity back; return the id of that one.

        It counts in the period in which it is made: a closed period stays as it was. Doing it
        again changes nothing.

        Raises:
            LookupError: the account has no such event, or it is a correction itself.
            LedgerUnavailable: not committed.
        """
        event = self._find(account_id, event_id)
        if event is None or event.reverses is not None:
            raise LookupError(f"account {account_id} has no event {event_id} to reverse")
        name, entry = entries.of_reversal(event, reason, self._clock())
        await self._commit(entry)
        return name

    async def trace(self, *, account_id: str, event_id: str) -> EventTrace | None:
        """Return the fate of an event of this account; None when it has no such event.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        event = self._find(account_id, event_id)
        if event is None:
            return None
        return EventTrace(
            event_id=event.event_id,
            meter=event.meter,
            quantity=event.quantity,
            created_at=event.ts_event,
            aggregated_at=self._progress.reached(event.seq),
            sent_at=event.sent_at,
            confirmed_at=event.confirmed_at,
            served_hash=event.served_hash,
            portfolio_id=event.portfolio_id,
            as_of=event.as_of,
        )

    def stored(self, portfolio_id: str, as_of: int) -> bytes | None:
        """Return what was last served on a portfolio at an instant; None when it is not kept.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        with _unavailable():
            return self._ledger.find_served(portfolio_id, as_of)

    def health(self) -> MeterHealth:
        """Say whether a charge could be committed now. Never blocks, never raises."""
        reason = self._ledger.reason
        return MeterHealth(not reason, self._ledger.depth, self._ledger.commit_seconds, reason)

    def _kept(self, request: Request) -> AnswerRow | None:
        if request.key is None:
            return None
        with _unavailable():
            row = self._ledger.find_answer(
                request.account_id, request.route, request.key, self._clock()
            )
        if row:
            _same(row.fingerprint, request)
        return row

    async def _settle(self, request: Request, draft: Draft) -> Answer:
        moment, meters = self._moment(), entries.units(draft)
        fresh = event_ids.fresh_ids(len(meters), moment.now)
        if request.key is None:
            return await self._bill(request, draft, fresh, moment)
        ids = event_ids.ids_of_request(request.account_id, request.route, request.key, meters)
        try:
            return await self._bill(request, draft, ids, moment)
        except store.EntryRefused:
            if kept := self._kept(request):  # whoever shares the ledger was faster
                return entries.of_stored(kept)
            # The ids of this key are taken: it was billed before, longer ago than answers are
            # kept. The key is new again then, and the work is not free.
            return await self._bill(request, draft, fresh, moment)

    async def _bill(
        self, request: Request, draft: Draft, ids: Sequence[str], moment: Moment
    ) -> Answer:
        receipt, kept, served = draft.receipt, self._kept_hashes, None
        if receipt is not None and not kept.has(receipt, moment.now):
            served = entries.of_served(receipt, moment.now, kept.keep)
        answer, entry = entries.of_answer(request, draft, ids, moment, self._keep_answers, served)
        await self._commit(entry)
        if receipt is not None and served is not None:
            kept.add(receipt, moment.now)
        return answer

    async def _commit(self, entry: Entry) -> None:
        with _unavailable():
            await self._ledger.submit(entry)

    def _find(self, account_id: str, event_id: str) -> LedgerEvent | None:
        with _unavailable():
            return self._ledger.find_event(account_id, event_id)

    def _moment(self) -> Moment:
        return Moment(self._clock(), self._price_version)


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except store.LedgerUnavailable as error:
        raise LedgerUnavailable(str(error)) from error


def _same(fingerprint: str, request: Request) -> None:
    if fingerprint != request.fingerprint:
        raise Mismatch("this Idempotency-Key was used with another request")


async def _made(build: Build) -> Draft:
    made = build()
    return await made if inspect.isawaitable(made) else made
