"""A table of Postgres that others append to, as a live feed of rows.

Tables whose rows change in place are followed too, with a cursor that grows with each change, such
as ``updated_at``: then the latest state of a row comes, not every state it has been in.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import psycopg

from connectors.sinks.postgres_link import passes
from connectors.sources.columns import Mapped
from connectors.sources.errors import SourceError
from connectors.sources.link import Link
from connectors.sources.live_feed import FeedLost, LinkStatus, LiveKind, Position, Received
from connectors.sources.patience import Patience
from connectors.sources.postgres_reader import TableReader
from connectors.sources.postgres_session import PostgresSession

_SOON: Final = 0.02  # seconds until open transactions are looked at again
_HANGS: Final = 10.0  # seconds without an answer after which the server counts as away


class PostgresTableFeed:
    """New rows of one table, with reconnects inside.

    Args:
        dsn: postgresql://user:password@host:port/name; its password is shown nowhere.
        table: with its schema, as in ``public.stocks``; names keep their case.
        cursor: a column that only grows: serial, identity or timestamp; indexed, or each look reads
            the whole table.
        kind: of its rows.
        mapping: which column holds which field, where names differ from ours.
        poll: how often to look.
        channel: a NOTIFY on it makes the feed look at once.
        patience: how long Postgres may be away before ``FeedLost``.
    """

    def __init__(
        self,
        dsn: str,
        table: str,
        cursor: str,
        kind: LiveKind,
        *,
        mapping: Mapping[str, Mapped] | None = None,
        poll: timedelta = timedelta(seconds=1),
        channel: str | None = None,
        patience: timedelta = timedelta(minutes=1),
    ) -> None:
        self._name, self._kind = f"postgres:{table}", kind
        self._table, self._cursor, self._mapping = table, cursor, dict(mapping or {})
        self._poll, self._look_at = poll.total_seconds(), 0.0
        self._session = PostgresSession(dsn, channel)
        self._link, self._patience = Link(self._name), Patience(patience)
        self._reader: TableReader | None = None
        self._asked_at: float | None = None

    @property
    def name(self) -> str:
        """``postgres:`` and the table."""
        return self._name

    @property
    def kind(self) -> LiveKind:
        """What its rows are."""
        return self._kind

    def open(self, position: Position | None) -> None:
        """Connect and go to a place.

        Raises:
            FeedLost: Postgres cannot be reached.
            SourceError: it can, but there is no such table or column, or a type does not fit.
        """
        where = (self._table, self._cursor, self._kind, self._mapping)
        reader = TableReader(self._session, *where, position)
        try:
            reader.connect()
        except SourceError:
            self.close()
            raise
        except psycopg.Error as error:
            self.close()
            if not passes(error):
                raise SourceError(f"{self._said(error)}: mend DATABASE_URL or the rights") from None
            self._link.away(self._said(error))
            raise FeedLost(self._said(error)) from None
        self._reader, self._look_at = reader, 0.0
        self._patience.answered()
        self._link.connected()

    def receive(self, timeout: float) -> Received | None:
        """Take what is there, waiting ``timeout`` seconds at most for the first of it.

        Raises:
            FeedLost: Postgres has been away for too long, or refuses what it allowed before.
        """
        try:
            if self._link.is_away and not self._back(timeout):
                return None
            found = self._take(timeout)
        except psycopg.Error as error:
            self._lost(error)
            return None
        except SourceError as error:
            raise FeedLost(f"{self.name}: {error}") from None
        self._patience.answered()
        self._link.connected()
        return found

    def status(self) -> LinkStatus:
        """How it stands; its reason may be what a connected feed waits for."""
        reader, asked_at = self._reader, self._asked_at
        if reader is None:
            return self._link.status()
        waits = reader.waits_for
        lag = None if waits or reader.more else 0
        found = self._link.status(lag, {"gaps": reader.gaps, "waits_for": waits})
        silent = 0.0 if asked_at is None else time.monotonic() - asked_at
        if found.state == "connected" and silent > _HANGS:
            since, reason = time.time() - silent, f"no answer for {silent:.0f} s"
            return replace(found, state="away", since=since, reason=reason)
        if found.state == "connected" and waits:
            reason = f"{waits} open transactions may still add rows before those that are there"
            return replace(found, reason=reason)
        return found

    def close(self) -> None:
        """Disconnect. Twice is once."""
        self._session.close()

    def _take(self, timeout: float) -> Received | None:
        reader = self._reader
        if reader is None:
            raise FeedLost(f"{self.name}: not open")
        pause = max(0.0, self._look_at - time.monotonic())
        woken = pause > 0 and self._session.wait(min(pause, timeout))
        if pause > timeout and not woken:
            return None
        self._asked_at = time.monotonic()
        try:
            found = reader.take()
        finally:
            self._asked_at = None
        if not reader.more:
            pause = min(_SOON, self._poll) if reader.waits_for else self._poll
            self._look_at = time.monotonic() + pause
        return found

    def _back(self, timeout: float) -> bool:
        """Wait for the next attempt, and make it if its time comes within ``timeout``."""
        pause = self._patience.pause
        time.sleep(min(pause, timeout))
        if pause > timeout or self._reader is None:
            return False
        self._reader.connect()
        self._look_at = 0.0
        return True

    def _lost(self, error: psycopg.Error) -> None:
        if not passes(error):
            raise FeedLost(self._said(error)) from None
        self._session.close()
        self._link.away(self._said(error))
        self._patience.failed()
        if self._patience.exhausted:
            raise FeedLost(self._said(error)) from None

    def _said(self, error: psycopg.Error) -> str:
        return f"{self.name}: {self._session.said(error)}"
