"""Reads a table from wherever it stands, as rows of a feed; sessions break outside."""

import time
from collections.abc import Mapping

import polars as pl

from connectors.sources.columns import Mapped
from connectors.sources.live_feed import Gap, LiveKind, Position, Received, Rows
from connectors.sources.postgres_session import PostgresSession
from connectors.sources.postgres_shape import Shape, inspect
from connectors.sources.postgres_tail import TableChanged, TableTail


class TableReader:
    """One reader of one table. Raises what psycopg raises; then ``connect`` mends it.

    Args:
        session: to ask with.
        table: with its schema.
        cursor: name of a column that only grows.
        kind: of its rows.
        mapping: which column holds which field, where names differ from ours.
        position: where to go on; None: at the first row.
    """

    def __init__(
        self,
        session: PostgresSession,
        table: str,
        cursor: str,
        kind: LiveKind,
        mapping: Mapping[str, Mapped],
        position: Position | None,
    ) -> None:
        told = position or {}
        self.gaps = 0
        self._session, self._kind, self._mapping = session, kind, mapping
        self._table, self._cursor = table, cursor
        self._after = str(told["cursor"]) if told else None
        self._oid = int(told["table"]) if told else None
        self._moment = int(told.get("moment", 0))  # of the last row; 0: none yet
        self._shape: Shape | None = None
        self._tail: TableTail | None = None

    @property
    def more(self) -> bool:
        """Whether there are rows to read at once."""
        return self._tail is not None and self._tail.more

    @property
    def waits_for(self) -> int:
        """Open transactions that keep rows from being read."""
        return 0 if self._tail is None else self._tail.waits_for

    def connect(self) -> None:
        """Go on from the last place in a new session.

        Raises:
            SourceError: the table is not there, or not what it must be.
        """
        self._session.open()
        session = self._session.connection
        shape = inspect(session, self._table, self._cursor, self._kind, self._mapping)
        remade = self._oid not in (None, shape.oid)
        self._tail = TableTail(session, shape, self._after, remade=remade)
        self._shape, self._oid = shape, shape.oid

    def take(self) -> Received | None:
        """The next rows that are there for good."""
        if self._tail is None or self._shape is None:
            return None
        try:
            rows = self._tail.next()
        except TableChanged:
            self.connect()
            return None
        return self._received(self._shape.frame(rows), self._tail) if rows else None

    def _received(self, frame: pl.DataFrame, tail: TableTail) -> Received:
        first, last = _moments(frame)
        gaps = []
        if tail.hole:
            gaps.append(Gap("", min(self._moment or first, first), first, tail.hole))
            tail.hole = ""
        self._after, self._moment = tail.after, last
        self.gaps += len(gaps)
        position: dict[str, str | int] = {
            "cursor": self._after or "",
            "table": self._oid or 0,
            "moment": last,
        }
        return Received(Rows(frame, f"postgres:{self._table}"), position, (), gaps)


def _moments(frame: pl.DataFrame) -> tuple[int, int]:
    """Times of the first and the last row; now where they have none."""
    times = frame.get_column("ts_event", default=pl.Series()).drop_nulls()
    if times.is_empty():
        now = time.time_ns() // 1_000
        return now, now
    return int(times[0]), int(times[-1])
