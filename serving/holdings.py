"""What portfolios hold: documents that accounts send, answered once they are on the disk."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import orjson

from connectors.imports.formats import AUTO, read_import
from connectors.imports.imported import Imported, ImportRefused, KnownInstruments
from connectors.store import ledger as ledger_errors
from connectors.store.documents import StoredHoldings, StoredTransactions
from connectors.store.entries import Entry, HoldingsRow, TransactionsRow
from serving.errors import NotReady, PortfolioExists, UnreadableImport
from serving.meter import LedgerUnavailable
from serving.options import wall_clock

MOST_LINES = 5_000
Line = Mapping[str, Any]


class DocumentStore(Protocol):
    """Where documents go; ``connectors.store.ledger.Ledger`` is one."""

    def submit(self, entry: Entry) -> Awaitable[None]:
        """Store an entry; done once it is on the disk."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A document that is stored. ``ts_event``: time of the market from which it counts."""

    portfolio_id: str
    revision: int
    ts_event: int
    lines: int


@dataclass(frozen=True, slots=True)
class _Portfolio:
    """What is known of one portfolio: whose it is, its last revision, times and lines."""

    account_id: str | None = None
    revision: int = 0
    times: tuple[int, ...] = ()
    lines: Sequence[Line] = ()


class HoldingsDesk:
    """Takes holdings in, from a request or from a broker's file. Used from one event loop.

    Args:
        store: where documents go; None: this server keeps none.
        holdings, transactions: that are stored already.
        files: lines of the portfolios that the profile's files hold.
        market: time of the market, microseconds UTC; None before the first trade.
        known: symbols and ISINs of here.
        clock: wall clock in microseconds.
    """

    def __init__(
        self,
        store: DocumentStore | None = None,
        *,
        holdings: Iterable[StoredHoldings] = (),
        transactions: Iterable[StoredTransactions] = (),
        files: Mapping[str, Sequence[Line]] | None = None,
        market: Callable[[], int | None] = lambda: None,
        known: KnownInstruments | None = None,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self._store, self._market, self._clock = store, market, clock
        self._known = known or KnownInstruments()
        self._turn, self._reading = asyncio.Lock(), asyncio.Lock()
        self._portfolios = {name: _Portfolio(lines=lines) for name, lines in (files or {}).items()}
        for row in holdings:
            self._remember(row.portfolio_id, row.account_id, row.revision)
            told = self._portfolios[row.portfolio_id]
            self._portfolios[row.portfolio_id] = replace(
                told, times=(*told.times, row.ts_event), lines=orjson.loads(row.document)
            )
        for one in transactions:
            self._remember(one.portfolio_id, one.account_id, one.revision)

    def _remember(self, portfolio_id: str, account_id: str, revision: int) -> None:
        told = self._portfolios.get(portfolio_id, _Portfolio())
        revision = max(revision, told.revision)
        self._portfolios[portfolio_id] = replace(told, account_id=account_id, revision=revision)

    def owners(self) -> dict[str, str]:
        """Account of each portfolio that an account has sent."""
        found = ((name, told.account_id) for name, told in self._portfolios.items())
        return {name: account for name, account in found if account is not None}

    async def read(self, data: bytes, format: str = AUTO) -> Imported:
        """Read a broker's file in a thread, one at a time; nothing is stored.

        Raises:
            UnreadableImport: it is of no known format, or not of the one asked for.
        """
        async with self._reading:
            now = self._clock()
            try:
                return await asyncio.to_thread(
                    read_import, data, format=format, known=self._known, latest=now
                )
            except ImportRefused as error:
                raise UnreadableImport(str(error)) from None

    async def create(self, portfolio_id: str, account_id: str, lines: Sequence[Line]) -> Placed:
        """Begin a portfolio.

        Raises:
            PortfolioExists: there is one of that name, whoever owns it.
            LedgerUnavailable, NotReady: as ``put``.
        """
        if portfolio_id in self._portfolios:
            raise PortfolioExists(f"portfolio_id: {portfolio_id!r} is taken")
        return await self.put(portfolio_id, account_id, lines, new=True)

    async def put(
        self,
        portfolio_id: str,
        account_id: str,
        lines: Sequence[Line] | None,
        *,
        transactions: Sequence[Line] | None = None,
        new: bool = False,
    ) -> Placed:
        """Replace holdings, transactions or both; None leaves them as they are.

        Holdings count from the market's time on, each document from an instant of its own, so that
        what was told of an instant stays true. Where a document of a later time is stored, as after
        a restart of a replayed day, the new ones are stored for that time too: what was sent last
        is what is held.

        Raises:
            PortfolioExists: it is to be ``new`` and was begun meanwhile.
            LedgerUnavailable: the document cannot be stored.
            NotReady: this server keeps no documents.
        """
        async with self._turn:
            if new and portfolio_id in self._portfolios:
                raise PortfolioExists(f"portfolio_id: {portfolio_id!r} is taken")
            told = self._portfolios.get(portfolio_id, _Portfolio())
            now, stored_at = _unused(self._market() or 0, told.times), self._clock()
            times = [] if lines is None else [now, *sorted(t for t in set(told.times) if t > now)]
            document = orjson.dumps(lines).decode()
            held = tuple(
                HoldingsRow(portfolio_id, number, time, document, account_id, stored_at)
                for number, time in enumerate(times, told.revision + 1)
            )
            booked = _booked(portfolio_id, told.revision + 1, transactions, account_id, stored_at)
            await self._commit(Entry(holdings=held, transactions=booked))
            revision = told.revision + max(len(held), len(booked))
            kept = told.lines if lines is None else lines
            self._portfolios[portfolio_id] = _Portfolio(
                account_id, revision, (*told.times, *times), kept
            )
        return Placed(portfolio_id, revision, now, len(kept))

    def targets(self, portfolio_id: str) -> dict[str, float]:
        """Weights that symbols of a portfolio should have."""
        lines = self._portfolios.get(portfolio_id, _Portfolio()).lines
        return {
            line["symbol"]: line["target_weight"] for line in lines if line.get("target_weight")
        }

    async def _commit(self, entry: Entry) -> None:
        if self._store is None:
            raise NotReady("this server keeps no portfolios")
        try:
            await self._store.submit(entry)
        except ledger_errors.LedgerUnavailable as error:
            raise LedgerUnavailable(str(error)) from error


def _unused(time: int, times: Sequence[int]) -> int:
    """The first microsecond from ``time`` on at which no document begins; 0 is begun again."""
    while time and time in times:
        time += 1
    return time


def _booked(
    portfolio_id: str,
    revision: int,
    lines: Sequence[Line] | None,
    account_id: str,
    stored_at: int,
) -> tuple[TransactionsRow, ...]:
    if lines is None:
        return ()
    document = orjson.dumps(lines).decode()
    return (TransactionsRow(portfolio_id, revision, document, account_id, stored_at),)
